//! Work that may block, done beside the workers: one thread, which begins with the first piece of it.

use parking_lot::Mutex;
use std::sync::mpsc::{Sender, channel};

type Work = Box<dyn FnOnce() + Send>;

/// The thread, one thing after another. It ends with this value.
#[derive(Default)]
pub(super) struct Aside(Mutex<Option<Sender<Work>>>);

impl Aside {
    /// Does it soon. Where the machine gives no thread it is dropped.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) {
        let mut sender = self.0.lock();
        let sender = sender.get_or_insert_with(|| {
            let (sender, receiver) = channel::<Work>();
            let thread = std::thread::Builder::new().name("wippy-env".into());
            if let Err(e) = thread.spawn(move || receiver.into_iter().for_each(|work| work())) {
                tracing::error!(target: "wippy", logger = "env", "thread wippy-env could not be started: {e}");
            }
            sender
        });
        // A thread that is not there drops the work, and with it the duty to answer, which answers INTERNAL.
        let _ = sender.send(Box::new(work));
    }
}
