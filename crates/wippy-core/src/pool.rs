//! The `pool` block of a function entry: how many calls run at once, and how long a call may go on after its answer.
//!
//! It is the same for functions of every kind. Here it is only read and checked; nothing is pooled.

use crate::duration;
use crate::entry::Entry;
use crate::tree::Tree;
use std::time::Duration;

/// How long a call may go on after its answer, unless its entry says otherwise.
const LINGER: Duration = Duration::from_secs(5 * 60);

/// Which strategy an entry asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolType {
    /// As many as are needed, up to a cap.
    Lazy,
    /// A fixed number.
    Static,
    /// Grows and shrinks with the load.
    Adaptive,
    /// One, calls take turns.
    Inline,
}

/// A checked `pool` block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The strategy; the one that the numbers imply when the entry names none.
    pub kind: PoolType,
    /// `size`; 0 when absent.
    pub size: u32,
    /// `workers`; 0 when absent.
    pub workers: u32,
    /// `buffer`; 0 when absent.
    pub buffer: u32,
    /// `max_size`; 0 when absent.
    pub max_size: u32,
    /// How long coroutines of a call may go on after its answer. Default: five minutes.
    pub linger: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { kind: PoolType::Lazy, size: 0, workers: 0, buffer: 0, max_size: 0, linger: LINGER }
    }
}

impl Pool {
    /// Reads the block of an entry; the default without one.
    ///
    /// # Errors
    /// The path of the key that is wrong, and what is wrong with it.
    pub fn parse(entry: &Entry) -> Result<Pool, (String, String)> {
        let block = match entry.field("pool") {
            None | Some(Tree::Nil) => return Ok(Pool::default()),
            Some(block @ Tree::Map(_)) => block,
            Some(other) => return Err(("pool".into(), format!("pool must be a map, not {}", other.sort()))),
        };
        let number = |name: &str| match block.field(name) {
            None | Some(Tree::Nil) => Ok(0),
            Some(Tree::Int(n)) if *n < 0 => Err((format!("pool.{name}"), format!("{name} must not be negative"))),
            Some(Tree::Int(n)) => {
                u32::try_from(*n).map_err(|_| (format!("pool.{name}"), format!("{name} is too large: {n}")))
            }
            Some(other) => Err((format!("pool.{name}"), format!("{name} must be an integer, not {}", other.sort()))),
        };
        let (size, workers) = (number("size")?, number("workers")?);
        let (buffer, max_size) = (number("buffer")?, number("max_size")?);
        if workers > 0 && size == 0 {
            return Err(("pool.workers".into(), "workers requires size".into()));
        }
        let kind = match block.field("type") {
            None | Some(Tree::Nil) if workers > 0 => PoolType::Static,
            None | Some(Tree::Nil) if size > 0 && max_size == 0 => PoolType::Inline,
            None | Some(Tree::Nil) => PoolType::Lazy,
            Some(Tree::Text(name)) => match &**name {
                "" if workers > 0 => PoolType::Static,
                "" if size > 0 && max_size == 0 => PoolType::Inline,
                "" | "lazy" => PoolType::Lazy,
                "static" => PoolType::Static,
                "adaptive" => PoolType::Adaptive,
                "inline" => PoolType::Inline,
                other => {
                    let what = format!("type must be lazy, static, adaptive or inline, not '{other}'");
                    return Err(("pool.type".into(), what));
                }
            },
            Some(other) => return Err(("pool.type".into(), format!("type must be a text, not {}", other.sort()))),
        };
        let linger = match block.field("linger") {
            None | Some(Tree::Nil) => LINGER,
            Some(Tree::Text(text)) => duration::parse(text).ok_or_else(|| {
                ("pool.linger".to_owned(), format!("linger must be a duration such as 30s, not '{text}'"))
            })?,
            Some(other) => {
                return Err(("pool.linger".into(), format!("linger must be a duration, not {}", other.sort())));
            }
        };
        Ok(Pool { kind, size, workers, buffer, max_size, linger })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(block: Tree) -> Result<Pool, (String, String)> {
        Pool::parse(&Entry { data: Tree::map([("pool", block)]), ..Entry::default() })
    }

    #[test]
    fn numbers_imply_a_type() {
        let kind = |pairs: &[(&str, i64)]| parse(Tree::map(pairs.iter().copied())).unwrap().kind;
        assert_eq!(kind(&[]), PoolType::Lazy);
        assert_eq!(kind(&[("size", 2), ("max_size", 9)]), PoolType::Lazy);
        assert_eq!(kind(&[("size", 2), ("workers", 2)]), PoolType::Static);
        assert_eq!(kind(&[("size", 2)]), PoolType::Inline);
        assert_eq!(Pool::parse(&Entry::default()), Ok(Pool::default()));
        assert_eq!(parse(Tree::map([("linger", "0s")])).unwrap().linger, Duration::ZERO);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key() {
        let wrong = |key: &str, value: Tree| parse(Tree::map([(key, value)])).unwrap_err();
        for (key, value) in [
            ("type", Tree::from("huge")),
            ("type", Tree::from(1)),
            ("size", Tree::from(-1)),
            ("size", Tree::from("2")),
            ("size", Tree::from(1i64 << 40)),
            ("buffer", Tree::from(-1)),
            ("max_size", Tree::from(1.5)),
            ("workers", Tree::from(2)),
            ("linger", Tree::from(5)),
            ("linger", Tree::from("soon")),
        ] {
            assert_eq!(wrong(key, value).0, format!("pool.{key}"));
        }
        assert_eq!(Pool::parse(&Entry { data: Tree::map([("pool", 1)]), ..Entry::default() }).unwrap_err().0, "pool");
    }
}
