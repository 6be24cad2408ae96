//! Payloads of `wippy:process`: bytes with an encoding.

use crate::imports::bindings::wippy::process::types::{Encoding, Error as GuestError, ErrorKind as Kind, Payload};
use wippy_core::{Error, ErrorKind, Tree, Value, Values};

/// A value for a guest: text as text, bytes as bytes, everything else as MessagePack.
pub(crate) fn to_guest(value: &Value) -> Payload {
    match value {
        Value::Text(text) => {
            let encoding = if text.as_str().is_some() { Encoding::Text } else { Encoding::Bytes };
            Payload { encoding, data: text.as_bytes().to_vec() }
        }
        // A table that contains itself has no plain form: the guest gets nil.
        other => Payload { encoding: Encoding::Msgpack, data: other.to_plain().unwrap_or_else(|_| vec![0xc0]) },
    }
}

/// All values for a guest.
pub(crate) fn list_to_guest(values: &Values) -> Vec<Payload> {
    values.as_slice().iter().map(to_guest).collect()
}

/// What a guest gave.
///
/// # Errors
/// INVALID when the bytes are not what their encoding says.
pub(crate) fn from_guest(payload: &Payload) -> Result<Value, Error> {
    let data = payload.data.as_slice();
    match payload.encoding {
        Encoding::Text if std::str::from_utf8(data).is_err() => Err(Error::invalid("payload is not UTF-8")),
        Encoding::Text | Encoding::Bytes => Ok(Value::Text(data.into())),
        Encoding::Msgpack => Value::from_untrusted(data),
        Encoding::Json => serde_json::from_slice::<Tree>(data)
            .map(Value::from)
            .map_err(|e| Error::invalid(format!("payload is not JSON: {e}"))),
    }
}

/// All that a guest gave.
///
/// # Errors
/// As [`from_guest`].
pub(crate) fn list_from_guest(payloads: &[Payload]) -> Result<Values, Error> {
    payloads.iter().map(from_guest).collect::<Result<Vec<_>, _>>().map(Values::from)
}

const KINDS: &[(ErrorKind, Kind)] = &[
    (ErrorKind::NotFound, Kind::NotFound),
    (ErrorKind::AlreadyExists, Kind::AlreadyExists),
    (ErrorKind::Invalid, Kind::Invalid),
    (ErrorKind::PermissionDenied, Kind::PermissionDenied),
    (ErrorKind::Unavailable, Kind::Unavailable),
    (ErrorKind::Internal, Kind::Internal),
    (ErrorKind::Canceled, Kind::Canceled),
    (ErrorKind::Conflict, Kind::Conflict),
    (ErrorKind::Timeout, Kind::Timeout),
    (ErrorKind::RateLimited, Kind::RateLimited),
];

/// An error for a guest.
pub(crate) fn error_to_guest(error: &Error) -> GuestError {
    let kind = KINDS.iter().find(|(k, _)| k == error.kind()).map_or(Kind::Unknown, |(_, k)| *k);
    let details = (*error.details() != Tree::Nil).then(|| to_guest(&Value::from(error.details())));
    GuestError { kind, message: error.to_string(), retryable: error.retryable().unwrap_or(false), details }
}

/// An error that a guest ended with.
pub(crate) fn error_from_guest(error: &GuestError) -> Error {
    let kind = KINDS.iter().find(|(_, k)| *k == error.kind).map_or(ErrorKind::Unknown, |(k, _)| k.clone());
    let details = error.details.as_ref().and_then(|p| from_guest(p).ok()).and_then(|v| v.to_tree().ok());
    Error::new(kind, error.message.as_str())
        .with_retryable(Some(error.retryable))
        .with_details(details.unwrap_or_default())
}
