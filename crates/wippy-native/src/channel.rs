//! Channels between the tasks of a process, as in Go: with room for some values, or for none.
//!
//! Without room, a send is done when a receiver has taken the value. Waiting senders and receivers are served in order.
//! Any `Send` type travels; channels need no process and may be used from any thread.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Makes a channel with room for `capacity` values; 0 hands each value over directly.
///
/// ```
/// # use wippy_core::Value;
/// # let scheduler = wippy_sched::Scheduler::start(Default::default()).unwrap();
/// # let host = scheduler.add_host("app:main", Default::default()).unwrap();
/// let sum = wippy_native::process(|cx, _| async move {
///     let (send, mut receive) = wippy_native::channel(0);
///     for i in 1..=3 {
///         let send = send.clone();
///         cx.go(async move { send.send(i * i).await.unwrap() });
///     }
///     drop(send);
///     let mut sum = 0;
///     while let Some(n) = receive.receive().await {
///         sum += n;
///     }
///     Ok(Value::Int(sum))
/// });
/// let (_, exit) = scheduler.spawn_watched(&host, sum, ()).unwrap();
/// assert_eq!(exit.wait(), Ok(Value::Int(14)));
/// ```
pub fn channel<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let state = State {
        capacity,
        values: VecDeque::new(),
        offers: VecDeque::new(),
        receivers: VecDeque::new(),
        senders: 1,
        closed: false,
        serial: 0,
    };
    let state = Arc::new(Mutex::new(state));
    (Sender { state: state.clone() }, Receiver { state })
}

struct State<T> {
    capacity: usize,
    values: VecDeque<T>,
    /// Values of senders that wait, oldest first.
    offers: VecDeque<(u64, T, Waker)>,
    receivers: VecDeque<Waker>,
    senders: usize,
    /// The receiver is gone, or somebody closed the channel.
    closed: bool,
    serial: u64,
}

impl<T> State<T> {
    /// Takes the oldest value and lets the oldest waiting sender in.
    fn take(&mut self) -> Option<T> {
        let value = self.values.pop_front();
        let (_, offer, waker) = match self.offers.pop_front() {
            Some(offer) => offer,
            None => return value,
        };
        waker.wake();
        match value {
            Some(value) => {
                self.values.push_back(offer);
                Some(value)
            }
            None => Some(offer),
        }
    }
    fn wake_receivers(&mut self) {
        self.receivers.drain(..).for_each(Waker::wake);
    }
}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end that sends. Clones send into the same channel.
pub struct Sender<T> {
    state: Arc<Mutex<State<T>>>,
}

/// The end that receives.
pub struct Receiver<T> {
    state: Arc<Mutex<State<T>>>,
}

impl<T> std::fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

impl<T> std::fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver")
    }
}

/// The channel is closed; the value comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed<T>(pub T);

impl<T: Send + Unpin> Sender<T> {
    /// Sends; done when there is room, or without room when the value was taken.
    pub fn send(&self, value: T) -> Sending<'_, T> {
        Sending { sender: self, value: Some(value), offered: None }
    }
    /// Closes the channel: what is buffered can still be received.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        state.wake_receivers();
        state.offers.iter().for_each(|(_, _, waker)| waker.wake_by_ref());
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        lock(&self.state).senders += 1;
        Sender { state: self.state.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.senders -= 1;
        if state.senders == 0 {
            state.wake_receivers();
        }
    }
}

impl<T: Send> Receiver<T> {
    /// The next value; `None` when the channel is closed, or all senders are gone, and nothing is left.
    pub fn receive(&mut self) -> Receive<'_, T> {
        Receive { receiver: self }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.closed = true;
        state.offers.iter().for_each(|(_, _, waker)| waker.wake_by_ref());
    }
}

/// See [`Sender::send`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sending<'a, T> {
    sender: &'a Sender<T>,
    value: Option<T>,
    /// Our number among the waiting senders.
    offered: Option<u64>,
}

impl<T: Send + Unpin> Future for Sending<'_, T> {
    type Output = Result<(), Closed<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let sender = self.sender;
        let mut state = lock(&sender.state);
        if let Some(number) = self.offered {
            let Some(at) = state.offers.iter().position(|(n, ..)| *n == number) else {
                self.offered = None;
                return Poll::Ready(Ok(()));
            };
            if state.closed {
                self.offered = None;
                let (_, value, _) = state.offers.remove(at).expect("found in the lines above");
                return Poll::Ready(Err(Closed(value)));
            }
            state.offers[at].2 = cx.waker().clone();
            return Poll::Pending;
        }
        let value = self.value.take().expect("polled after completion");
        if state.closed {
            return Poll::Ready(Err(Closed(value)));
        }
        if state.values.len() < state.capacity {
            state.values.push_back(value);
            state.wake_receivers();
            return Poll::Ready(Ok(()));
        }
        state.serial += 1;
        let number = state.serial;
        state.offers.push_back((number, value, cx.waker().clone()));
        state.wake_receivers();
        self.offered = Some(number);
        Poll::Pending
    }
}

impl<T> Drop for Sending<'_, T> {
    fn drop(&mut self) {
        if let Some(number) = self.offered {
            lock(&self.sender.state).offers.retain(|(n, ..)| *n != number);
        }
    }
}

/// See [`Receiver::receive`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Receive<'a, T> {
    receiver: &'a mut Receiver<T>,
}

impl<T: Send> Future for Receive<'_, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.receiver.state);
        if let Some(value) = state.take() {
            return Poll::Ready(Some(value));
        }
        if state.closed || state.senders == 0 {
            return Poll::Ready(None);
        }
        state.receivers.push_back(cx.waker().clone());
        Poll::Pending
    }
}
