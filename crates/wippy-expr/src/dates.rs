//! Moments, durations and zones.

use crate::builtins::Builtin;
use crate::check::Type;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::ops;
use crate::value::Value;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::plain("now", "", Type::Date, |run, _| {
        let now = Timestamp::try_from(run.now()?).map_err(|e| Error::new(e.to_string()))?;
        Ok(dated(now.to_zoned(TimeZone::UTC)))
    }),
    Builtin::plain("date", "aa?a?", Type::Date, |_, a| {
        // A zone may stand in front.
        let (zone, a) = match &a[0] {
            Value::Zone(zone) => (zone.clone(), &a[1..]),
            _ => (TimeZone::UTC, a),
        };
        let texts: Option<Vec<&str>> = a.iter().map(Value::as_text).collect();
        match texts.as_deref() {
            Some([text]) => parsed(text, None, &zone),
            Some([text, layout]) => parsed(text, Some(layout), &zone),
            Some([text, layout, name]) => parsed(text, Some(layout), &zone_of(name)?),
            _ => wrong("date needs strings"),
        }
    }),
    Builtin::plain("duration", "t", Type::Duration, |_, a| {
        let text = a[0].as_text().unwrap_or_default();
        match duration_of(text) {
            Some(v) => Ok(Value::Duration(v)),
            None => wrong(format!("invalid duration {text:?}")),
        }
    }),
    Builtin::plain("timezone", "t", Type::Zone, |_, a| zone_of(a[0].as_text().unwrap_or_default()).map(Value::Zone)),
];

fn dated(date: Zoned) -> Value {
    Value::Date(Box::new(date))
}

fn zone_of(name: &str) -> Result<TimeZone, Error> {
    match name {
        "UTC" | "" => Ok(TimeZone::UTC),
        "Local" => Ok(TimeZone::system()),
        name => TimeZone::get(name).map_err(|_| Error::new(format!("unknown time zone {name}"))),
    }
}

/// Pieces of Go's reference time, and how they are told to the formatter. Longer ones first.
const LAYOUT: &[(&str, &str)] = &[
    ("January", "%B"),
    ("Monday", "%A"),
    ("2006", "%Y"),
    ("Z07:00", "%:z"),
    ("-07:00", "%:z"),
    ("Z0700", "%z"),
    ("-0700", "%z"),
    ("MST", "%Z"),
    ("Jan", "%b"),
    ("Mon", "%a"),
    ("002", "%j"),
    ("PM", "%p"),
    ("pm", "%P"),
    ("01", "%m"),
    ("02", "%d"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("15", "%H"),
    ("_2", "%e"),
    ("1", "%-m"),
    ("2", "%-d"),
    ("3", "%-I"),
    ("4", "%-M"),
    ("5", "%-S"),
];

/// A layout in the formatter's words. `utc`: an offset that may be written `Z` is.
fn pattern(layout: &str, utc: bool) -> String {
    let mut out = String::new();
    let mut rest = layout;
    'pieces: while let Some(c) = rest.chars().next() {
        if let Some(digits) = rest.strip_prefix(['.', ',']) {
            let zeros = digits.len() - digits.trim_start_matches('0').len();
            let nines = digits.len() - digits.trim_start_matches('9').len();
            if (1..=9).contains(&zeros) || (1..=9).contains(&nines) {
                out.push_str(&if zeros > 0 { format!("%.{zeros}f") } else { "%.f".to_owned() });
                rest = &digits[zeros.max(nines)..];
                continue;
            }
        }
        for (piece, told) in LAYOUT {
            if let Some(after) = rest.strip_prefix(piece) {
                out.push_str(if utc && piece.starts_with('Z') { "Z" } else { told });
                rest = after;
                continue 'pieces;
            }
        }
        if c == '%' {
            out.push('%');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// What a date without a layout may look like.
const USUAL: &[&str] = &[
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05.999999999Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
];

fn parsed(text: &str, layout: Option<&str>, zone: &TimeZone) -> Got {
    let layouts = match &layout {
        Some(layout) => std::slice::from_ref(layout),
        None => USUAL,
    };
    for layout in layouts {
        for utc in [true, false] {
            let read = read(text.trim_end_matches(" UTC"), pattern(layout, utc).trim_end_matches(" %Z"), utc, zone);
            if let Some(date) = read {
                return Ok(dated(date));
            }
        }
    }
    wrong(format!("invalid date {text:?}"))
}

fn read(text: &str, pattern: &str, utc: bool, zone: &TimeZone) -> Option<Zoned> {
    let mut time = strtime::parse(pattern, text).ok()?;
    if time.year().is_none() {
        time.set_year(Some(0)).ok()?;
        time.set_month(time.month().or(Some(1))).ok()?;
        time.set_day(time.day().or(Some(1))).ok()?;
    }
    time.set_month(time.month().or(Some(1))).ok()?;
    time.set_day(time.day().or(Some(1))).ok()?;
    if time.offset().is_some() {
        return time.to_zoned().ok().or_else(|| {
            let offset = time.offset()?;
            let zone = TimeZone::fixed(offset);
            time.to_timestamp().ok().map(|at| at.to_zoned(zone))
        });
    }
    let moment = match (time.to_datetime(), time.to_date()) {
        (Ok(moment), _) => moment,
        (_, Ok(date)) => date.to_datetime(jiff::civil::Time::midnight()),
        _ => return None,
    };
    let zone = if utc && pattern.ends_with('Z') { &TimeZone::UTC } else { zone };
    moment.to_zoned(zone.clone()).ok()
}

/// `2023-08-14T01:29:31Z`
pub(crate) fn rfc3339(date: &Zoned) -> String {
    formatted(date, "2006-01-02T15:04:05.999999999Z07:00")
}

/// `2023-08-14 01:29:31 +0000 UTC`
pub(crate) fn date_text(date: &Zoned) -> String {
    formatted(date, "2006-01-02 15:04:05.999999999 -0700 MST")
}

fn formatted(date: &Zoned, layout: &str) -> String {
    let text = strtime::format(pattern(layout, date.offset().is_zero()), date);
    text.unwrap_or_else(|_| date.to_string())
}

/// Nanoseconds of a sum of numbers with units, such as `1h30m` or `-1.5s`.
fn duration_of(text: &str) -> Option<i64> {
    let (sign, amount) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let amount = wippy_core::duration::parse(amount)?;
    i64::try_from(amount.as_nanos()).ok().map(|n| sign * n)
}

/// `1h30m0s`, `1.5s`, `20ms`
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let n = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (unit, name) = match n {
        0 => return "0s".to_owned(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (hours, minutes, rest) =
        if unit == 1_000_000_000 { (n / (3_600 * unit), n / (60 * unit) % 60, n % (60 * unit)) } else { (0, 0, n) };
    let width = unit.ilog10() as usize;
    let fraction = if width == 0 { String::new() } else { format!("{:0width$}", rest % unit) };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let front = match (hours, minutes) {
        (0, 0) => String::new(),
        (0, m) => format!("{m}m"),
        (h, m) => format!("{h}h{m}m"),
    };
    format!("{sign}{front}{}{point}{fraction}{name}", rest / unit)
}

/// `value.name(arguments)`
pub(crate) fn method(run: &mut Run<'_>, value: &Value, name: &str, arguments: &[Value]) -> Got {
    run.spend(1)?;
    let result = match value {
        Value::Date(date) => of_date(date, name, arguments),
        Value::Duration(duration) => of_duration(*duration, name, arguments),
        Value::Zone(zone) => match (name, arguments) {
            ("String", []) => Some(Ok(Value::text(zone.iana_name().unwrap_or("UTC")))),
            _ => None,
        },
        _ => None,
    };
    result.unwrap_or_else(|| wrong(format!("{} has no method {name} for these arguments", value.sort())))
}

fn of_date(date: &Zoned, name: &str, arguments: &[Value]) -> Option<Got> {
    let int = |v: i64| Some(Ok(Value::Int(v)));
    let stamp = date.timestamp();
    match (name, arguments) {
        ("Year", []) => int(date.year().into()),
        ("Month", []) => int(date.month().into()),
        ("Day", []) => int(date.day().into()),
        ("Hour", []) => int(date.hour().into()),
        ("Minute", []) => int(date.minute().into()),
        ("Second", []) => int(date.second().into()),
        ("Nanosecond", []) => int(date.subsec_nanosecond().into()),
        ("YearDay", []) => int(date.day_of_year().into()),
        ("Weekday", []) => int(date.weekday().to_sunday_zero_offset().into()),
        ("Unix", []) => int(stamp.as_second()),
        ("UnixMilli", []) => int(stamp.as_millisecond()),
        ("UnixMicro", []) => int(stamp.as_microsecond()),
        ("UnixNano", []) => int(i64::try_from(stamp.as_nanosecond()).unwrap_or_default()),
        ("IsZero", []) => Some(Ok(Value::Bool(stamp.as_second() == -62_135_596_800))),
        ("String", []) => Some(Ok(Value::text(date_text(date)))),
        ("Format", [Value::Text(layout)]) => Some(Ok(Value::text(formatted(date, layout)))),
        ("UTC", []) => Some(Ok(dated(date.with_time_zone(TimeZone::UTC)))),
        ("In", [Value::Zone(zone)]) => Some(Ok(dated(date.with_time_zone(zone.clone())))),
        ("Location", []) => Some(Ok(Value::Zone(date.time_zone().clone()))),
        ("Add", [Value::Duration(by)]) => Some(ops::moved(date, *by)),
        ("Sub", [Value::Date(other)]) => {
            let nanos = stamp.duration_since(other.timestamp()).as_nanos();
            Some(i64::try_from(nanos).map(Value::Duration).map_err(|_| Error::new("duration out of range")))
        }
        ("AddDate", [Value::Int(years), Value::Int(months), Value::Int(days)]) => {
            let span =
                Span::new().try_years(*years).and_then(|s| s.try_months(*months)).and_then(|s| s.try_days(*days));
            let moved = span.and_then(|span| date.checked_add(span));
            Some(moved.map(dated).map_err(|_| Error::new("date out of range")))
        }
        ("Before", [Value::Date(other)]) => Some(Ok(Value::Bool(stamp < other.timestamp()))),
        ("After", [Value::Date(other)]) => Some(Ok(Value::Bool(stamp > other.timestamp()))),
        ("Equal", [Value::Date(other)]) => Some(Ok(Value::Bool(stamp == other.timestamp()))),
        _ => None,
    }
}

fn of_duration(n: i64, name: &str, arguments: &[Value]) -> Option<Got> {
    let seconds = SignedDuration::from_nanos(n).as_secs_f64();
    Some(Ok(match (name, arguments) {
        ("Hours", []) => Value::Float(seconds / 3_600.0),
        ("Minutes", []) => Value::Float(seconds / 60.0),
        ("Seconds", []) => Value::Float(seconds),
        ("Milliseconds", []) => Value::Int(n / 1_000_000),
        ("Microseconds", []) => Value::Int(n / 1_000),
        ("Nanoseconds", []) => Value::Int(n),
        ("Abs", []) => Value::Duration(n.saturating_abs()),
        ("String", []) => Value::text(duration_text(n)),
        ("Truncate", [Value::Duration(unit)]) if *unit > 0 => Value::Duration(n - n % unit),
        ("Round", [Value::Duration(unit)]) if *unit > 0 => {
            let rest = n % unit;
            let away = if n < 0 { -*unit } else { *unit };
            let up = rest.unsigned_abs() >= unit.unsigned_abs().div_ceil(2);
            Value::Duration(n.wrapping_sub(rest).wrapping_add(if up { away } else { 0 }))
        }
        _ => return None,
    }))
}
