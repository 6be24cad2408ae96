//! The workloads as Rust processes, on the scheduler alone.

mod busy;
mod life;
mod messages;
mod skynet;
pub(crate) mod tickers;
mod timers;

use crate::measured::Figure;
use crate::progress::{Meter, Progress};
use crate::rig::{Rig, Task, time_of};
use crate::workload::{RECEIVERS, RING, SENDERS, Workload};
use wippy_core::{Asked, Error};

pub use busy::work;

pub(crate) use busy::Probe;

pub(crate) fn run(task: &Task, progress: &mut dyn FnMut(Progress)) -> Result<Vec<Figure>, Error> {
    let (n, meter) = (task.count, Meter::default());
    let rig = || Rig::new(task.settings.workers);
    let each = |what: &str, took: wippy_core::Value, count| Ok(vec![Figure::time(what, time_of(&took)?, count)]);
    match task.workload {
        Workload::Spawn => {
            let took = rig()?.run(life::spawner(n, meter.clone()), &meter, n, progress)?;
            each("from spawn to exit seen", took, n)
        }
        Workload::Memory => life::memory(n, &rig()?, &meter, progress),
        Workload::PingPong => {
            let took = rig()?.run(messages::ping_pong(n, meter.clone()), &meter, n, progress)?;
            each("a round trip", took, n)
        }
        Workload::Ring => {
            let took = rig()?.run(messages::ring(n, RING, meter.clone()), &meter, n, progress)?;
            each("a hop", took, n)
        }
        Workload::FanIn => {
            let took = rig()?.run(messages::fan_in(n, SENDERS, meter.clone()), &meter, n, progress)?;
            each("a message", took, n)
        }
        Workload::FanOut => {
            let receivers = RECEIVERS.min(n);
            let took = rig()?.run(messages::fan_out(n / receivers, receivers, meter.clone()), &meter, n, progress)?;
            each("a message", took, n)
        }
        Workload::Skynet => {
            let took = time_of(&rig()?.run(skynet::root(n), &meter, n, progress)?)?;
            let processes = (n * 10 - 1) / 9;
            Ok(vec![Figure::time("in all", took, 1), Figure::time("a process", took, processes)])
        }
        Workload::Timers => timers::run(n, task.settings.quick, &rig()?, &meter, progress),
        Workload::Tickers => {
            let quick = task.settings.quick;
            let start = move |cx: &mut wippy_core::Cx, i| Asked::Done(tickers::start(cx, i, quick));
            tickers::figures(task, &rig()?.run(tickers::root(n, quick, meter.clone(), start), &meter, n, progress)?)
        }
        Workload::Latency => busy::latency(n, &rig()?, &meter, progress),
        Workload::Workers => busy::workers(n, task.settings.workers, &meter, progress),
        Workload::PingPongTable | Workload::Compute => {
            Err(Error::invalid(format!("{} has no form for rust processes", task.workload)))
        }
    }
}
