//! Starts `wippy` for an app and waits for its end, with a limit.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long an app may run before it is killed and its test fails.
const LIMIT: Duration = Duration::from_secs(60);

/// An app and the words after `wippy` that start it, as its README shows them.
pub(crate) struct App {
    /// The folder below `examples/`.
    pub(crate) name: &'static str,
    /// The words after `wippy`, separated by blanks.
    pub(crate) command: &'static str,
}

/// What a run of `wippy` left behind.
pub(crate) struct Finished {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl App {
    /// Runs the command of the README.
    pub(crate) fn run(&self) -> Finished {
        self.run_with(&[])
    }

    /// Runs the command of the README with more words behind it.
    pub(crate) fn run_with(&self, more: &[&str]) -> Finished {
        let words: Vec<&str> = self.command.split_whitespace().chain(more.iter().copied()).collect();
        run(&words, &[])
    }

    /// Runs the command of the README with these variables in its environment.
    pub(crate) fn run_in(&self, environment: &[(&str, &str)]) -> Finished {
        run(&self.command.split_whitespace().collect::<Vec<_>>(), environment)
    }

    /// The app's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        workspace().join("examples").join(self.name)
    }
}

impl Finished {
    /// The lines of stdout, after making sure that the exit code is 0.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.expect_code(0);
        self.printed()
    }

    /// The lines of stdout, whatever the exit code.
    pub(crate) fn printed(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// What went to stderr, after making sure that the exit code is `code`.
    #[track_caller]
    pub(crate) fn failure(&self, code: i32) -> &str {
        self.expect_code(code);
        &self.stderr
    }

    #[track_caller]
    fn expect_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "exit code\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
    }
}

/// The folder in which the commands of the READMEs are meant to be typed.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(words: &[&str], environment: &[(&str, &str)]) -> Finished {
    let deadline = Instant::now() + LIMIT;
    let mut child = Command::new(env!("CARGO_BIN_EXE_wippy"))
        .args(words)
        .current_dir(workspace())
        .env_remove("WIPPY_NODE_ID")
        .env_remove("WIPPY_RELAY_NODE_NAME")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("wippy can be started");

    let stdout = collect(child.stdout.take().expect("stdout is piped"));
    let stderr = collect(child.stderr.take().expect("stderr is piped"));
    let printed = stdout.recv_timeout(left(deadline)).ok();
    let logged = stderr.recv_timeout(left(deadline)).ok();

    let ended = wait(&mut child, deadline);
    if ended.is_none() {
        child.kill().expect("a running child can be killed");
        child.wait().expect("a killed child can be waited for");
    }
    let stdout = printed.or_else(|| stdout.recv().ok()).unwrap_or_default();
    let stderr = logged.or_else(|| stderr.recv().ok()).unwrap_or_default();

    match ended {
        Some(status) => Finished { code: status.code(), stdout, stderr },
        None => panic!("{words:?} still ran after {LIMIT:?}\nstdout:\n{stdout}\nstderr:\n{stderr}"),
    }
}

/// Reads a stream to its end, on a thread of its own: a full pipe would stop the child.
fn collect(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A read error ends the text early; the comparison that follows shows what is missing.
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Waits until the child has ended or the deadline is over. Called when both streams are closed, which a child does by
/// ending, so the loop is short.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        let ended = child.try_wait().expect("a child can be waited for");
        if ended.is_some() || left(deadline).is_zero() {
            return ended;
        }
        thread::yield_now();
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
