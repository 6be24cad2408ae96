//! Times, durations and locations as objects.

use super::super::{Call, Out, Result};
use super::civil::Civil;
use super::{duration, layout, zone::Zone};
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use std::time::UNIX_EPOCH;
use wippy_core::{Cx, Error};

pub(in super::super) const INSTANT: &str = "wippy.time";
pub(in super::super) const DURATION: &str = "wippy.duration";
pub(in super::super) const LOCATION: &str = "wippy.location";

const BILLION: i64 = 1_000_000_000;
/// Seconds from the first moment of year 1 to 1970.
const YEAR_ONE: i64 = -62_135_596_800;
/// Go prints times like this.
const GO_TEXT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

/// The memory of a Time; its user value is the name of its zone.
#[derive(Debug, Clone, Copy)]
struct Instant {
    seconds: i64,
    nanos: u32,
    zone: Place,
}

/// The memory of a Location, and part of a Time's; the name is a user value.
#[derive(Debug, Clone, Copy)]
enum Place {
    Utc,
    Local,
    Fixed(i32),
    Named,
}

/// A moment and the zone that it is shown in.
struct Moment {
    seconds: i64,
    nanos: u32,
    zone: Zone,
}

fn place(zone: &Zone) -> Place {
    match zone {
        Zone::Utc => Place::Utc,
        Zone::Local => Place::Local,
        Zone::Fixed(offset, _) => Place::Fixed(*offset),
        Zone::Named(_) => Place::Named,
    }
}

/// The zone of the object at `i`.
fn zone_of(lua: Stack, i: c_int, place: Place) -> Zone {
    let name = || {
        lua.user_value(i, 1);
        let name = lua.to_text(-1).unwrap_or_default();
        lua.pop(1);
        name
    };
    match place {
        Place::Utc => Zone::Utc,
        Place::Local => Zone::Local,
        Place::Fixed(offset) => Zone::Fixed(offset, name()),
        Place::Named => Zone::Named(name()),
    }
}

fn push_name(lua: Stack, zone: &Zone) {
    if let Zone::Fixed(_, name) | Zone::Named(name) = zone {
        lua.push_str(name);
        lua.set_user_value(-2, 1);
    }
}

fn push_moment(lua: Stack, seconds: i64, nanos: u32, zone: &Zone) {
    lua.push_userdata(Instant { seconds, nanos, zone: place(zone) }, 1, INSTANT);
    push_name(lua, zone);
}

pub(super) fn push_location(lua: Stack, zone: &Zone) {
    lua.push_userdata(place(zone), 1, LOCATION);
    push_name(lua, zone);
}

/// Pushes the time of day, in the local zone.
pub(super) fn push_now(lua: Stack) {
    let wall = Cx::with(|cx| cx.wall()).unwrap_or(UNIX_EPOCH);
    let (seconds, nanos) = match wall.duration_since(UNIX_EPOCH) {
        Ok(since) => (since.as_secs() as i64, since.subsec_nanos()),
        Err(before) => normal(-i128::try_from(before.duration().as_nanos()).unwrap_or(0)),
    };
    push_moment(lua, seconds, nanos, &Zone::Local);
}

/// Seconds and nanoseconds of a number of nanoseconds.
fn normal(nanoseconds: i128) -> (i64, u32) {
    let billion = i128::from(BILLION);
    let seconds = nanoseconds.div_euclid(billion).clamp(i64::MIN.into(), i64::MAX.into());
    (seconds as i64, nanoseconds.rem_euclid(billion) as u32)
}

impl Moment {
    fn nanoseconds(&self) -> i128 {
        i128::from(self.seconds) * i128::from(BILLION) + i128::from(self.nanos)
    }
    fn civil(&self) -> Civil {
        self.zone.civil(self.seconds)
    }
    fn give(&self, c: Call) -> Result {
        push_moment(c.lua, self.seconds, self.nanos, &self.zone);
        c.one()
    }
    fn at(nanoseconds: i128, zone: Zone) -> Moment {
        let (seconds, nanos) = normal(nanoseconds);
        Moment { seconds, nanos, zone }
    }
}

fn moment(c: Call, i: c_int) -> Result<Moment> {
    let Instant { seconds, nanos, zone } = *super::at(c.object::<Instant>(i, INSTANT, "time")?);
    Ok(Moment { seconds, nanos, zone: zone_of(c.lua, i, zone) })
}

fn location(c: Call, i: c_int) -> Result<Zone> {
    let place = *super::at(c.object::<Place>(i, LOCATION, "location")?);
    Ok(zone_of(c.lua, i, place))
}

/// A location argument, local when it is absent.
fn optional_location(c: Call, i: c_int) -> Result<Zone> {
    if c.is_absent(i) { Ok(Zone::Local) } else { location(c, i) }
}

fn int(c: Call, v: i64) -> Result {
    c.lua.push_int(v);
    c.one()
}

// ---- constructors ----

pub(in super::super) fn now(c: Call) -> Result {
    push_now(c.lua);
    c.one()
}

/// `time.date(y, mo, d, h, mi, s, ns[, location])`
pub(in super::super) fn date(c: Call) -> Result {
    let mut n = [0; 7];
    for (i, field) in n.iter_mut().enumerate() {
        *field = c.int(i as c_int + 1)?;
    }
    let zone = optional_location(c, 8)?;
    let [year, month, day, hour, minute, second, nanos] = n;
    let second = second.saturating_add(nanos.div_euclid(BILLION));
    let seconds = zone.moment(&Civil { year, month, day, hour, minute, second });
    Moment { seconds, nanos: nanos.rem_euclid(BILLION) as u32, zone }.give(c)
}

/// `time.unix(seconds, nanoseconds)`
pub(in super::super) fn from_unix(c: Call) -> Result {
    let (seconds, nanos) = (c.int(1)?, c.int(2)?);
    Moment::at(i128::from(seconds) * i128::from(BILLION) + i128::from(nanos), Zone::Local).give(c)
}

/// `time.parse(layout, text[, location])`
pub(in super::super) fn parse(c: Call) -> Result {
    let (pattern, text) = (c.text(1)?, c.text(2)?);
    let zone = optional_location(c, 3)?;
    match layout::parse(&pattern, &text, &zone) {
        Ok((seconds, nanos, zone)) => {
            push_moment(c.lua, seconds, nanos, &zone);
            c.good()
        }
        Err(what) => c.bad(&Error::invalid(what).with_retryable(Some(false))),
    }
}

/// `time.parse_duration(v)`
pub(in super::super) fn parse_duration(c: Call) -> Result {
    match super::nanoseconds_of(c, 1) {
        Ok(n) => {
            c.lua.push_userdata(n, 0, DURATION);
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

/// `time.load_location(name)`
pub(in super::super) fn load_location(c: Call) -> Result {
    let name = c.text(1)?;
    if name.is_empty() {
        return c.bad(&Error::invalid("location name is required").with_retryable(Some(false)));
    }
    match Zone::load(&name) {
        Some(zone) => {
            push_location(c.lua, &zone);
            c.good()
        }
        None => c.bad(&Error::not_found(format!("unknown time zone {name}")).with_retryable(Some(false))),
    }
}

/// `time.fixed_zone(name, seconds)`
pub(in super::super) fn fixed_zone(c: Call) -> Result {
    let (name, offset) = (c.text(1)?, c.int(2)?);
    let Ok(offset) = i32::try_from(offset) else { return c.bad_argument(2, "offset out of range") };
    push_location(c.lua, &Zone::Fixed(offset, name));
    c.one()
}

// ---- times ----

pub(in super::super) fn add(c: Call) -> Result {
    let t = moment(c, 1)?;
    match super::nanoseconds_of(c, 2) {
        Ok(d) => Moment::at(t.nanoseconds() + i128::from(d), t.zone).give(c),
        Err(e) => c.bad_argument(2, e.message()),
    }
}

pub(in super::super) fn sub(c: Call) -> Result {
    let (a, b) = (moment(c, 1)?, moment(c, 2)?);
    let distance = (a.nanoseconds() - b.nanoseconds()).clamp(i64::MIN.into(), i64::MAX.into());
    c.lua.push_userdata(distance as i64, 0, DURATION);
    c.one()
}

/// `t:add_date(years, months, days)`
pub(in super::super) fn add_date(c: Call) -> Result {
    let t = moment(c, 1)?;
    let (years, months, days) = (c.int(2)?, c.int(3)?, c.int(4)?);
    let mut civil = t.civil();
    civil.year = civil.year.saturating_add(years);
    civil.month = civil.month.saturating_add(months);
    civil.day = civil.day.saturating_add(days);
    let seconds = t.zone.moment(&civil);
    Moment { seconds, ..t }.give(c)
}

fn compared(c: Call, f: impl FnOnce(i128, i128) -> bool) -> Result {
    let (a, b) = (moment(c, 1)?, moment(c, 2)?);
    c.lua.push_bool(f(a.nanoseconds(), b.nanoseconds()));
    c.one()
}

pub(in super::super) fn after(c: Call) -> Result {
    compared(c, |a, b| a > b)
}

pub(in super::super) fn before(c: Call) -> Result {
    compared(c, |a, b| a < b)
}

pub(in super::super) fn equal(c: Call) -> Result {
    compared(c, |a, b| a == b)
}

fn formatted(c: Call, pattern: &str) -> Result {
    let t = moment(c, 1)?;
    c.lua.push_str(&layout::format(t.seconds, t.nanos, &t.zone, pattern));
    c.one()
}

pub(in super::super) fn format(c: Call) -> Result {
    moment(c, 1)?;
    let pattern = c.text(2)?;
    formatted(c, &pattern)
}

pub(in super::super) fn format_rfc3339(c: Call) -> Result {
    formatted(c, "2006-01-02T15:04:05Z07:00")
}

pub(in super::super) fn instant_text(c: Call) -> Result {
    formatted(c, GO_TEXT)
}

pub(in super::super) fn unix(c: Call) -> Result {
    let t = moment(c, 1)?;
    int(c, t.seconds)
}

pub(in super::super) fn unix_nano(c: Call) -> Result {
    let t = moment(c, 1)?;
    int(c, t.nanoseconds() as i64)
}

/// `t:date()` → year, month, day
pub(in super::super) fn date_of(c: Call) -> Result {
    let civil = moment(c, 1)?.civil();
    [civil.year, civil.month, civil.day].into_iter().for_each(|n| c.lua.push_int(n));
    Ok(Out::Values(3))
}

/// `t:clock()` → hour, minute, second
pub(in super::super) fn clock(c: Call) -> Result {
    let civil = moment(c, 1)?.civil();
    [civil.hour, civil.minute, civil.second].into_iter().for_each(|n| c.lua.push_int(n));
    Ok(Out::Values(3))
}

macro_rules! parts {
    ($($name:ident: $of:expr;)*) => {
        $(pub(in super::super) fn $name(c: Call) -> Result {
            let t = moment(c, 1)?;
            let of: fn(&Moment) -> i64 = $of;
            int(c, of(&t))
        })*
    };
}

parts! {
    year: |t| t.civil().year;
    month: |t| t.civil().month;
    day: |t| t.civil().day;
    hour: |t| t.civil().hour;
    minute: |t| t.civil().minute;
    second: |t| t.civil().second;
    nanosecond: |t| i64::from(t.nanos);
    weekday: |t| t.civil().weekday();
    year_day: |t| t.civil().year_day();
}

pub(in super::super) fn is_zero(c: Call) -> Result {
    let t = moment(c, 1)?;
    c.lua.push_bool(t.seconds == YEAR_ONE && t.nanos == 0);
    c.one()
}

pub(in super::super) fn in_location(c: Call) -> Result {
    let t = moment(c, 1)?;
    Moment { zone: location(c, 2)?, ..t }.give(c)
}

pub(in super::super) fn in_local(c: Call) -> Result {
    let t = moment(c, 1)?;
    Moment { zone: Zone::Local, ..t }.give(c)
}

pub(in super::super) fn utc(c: Call) -> Result {
    let t = moment(c, 1)?;
    Moment { zone: Zone::Utc, ..t }.give(c)
}

pub(in super::super) fn location_of(c: Call) -> Result {
    let t = moment(c, 1)?;
    push_location(c.lua, &t.zone);
    c.one()
}

/// To a multiple of a duration, counted from year 1; a half goes up.
fn to_multiple(c: Call, half_up: bool) -> Result {
    let t = moment(c, 1)?;
    let unit = i128::from(*super::at(c.object::<i64>(2, DURATION, "duration")?));
    if unit <= 0 {
        return t.give(c);
    }
    let since = t.nanoseconds() - i128::from(YEAR_ONE) * i128::from(BILLION);
    let rest = since.rem_euclid(unit);
    let up = if half_up && rest * 2 >= unit { unit } else { 0 };
    Moment::at(t.nanoseconds() - rest + up, t.zone).give(c)
}

pub(in super::super) fn round(c: Call) -> Result {
    to_multiple(c, true)
}

pub(in super::super) fn truncate(c: Call) -> Result {
    to_multiple(c, false)
}

// ---- durations and locations ----

fn length(c: Call) -> Result<i64> {
    c.object::<i64>(1, DURATION, "duration").map(|d| *super::at(d))
}

pub(in super::super) fn nanoseconds(c: Call) -> Result {
    let d = length(c)?;
    int(c, d)
}

pub(in super::super) fn microseconds(c: Call) -> Result {
    let d = length(c)?;
    int(c, d / 1_000)
}

pub(in super::super) fn milliseconds(c: Call) -> Result {
    let d = length(c)?;
    int(c, d / 1_000_000)
}

/// Whole units and the rest apart, so that large durations stay exact.
fn fractional(c: Call, unit: i64) -> Result {
    let d = length(c)?;
    c.lua.push_float((d / unit) as f64 + (d % unit) as f64 / unit as f64);
    c.one()
}

pub(in super::super) fn seconds(c: Call) -> Result {
    fractional(c, BILLION)
}

pub(in super::super) fn minutes(c: Call) -> Result {
    fractional(c, 60 * BILLION)
}

pub(in super::super) fn hours(c: Call) -> Result {
    fractional(c, 3_600 * BILLION)
}

pub(in super::super) fn duration_text(c: Call) -> Result {
    let d = length(c)?;
    c.lua.push_str(&duration::text(d));
    c.one()
}

pub(in super::super) fn location_text(c: Call) -> Result {
    let zone = location(c, 1)?;
    c.lua.push_str(zone.name());
    debug_assert_eq!(c.lua.kind(-1), ffi::STRING);
    c.one()
}
