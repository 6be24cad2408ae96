//! What a `process.service` entry says.

use crate::error::Fault;
use crate::policies::{Identity, Policies};
use std::time::Duration;
use wippy_core::{Entry, EntryId, Tree, Value, Values};

/// When and how often to start again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Restart {
    /// Failures in a row that are tolerated; 0 = any number.
    pub(crate) max_attempts: u32,
    pub(crate) initial_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) backoff_factor: f64,
    /// Fraction of the delay.
    pub(crate) jitter: f64,
}

impl Default for Restart {
    fn default() -> Self {
        Restart {
            max_attempts: 0,
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(90),
            backoff_factor: 2.0,
            jitter: 0.1,
        }
    }
}

/// The `lifecycle:` of an entry.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    pub(crate) auto_start: bool,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) stable_threshold: Duration,
    pub(crate) requires: Vec<EntryId>,
    pub(crate) restart: Restart,
}

/// A service.
#[derive(Debug, Clone)]
pub(crate) struct ServiceSpec {
    pub(crate) id: EntryId,
    pub(crate) process: EntryId,
    pub(crate) host: EntryId,
    pub(crate) input: Values,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) identity: Option<Identity>,
}

impl ServiceSpec {
    pub(crate) fn parse(entry: &Entry, policies: &Policies) -> Result<ServiceSpec, Fault> {
        let ns = entry.id.namespace();
        let reference = |name: &str| match entry.text(name) {
            Some(text) => Ok(EntryId::resolve(text, ns)),
            None => Err(Fault::of(entry, name, format!("{name} is required"))),
        };
        let input = match entry.field("input") {
            None | Some(Tree::Nil) => Values::None,
            Some(Tree::List(items)) => items.iter().map(Value::from).collect(),
            Some(other) => {
                return Err(Fault::of(entry, "input", format!("input must be a list, not {}", other.sort())));
            }
        };
        let host = reference("host")?;
        if host.as_str() == "node:control" {
            return Err(Fault::of(entry, "host", format!("invalid host: {host}")));
        }
        let security = entry.field("lifecycle.security");
        Ok(ServiceSpec {
            id: entry.id.clone(),
            process: reference("process")?,
            host,
            input,
            lifecycle: Lifecycle::parse(entry)?,
            identity: policies.identity(entry, security, "lifecycle.security")?,
        })
    }
}

impl Lifecycle {
    pub(crate) fn parse(entry: &Entry) -> Result<Lifecycle, Fault> {
        let block = match entry.field("lifecycle") {
            None | Some(Tree::Nil) => Tree::Nil,
            Some(block @ Tree::Map(_)) => block.clone(),
            Some(other) => {
                return Err(Fault::of(entry, "lifecycle", format!("lifecycle must be a map, not {}", other.sort())));
            }
        };
        let read = Reader { entry, block: &block };
        if let Some(other) = read.get("restart").filter(|r| r.as_map().is_none()) {
            return read.fault("restart", format!("restart must be a map, not {}", other.sort()));
        }
        if let Some(Tree::Float(_)) = read.get("restart.max_attempts") {
            return read.fault("restart.max_attempts", "restart.max_attempts must be an integer, not a float".into());
        }
        let defaults = Restart::default();
        let first = read.duration("restart.initial_delay")?.or(read.duration("restart.delay")?);
        Ok(Lifecycle {
            auto_start: read.bool("auto_start")?.unwrap_or(false),
            start_timeout: read.duration("start_timeout")?.unwrap_or(Duration::from_secs(10)),
            stop_timeout: read.duration("stop_timeout")?.unwrap_or(Duration::from_secs(10)),
            stable_threshold: read.duration("stable_threshold")?.unwrap_or(Duration::from_secs(5)),
            requires: read.ids(&["requires", "depends_on"])?,
            restart: Restart {
                max_attempts: read.number("restart.max_attempts")?.unwrap_or(0.0) as u32,
                initial_delay: first.unwrap_or(defaults.initial_delay),
                max_delay: read.duration("restart.max_delay")?.unwrap_or(defaults.max_delay),
                backoff_factor: read.number("restart.backoff_factor")?.unwrap_or(defaults.backoff_factor),
                jitter: match read.number("restart.jitter")? {
                    Some(jitter) if jitter > 1.0 => {
                        return read.fault("restart.jitter", "restart.jitter is a fraction, from 0 to 1".into());
                    }
                    jitter => jitter.unwrap_or(defaults.jitter),
                },
            },
        })
    }
}

/// Reads fields of a lifecycle; zero means "default" everywhere.
struct Reader<'a> {
    entry: &'a Entry,
    block: &'a Tree,
}

impl Reader<'_> {
    fn get(&self, path: &str) -> Option<&Tree> {
        path.split('.').try_fold(self.block, |tree, key| tree.field(key)).filter(|v| **v != Tree::Nil)
    }
    fn fault<T>(&self, path: &str, what: String) -> Result<T, Fault> {
        Err(Fault::of(self.entry, &format!("lifecycle.{path}"), what))
    }
    fn bool(&self, path: &str) -> Result<Option<bool>, Fault> {
        match self.get(path) {
            None => Ok(None),
            Some(Tree::Bool(v)) => Ok(Some(*v)),
            Some(other) => self.fault(path, format!("{path} must be true or false, not {}", other.sort())),
        }
    }
    fn number(&self, path: &str) -> Result<Option<f64>, Fault> {
        let value = match self.get(path) {
            None => return Ok(None),
            Some(Tree::Int(n)) => *n as f64,
            Some(Tree::Float(n)) => *n,
            Some(other) => return self.fault(path, format!("{path} must be a number, not {}", other.sort())),
        };
        if !(0.0..=1e9).contains(&value) {
            return self.fault(path, format!("{path} must not be negative or beyond reason"));
        }
        Ok((value != 0.0).then_some(value))
    }
    fn duration(&self, path: &str) -> Result<Option<Duration>, Fault> {
        let text = match self.get(path) {
            None => return Ok(None),
            Some(Tree::Text(text)) => text.clone(),
            Some(other) => {
                let what = format!("{path} must be a duration such as 500ms or 2s, not {}", other.sort());
                return self.fault(path, what);
            }
        };
        match wippy_core::duration::parse(&text) {
            Some(d) => Ok((d != Duration::ZERO).then_some(d)),
            None => self.fault(path, format!("{path}: invalid duration '{text}' (write 500ms, 2s, 1m30s)")),
        }
    }
    fn ids(&self, paths: &[&str]) -> Result<Vec<EntryId>, Fault> {
        let mut ids = Vec::new();
        for path in paths {
            let items = match self.get(path) {
                None => continue,
                Some(Tree::List(items)) => items,
                Some(other) => return self.fault(path, format!("{path} must be a list, not {}", other.sort())),
            };
            for item in items {
                let Some(text) = item.as_str() else {
                    return self.fault(path, format!("{path} must hold ids, not {}", item.sort()));
                };
                let id = EntryId::resolve(text, self.entry.id.namespace());
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        Ok(ids)
    }
}
