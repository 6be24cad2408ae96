//! What a type is once its names, arguments and operators are resolved, at the top; and putting in arguments.

use super::{FieldType, FunctionType, Literal, Record, Type, Types};
use std::sync::Arc;

/// How many names in a row may stand for each other.
const HOPS_MAX: usize = 64;

impl Types<'_> {
    /// The type itself: no alias, no operator. A generic declaration without its arguments stays a name.
    pub(crate) fn head(self, type_: &Type) -> Type {
        let mut type_ = type_.clone();
        for _ in 0..HOPS_MAX {
            type_ = match &type_ {
                Type::Named(chunk, index, arguments) => {
                    let declared = self.declared(*chunk, *index);
                    if declared.parameters.len() != arguments.len() {
                        if arguments.is_empty() {
                            return type_;
                        }
                        return Type::Unknown;
                    }
                    put_in(&declared.body, arguments)
                }
                Type::Keyof(inner) => self.keys(inner),
                Type::Field(inner, key) => self.field_type(inner, key),
                Type::Conditional(parts) => self.conditional(parts),
                _ => return type_,
            };
        }
        Type::Unresolved("circular alias".into())
    }

    /// A type that is generic and has no arguments yet.
    pub(crate) fn is_generic(self, type_: &Type) -> bool {
        matches!(type_, Type::Named(chunk, index, arguments)
            if arguments.is_empty() && !self.declared(*chunk, *index).parameters.is_empty())
    }

    /// The type under its constraints.
    pub(crate) fn bare(self, type_: &Type) -> Type {
        let mut head = self.head(type_);
        for _ in 0..HOPS_MAX {
            match &head {
                Type::Constrained(inner, _) => head = self.head(inner),
                _ => break,
            }
        }
        head
    }

    fn keys(self, type_: &Type) -> Type {
        match self.bare(type_) {
            Type::Record(record) => {
                let names = record.fields.iter().map(|f| Type::Literal(Literal::Text(f.name.as_bytes().into())));
                Type::union(names.chain(record.others.as_ref().map(|(k, _)| k.clone())))
            }
            Type::Map(pair) => pair.0.clone(),
            Type::Array(_) | Type::Tuple(_) => Type::Integer,
            _ => Type::Unknown,
        }
    }

    fn field_type(self, type_: &Type, key: &Type) -> Type {
        let head = self.bare(type_);
        match (&head, self.head(key)) {
            (Type::Record(record), Type::Literal(Literal::Text(name))) => {
                match record.fields.iter().find(|f| f.name.as_bytes() == &*name) {
                    Some(field) if field.optional => Type::Optional(Arc::new(field.type_.clone())),
                    Some(field) => field.type_.clone(),
                    None => record.others.as_ref().map_or(Type::Unknown, |(_, v)| v.clone()),
                }
            }
            (Type::Map(pair), _) => pair.1.clone(),
            (Type::Array(element), _) => (**element).clone(),
            (Type::Tuple(types), Type::Literal(Literal::Int(n))) => {
                usize::try_from(n - 1).ok().and_then(|n| types.get(n)).cloned().unwrap_or(Type::Unknown)
            }
            _ => Type::Unknown,
        }
    }

    fn conditional(self, parts: &[Type; 4]) -> Type {
        let checked = self.bare(&parts[0]);
        let decide = |checked: &Type| match (checked, self.bare(&parts[1])) {
            (Type::Parameter(..) | Type::Unresolved(_) | Type::Any, _)
            | (_, Type::Parameter(..) | Type::Unresolved(_)) => Type::Unknown,
            (_, bound) if self.fits(checked, &bound) => parts[2].clone(),
            _ => parts[3].clone(),
        };
        match &checked {
            Type::Union(members) => Type::union(members.iter().map(|m| decide(&self.bare(m)))),
            checked => decide(checked),
        }
    }
}

/// A type with arguments in place of the parameters of its declaration.
pub(crate) fn put_in(type_: &Type, arguments: &[Type]) -> Type {
    if arguments.is_empty() {
        return type_.clone();
    }
    let one = |t: &Type| put_in(t, arguments);
    let shared = |t: &Arc<Type>| Arc::new(one(t));
    match type_ {
        Type::Parameter(i, _) => arguments.get(*i as usize).cloned().unwrap_or(Type::Unknown),
        Type::Optional(inner) => Type::Optional(shared(inner)),
        Type::Array(inner) => Type::Array(shared(inner)),
        Type::Keyof(inner) => Type::Keyof(shared(inner)),
        Type::Constrained(inner, constraints) => Type::Constrained(shared(inner), constraints.clone()),
        Type::Union(members) => Type::union(members.iter().map(one)),
        Type::Intersection(members) => Type::Intersection(members.iter().map(one).collect()),
        Type::Tuple(members) => Type::Tuple(members.iter().map(one).collect()),
        Type::Map(pair) => Type::Map(Arc::new((one(&pair.0), one(&pair.1)))),
        Type::Field(inner, key) => Type::Field(shared(inner), shared(key)),
        Type::Conditional(parts) => Type::Conditional(Arc::new(std::array::from_fn(|i| one(&parts[i])))),
        Type::Named(chunk, index, inner) => Type::Named(*chunk, *index, inner.iter().map(one).collect()),
        Type::Record(record) => Type::Record(Arc::new(Record {
            fields: record
                .fields
                .iter()
                .map(|f| FieldType { name: f.name.clone(), optional: f.optional, type_: one(&f.type_) })
                .collect(),
            others: record.others.as_ref().map(|(k, v)| (one(k), one(v))),
        })),
        Type::Function(f) => Type::Function(Arc::new(FunctionType {
            parameters: f.parameters.iter().map(one).collect(),
            varargs: f.varargs.as_ref().map(one),
            results: f.results.iter().map(one).collect(),
        })),
        other => other.clone(),
    }
}
