//! From the tree of a source to its types.

use super::{ChunkTypes, Constraint, Declared, FieldType, FunctionType, HOSTS, Literal, Record, Type};
use crate::front::{Source, ValueOf, tree};
use crate::regexp::Matcher;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tree::TypeKind as T;

/// What a chunk imports.
pub(crate) enum Imported<'a> {
    /// A library: its number, and the types that it declares.
    Library { chunk: u64, exports: &'a FxHashMap<Arc<str>, u32> },
    /// A built-in module.
    Module(&'static str),
}

/// The types of a source that is going to be the chunk with this number. `imported` is asked for no alias but those whose
/// types the source names.
pub(crate) fn build<'a>(
    source: &Source<'_>,
    chunk: u64,
    imported: impl Fn(&str) -> Option<Imported<'a>>,
) -> ChunkTypes {
    let (typed_libraries, asks_types) = (source.typed_libraries, source.asks_types);
    let mut types = ChunkTypes { typed_libraries, asks_types, ..ChunkTypes::default() };
    if source.values.is_empty() && source.chunk.scopes.iter().all(|s| s.types.is_empty()) {
        return types;
    }
    let mut numbers = FxHashMap::default();
    for (n, (scope, index, _)) in source.chunk.declarations().enumerate() {
        numbers.insert((scope, index), n as u32);
    }
    let builder = Builder { source, chunk, numbers, imported: &imported };
    for (scope, _, declaration) in source.chunk.declarations() {
        let names: Vec<_> = declaration.parameters.iter().map(|p| p.name).collect();
        let of = |t: &tree::Type<'_>| builder.type_(t, &names);
        let parameters = declaration.parameters.iter().map(|p| (p.name.into(), p.constraint.as_ref().map(of)));
        let parameters = parameters.collect();
        let name: Arc<str> = declaration.name.into();
        if scope == 0 {
            types.exports.entry(name.clone()).or_insert(types.declared.len() as u32);
        }
        types.declared.push(Declared { name, parameters, body: of(&declaration.body) });
    }
    for value in &source.values {
        let type_ = match value.of {
            ValueOf::Declared(scope, index) => Type::Named(chunk, builder.numbers[&(scope, index)], Arc::new([])),
            ValueOf::BuiltIn(name) => built_in(name).unwrap_or(Type::Unknown),
            ValueOf::Asked(i) => match &source.chunk.asked[i].known {
                Some(known) => builder.type_(known, &[]),
                None => Type::Unknown,
            },
        };
        types.values.push((value.global.as_str().into(), type_));
    }
    types
}

/// Types that need no declaration.
fn built_in(name: &str) -> Option<Type> {
    Some(match name {
        "any" | "self" | "Self" => Type::Any,
        "unknown" => Type::Unknown,
        "never" => Type::Never,
        "boolean" | "bool" | "Boolean" => Type::Boolean,
        "number" | "Number" => Type::Number,
        "integer" | "int" | "Integer" => Type::Integer,
        "string" | "String" => Type::String,
        "table" => Type::Table,
        "error" => Type::Error,
        "userdata" => Type::Userdata,
        "thread" => Type::Thread,
        "function" => Type::AnyFunction,
        _ => return None,
    })
}

fn host_type(module: Option<&str>, name: &str) -> Option<Type> {
    let mut found = HOSTS.iter().filter(|h| h.name == name && module.is_none_or(|m| h.module == m));
    let first = found.next()?;
    found.next().is_none().then_some(Type::Host(first))
}

struct Builder<'a, 'b, F> {
    source: &'a Source<'a>,
    chunk: u64,
    numbers: FxHashMap<(usize, usize), u32>,
    imported: &'b F,
}

impl<'b, F: Fn(&str) -> Option<Imported<'b>>> Builder<'_, '_, F> {
    fn list(&self, types: &[tree::Type<'_>], names: &[&str]) -> Arc<[Type]> {
        types.iter().map(|t| self.type_(t, names)).collect()
    }

    fn shared(&self, type_: &tree::Type<'_>, names: &[&str]) -> Arc<Type> {
        Arc::new(self.type_(type_, names))
    }

    /// `names`: the parameters of the declaration around.
    fn type_(&self, type_: &tree::Type<'_>, names: &[&str]) -> Type {
        match &type_.kind {
            T::Named(named) => self.named(named, names),
            T::Nil => Type::Nil,
            T::Bool(v) => Type::Literal(Literal::Bool(*v)),
            T::Number(text) => number(text).map_or(Type::Number, Type::Literal),
            T::Text(text) => Type::Literal(Literal::Text(unquoted(text).into())),
            T::Array(element) => Type::Array(self.shared(element, names)),
            T::Map(key, value) => Type::Map(Arc::new((self.type_(key, names), self.type_(value, names)))),
            T::Record(members, others) => Type::Record(Arc::new(Record {
                fields: members
                    .iter()
                    .map(|m| FieldType {
                        name: m.name.into(),
                        optional: m.optional,
                        type_: self.type_(&m.type_, names),
                    })
                    .collect(),
                others: others.as_deref().map(|(k, v)| (self.type_(k, names), self.type_(v, names))),
            })),
            T::Interface(_, members) => Type::Interface(members.iter().map(|m| m.name.into()).collect()),
            T::Function(f) => Type::Function(Arc::new(FunctionType {
                parameters: f.parameters.iter().map(|(_, optional, t)| self.parameter(*optional, t, names)).collect(),
                varargs: f.varargs.as_ref().map(|t| self.type_(t, names)),
                results: f.results.iter().map(|t| self.type_(t, names)).collect(),
            })),
            T::Optional(inner) => Type::Optional(self.shared(inner, names)),
            T::Union(members) => Type::union(members.iter().map(|t| self.type_(t, names))),
            T::Intersection(members) => Type::Intersection(self.list(members, names)),
            T::Annotated(inner, annotations) => {
                let constraints: Arc<[Constraint]> = annotations.iter().filter_map(constraint).collect();
                match constraints.is_empty() {
                    true => self.type_(inner, names),
                    false => Type::Constrained(self.shared(inner, names), constraints),
                }
            }
            T::Readonly(inner) | T::Typeof(inner) => self.type_(inner, names),
            T::Keyof(inner) => Type::Keyof(self.shared(inner, names)),
            T::Field(inner, key) => Type::Field(self.shared(inner, names), self.shared(key, names)),
            T::Conditional(parts) => Type::Conditional(Arc::new([0, 1, 2, 3].map(|i| self.type_(&parts[i], names)))),
            T::Asserts(..) => Type::Any,
        }
    }

    fn parameter(&self, optional: bool, type_: &tree::Type<'_>, names: &[&str]) -> Type {
        let inner = self.type_(type_, names);
        if optional { Type::Optional(Arc::new(inner)) } else { inner }
    }

    fn named(&self, named: &tree::NamedType<'_>, names: &[&str]) -> Type {
        let arguments = || self.list(&named.arguments, names);
        if let [module, name] = named.path.as_slice() {
            let mut required = named.module.unwrap_or(module);
            let imported = named.module.and_then(|module| (self.imported)(module));
            match imported {
                Some(Imported::Library { chunk, exports }) => {
                    if let Some(index) = exports.get(*name) {
                        return Type::Named(chunk, *index, arguments());
                    }
                }
                Some(Imported::Module(module)) => required = module,
                None => {}
            }
            return host_type(Some(required), name).unwrap_or_else(|| Type::Unresolved(named.path.join(".").into()));
        }
        let [name] = named.path.as_slice() else { return Type::Unresolved(named.path.join(".").into()) };
        if let Some(i) = names.iter().position(|n| n == name) {
            return Type::Parameter(i as u32, (*name).into());
        }
        if let Some(place) = self.source.chunk.declared(named.scope, name) {
            return Type::Named(self.chunk, self.numbers[&place], arguments());
        }
        if self.source.chunk.is_parameter(named.scope, name) {
            return Type::Any;
        }
        built_in(name).or_else(|| host_type(None, name)).unwrap_or_else(|| Type::Unresolved((*name).into()))
    }
}

/// A constraint; `None` for names that mean nothing and arguments that are no literals.
fn constraint(annotation: &tree::Annotation<'_>) -> Option<Constraint> {
    let argument = literal(annotation.arguments.first()?)?;
    let fits = match annotation.name {
        "min" | "max" | "min_len" | "max_len" => matches!(argument, Literal::Int(_) | Literal::Float(_)),
        "pattern" => matches!(argument, Literal::Text(_)),
        _ => false,
    };
    if !fits {
        return None;
    }
    let pattern = match &argument {
        Literal::Text(text) => std::str::from_utf8(text).ok().and_then(|t| Matcher::new(t).ok()).map(Arc::new),
        _ => None,
    };
    Some(Constraint { name: annotation.name.into(), argument, pattern })
}

fn literal(e: &tree::Expr<'_>) -> Option<Literal> {
    Some(match &e.kind {
        tree::ExprKind::Number(text) => number(text)?,
        tree::ExprKind::Text(text) => Literal::Text(unquoted(text).into()),
        tree::ExprKind::Bool(v) => Literal::Bool(*v),
        tree::ExprKind::Group(inner) => literal(inner)?,
        tree::ExprKind::Unary("-", inner) => match literal(inner)? {
            Literal::Int(n) => Literal::Int(n.wrapping_neg()),
            Literal::Float(bits) => Literal::Float((-f64::from_bits(bits)).to_bits()),
            _ => return None,
        },
        _ => return None,
    })
}

/// A number as Lua reads it.
fn number(text: &str) -> Option<Literal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let float = |f: f64| Literal::Float(if negative { -f } else { f }.to_bits());
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        if let Some(f) = hex_float(hex) {
            return Some(float(f));
        }
        let n = hex.bytes().try_fold(0i64, |n, b| Some(n.wrapping_mul(16).wrapping_add(i64::from(digit(b)?))))?;
        return Some(Literal::Int(if negative { n.wrapping_neg() } else { n }));
    }
    match digits.parse::<i64>() {
        Ok(n) => Some(Literal::Int(if negative { -n } else { n })),
        Err(_) => digits.parse::<f64>().ok().map(float),
    }
}

fn digit(b: u8) -> Option<u32> {
    char::from(b).to_digit(16)
}

/// `1.8p3`; `None` for whole numbers.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((m, e)) => (m, e.parse::<i32>().ok()?),
        None if text.contains('.') => (text, 0),
        None => return None,
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut value = 0f64;
    for b in whole.bytes().chain(part.bytes()) {
        value = value * 16.0 + f64::from(digit(b)?);
    }
    Some(value * 2f64.powi(exponent.saturating_sub(4 * part.len() as i32)))
}

/// The bytes of a string as it is written; a bare name stands for itself.
fn unquoted(text: &str) -> Vec<u8> {
    if !text.starts_with(['[', '"', '\'']) {
        return text.as_bytes().to_vec();
    }
    if let Some(level) = text.strip_prefix('[') {
        let level = 1 + level.bytes().take_while(|b| *b == b'=').count() + 1;
        let inner = text.get(level..text.len() - level).unwrap_or_default();
        let inner = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
        return inner.as_bytes().to_vec();
    }
    let bytes = text.as_bytes();
    let inner = bytes.get(1..bytes.len().saturating_sub(1)).unwrap_or_default();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < inner.len() {
        if inner[i] != b'\\' {
            out.push(inner[i]);
            i += 1;
            continue;
        }
        let letter = inner.get(i + 1).copied().unwrap_or(b'\\');
        i += 2;
        match letter {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'z' => i += inner[i..].iter().take_while(|b| b.is_ascii_whitespace()).count(),
            b'x' => {
                let code = inner.get(i..i + 2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
                out.extend(code);
                i += 2;
            }
            b'0'..=b'9' => {
                let n = inner[i - 1..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
                let code = std::str::from_utf8(&inner[i - 1..i - 1 + n]).ok().and_then(|d| d.parse::<u8>().ok());
                out.extend(code);
                i += n - 1;
            }
            b'u' => {
                let end = inner[i..].iter().position(|b| *b == b'}').map_or(inner.len(), |n| i + n);
                let code = inner.get(i + 1..end).and_then(|h| std::str::from_utf8(h).ok());
                let code = code.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32);
                out.extend(code.map(String::from).unwrap_or_default().bytes());
                i = end + 1;
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Literal, number, unquoted};

    #[test]
    fn numbers_and_texts_are_read_as_lua_reads_them() {
        assert_eq!(number("-0x10"), Some(Literal::Int(-16)));
        assert_eq!(number("1e2"), Some(Literal::Float(100f64.to_bits())));
        assert_eq!(number("0x.8p1"), Some(Literal::Float(1f64.to_bits())));
        assert_eq!(number("9223372036854775808"), Some(Literal::Float(9223372036854775808f64.to_bits())));
        assert_eq!(unquoted(r#""a\n\65\x42\u{e4}\z   b\"""#), "a\nAB\u{e4}b\"".as_bytes());
        assert_eq!(unquoted("[==[\nx]y]==]"), b"x]y");
        assert_eq!(unquoted("''"), b"");
    }
}
