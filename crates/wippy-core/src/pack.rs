//! MessagePack with two extensions: how a table travels between processes in one buffer.
//!
//! Virtual machines write with [`Writer`] and read with [`Reader`] without building a tree in between. The extensions
//! keep what Lua has and MessagePack lacks: [`EXT_REFERENCE`] names an earlier table of the same value (tables are
//! counted from 0 in the order in which they begin, so cycles and shared parts survive), [`EXT_ERROR`] is a structured
//! error. An empty map in its longest form ([`Writer::empty_map`]) is a table that once had keys. Guests of other languages and other nodes get plain MessagePack: see [`crate::Value::to_plain`].

use crate::error::{Error, ErrorKind};
use crate::tree::Tree;
use rmp::Marker;
use std::collections::HashMap;

/// Extension type of a reference to an earlier table: a big-endian `u32`.
pub const EXT_REFERENCE: i8 = 1;
/// Extension type of an error: MessagePack `[kind, message, retryable, details]`, and the context that it was wrapped in if
/// there is one.
pub const EXT_ERROR: i8 = 2;
/// How deep tables may nest in one value. Deeper values are refused by writers and readers alike.
pub const DEPTH_MAX: usize = 200;

/// Writes one packed value.
#[derive(Debug, Default)]
pub struct Writer {
    buf: Vec<u8>,
}

/// Where a map's length is filled in once it is known.
#[derive(Debug)]
#[must_use]
pub struct OpenMap(usize);

impl Writer {
    /// An empty writer.
    pub fn new() -> Writer {
        Writer::default()
    }
    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf
    }
    /// Forgets what was written and keeps the room.
    pub fn clear(&mut self) {
        self.buf.clear();
    }
    /// Writes nil.
    pub fn nil(&mut self) {
        self.buf.push(Marker::Null.to_u8());
    }
    /// Writes a boolean.
    pub fn bool(&mut self, v: bool) {
        self.buf.push(if v { Marker::True } else { Marker::False }.to_u8());
    }
    /// Writes a whole number.
    pub fn int(&mut self, v: i64) {
        rmp::encode::write_sint(&mut self.buf, v).expect("writing to a vector cannot fail");
    }
    /// Writes a floating-point number.
    pub fn float(&mut self, v: f64) {
        rmp::encode::write_f64(&mut self.buf, v).expect("writing to a vector cannot fail");
    }
    /// Writes a string: as text if it is UTF-8, else as binary.
    pub fn bytes(&mut self, v: &[u8]) {
        match std::str::from_utf8(v) {
            Ok(text) => rmp::encode::write_str(&mut self.buf, text).map_err(drop),
            Err(_) => rmp::encode::write_bin(&mut self.buf, v).map_err(drop),
        }
        .expect("writing to a vector cannot fail");
    }
    /// Begins a list of `len` values.
    pub fn list(&mut self, len: usize) {
        rmp::encode::write_array_len(&mut self.buf, len as u32).expect("writing to a vector cannot fail");
    }
    /// Begins a map of `len` pairs.
    pub fn map(&mut self, len: usize) {
        rmp::encode::write_map_len(&mut self.buf, len as u32).expect("writing to a vector cannot fail");
    }
    /// Begins a map whose length is not known yet; [`Writer::close_map`] must follow.
    pub fn open_map(&mut self) -> OpenMap {
        self.buf.push(Marker::Map32.to_u8());
        self.buf.extend_from_slice(&[0; 4]);
        OpenMap(self.buf.len() - 4)
    }
    /// Fills in the number of pairs.
    pub fn close_map(&mut self, open: OpenMap, pairs: u32) {
        self.buf[open.0..open.0 + 4].copy_from_slice(&pairs.to_be_bytes());
    }
    /// Writes an empty map. `had_keys`: what it stands for once had keys, which is how Lua tells an object without fields
    /// from a list without elements.
    pub fn empty_map(&mut self, had_keys: bool) {
        if had_keys {
            let open = self.open_map();
            self.close_map(open, 0);
        } else {
            self.map(0);
        }
    }
    /// Writes a reference to the `index`-th table of this value.
    pub fn reference(&mut self, index: u32) {
        rmp::encode::write_ext_meta(&mut self.buf, 4, EXT_REFERENCE).expect("writing to a vector cannot fail");
        self.buf.extend_from_slice(&index.to_be_bytes());
    }
    /// Writes a structured error.
    pub fn error(&mut self, e: &Error) {
        let mut body = Writer::new();
        body.list(4 + usize::from(e.wrapped_in().is_some()));
        body.bytes(e.kind().as_str().as_bytes());
        body.bytes(e.message().as_bytes());
        match e.retryable() {
            Some(v) => body.bool(v),
            None => body.nil(),
        }
        body.tree(e.details());
        if let Some(context) = e.wrapped_in() {
            body.bytes(context.as_bytes());
        }
        rmp::encode::write_ext_meta(&mut self.buf, body.buf.len() as u32, EXT_ERROR)
            .expect("writing to a vector cannot fail");
        self.buf.extend_from_slice(&body.buf);
    }
    /// Writes a tree.
    pub fn tree(&mut self, tree: &Tree) {
        match tree {
            Tree::Nil => self.nil(),
            Tree::Bool(v) => self.bool(*v),
            Tree::Int(v) => self.int(*v),
            Tree::Float(v) => self.float(*v),
            Tree::Text(v) => self.bytes(v.as_bytes()),
            Tree::Bytes(v) => self.bytes(v),
            Tree::List(items) => {
                self.list(items.len());
                items.iter().for_each(|item| self.tree(item));
            }
            Tree::Map(pairs) => {
                self.map(pairs.len());
                for (k, v) in pairs {
                    self.tree(k);
                    self.tree(v);
                }
            }
            Tree::Error(e) => self.error(e),
        }
    }
}

/// One piece of a packed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'a> {
    /// Nil.
    Nil,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string, text or binary.
    Bytes(&'a [u8]),
    /// A list; this many values follow.
    List(usize),
    /// A map; this many pairs follow.
    Map(usize),
    /// The table with this number, counted from 0 as they began.
    Reference(u32),
    /// A structured error.
    Error(Error),
}

/// Reads a packed value piece by piece. Never panics and never allocates by a length that the input merely claims.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// How many errors and tables this reader lies inside of: errors hold values in their details.
    depth: usize,
}

fn damaged() -> Error {
    Error::invalid("value is not valid MessagePack")
}

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, depth: 0 }
    }
    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }
    /// Whether the next piece is a map in its longest form: one without pairs had keys once, see [`Writer::empty_map`].
    pub fn at_long_map(&self) -> bool {
        self.rest.first() == Some(&Marker::Map32.to_u8())
    }
    fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        if n > self.rest.len() {
            return Err(damaged());
        }
        let (head, tail) = self.rest.split_at(n);
        self.rest = tail;
        Ok(head)
    }
    fn uint(&mut self, width: usize) -> Result<u64, Error> {
        Ok(self.take(width)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }
    fn counted(&mut self, n: u64, bytes_each: u64) -> Result<usize, Error> {
        // Every element takes at least a byte: a length beyond what is left is a lie, refused before anyone reserves.
        if n.saturating_mul(bytes_each) > self.rest.len() as u64 { Err(damaged()) } else { Ok(n as usize) }
    }

    /// The next piece.
    ///
    /// # Errors
    /// INVALID when the bytes are no MessagePack, end early, or use an unknown extension.
    #[allow(clippy::should_implement_trait, reason = "fails, and lends from the input: not an iterator")]
    pub fn next(&mut self) -> Result<Token<'a>, Error> {
        let marker = Marker::from_u8(self.take(1)?[0]);
        Ok(match marker {
            Marker::Null => Token::Nil,
            Marker::True => Token::Bool(true),
            Marker::False => Token::Bool(false),
            Marker::FixPos(n) => Token::Int(i64::from(n)),
            Marker::FixNeg(n) => Token::Int(i64::from(n)),
            Marker::U8 => Token::Int(self.uint(1)? as i64),
            Marker::U16 => Token::Int(self.uint(2)? as i64),
            Marker::U32 => Token::Int(self.uint(4)? as i64),
            Marker::U64 => {
                let n = self.uint(8)?;
                i64::try_from(n).map_or(Token::Float(n as f64), Token::Int)
            }
            Marker::I8 => Token::Int(i64::from(self.uint(1)? as i8)),
            Marker::I16 => Token::Int(i64::from(self.uint(2)? as i16)),
            Marker::I32 => Token::Int(i64::from(self.uint(4)? as i32)),
            Marker::I64 => Token::Int(self.uint(8)? as i64),
            Marker::F32 => Token::Float(f64::from(f32::from_bits(self.uint(4)? as u32))),
            Marker::F64 => Token::Float(f64::from_bits(self.uint(8)?)),
            Marker::FixStr(n) => Token::Bytes(self.take(n as usize)?),
            Marker::Str8 | Marker::Bin8 => self.string(1)?,
            Marker::Str16 | Marker::Bin16 => self.string(2)?,
            Marker::Str32 | Marker::Bin32 => self.string(4)?,
            Marker::FixArray(n) => Token::List(self.counted(n.into(), 1)?),
            Marker::Array16 => self.uint(2).and_then(|n| self.counted(n, 1)).map(Token::List)?,
            Marker::Array32 => self.uint(4).and_then(|n| self.counted(n, 1)).map(Token::List)?,
            Marker::FixMap(n) => Token::Map(self.counted(n.into(), 2)?),
            Marker::Map16 => self.uint(2).and_then(|n| self.counted(n, 2)).map(Token::Map)?,
            Marker::Map32 => self.uint(4).and_then(|n| self.counted(n, 2)).map(Token::Map)?,
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.uint(1).and_then(|n| self.extension(n as usize))?,
            Marker::Ext16 => self.uint(2).and_then(|n| self.extension(n as usize))?,
            Marker::Ext32 => self.uint(4).and_then(|n| self.extension(n as usize))?,
            Marker::Reserved => return Err(damaged()),
        })
    }

    fn string(&mut self, width: usize) -> Result<Token<'a>, Error> {
        let n = self.uint(width)? as usize;
        Ok(Token::Bytes(self.take(n)?))
    }

    fn extension(&mut self, len: usize) -> Result<Token<'a>, Error> {
        let kind = self.take(1)?[0] as i8;
        let body = self.take(len)?;
        match (kind, body) {
            (EXT_REFERENCE, &[a, b, c, d]) => Ok(Token::Reference(u32::from_be_bytes([a, b, c, d]))),
            (EXT_ERROR, body) => read_error(body, self.depth + 1).map(Token::Error),
            _ => Err(damaged()),
        }
    }

    /// The next whole value as a tree. References are written out.
    ///
    /// # Errors
    /// INVALID for a cycle, which a tree cannot hold, and when what is written out again and again takes more than
    /// [`WRITTEN_OUT_MAX`].
    pub fn tree(&mut self) -> Result<Tree, Error> {
        let mut shared = Shared::of(self)?;
        self.tree_at(self.depth, &mut shared)
    }

    fn tree_at(&mut self, depth: usize, shared: &mut Shared) -> Result<Tree, Error> {
        if depth > DEPTH_MAX {
            return Err(Error::invalid("value is nested too deep"));
        }
        self.depth = depth;
        let token = self.next()?;
        let number = shared.begun;
        let before = shared.size;
        shared.size += 64;
        if matches!(token, Token::List(_) | Token::Map(_)) {
            shared.begun += 1;
        }
        let tree = match token {
            Token::Nil => Tree::Nil,
            Token::Bool(v) => Tree::Bool(v),
            Token::Int(v) => Tree::Int(v),
            Token::Float(v) => Tree::Float(v),
            Token::Bytes(v) => {
                shared.size += v.len();
                match std::str::from_utf8(v) {
                    Ok(text) => Tree::Text(text.to_owned()),
                    Err(_) => Tree::Bytes(v.to_vec()),
                }
            }
            Token::List(n) => {
                let items = (0..n).map(|_| self.tree_at(depth + 1, shared)).collect::<Result<_, _>>();
                Tree::List(items?)
            }
            Token::Map(n) => {
                let mut pairs = Vec::new();
                for _ in 0..n {
                    pairs.push((self.tree_at(depth + 1, shared)?, self.tree_at(depth + 1, shared)?));
                }
                Tree::Map(pairs)
            }
            Token::Reference(i) => return shared.again(i),
            Token::Error(e) => Tree::Error(e),
        };
        if matches!(tree, Tree::List(_) | Tree::Map(_)) {
            shared.done(number, &tree, shared.size - before);
        }
        Ok(tree)
    }
}

/// How many bytes of what is shared may be written out again, roughly: 64 for each value, and its text. Tables that hold
/// each other twice would otherwise grow without end.
pub const WRITTEN_OUT_MAX: usize = 64 << 20;

/// The tables of a value that it refers to again.
#[derive(Default)]
struct Shared {
    /// By number, with what each takes; `None` until it is read.
    tables: HashMap<u32, Option<(Tree, usize)>>,
    /// Nobody has looked ahead: any table may be referred to.
    keeps_all: bool,
    /// How many tables have begun.
    begun: usize,
    /// What was read so far takes.
    size: usize,
    /// What was written out again takes.
    again: usize,
}

impl Shared {
    /// Looks which tables the next value of a reader refers to.
    fn of(reader: &Reader<'_>) -> Result<Shared, Error> {
        let mut shared = Shared::default();
        let (mut ahead, mut left) = (Reader { rest: reader.rest, depth: reader.depth }, 1usize);
        while left > 0 {
            left -= 1;
            match ahead.next()? {
                Token::List(n) => left += n,
                Token::Map(n) => left += 2 * n,
                Token::Reference(i) => drop(shared.tables.insert(i, None)),
                _ => {}
            }
        }
        Ok(shared)
    }

    fn done(&mut self, number: usize, tree: &Tree, size: usize) {
        let Ok(number) = u32::try_from(number) else { return };
        if self.keeps_all || self.tables.contains_key(&number) {
            self.tables.insert(number, Some((tree.clone(), size)));
        }
    }

    fn again(&mut self, number: u32) -> Result<Tree, Error> {
        let Some(Some((tree, size))) = self.tables.get(&number) else {
            return Err(Error::invalid("a table that contains itself cannot be used here"));
        };
        self.again += size;
        self.size += size;
        if self.again > WRITTEN_OUT_MAX {
            return Err(Error::invalid("what the value holds more than once takes too much when it is written out"));
        }
        Ok(tree.clone())
    }
}

fn read_error(body: &[u8], depth: usize) -> Result<Error, Error> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid("value is nested too deep"));
    }
    let mut r = Reader { rest: body, depth };
    let Token::List(parts @ (4 | 5)) = r.next()? else {
        return Err(damaged());
    };
    let text = |token| match token {
        Token::Bytes(b) => Ok(String::from_utf8_lossy(b).into_owned()),
        _ => Err(damaged()),
    };
    let (kind, message) = (text(r.next()?)?, text(r.next()?)?);
    let retryable = match r.next()? {
        Token::Nil => None,
        Token::Bool(b) => Some(b),
        _ => return Err(damaged()),
    };
    // Looking ahead would read each error inside of it once more for each one around it.
    let details = r.tree_at(depth + 1, &mut Shared { keeps_all: true, ..Shared::default() })?;
    let error = Error::new(ErrorKind::parse(&kind), message).with_retryable(retryable).with_details(details);
    Ok(if parts == 5 { error.wrap(text(r.next()?)?) } else { error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_hold_each_other_twice_are_refused_before_they_fill_the_memory() {
        let doubled = |times: u32| {
            let mut w = Writer::new();
            // The table of number n holds the one of number n + 1 and a reference to it.
            for n in 0..times {
                w.list(2);
                if n + 1 == times {
                    w.int(1);
                    w.int(2);
                }
            }
            for n in (1..times).rev() {
                w.reference(n);
            }
            Reader::new(w.as_bytes()).tree()
        };
        assert!(matches!(doubled(10), Ok(Tree::List(items)) if items[0] == items[1]));
        assert!(doubled(100).unwrap_err().message().contains("written out"));
    }

    #[test]
    fn every_sort_of_data_survives_the_buffer() {
        let tree = Tree::map([
            ("list", Tree::List(vec![Tree::Int(1), Tree::Int(-7), Tree::Float(1.0), Tree::Nil])),
            ("text", Tree::from("grüße")),
            ("bytes", Tree::Bytes(vec![0xff, 0x00])),
            ("big", Tree::Int(i64::MAX)),
            ("small", Tree::Int(i64::MIN)),
            ("error", Error::not_found("gone").with_details(Tree::map([("id", "x")])).into()),
        ]);
        let mut w = Writer::new();
        w.tree(&tree);
        assert_eq!(Reader::new(w.as_bytes()).tree().unwrap(), tree);
    }

    #[test]
    fn a_table_inside_itself_cannot_become_a_tree() {
        let mut w = Writer::new();
        w.list(1);
        w.reference(0);
        assert_eq!(*Reader::new(w.as_bytes()).tree().unwrap_err().kind(), ErrorKind::Invalid);
    }

    proptest::proptest! {
        #[test]
        fn damaged_bytes_are_refused_without_panic(bytes: Vec<u8>) {
            let _ = Reader::new(&bytes).tree();
        }
    }
}
