//! `text.diff`: what differs between two texts, and patches that lead from one to the other.

mod apply;
mod edits;
mod fuzzy;
mod myers;
mod patch;

use super::super::{Call, Result};
use super::options::Options;
use super::{bytes, push_list, refused, roomy};
use crate::ffi;
use apply::Tolerance;
use edits::{Edit, Op};
use fuzzy::Near;
use myers::{Ways, Work};
use patch::Patch;
use std::ffi::c_int;
use wippy_core::{Cx, Error};

pub(in super::super) const DIFFER: &str = "wippy.text.Differ";

/// Work that counts as a second.
const SECOND: f64 = 50e6;
/// What counts as no limit, in seconds, and the most that a limit may be: afterwards the answer is coarse.
const UNLIMITED: f64 = 20.0;

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
        let seconds = if self.timeout == 0.0 { UNLIMITED } else { self.timeout.min(UNLIMITED) };
        (seconds * SECOND) as u64
    }

    fn ways(self) -> Ways {
        Ways { halves: self.timeout > 0.0 }
    }
}

/// A text argument as characters.
fn characters(c: Call, i: c_int) -> Result<Vec<char>> {
    let text = bytes(c, i)?;
    roomy(c, text.len() * size_of::<char>())?;
    match std::str::from_utf8(&text) {
        Ok(text) => Ok(text.chars().collect()),
        Err(_) => c.bad_argument(i, "the text is not UTF-8"),
    }
}

/// Nobody waits for the rest when the process is killed.
fn alive(c: Call) -> bool {
    c.in_template() || !Cx::with(|cx| cx.killed()).unwrap_or(false)
}

fn push_items(c: Call, items: &[char]) {
    c.lua.push_str(&items.iter().collect::<String>());
}

/// `differ:compare(a, b)`
pub(in super::super) fn compare(c: Call) -> Result {
    let differ = this(c)?;
    let (a, b) = (characters(c, 2)?, characters(c, 3)?);
    let edits = myers::diff(&a, &b, differ.ways(), &mut Work::new(differ.units(), &mut || alive(c)));
    push_list(c, edits.iter(), |edit| {
        c.lua.new_table(0, 2);
        c.lua.push_str(match edit.op {
            Op::Delete => "delete",
            Op::Insert => "insert",
            Op::Equal => "equal",
        });
        c.lua.set_field(-2, "operation");
        push_items(c, &edit.items);
        c.lua.set_field(-2, "text");
    })?;
    c.good()
}

/// The edits in the list at `i`, as `compare` gives them; or what is wrong with it.
fn listed(c: Call, i: c_int) -> Result<std::result::Result<Vec<(Op, String)>, String>> {
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
    let edits = match listed(c, 2)? {
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
}

/// All stretches in one text, each as `show` shows it.
fn pretty(c: Call, show: fn(Op, &str, &mut String)) -> Result {
    this(c)?;
    match listed(c, 2)? {
        Ok(edits) => {
            let mut out = String::new();
            for (op, text) in &edits {
                show(*op, text, &mut out);
                roomy(c, out.len())?;
            }
            c.good_text(&out)
        }
        Err(what) => c.bad(&refused(what)),
    }
}

/// `differ:pretty_text(diffs)`
pub(in super::super) fn pretty_text(c: Call) -> Result {
    pretty(c, |op, text, out| {
        let (before, after) = match op {
            Op::Delete => ("\x1b[31m", "\x1b[0m"),
            Op::Insert => ("\x1b[32m", "\x1b[0m"),
            Op::Equal => ("", ""),
        };
        out.extend([before, text, after]);
    })
}

/// `differ:pretty_html(diffs)`
pub(in super::super) fn pretty_html(c: Call) -> Result {
    pretty(c, |op, text, out| {
        let (before, after) = match op {
            Op::Delete => ("<del style=\"background:#ffe6e6;\">", "</del>"),
            Op::Insert => ("<ins style=\"background:#e6ffe6;\">", "</ins>"),
            Op::Equal => ("<span>", "</span>"),
        };
        out.push_str(before);
        for ch in text.chars() {
            match ch {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&#34;"),
                '\'' => out.push_str("&#39;"),
                '\n' => out.push_str("&para;<br>"),
                ch => out.push(ch),
            }
        }
        out.push_str(after);
    })
}

/// `differ:patch_make(a, b)`
pub(in super::super) fn patch_make(c: Call) -> Result {
    let differ = this(c)?;
    let (a, b) = (characters(c, 2)?, characters(c, 3)?);
    let mut go_on = || alive(c);
    let work = &mut Work::new(differ.units(), &mut go_on);
    let mut edits: Vec<Edit<char>> = myers::diff(&a, &b, differ.ways(), work);
    if edits.len() > 2 {
        edits = edits::efficient(edits::readable(edits), differ.edit_cost as usize);
    }
    let patches = patch::make(&a, &b, edits, differ.margin as usize, work);
    push_list(c, patches.iter(), |patch| {
        c.lua.new_table(0, 1);
        c.lua.push_str(&patch.text());
        c.lua.set_field(-2, "text");
    })?;
    c.good()
}

/// `differ:patch_apply(patches, text)`
pub(in super::super) fn patch_apply(c: Call) -> Result {
    let differ = this(c)?;
    if c.lua.kind(2) != ffi::TABLE {
        return c.expected(2, "table");
    }
    let text = characters(c, 3)?;
    let (mut patches, mut readable) = (Vec::new(), true);
    for n in 1..=c.lua.raw_len(2) as i64 {
        let top = c.lua.top();
        c.lua.raw_get_i(2, n);
        let found = c.lua.kind(-1) == ffi::TABLE && c.lua.field(top + 1, "text") == ffi::STRING;
        let read = if found { Patch::read(&c.lua.to_text(-1).unwrap_or_default()) } else { None };
        c.lua.set_top(top);
        match read {
            Some(mut read) => patches.append(&mut read),
            None => readable = false,
        }
    }
    let near = Near { threshold: differ.threshold, distance: differ.distance };
    let tolerance = Tolerance { near, delete_threshold: differ.delete_threshold };
    let mut go_on = || alive(c);
    // However short the time for differences: patches are applied as far as they can be.
    let work = &mut Work::new((UNLIMITED * SECOND) as u64, &mut go_on);
    match apply::apply(&patches, text, tolerance, differ.ways(), work) {
        Some((text, all)) => {
            push_items(c, &text);
            c.lua.push_bool(all && readable);
            Ok(super::super::Out::Values(2))
        }
        None => c.raise("a library function takes too long"),
    }
}

pub(in super::super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str("text.Differ{}");
    c.one()
}

#[cfg(test)]
mod tests;
