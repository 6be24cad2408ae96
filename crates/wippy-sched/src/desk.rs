//! Where one thread serves processes, one at a time.

use crate::beat::Beat;
use crate::deliver::Shared;
use crate::door::WorkerDoor;
use crate::process::Header;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use wippy_core::{Bell, Cx};

/// Where one thread serves processes: it lends its context to one at a time (and to the child one makes).
#[derive(Clone)]
pub(crate) struct Desk(pub(crate) Rc<Seat>);

pub(crate) struct Seat {
    /// The process that is being served; null between visits.
    pub(crate) current: Cell<*mut Header>,
    /// The scheduler that serves it; null between visits.
    pub(crate) shared: Cell<*const Shared>,
    beat: Option<Arc<Beat>>,
    slice: Cell<u64>,
    /// In a simulation: how often the present step may ask before its slice is over.
    budget: Cell<u32>,
    pub(crate) random: Cell<u64>,
    /// Contexts to lend; borrowed while they are lent.
    contexts: [RefCell<Option<Cx>>; 2],
}

impl Desk {
    /// A desk for a worker, or without a beat for any other thread.
    pub(crate) fn new(beat: Option<Arc<Beat>>) -> Desk {
        Desk::seeded(beat, std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0))
    }

    /// A desk whose randomness comes from a seed, for a simulated worker.
    pub(crate) fn simulated(seed: u64) -> Desk {
        Desk::seeded(None, seed)
    }

    fn seeded(beat: Option<Arc<Beat>>, seed: u64) -> Desk {
        Desk(Rc::new(Seat {
            current: Cell::new(std::ptr::null_mut()),
            shared: Cell::new(std::ptr::null()),
            beat,
            slice: Cell::new(1),
            budget: Cell::new(u32::MAX),
            random: Cell::new(seed | 1),
            contexts: Default::default(),
        }))
    }

    /// Runs `f` with a context in front of this process.
    pub(crate) fn visit<T>(&self, shared: &Shared, header: &mut Header, f: impl FnOnce(&mut Cx) -> T) -> T {
        struct Leave<'a>(&'a Seat, *mut Header, *const Shared);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.current.set(self.1);
                self.0.shared.set(self.2);
            }
        }
        let seat = &*self.0;
        let fresh = || Cx::new(Box::new(WorkerDoor(self.clone())));
        let _leave = Leave(seat, seat.current.replace(header), seat.shared.replace(shared));
        // The second is for a visit within a visit: a process that makes another one. Deeper ones are rare.
        let lent = seat.contexts.iter().find_map(|cx| cx.try_borrow_mut().ok());
        let Some(mut cx) = lent else {
            return f(&mut fresh());
        };
        let cx = cx.get_or_insert_with(fresh);
        let ours = cx.door_id();
        let result = f(cx);
        // A step that put another door in its place keeps that to itself.
        if cx.door_id() != ours {
            *cx = fresh();
        }
        result
    }

    /// Runs a step: as [`Desk::visit`], watched by the clock.
    pub(crate) fn slice<T>(
        &self,
        shared: &Shared,
        header: &mut Header,
        bell: Option<Bell>,
        f: impl FnOnce(&mut Cx) -> T,
    ) -> T {
        let number = self.0.slice.get() + 1;
        self.0.slice.set(number);
        if let Some(beat) = &self.0.beat {
            beat.begin(number, header.pid, bell);
        }
        let result = self.visit(shared, header, f);
        if let Some(beat) = &self.0.beat {
            beat.end();
        }
        result
    }

    /// Whether the present step was asked to give way.
    pub(crate) fn slice_is_over(&self) -> bool {
        match &self.0.beat {
            Some(beat) => beat.is_over(self.0.slice.get()),
            // No clock looks at this desk: only a simulation sets a budget that can run out.
            None => {
                let left = self.0.budget.get();
                self.0.budget.set(left.saturating_sub(u32::from(left != u32::MAX)));
                left == 0
            }
        }
    }

    /// For a simulation: the slice of the next step is over when it has asked this often.
    pub(crate) fn set_budget(&self, asks: u32) {
        self.0.budget.set(asks);
    }

    /// Ends the life of the desk: the context it keeps refers back to it.
    pub(crate) fn clear(&self) {
        self.0.contexts.iter().for_each(|cx| drop(cx.borrow_mut().take()));
    }
}
