//! Typed Lua into plain Lua: what is erased, what stays, what is refused.
//!
//! Cases are tables of a name, typed source and the plain source expected. Sources are compared as sequences of
//! tokens with their lines, so only the tests that say so look at columns and blanks.

mod casts;
mod columns;
mod errors;
mod loops;
mod plain;
mod robust;
mod spots;
mod statements;
mod token;
mod types;

use token::{Token, tokens};

/// A name, typed source, and the plain source expected.
type Case = (&'static str, &'static str, &'static str);

/// Where and why source was refused.
struct Refusal {
    line: u32,
    column: u32,
    message: String,
}

/// The only place that touches the interface under test.
fn erase(source: &str) -> Result<String, Refusal> {
    wippy_lua::front::erase(source).map_err(|e| Refusal { line: e.line, column: e.column, message: e.message })
}

/// Erases `source`, which must be accepted and keep its line breaks, and asks `fault` what is wrong with the result.
fn fault_of(source: &str, fault: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    match erase(source) {
        Err(Refusal { line, column, message }) => Some(format!("refused at {line}:{column}: {message}")),
        Ok(plain) if line_breaks(&plain) != line_breaks(source) => Some(format!("other line breaks: {plain:?}")),
        Ok(plain) => fault(&plain),
    }
}

fn line_breaks(text: &str) -> usize {
    text.matches('\n').count()
}

/// What is wrong with the tokens of the erased `source`. An inserted `;` may stand on any line of what it replaces.
fn mismatch(source: &str, expected: &str) -> Option<String> {
    fault_of(source, |plain| {
        let same = |found: &Token, wanted: &Token| {
            found.text == wanted.text && (found.line == wanted.line || found.text == ";")
        };
        let (found, wanted) = (tokens(plain), tokens(expected));
        let equal = found.len() == wanted.len() && found.iter().zip(&wanted).all(|(f, w)| same(f, w));
        (!equal).then(|| format!("erased to {plain:?}, expected the tokens of {expected:?}"))
    })
}

fn check(cases: &[Case]) {
    report(cases.iter().filter_map(|(name, source, expected)| Some((*name, *source, mismatch(source, expected)?))));
}

/// Fails with the first faults, if there are any: a name, the source, and what is wrong.
fn report<'a>(faults: impl Iterator<Item = (&'a str, &'a str, String)>) {
    let faults: Vec<String> =
        faults.map(|(name, source, fault)| format!("{name}\n  source {source:?}\n  {fault}")).collect();
    assert!(faults.is_empty(), "{} cases fail\n{}", faults.len(), faults[..faults.len().min(40)].join("\n"));
}

/// Every source of every table, wrong ones too.
fn sources() -> Vec<String> {
    let cases = [casts::ONE_VALUE, casts::JOINS, casts::REACH, columns::CASES, spots::NAMES, spots::CASES];
    let cases = cases.into_iter().chain([statements::ANNOTATIONS, statements::DECLARATIONS]).flatten();
    let typed = cases.map(|(_, source, _)| *source);
    let loops = loops::CASES.iter().map(|(_, source, _)| *source);
    let plain = plain::CASES.iter().map(|(_, source)| *source);
    let wrong = errors::CASES.iter().map(|(_, source, ..)| *source);
    typed.chain(loops).chain(plain).chain(wrong).map(str::to_owned).chain(types::sources()).collect()
}
