//! Types as text.

use super::{Literal, Type, Types};
use std::fmt::Write;

const DEPTH_MAX: usize = 12;

impl Types<'_> {
    /// The type in words, names resolved; a name inside of itself stays a name.
    pub(crate) fn text(self, type_: &Type) -> String {
        let mut out = String::new();
        self.write(type_, &mut out, &mut Vec::new());
        out
    }

    /// The name of a declaration or of a built-in type.
    pub(crate) fn name(self, type_: &Type) -> Option<String> {
        match type_ {
            Type::Named(chunk, index, arguments) if arguments.is_empty() => {
                Some(self.declared(*chunk, *index).name.to_string())
            }
            Type::Named(chunk, index, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|t| self.shown(t)).collect();
                Some(format!("{}<{}>", self.declared(*chunk, *index).name, arguments.join(", ")))
            }
            Type::Host(host) => Some(format!("{}.{}", host.module, host.name)),
            Type::Unresolved(name) => Some(name.to_string()),
            other => plain_name(other).map(str::to_owned),
        }
    }

    /// What `tostring` gives: the name, else the text.
    pub(crate) fn shown(self, type_: &Type) -> String {
        self.name(type_).unwrap_or_else(|| self.text(type_))
    }

    fn write(self, type_: &Type, out: &mut String, open: &mut Vec<Type>) {
        if open.contains(type_) || open.len() >= DEPTH_MAX {
            out.push_str(&self.name(type_).unwrap_or_else(|| "…".into()));
            return;
        }
        if self.is_generic(type_) {
            out.push_str(&self.name(type_).unwrap_or_default());
            return;
        }
        open.push(type_.clone());
        let head = self.bare(type_);
        match &head {
            Type::Optional(inner) => {
                self.write_tight(inner, out, open);
                out.push('?');
            }
            Type::Array(element) => {
                self.write_tight(element, out, open);
                out.push_str("[]");
            }
            Type::Union(members) => self.write_list(members, " | ", out, open),
            Type::Intersection(members) => self.write_list(members, " & ", out, open),
            Type::Tuple(members) => {
                out.push('(');
                self.write_list(members, ", ", out, open);
                out.push(')');
            }
            Type::Map(pair) => {
                out.push_str("{[");
                self.write(&pair.0, out, open);
                out.push_str("]: ");
                self.write(&pair.1, out, open);
                out.push('}');
            }
            Type::Record(record) => {
                out.push('{');
                for (i, field) in record.fields.iter().enumerate() {
                    let _ = write!(
                        out,
                        "{}{}{}: ",
                        if i > 0 { ", " } else { "" },
                        field.name,
                        if field.optional { "?" } else { "" }
                    );
                    self.write(&field.type_, out, open);
                }
                if let Some((key, value)) = &record.others {
                    out.push_str(if record.fields.is_empty() { "[" } else { ", [" });
                    self.write(key, out, open);
                    out.push_str("]: ");
                    self.write(value, out, open);
                }
                out.push('}');
            }
            Type::Function(_) => out.push_str("function"),
            Type::Interface(_) => out.push_str("interface"),
            Type::Literal(literal) => out.push_str(&literal_text(literal)),
            Type::Parameter(_, name) => out.push_str(name),
            other => out.push_str(&self.name(other).unwrap_or_else(|| "unknown".into())),
        }
        open.pop();
    }

    /// With parentheses where a suffix would otherwise belong to a part only.
    fn write_tight(self, type_: &Type, out: &mut String, open: &mut Vec<Type>) {
        let loose = matches!(self.bare(type_), Type::Union(_) | Type::Intersection(_));
        if loose {
            out.push('(');
        }
        self.write(type_, out, open);
        if loose {
            out.push(')');
        }
    }

    fn write_list(self, members: &[Type], between: &str, out: &mut String, open: &mut Vec<Type>) {
        for (i, member) in members.iter().enumerate() {
            if i > 0 {
                out.push_str(between);
            }
            self.write(member, out, open);
        }
    }

    /// What sort of type it is, as `kind()` says.
    pub(crate) fn kind(self, type_: &Type) -> &'static str {
        if self.is_generic(type_) {
            return "generic";
        }
        if matches!(type_, Type::Named(_, _, arguments) if !arguments.is_empty()) {
            return "instantiated";
        }
        match self.bare(type_) {
            Type::Optional(_) => "optional",
            Type::Union(_) => "union",
            Type::Intersection(_) => "intersection",
            Type::Tuple(_) => "tuple",
            Type::Function(_) | Type::AnyFunction => "function",
            Type::Array(_) => "array",
            Type::Map(_) => "map",
            Type::Record(_) => "record",
            Type::Literal(_) => "literal",
            Type::Interface(_) | Type::Host(_) => "interface",
            other => plain_name(&other).unwrap_or("unknown"),
        }
    }
}

fn plain_name(type_: &Type) -> Option<&'static str> {
    Some(match type_ {
        Type::Any => "any",
        Type::Unknown => "unknown",
        Type::Never => "never",
        Type::Nil => "nil",
        Type::Boolean => "boolean",
        Type::Number => "number",
        Type::Integer => "integer",
        Type::String => "string",
        Type::Table => "table",
        Type::AnyFunction => "function",
        Type::Userdata => "userdata",
        Type::Thread => "thread",
        Type::Error => "error",
        _ => return None,
    })
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Bool(v) => v.to_string(),
        Literal::Int(n) => n.to_string(),
        Literal::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Literal::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
    }
}
