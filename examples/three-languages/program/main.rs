//! A `wippy` program with a Rust function of its own: entries of the kind `process.native` call it `counter`.

use wippy_core::{Exit, Value, Values};
use wippy_native::{Process, Request};

fn main() -> std::process::ExitCode {
    wippy_cli::main(wippy_cli::Program::default().function("counter", counter))
}

/// Counts the letters of what it is asked about, until it is asked to end.
async fn counter(cx: Process, _args: Values) -> Exit {
    let mut asked = 0;
    loop {
        wippy_native::select! {
            message = cx.receive() => {
                let Some(request) = Request::of(&message) else { continue };
                asked += 1;
                let letters = request.argument.as_str().map_or(0, |text| text.chars().filter(|c| c.is_alphabetic()).count());
                // A caller that has given up does not need the answer.
                let _ = request.reply(cx, Ok(Value::Int(letters as i64)));
            },
            _ = cx.event() => return Ok(Value::Int(asked)),
        }
    }
}
