//! The module `time`: waiting here; times, durations and locations in the modules below.
//!
//! The clock is that of the context; zones come from the machine or from the database that is brought along.

mod civil;
mod duration;
mod layout;
pub(super) mod values;
mod zone;

use super::{Call, Result};
use crate::channel::{self, NOBODY};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::tasks::{Pending, push_nothing, timer};
use std::ffi::c_int;
use std::time::Duration;
use wippy_core::{Asked, Cx, Error, RawTag, Tag};

use values::{DURATION, push_now};
use zone::Zone;

pub(super) use values::{INSTANT, LOCATION};
pub(super) const TICKER: &str = "wippy.ticker";
pub(super) const TIMER: &str = "wippy.timer";

/// Ticks that wait in a ticker's channel while nobody reads; more are dropped.
const TICKS_MAX: i64 = 16;

/// Go's layouts.
const LAYOUTS: &[(&str, &str)] = &[
    ("RFC3339", "2006-01-02T15:04:05Z07:00"),
    ("RFC3339NANO", "2006-01-02T15:04:05.999999999Z07:00"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("KITCHEN", "3:04PM"),
    ("STAMP", "Jan _2 15:04:05"),
    ("STAMP_MILLI", "Jan _2 15:04:05.000"),
    ("STAMP_MICRO", "Jan _2 15:04:05.000000"),
    ("STAMP_NANO", "Jan _2 15:04:05.000000000"),
    ("DATE_TIME", "2006-01-02 15:04:05"),
    ("DATE_ONLY", "2006-01-02"),
    ("TIME_ONLY", "15:04:05"),
];

const NUMBERS: &[(&str, i64)] = &[
    ("NANOSECOND", 1),
    ("MICROSECOND", 1_000),
    ("MILLISECOND", 1_000_000),
    ("SECOND", 1_000_000_000),
    ("MINUTE", 60_000_000_000),
    ("HOUR", 3_600_000_000_000),
    ("JANUARY", 1),
    ("FEBRUARY", 2),
    ("MARCH", 3),
    ("APRIL", 4),
    ("MAY", 5),
    ("JUNE", 6),
    ("JULY", 7),
    ("AUGUST", 8),
    ("SEPTEMBER", 9),
    ("OCTOBER", 10),
    ("NOVEMBER", 11),
    ("DECEMBER", 12),
    ("SUNDAY", 0),
    ("MONDAY", 1),
    ("TUESDAY", 2),
    ("WEDNESDAY", 3),
    ("THURSDAY", 4),
    ("FRIDAY", 5),
    ("SATURDAY", 6),
];

pub(super) fn constants(lua: Stack) {
    for (name, number) in NUMBERS {
        lua.push_int(*number);
        lua.set_field(-2, name);
    }
    for (name, layout) in LAYOUTS {
        lua.push_str(layout);
        lua.set_field(-2, name);
    }
    for (name, zone) in [("utc", Zone::Utc), ("localtz", Zone::Local)] {
        values::push_location(lua, &zone);
        lua.set_field(-2, name);
    }
}

/// A timer: user value 1 is its channel.
#[derive(Clone, Copy)]
struct Timer {
    /// The request that is going to fire it.
    tag: Option<RawTag>,
    /// What keeps it alive while it is going to fire.
    anchor: c_int,
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
    let bad = || refused(format!("invalid duration: {}", errors::plain_text(c.lua, i)));
    match c.lua.kind(i) {
        ffi::NUMBER => match c.lua.to_int(i) {
            Some(n) => Ok(n),
            None => c.lua.to_float(i).filter(|f| f.abs() < 9.2e18).map(|f| f as i64).ok_or_else(bad),
        },
        ffi::STRING => duration::parse(&c.lua.to_text(i).unwrap_or_default()).ok_or_else(bad),
        _ => c.lua.userdata::<i64>(i, DURATION).map(|d| *at(d)).ok_or_else(bad),
    }
}

/// INVALID, not to be tried again.
fn refused(what: impl Into<String>) -> Error {
    Error::invalid(what).with_retryable(Some(false))
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

/// `time.timer(d)`
pub(super) fn timer_new(c: Call) -> Result {
    let wait = match nanoseconds_of(c, 1) {
        Ok(n) if n > 0 => positive(n),
        Ok(_) => return c.bad(&refused("timer duration must be positive")),
        Err(e) => return c.bad(&e),
    };
    c.may_wait()?;
    c.lua.push_userdata(Timer { tag: None, anchor: 0 }, 1, TIMER);
    channel::push_new(c.lua, 1, NOBODY);
    c.lua.set_user_value(-2, 1);
    match arm(c, c.lua.top(), wait) {
        Ok(()) => c.one(),
        Err(e) => c.bad(&e),
    }
}

/// Sets the timer at `i`.
fn arm(c: Call, i: c_int, wait: Duration) -> std::result::Result<(), Error> {
    let tag = timer(wait)?;
    c.lua.push_index(i);
    let anchor = c.lua.anchor();
    if let Some(object) = c.lua.userdata::<Timer>(i, TIMER) {
        *at(object) = Timer { tag: Some(tag), anchor };
        c.proc().tasks.pending.insert(tag, Pending::Timer { timer: anchor });
    }
    Ok(())
}

/// Takes a timer's request back: whether there was one.
fn disarm(c: Call, object: *mut Timer) -> bool {
    let Some(tag) = at(object).tag.take() else { return false };
    c.proc().tasks.pending.remove(&tag);
    let _ = c.cx(|cx| cx.abandon(tag));
    c.lua.release(at(object).anchor);
    true
}

pub(super) fn timer_channel(c: Call) -> Result {
    c.object::<Timer>(1, TIMER, "timer")?;
    c.lua.user_value(1, 1);
    c.one()
}

/// `timer:stop()`: whether it was going to fire.
pub(super) fn timer_stop(c: Call) -> Result {
    let object = c.object::<Timer>(1, TIMER, "timer")?;
    let active = disarm(c, object);
    if active {
        c.lua.user_value(1, 1);
        let ch = channel::at(c.lua, -1).expect("a timer has a channel");
        c.proc().close_channel(ch);
    }
    c.lua.push_bool(active);
    c.one()
}

/// `timer:reset(d)`: whether it was going to fire; it is now, in any case.
pub(super) fn timer_reset(c: Call) -> Result {
    let object = c.object::<Timer>(1, TIMER, "timer")?;
    let wait = match nanoseconds_of(c, 2) {
        Ok(n) if n > 0 => positive(n),
        Ok(_) => return c.bad_argument(2, "timer duration must be positive"),
        Err(e) => return c.bad_argument(2, e.message()),
    };
    c.may_wait()?;
    let active = disarm(c, object);
    if !active {
        c.lua.user_value(1, 1);
        let ch = channel::at(c.lua, -1).expect("a timer has a channel");
        // What it fired before and nobody read is out of date.
        while channel::channel(ch).head < channel::channel(ch).tail && c.proc().try_receive(c.lua, -1, ch) {
            c.lua.pop(2);
        }
        channel::channel(ch).closed = false;
        c.lua.pop(1);
    }
    match arm(c, 1, wait) {
        Ok(()) => c.lua.push_bool(active),
        Err(e) => return c.raise(e.message()),
    }
    c.one()
}

pub(super) fn ticker(c: Call) -> Result {
    let every = match nanoseconds_of(c, 1) {
        Ok(n) if n > 0 => positive(n),
        Ok(_) => return c.bad(&refused("ticker interval must be positive")),
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

    /// A `time.timer` is due.
    pub(crate) fn fire_timer(&mut self, anchor: c_int) {
        let lua = self.lua();
        lua.push_anchored(anchor);
        let index = lua.top();
        if let Some(object) = lua.userdata::<Timer>(index, TIMER) {
            at(object).tag = None;
        }
        lua.user_value(index, 1);
        let ch = channel::at(lua, index + 1).expect("a timer has a channel");
        push_now(lua);
        if !self.try_send(lua, index + 1, ch) {
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
