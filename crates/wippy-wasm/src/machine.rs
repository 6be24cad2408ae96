//! The machine: a guest as the scheduler sees it.
//!
//! The guest's call is a future that owns its store; a step polls it. When it gives way because its slice is over, it
//! has woken its waker; when it waits for an operation, it has not. Dropping the future drops the guest where it stands.

use crate::engine;
use crate::error::{Exited, Leaving, crashed};
use crate::guest::{Guest, Post};
use crate::imports::bindings::ProcessPre;
use crate::mail::Mail;
use crate::payload;
use crate::program::{Entrance, Program};
use crate::values;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use wasmtime::component::Val;
use wasmtime::{Store, StoreContextMut, StoreLimitsBuilder, UpdateDeadline};
use wippy_core::{Bell, Cx, Error, Event, Exit, RawTag, Start, StateMachine, Step, Tree, Upgrade, Value, Values};

type Run = Pin<Box<dyn Future<Output = wasmtime::Result<Exit>> + Send>>;

/// A process written in WebAssembly.
pub(crate) struct WasmMachine {
    program: Arc<Program>,
    post: Post,
    run: Option<Run>,
    gave_way: Arc<GaveWay>,
    waker: Waker,
    /// The timer of `limits.max_execution_ms`.
    time_limit: Option<RawTag>,
    started: bool,
}

/// The guest's waker. A wake inside of a step says that the guest was interrupted rather than waiting; one from another
/// thread (a file is ready) has the process stepped.
#[derive(Default)]
struct GaveWay {
    woken: AtomicBool,
    stepping: AtomicBool,
    outside: Mutex<Option<Waker>>,
}

impl GaveWay {
    fn outside(&self) -> MutexGuard<'_, Option<Waker>> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for GaveWay {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        // The step clears `stepping` and then looks at `woken`: one of the two sees the other.
        if !self.stepping.load(Ordering::SeqCst)
            && let Some(waker) = &*self.outside()
        {
            waker.wake_by_ref();
        }
    }
}

impl WasmMachine {
    pub(crate) fn new(program: Arc<Program>) -> WasmMachine {
        let gave_way = Arc::new(GaveWay::default());
        let waker = Waker::from(gave_way.clone());
        WasmMachine { program, post: Post::default(), run: None, gave_way, waker, time_limit: None, started: false }
    }

    fn end(&mut self, end: wasmtime::Result<Exit>) -> Step {
        self.run = None;
        match end {
            Ok(exit) => Step::Complete(exit),
            Err(e) if e.downcast_ref::<Exited>().is_some_and(|exited| exited.0 == 0) => Step::Complete(Ok(Value::Nil)),
            Err(e) if e.is::<Leaving>() => {
                let mut post = self.post.open();
                let (entry, args) = post.upgrade.take().unwrap_or_default();
                Step::Upgrade(Box::new(Upgrade { entry, args, unread: std::mem::take(&mut post.unread) }))
            }
            Err(e) => {
                let method = match &self.program.entry {
                    Entrance::Resident => "run",
                    Entrance::Method { name, .. } => name,
                };
                Step::Complete(Err(crashed(method, &e)))
            }
        }
    }

    /// Takes all events in. Whether the time limit is over.
    fn drain(&mut self, cx: &mut Cx) -> bool {
        let mut over = false;
        let mut post = self.post.open();
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { tag, .. } if Some(tag) == self.time_limit => over = true,
                event => post.mail.push_back(event),
            }
        }
        post.fresh = true;
        post.idle = false;
        over
    }
}

impl StateMachine for WasmMachine {
    fn init(&mut self, _: &mut Cx, _: &str, args: Values) -> Result<Start, Error> {
        let limits = &self.program.limits;
        let mut store = StoreLimitsBuilder::new().memory_size(limits.memory);
        if let Some(elements) = limits.table_elements {
            store = store.table_elements(elements);
        }
        let guest = Guest {
            limits: store.build(),
            mail: Mail::new(self.post.clone(), limits.ops),
            table: Default::default(),
            surroundings: Default::default(),
            input: Default::default(),
            ticks: limits.step_ticks,
        };
        let program = self.program.clone();
        self.run = Some(match &self.program.entry {
            Entrance::Resident => Box::pin(resident(program, guest, args)),
            Entrance::Method { name, function, .. } => {
                let params: Vec<_> = function.params().collect();
                if params.len() != args.len() {
                    let what = format!("{name} takes {} arguments, got {}", params.len(), args.len());
                    return Err(Error::invalid(what));
                }
                let convert = |(value, (name, ty)): (&Value, &(&str, _))| values::to_val(&value.to_tree()?, ty, name);
                let vals = args.as_slice().iter().zip(&params).map(convert).collect::<Result<Vec<_>, Error>>()?;
                let results = function.results().len();
                Box::pin(method(program, guest, vals, results))
            }
        });
        Ok(if self.program.wasi.asks(self.program.cli) { Start::Pending } else { Start::Ready })
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        if !std::mem::replace(&mut self.started, true) {
            self.time_limit = self.program.limits.time.map(|limit| cx.timer(limit).raw());
            *self.gave_way.outside() = Some(cx.waker());
        }
        if self.drain(cx) {
            self.run = None;
            return Step::Complete(Err(
                Error::timeout("execution took longer than limits.max_execution_ms").with_retryable(None)
            ));
        }
        let Some(run) = self.run.as_mut() else {
            return Step::Complete(Err(Error::internal("stepped without a guest")));
        };
        self.gave_way.stepping.store(true, Ordering::SeqCst);
        self.gave_way.woken.store(false, Ordering::SeqCst);
        let waker = self.waker.clone();
        let polled = cx.enter(|| run.as_mut().poll(&mut Context::from_waker(&waker)));
        self.gave_way.stepping.store(false, Ordering::SeqCst);
        match polled {
            Poll::Ready(end) => self.end(end),
            Poll::Pending if std::mem::take(&mut self.post.open().started) => Step::Started,
            Poll::Pending if self.gave_way.woken.load(Ordering::SeqCst) => Step::Ready,
            Poll::Pending if self.post.open().idle => Step::Idle,
            Poll::Pending => Step::Blocked,
        }
    }

    fn close(&mut self) {
        self.run = None;
    }

    fn mailbox_max(&self) -> usize {
        self.program.limits.mailbox
    }

    fn bell(&self) -> Option<Bell> {
        Some(engine::ring)
    }
}

fn store(program: &Program, guest: Guest) -> wasmtime::Result<Store<Guest>> {
    let mut store = Store::try_new(program.pre.engine(), guest)?;
    store.limiter(|guest| &mut guest.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|cx: StoreContextMut<'_, Guest>| {
        // The first tick of a step may be an old one, from while the guest was waiting.
        let guest = cx.data();
        let fresh = std::mem::take(&mut guest.mail.post.open().fresh);
        Ok(if fresh { UpdateDeadline::Continue(guest.ticks) } else { UpdateDeadline::Yield(1) })
    });
    Ok(store)
}

/// Asks for what the guest's surroundings are made of, where anything has to be asked; then the process has started.
///
/// # Errors
/// What the spawn fails with.
async fn surround(program: &Program, guest: &mut Guest) -> Result<(), Error> {
    if !program.wasi.asks(program.cli) {
        return Ok(());
    }
    guest.surroundings = program.wasi.surroundings(&guest.mail, program.cli).await?;
    guest.mail.post.open().started = true;
    // The step ends here, and says so.
    let mut told = false;
    poll_fn(|_| if std::mem::replace(&mut told, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    Ok(())
}

async fn resident(program: Arc<Program>, mut guest: Guest, args: Values) -> wasmtime::Result<Exit> {
    if let Err(e) = surround(&program, &mut guest).await {
        return Ok(Err(e));
    }
    let mut store = store(&program, guest)?;
    let pre = ProcessPre::new(program.pre.clone())?;
    let process = pre.instantiate_async(&mut store).await?;
    let args = payload::list_to_guest(&args);
    let end = process.wippy_process_program().call_run(&mut store, &args).await?;
    Ok(match end {
        Ok(None) => Ok(Value::Nil),
        Ok(Some(payload)) => payload::from_guest(&payload),
        Err(error) => Err(payload::error_from_guest(&error)),
    })
}

async fn method(program: Arc<Program>, mut guest: Guest, args: Vec<Val>, results: usize) -> wasmtime::Result<Exit> {
    if let Err(e) = surround(&program, &mut guest).await {
        return Ok(Err(e));
    }
    let mut store = store(&program, guest)?;
    let instance = program.pre.instantiate_async(&mut store).await?;
    let Entrance::Method { index, function: declared, .. } = &program.entry else {
        return Err(wasmtime::Error::msg("the entry names no method"));
    };
    let function = instance.get_func(&mut store, *index);
    let function = function.ok_or_else(|| wasmtime::Error::msg("the method is no function"))?;
    let mut out = vec![Val::Bool(false); results];
    function.call_async(&mut store, &args, &mut out).await?;
    Ok(match out.first().zip(declared.results().next()) {
        None => Ok(Value::Nil),
        Some((val, ty)) => values::from_val(val, &ty).map(|tree: Tree| Value::from(tree)),
    })
}
