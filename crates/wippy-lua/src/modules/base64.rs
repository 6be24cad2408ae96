//! The module `base64`: the standard alphabet, padded.

use super::{Call, Result};
use wippy_core::Error;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(c: Call) -> Result {
    match c.bytes(1) {
        Ok(data) => {
            c.lua.push_bytes(&encoded(data));
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

pub(super) fn decode(c: Call) -> Result {
    let decoded = c.bytes(1).and_then(|text| {
        let at = |n| Error::invalid(format!("illegal base64 data at input byte {n}")).with_retryable(Some(false));
        decoded(text).map_err(at)
    });
    match decoded {
        Ok(data) => {
            c.lua.push_bytes(&data);
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

fn encoded(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            out.push(if i <= chunk.len() { ALPHABET[(n >> (18 - 6 * i) & 63) as usize] } else { b'=' });
        }
    }
    out
}

fn digit(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The bytes, or the offset of what is wrong. Line breaks are skipped.
fn decoded(text: &[u8]) -> std::result::Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut input = text.iter().copied().enumerate().filter(|(_, b)| !matches!(b, b'\r' | b'\n'));
    loop {
        let (mut n, mut digits) = (0u32, 0);
        while digits < 4 {
            match input.next() {
                None if digits == 0 => return Ok(out),
                None => return Err(text.len()),
                Some((at, b'=')) => {
                    if digits < 2 {
                        return Err(at);
                    }
                    if digits == 2 {
                        match input.next() {
                            Some((_, b'=')) => {}
                            Some((at, _)) => return Err(at),
                            None => return Err(text.len()),
                        }
                    }
                    if let Some((at, _)) = input.next() {
                        return Err(at);
                    }
                    n <<= 6 * (4 - digits);
                    out.extend_from_slice(&n.to_be_bytes()[1..digits as usize]);
                    return Ok(out);
                }
                Some((at, byte)) => n = n << 6 | digit(byte).ok_or(at)?,
            }
            digits += 1;
        }
        out.extend_from_slice(&n.to_be_bytes()[1..]);
    }
}

#[cfg(test)]
mod tests {
    use super::{decoded, encoded};

    proptest::proptest! {
        #[test]
        fn there_and_back(data: Vec<u8>) {
            proptest::prop_assert_eq!(decoded(&encoded(&data)), Ok(data));
        }
        #[test]
        fn any_text_gets_an_answer(text: Vec<u8>) {
            let _ = decoded(&text);
        }
    }

    #[test]
    fn faults_tell_where() {
        for (text, at) in
            [("A", 1), ("AA", 2), ("AA=", 3), ("A===", 1), ("AA=A", 3), ("AAAA!AAA", 4), ("AA==AA", 4), ("====", 0)]
        {
            assert_eq!(decoded(text.as_bytes()), Err(at), "{text}");
        }
        assert_eq!(decoded(b"aGVs\r\nbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decoded(b"aGVsbG9="), Ok(b"hello".to_vec()));
    }
}
