//! `wippy run`: boots an app, runs it or one of its commands, and stops it in order.

use super::{command_name, is_process};
use crate::app::{self, App};
use crate::args::{Run, Wippy};
use crate::report::{self, Telling};
use crate::{Program, logs};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wippy_core::{Entry, EntryId, Error, ErrorKind, Spawn, Tree, Value};
use wippy_host::node::Settled;
use wippy_host::services::{ServiceState, Status};
use wippy_host::{Fault, Node, NodeConfig, Outcome};

/// The option that says where the app is, for tips.
const FOLDER: (&str, &str) = ("-C", "DIR");

pub(crate) fn run(wippy: &Wippy, run: &Run, program: Program) -> Result<ExitCode, String> {
    let mut app = app::open(wippy, run).map_err(|e| e + &run.tip(&[FOLDER]))?;
    if !app.faults.is_empty() {
        let mut faults = std::mem::take(&mut app.faults);
        let mut entries = std::mem::take(&mut app.entries);
        // What they say is not what stands in their files: only that is wrong with them.
        entries.retain(|entry| !app.incomplete.contains(&entry.id));
        faults.extend(Node::faults(config(&app, program), entries));
        return Err(app::told("the app cannot start", &faults));
    }
    let command = match run.is_command() {
        true => Some(command(run, &app.entries).map_err(|e| e + &run.tip(&[FOLDER, ("-x", "ID"), ("--exec", "ID")]))?),
        false => None,
    };
    let telling = Telling::of(wippy);
    let warnings = logs::start(wippy, command.is_some(), &app.config)?;
    for warning in &app.warnings {
        tracing::warn!(target: "wippy", logger = "boot", "{warning}");
        warnings.say(warning);
    }
    let host = match &command {
        Some(_) => Some(terminal(run, &app.entries).map_err(|e| e + &run.tip(&[FOLDER, ("--host", "ID")]))?),
        None => None,
    };
    let workers = workers(&app)?;
    let patience = app.config.duration("shutdown.timeout").unwrap_or(Duration::from_secs(30));
    let entries = std::mem::take(&mut app.entries);
    // Before anything runs: a service that says it is up may be answered by a signal.
    let signals = Signals::new([SIGINT, SIGTERM]).map_err(|e| format!("signals cannot be handled: {e}"))?;
    let node = Node::boot(NodeConfig { workers, ..config(&app, program) }, entries)
        .map_err(|e| app::told("the app cannot start", &e.faults))?;
    let end = Arc::new(End::default());
    listen_for_signals(signals, &node, end.clone())?;
    for complaint in node.complaints() {
        warnings.say(&complaint);
    }
    tracing::info!(target: "wippy", logger = "boot", "runtime ready");
    // What came while the command started, and the command's process.
    let mut interrupted = None;
    if let (Some((entry, args)), Some(host)) = (command, host) {
        let args = args.iter().map(|a| Value::from(a.as_str())).collect();
        let (name, terminal_id) = (entry.clone(), host.clone());
        let started = node.run(Spawn { entry, host, args, ..Spawn::default() });
        for failure in failed_services(&node) {
            warnings.say(&failure);
        }
        match started {
            Ok(_) => {}
            Err(e)
                if *e.kind() == ErrorKind::Unavailable
                    && let Some(outcome) = node.wait_for(Duration::ZERO) =>
            {
                interrupted = Some((outcome, name));
            }
            Err(e) => {
                let code = report::failure(&start_trouble(&name, &terminal_id, &e), &e, telling);
                end.stop(&node, patience, telling);
                return Ok(code);
            }
        }
    }
    Ok(end.wait(&node, patience, telling, interrupted))
}

/// Services that have not come up, or not for long: a command may need them.
fn failed_services(node: &Node) -> Vec<Fault> {
    let entries = node.entries();
    let failed = |s: &ServiceState| match s.status {
        Status::Failed => true,
        // For good, as what failed said itself.
        Status::Exited => !s.details.is_empty(),
        _ => false,
    };
    let fault =
        |s: ServiceState| Some(Fault::of(entries.get(&s.id)?, "process", format!("service failed: {}", s.details)));
    node.services().into_iter().filter(failed).filter_map(fault).collect()
}

/// `scheduler.workers`; 0 = as many as there are processors.
fn workers(app: &App) -> Result<usize, String> {
    const MOST: i64 = 1024;
    match app.config.at("scheduler.workers") {
        None | Some(Tree::Nil) => Ok(0),
        Some(Tree::Int(n)) if (0..=MOST).contains(n) => Ok(*n as usize),
        Some(other) => Err(format!("scheduler.workers must be a whole number from 0 to {MOST}, not {other:?}")),
    }
}

/// Why a command could not be started, with the names of what is meant.
fn start_trouble(entry: &EntryId, host: &EntryId, error: &Error) -> String {
    match error.message() {
        "host is not running" => {
            format!("host {host} is not running: it needs `lifecycle: {{auto_start: true}}`")
        }
        text if text.contains(entry.as_str()) => text.to_owned(),
        text => format!("{entry}: {text}"),
    }
}

fn config(app: &App, program: Program) -> NodeConfig {
    let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let name = app.config.text("relay.node_name").map(str::to_owned);
    let name = name.or_else(|| env("WIPPY_NODE_ID")).or_else(|| env("WIPPY_RELAY_NODE_NAME"));
    let (kinds, scheduler) = program.into_parts();
    NodeConfig {
        kinds,
        scheduler,
        node_name: name.filter(|n| n != "local").unwrap_or_default(),
        strict: app.config.bool("security.strict_mode"),
        base: app.folder.clone(),
        ..NodeConfig::default()
    }
}

/// The end of a run, as the main thread and the one that gets signals know it.
#[derive(Default)]
struct End {
    /// It came without a signal.
    by_itself: AtomicBool,
    /// It was told what it waits for, and that a signal ends the wait.
    told: AtomicBool,
    /// Nobody wants to wait for it any longer.
    at_once: AtomicBool,
    /// A signal has asked for it.
    asked: AtomicBool,
}

/// What a signal does.
#[derive(Debug, PartialEq)]
enum Act {
    /// Asks for an orderly stop.
    Interrupt,
    /// Nothing: the stop that it asks for has begun.
    Nothing,
    /// Ends what the stop waits for.
    Kill,
    /// Ends the program.
    Exit,
}

impl End {
    /// How long a stop may take before somebody who sits there is told what it takes.
    const SILENCE: Duration = Duration::from_secs(1);

    /// Waits for the end of a node, tells how it came, and stops the node. `interrupted`: the end has come, and this process
    /// had not started by then.
    fn wait(
        &self,
        node: &Node,
        patience: Duration,
        telling: Telling,
        interrupted: Option<(Outcome, EntryId)>,
    ) -> ExitCode {
        let (mut outcome, unstarted) = match interrupted {
            Some((outcome, entry)) => (outcome, Some(entry)),
            None => (node.wait(), None),
        };
        self.by_itself.store(outcome != Outcome::Interrupted, Ordering::SeqCst);
        // It is told before others are waited for, who may take their time.
        let told = matches!(outcome, Outcome::Terminal(_)).then(|| report::tell(&outcome, telling));
        let settled = self.stop(node, patience, telling);
        if outcome == Outcome::Interrupted {
            if let Some(ended) = node.wait_for(Duration::ZERO) {
                // The terminal's process has ended because it was asked to: its result still counts.
                outcome = ended;
            } else if let Some(entry) = unstarted {
                outcome = Outcome::Terminal(Err(Error::canceled(format!("interrupted before {entry} had started"))));
            }
        }
        if !settled.completely {
            tracing::warn!(target: "wippy", logger = "shutdown", "a process did not give up its thread");
        }
        // Whoever asks for the end may do so again while it comes: the last word counts.
        match (node.exit_code(), told) {
            (Some(code), _) => report::tell(&Outcome::Exit(code), telling),
            (None, Some(code)) => code,
            (None, None) => report::tell(&outcome, telling),
        }
    }

    /// Stops the node. Whoever waits for it hears of what it waits for.
    fn stop(&self, node: &Node, patience: Duration, telling: Telling) -> Settled {
        let begun = Instant::now();
        node.stop_while(patience, &mut || {
            if begun.elapsed() >= End::SILENCE && !self.told.swap(true, Ordering::SeqCst) {
                report::waits_for(&node.processes(), telling);
            }
            !self.at_once.load(Ordering::SeqCst)
        })
    }

    /// A signal has come. The first asks for an orderly stop, the second ends the program. When the program ends by itself,
    /// the stop has begun: whoever sends a signal then may have meant the program, so it ends what is waited for only once
    /// that was told.
    fn heard(&self) -> Act {
        let by_itself = self.by_itself.load(Ordering::SeqCst);
        let is_told = by_itself && self.told.load(Ordering::SeqCst);
        match self.asked.swap(true, Ordering::SeqCst) {
            _ if is_told && !self.at_once.swap(true, Ordering::SeqCst) => Act::Kill,
            true => Act::Exit,
            false if by_itself => Act::Nothing,
            false => Act::Interrupt,
        }
    }
}

/// Has signals do what they do to the end of a run.
fn listen_for_signals(mut signals: Signals, node: &Node, end: Arc<End>) -> Result<(), String> {
    let interrupter = node.interrupter();
    let listen = move || {
        for _ in signals.forever() {
            match end.heard() {
                Act::Interrupt => interrupter.interrupt(),
                Act::Nothing | Act::Kill => {}
                Act::Exit => std::process::exit(1),
            }
        }
    };
    let thread = std::thread::Builder::new().name("wippy-signals".into());
    thread.spawn(listen).map(drop).map_err(|e| format!("signals cannot be handled: {e}"))
}

/// The process that the command line means, and its arguments.
fn command<'a>(run: &'a Run, entries: &[Entry]) -> Result<(EntryId, &'a [String]), String> {
    match &run.exec {
        Some(id) if id.contains(':') => match entries.iter().find(|e| e.id.as_str() == id) {
            Some(entry) if is_process(entry) => Ok((entry.id.clone(), &run.words)),
            Some(entry) => Err(format!("{id} is a {}, not a process. {TAKES}", entry.kind)),
            None => Err(format!("process not found: {id}{}", hint(id, entries.iter().map(|e| e.id.as_str())))),
        },
        Some(name) => Ok((by_name(name, entries)?, &run.words)),
        None => {
            let name = run.words.first().expect("a command has a name");
            let found = entries.iter().find(|e| command_name(e) == Some(name));
            let entry = found.ok_or_else(|| unknown_command(name, entries))?;
            Ok((entry.id.clone(), run.args_behind_name()))
        }
    }
}

/// What `-x` is for.
const TAKES: &str = "-x takes the id (ns:name) or the name of a process, or a command";

/// `-x NAME` without a colon: the command of that name, else the only process of that name.
fn by_name(name: &str, entries: &[Entry]) -> Result<EntryId, String> {
    if let Some(entry) = entries.iter().find(|e| command_name(e) == Some(name)) {
        return Ok(entry.id.clone());
    }
    let named: Vec<_> = entries.iter().filter(|e| e.id.name() == name).collect();
    let processes: Vec<_> = named.iter().filter(|e| is_process(e)).map(|e| &e.id).collect();
    match (&processes[..], &named[..]) {
        ([one], _) => Ok((*one).clone()),
        ([], []) => {
            let names = entries.iter().filter(|e| is_process(e)).map(|e| e.id.name());
            let near = hint(name, names.chain(entries.iter().filter_map(command_name)));
            Err(format!("process not found: \"{name}\"{}{TAKES}", stopped(&near)))
        }
        ([], [other, ..]) => Err(format!("process not found: \"{name}\"; {} is a {}. {TAKES}", other.id, other.kind)),
        (several, _) => {
            let ids: Vec<_> = several.iter().map(|id| id.as_str()).collect();
            Err(format!("several processes are called \"{name}\": {}", ids.join(", ")))
        }
    }
}

fn unknown_command(name: &str, entries: &[Entry]) -> String {
    let is_called = |e: &&Entry| is_process(e) && (e.id.name() == name || e.id.as_str() == name);
    if let Some(entry) = entries.iter().find(is_called) {
        return format!("command \"{name}\" not found. The process {0} is run with 'wippy run -x {0}'", entry.id);
    }
    let near = hint(name, entries.iter().filter_map(command_name));
    format!("command \"{name}\" not found{}'wippy run list' shows all commands", stopped(&near))
}

/// A hint, or none, as the end of a sentence.
fn stopped(hint: &str) -> String {
    if hint.is_empty() { ". ".to_owned() } else { format!("{hint} ") }
}

/// What somebody may have meant.
pub(crate) fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = known.map(|k| (strsim::damerau_levenshtein(wanted, k), k)).min();
    // Something of what was written must be right.
    let close = |d: usize| d <= 2.max(wanted.len() / 3) && d < wanted.chars().count();
    near.filter(|(d, _)| close(*d)).map_or(String::new(), |(_, k)| format!("; did you mean \"{k}\"?"))
}

/// The terminal host for a command.
fn terminal(run: &Run, entries: &[Entry]) -> Result<EntryId, String> {
    let hosts: Vec<_> = entries.iter().filter(|e| e.kind == "terminal.host").collect();
    if let Some(wanted) = &run.host {
        return match hosts.iter().find(|e| e.id.as_str() == wanted) {
            Some(host) => Ok(host.id.clone()),
            None => Err(format!("terminal host not found: {wanted}")),
        };
    }
    match &hosts[..] {
        [one] => Ok(one.id.clone()),
        [] => Err("a command needs a terminal: the app has no entry of kind terminal.host".into()),
        several => {
            let ids: Vec<_> = several.iter().map(|e| e.id.as_str()).collect();
            Err(format!("the app has several terminal hosts, choose one with --host: {}", ids.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_asks_for_a_stop_and_the_second_ends_the_program() {
        let end = End::default();
        assert_eq!([end.heard(), end.heard(), end.heard()], [Act::Interrupt, Act::Exit, Act::Exit]);
    }

    #[test]
    fn a_signal_that_comes_just_after_the_program_ended_kills_nobody() {
        let end = End { by_itself: true.into(), ..End::default() };
        assert_eq!(end.heard(), Act::Nothing);
        assert!(!end.at_once.load(Ordering::SeqCst));
        assert_eq!(end.heard(), Act::Exit);
    }

    #[test]
    fn a_signal_ends_a_wait_that_was_told_of_and_the_next_ones_the_program() {
        let end = End { by_itself: true.into(), told: true.into(), ..End::default() };
        assert_eq!(end.heard(), Act::Kill);
        assert!(end.at_once.load(Ordering::SeqCst));
        assert_eq!(end.heard(), Act::Exit);
    }
}
