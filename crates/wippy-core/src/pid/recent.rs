//! Pids that this thread has met lately, with their texts: programs hand out and read the same few over and over.
//!
//! What a pid's text is never changes. What a text means depends on whose it is: an entry counts for the home that it was
//! read for.

use super::{Pid, Place};
use std::cell::RefCell;

const ENTRIES: usize = 64;
/// Longer texts are made and read anew each time.
const TEXT_MAX: usize = 43;

/// A cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Entry {
    pid: Pid,
    /// Whose reading of the text is known to give this pid; `u32::MAX` for nobody's.
    home: u32,
    /// 0 for an entry that is not used.
    len: u8,
    text: [u8; TEXT_MAX],
}

const UNUSED: Entry = Entry { pid: Pid::SYSTEM, home: u32::MAX, len: 0, text: [0; TEXT_MAX] };

thread_local!(static RECENT: RefCell<[Entry; ENTRIES]> = const { RefCell::new([UNUSED; ENTRIES]) });

impl Entry {
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.get(..self.len as usize).unwrap_or_default()
    }
}

/// Where a pid lies: the last digit but one, and the last, of its text.
fn place_of(pid: Pid) -> usize {
    pid.slot() as usize % ENTRIES
}

fn place_of_text(text: &[u8]) -> Option<usize> {
    let [.., high, low, b'}'] = text else { return None };
    let digit = |byte: u8| if byte <= b'9' { byte & 15 } else { (byte & 7) + 9 };
    Some((usize::from(digit(*high)) << 4 | usize::from(digit(*low))) % ENTRIES)
}

/// The pid that this text means to this home, if that is known.
#[inline]
pub(super) fn find(text: &str, home: Place) -> Option<Pid> {
    let at = place_of_text(text.as_bytes())?;
    RECENT.with_borrow(|recent| {
        let entry = &recent[at];
        (entry.home == home.0 && entry.bytes() == text.as_bytes()).then_some(entry.pid)
    })
}

/// The text of a pid, if that is known.
#[inline]
pub(super) fn text(pid: Pid) -> Option<Entry> {
    RECENT.with_borrow(|recent| {
        let entry = &recent[place_of(pid)];
        (entry.pid == pid && entry.len > 0).then_some(*entry)
    })
}

/// Keeps the text of a pid.
pub(super) fn keep(pid: Pid, text: &[u8]) {
    keep_for(pid, text, u32::MAX);
}

/// Keeps a text that was read for this home, if it is how the pid is written.
pub(super) fn keep_if_canonical(pid: Pid, text: &str, home: Place) {
    if pid.line().is_some_and(|line| line.bytes() == text.as_bytes()) {
        keep_for(pid, text.as_bytes(), home.0);
    }
}

fn keep_for(pid: Pid, text: &[u8], home: u32) {
    if text.len() > TEXT_MAX {
        return;
    }
    let mut entry = Entry { pid, home, len: text.len() as u8, text: [0; TEXT_MAX] };
    entry.text[..text.len()].copy_from_slice(text);
    RECENT.with_borrow_mut(|recent| recent[place_of(pid)] = entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_lies_where_its_text_says() {
        let place = Place::intern("", 3, "recent:host");
        for slot in [0, 1, 9, 10, 15, 16, 63, 64, 171, 0xabcdef] {
            let pid = Pid::new(place, slot, 5);
            assert_eq!(place_of_text(pid.to_string().as_bytes()), Some(place_of(pid)), "{pid}");
        }
    }

    #[test]
    fn the_same_text_means_another_process_to_another_home() {
        let (one, two) = (Place::intern("", 41, "recent:shared"), Place::intern("", 42, "recent:shared"));
        let (a, b) = (Pid::new(one, 77, 0), Pid::new(two, 77, 0));
        assert_eq!(a.to_string(), b.to_string());
        for _ in 0..3 {
            assert_eq!(Pid::parse(&a.to_string(), one), Ok(a));
            assert_eq!(Pid::parse(&b.to_string(), two), Ok(b));
        }
    }

    #[test]
    fn another_way_of_writing_a_pid_does_not_become_its_text() {
        let place = Place::intern("", 5, "recent:odd");
        let pid = Pid::new(place, 0xa, 0);
        for text in ["{recent:odd|0xA}", "{recent:odd|0x0a}", "{recent:odd|0x0000A}"] {
            assert_eq!(Pid::parse(text, place), Ok(pid));
            assert_eq!(pid.to_string(), "{recent:odd|0x0000a}");
        }
    }

    #[test]
    fn long_texts_are_right_without_being_kept() {
        let host = "h".repeat(60);
        let place = Place::intern("", 6, &host);
        let pid = Pid::new(place, 1, 1);
        for _ in 0..2 {
            assert_eq!(Pid::parse(&pid.to_string(), place), Ok(pid));
        }
    }
}
