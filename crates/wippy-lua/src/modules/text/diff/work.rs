//! What a comparison may cost, and when others have their turn.

use super::super::super::long::Turn;

/// How much work may be done before the answer may be coarse. Counted, not timed: the same texts always give the same.
pub(super) struct Work {
    left: u64,
    turn: Turn,
    due: bool,
}

impl Work {
    pub(super) fn new(units: u64) -> Work {
        Work { left: units, turn: Turn::new(), due: false }
    }

    /// Does some; false when there is not so much left. Then [`rest`](Work::rest), where that is possible.
    pub(super) fn take(&mut self, units: usize) -> bool {
        self.due |= self.turn.is_over(units);
        self.left = self.left.saturating_sub(units as u64);
        self.left > 0
    }

    /// Lets others run when the turn is over.
    pub(super) async fn rest(&mut self) {
        if std::mem::take(&mut self.due) {
            self.turn.pause().await;
        }
    }

    /// Does what has to be done anyway, and lets others run when the turn is over.
    pub(super) async fn pass(&mut self, units: usize) {
        self.due |= self.turn.is_over(units);
        self.rest().await;
    }
}
