//! One program per scenario; the first argument names it.

use core::hint::black_box;

use guest_kit::actors::{self, Relation, SpawnOpts};
use guest_kit::ops::{self, Outcome};
use guest_kit::types::{Error, ErrorKind, Event, ExitInfo, Payload};
use guest_kit::{
    End, Guest, arg, end_with, error, kind_name, names, own, settle, text, unexpected,
};

struct Citizen;

guest_kit::export_process!(Citizen);

impl Guest for Citizen {
    fn run(args: Vec<Payload>) -> End {
        let scenario = arg(&args, 0).ok_or_else(|| error(ErrorKind::Invalid, "no scenario"))?;
        let args = &args[1..];
        match scenario.as_str() {
            "self" => end_with(&[own::own_pid(), own::entry_id(), own::host()].join("|")),
            "sleep" => sleep(),
            "spawn-monitor" => spawn_monitor(args),
            "link" => link(args),
            "names" => own_name(),
            "many" => many(),
            "trap" => trap(),
            "fail" => Err(error(ErrorKind::NotFound, "no such thing")),
            "spin" => spin(),
            "grow" => grow(),
            "receive-timeout" => receive_timeout(),
            "upgrade" => {
                own::upgrade(Some(&needed(args, 0, "entry")?), &[text("from upgrade")]);
                Err(error(ErrorKind::Internal, "upgrade returned"))
            }
            "from upgrade" => end_with("upgraded"),
            "send" => send(args),
            other => Err(error(
                ErrorKind::Invalid,
                &["unknown scenario: ", other].concat(),
            )),
        }
    }
}

fn needed(args: &[Payload], index: usize, name: &str) -> Result<String, Error> {
    arg(args, index)
        .ok_or_else(|| error(ErrorKind::Invalid, &["missing argument: ", name].concat()))
}

fn sleep() -> End {
    match settle(ops::sleep(20))? {
        Outcome::Unit => Ok(None),
        _ => Err(unexpected("sleep")),
    }
}

/// Arguments: entry, host, then the child's own.
fn spawn(args: &[Payload], relation: Relation) -> Result<String, Error> {
    let entry = needed(args, 0, "entry")?;
    let host = needed(args, 1, "host")?;
    let opts = SpawnOpts {
        relation,
        name: None,
        context: Vec::new(),
        first: Vec::new(),
    };
    match settle(actors::spawn(&entry, &host, &args[2..], Some(&opts)))? {
        Outcome::Pid(pid) => Ok(pid),
        _ => Err(unexpected("spawn")),
    }
}

fn spawn_monitor(args: &[Payload]) -> End {
    let child = spawn(args, Relation::MONITOR)?;
    loop {
        match next_event()? {
            Event::Exit(info) if info.source == child => return end_with(&ending("exit ", info)),
            Event::Cancel(_) => return end_with("cancelled"),
            _ => {}
        }
    }
}

fn ending(prefix: &str, info: ExitInfo) -> String {
    match info.outcome {
        Ok(_) => [prefix, "ok"].concat(),
        Err(error) => [prefix, "err: ", &error.message].concat(),
    }
}

fn link(args: &[Payload]) -> End {
    own::set_trap_links(true);
    let child = spawn(args, Relation::LINK)?;
    loop {
        match next_event()? {
            Event::LinkDown(info) if info.source == child => {
                return end_with(&match info.outcome {
                    Ok(_) => "link-down: ok".to_owned(),
                    Err(error) => ["link-down: ", &error.message].concat(),
                });
            }
            Event::Cancel(_) => return end_with("cancelled"),
            _ => {}
        }
    }
}

fn next_event() -> Result<Event, Error> {
    match settle(ops::next_event())? {
        Outcome::Event(event) => Ok(event),
        _ => Err(unexpected("next-event")),
    }
}

fn own_name() -> End {
    const NAME: &str = "citizen.name";
    settle(names::register(NAME, None, names::Scope::Local))?;
    let Outcome::Pid(found) = settle(names::lookup(NAME))? else {
        return Err(unexpected("lookup"));
    };
    let own = own::own_pid();
    if found != own {
        return Err(error(
            ErrorKind::Internal,
            &["lookup found ", &found, ", not ", &own].concat(),
        ));
    }
    settle(names::unregister(NAME, names::Scope::Local))?;
    end_with("names ok")
}

/// Three operations in one wait. An event other than cancel is reported and awaited anew.
fn many() -> End {
    let mut pending = vec![
        ("receive", ops::receive(&[])),
        ("sleep", ops::sleep(30)),
        ("event", ops::next_event()),
    ];
    let mut order = Vec::new();
    loop {
        let list: Vec<&ops::Op> = pending.iter().map(|(_, op)| op).collect();
        let ready = ops::wait(&list, None);
        let mut cancelled = false;
        // From the back, so that removing one leaves the indexes before it alone.
        let mut done = Vec::new();
        for index in ready.into_iter().rev() {
            let Some(outcome) = pending.get(index as usize).and_then(|(_, op)| op.take()) else {
                return Err(error(
                    ErrorKind::Internal,
                    "wait named an operation that is not ready",
                ));
            };
            let (name, _) = pending.remove(index as usize);
            done.push(name);
            if let Outcome::Event(event) = outcome? {
                cancelled |= matches!(event, Event::Cancel(_));
                pending.push(("event", ops::next_event()));
            }
        }
        order.extend(done.into_iter().rev());
        if cancelled {
            return end_with(&order.join(","));
        }
    }
}

fn receive_timeout() -> End {
    let inbox = ops::receive(&[]);
    if ops::wait(&[&inbox], Some(20)).is_empty() {
        return end_with("timed out");
    }
    match inbox.take() {
        Some(Ok(Outcome::Message(message))) => end_with(&["message: ", &message.topic].concat()),
        Some(Err(error)) => Err(error),
        _ => Err(unexpected("receive")),
    }
}

fn send(args: &[Payload]) -> End {
    let to = needed(args, 0, "destination")?;
    let topic = needed(args, 1, "topic")?;
    let body = text(&arg(args, 2).unwrap_or_default());
    match settle(actors::send(&to, &topic, &[body])) {
        Ok(_) => end_with("sent"),
        Err(error) => end_with(&["err: ", kind_name(error.kind), " ", &error.message].concat()),
    }
}

#[cfg(target_arch = "wasm32")]
fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_arch = "wasm32"))]
fn trap() -> ! {
    std::process::abort()
}

fn spin() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Takes memory until there is none; the failed allocation then traps.
fn grow() -> ! {
    loop {
        black_box(Vec::leak(black_box(vec![1u8; 1 << 20])));
    }
}
