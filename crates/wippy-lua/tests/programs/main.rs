//! Programs that try their luck, beside a C half that was built to look for faults (`.ci/sanitize`).
//!
//! They are tests of `wippy-cli`, where they run always. Here they need neither that program nor the other kinds of
//! processes. Only asked for by name: `cargo test -p wippy-lua --test programs`.

#[allow(dead_code, unused_macros, reason = "not all of the tests that it is for are here")]
#[path = "../../../wippy-cli/tests/lua/app.rs"]
mod app;

#[path = "../../../wippy-cli/tests/lua/anything.rs"]
mod anything;
#[path = "../../../wippy-cli/tests/lua/bad_input.rs"]
mod bad_input;
#[path = "../../../wippy-cli/tests/lua/callbacks.rs"]
mod callbacks;
#[path = "../../../wippy-cli/tests/lua/channels.rs"]
mod channels;
#[path = "../../../wippy-cli/tests/lua/coroutines.rs"]
mod coroutines;
#[path = "../../../wippy-cli/tests/lua/dialect.rs"]
mod dialect;
#[path = "../../../wippy-cli/tests/lua/ending.rs"]
mod ending;
#[path = "../../../wippy-cli/tests/lua/endless.rs"]
mod endless;
#[path = "../../../wippy-cli/tests/lua/errors_in_text.rs"]
mod errors_in_text;
#[path = "../../../wippy-cli/tests/lua/escapes.rs"]
mod escapes;
#[path = "../../../wippy-cli/tests/lua/globals.rs"]
mod globals;
#[path = "../../../wippy-cli/tests/lua/memory.rs"]
mod memory;
#[path = "../../../wippy-cli/tests/lua/patterns.rs"]
mod patterns;
#[path = "../../../wippy-cli/tests/lua/sealed.rs"]
mod sealed;
#[path = "../../../wippy-cli/tests/lua/select.rs"]
mod select;
#[path = "../../../wippy-cli/tests/lua/suspending.rs"]
mod suspending;
#[path = "../../../wippy-cli/tests/lua/tracebacks.rs"]
mod tracebacks;
#[path = "../../../wippy-cli/tests/lua/types.rs"]
mod types;
#[path = "../../../wippy-cli/tests/lua/upgrade.rs"]
mod upgrade;
#[path = "../../../wippy-cli/tests/lua/values.rs"]
mod values;
