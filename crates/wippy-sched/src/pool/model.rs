//! The LIFO place under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release pool::model`.

use super::*;
use loom::thread;

/// A token that nobody looks behind.
fn token(number: usize) -> Token {
    // SAFETY: the pointer is never followed: the place only moves it, and dropping a token does nothing.
    unsafe { Token::from_raw((number * 8) as *mut Slot) }
}

fn number(token: Token) -> usize {
    token.into_raw() as usize / 8
}

/// Story: a worker puts one process after the other in its place and takes the last one back, while the clock takes
/// out what waits behind a long step. Each token must come out once: none twice, none lost.
#[test]
fn a_token_leaves_the_place_once_though_the_clock_takes_while_the_worker_puts() {
    loom::model(|| {
        let lifo = loom::sync::Arc::new(Lifo::default());
        let clock = {
            let lifo = lifo.clone();
            thread::spawn(move || lifo.take().map(number))
        };
        let mut seen: Vec<_> = [1, 2, 3].into_iter().filter_map(|n| lifo.put(token(n)).map(number)).collect();
        seen.extend(lifo.take().map(number));
        seen.extend(clock.join().unwrap());
        seen.extend(lifo.take().map(number));
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3]);
    });
}

/// That the check above can fail: the plain store is right only because one thread puts. With two, a token is lost,
/// and the model finds it.
#[test]
#[should_panic(expected = "a token is lost")]
fn the_model_finds_what_two_putters_would_lose() {
    loom::model(|| {
        let lifo = loom::sync::Arc::new(Lifo::default());
        let other = {
            let lifo = lifo.clone();
            thread::spawn(move || lifo.put(token(1)).map(number))
        };
        let mut seen: Vec<_> = lifo.put(token(2)).map(number).into_iter().collect();
        seen.extend(other.join().unwrap());
        seen.extend(lifo.take().map(number));
        assert_eq!(seen.len(), 2, "a token is lost");
    });
}
