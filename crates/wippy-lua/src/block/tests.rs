//! What sanitizers are told of a block.

use crate::process::Proc;
use crate::program::Program;
use std::sync::Arc;
use wippy_core::{Pid, Values};
use wippy_lua_sys as sys;

/// What is free in a block, what lies behind an object, and what a block held that was given back: a build that was made to
/// look for faults reports who touches any of it. Others know nothing of the kind.
#[test]
fn a_build_that_looks_for_faults_knows_what_nobody_may_touch() {
    let looks = std::env::var("WIPPY_LUA_SANITIZE").is_ok_and(|what| what.split(',').any(|name| name == "address"));
    // SAFETY: nothing is read at the address.
    let is_shut = |at: *const u8| unsafe { sys::w_is_shut(at.cast()) };
    let wanted = |shut: bool| if looks { i32::from(shut) } else { -1 };

    let program = Arc::new(Program::of_source(&[], "return function() end"));
    let proc = Proc::new(program, Pid::SYSTEM, [1, 2], 1 << 20);
    let (mut block, _) = Proc::built(proc, 1, "main", Values::None).expect("it can be built");
    let begin = block.proc().cast::<u8>().cast_const();
    assert_eq!((is_shut(begin), is_shut(begin.wrapping_add(block.size - 1))), (wanted(false), wanted(true)));
    for (length, room) in [(100, 100), (3000, 3000), (100, 0)] {
        let lua = block.at_rest().lua();
        if room == 0 {
            // The block is full by now.
            lua.room(210);
            (0..200).for_each(|n: u8| lua.push_bytes(&[n; 100]));
        }
        lua.push_bytes(&vec![b'x'; length]);
        let text = lua.to_bytes(-1).expect("a text").as_ptr();
        // One more byte ends it.
        assert_eq!((is_shut(text), is_shut(text.wrapping_add(length))), (wanted(false), wanted(false)));
        assert_eq!(is_shut(text.wrapping_add(length + 1)), wanted(true));
    }
    drop(block);
    assert_eq!(is_shut(begin.wrapping_add(64)), wanted(true));
}
