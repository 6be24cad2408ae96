//! Reads one scalar out of MessagePack or JSON as text: just enough for arguments.

/// A string, or an integer in decimal. `None` for nil, other types and broken data.
pub fn from_msgpack(data: &[u8]) -> Option<String> {
    let (&tag, rest) = data.split_first()?;
    match tag {
        0xa0..=0xbf => string(rest, usize::from(tag & 0x1f)),
        0xd9 => sized(rest, 1),
        0xda => sized(rest, 2),
        0xdb => sized(rest, 4),
        0x00..=0x7f => Some(tag.to_string()),
        0xe0..=0xff => Some(tag.cast_signed().to_string()),
        0xcc..=0xcf => unsigned(rest, 1 << (tag - 0xcc)).map(|(n, _)| n.to_string()),
        0xd0..=0xd3 => {
            let width = 1 << (tag - 0xd0);
            let (n, _) = unsigned(rest, width)?;
            let unused = 64 - 8 * width;
            Some(((n << unused).cast_signed() >> unused).to_string())
        }
        _ => None,
    }
}

/// A big-endian integer of `width` bytes, and what follows it.
fn unsigned(data: &[u8], width: usize) -> Option<(u64, &[u8])> {
    let (head, rest) = data.split_at_checked(width)?;
    Some((head.iter().fold(0, |n, &b| n << 8 | u64::from(b)), rest))
}

fn sized(data: &[u8], width: usize) -> Option<String> {
    let (len, rest) = unsigned(data, width)?;
    string(rest, usize::try_from(len).ok()?)
}

fn string(data: &[u8], len: usize) -> Option<String> {
    core::str::from_utf8(data.get(..len)?)
        .ok()
        .map(str::to_owned)
}

/// A JSON string unescaped; a number as it is written. `None` for null, other types and broken
/// strings.
pub fn from_json(data: &[u8]) -> Option<String> {
    let source = core::str::from_utf8(data).ok()?.trim();
    let Some(body) = source.strip_prefix('"') else {
        let number = source.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        return number.then(|| source.to_owned());
    };
    let mut out = String::new();
    let mut chars = body.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(out),
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => unicode(&mut chars)?,
                c @ ('"' | '\\' | '/') => c,
                _ => return None,
            }),
            c => out.push(c),
        }
    }
}

/// What follows `\u`: one unit, or two that form a surrogate pair.
fn unicode(chars: &mut core::str::Chars) -> Option<char> {
    let first = unit(chars)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    if (chars.next()?, chars.next()?) != ('\\', 'u') {
        return None;
    }
    let second = unit(chars)?.checked_sub(0xdc00).filter(|n| *n < 0x400)?;
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
}

fn unit(chars: &mut core::str::Chars) -> Option<u32> {
    (0..4).try_fold(0, |n, _| Some(n << 4 | chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msgpack(data: &[u8]) -> Option<String> {
        from_msgpack(data)
    }

    #[test]
    fn msgpack_strings() {
        assert_eq!(msgpack(b"\xa0").as_deref(), Some(""));
        assert_eq!(msgpack(b"\xa4ping").as_deref(), Some("ping"));
        assert_eq!(msgpack(b"\xd9\x04ping").as_deref(), Some("ping"));
        assert_eq!(msgpack(b"\xda\x00\x04ping").as_deref(), Some("ping"));
        assert_eq!(
            msgpack(b"\xdb\x00\x00\x00\x04ping").as_deref(),
            Some("ping")
        );
        assert_eq!(msgpack(b"\xa5ping"), None);
        assert_eq!(msgpack(b"\xa1\xff"), None);
        assert_eq!(msgpack(b"\xda\x00"), None);
        assert_eq!(msgpack(b""), None);
    }

    #[test]
    fn msgpack_integers_and_nil() {
        assert_eq!(msgpack(b"\x7f").as_deref(), Some("127"));
        assert_eq!(msgpack(b"\xff").as_deref(), Some("-1"));
        assert_eq!(msgpack(b"\xcc\xff").as_deref(), Some("255"));
        assert_eq!(msgpack(b"\xcd\x01\x00").as_deref(), Some("256"));
        assert_eq!(
            msgpack(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff").as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(msgpack(b"\xd0\x80").as_deref(), Some("-128"));
        assert_eq!(msgpack(b"\xd1\xff\x00").as_deref(), Some("-256"));
        assert_eq!(msgpack(b"\xd2\x00\x00\x01\x00").as_deref(), Some("256"));
        assert_eq!(
            msgpack(b"\xd3\xff\xff\xff\xff\xff\xff\xff\xfe").as_deref(),
            Some("-2")
        );
        assert_eq!(msgpack(b"\xc0"), None);
        assert_eq!(msgpack(b"\xc3"), None);
    }

    #[test]
    fn json_scalars() {
        assert_eq!(from_json(br#" "ping" "#).as_deref(), Some("ping"));
        assert_eq!(
            from_json(br#""a\"\\\/\n\u00e9\ud83d\ude00""#).as_deref(),
            Some("a\"\\/\n\u{e9}\u{1f600}")
        );
        assert_eq!(from_json(b"-12").as_deref(), Some("-12"));
        assert_eq!(from_json(b"null"), None);
        assert_eq!(from_json(b"\"open"), None);
        assert_eq!(from_json(br#""\ud83d""#), None);
        assert_eq!(from_json(b"{}"), None);
    }
}
