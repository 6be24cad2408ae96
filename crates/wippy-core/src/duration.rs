//! Durations as users write them: sums of number and unit, such as `750ms` or `2m10s`.

use std::time::Duration;

/// Reads a duration. `None` for anything else, bare numbers and negative ones included.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(wippy_core::duration::parse("2m10s"), Some(Duration::from_secs(130)));
/// assert_eq!(wippy_core::duration::parse("1.5s"), Some(Duration::from_millis(1500)));
/// assert_eq!(wippy_core::duration::parse("5"), None);
/// ```
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut seconds = 0f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len()));
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).ok()
}
