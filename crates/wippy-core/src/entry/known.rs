//! Ids that this thread has asked for lately: programs name the same few entries and hosts over and over, as texts.

use super::EntryId;
use std::cell::RefCell;

const PLACES: usize = 16;
/// Longer ones are not kept.
const TEXT_MAX: usize = 128;

thread_local!(static KNOWN: RefCell<[Option<EntryId>; PLACES]> = const { RefCell::new([const { None }; PLACES]) });

/// Where an id lies: names differ at their ends.
fn place_of(text: &[u8]) -> usize {
    let last = text.iter().rev().take(4).fold(text.len(), |sum, byte| sum.wrapping_mul(31) + usize::from(*byte));
    (last ^ last >> 8) % PLACES
}

pub(super) fn find(text: &str) -> EntryId {
    if text.len() > TEXT_MAX {
        return EntryId::new(text);
    }
    KNOWN.with_borrow_mut(|known| {
        let place = &mut known[place_of(text.as_bytes())];
        match place {
            Some(id) if id.as_str() == text => id.clone(),
            _ => place.insert(EntryId::new(text)).clone(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_second_id_of_a_text_is_the_first_one() {
        let one = EntryId::known("app:one");
        assert!(Arc::ptr_eq(&one.0, &EntryId::known("app:one").0));
        // A thousand others push it out; it stays what it is.
        for i in 0..1000 {
            assert_eq!(EntryId::known(&format!("app:{i}")).as_str(), format!("app:{i}"));
        }
        assert_eq!(EntryId::known("app:one"), one);
        assert_eq!(EntryId::known("").as_str(), "");
    }
}
