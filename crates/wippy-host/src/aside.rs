//! Work that may take longer than a worker can wait: done beside the workers, on a thread that begins with the first
//! piece of it.

use parking_lot::Mutex;
use std::sync::mpsc::{Sender, channel};
use wippy_core::{Command, Error};
use wippy_sched::Call;

type Work = Box<dyn FnOnce() + Send>;

/// The thread, which does one thing after another. It ends with this value.
pub(crate) struct Aside {
    name: &'static str,
    sender: Mutex<Option<Sender<Work>>>,
}

impl Aside {
    /// A thread of this name, once there is something to do.
    pub(crate) fn new(name: &'static str) -> Aside {
        Aside { name, sender: Mutex::new(None) }
    }

    /// Answers a command from there.
    pub(crate) fn answer<C: Command, R>(
        &self,
        call: &mut Call<C>,
        work: impl FnOnce() -> Result<C::Reply, Error> + Send + 'static,
    ) -> Option<R> {
        let replier = call.replier();
        self.run(Box::new(move || replier.answer(work())));
        None
    }

    /// Does it soon. Where the machine gives no thread it is dropped.
    fn run(&self, work: Work) {
        let name = self.name;
        let mut sender = self.sender.lock();
        let sender = sender.get_or_insert_with(|| {
            let (sender, receiver) = channel::<Work>();
            let thread = std::thread::Builder::new().name(name.into());
            if let Err(e) = thread.spawn(move || receiver.into_iter().for_each(|work| work())) {
                tracing::error!(target: "wippy", logger = "node", "thread {name} could not be started: {e}");
            }
            sender
        });
        // A thread that is not there drops the work, and with it the duty to answer, which answers INTERNAL.
        let _ = sender.send(work);
    }
}
