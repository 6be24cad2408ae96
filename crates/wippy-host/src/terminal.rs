//! The terminal: stdin, stdout and stderr, which one process of a terminal host has.
//!
//! Writing and reading may block, so each has a thread of its own; workers never wait for a terminal or a pipe.

use crate::frame::Frame;
use parking_lot::Mutex;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use wippy_core::command::Boxed;
use wippy_core::commands::terminal::{Args, Raw, Read, ReadLine, Write};
use wippy_core::{Command, Error, Value, Values};
use wippy_sched::{Call, Config, Replier};

/// What the node keeps of its terminal.
#[derive(Default)]
pub(crate) struct TerminalDevice {
    args: Mutex<Vec<String>>,
    output: Mutex<Option<Sender<Output>>>,
    input: Mutex<Option<Sender<Input>>>,
    raw: Mutex<RawMode>,
}

struct Output {
    to_stderr: bool,
    bytes: Vec<u8>,
    replier: Replier<()>,
}

enum Input {
    Bytes(usize, Replier<Value>),
    Line(Replier<Value>),
}

/// Registers the handlers of the terminal's commands.
pub(crate) fn handle(config: Config, device: &Arc<TerminalDevice>) -> Config {
    let (write, read, line) = (device.clone(), device.clone(), device.clone());
    let (raw, args) = (device.clone(), device.clone());
    config
        .handle::<Write>(move |call| with_terminal(call, |call| write.write(call)))
        .handle::<Read>(move |call| {
            with_terminal(call, |call| read.read(Input::Bytes(call.command.limit, call.replier())))
        })
        .handle::<ReadLine>(move |call| with_terminal(call, |call| line.read(Input::Line(call.replier()))))
        .handle::<Raw>(move |call| {
            let on = call.command.on;
            with_terminal(call, |_| Some(raw.raw.lock().switch(on)))
        })
        .handle::<Args>(move |call| {
            let args = if on_terminal(call) { args.args.lock().clone() } else { Vec::new() };
            Some(Ok(Boxed(args)))
        })
}

fn on_terminal<C: Command>(call: &Call<C>) -> bool {
    let frame = call.caller().baggage.and_then(|b| b.downcast_ref::<Frame>());
    frame.is_some_and(|f| f.host.terminal.is_some())
}

fn with_terminal<C: Command>(
    call: &mut Call<C>,
    f: impl FnOnce(&mut Call<C>) -> Option<Result<C::Reply, Error>>,
) -> Option<Result<C::Reply, Error>> {
    if on_terminal(call) { f(call) } else { Some(Err(Error::unavailable("no terminal context"))) }
}

impl TerminalDevice {
    /// The texts among the arguments of the terminal's process.
    pub(crate) fn set_args(&self, args: &Values) {
        *self.args.lock() = args.as_slice().iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }

    fn write(&self, call: &mut Call<Write>) -> Option<Result<(), Error>> {
        let output = Output {
            to_stderr: call.command.to_stderr,
            bytes: std::mem::take(&mut call.command.bytes),
            replier: call.replier(),
        };
        let mut sender = self.output.lock();
        let sender = sender.get_or_insert_with(|| {
            let (sender, receiver) = channel::<Output>();
            spawn("wippy-stdout", move || receiver.into_iter().for_each(Output::write));
            sender
        });
        // A thread that is gone has dropped the request, which answers it.
        let _ = sender.send(output);
        None
    }

    fn read<R>(&self, input: Input) -> Option<R> {
        let mut sender = self.input.lock();
        let sender = sender.get_or_insert_with(|| {
            let (sender, receiver) = channel::<Input>();
            spawn("wippy-stdin", move || {
                // One reader for all: what is read ahead is not lost between two calls.
                let mut stdin = BufReader::new(std::io::stdin());
                receiver.into_iter().for_each(|input| input.read(&mut stdin));
            });
            sender
        });
        let _ = sender.send(input);
        None
    }

    /// Leaves raw mode, whatever the process has left behind.
    pub(crate) fn restore(&self) {
        self.raw.lock().restore();
    }
}

fn spawn(name: &str, f: impl FnOnce() + Send + 'static) {
    if let Err(e) = std::thread::Builder::new().name(name.into()).spawn(f) {
        tracing::error!(target: "wippy", logger = "terminal", "thread {name} could not be started: {e}");
    }
}

impl Output {
    fn write(self) {
        let Output { to_stderr, bytes, replier } = self;
        let written = if to_stderr {
            std::io::stderr().write_all(&bytes)
        } else {
            let mut stdout = std::io::stdout();
            stdout.write_all(&bytes).and_then(|()| stdout.flush())
        };
        replier.answer(written.map_err(|e| Error::unavailable(format!("terminal cannot be written: {e}"))));
    }
}

impl Input {
    fn read(self, stdin: &mut BufReader<std::io::Stdin>) {
        let fault = |e: std::io::Error| Error::unavailable(format!("terminal cannot be read: {e}"));
        match self {
            Input::Bytes(limit, replier) => {
                let mut bytes = vec![0; limit.min(1 << 20)];
                replier.answer(stdin.read(&mut bytes).map_err(fault).map(|n| match n {
                    0 => Value::Nil,
                    n => Value::Text(bytes[..n].into()),
                }));
            }
            Input::Line(replier) => {
                let mut line = Vec::new();
                replier.answer(stdin.read_until(b'\n', &mut line).map_err(fault).map(|n| {
                    if n == 0 {
                        return Value::Nil;
                    }
                    let line = line.strip_suffix(b"\n").unwrap_or(&line);
                    Value::Text(line.strip_suffix(b"\r").unwrap_or(line).into())
                }));
            }
        }
    }
}

/// Raw mode, counted: off when every request for it is undone.
#[derive(Default)]
struct RawMode {
    wanted: u32,
    #[cfg(unix)]
    before: Option<libc::termios>,
}

impl RawMode {
    fn switch(&mut self, on: bool) -> Result<(), Error> {
        if on {
            if self.wanted == 0 {
                self.enter()?;
            }
            self.wanted += 1;
        } else if self.wanted > 0 {
            self.wanted -= 1;
            if self.wanted == 0 {
                self.restore();
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    #[allow(unsafe_code, reason = "terminal modes are set through the C library")]
    fn enter(&mut self) -> Result<(), Error> {
        // SAFETY: the struct is plain data, filled by tcgetattr before it is read; descriptor 0 may be anything.
        unsafe {
            let mut mode: libc::termios = std::mem::zeroed();
            if libc::tcgetattr(0, &mut mode) != 0 {
                return Err(Error::invalid("standard input is no terminal"));
            }
            self.before = Some(mode);
            libc::cfmakeraw(&mut mode);
            libc::tcsetattr(0, libc::TCSANOW, &mode);
        }
        Ok(())
    }

    #[cfg(unix)]
    #[allow(unsafe_code, reason = "terminal modes are set through the C library")]
    fn restore(&mut self) {
        self.wanted = 0;
        if let Some(mode) = self.before.take() {
            // SAFETY: `mode` was filled by tcgetattr.
            unsafe { libc::tcsetattr(0, libc::TCSANOW, &mode) };
        }
    }

    #[cfg(not(unix))]
    fn enter(&mut self) -> Result<(), Error> {
        Err(Error::unavailable("raw mode is not available on this system"))
    }

    #[cfg(not(unix))]
    fn restore(&mut self) {
        self.wanted = 0;
    }
}
