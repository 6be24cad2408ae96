//! Conditions: field paths, operators, conversions.

mod equality;
mod numbers;
mod paths;
mod presence;
mod search;
mod value_from;

use crate::{condition, holds};
use wippy_core::Tree;
use wippy_security::condition::Undecidable;

const YES: Result<bool, Undecidable> = Ok(true);
const NO: Result<bool, Undecidable> = Ok(false);
const ERROR: Result<bool, Undecidable> = Err(Undecidable);

/// Operator, value of the field, value of the condition, answer.
type Row = (&'static str, Tree, Tree, Result<bool, Undecidable>);

/// Whether `operator` holds for a field with this value; [`Tree::Nil`] is an absent field.
fn judge(operator: &str, field: &Tree, value: &Tree) -> Result<bool, Undecidable> {
    let mut meta = Tree::map([("other", 1)]);
    if *field != Tree::Nil {
        meta.set("field", field.clone());
    }
    holds(&condition("meta.field", operator, value.clone()), &meta)
}

fn check(rows: impl IntoIterator<Item = Row>) {
    for (operator, field, value, expected) in rows {
        assert_eq!(judge(operator, &field, &value), expected, "{field:?} {operator} {value:?}");
    }
}

/// Rows for a positive operator, and the same for its negation, which turns answers but not errors.
fn check_both(operator: &str, negation: &str, rows: impl IntoIterator<Item = (Tree, Tree, Result<bool, Undecidable>)>) {
    for (field, value, expected) in rows {
        assert_eq!(judge(operator, &field, &value), expected, "{field:?} {operator} {value:?}");
        assert_eq!(judge(negation, &field, &value), expected.map(|v| !v), "{field:?} {negation} {value:?}");
    }
}
