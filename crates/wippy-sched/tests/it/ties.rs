//! Monitors, links, names, and in which order the end of a process is told: in simulated time, under many seeds.

use crate::script::{script, seeds, waiter};
use wippy_core::{Cx, ErrorKind, Event, Exit, Options, Pid, SpawnWith, Value};
use wippy_sim::World;

/// Runs `start`, then hands each event to `event`, in a process of its own; how it ended.
fn observe(
    world: &mut World,
    start: impl FnOnce(&mut Cx) + Send + 'static,
    event: impl FnMut(&mut Cx, Event) -> Option<Exit> + Send + 'static,
) -> Exit {
    world.run(script(
        |cx, _| {
            start(cx);
            None
        },
        event,
    ))
}

fn child(cx: &mut Cx, with: SpawnWith) -> Pid {
    cx.spawn_machine(waiter(), (), with).unwrap()
}

fn monitored() -> SpawnWith {
    SpawnWith { monitor: true, ..SpawnWith::default() }
}

fn linked() -> SpawnWith {
    SpawnWith { link: true, ..SpawnWith::default() }
}

#[test]
fn a_monitor_gets_one_exit_with_the_value_and_the_name_is_free_by_then() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                let pid = child(cx, SpawnWith { name: Some("kid".into()), ..monitored() });
                assert_eq!(cx.lookup("kid"), Some(pid));
                assert_eq!(*cx.monitor(pid).unwrap_err().kind(), ErrorKind::AlreadyExists);
                cx.send(pid, "stop", 7).unwrap();
            },
            |cx, event| match event {
                Event::Exit(notice) => {
                    assert_eq!(cx.lookup("kid"), None);
                    assert_eq!(cx.send(notice.from, "x", ()).unwrap_err().0.message(), "process not found");
                    assert_eq!(*cx.monitor(notice.from).unwrap_err().kind(), ErrorKind::NotFound);
                    Some(notice.result)
                }
                _ => None,
            },
        );
        assert_eq!(exit, Ok(Value::Int(7)));
    });
}

#[test]
fn a_linked_failure_kills_unless_it_is_trapped() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                let pid = child(cx, linked());
                cx.send(pid, "fail", ()).unwrap();
            },
            |_, _| None,
        );
        let error = exit.unwrap_err();
        assert_eq!(error.message(), "linked process failed");
        assert_eq!(error.details().get("cause").unwrap().as_str(), Some("told to fail"));

        let exit = observe(
            world,
            |cx| {
                cx.set_options(Options { trap_links: true, ..Options::default() });
                let pid = child(cx, SpawnWith { monitor: true, ..linked() });
                cx.send(pid, "fail", ()).unwrap();
            },
            {
                let mut exits = 0;
                move |_, event| match event {
                    Event::Exit(_) => {
                        exits += 1;
                        None
                    }
                    Event::LinkDown(_) => Some(Ok(Value::Int(exits))),
                    _ => None,
                }
            },
        );
        assert_eq!(exit, Ok(Value::Int(1)), "EXIT comes before LINK_DOWN");
    });
}

#[test]
fn a_normal_end_breaks_a_link_silently_and_an_unlinked_failure_is_nobodys() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                let normal = child(cx, SpawnWith { monitor: true, ..linked() });
                cx.send(normal, "stop", ()).unwrap();
                let failing = child(cx, SpawnWith { monitor: true, ..linked() });
                cx.unlink(failing).unwrap();
                cx.send(failing, "fail", ()).unwrap();
            },
            {
                let mut exits = 0;
                move |_, event| {
                    if let Event::Exit(_) = event {
                        exits += 1;
                    }
                    (exits == 2).then_some(Ok(Value::Nil))
                }
            },
        );
        assert_eq!(exit, Ok(Value::Nil));
    });
}

#[test]
fn a_cycle_of_links_ends_with_everybody_dead_once() {
    seeds(|world| {
        let (a, exit_a) = world.watched(linker(), ()).unwrap();
        let (b, exit_b) = world.watched(linker(), ()).unwrap();
        world.scheduler().send(a, "link", b).unwrap();
        world.scheduler().send(b, "link", a).unwrap();
        world.settle_now();
        world.scheduler().send(a, "fail", ()).unwrap();
        assert_eq!(world.end_of(&exit_a).unwrap_err().message(), "told to fail");
        assert_eq!(world.end_of(&exit_b).unwrap_err().message(), "linked process failed");
        assert_eq!(world.scheduler().processes(None), []);
    });
}

/// Links to whom it is told, or fails.
fn linker() -> crate::script::Script {
    script(
        |_, _| None,
        |cx, event| {
            let Event::Message(m) = event else {
                return None;
            };
            match m.topic.as_str()? {
                "link" => {
                    let to = cx.resolve(m.values.first().as_str()?).unwrap();
                    cx.link(to).unwrap();
                }
                _ => return Some(Err(wippy_core::Error::internal("told to fail"))),
            }
            None
        },
    )
}

#[test]
fn exit_comes_after_every_message_of_the_one_who_ended() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                let parent = cx.pid();
                let chatty = script(
                    move |cx, _| {
                        for i in 0..100 {
                            cx.send(parent, "n", i).unwrap();
                        }
                        Some(Ok(Value::Nil))
                    },
                    |_, _| None,
                );
                cx.spawn_machine(chatty, (), monitored()).unwrap();
            },
            {
                let mut messages = 0;
                move |_, event| match event {
                    Event::Message(_) => {
                        messages += 1;
                        None
                    }
                    Event::Exit(_) => Some(Ok(Value::Int(messages))),
                    _ => None,
                }
            },
        );
        assert_eq!(exit, Ok(Value::Int(100)));
    });
}

#[test]
fn names_are_refused_when_empty_pid_like_taken_or_for_the_dead() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                let me = cx.pid();
                let kind = |r: Result<(), wippy_core::Error>| r.unwrap_err().kind().clone();
                assert_eq!(kind(cx.register("", me)), ErrorKind::Invalid);
                assert_eq!(kind(cx.register("{a:b|0x00001}", me)), ErrorKind::Invalid);
                cx.register("me", me).unwrap();
                cx.register("me", me).unwrap();
                let other = child(cx, SpawnWith::default());
                assert_eq!(kind(cx.register("me", other)), ErrorKind::AlreadyExists);
                assert_eq!(cx.unregister("me"), Ok(true));
                assert_eq!(cx.unregister("me"), Ok(false));
                assert_eq!(cx.resolve("me").unwrap_err().message(), "could not resolve 'me' as PID or registered name");
                assert_eq!(cx.resolve("{no:host|0x00001}").unwrap_err().message(), "host not found");
                cx.terminate(me).unwrap();
            },
            |_, _| None,
        );
        assert_eq!(exit.unwrap_err().message(), "process terminated");
    });
}

#[test]
fn a_watcher_hears_of_a_kill_after_the_messages_that_came_before_it() {
    seeds(|world| {
        let exit = observe(
            world,
            |cx| {
                cx.set_options(Options { trap_links: true, ..Options::default() });
                let parent = cx.pid();
                let chatty = script(
                    move |cx, _| {
                        (0..10).for_each(|i| cx.send(parent, "n", i).unwrap());
                        None
                    },
                    |_, _| None,
                );
                let pid = cx.spawn_machine(chatty, (), SpawnWith { monitor: true, ..linked() }).unwrap();
                cx.register("chatty", pid).unwrap();
            },
            {
                let mut heard = Vec::new();
                move |cx, event| {
                    match event {
                        Event::Message(m) => heard.push(m.values.first().as_int().unwrap()),
                        Event::Exit(e) => {
                            assert_eq!(e.result.unwrap_err().message(), "process terminated");
                            heard.push(100);
                        }
                        Event::LinkDown(_) => heard.push(200),
                        _ => {}
                    }
                    if heard.len() == 10 && heard[9] == 9 {
                        cx.terminate(cx.lookup("chatty").unwrap()).unwrap();
                    }
                    (heard.len() == 12).then(|| {
                        assert_eq!(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 200]);
                        Ok(Value::Nil)
                    })
                }
            },
        );
        assert_eq!(exit, Ok(Value::Nil));
    });
}

#[test]
fn each_of_many_watchers_hears_of_an_end_once() {
    seeds(|world| {
        let target = world.spawn(waiter(), ()).unwrap();
        let watchers: Vec<_> = (0..20)
            .map(|_| {
                let mut heard = 0;
                let watcher = script(
                    move |cx, _| {
                        cx.monitor(target).unwrap();
                        None
                    },
                    move |cx, event| {
                        match event {
                            Event::Exit(notice) => {
                                assert_eq!(notice.from, target);
                                heard += 1;
                                cx.timer(std::time::Duration::from_secs(1));
                            }
                            Event::Reply { .. } => return Some(Ok(Value::Int(heard))),
                            _ => {}
                        }
                        None
                    },
                );
                world.watched(watcher, ()).unwrap().1
            })
            .collect();
        world.settle_now();
        world.scheduler().send(target, "stop", ()).unwrap();
        for watcher in &watchers {
            assert_eq!(world.end_of(watcher), Ok(Value::Int(1)));
        }
    });
}
