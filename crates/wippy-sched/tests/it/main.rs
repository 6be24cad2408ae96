//! Behaviour of the scheduler, seen from outside.

mod bounds;
mod faults;
mod life;
mod observer;
mod rest;
mod script;
mod supervise;
mod ties;
mod upgrade;

#[path = "../../examples/worker_pool.rs"]
mod worker_pool;

#[test]
fn the_example_of_a_worker_pool_counts_every_number_and_replaces_every_worker_that_fails() {
    // 6171 takes 261 steps; 769 numbers up to 10,000 are multiples of 13.
    assert_eq!(worker_pool::run(8, 10_000).unwrap(), "261 steps, 769 failures");
}
