//! Finding the edits between two sequences: the algorithm of Myers from both ends, with short cuts for usual cases.
//!
//! # Source
//! E. Myers, "An O(ND) difference algorithm and its variations", 1986; N. Fraser, diff-match-patch, for the short cuts.

use super::edits::{Edit, Op, common_prefix, common_suffix, merge};
use super::work::Work;
use std::collections::HashMap;
use std::pin::Pin;

/// How edits are looked for.
#[derive(Clone, Copy)]
pub(super) struct Ways {
    /// What half of the longer text has in common with the other stays, even if that is not the shortest way.
    pub(super) halves: bool,
}

/// Texts with fewer characters are not compared line by line first.
const LINES_LEAST: usize = 100;

/// The edits between two texts.
pub(super) async fn diff(a: &[char], b: &[char], ways: Ways, work: &mut Work) -> Vec<Edit<char>> {
    if a.len() > LINES_LEAST && b.len() > LINES_LEAST {
        return by_lines(a, b, ways, work).await;
    }
    let edits = find(a, b, ways, work).await;
    merge(edits, work).await
}

/// Compares lines, and then what differs character by character.
async fn by_lines(a: &[char], b: &[char], ways: Ways, work: &mut Work) -> Vec<Edit<char>> {
    // To grow it would take long.
    let count = a.iter().chain(b).filter(|c| **c == '\n').count() + 2;
    let mut known: HashMap<&[char], u32> = HashMap::with_capacity(count);
    let mut lines: Vec<&[char]> = Vec::new();
    let mut numbered: [Vec<u32>; 2] = Default::default();
    for (text, numbers) in [a, b].into_iter().zip(&mut numbered) {
        for line in text.split_inclusive(|c| *c == '\n') {
            numbers.push(*known.entry(line).or_insert_with(|| {
                lines.push(line);
                lines.len() as u32 - 1
            }));
            work.pass(8 + line.len() / 4).await;
        }
    }
    let [old, new] = numbered;
    let mut out = Vec::new();
    let (mut deleted, mut inserted) = (Vec::new(), Vec::new());
    let coarse = find(&old, &new, ways, work).await;
    let coarse = merge(coarse, work).await;
    for edit in coarse.into_iter().chain([Edit::new(Op::Equal, Vec::new())]) {
        let mut text = Vec::new();
        for n in edit.items {
            let line = lines[n as usize];
            text.extend_from_slice(line);
            work.pass(1 + line.len() / 16).await;
        }
        match edit.op {
            Op::Delete => deleted = text,
            Op::Insert => inserted = text,
            Op::Equal => {
                out.append(&mut find(&deleted, &inserted, ways, work).await);
                deleted.clear();
                inserted.clear();
                out.push(Edit::new(Op::Equal, text));
            }
        }
    }
    merge(out, work).await
}

/// Finds edits in parts of what is compared: the future of a future, which has to lie elsewhere.
fn within<'f, T: Copy + PartialEq + 'f>(
    a: &'f [T],
    b: &'f [T],
    ways: Ways,
    work: &'f mut Work,
) -> Pin<Box<dyn Future<Output = Vec<Edit<T>>> + 'f>> {
    Box::pin(find(a, b, ways, work))
}

async fn find<T: Copy + PartialEq>(a: &[T], b: &[T], ways: Ways, work: &mut Work) -> Vec<Edit<T>> {
    let front = common_prefix(a, b);
    let back = common_suffix(&a[front..], &b[front..]);
    work.take(front + back);
    work.rest().await;
    let mut edits = Vec::new();
    let mut add = |op, items: &[T]| {
        if !items.is_empty() {
            edits.push(Edit::new(op, items.to_vec()));
        }
    };
    add(Op::Equal, &a[..front]);
    let (inner_a, inner_b) = (&a[front..a.len() - back], &b[front..b.len() - back]);
    if inner_a.is_empty() || inner_b.is_empty() {
        add(Op::Delete, inner_a);
        add(Op::Insert, inner_b);
    } else {
        edits.append(&mut differing(inner_a, inner_b, ways, work).await);
    }
    if back > 0 {
        edits.push(Edit::new(Op::Equal, a[a.len() - back..].to_vec()));
    }
    edits
}

/// Two sequences that have neither beginning nor end in common.
async fn differing<T: Copy + PartialEq>(a: &[T], b: &[T], ways: Ways, work: &mut Work) -> Vec<Edit<T>> {
    let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
    if let Some(at) = position(long, short, 0, work).await {
        let op = if a.len() > b.len() { Op::Delete } else { Op::Insert };
        let outer = |part: &[T]| Edit::new(op, part.to_vec());
        return vec![outer(&long[..at]), Edit::new(Op::Equal, short.to_vec()), outer(&long[at + short.len()..])];
    }
    let replaced = || vec![Edit::new(Op::Delete, a.to_vec()), Edit::new(Op::Insert, b.to_vec())];
    if short.len() == 1 {
        return replaced();
    }
    if ways.halves
        && let Some(half) = half(long, short, work).await
    {
        let (old, new) = if a.len() > b.len() { (half.long, half.short) } else { (half.short, half.long) };
        let mut edits = within(&a[..old], &b[..new], ways, work).await;
        edits.push(Edit::new(Op::Equal, a[old..old + half.common].to_vec()));
        edits.append(&mut within(&a[old + half.common..], &b[new + half.common..], ways, work).await);
        return edits;
    }
    match middle(a, b, work).await {
        // A cut at a corner would begin all over again.
        Some((x, y)) if (x, y) != (0, 0) && (x, y) != (a.len(), b.len()) => {
            let mut edits = within(&a[..x], &b[..y], ways, work).await;
            edits.append(&mut within(&a[x..], &b[y..], ways, work).await);
            edits
        }
        _ => replaced(),
    }
}

/// Places between two counts of the work.
const PIECE: usize = 1024;

/// Where `part` lies in `whole`, at or behind a place.
async fn position<T: PartialEq>(whole: &[T], part: &[T], from: usize, work: &mut Work) -> Option<usize> {
    let (first, rest) = part.split_first()?;
    for at in from..=whole.len().checked_sub(part.len())? {
        if whole[at] == *first {
            let same = common_prefix(&whole[at + 1..], rest);
            if same == rest.len() {
                return Some(at);
            }
            if !work.take(same) {
                return None;
            }
        }
        if (at - from) % PIECE == PIECE - 1 {
            work.take(PIECE);
        }
        work.rest().await;
    }
    None
}

/// A stretch that both have in common, at least half as long as the longer one.
struct Half {
    /// Where it begins in the longer one.
    long: usize,
    short: usize,
    common: usize,
}

async fn half<T: PartialEq>(long: &[T], short: &[T], work: &mut Work) -> Option<Half> {
    if long.len() < 4 || short.len() * 2 < long.len() {
        return None;
    }
    // A stretch that long contains the second or the third quarter.
    let one = around(long, short, long.len().div_ceil(4), work).await;
    let two = around(long, short, long.len().div_ceil(2), work).await;
    match (one, two) {
        (Some(one), Some(two)) => Some(if one.common > two.common { one } else { two }),
        (one, two) => one.or(two),
    }
}

/// The longest stretch in common around the quarter that begins here.
async fn around<T: PartialEq>(long: &[T], short: &[T], at: usize, work: &mut Work) -> Option<Half> {
    let seed = &long[at..at + long.len() / 4];
    let mut best: Option<Half> = None;
    let mut from = 0;
    while let Some(found) = position(short, seed, from, work).await {
        let front = common_suffix(&long[..at], &short[..found]);
        let back = common_prefix(&long[at..], &short[found..]);
        if best.as_ref().is_none_or(|best| best.common < front + back) {
            best = Some(Half { long: at - front, short: found - front, common: front + back });
        }
        if !work.take(front + back) {
            break;
        }
        work.rest().await;
        from = found + 1;
    }
    best.filter(|best| best.common * 2 >= long.len())
}

/// How far one of the two searches has come on each diagonal.
#[derive(Default)]
struct Front {
    /// Of those from 0 up, and of those from -1 down, as far as it has come.
    reach: [Vec<isize>; 2],
    /// Diagonals at both ends that have left the field.
    low: isize,
    high: isize,
}

impl Front {
    fn place(k: isize) -> (usize, usize) {
        if k < 0 { (1, (-1 - k) as usize) } else { (0, k as usize) }
    }

    /// How far it has come; -1 when it has not been there.
    fn at(&self, k: isize) -> isize {
        let (side, n) = Front::place(k);
        self.reach[side].get(n).copied().unwrap_or(-1)
    }

    fn set(&mut self, k: isize, x: isize) {
        let (side, n) = Front::place(k);
        let reach = &mut self.reach[side];
        if n >= reach.len() {
            reach.resize(n + 1, -1);
        }
        reach[n] = x;
    }
}

/// A point on a shortest way, where the searches from both ends meet. `None` when there is no work left, or no way in it.
async fn middle<T: PartialEq>(a: &[T], b: &[T], work: &mut Work) -> Option<(usize, usize)> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let mut fronts = [Front::default(), Front::default()];
    fronts.iter_mut().for_each(|front| front.set(1, 0));
    let delta = n - m;
    // With an odd difference the search from the front runs into the other one, else the other way round.
    let meets = usize::from(delta % 2 == 0);
    for steps in 0..(n + m + 1) / 2 {
        for side in [0, 1] {
            let mut k = -steps + fronts[side].low;
            while k <= steps - fronts[side].high {
                let (left, right) = (fronts[side].at(k - 1), fronts[side].at(k + 1));
                let down = k == -steps || (k != steps && left < right);
                let mut x = if down { right } else { left + 1 };
                let mut y = x - k;
                let start = x;
                let same = |x: isize, y: isize| match side {
                    0 => a[x as usize] == b[y as usize],
                    _ => a[(n - x - 1) as usize] == b[(m - y - 1) as usize],
                };
                while x < n && y < m && same(x, y) {
                    x += 1;
                    y += 1;
                }
                if !work.take(1 + (x - start) as usize) {
                    return None;
                }
                work.rest().await;
                fronts[side].set(k, x);
                if x > n {
                    fronts[side].high += 2;
                } else if y > m {
                    fronts[side].low += 2;
                } else if side == meets {
                    let across = fronts[1 - side].at(delta - k);
                    if across != -1 && x >= n - across {
                        let (x, y) = if side == 0 { (x, y) } else { (across, across - (delta - k)) };
                        return Some((x as usize, y as usize));
                    }
                }
                k += 2;
            }
        }
    }
    None
}
