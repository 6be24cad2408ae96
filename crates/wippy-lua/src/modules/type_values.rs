//! Type values: calling them, asking them, comparing them; and the libraries `string` and `table` as types.

use super::{Call, Out, Raised, Result};
use crate::ffi::{self, Stack};
use crate::program::Program;
use crate::types::{self, Failure, Type, Types};
use std::ffi::c_int;
use std::sync::Arc;
use wippy_core::{Error, Tree};

pub(crate) const CLASS: &str = "wippy.type";

/// A type value: its number in the program's store.
#[derive(Debug, Clone, Copy)]
struct Number(u32);

pub(crate) fn is_type(lua: Stack, i: c_int) -> bool {
    lua.userdata::<Number>(i, CLASS).is_some()
}

/// Pushes a type value; false, and nothing pushed, when the program has made too many types.
pub(crate) fn push(lua: Stack, type_: &Type) -> bool {
    let Some(number) = program(lua).store.number(type_) else { return false };
    lua.push_userdata(Number(number), 0, CLASS);
    true
}

/// Makes the libraries `string` and `table` callable, while a state is furnished.
pub(crate) fn open_libraries(lua: Stack, globals: c_int) {
    for name in ["string", "table"] {
        lua.field(globals, name);
        lua.new_table(0, 3);
        let meta = lua.top();
        lua.push_module("library_type");
        for event in ["__call", "__index"] {
            lua.field(-1, event);
            lua.set_field(meta, event);
        }
        lua.pop(1);
        lua.push_bool(false);
        lua.set_field(meta, "__metatable");
        lua.freeze(meta);
        lua.set_metatable(-2);
        lua.pop(1);
    }
}

fn program(lua: Stack) -> Arc<Program> {
    lua.proc().program.clone()
}

/// The type that a value stands for: a type value, or one of the two libraries.
fn type_at(lua: Stack, i: c_int) -> Option<Type> {
    if let Some(number) = lua.userdata::<Number>(i, CLASS) {
        #[allow(unsafe_code, reason = "userdata of this class holds a Number")]
        // SAFETY: the class was checked in the line above, the object is on the stack.
        let number = unsafe { (*number).0 };
        return program(lua).store.get(number);
    }
    if lua.kind(i) != ffi::TABLE {
        return None;
    }
    let i = lua.abs(i);
    lua.push_globals();
    let mut found = None;
    for (name, type_) in [("string", Type::String), ("table", Type::Table)] {
        lua.field(-1, name);
        if lua.raw_equal(-1, i) {
            found = Some(type_);
        }
        lua.pop(1);
    }
    lua.pop(1);
    found
}

fn this(c: Call) -> Result<Type> {
    match type_at(c.lua, 1) {
        Some(type_) => Ok(type_),
        None => c.expected(1, "type"),
    }
}

fn give(c: Call, type_: &Type) -> Result {
    if push(c.lua, type_) { c.one() } else { c.raise("the program has made too many types") }
}

/// `T(v)`, or `G(T1, T2)`.
pub(super) fn call(c: Call) -> Result {
    let type_ = this(c)?;
    let program = program(c.lua);
    let (types, n) = (Types(&program), c.lua.top() - 1);
    let arguments: Vec<_> = (2..=n + 1).map_while(|i| type_at(c.lua, i)).collect();
    if n > 0 && arguments.len() == n as usize && (types.is_generic(&type_) || is_type(c.lua, 2)) {
        return instantiate(c, types, &type_, arguments);
    }
    if n != 1 {
        let what = if arguments.is_empty() { "takes one value" } else { "takes one value, or types alone" };
        return c.raise(&format!("type {} {what}, got {n}", types.shown(&type_)));
    }
    match types::check(types, c.lua, 2, &type_) {
        Ok(()) => c.one(),
        Err(failure) => c.raise(&raised_text(types, c.lua, &type_, &failure)),
    }
}

/// `expected NAME, got TYPE (place: what)`
fn raised_text(types: Types<'_>, lua: Stack, type_: &Type, failure: &Failure) -> String {
    let head = format!("expected {}, got {}", types.shown(type_), types::sort_of(lua, 2));
    let detail = failure.message();
    if detail == head { head } else { format!("{head} ({detail})") }
}

fn instantiate(c: Call, types: Types<'_>, type_: &Type, arguments: Vec<Type>) -> Result {
    let name = types.shown(type_);
    let Type::Named(chunk, index, _) = type_ else { return c.raise(&format!("type {name} is not generic")) };
    let wanted = types.declared(*chunk, *index).parameters.len();
    match (types.is_generic(type_), arguments.len()) {
        (false, _) => c.raise(&format!("type {name} is not generic")),
        (true, n) if n != wanted => c.raise(&format!("type {name} takes {wanted} type arguments, got {n}")),
        _ => give(c, &Type::Named(*chunk, *index, arguments.into())),
    }
}

/// `typeof(v)`: the type of the value's own sort. A type value stays as it is: the one that is known of an expression.
pub(super) fn type_of(c: Call) -> Result {
    let type_ = match c.lua.kind(1) {
        ffi::NONE => return c.bad_argument(1, "value expected"),
        ffi::NIL => Type::Nil,
        ffi::BOOLEAN => Type::Boolean,
        ffi::NUMBER => Type::Number,
        ffi::STRING => Type::String,
        ffi::TABLE => Type::Table,
        ffi::FUNCTION => Type::AnyFunction,
        ffi::THREAD => Type::Thread,
        _ if is_type(c.lua, 1) => {
            c.lua.set_top(1);
            return c.one();
        }
        _ => Type::Userdata,
    };
    give(c, &type_)
}

/// What `T.name` is: a method, else the type of a field.
pub(super) fn index(c: Call) -> Result {
    let type_ = this(c)?;
    let Some(name) = c.lua.to_text(2) else {
        c.lua.push_nil();
        return c.one();
    };
    if METHODS.contains(&&*name) {
        return push_method(c, &name);
    }
    let program = program(c.lua);
    let found = match Types(&program).bare(&type_) {
        Type::Record(record) => record.fields.iter().find(|f| *f.name == *name).map(|f| match f.optional {
            true => Type::Optional(Arc::new(f.type_.clone())),
            false => f.type_.clone(),
        }),
        _ => None,
    };
    match found {
        Some(type_) => give(c, &type_),
        None => {
            c.lua.push_nil();
            c.one()
        }
    }
}

/// What can be asked of a type. Each knows its type, so that it works with a dot too.
const METHODS: &[&str] =
    &["is", "kind", "name", "elem", "key", "val", "inner", "ret", "fields", "params", "variants", "tparams"];

fn push_method(c: Call, name: &str) -> Result {
    c.lua.push_index(1);
    c.lua.push_closure("type", name, 1);
    c.one()
}

/// `string.is` and the like.
pub(super) fn library_index(c: Call) -> Result {
    match c.lua.to_text(2) {
        Some(name) if matches!(&*name, "is" | "kind" | "name") => push_method(c, &name),
        _ => {
            c.lua.push_nil();
            c.one()
        }
    }
}

/// The type that a method was taken from.
fn mine(c: Call) -> Result<Type> {
    c.lua.push_index(Stack::upvalue(1));
    let found = type_at(c.lua, -1);
    c.lua.pop(1);
    match found {
        Some(type_) => Ok(type_),
        None => c.raise("called without a type"),
    }
}

/// `T:is(v)`, `T.is(v)` → v and nil, or nil and why not.
pub(super) fn is(c: Call) -> Result {
    let type_ = mine(c)?;
    let with_self = c.lua.top() >= 1 && c.lua.raw_equal(1, Stack::upvalue(1));
    let i = if with_self { 2 } else { 1 };
    c.lua.set_top(i);
    let program = program(c.lua);
    match types::check(Types(&program), c.lua, i, &type_) {
        Ok(()) => {
            c.lua.push_index(i);
            c.good()
        }
        Err(failure) => c.bad(&error(&failure)),
    }
}

fn error(failure: &Failure) -> Error {
    let mut details = Tree::Map(Vec::new());
    if !failure.path.is_empty() {
        details.set("field", failure.path.as_str());
    }
    for (name, value) in
        [("expected", failure.expected.as_deref()), ("got", failure.got), ("constraint", failure.constraint.as_deref())]
    {
        if let Some(value) = value {
            details.set(name, value);
        }
    }
    Error::invalid(failure.message()).with_retryable(Some(false)).with_details(details)
}

pub(super) fn kind(c: Call) -> Result {
    let type_ = mine(c)?;
    c.lua.push_str(Types(&program(c.lua)).kind(&type_));
    c.one()
}

pub(super) fn name(c: Call) -> Result {
    let type_ = mine(c)?;
    match Types(&program(c.lua)).name(&type_) {
        Some(name) => c.lua.push_str(&name),
        None => c.lua.push_nil(),
    }
    c.one()
}

/// A method that gives a part of the type, or nil.
fn part(c: Call, find: impl FnOnce(Type) -> Option<Type>) -> Result {
    let type_ = mine(c)?;
    let head = Types(&program(c.lua)).bare(&type_);
    match find(head) {
        Some(type_) => give(c, &type_),
        None => {
            c.lua.push_nil();
            c.one()
        }
    }
}

pub(super) fn elem(c: Call) -> Result {
    part(c, |t| if let Type::Array(element) = t { Some((*element).clone()) } else { None })
}

pub(super) fn key(c: Call) -> Result {
    part(c, |t| if let Type::Map(pair) = t { Some(pair.0.clone()) } else { None })
}

pub(super) fn val(c: Call) -> Result {
    part(c, |t| if let Type::Map(pair) = t { Some(pair.1.clone()) } else { None })
}

pub(super) fn inner(c: Call) -> Result {
    part(c, |t| if let Type::Optional(inner) = t { Some((*inner).clone()) } else { None })
}

pub(super) fn ret(c: Call) -> Result {
    part(c, |t| match t {
        Type::Function(f) if f.results.len() == 1 => Some(f.results[0].clone()),
        Type::Function(f) if !f.results.is_empty() => Some(Type::Tuple(f.results.clone().into())),
        _ => None,
    })
}

/// Iterators: the list is found anew at each turn, the count lives in the iterator.
fn iterator(c: Call, name: &str, exists: bool) -> Result {
    if exists {
        c.lua.push_index(Stack::upvalue(1));
        c.lua.push_int(0);
        c.lua.push_closure("type_next", name, 2);
    } else {
        c.lua.push_nil();
    }
    c.one()
}

/// The next turn of an iterator: `push` pushes element n of the type.
fn turn(c: Call, push_element: impl FnOnce(&Type, Types<'_>, usize) -> std::result::Result<c_int, Raised>) -> Result {
    let type_ = mine(c)?;
    c.lua.set_top(0);
    let n = c.lua.to_int(Stack::upvalue(2)).unwrap_or(0);
    c.lua.push_int(n + 1);
    c.lua.replace(Stack::upvalue(2));
    let program = program(c.lua);
    Ok(Out::Values(push_element(&type_, Types(&program), n as usize)?))
}

fn pushed(c: Call, type_: &Type) -> std::result::Result<(), Raised> {
    if push(c.lua, type_) { Ok(()) } else { c.raise("the program has made too many types") }
}

fn end(c: Call) -> std::result::Result<c_int, Raised> {
    c.lua.push_nil();
    Ok(1)
}

pub(super) fn fields(c: Call) -> Result {
    let type_ = mine(c)?;
    let exists = matches!(Types(&program(c.lua)).bare(&type_), Type::Record(_));
    iterator(c, "fields", exists)
}

pub(super) fn next_field(c: Call) -> Result {
    turn(c, |type_, types, n| match types.bare(type_) {
        Type::Record(record) if n < record.fields.len() => {
            let field = &record.fields[n];
            c.lua.push_str(&field.name);
            pushed(c, &field.type_)?;
            Ok(2)
        }
        _ => end(c),
    })
}

pub(super) fn params(c: Call) -> Result {
    let type_ = mine(c)?;
    let exists = matches!(Types(&program(c.lua)).bare(&type_), Type::Function(_));
    iterator(c, "params", exists)
}

pub(super) fn next_param(c: Call) -> Result {
    turn(c, |type_, types, n| match types.bare(type_) {
        Type::Function(f) if n < f.parameters.len() => pushed(c, &f.parameters[n]).map(|()| 1),
        _ => end(c),
    })
}

pub(super) fn variants(c: Call) -> Result {
    let type_ = mine(c)?;
    let exists = matches!(Types(&program(c.lua)).bare(&type_), Type::Union(_));
    iterator(c, "variants", exists)
}

pub(super) fn next_variant(c: Call) -> Result {
    turn(c, |type_, types, n| match types.bare(type_) {
        Type::Union(members) if n < members.len() => pushed(c, &members[n]).map(|()| 1),
        _ => end(c),
    })
}

pub(super) fn tparams(c: Call) -> Result {
    let type_ = mine(c)?;
    let exists = Types(&program(c.lua)).is_generic(&type_);
    iterator(c, "tparams", exists)
}

pub(super) fn next_tparam(c: Call) -> Result {
    turn(c, |type_, types, n| match type_ {
        Type::Named(chunk, index, _) => match types.declared(*chunk, *index).parameters.get(n) {
            Some((name, constraint)) => {
                c.lua.push_str(name);
                match constraint {
                    Some(constraint) => pushed(c, constraint)?,
                    None => c.lua.push_nil(),
                }
                Ok(2)
            }
            None => end(c),
        },
        _ => end(c),
    })
}

pub(super) fn text(c: Call) -> Result {
    let type_ = this(c)?;
    c.lua.push_str(&Types(&program(c.lua)).shown(&type_));
    c.one()
}

fn compared(c: Call, compare: impl FnOnce(Types<'_>, &Type, &Type) -> bool) -> Result {
    let both = type_at(c.lua, 1).zip(type_at(c.lua, 2));
    match both {
        Some((a, b)) => c.lua.push_bool(compare(Types(&program(c.lua)), &a, &b)),
        None => return c.raise("attempt to compare a type with something else"),
    }
    c.one()
}

pub(super) fn equal(c: Call) -> Result {
    match (type_at(c.lua, 1), type_at(c.lua, 2)) {
        (Some(a), Some(b)) => c.lua.push_bool(Types(&program(c.lua)).same(&a, &b)),
        _ => c.lua.push_bool(false),
    }
    c.one()
}

pub(super) fn less(c: Call) -> Result {
    compared(c, |types, a, b| types.fits(a, b) && !types.same(a, b))
}

pub(super) fn less_or_equal(c: Call) -> Result {
    compared(c, |types, a, b| types.fits(a, b))
}
