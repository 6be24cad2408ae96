//! Writes an app into a folder of its own, starts `wippy` there and waits for what it does, with a limit.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a run may take before it is killed and its test fails.
const LIMIT: Duration = Duration::from_secs(30);

/// The first nine lines of every app's index file: what a test adds begins at line 10.
const HOSTS: &str = "\
version: \"1.0\"
namespace: app
entries:
  - name: terminal
    kind: terminal.host
    lifecycle: {auto_start: true}
  - name: processes
    kind: process.host
    lifecycle: {auto_start: true}
";

/// An app on disk. The folder goes when this does.
pub(crate) struct App {
    folder: TempDir,
}

/// A `wippy` that runs.
pub(crate) struct Running<'a> {
    /// Its folder must not go before it.
    _app: &'a App,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<(Stream, String)>,
    heard: Vec<(Stream, String)>,
    deadline: Instant,
}

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Stream {
    Stdout,
    Stderr,
}

impl App {
    /// A folder without anything.
    pub(crate) fn empty() -> App {
        App { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    /// The hosts `app:terminal` and `app:processes`, then these entries, in `src/_index.yaml`.
    pub(crate) fn new(entries: &str) -> App {
        App::empty().with("src/_index.yaml", &format!("{HOSTS}{entries}"))
    }

    /// An app whose process `app:main` runs this source, with the modules `io` and `time`.
    pub(crate) fn program(source: &str) -> App {
        App::program_and(source, "")
    }

    /// As [`App::program`], with more entries behind it.
    pub(crate) fn program_and(source: &str, entries: &str) -> App {
        let main = "  - {name: main, kind: process.lua, source: file://main.lua, modules: [io, time]}\n";
        App::new(&format!("{main}{entries}")).with("src/main.lua", source)
    }

    /// A file more.
    pub(crate) fn with(self, path: &str, text: &str) -> App {
        let path = self.folder.path().join(path);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
        self
    }

    /// A process on the terminal, started with the app, that says "started": no app that is refused may get so far.
    pub(crate) fn with_canary(self) -> App {
        self.with(
            "src/canary/_index.yaml",
            "\
namespace: canary
entries:
  - name: bird
    kind: process.lua
    modules: [io]
    source: return function() require(\"io\").print(\"started\") end
  - {name: service, kind: process.service, process: bird, host: app:terminal, lifecycle: {auto_start: true}}
",
        )
    }

    /// A place in the app's folder.
    pub(crate) fn path(&self, inside: &str) -> std::path::PathBuf {
        self.folder.path().join(inside)
    }

    /// Runs `wippy` with these words to its end.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        self.start(words).end()
    }

    /// The lines that `app:main` prints; its exit code must be 0.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<String> {
        let run = self.run(&["run", "-x", "app:main"]);
        run.expect_code(0);
        run.stdout.lines().map(str::to_owned).collect()
    }

    /// What `wippy run` says about an app that cannot start; nothing of it may have run.
    #[track_caller]
    pub(crate) fn refusal(self) -> String {
        let run = self.with_canary().run(&["run"]);
        run.failure();
        assert_eq!(run.stdout, "", "nothing is started\nstderr:\n{}", run.stderr);
        run.stderr
    }

    /// Starts `wippy` with these words, in the app's folder.
    pub(crate) fn start(&self, words: &[&str]) -> Running<'_> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wippy"))
            .args(words)
            .current_dir(self.folder.path())
            .env_remove("WIPPY_NODE_ID")
            .env_remove("WIPPY_RELAY_NODE_NAME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("wippy can be started");
        let (sender, lines) = channel();
        listen(child.stdout.take().expect("stdout is piped"), Stream::Stdout, sender.clone());
        listen(child.stderr.take().expect("stderr is piped"), Stream::Stderr, sender);
        let stdin = child.stdin.take();
        Running { _app: self, child, stdin, lines, heard: Vec::new(), deadline: Instant::now() + LIMIT }
    }
}

/// Passes lines on, on a thread of its own: a full pipe would stop the child.
fn listen(stream: impl Read + Send + 'static, which: Stream, sender: Sender<(Stream, String)>) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        // A read error ends the text early; the comparison that follows shows what is missing.
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).into_owned();
            if sender.send((which, text)).is_err() {
                return;
            }
            line.clear();
        }
    });
}

impl Running<'_> {
    /// Waits for a line that holds this text, on either stream.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(self.left()) {
                Ok((which, line)) => {
                    self.heard.push((which, line.clone()));
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(_) => panic!("'{text}' did not come\n{}", self.told()),
            }
        }
    }

    /// Waits for as many lines with this text.
    #[track_caller]
    pub(crate) fn wait_for_many(&mut self, text: &str, count: usize) {
        for _ in 0..count {
            self.wait_for(text);
        }
    }

    /// Sends a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill can be started");
        assert!(sent.success(), "signal {name} could not be sent");
    }

    /// Types a text into its stdin.
    pub(crate) fn type_in(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(text.as_bytes()).expect("stdin can be written");
    }

    /// Ends its stdin.
    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end. Its stdin stays open.
    #[track_caller]
    pub(crate) fn end(mut self) -> Run {
        while let Ok(line) = self.lines.recv_timeout(self.left()) {
            self.heard.push(line);
        }
        let Some(status) = self.wait() else { panic!("still runs after {LIMIT:?}\n{}", self.told()) };
        Run { code: status.code(), stdout: self.text(Stream::Stdout), stderr: self.text(Stream::Stderr) }
    }

    /// Its streams are closed, which a child does by ending: the loop is short.
    fn wait(&mut self) -> Option<ExitStatus> {
        loop {
            let ended = self.child.try_wait().expect("a child can be waited for");
            if ended.is_some() || self.left().is_zero() {
                return ended;
            }
            thread::yield_now();
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn text(&self, which: Stream) -> String {
        self.heard.iter().filter(|(w, _)| *w == which).map(|(_, line)| line.as_str()).collect()
    }

    fn told(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.text(Stream::Stdout), self.text(Stream::Stderr))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "exit code\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
    }

    /// What went to stderr, after making sure that the run failed in the way of §7.
    #[track_caller]
    pub(crate) fn failure(&self) -> &str {
        self.expect_code(1);
        assert!(self.stderr.starts_with("Error: "), "stderr begins with 'Error: ':\n{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "an error, no crash:\n{}", self.stderr);
        &self.stderr
    }

    /// The messages of log records on stderr, in order.
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.stderr.lines().filter_map(|line| line.split('\t').nth(3)).collect()
    }

    /// How many log records have exactly this message.
    pub(crate) fn count(&self, message: &str) -> usize {
        self.messages().iter().filter(|m| **m == message).count()
    }
}

/// Makes sure that a text holds all of these.
#[track_caller]
pub(crate) fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "'{part}' is missing in:\n{text}");
    }
}
