//! Patches: a few edits with what stands around them, and their text form.

use super::edits::{Edit, Op, side};
use super::fuzzy::PATTERN_MAX;
use super::work::Work;
use std::fmt::Write;

/// Characters between two looks at the turn.
const PIECE: usize = 1024;

/// Edits at one place. `from` counts in the old text, `to` in the text in which the patches before are applied already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) edits: Vec<Edit<char>>,
}

impl Patch {
    /// What it expects to find.
    pub(super) fn old(&self) -> Vec<char> {
        side(&self.edits, Op::Insert)
    }

    /// What it leaves behind.
    pub(super) fn new_text(&self) -> Vec<char> {
        side(&self.edits, Op::Delete)
    }

    /// The text form: two ranges, then a line for each edit, with what is not plain written as `%XX`.
    pub(super) async fn text(&self, work: &mut Work) -> String {
        let mut out = String::new();
        let range = |at: usize, len: usize| match len {
            0 => format!("{at},0"),
            1 => format!("{}", at + 1),
            len => format!("{},{len}", at + 1),
        };
        let (old, new) = (range(self.from, self.old().len()), range(self.to, self.new_text().len()));
        let _ = writeln!(out, "@@ -{old} +{new} @@");
        for edit in &self.edits {
            out.push(match edit.op {
                Op::Delete => '-',
                Op::Insert => '+',
                Op::Equal => ' ',
            });
            for piece in edit.items.chunks(PIECE) {
                for byte in piece.iter().collect::<String>().bytes() {
                    match byte {
                        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(byte.into()),
                        _ if b" -_.~!*'();/?:@&=+$,#".contains(&byte) => out.push(byte.into()),
                        _ => drop(write!(out, "%{byte:02X}")),
                    }
                }
                work.pass(4 * piece.len()).await;
            }
            out.push('\n');
        }
        out
    }

    /// Reads the text form, which may hold several; `None` when it is something else.
    pub(super) async fn read(text: &str, work: &mut Work) -> Option<Vec<Patch>> {
        let mut patches: Vec<Patch> = Vec::new();
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            if line.starts_with("@@") {
                let ranges = line.strip_prefix("@@ -")?.strip_suffix(" @@")?;
                let (old, new) = ranges.split_once(" +")?;
                patches.push(Patch { from: start(old)?, to: start(new)?, edits: Vec::new() });
                continue;
            }
            let (sign, rest) = line.split_at_checked(1)?;
            let op = match sign {
                "-" => Op::Delete,
                "+" => Op::Insert,
                " " => Op::Equal,
                _ => return None,
            };
            let items = plain(rest, work).await?.chars().collect();
            patches.last_mut()?.edits.push(Edit::new(op, items));
        }
        patches.iter().all(|patch| !patch.edits.is_empty()).then_some(patches)
    }
}

/// Where a range begins, counted from 0.
fn start(range: &str) -> Option<usize> {
    let digits = |text: &str| {
        let all = !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit());
        if all { text.parse::<usize>().ok() } else { None }
    };
    match range.split_once(',') {
        Some((at, "0")) => digits(at),
        Some((at, len)) => digits(len).and(digits(at)).map(|at| at.saturating_sub(1)),
        None => digits(range).map(|at| at.saturating_sub(1)),
    }
}

async fn plain(text: &str, work: &mut Work) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if out.len() % PIECE == 0 {
            work.pass(PIECE).await;
        }
        if *byte != b'%' {
            out.push(*byte);
            rest = after;
            continue;
        }
        let code = std::str::from_utf8(after.get(..2)?).ok()?;
        let hexadecimal = code.bytes().all(|b| b.is_ascii_hexdigit());
        out.push(u8::from_str_radix(code, 16).ok().filter(|_| hexadecimal)?);
        rest = &after[2..];
    }
    String::from_utf8(out).ok()
}

/// Stretches between edits of one patch are not longer than twice the margin.
pub(super) async fn make(
    old: &[char],
    new: &[char],
    edits: Vec<Edit<char>>,
    margin: usize,
    work: &mut Work,
) -> Vec<Patch> {
    let whole: String = old.iter().collect();
    let mut patches = Vec::new();
    let mut open: Option<Patch> = None;
    let (mut from, mut to) = (0, 0);
    let count = edits.len();
    for (n, edit) in edits.into_iter().enumerate() {
        let len = edit.items.len();
        match edit.op {
            Op::Equal => {
                let near = len <= 2 * margin && n + 1 < count;
                if near && let Some(patch) = &mut open {
                    patch.edits.push(edit);
                } else if let Some(patch) = open.take() {
                    patches.push(with_context(patch, old, new, &whole, margin, work).await);
                }
                from += len;
                to += len;
            }
            op => {
                let patch = open.get_or_insert(Patch { from, to, edits: Vec::new() });
                patch.edits.push(edit);
                if op == Op::Delete { from += len } else { to += len }
            }
        }
    }
    if let Some(patch) = open {
        patches.push(with_context(patch, old, new, &whole, margin, work).await);
    }
    patches
}

/// Puts in front and behind what stands around, enough to find the place again.
async fn with_context(
    mut patch: Patch,
    old: &[char],
    new: &[char],
    whole: &str,
    margin: usize,
    work: &mut Work,
) -> Patch {
    let found = patch.old();
    let end = patch.from + found.len();
    let context = |padding: usize| {
        let front = &new[patch.to.saturating_sub(padding)..patch.to];
        (front, &old[end..(end + padding).min(old.len())])
    };
    let mut padding = 0;
    // As long as it may lie elsewhere, but no longer than what can be looked for.
    while found.len() + 2 * padding + 2 * margin < PATTERN_MAX {
        let (front, back) = context(padding);
        let around: String = front.iter().chain(&found).chain(back).collect();
        if !work.take(whole.len() / 8 + 1) || (!around.is_empty() && whole.find(&around) == whole.rfind(&around)) {
            break;
        }
        work.rest().await;
        padding += margin.max(1);
    }
    let (front, back) = context(padding + margin);
    let (front, back) = (front.to_vec(), back.to_vec());
    patch.from -= front.len().min(patch.from);
    patch.to -= front.len();
    if !front.is_empty() {
        patch.edits.insert(0, Edit::new(Op::Equal, front));
    }
    if !back.is_empty() {
        patch.edits.push(Edit::new(Op::Equal, back));
    }
    patch
}
