//! Values to and from the types of WIT.

use wasmtime::component::{Type, Val};
use wippy_core::{Error, Tree};

/// A tree as the type asks for it; `path` says where, for errors.
///
/// # Errors
/// INVALID when it does not fit.
pub(crate) fn to_val(tree: &Tree, ty: &Type, path: &str) -> Result<Val, Error> {
    let wrong = |what: &str| Err(Error::invalid(format!("{path}: {what} expected, got {}", tree.sort())));
    macro_rules! int {
        ($variant:ident, $type:ty, $name:literal) => {
            match whole(tree) {
                Some(n) => match <$type>::try_from(n) {
                    Ok(n) => Ok(Val::$variant(n)),
                    Err(_) => Err(Error::invalid(format!("{path}: {n} does not fit {}", $name))),
                },
                None => wrong($name),
            }
        };
    }
    match ty {
        Type::Bool => tree.as_bool().map(Val::Bool).map_or_else(|| wrong("a boolean"), Ok),
        Type::S8 => int!(S8, i8, "s8"),
        Type::U8 => int!(U8, u8, "u8"),
        Type::S16 => int!(S16, i16, "s16"),
        Type::U16 => int!(U16, u16, "u16"),
        Type::S32 => int!(S32, i32, "s32"),
        Type::U32 => int!(U32, u32, "u32"),
        Type::S64 => int!(S64, i64, "s64"),
        Type::U64 => int!(U64, u64, "u64"),
        Type::Float32 => number(tree).map(|n| Val::Float32(n as f32)).map_or_else(|| wrong("a number"), Ok),
        Type::Float64 => number(tree).map(Val::Float64).map_or_else(|| wrong("a number"), Ok),
        Type::Char => match tree {
            Tree::Text(text) if text.chars().count() == 1 => Ok(Val::Char(text.chars().next().unwrap_or_default())),
            Tree::Int(n) => {
                u32::try_from(*n).ok().and_then(char::from_u32).map(Val::Char).map_or_else(|| wrong("a character"), Ok)
            }
            _ => wrong("one character"),
        },
        Type::String => match tree {
            Tree::Text(text) => Ok(Val::String(text.clone())),
            Tree::Bytes(_) => Err(Error::invalid(format!("{path}: text is not UTF-8"))),
            _ => wrong("a text"),
        },
        Type::List(list) => to_list(tree, &list.ty(), path),
        Type::Record(record) => {
            let field = |f: wasmtime::component::types::Field<'_>| {
                let value = tree.get(f.name).or_else(|| tree.get(&f.name.replace('-', "_")));
                let value = to_val(value.unwrap_or(&Tree::Nil), &f.ty, &format!("{path}.{}", f.name))?;
                Ok((f.name.to_owned(), value))
            };
            if tree.as_map().is_none() && !is_empty(tree) {
                return wrong("a record");
            }
            record.fields().map(field).collect::<Result<_, Error>>().map(Val::Record)
        }
        Type::Tuple(tuple) => {
            let items = items(tree).map_or_else(|| wrong("a list").map(|_| &[][..]), Ok)?;
            let types: Vec<_> = tuple.types().collect();
            if items.len() > types.len() {
                return wrong(&format!("{} elements", types.len()));
            }
            let at =
                |(i, ty): (usize, &Type)| to_val(items.get(i).unwrap_or(&Tree::Nil), ty, &format!("{path}[{}]", i + 1));
            types.iter().enumerate().map(at).collect::<Result<_, _>>().map(Val::Tuple)
        }
        Type::Variant(variant) => {
            let (name, payload) = match tree {
                Tree::Text(name) => (name.as_str(), None),
                Tree::Map(pairs) if pairs.len() == 1 => (pairs[0].0.as_str().unwrap_or_default(), Some(&pairs[0].1)),
                _ => return wrong("a variant"),
            };
            let case = variant.cases().find(|c| c.name == name);
            let Some(case) = case else { return Err(Error::invalid(format!("{path}: no case '{name}'"))) };
            let payload = match &case.ty {
                Some(ty) => Some(Box::new(to_val(payload.unwrap_or(&Tree::Nil), ty, &format!("{path}.{name}"))?)),
                None => None,
            };
            Ok(Val::Variant(name.to_owned(), payload))
        }
        Type::Enum(names) => {
            let name = match tree {
                Tree::Text(name) => names.names().find(|n| n == name),
                Tree::Int(i) => usize::try_from(*i).ok().and_then(|i| names.names().nth(i)),
                _ => return wrong("a case name"),
            };
            name.map(|n| Val::Enum(n.to_owned())).map_or_else(|| wrong("one of the cases"), Ok)
        }
        Type::Flags(flags) => {
            let pairs = match tree {
                Tree::Map(pairs) => pairs.as_slice(),
                tree if is_empty(tree) => &[],
                _ => return wrong("a table of flags"),
            };
            let known = |k: &Tree| flags.names().any(|n| Some(n) == k.as_str());
            if let Some((unknown, _)) = pairs.iter().find(|(k, _)| !known(k)) {
                return Err(Error::invalid(format!("{path}: no flag '{}'", unknown.as_str().unwrap_or("?"))));
            }
            let set = flags.names().filter(|n| matches!(tree.get(n), Some(Tree::Bool(true))));
            Ok(Val::Flags(set.map(str::to_owned).collect()))
        }
        Type::Option(option) => match tree {
            Tree::Nil => Ok(Val::Option(None)),
            tree => Ok(Val::Option(Some(Box::new(to_val(tree, &option.ty(), path)?)))),
        },
        Type::Result(result) => {
            let side = |ty: Option<Type>, value: &Tree, name: &str| match ty {
                Some(ty) => to_val(value, &ty, &format!("{path}.{name}")).map(|v| Some(Box::new(v))),
                None => Ok(None),
            };
            match (tree.get("ok"), tree.get("err")) {
                (Some(v), None) => Ok(Val::Result(Ok(side(result.ok(), v, "ok")?))),
                (None, Some(v)) => Ok(Val::Result(Err(side(result.err(), v, "err")?))),
                _ => wrong("a table with 'ok' or 'err'"),
            }
        }
        _ => Err(Error::invalid(format!("{path}: values of this type cannot be passed to a guest"))),
    }
}

/// A whole number, also as an integral float.
fn whole(tree: &Tree) -> Option<i64> {
    match tree {
        Tree::Int(n) => Some(*n),
        Tree::Float(f) if f.fract() == 0.0 && f.abs() < 9.2e18 => Some(*f as i64),
        _ => None,
    }
}

fn number(tree: &Tree) -> Option<f64> {
    match tree {
        Tree::Int(n) => Some(*n as f64),
        Tree::Float(f) => Some(*f),
        _ => None,
    }
}

fn is_empty(tree: &Tree) -> bool {
    matches!(tree, Tree::List(items) if items.is_empty())
}

/// The elements of a list; an empty table is an empty list.
fn items(tree: &Tree) -> Option<&[Tree]> {
    match tree {
        Tree::List(items) => Some(items),
        Tree::Map(pairs) if pairs.is_empty() => Some(&[]),
        _ => None,
    }
}

fn to_list(tree: &Tree, ty: &Type, path: &str) -> Result<Val, Error> {
    if *ty == Type::U8 {
        let bytes = match tree {
            Tree::Text(text) => Some(text.as_bytes()),
            Tree::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        };
        if let Some(bytes) = bytes {
            return Ok(Val::List(bytes.iter().copied().map(Val::U8).collect()));
        }
    }
    let Some(items) = items(tree) else {
        return Err(Error::invalid(format!("{path}: a list expected, got {}", tree.sort())));
    };
    let at = |(i, item)| to_val(item, ty, &format!("{path}[{}]", i + 1));
    items.iter().enumerate().map(at).collect::<Result<_, _>>().map(Val::List)
}

/// What a guest gave, as a tree.
///
/// # Errors
/// INVALID for whole numbers beyond 63 bits, and for resources, which do not leave the guest.
pub(crate) fn from_val(val: &Val, ty: &Type) -> Result<Tree, Error> {
    // Only the type tells an empty string of bytes from an empty list.
    match (val, ty) {
        (Val::List(items), Type::List(list)) if items.is_empty() && list.ty() == Type::U8 => {
            Ok(Tree::Text(String::new()))
        }
        (Val::Option(Some(v)), Type::Option(option)) => from_val(v, &option.ty()),
        (Val::Record(fields), Type::Record(record)) => {
            let pair = |((name, value), field): (&(String, Val), wasmtime::component::types::Field<'_>)| {
                Ok((Tree::from(name.as_str()), from_val(value, &field.ty)?))
            };
            fields.iter().zip(record.fields()).map(pair).collect::<Result<_, Error>>().map(Tree::Map)
        }
        (Val::List(items), Type::List(list)) if list.ty() != Type::U8 => {
            items.iter().map(|v| from_val(v, &list.ty())).collect::<Result<_, _>>().map(Tree::List)
        }
        (Val::Tuple(items), Type::Tuple(tuple)) => {
            items.iter().zip(tuple.types()).map(|(v, ty)| from_val(v, &ty)).collect::<Result<_, _>>().map(Tree::List)
        }
        _ => untyped(val),
    }
}

/// As [`from_val`], where the type makes no difference.
fn untyped(val: &Val) -> Result<Tree, Error> {
    let boxed = |v: &Option<Box<Val>>| v.as_ref().map_or(Ok(Tree::Bool(true)), |v| untyped(v));
    Ok(match val {
        Val::Bool(v) => Tree::Bool(*v),
        Val::S8(v) => Tree::Int((*v).into()),
        Val::U8(v) => Tree::Int((*v).into()),
        Val::S16(v) => Tree::Int((*v).into()),
        Val::U16(v) => Tree::Int((*v).into()),
        Val::S32(v) => Tree::Int((*v).into()),
        Val::U32(v) => Tree::Int((*v).into()),
        Val::S64(v) => Tree::Int(*v),
        Val::U64(v) => Tree::Int(i64::try_from(*v).map_err(|_| Error::invalid(format!("{v} does not fit 63 bits")))?),
        Val::Float32(v) => Tree::Float((*v).into()),
        Val::Float64(v) => Tree::Float(*v),
        Val::Char(c) => Tree::Text(c.to_string()),
        Val::String(s) => Tree::Text(s.clone()),
        Val::List(items) => match bytes_of(items) {
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Tree::Text(text),
                Err(e) => Tree::Bytes(e.into_bytes()),
            },
            None => Tree::List(items.iter().map(untyped).collect::<Result<_, _>>()?),
        },
        Val::Tuple(items) => Tree::List(items.iter().map(untyped).collect::<Result<_, _>>()?),
        Val::Record(fields) => {
            let field = |(name, value): &(String, Val)| Ok((Tree::from(name.as_str()), untyped(value)?));
            Tree::Map(fields.iter().map(field).collect::<Result<_, Error>>()?)
        }
        Val::Variant(name, None) => Tree::Text(name.clone()),
        Val::Variant(name, Some(payload)) => Tree::map([(name.as_str(), untyped(payload)?)]),
        Val::Enum(name) => Tree::Text(name.clone()),
        Val::Option(None) => Tree::Nil,
        Val::Option(Some(v)) => untyped(v)?,
        Val::Result(Ok(v)) => Tree::map([("ok", boxed(v)?)]),
        Val::Result(Err(v)) => Tree::map([("err", boxed(v)?)]),
        Val::Flags(names) => Tree::map(names.iter().map(|n| (n.as_str(), true))),
        _ => return Err(Error::invalid("a value of this type cannot leave its guest")),
    })
}

/// A list of bytes is a string.
fn bytes_of(items: &[Val]) -> Option<Vec<u8>> {
    let byte = |v: &Val| match v {
        Val::U8(b) => Some(*b),
        _ => None,
    };
    if items.is_empty() { None } else { items.iter().map(byte).collect() }
}
