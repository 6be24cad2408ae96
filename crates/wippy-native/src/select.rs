//! Waiting for whichever comes first.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One of two results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first was ready.
    First(A),
    /// The second was ready first.
    Second(B),
}

/// Two futures of which the first to be ready wins; when both are, the one that is named first.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Race<A, B> {
    first: Pin<Box<A>>,
    second: Pin<Box<B>>,
}

/// Makes a race. [`select!`](crate::select!) is easier to read.
pub fn race<A: Future, B: Future>(first: A, second: B) -> Race<A, B> {
    Race { first: Box::pin(first), second: Box::pin(second) }
}

impl<A: Future, B: Future> Future for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(v) = self.first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(v));
        }
        self.second.as_mut().poll(cx).map(Either::Second)
    }
}

/// Waits for the first of several futures, then runs its arm; the others are dropped.
///
/// Arms are looked at in order: of several that are ready the first wins. All futures of this crate may be dropped at
/// any time without losing anything. Arms may `return`, `break` and `?` as in a `match`.
///
/// ```
/// # use std::time::Duration;
/// # async fn f(cx: wippy_native::Process, mut jobs: wippy_native::Receiver<u32>) {
/// wippy_native::select! {
///     job = jobs.receive() => println!("job {job:?}"),
///     message = cx.receive() => println!("{}", message.topic),
///     event = cx.event() => println!("{event:?}"),
///     _ = cx.sleep(Duration::from_secs(1)) => println!("nothing happened"),
/// }
/// # }
/// ```
#[macro_export]
macro_rules! select {
    (@race $future:expr) => { $future };
    (@race $future:expr, $($rest:expr),+) => { $crate::select::race($future, $crate::select!(@race $($rest),+)) };
    (@arms $value:expr, $pattern:pat => $body:expr) => { match $value { $pattern => $body } };
    (@arms $value:expr, $pattern:pat => $body:expr, $($patterns:pat => $bodies:expr),+) => {
        match $value {
            $crate::select::Either::First($pattern) => $body,
            $crate::select::Either::Second(rest) => $crate::select!(@arms rest, $($patterns => $bodies),+),
        }
    };
    ($($pattern:pat = $future:expr => $body:expr),+ $(,)?) => {{
        let first = $crate::select!(@race $($future),+).await;
        $crate::select!(@arms first, $($pattern => $body),+)
    }};
}
