//! What goes into a state comes out of it; what is damaged does no harm.

use crate::block::Block;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::program::Program;
use crate::{state, transfer};
use proptest::prelude::*;
use std::sync::Arc;
use wippy_core::pack::Writer;
use wippy_core::{Error, Pid, Tree, Value};

/// Runs `f` with a furnished state.
fn with_state<T>(f: impl FnOnce(Stack) -> T) -> T {
    let program = Arc::new(Program::of_source(&[], "return function() end"));
    let proc = Proc::new(program.clone(), Pid::SYSTEM, [1, 2], 64 << 20);
    let mut block = Block::new(16 << 10, proc).expect("there is memory");
    let lua = ffi::new_state(&mut block.at_rest().c, 7).expect("there is memory");
    state::furnish(lua, &program);
    f(lua)
}

/// In order of keys, as a map of Lua has none; empty lists are maps, absent values are not there.
fn normal(tree: Tree) -> Tree {
    match tree {
        Tree::List(items) if items.is_empty() => Tree::Map(Vec::new()),
        Tree::List(items) => Tree::List(items.into_iter().map(normal).collect()),
        Tree::Map(pairs) => {
            let mut pairs: Vec<_> = pairs.into_iter().map(|(k, v)| (normal(k), normal(v))).collect();
            pairs.sort_by_key(|(k, _)| format!("{k:?}"));
            Tree::Map(pairs)
        }
        Tree::Error(e) => Tree::Error(e),
        other => other,
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Tree::Bool),
        any::<i64>().prop_map(Tree::Int),
        (-200i64..70_000).prop_map(Tree::Int),
        any::<f64>().prop_filter("equal to itself", |f| !f.is_nan()).prop_map(Tree::Float),
        "[ -~]{0,60}".prop_map(Tree::Text),
        ".{0,8}".prop_map(Tree::Text),
        "[a-z]{0,4}".prop_map(|text| Tree::Error(Error::invalid(text).with_retryable(Some(true)))),
    ];
    leaf.prop_recursive(5, 80, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Tree::List),
            prop::collection::btree_map("[a-z]{0,6}", inner.clone(), 0..20)
                .prop_map(|m| Tree::Map(m.into_iter().map(|(k, v)| (Tree::Text(k), v)).collect())),
            prop::collection::btree_map(-40i64..-1, inner, 0..6)
                .prop_map(|m| Tree::Map(m.into_iter().map(|(k, v)| (Tree::Int(k), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_goes_in_comes_out(tree in trees()) {
        with_state(|lua| {
            lua.room(20);
            transfer::push(lua, &Value::from(&tree));
            prop_assert_eq!(lua.top(), 1);
            let back = transfer::take(lua, 1).expect("plain data may leave");
            prop_assert_eq!(normal(back.to_tree().expect("it has no cycles")), normal(tree));
            Ok(())
        })?;
    }

    #[test]
    fn damaged_bytes_do_no_harm(tree in trees(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut writer = Writer::new();
        writer.list(2);
        writer.tree(&tree);
        writer.tree(&tree);
        let mut bytes = writer.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(1 + cut.index(bytes.len()));
        with_state(|lua| {
            lua.room(20);
            if let Ok(value) = Value::from_packed(&bytes) {
                transfer::push(lua, &value);
                prop_assert_eq!(lua.top(), 1);
            }
            Ok(())
        })?;
    }

    #[test]
    fn random_bytes_do_no_harm(bytes: Vec<u8>) {
        with_state(|lua| {
            lua.room(20);
            if let Ok(value) = Value::from_packed(&bytes) {
                transfer::push(lua, &value);
                prop_assert_eq!(lua.top(), 1);
            }
            Ok(())
        })?;
    }
}

#[test]
fn holes_mixed_keys_and_shared_parts_survive() {
    with_state(|lua| {
        lua.room(40);
        // {1, nil, 3, x = 4} with a hole, and the same table twice.
        lua.new_table(4, 1);
        for (k, v) in [(1, 1), (3, 3)] {
            lua.push_int(v);
            lua.raw_set_i(1, k);
        }
        lua.push_int(4);
        lua.set_field(1, "x");
        lua.new_table(0, 2);
        for name in ["a", "b"] {
            lua.push_index(1);
            lua.set_field(2, name);
        }
        let value = transfer::take(lua, 2).expect("plain data may leave");
        lua.set_top(0);
        transfer::push(lua, &value);
        lua.field(1, "a");
        lua.field(1, "b");
        assert_eq!(lua.address(2), lua.address(3), "a shared part is shared again");
        let element = |k: i64| {
            lua.raw_get_i(2, k);
            let n = lua.to_int(-1);
            lua.pop(1);
            n
        };
        assert_eq!([element(1), element(2), element(3)], [Some(1), None, Some(3)]);
        lua.field(2, "x");
        assert_eq!(lua.to_int(-1), Some(4));
    });
}

#[test]
fn records_have_the_fields_of_the_c_half() {
    use ffi::Record;
    let records: [(Record, &[&str]); 7] = [
        (Record::End, &["kind", "from", "at", "result"]),
        (Record::Cancel, &["kind", "from", "at", "reason"]),
        (Record::Outdated, &["kind", "from", "at", "sources"]),
        (Record::Value, &["value"]),
        (Record::Error, &["error"]),
        (Record::Selected, &["channel", "value", "ok"]),
        (Record::Event, &["system", "kind", "path", "data"]),
    ];
    with_state(|lua| {
        for (record, fields) in records {
            for missing in 0..=fields.len() {
                (0..fields.len()).for_each(|i| if i == missing { lua.push_nil() } else { lua.push_int(i as i64) });
                lua.push_record(record);
                for (i, name) in fields.iter().enumerate() {
                    lua.field(-1, name);
                    assert_eq!(lua.to_int(-1), (i != missing).then_some(i as i64), "{record:?}.{name}");
                    lua.pop(1);
                }
                // It is a table like any other.
                lua.push_int(7);
                lua.set_field(-2, "more");
                lua.push_nil();
                let mut pairs = 0;
                while lua.next(-2) {
                    pairs += 1;
                    lua.pop(1);
                }
                assert_eq!(pairs, fields.len() + usize::from(missing == fields.len()), "{record:?}");
                lua.pop(1);
            }
        }
    });
}

proptest! {
    #[test]
    fn small_tables_hold_what_was_put_into_them(
        room in 0..6usize,
        steps in prop::collection::vec((0..12u8, prop::option::of(any::<i64>())), 0..24),
    ) {
        with_state(|lua| {
            let mut all = std::collections::HashMap::new();
            lua.new_table(0, room);
            for (name, value) in steps {
                let name = format!("name {name}");
                match value {
                    Some(v) => (lua.push_int(v), all.insert(name.clone(), v)).1,
                    None => (lua.push_nil(), all.remove(&name)).1,
                };
                lua.set_field(-2, &name);
                let mut seen = 0;
                lua.push_nil();
                while lua.next(1) {
                    let name = lua.to_text(-2).expect("all keys are texts");
                    assert_eq!(lua.to_int(-1), all.get(&name).copied(), "{name}");
                    seen += 1;
                    lua.pop(1);
                }
                assert_eq!(seen, all.len());
                for (name, value) in &all {
                    lua.field(1, name);
                    assert_eq!(lua.to_int(-1), Some(*value), "{name}");
                    lua.pop(1);
                }
            }
        });
    }
}
