//! What each module is for, and its classes: what `system.modules` lists.

use crate::program::MODULES;

/// A module, described.
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) classes: &'static [&'static str],
}

const fn about(name: &'static str, description: &'static str, classes: &'static [&'static str]) -> About {
    About { name, description, classes }
}

/// In order of name. There may be more than this build has; what it lacks is not listed.
const ALL: &[About] = &[
    about("base64", "Base64 encoding", &["encoding", "deterministic"]),
    about("channel", "Channels between coroutines", &["process", "workflow"]),
    about("compress", "Compression", &["encoding", "deterministic"]),
    about("contract", "Contracts and their bindings", &["nondeterministic", "workflow"]),
    about("crypto", "Encryption, signatures, random bytes", &["security", "nondeterministic", "workflow"]),
    about("ctx", "Values that a process was given along", &["nondeterministic", "workflow"]),
    about("env", "Environment variables", &["process", "nondeterministic"]),
    about("errors", "Structured errors", &["deterministic"]),
    about("eval_runner", "Running code that is given as text", &["process", "nondeterministic"]),
    about("events", "The event bus", &["io", "nondeterministic"]),
    about("exec", "Programs of the operating system", &["process", "io", "nondeterministic"]),
    about("expr", "Expressions", &["deterministic"]),
    about("fs", "File systems", &["storage", "io", "nondeterministic"]),
    about("funcs", "Calling functions", &["nondeterministic", "workflow"]),
    about("future", "Results of calls that still run", &["nondeterministic", "workflow"]),
    about("hash", "Hashes", &["encoding", "security", "deterministic"]),
    about("html", "Cleaning HTML", &["security", "deterministic"]),
    about("http", "Requests that are served", &["network", "io", "nondeterministic"]),
    about("http_client", "Requests to others", &["network", "io", "nondeterministic"]),
    about("io", "The terminal", &["io", "nondeterministic"]),
    about("json", "JSON and JSON Schema", &["encoding", "deterministic"]),
    about("logger", "Logs", &["io"]),
    about("metrics", "Counters, gauges, histograms", &["io", "nondeterministic"]),
    about("os", "Time of day and dates", &["time", "workflow"]),
    about("payload", "Contents of messages", &["encoding", "deterministic"]),
    about("process", "Processes: messages, children, supervision", &["process", "nondeterministic", "workflow"]),
    about("queue", "Message queues", &["io", "nondeterministic"]),
    about("registry", "Entries", &["storage", "nondeterministic"]),
    about("security", "Actors, scopes, policies, tokens", &["security", "nondeterministic"]),
    about("sql", "SQL databases", &["storage", "io", "nondeterministic"]),
    about("store", "Key-value stores", &["storage", "io", "nondeterministic"]),
    about("stream", "Streams of bytes", &["io", "nondeterministic"]),
    about("system", "The node: figures, states, locks, its end", &["process", "nondeterministic"]),
    about("templates", "Templates", &["deterministic"]),
    about("text", "Regular expressions, diffs, splitting", &["deterministic"]),
    about("time", "Times, durations, timers", &["time", "workflow"]),
    about("treesitter", "Syntax trees", &["encoding", "deterministic"]),
    about("tty", "Drawing on a terminal", &["io", "nondeterministic"]),
    about("uuid", "Unique ids", &["nondeterministic", "workflow"]),
    about("websocket", "WebSocket connections", &["network", "io", "nondeterministic"]),
    about("yaml", "YAML", &["encoding", "deterministic"]),
];

/// The modules of this build.
pub(crate) fn modules() -> impl Iterator<Item = &'static About> {
    ALL.iter().filter(|about| MODULES.contains(&about.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_of_this_build_is_described_once() {
        let mut names: Vec<_> = modules().map(|about| about.name).collect();
        assert!(names.is_sorted());
        let mut known = MODULES.to_vec();
        known.sort_unstable();
        names.dedup();
        assert_eq!(names, known);
    }
}
