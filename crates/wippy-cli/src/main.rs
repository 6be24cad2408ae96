//! The `wippy` program.

fn main() -> std::process::ExitCode {
    wippy_cli::main(wippy_cli::Program::default())
}
