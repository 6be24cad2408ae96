//! `text.regexp`: patterns with RE2's meaning, on bytes.

use super::super::cache::Cache;
use super::super::{Call, Result};
use super::{Patience, bytes, push_list, refused, roomy};
use crate::ffi::Stack;
use regex::bytes::{Captures, Regex};
use std::sync::Arc;
use wippy_expr::regexp::compile_within;

pub(in super::super) const REGEXP: &str = "wippy.text.Regexp";

/// A compiled pattern: user value 1 is its text.
#[derive(Clone, Copy)]
struct Object;

/// A pattern and how long a text it may be tried on.
struct Pattern {
    regex: Regex,
    longest: usize,
}

static PATTERNS: Cache<Pattern> = Cache::new(200);

/// How large patterns may be, in bytes when compiled. A search takes time in proportion to pattern and text, and nobody can
/// stop it: the larger the pattern, the shorter the text.
const SIZES: [usize; 4] = [4 << 10, 32 << 10, 256 << 10, 4 << 20];
/// The largest product of both. The worst searches found at this limit take 3 to 16 seconds in an optimised build; usual ones
/// take milliseconds.
const WORK_MAX: usize = 1 << 38;
/// The longest pattern, in bytes: to read it takes some kilobytes of memory for a single class of letters.
const SOURCE_MAX: usize = 32 << 10;

fn pattern(text: &str) -> std::result::Result<Pattern, String> {
    for size in SIZES {
        if let Some(regex) = compile_within(text, size)? {
            return Ok(Pattern { regex, longest: WORK_MAX / size });
        }
    }
    Err("expression too large".to_owned())
}

/// `regexp.compile(pattern)`
pub(in super::super) fn compile(c: Call) -> Result {
    let source = bytes(c, 1)?;
    let compiled = match std::str::from_utf8(&source) {
        Ok(text) if text.len() > SOURCE_MAX => Err(format!("expression too large: it has {SOURCE_MAX} bytes at most")),
        Ok(text) => PATTERNS.get(text, pattern).map(drop),
        Err(_) => Err("invalid UTF-8".to_owned()),
    };
    match compiled {
        Ok(()) => {
            c.lua.push_userdata(Object, 1, REGEXP);
            c.lua.push_bytes(&source);
            c.lua.set_user_value(-2, 1);
            c.good()
        }
        Err(e) => c.bad(&refused(format!("error parsing regexp: {e}"))),
    }
}

fn source(c: Call) -> Result<String> {
    c.object::<Object>(1, REGEXP, "text.Regexp")?;
    c.lua.user_value(1, 1);
    let text = c.lua.to_text(-1).unwrap_or_default();
    c.lua.pop(1);
    Ok(text)
}

fn this(c: Call) -> Result<Arc<Pattern>> {
    match PATTERNS.get(&source(c)?, pattern) {
        Ok(pattern) => Ok(pattern),
        Err(e) => c.raise(&format!("error parsing regexp: {e}")),
    }
}

/// The pattern that a method was called on, and the text that it was called with.
fn both<'a>(c: Call) -> Result<(Arc<Pattern>, std::borrow::Cow<'a, [u8]>)> {
    let (pattern, text) = (this(c)?, bytes(c, 2)?);
    if text.len() > pattern.longest {
        return c.raise("text is too long for a pattern of this size");
    }
    Ok((pattern, text))
}

/// Whether a place lies within a character.
fn splits(text: &[u8], at: usize) -> bool {
    let continues = |n: usize| text.get(n).is_some_and(|b| b & 0xC0 == 0x80);
    if !continues(at) {
        return false;
    }
    let Some(start) = (at.saturating_sub(3)..at).rev().find(|n| !continues(*n)) else {
        return false;
    };
    let end = (at..text.len().min(start + 4)).find(|n| !continues(*n)).unwrap_or(text.len().min(start + 4));
    std::str::from_utf8(&text[start..end]).is_ok_and(|s| s.chars().count() == 1)
}

/// All matches from left to right that do not overlap. An empty one does not directly follow another one, and does not
/// split a character.
fn each<'t>(c: Call, regex: &Regex, text: &'t [u8], mut found: impl FnMut(Captures<'t>) -> Result<()>) -> Result<()> {
    let mut patience = Patience::new();
    for captures in regex.captures_iter(text) {
        patience.round(c)?;
        let whole = captures.get_match();
        if whole.is_empty() && splits(text, whole.start()) {
            continue;
        }
        found(captures)?;
    }
    Ok(())
}

/// Start and end of all matches, at most `most`.
fn spans(c: Call, regex: &Regex, text: &[u8], most: usize) -> Result<Vec<(usize, usize)>> {
    let mut all = Vec::new();
    let mut patience = Patience::new();
    for found in regex.find_iter(text) {
        patience.round(c)?;
        if all.len() >= most {
            break;
        }
        roomy(c, size_of_val(&all[..]))?;
        if !found.is_empty() || !splits(text, found.start()) {
            all.push((found.start(), found.end()));
        }
    }
    Ok(all)
}

fn push_groups(c: Call, captures: &Captures<'_>) -> Result<()> {
    push_list(c, captures.iter(), |group| c.lua.push_bytes(group.map_or(&[][..], |m| m.as_bytes())))
}

/// As `string.sub` takes them.
fn push_span(lua: Stack, (start, end): (usize, usize)) {
    lua.new_table(2, 0);
    for (n, at) in [(1, start + 1), (2, end)] {
        lua.push_int(at as i64);
        lua.raw_set_i(-2, n);
    }
}

/// `regexp:match_string(s)`
pub(in super::super) fn match_string(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    c.lua.push_bool(pattern.regex.is_match(&text));
    c.one()
}

/// `regexp:find_string(s)`
pub(in super::super) fn find_string(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    match pattern.regex.find(&text).filter(|m| !m.is_empty()) {
        Some(found) => c.lua.push_bytes(found.as_bytes()),
        None => c.lua.push_nil(),
    }
    c.one()
}

/// `regexp:find_all_string(s)`
pub(in super::super) fn find_all_string(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    let all = spans(c, &pattern.regex, &text, usize::MAX)?;
    push_list(c, all.into_iter(), |(start, end)| c.lua.push_bytes(&text[start..end]))?;
    c.one()
}

/// `regexp:find_string_submatch(s)`
pub(in super::super) fn find_string_submatch(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    match pattern.regex.captures(&text) {
        Some(captures) => push_groups(c, &captures)?,
        None => c.lua.push_nil(),
    }
    c.one()
}

/// `regexp:find_all_string_submatch(s)`
pub(in super::super) fn find_all_string_submatch(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    c.lua.new_table(0, 0);
    let mut n = 0;
    each(c, &pattern.regex, &text, |captures| {
        n += 1;
        push_groups(c, &captures)?;
        c.lua.raw_set_i(-2, n);
        Ok(())
    })?;
    c.one()
}

/// `regexp:find_string_index(s)`
pub(in super::super) fn find_string_index(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    match pattern.regex.find(&text) {
        Some(found) => push_span(c.lua, (found.start(), found.end())),
        None => c.lua.push_nil(),
    }
    c.one()
}

/// `regexp:find_all_string_index(s)`
pub(in super::super) fn find_all_string_index(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    let all = spans(c, &pattern.regex, &text, usize::MAX)?;
    if all.is_empty() {
        c.lua.push_nil();
    } else {
        push_list(c, all.into_iter(), |span| push_span(c.lua, span))?;
    }
    c.one()
}

/// `regexp:replace_all_string(s, replacement)`
pub(in super::super) fn replace_all_string(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    let replacement = bytes(c, 3)?;
    let parts = parts(&replacement, &pattern.regex);
    let (mut out, mut last) = (Vec::new(), 0);
    each(c, &pattern.regex, &text, |captures| {
        let whole = captures.get_match();
        out.extend_from_slice(&text[last..whole.start()]);
        last = whole.end();
        for part in &parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Group(n) => out.extend_from_slice(captures.get(*n).map_or(&[][..], |m| m.as_bytes())),
            }
        }
        roomy(c, out.len())
    })?;
    out.extend_from_slice(&text[last..]);
    c.lua.push_bytes(&out);
    c.one()
}

/// One part of a replacement.
enum Part<'r> {
    Text(&'r [u8]),
    Group(usize),
}

/// Takes a replacement apart: `$1`, `$name`, `${name}` are groups, `$$` is a dollar. Unknown groups are empty.
fn parts<'r>(replacement: &'r [u8], regex: &Regex) -> Vec<Part<'r>> {
    let mut parts = Vec::new();
    let mut rest = replacement;
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        parts.push(Part::Text(&rest[..at]));
        let after = &rest[at + 1..];
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let name = |bytes: &'r [u8]| &bytes[..bytes.iter().position(|b| !is_name(b)).unwrap_or(bytes.len())];
        let (name, length) = match after.first() {
            Some(b'$') => {
                parts.push(Part::Text(&after[..1]));
                rest = &after[1..];
                continue;
            }
            Some(b'{') => {
                let name = name(&after[1..]);
                if !name.is_empty() && after.get(name.len() + 1) == Some(&b'}') {
                    (name, name.len() + 2)
                } else {
                    (&[][..], 0)
                }
            }
            _ => {
                let name = name(after);
                (name, name.len())
            }
        };
        if name.is_empty() {
            // No group: the dollar is itself.
            parts.push(Part::Text(&rest[at..=at]));
        } else if let Some(group) = group(name, regex) {
            parts.push(Part::Group(group));
        }
        rest = &after[length..];
    }
    parts.push(Part::Text(rest));
    parts
}

fn group(name: &[u8], regex: &Regex) -> Option<usize> {
    let name = std::str::from_utf8(name).ok()?;
    if name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0')) {
        return name.parse().ok().filter(|n| *n < regex.captures_len());
    }
    regex.capture_names().position(|known| known == Some(name))
}

/// `regexp:split(s[, n])`
pub(in super::super) fn split(c: Call) -> Result {
    let (pattern, text) = both(c)?;
    let most = if c.is_absent(3) { -1 } else { c.int(3)? };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    if most > 0 && text.is_empty() && !pattern.regex.as_str().is_empty() {
        pieces.push((0, 0));
    } else if most > 0 {
        let (mut begin, mut end) = (0, 0);
        for (start, next) in spans(c, &pattern.regex, &text, most)? {
            if pieces.len() + 1 == most {
                break;
            }
            end = start;
            // An empty match at the very beginning cuts nothing off.
            if next != 0 {
                pieces.push((begin, end));
            }
            begin = next;
        }
        if end != text.len() {
            pieces.push((begin, text.len()));
        }
    }
    push_list(c, pieces.into_iter(), |(start, end)| c.lua.push_bytes(&text[start..end]))?;
    c.one()
}

/// `regexp:num_subexp()`
pub(in super::super) fn num_subexp(c: Call) -> Result {
    c.lua.push_int(this(c)?.regex.captures_len() as i64 - 1);
    c.one()
}

/// `regexp:subexp_names()`
pub(in super::super) fn subexp_names(c: Call) -> Result {
    let pattern = this(c)?;
    let names: Vec<_> = pattern.regex.capture_names().collect();
    push_list(c, names.into_iter(), |name| c.lua.push_str(name.unwrap_or_default()))?;
    c.one()
}

/// `regexp:string()`
pub(in super::super) fn string(c: Call) -> Result {
    c.lua.push_str(&source(c)?);
    c.one()
}

pub(in super::super) fn text(c: Call) -> Result {
    c.lua.push_str(&format!("text.Regexp{{{}}}", source(c)?));
    c.one()
}

#[cfg(test)]
mod tests {
    use super::{SIZES, WORK_MAX, pattern, splits};

    #[test]
    fn places_within_characters() {
        let text = "aü€x".as_bytes();
        let within: Vec<usize> = (0..=text.len()).filter(|at| splits(text, *at)).collect();
        assert_eq!(within, [2, 4, 5]);
        assert!(!(0..4).any(|at| splits(b"\x80\x80\xFF\x80", at)));
    }

    #[test]
    fn large_patterns_are_for_short_texts() {
        let longest = |text: &str| pattern(text).expect(text).longest;
        for usual in [r"^\w+@[a-z.]+$", r"(?i)<a\s+href=.([^>]*).>", r"(?P<y>\d{4})-(\d\d)-(\d\d)T.*", "one|two|three"]
        {
            assert_eq!(longest(usual), 64 << 20, "{usual}");
        }
        assert_eq!(longest("(?:abc){70}"), WORK_MAX / SIZES[1]);
        assert_eq!(longest("(?:abc){700}"), WORK_MAX / SIZES[2]);
        assert_eq!(longest(r"\pL{50}"), WORK_MAX / SIZES[3]);
        assert!(pattern(r"\pL{1000}").is_err());
    }
}
