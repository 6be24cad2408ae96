//! Layouts that show how the moment Mon Jan 2 15:04:05 2006, zone MST (−0700), would look.

use super::civil::{Civil, days, days_in};
use super::zone::Zone;
use std::fmt::Write;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How a number is written: with zeros in front, as it is, or with a blank.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pad {
    Zero,
    None,
    Blank,
}

/// A piece of a layout.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    LongYear,
    Year,
    MonthName {
        long: bool,
    },
    Month(Pad),
    WeekdayName {
        long: bool,
    },
    Day(Pad),
    YearDay(Pad),
    Hour,
    Hour12(Pad),
    Minute(Pad),
    Second(Pad),
    /// Digits behind the separator; trailing zeros are dropped when not fixed.
    Fraction {
        separator: char,
        digits: usize,
        fixed: bool,
    },
    HalfOfDay {
        upper: bool,
    },
    ZoneName,
    /// Whether UTC is `Z`, whether colons part the fields, and how many fields.
    Offset {
        z: bool,
        colons: bool,
        fields: usize,
    },
}

/// The next piece: the literal text in front of it, itself, and the rest of the layout.
fn next(layout: &str) -> (&str, Option<Piece>, &str) {
    for (i, _) in layout.char_indices() {
        if let Some((piece, skip, len)) = piece(&layout[i..]) {
            return (&layout[..i + skip], Some(piece), &layout[i + skip + len..]);
        }
    }
    (layout, None, "")
}

/// The piece that a text begins with: how much of the text is literal in front of it, and its length.
fn piece(text: &str) -> Option<(Piece, usize, usize)> {
    let lower_follows = |n: usize| text[n..].starts_with(|c: char| c.is_ascii_lowercase());
    let table: &[(&str, Piece)] = &[
        ("January", Piece::MonthName { long: true }),
        ("Monday", Piece::WeekdayName { long: true }),
        ("MST", Piece::ZoneName),
        ("002", Piece::YearDay(Pad::Zero)),
        ("01", Piece::Month(Pad::Zero)),
        ("02", Piece::Day(Pad::Zero)),
        ("03", Piece::Hour12(Pad::Zero)),
        ("04", Piece::Minute(Pad::Zero)),
        ("05", Piece::Second(Pad::Zero)),
        ("06", Piece::Year),
        ("15", Piece::Hour),
        ("1", Piece::Month(Pad::None)),
        ("2006", Piece::LongYear),
        ("2", Piece::Day(Pad::None)),
        ("__2", Piece::YearDay(Pad::Blank)),
        ("3", Piece::Hour12(Pad::None)),
        ("4", Piece::Minute(Pad::None)),
        ("5", Piece::Second(Pad::None)),
        ("PM", Piece::HalfOfDay { upper: true }),
        ("pm", Piece::HalfOfDay { upper: false }),
        ("070000", Piece::Offset { z: false, colons: false, fields: 3 }),
        ("07:00:00", Piece::Offset { z: false, colons: true, fields: 3 }),
        ("0700", Piece::Offset { z: false, colons: false, fields: 2 }),
        ("07:00", Piece::Offset { z: false, colons: true, fields: 2 }),
        ("07", Piece::Offset { z: false, colons: false, fields: 1 }),
    ];
    for (word, piece) in [("Jan", Piece::MonthName { long: false }), ("Mon", Piece::WeekdayName { long: false })] {
        if text.starts_with(word) && !text.starts_with("January") && !text.starts_with("Monday") {
            return (!lower_follows(3)).then_some((piece, 0, 3));
        }
    }
    if text.starts_with("_2006") {
        return Some((Piece::LongYear, 1, 4));
    }
    if text.starts_with("_2") {
        return Some((Piece::Day(Pad::Blank), 0, 2));
    }
    let first = text.chars().next()?;
    if matches!(first, '.' | ',') {
        let digit = text[1..].chars().next().filter(|c| matches!(c, '0' | '9'))?;
        let digits = text[1..].chars().take_while(|c| *c == digit).count();
        let ends = !text[1 + digits..].starts_with(|c: char| c.is_ascii_digit());
        let piece = Piece::Fraction { separator: first, digits, fixed: digit == '0' };
        return ends.then_some((piece, 0, 1 + digits));
    }
    let signed = matches!(first, '-' | 'Z');
    for (word, piece) in table {
        match piece {
            Piece::Offset { colons, fields, .. } if signed && text[1..].starts_with(word) => {
                return Some((Piece::Offset { z: first == 'Z', colons: *colons, fields: *fields }, 0, 1 + word.len()));
            }
            Piece::Offset { .. } => {}
            piece if text.starts_with(word) => return Some((*piece, 0, word.len())),
            _ => {}
        }
    }
    None
}

fn number(out: &mut String, n: i64, width: usize, pad: Pad) {
    let _ = match pad {
        Pad::Zero => write!(out, "{n:0width$}"),
        Pad::None => write!(out, "{n}"),
        Pad::Blank => write!(out, "{n:width$}"),
    };
}

/// Writes a moment.
pub(super) fn format(seconds: i64, nanos: u32, zone: &Zone, mut layout: &str) -> String {
    let (offset, abbreviation) = zone.at(seconds);
    let civil = Civil::of(seconds.saturating_add(offset));
    let mut out = String::with_capacity(layout.len() + 8);
    loop {
        let (literal, piece, rest) = next(layout);
        out.push_str(literal);
        let Some(piece) = piece else { return out };
        layout = rest;
        match piece {
            Piece::LongYear => {
                let sign = if civil.year < 0 { "-" } else { "" };
                let _ = write!(out, "{sign}{:04}", civil.year.abs());
            }
            Piece::Year => number(&mut out, civil.year.rem_euclid(100), 2, Pad::Zero),
            Piece::MonthName { long } => out.push_str(name(MONTHS[civil.month as usize - 1], long)),
            Piece::Month(pad) => number(&mut out, civil.month, 2, pad),
            Piece::WeekdayName { long } => out.push_str(name(WEEKDAYS[civil.weekday() as usize], long)),
            Piece::Day(pad) => number(&mut out, civil.day, 2, pad),
            Piece::YearDay(pad) => number(&mut out, civil.year_day(), 3, pad),
            Piece::Hour => number(&mut out, civil.hour, 2, Pad::Zero),
            Piece::Hour12(pad) => number(&mut out, (civil.hour + 11) % 12 + 1, 2, pad),
            Piece::Minute(pad) => number(&mut out, civil.minute, 2, pad),
            Piece::Second(pad) => number(&mut out, civil.second, 2, pad),
            Piece::Fraction { separator, digits, fixed } => fraction(&mut out, nanos, separator, digits, fixed),
            Piece::HalfOfDay { upper } => out.push_str(match (civil.hour >= 12, upper) {
                (true, true) => "PM",
                (true, false) => "pm",
                (false, true) => "AM",
                (false, false) => "am",
            }),
            Piece::ZoneName if abbreviation.is_empty() => write_offset(&mut out, offset, false, 2),
            Piece::ZoneName => out.push_str(&abbreviation),
            Piece::Offset { z: true, .. } if offset == 0 => out.push('Z'),
            Piece::Offset { colons, fields, .. } => write_offset(&mut out, offset, colons, fields),
        }
    }
}

fn name(long_name: &'static str, long: bool) -> &'static str {
    if long { long_name } else { &long_name[..3] }
}

fn fraction(out: &mut String, nanos: u32, separator: char, digits: usize, fixed: bool) {
    let all = format!("{nanos:09}");
    let shown = &all[..digits.min(9)];
    let shown = if fixed { shown } else { shown.trim_end_matches('0') };
    if !shown.is_empty() {
        out.push(separator);
        out.push_str(shown);
        out.extend(std::iter::repeat_n('0', if fixed { digits.saturating_sub(9) } else { 0 }));
    }
}

fn write_offset(out: &mut String, offset: i64, colons: bool, fields: usize) {
    let n = offset.abs();
    out.push(if offset < 0 { '-' } else { '+' });
    for (i, field) in [n / 3_600, n / 60 % 60, n % 60].into_iter().take(fields).enumerate() {
        let _ = write!(out, "{}{field:02}", if colons && i > 0 { ":" } else { "" });
    }
}

/// What a text says, as far as it says it.
#[derive(Default)]
struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    afternoon: Option<bool>,
    offset: Option<i64>,
    utc: bool,
    zone: Option<String>,
}

/// Reads a text: seconds, nanoseconds and zone. `default` counts when the text names no zone.
///
/// # Errors
/// What does not fit, and where.
pub(super) fn parse(layout: &str, text: &str, default: &Zone) -> Result<(i64, u32, Zone), String> {
    let (mut rest_of_layout, mut rest) = (layout, text);
    let mut read = Read::default();
    let fault = |rest: &str, what: &str| {
        format!("parsing time \"{text}\" as \"{layout}\": cannot parse \"{rest}\" as \"{what}\"")
    };
    loop {
        let (literal, piece, behind) = next(rest_of_layout);
        rest = skip(rest, literal).ok_or_else(|| fault(rest, literal))?;
        let Some(piece) = piece else {
            if !rest.is_empty() {
                return Err(format!("parsing time \"{text}\": extra text: \"{rest}\""));
            }
            break;
        };
        let shown = &rest_of_layout[literal.len()..rest_of_layout.len() - behind.len()];
        rest_of_layout = behind;
        let (mut at, before) = (Text(rest), rest);
        let outcome = take(&mut at, piece, &mut read, rest_of_layout);
        rest = at.0;
        match outcome {
            Ok(()) => {}
            Err(Wrong::Form) => return Err(fault(before, shown)),
            Err(Wrong::Range(what)) => return Err(format!("parsing time \"{text}\": {what} out of range")),
        }
    }
    finish(read, default).map_err(|what| format!("parsing time \"{text}\": {what} out of range"))
}

/// Drops a literal text from the front. A blank stands for any number of blanks.
fn skip<'a>(mut text: &'a str, mut literal: &str) -> Option<&'a str> {
    while let Some(c) = literal.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(c)?;
        literal = &literal[c.len_utf8()..];
    }
    Some(text)
}

enum Wrong {
    Form,
    Range(&'static str),
}

struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn eat(&mut self, word: &str) -> bool {
        match self.0.get(..word.len()) {
            Some(head) if head.eq_ignore_ascii_case(word) => {
                self.0 = &self.0[word.len()..];
                true
            }
            _ => false,
        }
    }
    fn digits(&self) -> usize {
        self.0.bytes().take_while(u8::is_ascii_digit).count()
    }
    /// A number of `min` to `max` digits.
    fn number(&mut self, min: usize, max: usize) -> Result<i64, Wrong> {
        let n = self.digits().min(max);
        if n < min {
            return Err(Wrong::Form);
        }
        let (digits, rest) = self.0.split_at(n);
        self.0 = rest;
        digits.parse().map_err(|_| Wrong::Form)
    }
    fn padded(&mut self, width: usize, pad: Pad) -> Result<i64, Wrong> {
        if pad == Pad::Blank {
            let blanks = self.0.bytes().take(width - 1).take_while(|b| *b == b' ').count();
            self.0 = &self.0[blanks..];
        }
        self.number(if pad == Pad::Zero { width } else { 1 }, width)
    }
    fn name(&mut self, names: &[&str], long: bool) -> Result<i64, Wrong> {
        let found = names.iter().position(|name| self.eat(if long { name } else { &name[..3] }));
        found.map(|i| i as i64).ok_or(Wrong::Form)
    }
    fn fraction(&mut self) -> Result<u32, Wrong> {
        self.0 = &self.0[1..];
        let n = self.digits();
        if n == 0 {
            return Err(Wrong::Form);
        }
        let (digits, rest) = self.0.split_at(n);
        self.0 = rest;
        format!("{:0<9}", &digits[..n.min(9)]).parse().map_err(|_| Wrong::Form)
    }
    fn has_fraction(&self) -> bool {
        self.0.starts_with(['.', ',']) && self.0[1..].starts_with(|c: char| c.is_ascii_digit())
    }
}

fn within(n: i64, min: i64, max: i64, what: &'static str) -> Result<i64, Wrong> {
    if (min..=max).contains(&n) { Ok(n) } else { Err(Wrong::Range(what)) }
}

fn take(at: &mut Text<'_>, piece: Piece, read: &mut Read, rest_of_layout: &str) -> Result<(), Wrong> {
    match piece {
        Piece::LongYear => read.year = Some(at.number(4, 4)?),
        Piece::Year => {
            let n = at.number(2, 2)?;
            read.year = Some(if n >= 69 { 1900 + n } else { 2000 + n });
        }
        Piece::MonthName { long } => read.month = Some(at.name(&MONTHS, long)? + 1),
        Piece::Month(pad) => read.month = Some(within(at.padded(2, pad)?, 1, 12, "month")?),
        Piece::WeekdayName { long } => {
            at.name(&WEEKDAYS, long)?;
        }
        Piece::Day(pad) => read.day = Some(at.padded(2, pad)?),
        Piece::YearDay(pad) => read.year_day = Some(at.padded(3, pad)?),
        Piece::Hour => read.hour = within(at.number(1, 2)?, 0, 23, "hour")?,
        Piece::Hour12(pad) => read.hour = within(at.padded(2, pad)?, 0, 12, "hour")?,
        Piece::Minute(pad) => read.minute = within(at.padded(2, pad)?, 0, 59, "minute")?,
        Piece::Second(pad) => {
            read.second = within(at.padded(2, pad)?, 0, 59, "second")?;
            // A fraction is accepted right behind the seconds, also where the layout has none.
            let own = matches!(next(rest_of_layout), ("", Some(Piece::Fraction { .. }), _));
            if !own && at.has_fraction() {
                read.nanos = at.fraction()?;
            }
        }
        Piece::Fraction { digits, fixed: true, .. } => {
            if !at.has_fraction() || at.0[1..].bytes().take_while(u8::is_ascii_digit).count() < digits {
                return Err(Wrong::Form);
            }
            let (mine, rest) = at.0.split_at(1 + digits);
            read.nanos = Text(mine).fraction()?;
            at.0 = rest;
        }
        Piece::Fraction { fixed: false, .. } if at.has_fraction() => read.nanos = at.fraction()?,
        Piece::Fraction { .. } => {}
        Piece::HalfOfDay { .. } => {
            read.afternoon = Some(match (at.eat("pm"), at.eat("am")) {
                (true, _) => true,
                (_, true) => false,
                _ => return Err(Wrong::Form),
            });
        }
        Piece::ZoneName => {
            if at.eat("UTC") {
                read.utc = true;
            } else {
                let n = zone_name(at.0).ok_or(Wrong::Form)?;
                read.zone = Some(at.0[..n].to_owned());
                at.0 = &at.0[n..];
            }
        }
        Piece::Offset { z: true, .. } if at.0.starts_with('Z') => {
            at.0 = &at.0[1..];
            read.utc = true;
        }
        Piece::Offset { colons, fields, .. } => read.offset = Some(offset(at, colons, fields)?),
    }
    Ok(())
}

fn offset(at: &mut Text<'_>, colons: bool, fields: usize) -> Result<i64, Wrong> {
    let sign = match at.0.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(Wrong::Form),
    };
    at.0 = &at.0[1..];
    let mut total = 0;
    for (i, unit) in [3_600, 60, 1].into_iter().take(fields).enumerate() {
        if colons && i > 0 && !at.eat(":") {
            return Err(Wrong::Form);
        }
        total += unit * within(at.number(2, 2)?, 0, if i == 0 { 24 } else { 59 }, "time zone offset")?;
    }
    Ok(sign * total)
}

/// How long the zone's name is that a text begins with: `CET`, `GMT+2`, `+03`.
fn zone_name(text: &str) -> Option<usize> {
    let signed = |text: &str| {
        let n = text.get(1..)?.bytes().take_while(u8::is_ascii_digit).count();
        let hours: i64 = text.get(1..1 + n.min(2))?.parse().ok()?;
        (text.starts_with(['+', '-']) && (1..=2).contains(&n) && hours < 24).then_some(1 + n)
    };
    if text.starts_with(['+', '-']) {
        return signed(text);
    }
    if let Some(rest) = text.strip_prefix("GMT") {
        return Some(3 + signed(rest).unwrap_or(0));
    }
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    match text.bytes().take_while(u8::is_ascii_uppercase).count() {
        n @ 3 => Some(n),
        n @ (4 | 5) if text.as_bytes()[n - 1] == b'T' || &text[..n] == "WITA" => Some(n),
        _ => None,
    }
}

/// The moment of all that was read.
fn finish(read: Read, default: &Zone) -> Result<(i64, u32, Zone), &'static str> {
    let year = read.year.unwrap_or(0);
    let (mut month, mut day) = (read.month, read.day);
    if let Some(n) = read.year_day {
        let last = days(year + 1, 1, 1) - days(year, 1, 1);
        if !(1..=last).contains(&n) {
            return Err("day-of-year");
        }
        let (_, m, d) = super::civil::date(days(year, 1, n));
        if month.is_some_and(|month| month != m) || day.is_some_and(|day| day != d) {
            return Err("day-of-year does not match month or day; it is");
        }
        (month, day) = (Some(m), Some(d));
    }
    let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
    if day < 1 || day > days_in(year, month) {
        return Err("day");
    }
    let hour = match read.afternoon {
        Some(true) if read.hour < 12 => read.hour + 12,
        Some(false) if read.hour == 12 => 0,
        _ => read.hour,
    };
    let civil = Civil { year, month, day, hour, minute: read.minute, second: read.second };
    let shown = civil.seconds();
    if read.utc {
        return Ok((shown, read.nanos, Zone::Utc));
    }
    if let Some(offset) = read.offset {
        let (here, abbreviation) = default.at(shown - offset);
        let same = here == offset && read.zone.as_ref().is_none_or(|name| *name == abbreviation);
        let zone = match same {
            true => default.clone(),
            false => Zone::Fixed(offset as i32, read.zone.unwrap_or_default()),
        };
        return Ok((shown - offset, read.nanos, zone));
    }
    if let Some(name) = read.zone {
        // The default zone may be called so, now or in the other half of the year.
        for distance in [0, 182, -182] {
            let (offset, abbreviation) = default.at(shown + distance * 86_400);
            if abbreviation == name {
                return Ok((shown - offset, read.nanos, default.clone()));
            }
        }
        let hours = name.strip_prefix("GMT").unwrap_or(name.trim_start_matches(char::is_alphabetic));
        let offset = hours.parse::<i64>().unwrap_or(0) * 3_600;
        return Ok((shown - offset, read.nanos, Zone::Fixed(offset as i32, name)));
    }
    Ok((default.moment(&civil), read.nanos, default.clone()))
}
