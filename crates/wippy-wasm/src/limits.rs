//! What an entry says under `limits`: how much of everything a guest may have.

use crate::engine::{MEMORY_DEFAULT, MEMORY_MAX};
use crate::ops::OPERATIONS_MAX;
use std::time::Duration;
use wippy_core::{Entry, Tree, size};

/// The limits of one entry.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Bytes of linear memory.
    pub(crate) memory: usize,
    /// Elements of each table; `None`: as many as the pool holds.
    pub(crate) table_elements: Option<usize>,
    /// How long the process may live.
    pub(crate) time: Option<Duration>,
    /// Operations that are not answered yet.
    pub(crate) ops: usize,
    /// Messages that wait; 0 = as the host says.
    pub(crate) mailbox: usize,
    /// Ticks of a millisecond that the guest may use in one step before others have their turn.
    pub(crate) step_ticks: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: MEMORY_DEFAULT,
            table_elements: None,
            time: None,
            ops: OPERATIONS_MAX,
            mailbox: 0,
            step_ticks: 1,
        }
    }
}

impl Limits {
    /// Reads the block.
    ///
    /// # Errors
    /// The key of a wrong value, and what is wrong.
    pub(crate) fn read(entry: &Entry) -> Result<Limits, (String, String)> {
        let Some(block) = entry.field("limits").filter(|l| **l != Tree::Nil) else { return Ok(Limits::default()) };
        if block.as_map().is_none() {
            return Err(("limits".into(), format!("limits must be a map, not {}", block.sort())));
        }
        let number = |key: &str, least: i64, most: i64| match block.field(key) {
            None | Some(Tree::Nil) => Ok(None),
            Some(Tree::Int(n)) if (least..=most).contains(n) => Ok(Some(*n)),
            Some(_) => {
                let most = if most == i64::MAX { "more".into() } else { format!("up to {most}") };
                Err((format!("limits.{key}"), format!("limits.{key} must be a whole number, {least} or {most}")))
            }
        };
        let mut limits = Limits::default();
        if let Some(ms) = number("max_execution_ms", 0, i64::MAX)?.filter(|ms| *ms > 0) {
            limits.time = Some(Duration::from_millis(ms as u64));
        }
        limits.table_elements = number("max_table_elements", 0, i64::MAX)?.map(|n| n as usize);
        limits.ops = number("max_ops", 1, 1_000_000)?.map_or(limits.ops, |n| n as usize);
        limits.mailbox = number("max_mailbox", 0, 32_767)?.map_or(0, |n| n as usize);
        limits.step_ticks = number("max_step_ms", 1, 1_000)?.map_or(1, |n| n as u64);
        let key = if block.field("memory").is_some() { "memory" } else { "max_memory_bytes" };
        let bytes = match block.field(key) {
            None | Some(Tree::Nil) => limits.memory,
            Some(value) => match size::parse(value) {
                Ok(bytes) if bytes > 0 => bytes,
                _ => return Err((format!("limits.{key}"), format!("limits.{key} must be a size such as 16MB"))),
            },
        };
        limits.memory = bytes.min(MEMORY_MAX);
        Ok(limits)
    }
}
