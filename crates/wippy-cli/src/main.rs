//! The `wippy` program.

/// Messages are allocated on one worker and freed on another: mimalloc is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    wippy_cli::main(wippy_cli::Program::default())
}
