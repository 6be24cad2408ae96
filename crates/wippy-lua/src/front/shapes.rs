//! What is known of an expression without a checker: for `typeof`, in types and as an expression.

use super::parser::Parser;
use super::tree::{Cast, Expr, ExprKind, Function, FunctionType, Item, Suffix, Type, TypeKind};

impl<'a> Parser<'a> {
    /// The type of an expression, if anything is known of it.
    pub(super) fn known_type(&self, e: &Expr<'a>) -> Option<Type<'a>> {
        self.reduced(self.static_type(e))
    }

    /// Finds fields of shapes; `None` for what is unknown, as what a type parameter stands for is.
    fn reduced(&self, type_: Type<'a>) -> Option<Type<'a>> {
        match type_.kind {
            TypeKind::Named(named) => {
                let unknown = match named.path.as_slice() {
                    [name] => *name == "unknown" || self.is_type_parameter(name),
                    _ => false,
                };
                (!unknown).then_some(Type { span: type_.span, kind: TypeKind::Named(named) })
            }
            TypeKind::Field(base, key) => {
                let base = self.reduced(*base)?;
                match (base.kind, &key.kind) {
                    (TypeKind::Record(members, None), TypeKind::Text(name)) => {
                        let name = name.trim_matches(['"', '\'']);
                        let found = members.into_iter().find(|m| m.name == name)?;
                        self.reduced(found.type_)
                    }
                    (kind, _) => {
                        let base = Type { span: base.span, kind };
                        Some(Type { span: type_.span, kind: TypeKind::Field(Box::new(base), key) })
                    }
                }
            }
            kind => Some(Type { span: type_.span, kind }),
        }
    }

    fn is_type_parameter(&self, name: &str) -> bool {
        let mut at = Some(self.scope);
        while let Some(scope) = at {
            if self.blocks[scope].parameters.contains(&name) {
                return true;
            }
            at = self.blocks[scope].parent;
        }
        false
    }

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
