//! `text.regexp`: patterns with RE2's meaning, on bytes.

mod engine;
mod groups;

use super::super::cache::Cache;
use super::super::long::{self, Turn};
use super::super::{Call, Result};
use super::{bytes, refused, roomy};
use crate::ffi::Stack;
use engine::{Engine, Search};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use wippy_expr::regexp::SOURCE_MAX;

pub(in super::super) const REGEXP: &str = "wippy.text.Regexp";

/// A compiled pattern: user value 1 is its text.
#[derive(Clone, Copy)]
struct Object;

static PATTERNS: Cache<Engine> = Cache::new(200, Engine::weight);

/// `regexp.compile(pattern)`
pub(in super::super) fn compile(c: Call) -> Result {
    let source = bytes(c, 1)?;
    let compiled = match std::str::from_utf8(&source) {
        Ok(text) if text.len() > SOURCE_MAX => Err(format!("expression too large: it has {SOURCE_MAX} bytes at most")),
        Ok(text) => PATTERNS.get(text, Engine::new).map(drop),
        Err(_) => Err(format!("invalid UTF-8: `{}`", String::from_utf8_lossy(&source))),
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

fn this(c: Call) -> Result<(Arc<Engine>, String)> {
    let source = source(c)?;
    match PATTERNS.get(&source, Engine::new) {
        Ok(engine) => Ok((engine, source)),
        Err(e) => c.raise(&format!("error parsing regexp: {e}")),
    }
}

/// The pattern that a method was called on, and the text that it was called with.
fn both(c: Call) -> Result<(Arc<Engine>, Cow<'static, [u8]>)> {
    Ok((this(c)?.0, bytes(c, 2)?))
}

/// Pushes a list of what `push` pushes for each match; gives their number.
async fn push_all(c: Call, search: &mut Search<'_>, turn: &mut Turn, push: impl Fn(Range<usize>)) -> Result<i64> {
    c.lua.new_table(0, 0);
    let mut count = 0;
    while let Some(found) = search.next(turn).await {
        if count % 64 == 0 {
            roomy(c, found.len())?;
        }
        push(found);
        count += 1;
        c.lua.raw_set_i(-2, count);
        turn.spend(16).await;
    }
    Ok(count)
}

fn push_groups(c: Call, text: &[u8], groups: Vec<Option<Range<usize>>>) -> Result<()> {
    roomy(c, groups.len() * 16)?;
    c.lua.new_table(groups.len(), 0);
    for (n, group) in groups.into_iter().enumerate() {
        c.lua.push_bytes(group.map_or(&[][..], |place| &text[place]));
        c.lua.raw_set_i(-2, n as i64 + 1);
    }
    Ok(())
}

/// As `string.sub` takes them.
fn push_span(lua: Stack, place: Range<usize>) {
    lua.new_table(2, 0);
    for (n, at) in [(1, place.start + 1), (2, place.end)] {
        lua.push_int(at as i64);
        lua.raw_set_i(-2, n);
    }
}

/// `regexp:match_string(s)`
pub(in super::super) fn match_string(c: Call) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        let found = engine.search(&text).matches(&mut Turn::new()).await;
        c.lua.push_bool(found);
        c.one()
    })
}

/// Pushes what `push` pushes for the first match, or nil.
fn first(c: Call, push: impl Fn(&[u8], Range<usize>) + 'static) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        match engine.search(&text).next(&mut Turn::new()).await {
            Some(found) => push(&text, found),
            None => c.lua.push_nil(),
        }
        c.one()
    })
}

/// `regexp:find_string(s)`
pub(in super::super) fn find_string(c: Call) -> Result {
    first(c, move |text, found| match found.is_empty() {
        true => c.lua.push_nil(),
        false => c.lua.push_bytes(&text[found]),
    })
}

/// `regexp:find_string_index(s)`
pub(in super::super) fn find_string_index(c: Call) -> Result {
    first(c, move |_, found| push_span(c.lua, found))
}

/// `regexp:find_all_string(s)`
pub(in super::super) fn find_all_string(c: Call) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        push_all(c, &mut engine.search(&text), &mut Turn::new(), |found| c.lua.push_bytes(&text[found])).await?;
        c.one()
    })
}

/// `regexp:find_all_string_index(s)`
pub(in super::super) fn find_all_string_index(c: Call) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        let push = |found| push_span(c.lua, found);
        if push_all(c, &mut engine.search(&text), &mut Turn::new(), push).await? == 0 {
            c.lua.push_nil();
        }
        c.one()
    })
}

/// `regexp:find_string_submatch(s)`
pub(in super::super) fn find_string_submatch(c: Call) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        let (mut search, mut turn) = (engine.search(&text), Turn::new());
        match search.next(&mut turn).await {
            Some(found) => {
                let groups = search.groups(found, &mut turn).await;
                push_groups(c, &text, groups)?;
            }
            None => c.lua.push_nil(),
        }
        c.one()
    })
}

/// `regexp:find_all_string_submatch(s)`
pub(in super::super) fn find_all_string_submatch(c: Call) -> Result {
    let (engine, text) = both(c)?;
    long::call(c, async move {
        let (mut search, mut turn) = (engine.search(&text), Turn::new());
        c.lua.new_table(0, 0);
        let mut count = 0;
        while let Some(found) = search.next(&mut turn).await {
            let groups = search.groups(found, &mut turn).await;
            turn.spend(16 * groups.len()).await;
            push_groups(c, &text, groups)?;
            count += 1;
            c.lua.raw_set_i(-2, count);
        }
        c.one()
    })
}

/// `regexp:replace_all_string(s, replacement)`
pub(in super::super) fn replace_all_string(c: Call) -> Result {
    let (engine, text) = both(c)?;
    let replacement: Cow<'static, [u8]> = bytes(c, 3)?;
    long::call(c, async move {
        let (mut search, mut turn) = (engine.search(&text), Turn::new());
        let parts = parts(&replacement, &engine);
        let needs_groups = parts.iter().any(|part| matches!(part, Part::Group(n) if *n > 0));
        let (mut out, mut last) = (Vec::new(), 0);
        while let Some(found) = search.next(&mut turn).await {
            let groups = match needs_groups {
                true => search.groups(found.clone(), &mut turn).await,
                false => vec![Some(found.clone())],
            };
            out.extend_from_slice(&text[last..found.start]);
            last = found.end;
            for part in &parts {
                match part {
                    Part::Text(text) => out.extend_from_slice(text),
                    Part::Group(n) => out.extend_from_slice(groups[*n].clone().map_or(&[][..], |place| &text[place])),
                }
            }
            roomy(c, out.len())?;
            turn.spend(4 * parts.len() + replacement.len() / 64).await;
        }
        out.extend_from_slice(&text[last..]);
        roomy(c, out.len())?;
        c.lua.push_bytes(&out);
        c.one()
    })
}

/// One part of a replacement.
enum Part<'r> {
    Text(&'r [u8]),
    Group(usize),
}

/// Takes a replacement apart: `$1`, `$name`, `${name}` are groups, `$$` is a dollar. Unknown groups are empty.
fn parts<'r>(replacement: &'r [u8], engine: &Engine) -> Vec<Part<'r>> {
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
        } else if let Some(group) = group(name, engine) {
            parts.push(Part::Group(group));
        }
        rest = &after[length..];
    }
    parts.push(Part::Text(rest));
    parts
}

fn group(name: &[u8], engine: &Engine) -> Option<usize> {
    let name = std::str::from_utf8(name).ok()?;
    if name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0')) {
        return name.parse().ok().filter(|n| *n < engine.groups());
    }
    engine.names().position(|known| known == Some(name))
}

/// `regexp:split(s[, n])`
pub(in super::super) fn split(c: Call) -> Result {
    let (engine, source) = this(c)?;
    let text: Cow<'static, [u8]> = bytes(c, 2)?;
    let most = if c.is_absent(3) { -1 } else { c.int(3)? };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    long::call(c, async move {
        let (mut search, mut turn) = (engine.search(&text), Turn::new());
        c.lua.new_table(0, 0);
        let mut count = 0;
        let mut push = |piece: &[u8]| {
            roomy(c, piece.len())?;
            c.lua.push_bytes(piece);
            count += 1;
            c.lua.raw_set_i(-2, count as i64);
            Ok(count)
        };
        if most > 0 && text.is_empty() && !source.is_empty() {
            push(&[])?;
        } else if most > 0 {
            let (mut begin, mut end, mut pieces) = (0, 0, 0);
            while pieces + 1 < most
                && let Some(found) = search.next(&mut turn).await
            {
                end = found.start;
                // An empty match at the very beginning cuts nothing off.
                if found.end != 0 {
                    pieces = push(&text[begin..end])?;
                }
                begin = found.end;
                turn.spend(16).await;
            }
            if end != text.len() {
                push(&text[begin..])?;
            }
        }
        c.one()
    })
}

/// `regexp:num_subexp()`
pub(in super::super) fn num_subexp(c: Call) -> Result {
    c.lua.push_int(this(c)?.0.groups() as i64 - 1);
    c.one()
}

/// `regexp:subexp_names()`
pub(in super::super) fn subexp_names(c: Call) -> Result {
    let (engine, _) = this(c)?;
    roomy(c, engine.groups() * 16)?;
    c.lua.new_table(engine.groups(), 0);
    for (n, name) in engine.names().enumerate() {
        c.lua.push_str(name.unwrap_or_default());
        c.lua.raw_set_i(-2, n as i64 + 1);
    }
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
mod tests;
