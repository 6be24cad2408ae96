//! What is known of an expression without a checker: for `typeof` in types.

use super::parser::Parser;
use super::tree::{Cast, Expr, ExprKind, Function, FunctionType, Item, Suffix, Type, TypeKind};

impl<'a> Parser<'a> {
    /// The type of an expression: what was written about a name, else the shape of a literal, else `unknown`.
    pub(super) fn static_type(&self, e: &Expr<'a>) -> Type<'a> {
        match &e.kind {
            ExprKind::Name(name, _) => self.known(name).cloned().unwrap_or_else(Type::unknown),
            ExprKind::Group(inner) => self.static_type(inner),
            ExprKind::Suffixed(base, suffixes) => {
                let mut type_ = self.static_type(base);
                for suffix in suffixes {
                    let key = match suffix {
                        Suffix::Field(name) => TypeKind::Text(name),
                        Suffix::Index(Expr { kind: ExprKind::Text(text), .. }) => TypeKind::Text(text),
                        _ => return Type::unknown(),
                    };
                    let kind = TypeKind::Field(Box::new(type_), Box::new(Type { span: e.span, kind: key }));
                    type_ = Type { span: e.span, kind };
                }
                type_
            }
            ExprKind::Cast(operand, casts) => {
                let mut type_ = self.static_type(operand);
                for cast in casts {
                    type_ = match (cast, type_.kind) {
                        (Cast::As(to), _) => to.clone(),
                        (Cast::NotNil, TypeKind::Optional(inner)) => *inner,
                        (Cast::NotNil, kind) => Type { span: e.span, kind },
                    };
                }
                type_
            }
            _ => shape(e).unwrap_or_else(Type::unknown),
        }
    }
}

/// The shape of a literal, a table constructor or a function.
pub(super) fn shape<'a>(e: &Expr<'a>) -> Option<Type<'a>> {
    let kind = match &e.kind {
        ExprKind::Nil => TypeKind::Nil,
        ExprKind::Bool(_) => return Some(Type::named("boolean")),
        ExprKind::Number(text) => {
            let hex = text.starts_with("0x") || text.starts_with("0X");
            let float = text.contains(if hex { ['.', 'p', 'P'] } else { ['.', 'e', 'E'] });
            return Some(Type::named(if float { "number" } else { "integer" }));
        }
        ExprKind::Text(_) => return Some(Type::named("string")),
        ExprKind::Unary("-", operand) => return shape(operand).filter(|t| matches!(t.kind, TypeKind::Named(_))),
        ExprKind::Group(inner) => return shape(inner),
        ExprKind::Function(function) => TypeKind::Function(Box::new(signature(function))),
        ExprKind::Table(items) => table(items),
        _ => return None,
    };
    Some(Type { span: e.span, kind })
}

fn table<'a>(items: &[Item<'a>]) -> TypeKind<'a> {
    let (mut members, mut elements) = (Vec::new(), Vec::new());
    for item in items {
        let of = |e: &Expr<'a>| shape(e).unwrap_or_else(Type::unknown);
        match item {
            Item::Value(e) => elements.push(of(e)),
            Item::Named(name, e) => members.push(super::tree::Member { name, optional: false, type_: of(e) }),
            Item::Keyed(..) => {}
        }
    }
    if !members.is_empty() || elements.is_empty() {
        return TypeKind::Record(members, None);
    }
    let span = elements[0].span;
    TypeKind::Array(Box::new(Type { span, kind: TypeKind::Union(elements) }))
}

/// The type of a function as far as it is written.
pub(super) fn signature<'a>(function: &Function<'a>) -> FunctionType<'a> {
    let any = || Type::named("any");
    FunctionType {
        type_parameters: function.type_parameters.clone(),
        parameters: function
            .parameters
            .iter()
            .map(|p| (Some(p.name), false, p.annotation.clone().unwrap_or_else(any)))
            .collect(),
        varargs: function.varargs.as_ref().map(|t| t.clone().unwrap_or_else(any)),
        results: function.results.clone().unwrap_or_else(|| vec![any()]),
    }
}
