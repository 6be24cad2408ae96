//! The module `hash`: digests and keyed digests of bytes.
//!
//! Data and secrets are bytes, so a raw result is the next secret as it is.

use super::{Call, Result};
use hmac::digest::{Digest, KeyInit, Mac};
use hmac::{EagerHash, Hmac};
use std::ffi::c_int;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Pushes a digest: as it is when the argument at `raw` is true, else in lower-case hexadecimal digits.
fn give(c: Call, digest: &[u8], raw: c_int) -> Result {
    if c.lua.to_bool(raw) {
        c.lua.push_bytes(digest);
    } else {
        let digits: Vec<u8> =
            digest.iter().flat_map(|b| [HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]).collect();
        c.lua.push_bytes(&digits);
    }
    c.good()
}

/// `hash.NAME(data[, raw])`
fn plain<D: Digest>(c: Call) -> Result {
    match c.bytes(1) {
        Ok(data) => give(c, &D::digest(data), 2),
        Err(e) => c.bad(&e),
    }
}

/// `hash.hmac_NAME(data, secret[, raw])`
fn keyed<D: EagerHash>(c: Call) -> Result {
    let (data, secret) = match c.bytes(1).and_then(|data| Ok((data, c.bytes(2)?))) {
        Ok(both) => both,
        Err(e) => return c.bad(&e),
    };
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(secret).expect("a secret may have any length");
    mac.update(data);
    give(c, &mac.finalize().into_bytes(), 3)
}

pub(super) fn md5(c: Call) -> Result {
    plain::<md5::Md5>(c)
}
pub(super) fn sha1(c: Call) -> Result {
    plain::<sha1::Sha1>(c)
}
pub(super) fn sha256(c: Call) -> Result {
    plain::<sha2::Sha256>(c)
}
pub(super) fn sha512(c: Call) -> Result {
    plain::<sha2::Sha512>(c)
}
pub(super) fn hmac_md5(c: Call) -> Result {
    keyed::<md5::Md5>(c)
}
pub(super) fn hmac_sha1(c: Call) -> Result {
    keyed::<sha1::Sha1>(c)
}
pub(super) fn hmac_sha256(c: Call) -> Result {
    keyed::<sha2::Sha256>(c)
}
pub(super) fn hmac_sha512(c: Call) -> Result {
    keyed::<sha2::Sha512>(c)
}

/// FNV-1: multiply, then xor. (FNV-1a, which the crates have, does it the other way round.)
fn fnv(c: Call, start: u64, prime: u64, mask: u64) -> Result {
    match c.bytes(1) {
        Ok(data) => {
            let hash = data.iter().fold(start, |hash, b| (hash.wrapping_mul(prime) & mask) ^ u64::from(*b));
            c.lua.push_int(hash.cast_signed());
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

/// `hash.fnv32(data)`
pub(super) fn fnv32(c: Call) -> Result {
    fnv(c, 0x811c_9dc5, 0x0100_0193, u32::MAX.into())
}

/// `hash.fnv64(data)`: its 64 bits as an integer, which may be negative.
pub(super) fn fnv64(c: Call) -> Result {
    fnv(c, 0xcbf2_9ce4_8422_2325, 0x0000_0100_0000_01b3, u64::MAX)
}
