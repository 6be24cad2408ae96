//! Which type fits where another one is wanted.

use super::{FunctionType, Literal, Record, Type, Types};

/// Pairs that are being compared; one that is met again is taken to fit, which is right for recursive types.
type Open = Vec<(Type, Type)>;

const DEPTH_MAX: usize = 64;

impl Types<'_> {
    /// Whether every value of `a` is one of `b`, as far as the two say.
    pub(crate) fn fits(self, a: &Type, b: &Type) -> bool {
        self.fit(a, b, &mut Vec::new())
    }

    /// Whether both say the same.
    pub(crate) fn same(self, a: &Type, b: &Type) -> bool {
        if a == b {
            return true;
        }
        // `any` fits everywhere in both directions without being the same as everything.
        let (x, y) = (self.bare(a), self.bare(b));
        if matches!(x, Type::Any | Type::Unknown) || matches!(y, Type::Any | Type::Unknown) {
            return x == y;
        }
        self.is_generic(a) == self.is_generic(b) && self.fits(a, b) && self.fits(b, a)
    }

    fn fit(self, a: &Type, b: &Type, open: &mut Open) -> bool {
        if a == b {
            return true;
        }
        let named = matches!(a, Type::Named(..)) || matches!(b, Type::Named(..));
        if named {
            if open.iter().any(|(x, y)| x == a && y == b) {
                return true;
            }
            if open.len() >= DEPTH_MAX {
                return false;
            }
            open.push((a.clone(), b.clone()));
        }
        let fits = self.fit_heads(&self.bare(a), &self.bare(b), open);
        if named {
            open.pop();
        }
        fits
    }

    fn fit_heads(self, a: &Type, b: &Type, open: &mut Open) -> bool {
        match (a, b) {
            (Type::Any | Type::Never, _) | (_, Type::Any | Type::Unknown) => true,
            (Type::Union(members), _) => members.iter().all(|m| self.fit(m, b, open)),
            (Type::Optional(inner), _) => self.fit(&Type::Nil, b, open) && self.fit(inner, b, open),
            (_, Type::Intersection(members)) => members.iter().all(|m| self.fit(a, m, open)),
            (_, Type::Union(members)) => members.iter().any(|m| self.fit(a, m, open)),
            (_, Type::Optional(inner)) => *a == Type::Nil || self.fit(a, inner, open),
            (Type::Intersection(members), _) => members.iter().any(|m| self.fit(m, b, open)),
            (Type::Integer, Type::Number) | (Type::String, Type::Error) => true,
            (Type::Host(host), Type::Error) => host.class == crate::errors::CLASS,
            (Type::Host(host), Type::Userdata) => !host.class.is_empty(),
            (Type::Literal(literal), _) => literal_fits(literal, b),
            (Type::Record(_) | Type::Map(_) | Type::Array(_) | Type::Tuple(_), Type::Table) => true,
            (Type::Table, Type::Record(_) | Type::Map(_) | Type::Array(_)) => true,
            (Type::Array(x), Type::Array(y)) => self.fit(x, y, open),
            (Type::Array(x), Type::Map(y)) => self.fit(&Type::Integer, &y.0, open) && self.fit(x, &y.1, open),
            (Type::Map(x), Type::Map(y)) => self.fit(&x.0, &y.0, open) && self.fit(&x.1, &y.1, open),
            (Type::Tuple(x), Type::Tuple(y)) => {
                x.len() == y.len() && x.iter().zip(&**y).all(|(x, y)| self.fit(x, y, open))
            }
            (Type::Tuple(x), Type::Array(y)) => x.iter().all(|x| self.fit(x, y, open)),
            (Type::Record(x), Type::Record(y)) => self.fit_records(x, y, open),
            (Type::Record(x), Type::Map(y)) => {
                self.fit(&Type::String, &y.0, open) && x.fields.iter().all(|f| self.fit(&f.type_, &y.1, open))
            }
            (Type::Record(x), Type::Array(_)) => x.fields.is_empty(),
            (Type::Function(_), Type::AnyFunction) => true,
            (Type::Function(x), Type::Function(y)) => self.fit_functions(x, y, open),
            (Type::Host(host), Type::Record(_) | Type::Table) => host.class.is_empty(),
            (Type::Record(_) | Type::Table | Type::Host(_) | Type::Userdata, Type::Interface(_)) => true,
            (Type::Interface(x), Type::Interface(y)) => y.iter().all(|name| x.contains(name)),
            _ => a == b,
        }
    }

    fn fit_records(self, a: &Record, b: &Record, open: &mut Open) -> bool {
        let fields = b.fields.iter().all(|wanted| match a.fields.iter().find(|f| f.name == wanted.name) {
            Some(found) => {
                let may_miss = wanted.optional || self.fit(&Type::Nil, &wanted.type_, open);
                (!found.optional || may_miss) && self.fit(&found.type_, &wanted.type_, open)
            }
            None => wanted.optional || self.fit(&Type::Nil, &wanted.type_, open),
        });
        fields
            && match (&a.others, &b.others) {
                (Some(x), Some(y)) => self.fit(&x.0, &y.0, open) && self.fit(&x.1, &y.1, open),
                _ => true,
            }
    }

    /// Parameters the other way round, results as they are; fewer required parameters and more results are fine.
    fn fit_functions(self, a: &FunctionType, b: &FunctionType, open: &mut Open) -> bool {
        let parameters =
            a.parameters.iter().enumerate().all(|(i, wanted)| match b.parameters.get(i).or(b.varargs.as_ref()) {
                Some(given) => self.fit(given, wanted, open),
                None => self.fit(&Type::Nil, wanted, open),
            });
        parameters
            && b.results.iter().enumerate().all(|(i, wanted)| match a.results.get(i) {
                Some(given) => self.fit(given, wanted, open),
                None => self.fit(&Type::Nil, wanted, open),
            })
    }
}

fn literal_fits(literal: &Literal, b: &Type) -> bool {
    match (literal, b) {
        (Literal::Bool(_), Type::Boolean) | (Literal::Text(_), Type::String | Type::Error) => true,
        (Literal::Int(_), Type::Integer | Type::Number) | (Literal::Float(_), Type::Number) => true,
        (Literal::Float(bits), Type::Integer) => f64::from_bits(*bits).fract() == 0.0,
        (a, Type::Literal(b)) => a.same_value(b),
        _ => false,
    }
}

impl Literal {
    /// Equal as Lua compares them.
    pub(crate) fn same_value(&self, other: &Literal) -> bool {
        match (self, other) {
            (Literal::Int(n), Literal::Float(bits)) | (Literal::Float(bits), Literal::Int(n)) => {
                f64::from_bits(*bits) == *n as f64
            }
            (Literal::Float(a), Literal::Float(b)) => f64::from_bits(*a) == f64::from_bits(*b),
            (a, b) => a == b,
        }
    }
}
