//! `text.diff`: what differs between two texts, and patches that lead from one to the other.

mod apply;
mod edits;
mod fuzzy;
mod myers;
mod patch;
mod work;

use super::super::long::{self, Turn};
use super::super::{Call, Result};
use super::options::Options;
use super::{bytes, push_list, refused, roomy};
use crate::ffi;
use apply::Tolerance;
use edits::{Edit, Op};
use fuzzy::Near;
use myers::Ways;
use patch::Patch;
use std::ffi::c_int;
use wippy_core::Error;
use work::Work;

pub(in super::super) const DIFFER: &str = "wippy.text.Differ";

/// Work that counts as a second.
const SECOND: f64 = 50e6;

/// What a Differ was made with. Without gaps: it may be part of a template.
#[derive(Clone, Copy)]
#[repr(C)]
struct Differ {
    timeout: f64,
    edit_cost: f64,
    threshold: f64,
    distance: f64,
    delete_threshold: f64,
    margin: f64,
}

/// `diff.new([options])`
pub(in super::super) fn new(c: Call) -> Result {
    let read = || {
        let options = Options::at(c, 1)?;
        Ok(Differ {
            timeout: options.number("diff_timeout", 1.0, 0.0, 3600.0)?,
            edit_cost: options.whole("diff_edit_cost", 4, 0, 1 << 20)? as f64,
            threshold: options.number("match_threshold", 0.5, 0.0, 1.0)?,
            distance: options.whole("match_distance", 1000, 0, 1 << 40)? as f64,
            delete_threshold: options.number("patch_delete_threshold", 0.5, 0.0, 1.0)?,
            margin: options.whole("patch_margin", 4, 0, 1000)? as f64,
        })
    };
    match read() {
        Ok(differ) => {
            c.lua.push_userdata(differ, 0, DIFFER);
            c.good()
        }
        Err::<_, Error>(e) => c.bad(&e),
    }
}

fn this(c: Call) -> Result<Differ> {
    let object = c.object::<Differ>(1, DIFFER, "text.Differ")?;
    #[allow(unsafe_code, reason = "userdata of this class holds it")]
    // SAFETY: `object` checked the class; the value is Copy and the object lies on the stack.
    Ok(unsafe { *object })
}

impl Differ {
    fn units(self) -> u64 {
        if self.timeout == 0.0 { u64::MAX } else { (self.timeout * SECOND) as u64 }
    }

    fn ways(self) -> Ways {
        Ways { halves: self.timeout > 0.0 }
    }
}

/// The longest text, in bytes: some of what is done with it is done at once.
const TEXT_MAX: usize = 8 << 20;

/// A text argument as characters.
fn characters(c: Call, i: c_int) -> Result<Vec<char>> {
    let text = bytes(c, i)?;
    if text.len() > TEXT_MAX {
        return c.bad_argument(i, &format!("a text has {TEXT_MAX} bytes at most, this one has {}", text.len()));
    }
    roomy(c, text.len() * size_of::<char>())?;
    match std::str::from_utf8(&text) {
        Ok(text) => Ok(text.chars().collect()),
        Err(_) => c.bad_argument(i, "the text is not UTF-8"),
    }
}

fn push_items(c: Call, items: &[char]) {
    c.lua.push_str(&items.iter().collect::<String>());
}

/// `differ:compare(a, b)`
pub(in super::super) fn compare(c: Call) -> Result {
    let differ = this(c)?;
    let (a, b) = (characters(c, 2)?, characters(c, 3)?);
    long::call(c, async move {
        let mut work = Work::new(differ.units());
        let edits = myers::diff(&a, &b, differ.ways(), &mut work).await;
        let push = |edit: &Edit<char>| {
            c.lua.new_table(0, 2);
            c.lua.push_str(match edit.op {
                Op::Delete => "delete",
                Op::Insert => "insert",
                Op::Equal => "equal",
            });
            c.lua.set_field(-2, "operation");
            push_items(c, &edit.items);
            c.lua.set_field(-2, "text");
        };
        push_list(c, &mut Turn::new(), edits.iter(), push).await?;
        c.good()
    })
}

/// The edits in the list at `i`, as `compare` gives them; or what is wrong with it.
async fn listed(c: Call, i: c_int, turn: &mut Turn) -> Result<std::result::Result<Vec<(Op, String)>, String>> {
    if c.lua.kind(i) != ffi::TABLE {
        return c.expected(i, "table");
    }
    let mut edits = Vec::new();
    for n in 1..=c.lua.raw_len(i) as i64 {
        let top = c.lua.top();
        c.lua.raw_get_i(i, n);
        let field = |name: &str| {
            let found = c.lua.kind(top + 1) == ffi::TABLE && c.lua.field(top + 1, name) == ffi::STRING;
            found.then(|| c.lua.to_text(-1).unwrap_or_default())
        };
        let op = match field("operation").as_deref() {
            Some("delete") => Some(Op::Delete),
            Some("insert") => Some(Op::Insert),
            Some("equal") => Some(Op::Equal),
            _ => None,
        };
        let edit = op.zip(field("text"));
        c.lua.set_top(top);
        turn.spend(64).await;
        match edit {
            Some(edit) => edits.push(edit),
            None => return Ok(Err(format!("diff {n} must have an operation (equal, delete or insert) and a text"))),
        }
    }
    Ok(Ok(edits))
}

/// `differ:summarize(diffs)`
pub(in super::super) fn summarize(c: Call) -> Result {
    this(c)?;
    long::call(c, async move {
        let edits = match listed(c, 2, &mut Turn::new()).await? {
            Ok(edits) => edits,
            Err(what) => return c.bad_argument(2, &what),
        };
        c.lua.new_table(0, 3);
        for (name, op) in [("insertions", Op::Insert), ("deletions", Op::Delete), ("equals", Op::Equal)] {
            let count: usize = edits.iter().filter(|(o, _)| *o == op).map(|(_, text)| text.chars().count()).sum();
            c.lua.push_int(count as i64);
            c.lua.set_field(-2, name);
        }
        c.one()
    })
}

/// All stretches in one text, with what stands around each, and instead of some characters.
fn pretty(
    c: Call,
    around: fn(Op) -> (&'static str, &'static str),
    instead: fn(char) -> Option<&'static str>,
) -> Result {
    this(c)?;
    long::call(c, async move {
        let mut turn = Turn::new();
        let edits = match listed(c, 2, &mut turn).await? {
            Ok(edits) => edits,
            Err(what) => return c.bad(&refused(what)),
        };
        let mut out = String::new();
        for (op, text) in &edits {
            let (before, after) = around(*op);
            out.push_str(before);
            for (n, ch) in text.chars().enumerate() {
                match instead(ch) {
                    Some(text) => out.push_str(text),
                    None => out.push(ch),
                }
                if n % 1024 == 1023 {
                    roomy(c, out.len())?;
                    turn.spend(1024).await;
                }
            }
            out.push_str(after);
            roomy(c, out.len())?;
            turn.spend(8).await;
        }
        c.good_text(&out)
    })
}

/// `differ:pretty_text(diffs)`
pub(in super::super) fn pretty_text(c: Call) -> Result {
    let around = |op| match op {
        Op::Delete => ("\x1b[31m", "\x1b[0m"),
        Op::Insert => ("\x1b[32m", "\x1b[0m"),
        Op::Equal => ("", ""),
    };
    pretty(c, around, |_| None)
}

/// `differ:pretty_html(diffs)`
pub(in super::super) fn pretty_html(c: Call) -> Result {
    let around = |op| match op {
        Op::Delete => ("<del style=\"background:#ffe6e6;\">", "</del>"),
        Op::Insert => ("<ins style=\"background:#e6ffe6;\">", "</ins>"),
        Op::Equal => ("<span>", "</span>"),
    };
    pretty(c, around, |ch| match ch {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&#34;"),
        '\'' => Some("&#39;"),
        '\n' => Some("&para;<br>"),
        _ => None,
    })
}

/// `differ:patch_make(a, b)`
pub(in super::super) fn patch_make(c: Call) -> Result {
    let differ = this(c)?;
    let (a, b) = (characters(c, 2)?, characters(c, 3)?);
    long::call(c, async move {
        let work = &mut Work::new(differ.units());
        let mut edits: Vec<Edit<char>> = myers::diff(&a, &b, differ.ways(), work).await;
        if edits.len() > 2 {
            edits = edits::readable(edits, work).await;
            edits = edits::efficient(edits, differ.edit_cost as usize, work).await;
        }
        let patches = patch::make(&a, &b, edits, differ.margin as usize, work).await;
        let mut texts = Vec::with_capacity(patches.len());
        for patch in patches {
            texts.push(patch.text(work).await);
        }
        let push = |text: String| {
            c.lua.new_table(0, 1);
            c.lua.push_str(&text);
            c.lua.set_field(-2, "text");
        };
        push_list(c, &mut Turn::new(), texts.into_iter(), push).await?;
        c.good()
    })
}

/// `differ:patch_apply(patches, text)`
pub(in super::super) fn patch_apply(c: Call) -> Result {
    let differ = this(c)?;
    if c.lua.kind(2) != ffi::TABLE {
        return c.expected(2, "table");
    }
    let text = characters(c, 3)?;
    long::call(c, async move {
        let near = Near { threshold: differ.threshold, distance: differ.distance };
        let tolerance = Tolerance { near, delete_threshold: differ.delete_threshold };
        // However short the time for differences: patches are applied as far as they can be.
        let work = &mut Work::new(u64::MAX);
        let (mut patches, mut readable) = (Vec::new(), true);
        for n in 1..=c.lua.raw_len(2) as i64 {
            let top = c.lua.top();
            c.lua.raw_get_i(2, n);
            let found = c.lua.kind(-1) == ffi::TABLE && c.lua.field(top + 1, "text") == ffi::STRING;
            let text = found.then(|| c.lua.to_text(-1).unwrap_or_default());
            c.lua.set_top(top);
            let read = match text {
                Some(text) => Patch::read(&text, work).await,
                None => None,
            };
            match read {
                Some(mut read) => patches.append(&mut read),
                None => readable = false,
            }
        }
        let (text, all) = apply::apply(&patches, text, tolerance, differ.ways(), work).await;
        push_items(c, &text);
        c.lua.push_bool(all && readable);
        Ok(super::super::Out::Values(2))
    })
}

pub(in super::super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str("text.Differ{}");
    c.one()
}

#[cfg(test)]
mod tests;
