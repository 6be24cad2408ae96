//! Types as values: what type statements declare, checked against values while a program runs.
//!
//! A [`Type`] is a small immutable tree that names declarations by number, so recursion is no cycle of pointers, and all
//! programs that import a library share its types. Type values in a state are numbers into the [`Store`] of the program,
//! which all its processes share.

mod build;
mod check;
mod head;
mod relate;
mod text;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub(crate) use build::{Imported, build};
pub(crate) use check::{Failure, check, sort_of};

/// How many different types a program may make.
const STORE_MAX: usize = 20_000;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Any,
    Unknown,
    Never,
    Nil,
    Boolean,
    Number,
    Integer,
    String,
    Table,
    /// Any function.
    AnyFunction,
    Userdata,
    Thread,
    /// An Error object or a string.
    Error,
    Literal(Literal),
    Optional(Arc<Type>),
    Union(Arc<[Type]>),
    Intersection(Arc<[Type]>),
    Tuple(Arc<[Type]>),
    Array(Arc<Type>),
    Map(Arc<(Type, Type)>),
    Record(Arc<Record>),
    Function(Arc<FunctionType>),
    /// An interface of the program: any table or object.
    Interface(Arc<[Arc<str>]>),
    /// Objects of the runtime, by their class; events are tables.
    Host(&'static Host),
    /// A declaration of a chunk of the program, with arguments: the number of the chunk, and the place among its types.
    Named(u64, u32, Arc<[Type]>),
    /// A parameter of the declaration around.
    Parameter(u32, Arc<str>),
    Unresolved(Arc<str>),
    Constrained(Arc<Type>, Arc<[Constraint]>),
    Keyof(Arc<Type>),
    /// The type of a field.
    Field(Arc<Type>, Arc<Type>),
    /// If the first fits the second, the third, else the fourth.
    Conditional(Arc<[Type; 4]>),
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Text(Arc<[u8]>),
}

/// Fields, and what other pairs must be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) fields: Vec<FieldType>,
    pub(crate) others: Option<(Type, Type)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FieldType {
    pub(crate) name: Arc<str>,
    pub(crate) optional: bool,
    pub(crate) type_: Type,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FunctionType {
    pub(crate) parameters: Vec<Type>,
    pub(crate) varargs: Option<Type>,
    pub(crate) results: Vec<Type>,
}

/// A kind of object that the runtime makes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    /// The module that defines it.
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    /// The class of its userdata; empty for plain tables.
    pub(crate) class: &'static str,
}

/// Types of the runtime's modules.
pub(crate) const HOSTS: &[Host] = &[
    host("channel", "Channel", crate::channel::CLASS),
    host("process", "Message", "wippy.message"),
    host("process", "Event", ""),
    host("payload", "Payload", "wippy.payload"),
    host("time", "Time", "wippy.time"),
    host("time", "Duration", "wippy.duration"),
    host("time", "Location", "wippy.location"),
    host("time", "Timer", "wippy.timer"),
    host("time", "Ticker", "wippy.ticker"),
    host("logger", "Logger", "wippy.logger"),
    host("errors", "Error", crate::errors::CLASS),
    host("funcs", "Executor", "wippy.executor"),
    host("future", "Future", "wippy.future"),
    host("events", "Subscription", "wippy.subscription"),
    host("text", "Regexp", "wippy.regexp"),
    host("text", "Differ", "wippy.differ"),
    host("text", "Splitter", "wippy.splitter"),
    host("expr", "Program", "wippy.expr_program"),
];

const fn host(module: &'static str, name: &'static str, class: &'static str) -> Host {
    Host { module, name, class }
}

/// `@name(argument)`
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) name: Arc<str>,
    pub(crate) argument: Literal,
    /// The expression of a `@pattern`; `None` when it is not valid.
    pub(crate) pattern: Option<Arc<crate::regexp::Matcher>>,
}

impl PartialEq for Constraint {
    fn eq(&self, other: &Constraint) -> bool {
        self.name == other.name && self.argument == other.argument
    }
}
impl Eq for Constraint {}
impl Hash for Constraint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, &self.argument).hash(state);
    }
}

/// A declaration.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: Arc<str>,
    pub(crate) parameters: Vec<(Arc<str>, Option<Type>)>,
    pub(crate) body: Type,
}

/// The types of one chunk.
#[derive(Debug, Default)]
pub(crate) struct ChunkTypes {
    pub(crate) declared: Vec<Declared>,
    /// Chunk-level declarations by name.
    pub(crate) exports: FxHashMap<Arc<str>, u32>,
    /// Globals that hold types.
    pub(crate) values: Vec<(Arc<str>, Type)>,
    /// The libraries `string` and `table` are used as types.
    pub(crate) typed_libraries: bool,
    /// The chunk asks for types by `typeof(e)`.
    pub(crate) asks_types: bool,
}

/// Where declarations are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Types<'a>(pub(crate) &'a crate::program::Program);

impl<'a> Types<'a> {
    pub(crate) fn declared(self, chunk: u64, index: u32) -> &'a Declared {
        &self.0.chunk(chunk).types.declared[index as usize]
    }
}

/// Numbers for types. It only grows, and not without end.
#[derive(Debug, Default)]
pub(crate) struct Store(RwLock<(Vec<Type>, FxHashMap<Type, u32>)>);

impl Store {
    /// The number of a type; `None` when the program has made too many.
    pub(crate) fn number(&self, type_: &Type) -> Option<u32> {
        if let Some(n) = self.0.read().1.get(type_) {
            return Some(*n);
        }
        let mut store = self.0.write();
        let n = store.0.len();
        if n >= STORE_MAX {
            return None;
        }
        let n = *store.1.entry(type_.clone()).or_insert(n as u32);
        if n as usize == store.0.len() {
            store.0.push(type_.clone());
        }
        Some(n)
    }
    pub(crate) fn get(&self, n: u32) -> Option<Type> {
        self.0.read().0.get(n as usize).cloned()
    }
}

impl Type {
    /// The union of some types: flat, without repetitions.
    pub(crate) fn union(members: impl IntoIterator<Item = Type>) -> Type {
        let mut flat: Vec<Type> = Vec::new();
        for member in members {
            match member {
                Type::Union(inner) => inner.iter().for_each(|t| push_new(&mut flat, t.clone())),
                other => push_new(&mut flat, other),
            }
        }
        match flat.len() {
            0 => Type::Never,
            1 => flat.remove(0),
            _ => Type::Union(flat.into()),
        }
    }
}

fn push_new(list: &mut Vec<Type>, type_: Type) {
    if !list.contains(&type_) {
        list.push(type_);
    }
}
