//! Channels and select. A channel is userdata; its buffer, if it has one, is a table in its first user value.
//!
//! Coroutines that wait are records in a slab of the process, chained per channel in order of arrival; a select has one
//! record for each of its cases, chained among themselves so that the first partner takes the others off. A value that
//! a sender holds lies on the sender's own stack until somebody takes it.

use crate::ffi::{Record, Stack};
use crate::process::Proc;
use crate::tasks::Waiter;
use std::ffi::c_int;

pub(crate) const CLASS: &str = "wippy.channel";
pub(crate) const CASE: &str = "wippy.case";

/// No record.
pub(crate) const NOBODY: u32 = u32::MAX;
/// The port of a channel that was fed by one.
pub(crate) const PORT_CLOSED: u32 = u32::MAX - 1;

/// The memory of a channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Channel {
    pub(crate) capacity: i64,
    pub(crate) closed: bool,
    /// Buffered values are `buffer[head..tail]`.
    pub(crate) head: i64,
    pub(crate) tail: i64,
    pub(crate) receivers: Queue,
    pub(crate) senders: Queue,
    /// The port of the process that feeds it, [`PORT_CLOSED`], or [`NOBODY`].
    pub(crate) port: u32,
}

/// Waiting coroutines in order of arrival, as indices into the slab.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    first: u32,
    last: u32,
}

impl Queue {
    const EMPTY: Queue = Queue { first: NOBODY, last: NOBODY };
}

/// A case of a select, or a channel operation that waits by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    waiter: Waiter,
    channel: *mut Channel,
    sends: bool,
    /// Part of a select: the answer is a table.
    select: bool,
    /// Where channel and (for senders) value lie on the waiting coroutine's stack.
    channel_index: c_int,
    value_index: c_int,
    previous: u32,
    next: u32,
    /// The next case of the same select, in a ring.
    sibling: u32,
}

/// A case object: describes an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) sends: bool,
}

/// One operation to wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) channel: *mut Channel,
    pub(crate) sends: bool,
    pub(crate) channel_index: c_int,
    pub(crate) value_index: c_int,
}

/// Pushes a new channel.
pub(crate) fn push_new(lua: Stack, capacity: i64, port: u32) -> *mut Channel {
    let (receivers, senders) = (Queue::EMPTY, Queue::EMPTY);
    let channel = Channel { capacity, closed: false, head: 1, tail: 1, receivers, senders, port };
    let channel = lua.push_userdata(channel, 1, CLASS);
    if capacity > 0 {
        lua.new_table(0, 0);
        lua.set_user_value(-2, 1);
    }
    channel
}

pub(crate) fn at(lua: Stack, i: c_int) -> Option<*mut Channel> {
    lua.userdata::<Channel>(i, CLASS)
}

/// The channel's fields.
///
/// Channels are reached through pointers because several stacks and records refer to one; whoever holds such a pointer
/// keeps the userdata alive on a stack (a waiting coroutine's, the caller's, or the registry).
#[allow(unsafe_code, reason = "channels live in Lua's memory")]
pub(crate) fn channel<'a>(channel: *mut Channel) -> &'a mut Channel {
    // SAFETY: see above; the process runs on one thread and no reference is kept across a call that makes another.
    unsafe { &mut *channel }
}

/// Puts a value, on top of `from`, at the end of the buffer of the channel at `index` of `from`.
fn push_buffer(from: Stack, index: c_int, c: *mut Channel) {
    let index = from.abs(index);
    from.user_value(index, 1);
    from.insert(-2);
    let tail = channel(c).tail;
    from.raw_set_i(-2, tail);
    from.pop(1);
    channel(c).tail += 1;
}

/// As [`push_buffer`], for a channel that may have no buffer yet.
pub(crate) fn push_held(from: Stack, index: c_int, c: *mut Channel) {
    let index = from.abs(index);
    if from.user_value(index, 1) == crate::ffi::NIL {
        from.new_table(1, 0);
        from.set_user_value(index, 1);
    }
    from.pop(1);
    push_buffer(from, index, c);
}

/// Takes the oldest buffered value onto `to`; the channel lies at `index` of `at`.
fn pop_buffer(at: Stack, index: c_int, c: *mut Channel, to: Stack) {
    let index = at.abs(index);
    let head = channel(c).head;
    at.user_value(index, 1);
    at.raw_get_i(-1, head);
    at.push_nil();
    at.raw_set_i(-3, head);
    at.remove(-2);
    if at != to {
        at.move_to(to, 1);
    }
    let c = channel(c);
    c.head += 1;
    if c.head == c.tail {
        (c.head, c.tail) = (1, 1);
    }
}

impl Proc {
    /// Tries to receive: pushes value and `true`, or nil and `false` for a closed channel. False when it would wait.
    pub(crate) fn try_receive(&mut self, lua: Stack, index: c_int, c: *mut Channel) -> bool {
        if channel(c).port != NOBODY && self.push_from_port(lua, channel(c).port) {
            lua.push_bool(true);
            return true;
        }
        if channel(c).head < channel(c).tail {
            pop_buffer(lua, index, c, lua);
            // A place is free: the oldest waiting sender fills it.
            if let Some(id) = self.first(c, true) {
                let wait = self.tasks.waits[id as usize];
                let sender = wait.waiter.target;
                sender.push_index(wait.value_index);
                push_buffer(sender, wait.channel_index, c);
                self.complete(id);
            }
        } else if let Some(id) = self.first(c, true) {
            let wait = self.tasks.waits[id as usize];
            wait.waiter.target.push_index(wait.value_index);
            wait.waiter.target.move_to(lua, 1);
            self.complete(id);
        } else if channel(c).closed {
            lua.push_nil();
            lua.push_bool(false);
            return true;
        } else {
            return false;
        }
        lua.push_bool(true);
        true
    }

    /// Tries to send the value on top of `lua` and pops it. False when it would wait; the value stays then.
    pub(crate) fn try_send(&mut self, lua: Stack, index: c_int, c: *mut Channel) -> bool {
        if let Some(id) = self.first(c, false) {
            let target = self.tasks.waits[id as usize].waiter.target;
            lua.move_to(target, 1);
            self.received(id, true);
            return true;
        }
        if channel(c).tail - channel(c).head < channel(c).capacity {
            push_buffer(lua, index, c);
            return true;
        }
        false
    }

    /// Has the running coroutine wait until one of these operations is done.
    pub(crate) fn wait_on(&mut self, lua: Stack, operations: &[Operation], select: bool) {
        let waiter = self.tasks.waiter(lua);
        let (mut first, mut last) = (NOBODY, NOBODY);
        for op in operations {
            let id = self.line_up(waiter, op, select);
            match last {
                NOBODY => first = id,
                last => self.tasks.waits[last as usize].sibling = id,
            }
            // The last one's stays.
            self.tasks.waits[id as usize].sibling = first;
            last = id;
        }
    }

    /// Adds a record to the end of its channel's queue.
    fn line_up(&mut self, waiter: Waiter, op: &Operation, select: bool) -> u32 {
        let queue = self.queue(op.channel, op.sends);
        let id = self.tasks.waits.insert(Wait {
            waiter,
            channel: op.channel,
            sends: op.sends,
            select,
            channel_index: op.channel_index,
            value_index: op.value_index,
            previous: queue.last,
            next: NOBODY,
            sibling: NOBODY,
        }) as u32;
        match queue.last {
            NOBODY => queue.first = id,
            last => self.tasks.waits[last as usize].next = id,
        }
        queue.last = id;
        id
    }

    fn queue<'a>(&self, c: *mut Channel, senders: bool) -> &'a mut Queue {
        if senders { &mut channel(c).senders } else { &mut channel(c).receivers }
    }

    /// The coroutine that has waited longest.
    pub(crate) fn first(&self, c: *mut Channel, senders: bool) -> Option<u32> {
        let first = self.queue(c, senders).first;
        (first != NOBODY).then_some(first)
    }

    /// The stack of a coroutine that waits for a value.
    pub(crate) fn target_of(&self, id: u32) -> Stack {
        self.tasks.waits[id as usize].waiter.target
    }

    /// Takes a record and its siblings out of their queues.
    fn take_off(&mut self, id: u32) -> Wait {
        let taken = self.tasks.waits[id as usize];
        let mut at = id;
        loop {
            let wait = self.tasks.waits.remove(at as usize);
            let queue = self.queue(wait.channel, wait.sends);
            match wait.previous {
                NOBODY => queue.first = wait.next,
                previous => self.tasks.waits[previous as usize].next = wait.next,
            }
            match wait.next {
                NOBODY => queue.last = wait.previous,
                next => self.tasks.waits[next as usize].previous = wait.previous,
            }
            at = wait.sibling;
            if at == id {
                return taken;
            }
        }
    }

    /// A waiting receiver has its value on top of its stack (nil when not `ok`): lets it go on.
    pub(crate) fn received(&mut self, id: u32, ok: bool) {
        let wait = self.take_off(id);
        let target = wait.waiter.target;
        target.room(8);
        if wait.select {
            push_select_result(target, wait.channel_index, ok);
            self.tasks.wake(wait.waiter, 1);
        } else {
            target.push_bool(ok);
            self.tasks.wake(wait.waiter, 2);
        }
    }

    /// A waiting sender's value was taken: lets it go on.
    fn complete(&mut self, id: u32) {
        let wait = self.take_off(id);
        let target = wait.waiter.target;
        target.room(8);
        if wait.select {
            target.push_index(wait.value_index);
            push_select_result(target, wait.channel_index, true);
        } else {
            target.push_bool(true);
        }
        self.tasks.wake(wait.waiter, 1);
    }

    /// Closes: receivers get nil and false, senders an error.
    pub(crate) fn close_channel(&mut self, c: *mut Channel) {
        if std::mem::replace(&mut channel(c).closed, true) {
            return;
        }
        while let Some(id) = self.first(c, false) {
            self.target_of(id).push_nil();
            self.received(id, false);
        }
        while let Some(id) = self.first(c, true) {
            let wait = self.take_off(id);
            wait.waiter.target.push_raise_mark();
            wait.waiter.target.push_str("send on closed channel");
            self.tasks.wake(wait.waiter, 2);
        }
    }
}

/// Replaces the value on top by `{channel=, value=, ok=}`.
pub(crate) fn push_select_result(lua: Stack, channel_index: c_int, ok: bool) {
    lua.push_index(channel_index);
    lua.insert(-2);
    lua.push_bool(ok);
    lua.push_record(Record::Selected);
}

/// Whether a coroutine waits to receive.
pub(crate) fn has_receivers(c: *mut Channel) -> bool {
    channel(c).receivers.first != NOBODY
}
