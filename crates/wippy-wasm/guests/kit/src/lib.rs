//! What the resident guests share: the bindings of `wippy:process` and a few helpers.

pub mod text;

/// Generated from `wit/process.wit`.
#[allow(missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "wippy:process/process",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_process",
        default_bindings_module: "guest_kit::bindings",
    });
}

pub use bindings::export_process;
pub use bindings::exports::wippy::process::program::Guest;
pub use bindings::wippy::process::{actors, log, names, ops, self_ as own, types};

use types::{Encoding, Error, ErrorKind, Payload};

/// What `run` returns.
pub type End = Result<Option<Payload>, Error>;

/// A payload of encoding `text`.
pub fn text(data: &str) -> Payload {
    Payload {
        encoding: Encoding::Text,
        data: data.as_bytes().to_vec(),
    }
}

/// Ends a program normally with a text.
pub fn end_with(data: &str) -> End {
    Ok(Some(text(data)))
}

/// The text in a payload, whatever its encoding; `None` for nil and for what is no scalar.
pub fn text_of(payload: &Payload) -> Option<String> {
    match payload.encoding {
        Encoding::Text | Encoding::Bytes => {
            core::str::from_utf8(&payload.data).ok().map(str::to_owned)
        }
        Encoding::Msgpack => text::from_msgpack(&payload.data),
        Encoding::Json => text::from_json(&payload.data),
    }
}

/// The text of argument `index`; `None` if it is absent, nil or empty.
pub fn arg(args: &[Payload], index: usize) -> Option<String> {
    args.get(index).and_then(text_of).filter(|s| !s.is_empty())
}

/// A non-retryable error.
pub fn error(kind: ErrorKind, message: &str) -> Error {
    Error {
        kind,
        message: message.to_owned(),
        retryable: false,
        details: None,
    }
}

/// An outcome of another shape than the operation promises.
pub fn unexpected(operation: &str) -> Error {
    error(
        ErrorKind::Internal,
        &["unexpected outcome of ", operation].concat(),
    )
}

/// Parks until this one operation is ready and takes its outcome.
pub fn settle(op: ops::Op) -> Result<ops::Outcome, Error> {
    loop {
        ops::wait(&[&op], None);
        if let Some(outcome) = op.take() {
            return outcome;
        }
    }
}

/// The name of an error kind as the WIT spells it.
pub fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unknown => "unknown",
        ErrorKind::NotFound => "not-found",
        ErrorKind::AlreadyExists => "already-exists",
        ErrorKind::Invalid => "invalid",
        ErrorKind::PermissionDenied => "permission-denied",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Internal => "internal",
        ErrorKind::Canceled => "canceled",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Timeout => "timeout",
        ErrorKind::RateLimited => "rate-limited",
    }
}
