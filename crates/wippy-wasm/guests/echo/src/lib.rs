//! Answers every `ping` in its inbox with a `pong` of the same body until it is told to stop.

use guest_kit::ops::{self, Outcome};
use guest_kit::types::{Event, Message, Payload};
use guest_kit::{End, Guest, actors, arg, end_with, log, names, settle, unexpected};

struct Echo;

guest_kit::export_process!(Echo);

impl Guest for Echo {
    fn run(args: Vec<Payload>) -> End {
        log::write(log::Level::Info, "echo started", &[]);
        if let Some(name) = arg(&args, 0) {
            settle(names::register(&name, None, names::Scope::Local))?;
        }
        let mut inbox = ops::receive(&[]);
        let mut events = ops::next_event();
        loop {
            ops::wait(&[&inbox, &events], None);
            if let Some(outcome) = inbox.take() {
                inbox = ops::receive(&[]);
                let Outcome::Message(message) = outcome? else {
                    return Err(unexpected("receive"));
                };
                match message.topic.as_str() {
                    "ping" => pong(message),
                    "stop" => return end_with("stopped"),
                    _ => {}
                }
            }
            if let Some(outcome) = events.take() {
                events = ops::next_event();
                match outcome? {
                    Outcome::Event(Event::Cancel(_)) => return end_with("cancelled"),
                    Outcome::Event(_) => {}
                    _ => return Err(unexpected("next-event")),
                }
            }
        }
    }
}

/// A failed answer is logged, not fatal: the one who asked may be gone.
fn pong(ping: Message) {
    let Some(source) = ping.source else { return };
    if let Err(error) = settle(actors::send(&source, "pong", &ping.body)) {
        log::write(
            log::Level::Warn,
            "no pong",
            &[
                ("to".to_owned(), source),
                ("error".to_owned(), error.message),
            ],
        );
    }
}
