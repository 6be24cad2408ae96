//! How a process ends, in the order that others may rely on.

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::gate::{Abandoned, Caller, Ended};
use crate::mailbox::Class;
use crate::pool;
use crate::process::{Body, Header, Pending, Process, StartOf};
use crate::relations::Book;
use crate::table::Token;
use crate::turn::{caught, close_quietly, move_out};
use wippy_core::{Answer, Cancel, Error, Exit, ExitNotice, Pid};

impl Shared {
    /// Ends the process: it cannot be found, its names are free, then monitors and links hear of it, then it closes.
    pub(crate) fn finish(&self, _desk: &Desk, mut token: Token, exit: Exit) {
        let header = &mut token.process().as_mut().expect("a process is where its token says").header;
        if let Some(starting) = header.starting.take()
            && let StartOf::New(ties) = starting.why
        {
            let error = exit.err().unwrap_or_else(|| Error::internal("process ended before it had started"));
            self.discard(token, &error);
            self.answer_spawner(&ties, Err(error));
            return;
        }
        let header = &mut token.process().as_mut().expect("looked at above").header;
        let (pid, host) = (header.pid, header.host);
        self.note(|line| match &exit {
            Ok(_) => line.push_str(&format!("{pid} ends")),
            Err(e) => line.push_str(&format!("{pid} fails: {e}")),
        });
        let (slot, process) = token.split();
        let Process { header, machine } = process.as_mut().expect("looked at above");
        slot.hide();
        let book = slot.relations.lock().end();
        slot.mailbox.close(&mut header.taken);
        header.free_queued(slot);
        for name in book.iter().flat_map(|book| &book.names) {
            self.names.remove_if(name, |_, holder| *holder == pid);
        }
        // A supervisor that starts a new one on this news must find room for it.
        host.make_room();
        let watched = book.as_ref().is_some_and(|book| self.tell(pid, &exit, book));
        let caller = Caller { pid, baggage: header.baggage.as_ref() };
        if let Err(e) = caught(|| self.gate.ended(Ended { process: caller, exit: &exit, watched })) {
            tracing::error!(%pid, "reporting the end of a process failed: {e}");
        }
        self.drop_pending(header);
        close_quietly(pid, machine);
        move_out(pid, process);
        pool::with_slots(self, |near| self.table.release(pid, near));
        host.leave();
        for sender in book.iter().flat_map(|book| &book.outside) {
            // Nobody may be listening any more: then nobody wants to know.
            let _ = sender.send(exit.clone());
        }
    }

    /// Tells everybody whom it concerns. Whether anybody was there to hear how it ended.
    pub(crate) fn tell(&self, pid: Pid, exit: &Exit, book: &Book) -> bool {
        let mut watched = !book.outside.is_empty();
        if book.watchers.is_empty() && book.links.is_empty() && book.watching.is_empty() {
            return watched;
        }
        let at = self.now_wall();
        let notice = || ExitNotice { from: pid, at, result: exit.clone() };
        for (watcher, how) in book.watchers.iter() {
            if how.exit {
                watched |= self.post(watcher, Class::Signal, Body::Exit(notice()));
            }
            for tag in &how.replies {
                watched = true;
                self.reply(watcher, *tag, exit.clone().map(Answer::Value));
            }
        }
        for (peer, ()) in book.links.iter() {
            if exit.is_err() && peer != pid {
                self.post(peer, Class::Marked, Body::LinkDown(notice()));
            } else {
                self.forget(peer, |book| book.links.remove(pid));
            }
        }
        for (target, ()) in book.watching.iter() {
            self.forget(target, |book| book.watchers.remove(pid));
        }
        watched
    }

    /// Changes the book of another process, if it has one.
    pub(crate) fn forget(&self, pid: Pid, f: impl FnOnce(&mut Book)) {
        let Some(mut relations) = self.table.find(pid).and_then(|slot| slot.ties_of(pid)) else { return };
        if let Some(book) = relations.existing() {
            f(book);
        }
    }

    /// Gives up all that a process still waits for.
    pub(crate) fn drop_pending(&self, header: &Header) {
        for (tag, pending) in &header.pending {
            self.give_up(header.pid, *tag, pending, true);
        }
    }

    /// Gives up one request. `ending`: the asker ends.
    pub(crate) fn give_up(&self, pid: Pid, tag: wippy_core::RawTag, pending: &Pending, ending: bool) {
        match pending {
            Pending::Command | Pending::Starting(_) => {}
            Pending::Timer(key) => self.timers.cancel(*key, pid),
            Pending::Watch { target, then } => {
                if self.stop_watching(*target, pid, tag) {
                    let why = if ending { "caller ended" } else { "call was given up" };
                    match then {
                        Abandoned::GoesOn => {}
                        Abandoned::Killed => {
                            self.kill(*target, Error::canceled(why));
                        }
                        Abandoned::AskedToEnd => {
                            let cancel = Cancel { from: pid, at: self.now_wall(), reason: why.to_owned() };
                            self.post(*target, Class::Signal, Body::Cancel(cancel));
                        }
                    }
                }
            }
        }
    }

    /// Waits for the result of a process no longer. Whether that process still owes it.
    fn stop_watching(&self, target: Pid, watcher: Pid, tag: wippy_core::RawTag) -> bool {
        let Some(mut relations) = self.table.find(target).and_then(|slot| slot.ties_of(target)) else { return false };
        if !relations.is_reachable(target) {
            // It still starts; who waits for it is written down when it has.
            return true;
        }
        let Some(book) = relations.existing() else { return false };
        let Some(watch) = book.watchers.get_mut(watcher) else { return false };
        let waiting = watch.replies.len();
        watch.replies.retain(|t| *t != tag);
        let owes = watch.replies.len() < waiting;
        if watch.is_empty() {
            book.watchers.remove(watcher);
        }
        owes
    }
}
