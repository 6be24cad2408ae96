//! The module `uuid`.
//!
//! Time and randomness of new ones are those of the process's context, so a simulated run makes the same ones again.

use super::{Call, Result};
use crate::ffi;
use md5::{Digest, Md5};
use sha1::Sha1;
use std::ffi::c_int;
use std::time::{Duration, UNIX_EPOCH};
use uuid::{Builder, Uuid, Variant};
use wippy_core::{Cx, Error};

/// From the beginning of the Gregorian calendar to 1970, in units of 100 ns.
const GREGORIAN: u64 = 0x01b2_1dd2_1381_4000;

/// What a process remembers of those it has made from the time, so that the next ones differ and come later.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    /// Milliseconds of the latest version 7, and its counter in the lower 12 bits.
    counted: u64,
    /// Units of 100 ns of the latest version 1.
    ticks: u64,
    /// Clock sequence and node of version 1: random for each process.
    place: Option<(u16, [u8; 6])>,
}

fn since_1970(cx: &Cx) -> Duration {
    cx.wall().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Moments {
    fn v1(&mut self, cx: &mut Cx) -> Uuid {
        let (sequence, node) = *self.place.get_or_insert_with(|| {
            let [a, b, mut node @ ..] = cx.random().to_be_bytes();
            node[0] |= 1; // Not the address of a network card.
            (u16::from_be_bytes([a, b]), node)
        });
        let now = GREGORIAN + (since_1970(cx).as_nanos() / 100) as u64;
        self.ticks = now.max(self.ticks + 1);
        Builder::from_gregorian_timestamp(self.ticks, sequence, &node).into_uuid()
    }

    fn v7(&mut self, cx: &mut Cx) -> Uuid {
        let [a, b, ..] = cx.random().to_be_bytes();
        // The counter begins in its lower half: then it can count on for a while within a millisecond.
        let start = u64::from(u16::from_be_bytes([a, b]) & 0x7ff);
        let now = (since_1970(cx).as_millis() as u64) << 12 | start;
        self.counted = now.max(self.counted + 1);
        let mut random = [0; 10];
        random[..2].copy_from_slice(&((self.counted & 0xfff) as u16).to_be_bytes());
        random[2..].copy_from_slice(&cx.random().to_be_bytes());
        Builder::from_unix_timestamp_millis(self.counted >> 12, &random).into_uuid()
    }
}

fn give(c: Call, id: Uuid) -> Result {
    c.good_text(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

fn made(c: Call, make: impl FnOnce(&mut Cx) -> Uuid) -> Result {
    match c.cx(make) {
        Ok(id) => give(c, id),
        Err(e) => c.bad(&e),
    }
}

/// `uuid.v1()`
pub(super) fn v1(c: Call) -> Result {
    made(c, |cx| c.proc().moments.get_or_insert_default().v1(cx))
}

/// `uuid.v4()`
pub(super) fn v4(c: Call) -> Result {
    made(c, |cx| {
        let random = u128::from(cx.random()) << 64 | u128::from(cx.random());
        Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
    })
}

/// `uuid.v7()`
pub(super) fn v7(c: Call) -> Result {
    made(c, |cx| c.proc().moments.get_or_insert_default().v7(cx))
}

type Checked<T> = std::result::Result<T, Error>;

fn invalid(what: &str) -> Error {
    Error::invalid(format!("invalid {what}")).with_retryable(Some(false))
}

/// The argument at `i`, in one of the usual notations.
fn id_at(c: Call, i: c_int, what: &str) -> Checked<Uuid> {
    let text = c.bytes(i).map_err(|e| e.context(&format!("invalid {what}")))?;
    Uuid::try_parse_ascii(text).map_err(|_| invalid(&format!("{what} '{}'", shown(text))))
}

/// As much of a text as a message needs.
fn shown(text: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(text).chars().take(50).collect();
    shown.escape_debug().to_string()
}

/// `uuid.v3(ns, name)`, `uuid.v5(ns, name)`
fn named<D: Digest>(c: Call, make: impl FnOnce([u8; 16]) -> Builder) -> Result {
    match id_at(c, 1, "namespace").and_then(|ns| Ok((ns, c.bytes(2)?))) {
        Ok((ns, name)) => {
            let digest = D::new().chain_update(ns.as_bytes()).chain_update(name).finalize();
            give(c, make(*digest.first_chunk().expect("both digests have 16 bytes at least")).into_uuid())
        }
        Err(e) => c.bad(&e),
    }
}

pub(super) fn v3(c: Call) -> Result {
    named::<Md5>(c, Builder::from_md5_bytes)
}
pub(super) fn v5(c: Call) -> Result {
    named::<Sha1>(c, Builder::from_sha1_bytes)
}

/// `uuid.validate(v)`
pub(super) fn validate(c: Call) -> Result {
    c.good_bool(id_at(c, 1, "UUID").is_ok())
}

/// Answers with what `push` pushes for the argument.
fn of_id(c: Call, push: impl FnOnce(Uuid)) -> Result {
    match id_at(c, 1, "UUID") {
        Ok(id) => {
            push(id);
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

/// `uuid.version(id)`
pub(super) fn version(c: Call) -> Result {
    of_id(c, |id| c.lua.push_int(id.get_version_num() as i64))
}

fn variant_name(id: Uuid) -> &'static str {
    match id.get_variant() {
        Variant::NCS => "Reserved",
        Variant::RFC4122 => "RFC4122",
        Variant::Microsoft => "Microsoft",
        _ => "Future",
    }
}

/// `uuid.variant(id)`
pub(super) fn variant(c: Call) -> Result {
    of_id(c, |id| c.lua.push_str(variant_name(id)))
}

/// When it was made, in Unix seconds, as far as its version tells.
fn moment(id: Uuid) -> Option<i64> {
    if id.get_variant() != Variant::RFC4122 {
        return None;
    }
    let (low, middle, high, _) = id.as_fields();
    let (low, middle, high) = (u64::from(low), u64::from(middle), u64::from(high & 0xfff));
    let ticks = match id.get_version_num() {
        1 => high << 48 | middle << 32 | low,
        6 => low << 28 | middle << 12 | high,
        7 => return Some(((id.as_u128() >> 80) / 1000) as i64),
        _ => return None,
    };
    Some((ticks.cast_signed() - GREGORIAN.cast_signed()).div_euclid(10_000_000))
}

/// `uuid.parse(id)`
pub(super) fn parse(c: Call) -> Result {
    of_id(c, |id| {
        let lua = c.lua;
        lua.new_table(0, 4);
        lua.push_int(id.get_version_num() as i64);
        lua.set_field(-2, "version");
        lua.push_str(variant_name(id));
        lua.set_field(-2, "variant");
        if let Some(seconds) = moment(id) {
            lua.push_int(seconds);
            lua.set_field(-2, "timestamp");
            if id.get_version_num() == 1 {
                lua.push_bytes(&id.as_bytes()[10..]);
                lua.set_field(-2, "node");
            }
        }
    })
}

/// `uuid.format(id[, f])`
pub(super) fn format(c: Call) -> Result {
    let id = match id_at(c, 1, "UUID") {
        Ok(id) => id,
        Err(e) => return c.bad(&e),
    };
    let form = if c.lua.kind(2) == ffi::STRING { c.bytes(2).unwrap_or_default() } else { b"standard" };
    let mut buffer = Uuid::encode_buffer();
    match form {
        b"standard" => give(c, id),
        b"simple" => c.good_text(id.simple().encode_lower(&mut buffer)),
        b"urn" => c.good_text(id.urn().encode_lower(&mut buffer)),
        other => c.bad(&invalid(&format!("format '{}': standard, simple or urn is expected", shown(other)))),
    }
}

#[cfg(test)]
mod tests {
    use crate::process::LuaMachine;
    use crate::program::Program;
    use std::sync::Arc;
    use wippy_core::Value;
    use wippy_sim::World;

    fn run(seed: u64, source: &str) -> Value {
        let source = format!("local uuid = require('uuid') return function() {source} end");
        let mut program = Program::of_source(&["uuid"], &source);
        program.method = String::new();
        World::new(seed).run(LuaMachine::new(Arc::new(program))).expect("the program comes to its end")
    }

    #[test]
    fn a_simulated_run_makes_the_same_ones_again() {
        let source = "return uuid.v1() .. ' ' .. uuid.v4() .. ' ' .. uuid.v7() .. ' ' .. uuid.v4()";
        assert_eq!(run(5, source), run(5, source));
        assert_ne!(run(5, source), run(6, source));
    }

    #[test]
    fn they_grow_while_time_stands_still() {
        let source = "local last, n = uuid.v7(), 0
            for _ = 1, 20000 do local id = uuid.v7() if id > last then n = n + 1 end last = id end
            local seen = {}
            for _ = 1, 1000 do seen[uuid.v1()] = true end
            for _ in pairs(seen) do n = n + 1 end
            return n";
        assert_eq!(run(5, source), Value::Int(21000));
    }
}
