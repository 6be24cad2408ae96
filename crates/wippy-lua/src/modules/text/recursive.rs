//! Cutting a text at separators, the coarse ones first, so that pieces of a size come out that overlap.

use super::super::long::Turn;
use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;

/// What pieces are to be like; lengths are in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) size: usize,
    pub(super) overlap: usize,
    /// A separator stays in front of what follows it, otherwise it is lost where a cut is made.
    pub(super) keep_separator: bool,
}

/// Gets the pieces one after the other. An error ends the cutting.
pub(super) type Emit<'e, E> = dyn FnMut(&str) -> Result<(), E> + 'e;

pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// Cuts at the first separator that occurs; what is still too long, at the ones after it.
pub(super) async fn split<E>(
    text: &str,
    separators: &[&str],
    cut: Cut,
    turn: &mut Turn,
    emit: &mut Emit<'_, E>,
) -> Result<(), E> {
    let mut found = None;
    for (n, separator) in separators.iter().enumerate() {
        if find(text, separator, turn).await.is_some() {
            found = Some(n);
            break;
        }
    }
    let (separator, finer) = match found {
        Some(n) => (separators[n], &separators[n + 1..]),
        None => (separators.last().copied().unwrap_or_default(), &[][..]),
    };
    let between = if cut.keep_separator { 0 } else { length(separator) };
    let mut row = Row { text, cut, between, pieces: VecDeque::new(), total: 0, given: 0 };
    let mut pieces = Pieces { text, separator, keep: cut.keep_separator, next: Some(0), first: true };
    while let Some(range) = pieces.next(turn).await {
        let piece = &text[range.clone()];
        let long = length(piece);
        turn.spend(4 + (piece.len() + std::mem::take(&mut row.given)) / 16).await;
        if long < cut.size {
            row.push(range, long, emit)?;
            continue;
        }
        row.flush(emit)?;
        if finer.is_empty() {
            emit(piece)?;
        } else {
            finely(piece, finer, cut, turn, emit).await?;
        }
    }
    row.flush(emit)
}

/// Cuts a piece: the future of a future, which has to lie elsewhere.
fn finely<'f, E>(
    piece: &'f str,
    separators: &'f [&'f str],
    cut: Cut,
    turn: &'f mut Turn,
    emit: &'f mut Emit<'_, E>,
) -> Pin<Box<dyn Future<Output = Result<(), E>> + 'f>> {
    Box::pin(split(piece, separators, cut, turn, emit))
}

/// How much of a text is searched at once, in bytes.
const WINDOW: usize = 1 << 18;

/// Where a part first lies in a text.
async fn find(text: &str, part: &str, turn: &mut Turn) -> Option<usize> {
    let window = WINDOW.max(4 * part.len());
    let mut from = 0;
    loop {
        let end = text.ceil_char_boundary(from + window);
        let found = text[from..end].find(part);
        turn.spend(1 + found.unwrap_or(end - from) / 8).await;
        if found.is_some() || end == text.len() {
            return found.map(|at| from + at);
        }
        // It may lie across the end.
        from = text.floor_char_boundary(end - part.len());
    }
}

/// Finds the pieces between separators; an empty one separates all characters.
struct Pieces<'t> {
    text: &'t str,
    separator: &'t str,
    keep: bool,
    next: Option<usize>,
    first: bool,
}

impl Pieces<'_> {
    /// Where the next piece lies.
    async fn next(&mut self, turn: &mut Turn) -> Option<Range<usize>> {
        let start = self.next?;
        let skip = if self.keep && !self.first { self.separator.len() } else { 0 };
        self.first = false;
        let rest = &self.text[start..];
        if self.separator.is_empty() {
            let end = start + rest.chars().next()?.len_utf8();
            self.next = Some(end);
            return Some(start..end);
        }
        // The separator in front of a piece that keeps it is not the one that ends it.
        let end = find(&rest[skip..], self.separator, turn).await.map(|n| start + skip + n);
        self.next = end.map(|end| if self.keep { end } else { end + self.separator.len() });
        Some(start..end.unwrap_or(self.text.len()))
    }
}

/// Short pieces that follow each other: together with what lies between them they are one stretch of the text.
struct Row<'t> {
    text: &'t str,
    cut: Cut,
    between: usize,
    pieces: VecDeque<(Range<usize>, usize)>,
    /// Length of the stretch.
    total: usize,
    /// Bytes that were given out.
    given: usize,
}

impl Row<'_> {
    /// Adds a piece. Before one that would not fit, the stretch is given out, and its end stays as overlap.
    fn push<E>(&mut self, range: Range<usize>, long: usize, emit: &mut Emit<'_, E>) -> Result<(), E> {
        if !self.pieces.is_empty() && self.total + self.between + long > self.cut.size {
            self.give(emit)?;
            while !self.pieces.is_empty()
                && (self.total > self.cut.overlap || self.total + self.between + long > self.cut.size)
            {
                self.drop_first();
            }
        }
        self.total += long + if self.pieces.is_empty() { 0 } else { self.between };
        self.pieces.push_back((range, long));
        Ok(())
    }

    fn drop_first(&mut self) {
        if let Some((_, long)) = self.pieces.pop_front() {
            self.total -= long + if self.pieces.is_empty() { 0 } else { self.between };
        }
    }

    fn give<E>(&mut self, emit: &mut Emit<'_, E>) -> Result<(), E> {
        let (Some((first, _)), Some((last, _))) = (self.pieces.front(), self.pieces.back()) else {
            return Ok(());
        };
        match self.text[first.start..last.end].trim() {
            "" => Ok(()),
            stretch => {
                self.given += stretch.len();
                emit(stretch)
            }
        }
    }

    fn flush<E>(&mut self, emit: &mut Emit<'_, E>) -> Result<(), E> {
        self.give(emit)?;
        self.pieces.clear();
        self.total = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::long::{Turn, to_end};
    use super::{Cut, WINDOW, find, length, split};

    const USUAL: &[&str] = &["\n\n", "\n", " ", ""];

    fn all(text: &str, separators: &[&str], size: usize, overlap: usize, keep_separator: bool) -> Vec<String> {
        let mut out = Vec::new();
        let mut emit = |piece: &str| {
            out.push(piece.to_owned());
            Ok::<(), ()>(())
        };
        let cut = Cut { size, overlap, keep_separator };
        let (done, _) = to_end(async { split(text, separators, cut, &mut Turn::new(), &mut emit).await });
        done.expect("nothing fails");
        out
    }

    #[test]
    fn coarse_separators_come_first() {
        assert_eq!(all("a b\n\nc d\n\ne", USUAL, 5, 0, false), ["a b", "c d", "e"]);
        assert_eq!(all("a b\n\nc d\n\ne", USUAL, 9, 0, false), ["a b\n\nc d", "e"]);
        assert_eq!(all("one two three", USUAL, 7, 0, false), ["one two", "three"]);
        assert_eq!(all("abcdefgh", USUAL, 3, 0, false), ["abc", "def", "gh"]);
        assert_eq!(all("", USUAL, 3, 0, false), Vec::<String>::new());
        assert_eq!(all(" \n\n ", USUAL, 3, 0, false), Vec::<String>::new());
        // What has none of the separators stays whole.
        assert_eq!(all("abcdefgh", &["-"], 3, 0, false), ["abcdefgh"]);
    }

    #[test]
    fn pieces_overlap() {
        assert_eq!(all("a b c d e", USUAL, 5, 3, false), ["a b c", "b c d", "c d e"]);
        assert_eq!(all("abcdef", USUAL, 4, 2, false), ["abcd", "cdef"]);
        assert_eq!(all("aaaa bb cc", USUAL, 7, 4, false), ["aaaa bb", "bb cc"]);
    }

    #[test]
    fn separators_may_stay() {
        assert_eq!(all("a,b,c", &[","], 3, 0, true), ["a,b", ",c"]);
        assert_eq!(all("a,b,c", &[","], 3, 0, false), ["a,b", "c"]);
        assert_eq!(all(",,a", &[","], 2, 0, true), [",", ",a"]);
    }

    #[test]
    fn lengths_are_characters() {
        assert_eq!(all("äöü€", USUAL, 2, 0, false), ["äö", "ü€"]);
    }

    #[test]
    fn cutting_pauses() {
        let text = "a ".repeat(100_000);
        let cut = Cut { size: 10, overlap: 5, keep_separator: false };
        let mut emit = |_: &str| Ok::<(), ()>(());
        let (_, pauses) = to_end(async { split(&text, USUAL, cut, &mut Turn::new(), &mut emit).await });
        assert!(pauses > 3, "{pauses}");
        let none = ["-"; 64];
        let (_, pauses) = to_end(async { split(&text, &none, cut, &mut Turn::new(), &mut emit).await });
        assert!(pauses > 3, "{pauses}");
    }

    #[test]
    fn separators_are_found_wherever_they_lie() {
        for at in [0, WINDOW - 2, WINDOW - 1, WINDOW, 3 * WINDOW + 7] {
            let text = format!("{}-ü-{}", "x".repeat(at), "é".repeat(10));
            let find = |part| to_end(async { find(&text, part, &mut Turn::new()).await }).0;
            assert_eq!((find("-ü-"), find("ü"), find("é"), find("?")), (Some(at), Some(at + 1), Some(at + 4), None));
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_fit_and_nothing_is_lost(text in "[ab \n\u{e9}]{0,60}", size in 2usize..12, overlap in 0usize..6) {
            let pieces = all(&text, USUAL, size, overlap.min(size - 1), false);
            for piece in &pieces {
                proptest::prop_assert!(length(piece) <= size && text.contains(piece.as_str()), "{piece:?}");
            }
            // Without overlap, all but the blanks comes out once.
            let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let apart = all(&text, USUAL, size, 0, false);
            proptest::prop_assert_eq!(solid(&apart.concat()), solid(&text));
        }
    }
}
