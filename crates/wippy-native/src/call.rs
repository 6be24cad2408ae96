//! Calls between processes: a request that carries where its reply goes, and a limit on the wait.
//!
//! On the wire a call is an ordinary message of the called topic with two values: the topic under which the caller
//! expects the reply, and the argument. The reply is an ordinary message of that topic with one value; a failure
//! travels as an error value. So a Lua process can be either end:
//!
//! ```lua
//! local msg = inbox:receive()
//! local reply_to, arg = msg:payload()[1]:data(), msg:payload()[2]:data()
//! process.send(msg:from(), reply_to, arg * 2)
//! ```

use crate::handle::Process;
use crate::machine::inner;
use crate::select;
use std::time::Duration;
use wippy_core::{Error, Message, Pid, Text, Value, Values};

impl Process {
    /// Sends a request and waits for its reply.
    ///
    /// # Errors
    /// What sending says, TIMEOUT after `limit`, or the error that the other end replied.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn f(cx: wippy_native::Process) -> Result<(), wippy_core::Error> {
    /// let total = cx.call("bank", "balance", "account 7", Duration::from_secs(1)).await?;
    /// # Ok(()) }
    /// ```
    pub async fn call(
        &self,
        destination: &str,
        topic: impl Into<Text>,
        argument: impl Into<Value>,
        limit: Duration,
    ) -> Result<Value, Error> {
        let number = inner(|i| {
            i.calls += 1;
            i.calls
        });
        let reply_topic = format!("call/{number}");
        let mut replies = self.listen(reply_topic.as_str());
        let values = Values::Many(Box::new([Value::from(reply_topic), argument.into()]));
        self.send(destination, topic, values)?;
        select! {
            message = replies.receive() => {
                let value = message.values.first();
                match value.as_error() {
                    Some(error) => Err(error),
                    None => Ok(value),
                }
            },
            _ = self.sleep(limit) => Err(Error::timeout(format!("no reply from {destination} within {limit:?}"))),
        }
    }
}

/// The other end of a call.
#[derive(Debug, Clone)]
#[must_use = "somebody waits for the reply"]
pub struct Request {
    from: Pid,
    reply_topic: Text,
    /// What is asked.
    pub argument: Value,
}

impl Request {
    /// Reads a message as a call; `None` when it is none.
    pub fn of(message: &Message) -> Option<Request> {
        match message.values.as_slice() {
            [Value::Text(topic), argument] if topic.as_bytes().starts_with(b"call/") => {
                Some(Request { from: message.from, reply_topic: topic.clone(), argument: argument.clone() })
            }
            _ => None,
        }
    }
    /// Who asks.
    pub fn from(&self) -> Pid {
        self.from
    }
    /// Replies. A caller that has ended or given up does not hear it.
    ///
    /// # Errors
    /// What sending says.
    pub fn reply(self, cx: Process, result: Result<Value, Error>) -> Result<(), Error> {
        let value = result.unwrap_or_else(Value::from);
        cx.send_pid(self.from, self.reply_topic, value).map_err(|(e, _)| e)
    }
}
