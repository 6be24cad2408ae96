//! What makes one text of another: stretches that stay, go, or come; and rules that make such lists easier to read.

use super::work::Work;

/// What happens to a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Delete,
    Insert,
    Equal,
}

/// A stretch and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit<T> {
    pub(super) op: Op,
    pub(super) items: Vec<T>,
}

impl<T> Edit<T> {
    pub(super) fn new(op: Op, items: Vec<T>) -> Edit<T> {
        Edit { op, items }
    }
}

pub(super) fn common_prefix<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

pub(super) fn common_suffix<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The stretches of one side: the old text without what comes, or the new one without what goes.
pub(super) fn side<T: Clone>(edits: &[Edit<T>], without: Op) -> Vec<T> {
    edits.iter().filter(|edit| edit.op != without).flat_map(|edit| edit.items.iter().cloned()).collect()
}

/// How many items have to be changed: a delete and an insert at one place count as one change.
pub(super) fn distance<T>(edits: &[Edit<T>]) -> usize {
    let (mut total, mut deleted, mut inserted) = (0, 0, 0);
    for edit in edits {
        match edit.op {
            Op::Delete => deleted += edit.items.len(),
            Op::Insert => inserted += edit.items.len(),
            Op::Equal => {
                total += deleted.max(inserted);
                (deleted, inserted) = (0, 0);
            }
        }
    }
    total + deleted.max(inserted)
}

/// Where a place of the old text lies in the new one.
pub(super) fn moved<T>(edits: &[Edit<T>], place: usize) -> usize {
    let (mut old, mut new) = (0, 0);
    for edit in edits {
        let len = edit.items.len();
        match edit.op {
            Op::Insert => new += len,
            _ if old + len > place => return if edit.op == Op::Delete { new } else { new + place - old },
            Op::Delete => old += len,
            Op::Equal => {
                old += len;
                new += len;
            }
        }
    }
    new + place.saturating_sub(old)
}

/// How often shifting edits may make room for more of it.
const ROUNDS: usize = 16;

/// Joins what belongs together: between two stretches that stay, there is one delete and one insert at most, and they
/// have neither beginning nor end in common.
pub(super) async fn merge<T: Clone + PartialEq>(edits: Vec<Edit<T>>, work: &mut Work) -> Vec<Edit<T>> {
    let mut edits = joined(edits, work).await;
    for _ in 0..ROUNDS {
        let count = edits.len();
        edits = shifted(edits, work).await;
        if edits.len() == count {
            break;
        }
        edits = joined(edits, work).await;
    }
    edits
}

fn push<T>(out: &mut Vec<Edit<T>>, op: Op, items: Vec<T>) {
    match out.last_mut() {
        _ if items.is_empty() => {}
        Some(last) if last.op == op => last.items.extend(items),
        _ => out.push(Edit { op, items }),
    }
}

async fn joined<T: Clone + PartialEq>(edits: Vec<Edit<T>>, work: &mut Work) -> Vec<Edit<T>> {
    let mut out = Vec::with_capacity(edits.len());
    let (mut deleted, mut inserted) = (Vec::new(), Vec::new());
    let end = Edit::new(Op::Equal, Vec::new());
    for edit in edits.into_iter().chain([end]) {
        work.pass(8 + edit.items.len() / 8).await;
        match edit.op {
            Op::Delete => deleted.extend(edit.items),
            Op::Insert => inserted.extend(edit.items),
            Op::Equal => {
                let front = common_prefix(&deleted, &inserted);
                push(&mut out, Op::Equal, deleted.drain(..front).collect());
                inserted.drain(..front);
                let back = common_suffix(&deleted, &inserted);
                let tail = deleted.split_off(deleted.len() - back);
                inserted.truncate(inserted.len() - back);
                push(&mut out, Op::Delete, std::mem::take(&mut deleted));
                push(&mut out, Op::Insert, std::mem::take(&mut inserted));
                push(&mut out, Op::Equal, tail);
                push(&mut out, Op::Equal, edit.items);
            }
        }
    }
    out
}

/// Moves an edit between two stretches that stay over one of them where it ends, or begins, with it: one stretch less.
async fn shifted<T: Clone + PartialEq>(edits: Vec<Edit<T>>, work: &mut Work) -> Vec<Edit<T>> {
    let mut out: Vec<Edit<T>> = Vec::with_capacity(edits.len());
    let mut rest = edits.into_iter().peekable();
    while let Some(mut edit) = rest.next() {
        work.pass(8 + edit.items.len() / 8).await;
        let before = out.last().is_some_and(|last| last.op == Op::Equal);
        let after = rest.peek().is_some_and(|next| next.op == Op::Equal);
        if edit.op == Op::Equal || !before || !after {
            push(&mut out, edit.op, edit.items);
            continue;
        }
        let (Some(mut last), Some(mut next)) = (out.pop(), rest.next()) else {
            break;
        };
        let (long, front, back) = (edit.items.len(), last.items.len(), next.items.len());
        if edit.items.ends_with(&last.items) {
            edit.items.rotate_right(front);
            last.items.extend(next.items);
            out.push(edit);
            out.push(last);
        } else if edit.items.starts_with(&next.items) {
            edit.items.rotate_left(back.min(long));
            last.items.append(&mut next.items);
            out.push(last);
            out.push(edit);
        } else {
            out.extend([last, edit, next]);
        }
    }
    out
}

/// What goes and comes at one place, and what stays behind it.
struct Place<T> {
    deleted: Vec<T>,
    inserted: Vec<T>,
    stays: Vec<T>,
}

impl<T> Place<T> {
    fn sizes(&self) -> [usize; 2] {
        [self.deleted.len(), self.inserted.len()]
    }
}

/// Turns a stretch that stays into one that goes and comes again, where `gone` says so of the place before, the length,
/// and the place behind. Fewer and larger edits come out.
async fn without<T: Clone + PartialEq>(
    edits: Vec<Edit<T>>,
    work: &mut Work,
    gone: impl Fn([usize; 2], usize, [usize; 2]) -> bool,
) -> Vec<Edit<T>> {
    let mut places = vec![Place { deleted: Vec::new(), inserted: Vec::new(), stays: Vec::new() }];
    for edit in edits {
        work.pass(8 + edit.items.len() / 8).await;
        let last = places.last_mut().expect("there is a first one");
        match edit.op {
            Op::Equal => last.stays.extend(edit.items),
            op => {
                if !last.stays.is_empty() {
                    places.push(Place { deleted: Vec::new(), inserted: Vec::new(), stays: Vec::new() });
                }
                let last = places.last_mut().expect("one was pushed");
                if op == Op::Delete { last.deleted.extend(edit.items) } else { last.inserted.extend(edit.items) }
            }
        }
    }
    let mut kept: Vec<Place<T>> = Vec::with_capacity(places.len());
    for mut place in places {
        while let Some(before) = kept.last() {
            let (left, right) = (before.sizes(), place.sizes());
            work.pass(1 + (right[0] + right[1] + 2 * before.stays.len()) / 16).await;
            if left == [0, 0] || right == [0, 0] || !gone(left, before.stays.len(), right) {
                break;
            }
            let Some(Place { mut deleted, mut inserted, stays }) = kept.pop() else { break };
            deleted.extend(stays.iter().cloned());
            inserted.extend(stays);
            deleted.append(&mut place.deleted);
            inserted.append(&mut place.inserted);
            place = Place { deleted, inserted, stays: place.stays };
        }
        kept.push(place);
    }
    let mut out = Vec::new();
    for Place { deleted, inserted, stays } in kept {
        push(&mut out, Op::Delete, deleted);
        push(&mut out, Op::Insert, inserted);
        push(&mut out, Op::Equal, stays);
    }
    merge(out, work).await
}

/// Gives up what stays by chance: a stretch no longer than the edits on both of its sides.
pub(super) async fn readable<T: Clone + PartialEq>(edits: Vec<Edit<T>>, work: &mut Work) -> Vec<Edit<T>> {
    without(edits, work, |left, stays, right| stays <= left[0].max(left[1]) && stays <= right[0].max(right[1])).await
}

/// Gives up what costs more than it saves: `cost` is that of one edit more, in items.
pub(super) async fn efficient<T: Clone + PartialEq>(edits: Vec<Edit<T>>, cost: usize, work: &mut Work) -> Vec<Edit<T>> {
    without(edits, work, |left, stays, right| {
        let around = [left, right].concat().into_iter().filter(|n| *n > 0).count();
        stays < cost && (around == 4 || (around == 3 && stays < cost / 2))
    })
    .await
}
