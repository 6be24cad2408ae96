//! Durations as Go reads and writes them.

/// Nanoseconds of a sum of numbers with units, such as `1h30m` or `-1.5s`.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, part) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if part.contains('.') || (whole.is_empty() && part.is_empty()) || whole.len() > 20 {
            return None;
        }
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit: i128 = match &rest[..end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        rest = &rest[end..];
        let digits = &part[..part.len().min(18)];
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        total += whole * unit + part * unit / 10i128.pow(digits.len() as u32);
        if total > i128::from(i64::MAX) + 1 {
            return None;
        }
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// `1h30m0s`, `1.5s`, `20ms`
pub(super) fn text(nanoseconds: i64) -> String {
    let n = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let part = |n: u64, unit: u64| {
        let (whole, rest) = (n / unit, n % unit);
        let width = unit.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { whole.to_string() } else { format!("{whole}.{digits}") }
    };
    let text = match n {
        0 => "0s".to_owned(),
        1..1_000 => format!("{n}ns"),
        1_000..1_000_000 => format!("{}µs", part(n, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", part(n, 1_000_000)),
        _ => {
            let seconds = format!("{}s", part(n % 60_000_000_000, 1_000_000_000));
            match (n / 3_600_000_000_000, n / 60_000_000_000 % 60) {
                (0, 0) => seconds,
                (0, m) => format!("{m}m{seconds}"),
                (h, m) => format!("{h}h{m}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::{parse, text};

    #[test]
    fn durations_need_units_and_add_up() {
        assert_eq!(parse("1h30m"), Some(5_400_000_000_000));
        assert_eq!(parse("1.5s"), Some(1_500_000_000));
        assert_eq!(parse("-2ms"), Some(-2_000_000));
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("0.1ns"), Some(0));
        assert_eq!(parse("9223372036854775807ns"), Some(i64::MAX));
        assert_eq!(parse("-9223372036854775808ns"), Some(i64::MIN));
        for bad in [
            "",
            "5",
            "s",
            "1x",
            "1h30",
            "--1s",
            "1..5s",
            ".s",
            "9223372036854775808ns",
            "99999999999999999999999h",
            "1 s",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn texts_read_back() {
        for (n, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (5_400_000_000_000, "1h30m0s"),
            (-1_500_000_000, "-1.5s"),
            (86_400_000_000_001, "24h0m0.000000001s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(text(n), expected);
            assert_eq!(parse(expected), Some(n));
        }
    }
}
