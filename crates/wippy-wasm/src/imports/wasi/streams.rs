//! The standard streams: the terminal's on a terminal host. Elsewhere input is empty, and lines that are written go to
//! the log.

use crate::mail::Mail;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::bytes::Bytes;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};
use wippy_core::commands::terminal;
use wippy_core::{Asked, Cx, Error, Level, Value};

/// The most bytes that one write may bring.
const PERMIT: usize = 64 << 10;
/// The most bytes read at a time.
const CHUNK: usize = 4096;

/// What was read from standard input and not yet taken; all handles of a guest share it.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    closed: bool,
}

/// Standard input.
pub(super) struct Input {
    mail: Mail,
    buffer: Arc<Mutex<Buffer>>,
}

impl Input {
    /// `closed`: there is no terminal to read from.
    pub(super) fn new(mail: Mail, buffer: Arc<Mutex<Buffer>>, closed: bool) -> Input {
        let input = Input { mail, buffer };
        input.with(|b| b.closed |= closed);
        input
    }

    fn with<T>(&self, f: impl FnOnce(&mut Buffer) -> T) -> T {
        f(&mut self.buffer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        if self.with(|b| b.closed || !b.bytes.is_empty()) {
            return;
        }
        let read = self.mail.ask(terminal::Read { limit: CHUNK }).await;
        self.with(|b| match read {
            Ok(Value::Text(text)) => b.bytes.extend_from_slice(text.as_bytes()),
            // The end of input, or no more of it to be had.
            _ => b.closed = true,
        });
    }
}

#[async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.with(|b| {
            let n = size.min(b.bytes.len());
            if n == 0 && b.closed && b.bytes.is_empty() {
                return Err(StreamError::Closed);
            }
            Ok(b.bytes.drain(..n).collect())
        })
    }
}

/// Standard output or error.
pub(super) struct Output {
    mail: Mail,
    to_stderr: bool,
    /// Operations of writes that are on their way to the terminal.
    writing: Vec<u32>,
    /// What was written without a line break, for the log.
    line: Vec<u8>,
    logs: bool,
    failed: Option<Error>,
}

impl Output {
    pub(super) fn new(mail: Mail, to_stderr: bool, logs: bool) -> Output {
        Output { mail, to_stderr, writing: Vec::new(), line: Vec::new(), logs, failed: None }
    }

    /// Writes whole lines to the log.
    fn log(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' || self.line.len() >= PERMIT {
                self.log_line();
            }
            if *byte != b'\n' {
                self.line.push(*byte);
            }
        }
    }

    fn log_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let level = if self.to_stderr { Level::Warn } else { Level::Info };
        // Outside of a step the process is on its way out, and nobody wants its last half line.
        let _ = Cx::with(|cx| cx.log(level, "wasm", &String::from_utf8_lossy(&line), &[]));
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.log_line();
        }
        // What is on its way to the terminal gets there; only the answers are not waited for.
        let mut ops = self.mail.ops();
        self.writing.iter().for_each(|id| ops.forget(*id));
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        for id in std::mem::take(&mut self.writing) {
            if let Err(e) = self.mail.answer(id).await {
                self.failed = Some(e);
            }
        }
    }
}

#[async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if self.logs {
            self.log(&bytes);
            return Ok(());
        }
        let asked = Cx::with(|cx| cx.ask(terminal::Write { to_stderr: self.to_stderr, bytes: bytes.to_vec() }));
        match asked {
            Ok(Asked::Done(written)) => self.failed = written.err(),
            Ok(Asked::Later(tag)) => self.writing.push(self.mail.ops().request(tag.raw())),
            Err(e) => self.failed = Some(e),
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        match &self.failed {
            Some(e) => Err(StreamError::LastOperationFailed(wasmtime::Error::msg(e.message().to_owned()))),
            None if self.writing.is_empty() => Ok(PERMIT),
            None => Ok(0),
        }
    }
}
