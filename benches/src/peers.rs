//! The workloads of `wippy-bench`, written for others: each in the way that its own documentation shows.

pub mod erlang;
pub mod kameo;
pub mod lua;
pub mod ractor;
pub mod tokio;

use std::future::Future;
use std::time::{Duration, Instant};
use wippy_bench::cpu_time;
use wippy_bench::workload::{TICKS_MEASURED, period};

/// Tokio's default runtime, with so many workers.
///
/// # Panics
/// When the system gives no threads.
pub fn runtime(workers: usize) -> ::tokio::runtime::Runtime {
    let mut builder = ::tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(workers).enable_time().build().expect("threads can be started")
}

/// Runs a task to its end on a worker, not on the calling thread.
///
/// # Panics
/// When the task does.
pub fn on_worker<T: Send + 'static>(workers: usize, task: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = runtime(workers);
    let result = runtime.block_on(async { ::tokio::spawn(task).await.expect("the workload does not panic") });
    // What is left waits for ever and is not worth waiting for.
    runtime.shutdown_background();
    result
}

/// The middle of `Workload::Tickers`, for whoever has just started them: lets a period pass and then some more, and gives
/// how much processor time was used in these, and how long they took.
pub async fn watch_tickers(quick: bool) -> (Duration, Duration) {
    ::tokio::time::sleep(period(quick)).await;
    let (before, began) = (cpu_time(), Instant::now());
    ::tokio::time::sleep(period(quick) * TICKS_MEASURED as u32).await;
    (cpu_time() - before, began.elapsed())
}

/// Computes for ever. Nothing asks a task of tokio to give way: it does so by itself, after a millisecond.
pub async fn burn() {
    loop {
        let until = Instant::now() + Duration::from_millis(1);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        ::tokio::task::yield_now().await;
    }
}
