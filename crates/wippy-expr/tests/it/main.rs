//! What expressions mean, as tables of texts and results.

mod bounds;
mod faults;
mod meaning;

use wippy_core::Tree;
use wippy_expr::{Error, Limits, Program, Value};

/// A few names to work with.
fn names() -> Value {
    let user = Tree::map([
        ("name", Tree::from("Ann")),
        ("age", 31i64.into()),
        ("tags", vec![Tree::from("a"), Tree::from("b")].into()),
    ]);
    let users: Vec<Tree> = [("Ann", 31i64), ("Bob", 17), ("Cid", 55)]
        .map(|(name, age)| Tree::map([("name", Tree::from(name)), ("age", age.into())]))
        .into();
    let tree = Tree::map([
        ("user", user),
        ("users", users.into()),
        ("n", 5i64.into()),
        ("x", Tree::Float(2.5)),
        ("text", "hello".into()),
        ("list", [3i64, 1, 2].map(Tree::from).to_vec().into()),
        ("nothing", Tree::Nil),
        ("bytes", Tree::Bytes(vec![255, 0])),
    ]);
    Value::try_from(&tree).expect("plain data")
}

fn run(text: &str) -> Result<Value, Error> {
    Program::compile(text)?.run(&names(), &Limits::default())
}
