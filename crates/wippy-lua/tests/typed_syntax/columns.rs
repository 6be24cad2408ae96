//! Where nothing has to be inserted, every remaining token keeps its column too.

use crate::token::tokens;
use crate::{Case, fault_of, report};

pub(crate) const CASES: &[Case] = &[
    ("locals", "local n: integer, err = load_n()", "local n         , err = load_n()"),
    (
        "function header",
        "local function pick<T>(xs: {T}, ...: any): T? return xs[1] end",
        "local function pick   (xs     , ...     )     return xs[1] end",
    ),
    ("chained casts", "send((bad :: any) :: string)", "send((bad       )          )"),
    (
        "return list",
        "local f = function(a: number): number, string return a, 'x' end",
        "local f = function(a        )                 return a, 'x' end",
    ),
    ("cast before an operator", "local x = y as T + 1 -- z", "local x = y      + 1 -- z"),
    ("not nil", "local x = y! + z!", "local x = y  + z "),
    ("tabs", "\tlocal x:\tT = y", "\tlocal x \t  = y"),
    ("text that is not ASCII", "local s: string = 'äöü' .. t! .. u", "local s         = 'äöü' .. t  .. u"),
    ("literal type that is not ASCII", "local s: 'äöü' = t", "local s        = t"),
    (
        "several lines",
        "function m.f(\n  a: A,\n  b: {\n    c: C\n  })\n  return a\nend",
        "function m.f(\n  a   ,\n  b   \n        \n   )\n  return a\nend",
    ),
];

#[test]
fn columns_stay() {
    report(CASES.iter().filter_map(|(name, source, expected)| {
        let fault = fault_of(source, |plain| {
            let places = |text| tokens(text).into_iter().map(|t| (t.line, t.column, t.text.to_owned())).collect();
            let (found, wanted): (Vec<_>, Vec<_>) = (places(plain), places(expected));
            (found != wanted).then(|| format!("erased to {plain:?}"))
        });
        Some((*name, *source, fault?))
    }));
}
