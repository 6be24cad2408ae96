//! The module `os`: the four functions about time that programs have.

use super::{Call, Result};
use crate::ffi;
use std::ffi::CString;
use std::time::UNIX_EPOCH;
use wippy_core::Cx;

/// A moment as fields, in the local zone or in UTC; `None` when its year is too far away for the C library.
#[allow(unsafe_code, reason = "the C library knows the local zone")]
fn fields(seconds: i64, utc: bool) -> Option<libc::tm> {
    // SAFETY: both functions fill the struct that they are given, or say with null that they have not; all zero is a
    // valid `tm`.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        let time = seconds as libc::time_t;
        let filled = if utc { libc::gmtime_r(&time, &mut tm) } else { libc::localtime_r(&time, &mut tm) };
        (!filled.is_null()).then_some(tm)
    }
}

/// A field of the table at 1: a whole number, or a text of one.
fn field(c: Call, name: &str, default: i32) -> Result<i64> {
    c.lua.field(1, name);
    let value = match c.lua.kind(-1) {
        ffi::NIL => i64::from(default),
        ffi::NUMBER => match c.lua.to_int(-1).or_else(|| whole(c.lua.to_float(-1)?)) {
            Some(n) => n,
            None => return c.bad_argument(1, &format!("field '{name}' is not an integer")),
        },
        _ => match c.lua.to_text(-1).and_then(|text| text.trim().parse().ok()) {
            Some(n) => n,
            None => return c.bad_argument(1, &format!("field '{name}' is not a number")),
        },
    };
    c.lua.pop(1);
    Ok(value)
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9.2e18).then_some(number as i64)
}

/// The same as the C library counts it, from `first`.
fn counted(c: Call, name: &str, default: i32, first: i32) -> Result<i32> {
    match field(c, name, default)?.checked_sub(first.into()).map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => c.bad_argument(1, &format!("field '{name}' is out of bounds")),
    }
}

fn now() -> i64 {
    let wall = Cx::with(|cx| cx.wall()).unwrap_or(UNIX_EPOCH);
    wall.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

#[allow(unsafe_code, reason = "the C library formats times")]
fn strftime(tm: &libc::tm, format: &str) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(ch) = chars.next() {
        let letter = if ch == '%' { chars.peek().copied() } else { None };
        match letter {
            Some(letter) if "aAbBcdHIjmMpSUwWxXyYzZ%".contains(letter) => {
                chars.next();
                let pattern = if letter == 'c' { "%a %b %e %H:%M:%S %Y".into() } else { format!("%{letter}") };
                let pattern = CString::new(pattern).expect("no zero in it");
                let mut buffer = [0u8; 128];
                // SAFETY: the buffer's length is given; the pattern is one of the standard's.
                let n = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), pattern.as_ptr(), tm) };
                out.push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
            _ => out.push(ch),
        }
    }
    out
}

/// `os.time([table])`
#[allow(unsafe_code, reason = "the C library knows the local zone")]
pub(super) fn time(c: Call) -> Result {
    if c.is_absent(1) {
        c.lua.push_int(now());
        return c.one();
    }
    if c.lua.kind(1) != ffi::TABLE {
        return c.expected(1, "table");
    }
    let Some(today) = fields(now(), false) else { return c.raise("the present time cannot be represented") };
    let mut tm = today;
    tm.tm_year = counted(c, "year", today.tm_year + 1900, 1900)?;
    tm.tm_mon = counted(c, "month", today.tm_mon + 1, 1)?;
    tm.tm_mday = counted(c, "day", today.tm_mday, 0)?;
    tm.tm_hour = counted(c, "hour", 0, 0)?;
    tm.tm_min = counted(c, "min", 0, 0)?;
    tm.tm_sec = counted(c, "sec", 0, 0)?;
    tm.tm_isdst = -1;
    // SAFETY: mktime reads and normalises the struct it is given.
    let seconds = unsafe { libc::mktime(&mut tm) };
    // The C library's sign for a failure is the second before 1970, too; it cannot be told apart.
    if seconds == -1 {
        return c.raise("time result cannot be represented");
    }
    c.lua.push_int(seconds as i64);
    c.one()
}

/// `os.date([format[, time]])`
pub(super) fn date(c: Call) -> Result {
    let pattern = c.optional_text(1)?.unwrap_or_else(|| "%c".into());
    let seconds = if c.is_absent(2) { now() } else { c.int(2)? };
    let (utc, pattern) = match pattern.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, &*pattern),
    };
    let Some(tm) = fields(seconds, utc) else { return c.raise("date result cannot be represented") };
    if pattern != "*t" {
        c.lua.push_str(&strftime(&tm, pattern));
        return c.one();
    }
    c.lua.new_table(0, 9);
    let parts = [
        ("year", i64::from(tm.tm_year) + 1900),
        ("month", i64::from(tm.tm_mon + 1)),
        ("day", tm.tm_mday.into()),
        ("hour", tm.tm_hour.into()),
        ("min", tm.tm_min.into()),
        ("sec", tm.tm_sec.into()),
        ("wday", i64::from(tm.tm_wday + 1)),
        ("yday", i64::from(tm.tm_yday + 1)),
    ];
    for (name, value) in parts {
        c.lua.push_int(value);
        c.lua.set_field(-2, name);
    }
    c.lua.push_bool(tm.tm_isdst > 0);
    c.lua.set_field(-2, "isdst");
    c.one()
}

/// `os.clock()`: seconds since the runtime started.
pub(super) fn clock(c: Call) -> Result {
    let seconds = c.cx(|cx| cx.now()).map_or(0.0, |d| d.as_secs_f64());
    c.lua.push_float(seconds);
    c.one()
}

/// `os.difftime(a, b)`
pub(super) fn difftime(c: Call) -> Result {
    let (a, b) = (c.lua.to_float(1), c.lua.to_float(2));
    match (a, b) {
        (Some(a), Some(b)) => c.lua.push_float(a - b),
        (Some(a), None) if c.is_absent(2) => c.lua.push_float(a),
        (None, _) => return c.expected(1, "number"),
        _ => return c.expected(2, "number"),
    }
    c.one()
}
