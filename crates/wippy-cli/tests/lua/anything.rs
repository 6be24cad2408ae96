//! Any function with any arguments: errors at most, and no harm to anybody else.

use crate::app::App;
use wippy_core::{Tree, Value};

/// The program that makes the calls, with this much memory, and a program that runs it with several seeds.
fn app(memory: &str, main: &str) -> App {
    let app =
        App::new(main).function("gives", "return ...").process("anything", include_str!("processes/anything.lua"));
    app.set("anything", "limits", Tree::map([("memory", memory)]))
}

#[test]
fn a_call_gives_results_or_an_error_and_no_internal_fault() {
    let main = "for seed = 1, 12 do
            local result = checks.ended(checks.monitored('anything', seed, 2000))
            assert(math.type(result.value) == 'integer', tostring(result.error or result.value))
        end
        return true";
    app("64MB", main).passes();
}

#[test]
fn calls_for_which_there_is_no_memory_do_no_harm() {
    let main = "local short = 0
        for seed = 1, 8 do
            local result = checks.ended(checks.monitored('anything', seed, 1500))
            if result.error then
                short = short + 1
                checks.has(result.error, 'not enough memory')
            else
                assert(math.type(result.value) == 'integer', result.value)
                short = short + result.value
            end
        end
        assert(checks.exec('returns', 'alive') == 'alive')
        return short";
    let short = |memory: &str| match app(memory, main).value() {
        Value::Int(short) => short,
        other => panic!("it counts, but says {other:?}"),
    };
    let short = ["200KB", "240KB", "280KB", "320KB", "400KB"].map(short);
    assert!(short.iter().sum::<i64>() > 0, "all of them have room");
}
