//! Applying patches to a text that may have changed since.

use super::edits::{Edit, Op, distance, moved};
use super::fuzzy::{Near, PATTERN_MAX};
use super::myers::{Ways, diff};
use super::patch::Patch;
use super::work::Work;

/// What counts as the text that a patch was made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    pub(super) near: Near,
    /// What part of a long stretch may differ.
    pub(super) delete_threshold: f64,
}

/// The text with the patches applied, and whether all of them were.
pub(super) async fn apply(
    patches: &[Patch],
    text: Vec<char>,
    tolerance: Tolerance,
    ways: Ways,
    work: &mut Work,
) -> (Vec<char>, bool) {
    let mut text = text;
    let mut all = true;
    // How much further places lie than expected.
    let mut shift = 0isize;
    for patch in patches {
        let old = patch.old();
        work.pass(old.len() / 8).await;
        let new = patch.new_text();
        let expected = usize::try_from(patch.to as isize + shift).unwrap_or(0).min(text.len());
        // A part of the text is moved.
        work.pass(text.len() / 16 + old.len() + new.len()).await;
        let Some((start, end)) = place(&text, &old, expected, tolerance.near, work).await else {
            all = false;
            shift -= new.len() as isize - old.len() as isize;
            continue;
        };
        shift = start as isize - patch.to as isize;
        work.pass(old.len() / 8).await;
        if text[start..end] == old[..] {
            text.splice(start..end, new);
            continue;
        }
        let between = diff(&old, &text[start..end], ways, work).await;
        let different = distance(&between) as f64 / old.len().max(1) as f64;
        if old.len() > PATTERN_MAX && different > tolerance.delete_threshold {
            all = false;
            continue;
        }
        mend(&mut text, start, &between, patch, work).await;
    }
    (text, all)
}

/// Does the edits of a patch on a stretch that is not quite what it was made for: `between` leads from one to the other.
async fn mend(text: &mut Vec<char>, start: usize, between: &[Edit<char>], patch: &Patch, work: &mut Work) {
    // Where the edit stands in what the patch was made for, and how much longer the stretch has become.
    let (mut at, mut grown) = (0, 0isize);
    for edit in &patch.edits {
        let len = edit.items.len();
        // Places are looked up among the edits between, and a part of the text is moved.
        work.pass(len / 16 + between.len() + text.len() / 16).await;
        let place = |at: usize, text: &[char]| {
            let place = (start + moved(between, at)) as isize + grown;
            usize::try_from(place).unwrap_or(0).min(text.len())
        };
        match edit.op {
            Op::Equal => at += len,
            Op::Insert => {
                let here = place(at, text);
                text.splice(here..here, edit.items.iter().copied());
                grown += len as isize;
            }
            Op::Delete => {
                let (from, to) = (place(at, text), place(at + len, text));
                text.drain(from..to);
                grown -= (to - from) as isize;
                at += len;
            }
        }
    }
}

/// From where to where the text lies that a patch was made for.
async fn place(text: &[char], old: &[char], expected: usize, near: Near, work: &mut Work) -> Option<(usize, usize)> {
    if old.is_empty() || text[expected..].starts_with(old) {
        return Some((expected, expected + old.len()));
    }
    if old.len() <= PATTERN_MAX {
        let start = near.find(text, old, expected, work).await?;
        return Some((start, (start + old.len()).min(text.len())));
    }
    // Beginning and end of a long one are looked for.
    let tail = old.len() - PATTERN_MAX;
    let start = near.find(text, &old[..PATTERN_MAX], expected, work).await?;
    let end = near.find(text, &old[tail..], (start + tail).min(text.len()), work).await?;
    (start < end).then_some((start, (end + PATTERN_MAX).min(text.len())))
}
