//! What a guest's end means.

use wasmtime::{Trap, WasmBacktrace};
use wippy_core::{Error, Tree};

/// A guest has called an import that its entry does not list, or that nobody provides.
#[derive(Debug)]
pub(crate) struct Unprovided(pub(crate) String);

impl std::fmt::Display for Unprovided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "import {} is not provided: the entry does not list it", self.0)
    }
}

impl std::error::Error for Unprovided {}

/// How a call that does not return leaves the guest: it asked for other code.
#[derive(Debug)]
pub(crate) struct Leaving;

impl std::fmt::Display for Leaving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the guest is being replaced")
    }
}

impl std::error::Error for Leaving {}

/// How a guest leaves by `wasi:cli/exit`, with its status.
#[derive(Debug)]
pub(crate) struct Exited(pub(crate) u8);

impl std::fmt::Display for Exited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exited with status {}", self.0)
    }
}

impl std::error::Error for Exited {}

/// A trap or a fault of the host as the failure of a process: a crash, so whether to try again is open.
pub(crate) fn crashed(method: &str, error: &wasmtime::Error) -> Error {
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        // There may be room again later.
        return Error::limited("too many WebAssembly processes at once").with_retryable(None);
    }
    if let Some(Exited(status)) = error.downcast_ref() {
        let details = Tree::map([("exit_code", i64::from(*status))]);
        return Error::internal(format!("{method}: exited with status {status}")).with_details(details);
    }
    let trap = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "unreachable",
        Some(Trap::StackOverflow) => "stack-overflow",
        Some(_) => "trap",
        None if error.is::<Unprovided>() => "unknown-import",
        None => "host-error",
    };
    let frames = error.downcast_ref::<WasmBacktrace>().map_or(Vec::new(), |backtrace| {
        let name = |f: &wasmtime::FrameInfo| {
            Tree::from(format!("{}!{}", f.module().name().unwrap_or("?"), f.func_name().unwrap_or("?")))
        };
        backtrace.frames().iter().map(name).collect()
    });
    let what = if method.is_empty() { String::new() } else { format!("{method}: ") };
    Error::internal(format!("{what}{}", error.root_cause()))
        .with_details(Tree::map([("trap", Tree::from(trap)), ("frames", Tree::from(frames))]))
}
