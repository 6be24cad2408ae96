//! Upgrade: other code under the same identity.

use crate::script::{script, seeds, waiter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wippy_core::{Cx, EntryId, Error, Event, Start, StateMachine, Step, Upgrade, Value, Values};
use wippy_sched::{Caller, Config, Gate, Host, HostConfig, NewMachine};
use wippy_sim::World;

/// Runs until it is told `upgrade`, then asks for new code; what it has taken and not used goes along.
struct Old {
    closed: Arc<AtomicUsize>,
    take_first: usize,
}

impl StateMachine for Old {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        // Registering a name that one has already is no error.
        cx.register("service", cx.pid()).unwrap();
        let mut unread = Vec::new();
        let mut told = false;
        while let Some(event) = cx.next_event() {
            match event {
                Event::Message(m) if m.topic == "upgrade" => told = true,
                other => unread.push(other),
            }
            if told && unread.len() >= self.take_first {
                return Step::Upgrade(Box::new(Upgrade { entry: None, args: Values::from(1), unread }));
            }
        }
        if told { Step::Upgrade(Box::new(Upgrade { entry: None, args: Values::from(1), unread })) } else { Step::Idle }
    }
    fn close(&mut self) {
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

type Make = fn() -> Result<Box<dyn StateMachine>, Error>;

/// Gives the machine that `make` makes to whoever upgrades; it runs on the host that was put here.
struct Upgrades {
    make: Make,
    host: std::sync::Mutex<Option<Arc<Host>>>,
}

impl Gate for Upgrades {
    fn upgrade(&self, _: Caller<'_>, _: Option<&EntryId>) -> Result<NewMachine, Error> {
        let host = self.host.lock().unwrap().clone().expect("put there by the test");
        let abandoned = wippy_sched::Abandoned::GoesOn;
        Ok(NewMachine { machine: (self.make)()?, method: "".into(), baggage: Arc::new(()), host, label: 0, abandoned })
    }
}

fn world(seed: u64, make: Make) -> World {
    world_and_gate(seed, make).0
}

fn world_and_gate(seed: u64, make: Make) -> (World, Arc<Upgrades>) {
    let gate = Arc::new(Upgrades { make, host: Default::default() });
    let world = World::with(seed, Config::default().gate(gate.clone()));
    *gate.host.lock().unwrap() = Some(world.host().clone());
    (world, gate)
}

/// Collects numbers until it is told `stop`, then ends with them as text.
fn collector() -> Result<Box<dyn StateMachine>, Error> {
    let mut got = String::new();
    Ok(Box::new(script(
        |_, _| None,
        move |_, event| match event {
            Event::Message(m) if m.topic == "stop" => Some(Ok(Value::from(got.clone()))),
            Event::Message(m) => {
                got.push_str(&format!("{} ", m.values.first().as_int().unwrap()));
                None
            }
            _ => None,
        },
    )))
}

#[test]
fn an_upgrade_keeps_pid_names_monitors_links_and_the_order_of_messages() {
    for seed in 0..200 {
        let mut world = world(seed, collector);
        let closed = Arc::new(AtomicUsize::new(0));
        let (pid, exit) = world.watched(Old { closed: closed.clone(), take_first: seed as usize % 8 }, ()).unwrap();
        let watcher = script(
            move |cx, _| {
                cx.monitor(pid).unwrap();
                cx.link(pid).unwrap();
                None
            },
            move |cx, event| match event {
                Event::Exit(notice) => Some(notice.result),
                Event::LinkDown(_) => Some(Err(Error::internal(format!("{} saw the link break", cx.pid())))),
                _ => None,
            },
        );
        let (_, watched) = world.watched(watcher, ()).unwrap();
        world.settle_now();
        let node = world.scheduler();
        node.send(pid, "upgrade", ()).unwrap();
        (0..10).for_each(|i| node.send(pid, "n", i).unwrap());
        for _ in 0..seed % 4 {
            world.simulation().turn();
        }
        let node = world.scheduler();
        (10..15).for_each(|i| node.send(pid, "n", i).unwrap());
        assert_eq!(node.lookup("service"), Some(pid));
        world.settle_now();
        assert_eq!(closed.load(Ordering::SeqCst), 1, "the old machine is closed once, by now");
        assert_eq!(world.scheduler().lookup("service"), Some(pid), "the name stays");
        world.scheduler().send(pid, "stop", ()).unwrap();
        let all = Ok(Value::from("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 "));
        assert_eq!(world.end_of(&exit), all, "seed {seed}\n{}", world.trace());
        assert_eq!(world.end_of(&watched), all, "the monitor stays");
        assert_eq!(world.scheduler().lookup("service"), None);
    }
}

#[test]
fn a_failed_upgrade_ends_the_process_and_its_watchers_hear_why() {
    seeds(|world| {
        // Without a gate of its own a scheduler has no code to upgrade to.
        let closed = Arc::new(AtomicUsize::new(0));
        let (pid, exit) = world.watched(Old { closed: closed.clone(), take_first: 0 }, ()).unwrap();
        let other = world.spawn(waiter(), ()).unwrap();
        world.scheduler().send(pid, "upgrade", ()).unwrap();
        let error = world.end_of(&exit).unwrap_err();
        assert!(error.to_string().contains("upgrade: create failed"), "{error}");
        assert_eq!(closed.load(Ordering::SeqCst), 1);
        assert_eq!(world.scheduler().lookup("service"), None);
        assert_eq!(world.scheduler().processes(None), [other]);
    });
    let mut world = world(1, || panic!("no such code"));
    let (pid, exit) = world.watched(Old { closed: Default::default(), take_first: 0 }, ()).unwrap();
    world.scheduler().send(pid, "upgrade", ()).unwrap();
    let error = world.end_of(&exit).unwrap_err();
    assert!(error.to_string().contains("no such code"), "{error}");
}

/// Takes its time to start, looks at its mail meanwhile, and then uses one message after the other.
#[derive(Default)]
struct Late {
    asked: bool,
    started: bool,
}

impl StateMachine for Late {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Pending)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        if !std::mem::replace(&mut self.asked, true) {
            cx.timer(Duration::from_secs(1));
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { .. } if !std::mem::replace(&mut self.started, true) => return Step::Started,
                Event::Message(_) => cx.consumed(1),
                _ => {}
            }
        }
        Step::Idle
    }
    fn close(&mut self) {}
}

#[test]
fn messages_that_come_while_an_upgrade_starts_take_their_places_only_until_they_are_used() {
    for limits in [
        HostConfig { max_mailbox: 4, ..HostConfig::default() },
        HostConfig { max_mailbox: 4, max_mailbox_bytes: 100_000, ..HostConfig::default() },
    ] {
        for seed in 0..50 {
            let (mut world, gate) = world_and_gate(seed, || Ok(Box::new(Late::default())));
            let host = world.scheduler().add_host("test:bounded", limits.clone()).unwrap();
            *gate.host.lock().unwrap() = Some(host.clone());
            let old = Old { closed: Arc::default(), take_first: 0 };
            let (pid, _) = world.scheduler().spawn_watched(&host, old, ()).unwrap();
            world.settle_now();
            world.scheduler().send(pid, "upgrade", ()).unwrap();
            world.settle_now();
            let fit = |world: &World| (0..10).take_while(|i| world.scheduler().send(pid, "n", *i).is_ok()).count();
            // The word that told it to upgrade was never used up by the old code.
            assert_eq!(fit(&world), 3, "seed {seed}");
            world.run_for(Duration::from_secs(2));
            assert_eq!(fit(&world), 3, "seed {seed}: those that waited for the start are used up");
        }
    }
}
