//! The module `time`: waiting, and the time of day.

use super::{Call, Out, Result};
use crate::channel::{self, NOBODY};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::tasks::{Pending, push_nothing, timer};
use std::ffi::c_int;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wippy_core::{Asked, Cx, Error, RawTag, Tag};

pub(super) const INSTANT: &str = "wippy.time";
pub(super) const DURATION: &str = "wippy.duration";
pub(super) const TICKER: &str = "wippy.ticker";

/// Ticks that wait in a ticker's channel while nobody reads; more are dropped.
const TICKS_MAX: i64 = 16;

pub(super) fn constants(lua: Stack) {
    let units = [
        ("NANOSECOND", 1),
        ("MICROSECOND", 1_000),
        ("MILLISECOND", 1_000_000),
        ("SECOND", 1_000_000_000),
        ("MINUTE", 60_000_000_000),
        ("HOUR", 3_600_000_000_000i64),
    ];
    for (name, nanoseconds) in units {
        lua.push_int(nanoseconds);
        lua.set_field(-2, name);
    }
}

/// A ticker: user value 1 is its channel.
#[derive(Clone, Copy)]
struct Ticker {
    every: Duration,
    /// When the next tick is due, since the runtime started.
    next: Duration,
    tag: RawTag,
    anchor: c_int,
    stopped: bool,
}

/// The memory of an object whose class was checked.
#[allow(unsafe_code, reason = "objects live in Lua's memory")]
fn at<'a, T>(object: *mut T) -> &'a mut T {
    // SAFETY: the pointer comes from `Stack::userdata` or `push_userdata` of this T, and the object is kept alive by the
    // stack or the registry for as long as the caller uses it.
    unsafe { &mut *object }
}

/// A duration argument in nanoseconds: a number, a text such as `1h30m`, or a Duration.
fn nanoseconds_of(c: Call, i: c_int) -> std::result::Result<i64, Error> {
    let bad = || Error::invalid(format!("invalid duration: {}", errors::plain_text(c.lua, i)));
    match c.lua.kind(i) {
        ffi::NUMBER => match c.lua.to_int(i) {
            Some(n) => Ok(n),
            None => c.lua.to_float(i).filter(|f| f.abs() < 9.2e18).map(|f| f as i64).ok_or_else(bad),
        },
        ffi::STRING => parse(&c.lua.to_text(i).unwrap_or_default()).ok_or_else(bad),
        _ => c.lua.userdata::<i64>(i, DURATION).map(|d| *at(d)).ok_or_else(bad),
    }
}

/// Durations as Go writes them: sums of number and unit.
fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        rest = &rest[end..];
        total += number * unit;
    }
    (total < 9.2e18).then_some(if negative { -(total as i64) } else { total as i64 })
}

fn positive(nanoseconds: i64) -> Duration {
    Duration::from_nanos(nanoseconds.max(0) as u64)
}

pub(super) fn sleep(c: Call) -> Result {
    let wait = match nanoseconds_of(c, 1) {
        Ok(n) => n,
        Err(e) => return c.bad(&e),
    };
    c.may_wait()?;
    if wait <= 0 {
        return c.nothing();
    }
    c.answered::<()>(timer(positive(wait)).map(|tag| Asked::Later(Tag::new(tag))), push_nothing)
}

pub(super) fn after(c: Call) -> Result {
    let wait = match nanoseconds_of(c, 1) {
        Ok(n) => n,
        Err(e) => return c.bad(&e),
    };
    c.may_wait()?;
    let tag = match timer(positive(wait)) {
        Ok(tag) => tag,
        Err(e) => return c.bad(&e),
    };
    channel::push_new(c.lua, 1, NOBODY);
    c.lua.push_index(-1);
    let anchor = c.lua.anchor();
    c.proc().tasks.pending.insert(tag, Pending::After { channel: anchor });
    c.one()
}

pub(super) fn ticker(c: Call) -> Result {
    let every = match nanoseconds_of(c, 1) {
        Ok(n) if n > 0 => positive(n),
        Ok(_) => return c.bad(&Error::invalid("ticker interval must be positive")),
        Err(e) => return c.bad(&e),
    };
    c.may_wait()?;
    let started = c.cx(|cx| (cx.now(), cx.timer(every).raw()));
    let (now, tag) = match started {
        Ok(started) => started,
        Err(e) => return c.bad(&e),
    };
    let ticker = Ticker { every, next: now + every, tag, anchor: 0, stopped: false };
    let object = c.lua.push_userdata(ticker, 1, TICKER);
    channel::push_new(c.lua, TICKS_MAX, NOBODY);
    c.lua.set_user_value(-2, 1);
    c.lua.push_index(-1);
    let anchor = c.lua.anchor();
    at(object).anchor = anchor;
    c.proc().tasks.pending.insert(tag, Pending::Tick { ticker: anchor });
    c.one()
}

pub(super) fn ticker_channel(c: Call) -> Result {
    c.object::<Ticker>(1, TICKER, "ticker")?;
    c.lua.user_value(1, 1);
    c.one()
}

pub(super) fn ticker_stop(c: Call) -> Result {
    let ticker = c.object::<Ticker>(1, TICKER, "ticker")?;
    if !std::mem::replace(&mut at(ticker).stopped, true) {
        let tag = at(ticker).tag;
        c.proc().tasks.pending.remove(&tag);
        let _ = c.cx(|cx| cx.abandon(tag));
        c.lua.user_value(1, 1);
        let ch = channel::at(c.lua, -1).expect("a ticker has a channel");
        c.proc().close_channel(ch);
        c.lua.release(at(ticker).anchor);
    }
    c.lua.push_bool(true);
    c.one()
}

impl Proc {
    /// The channel of a `time.after`.
    pub(crate) fn channel_of_timer(&self, anchor: c_int) -> *mut channel::Channel {
        let lua = self.lua();
        lua.push_anchored(anchor);
        let ch = channel::at(lua, -1).expect("anchored by time.after");
        lua.pop(1);
        ch
    }

    /// The channel of a ticker.
    pub(crate) fn channel_of_ticker(&self, anchor: c_int) -> *mut channel::Channel {
        let lua = self.lua();
        lua.push_anchored(anchor);
        lua.user_value(-1, 1);
        let ch = channel::at(lua, -1).expect("a ticker has a channel");
        lua.pop(2);
        ch
    }

    /// A `time.after` is due.
    pub(crate) fn fire_after(&mut self, anchor: c_int) {
        let lua = self.lua();
        lua.push_anchored(anchor);
        let index = lua.top();
        let ch = channel::at(lua, index).expect("anchored by time.after");
        push_now(lua);
        if !self.try_send(lua, index, ch) {
            lua.pop(1);
        }
        self.close_channel(ch);
        lua.set_top(index - 1);
        lua.release(anchor);
    }

    /// A ticker is due: one tick, and the next is set from when this one was due, so that ticks do not drift.
    pub(crate) fn fire_tick(&mut self, anchor: c_int) {
        let lua = self.lua();
        lua.push_anchored(anchor);
        let index = lua.top();
        let ticker = lua.userdata::<Ticker>(index, TICKER).expect("anchored by time.ticker");
        lua.user_value(index, 1);
        let ch = channel::at(lua, index + 1).expect("a ticker has a channel");
        push_now(lua);
        if !self.try_send(lua, index + 1, ch) {
            lua.pop(1);
        }
        lua.set_top(index - 1);
        let again = Cx::with(|cx| {
            let now = cx.now();
            let ticker = at(ticker);
            ticker.next = (ticker.next + ticker.every).max(now.saturating_sub(ticker.every));
            ticker.tag = cx.timer(ticker.next.saturating_sub(now)).raw();
            ticker.tag
        });
        if let Ok(tag) = again {
            self.tasks.pending.insert(tag, Pending::Tick { ticker: anchor });
        }
    }
}

/// Pushes the time of day, in nanoseconds since 1970.
fn push_now(lua: Stack) {
    let now = Cx::with(|cx| cx.wall()).unwrap_or_else(|_| SystemTime::now());
    let nanoseconds = now.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as i64);
    lua.push_userdata(nanoseconds, 0, INSTANT);
}

pub(super) fn now(c: Call) -> Result {
    push_now(c.lua);
    c.one()
}

fn instant(c: Call, i: c_int) -> Result<i64> {
    c.object::<i64>(i, INSTANT, "time").map(|t| *at(t))
}

fn duration(c: Call) -> Result<i64> {
    c.object::<i64>(1, DURATION, "duration").map(|d| *at(d))
}

fn int(c: Call, v: i64) -> Result {
    c.lua.push_int(v);
    c.one()
}

pub(super) fn unix(c: Call) -> Result {
    let t = instant(c, 1)?;
    int(c, t.div_euclid(1_000_000_000))
}

pub(super) fn unix_nano(c: Call) -> Result {
    let t = instant(c, 1)?;
    int(c, t)
}

pub(super) fn sub(c: Call) -> Result {
    let (a, b) = (instant(c, 1)?, instant(c, 2)?);
    c.lua.push_userdata(a.saturating_sub(b), 0, DURATION);
    c.one()
}

pub(super) fn instant_text(c: Call) -> Result {
    let t = instant(c, 1)?;
    c.lua.push_str(&super::os::format(t.div_euclid(1_000_000_000), "%Y-%m-%d %H:%M:%S"));
    c.one()
}

pub(super) fn nanoseconds(c: Call) -> Result {
    let d = duration(c)?;
    int(c, d)
}

pub(super) fn microseconds(c: Call) -> Result {
    let d = duration(c)?;
    int(c, d / 1_000)
}

pub(super) fn milliseconds(c: Call) -> Result {
    let d = duration(c)?;
    int(c, d / 1_000_000)
}

pub(super) fn seconds(c: Call) -> Result {
    let d = duration(c)?;
    c.lua.push_float(d as f64 / 1e9);
    c.one()
}

/// As Go prints durations: `1h30m0s`, `1.5s`, `20ms`.
pub(super) fn duration_text(c: Call) -> Result {
    let d = duration(c)?;
    let (sign, n) = if d < 0 { ("-", d.unsigned_abs()) } else { ("", d as u64) };
    let text = match n {
        0 => "0s".to_owned(),
        1..1_000 => format!("{n}ns"),
        1_000..1_000_000 => format!("{}µs", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{}ms", n as f64 / 1e6),
        _ => {
            let (h, m, s) = (n / 3_600_000_000_000, n / 60_000_000_000 % 60, (n % 60_000_000_000) as f64 / 1e9);
            match (h, m) {
                (0, 0) => format!("{s}s"),
                (0, m) => format!("{m}m{s}s"),
                (h, m) => format!("{h}h{m}m{s}s"),
            }
        }
    };
    c.lua.push_str(&format!("{sign}{text}"));
    Ok(Out::Values(1))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_need_units_and_add_up() {
        assert_eq!(parse("1h30m"), Some(5_400_000_000_000));
        assert_eq!(parse("1.5s"), Some(1_500_000_000));
        assert_eq!(parse("-2ms"), Some(-2_000_000));
        assert_eq!(parse("0"), Some(0));
        for bad in ["", "5", "s", "1x", "1h30", "--1s", "1..5s"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
