//! Files and entries that are wrong: the app does not start, and the error says where and why.

use crate::app::{App, holds};

#[test]
fn yaml_that_does_not_parse_is_told_with_its_place() {
    let unclosed = "  - {name: x, kind: registry.entry, data: [1, 2}\n";
    holds(&App::new(unclosed).refusal(), &["src/_index.yaml:10:", "'['"]);
    let dedented = "  - name: x\n   kind: registry.entry\n";
    holds(&App::new(dedented).refusal(), &["src/_index.yaml:11:", "expected"]);
    let tab = "  - name: x\n\tkind: registry.entry\n";
    holds(&App::new(tab).refusal(), &["src/_index.yaml:1", "tab"]);
    let quote = "  - name: \"x\n";
    holds(&App::new(quote).refusal(), &["src/_index.yaml:1"]);
}

#[test]
fn a_key_that_is_there_twice_is_told_with_its_place() {
    let twice = "  - name: x\n    kind: registry.entry\n    name: y\n";
    holds(&App::new(twice).refusal(), &["src/_index.yaml:12:5", "name"]);
}

#[test]
fn files_of_others_do_not_stop_an_app() {
    let app = App::program("return function() require('io').print('ok') end")
        .with("src/foreign.yaml", "a: [1, 2")
        .with("src/data.json", "{\"no\": \"namespace\"}");
    let run = app.run(&["run", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "ok\n");
    holds(&run.stderr, &["src/foreign.yaml:1:"]);
}

#[test]
fn an_unknown_kind_is_told_with_what_may_have_been_meant() {
    let told = App::new("  - name: main\n    kind: proces.lua\n    source: return {}\n").refusal();
    holds(&told, &["src/_index.yaml:11:5", "app:main", "proces.lua", "did you mean process.lua?"]);
    let told = App::new("  - name: main\n    kind: something.else\n").refusal();
    holds(&told, &["src/_index.yaml:11:5", "app:main", "something.else"]);
    assert!(!told.contains("did you mean"), "{told}");
}

#[test]
fn entries_without_name_or_kind_are_told() {
    holds(&App::new("  - kind: registry.entry\n").refusal(), &["src/_index.yaml:10:5", "name"]);
    holds(&App::new("  - name: \"\"\n    kind: registry.entry\n").refusal(), &["src/_index.yaml:10:", "name"]);
    holds(&App::new("  - name: 5\n    kind: registry.entry\n").refusal(), &["src/_index.yaml:10:", "name"]);
    holds(&App::new("  - name: x\n").refusal(), &["src/_index.yaml:10:", "'x'", "kind"]);
    holds(&App::new("  - name: x\n    kind: [y]\n").refusal(), &["src/_index.yaml:11:", "'x'", "kind"]);
    holds(&App::new("  - just a text\n").refusal(), &["src/_index.yaml:10:5", "map"]);
}

#[test]
fn entries_that_are_no_list_and_a_namespace_that_is_no_text_are_told() {
    let app = App::empty().with("src/_index.yaml", "namespace: app\nentries: 5\n");
    holds(app.run(&["run"]).failure(), &["src/_index.yaml:2:", "entries must be a list"]);
    let app = App::empty().with("src/_index.yaml", "namespace: [app]\nentries: []\n");
    holds(app.run(&["run"]).failure(), &["src/_index.yaml:1:", "namespace must be a text"]);
    let app = App::empty().with("src/_index.yaml", "namespace: app\n");
    holds(app.run(&["run"]).failure(), &["src/_index.yaml:1:", "entries"]);
}

#[test]
fn a_process_without_source_is_told() {
    for source in ["", "    source: \"\"\n", "    source: null\n"] {
        let told = App::new(&format!("  - name: main\n    kind: process.lua\n{source}")).refusal();
        holds(&told, &["src/_index.yaml:1", "app:main", "source is required"]);
    }
}

#[test]
fn a_source_file_that_is_not_there_is_told() {
    let told = App::new("  - name: main\n    kind: process.lua\n    source: file://nosuch.lua\n").refusal();
    holds(&told, &["src/_index.yaml:12:5", "app:main", "file not found", "nosuch.lua"]);
    let told = App::new("  - name: main\n    kind: process.lua\n    source: file://\n").refusal();
    holds(&told, &["src/_index.yaml:12:5", "app:main", "file://"]);
}

#[test]
fn a_source_file_outside_of_the_app_is_refused() {
    let app = App::new("  - name: main\n    kind: process.lua\n    source: file://../secret.lua\n");
    let told = app.with("secret.lua", "return function() end").refusal();
    holds(&told, &["src/_index.yaml:12:5", "app:main", "../secret.lua"]);
}

#[test]
fn a_lua_syntax_error_is_told_with_entry_and_line() {
    let app = App::program("local function main()\n  local x = = 1\nend\nreturn {main = main}\n");
    let refusal = app.refusal();
    let told = refusal.lines().nth(1).expect("a line for the fault");
    assert!(told.starts_with("  src/main.lua:2:13: entry app:main: unexpected"), "{refusal}");
    let app = App::program("return function()\n  if true then\nend\n");
    holds(&app.refusal(), &["  src/main.lua:", ": entry app:main: "]);
    // Only the compiler knows this one.
    let app = App::program("return function()\n  goto nowhere\nend\n");
    holds(&app.refusal(), &["  src/main.lua:", ": entry app:main: ", "nowhere"]);
}

#[test]
fn a_syntax_error_within_an_index_file_is_told_with_the_line_of_the_source() {
    let refusal = App::new("  - {name: x, kind: process.lua, source: 'return = 1'}\n").refusal();
    let told = refusal.lines().nth(1).expect("a line for the fault");
    assert!(told.starts_with("  src/_index.yaml:10:34: entry app:x:1:8: unexpected"), "{refusal}");
}

#[test]
fn a_syntax_error_of_a_library_names_its_file_for_all_that_import_it() {
    let app = App::new(
        "  - {name: lib, kind: library.lua, source: file://parts/lib.lua}
  - {name: x, kind: process.lua, source: 'return function() end', imports: {lib: app:lib}}
",
    )
    .with("src/parts/lib.lua", "\nlocal x = = 1\n");
    let place = "  src/parts/lib.lua:2:11: entry ";
    holds(&app.refusal(), &[&format!("{place}app:lib: unexpected"), &format!("{place}app:x: unexpected")]);
}

#[test]
fn half_a_type_is_told_with_line_and_column_of_the_source() {
    let app = App::program("type Item = {name: string}\n\nlocal function main(n: integer, item: )\nend\nreturn main\n");
    holds(&app.refusal(), &["  src/main.lua:3:39: entry app:main: "]);
    let app = App::program("local a: {string} = {}\nlocal b: {[string] = 1\nreturn function() end\n");
    holds(&app.refusal(), &["  src/main.lua:2:20: entry app:main: "]);
}

#[test]
fn two_entries_with_one_id_are_told_with_both_places() {
    let one = "  - {name: x, kind: registry.entry}\n  - {name: x, kind: registry.entry}\n";
    holds(&App::new(one).refusal(), &["app:x", "src/_index.yaml:10:", "src/_index.yaml:11:"]);
    let other = "namespace: app\nentries:\n  - name: x\n    kind: registry.entry\n";
    let app = App::new("  - {name: x, kind: registry.entry}\n").with("src/b/_index.yaml", other);
    holds(&app.refusal(), &["app:x", "src/_index.yaml:10:", "src/b/_index.yaml:3:5"]);
}

#[test]
fn an_unknown_module_is_told() {
    let told =
        App::new("  - name: main\n    kind: process.lua\n    modules: [time, tiem]\n    source: return {}\n").refusal();
    holds(&told, &["src/_index.yaml:12:", "app:main", "module 'tiem' not found"]);
}

#[test]
fn an_unknown_import_is_told() {
    let import = |what: &str| {
        App::new(&format!(
            "  - name: main\n    kind: process.lua\n    imports:\n      tool: {what}\n    source: return {{}}\n"
        ))
        .refusal()
    };
    holds(&import("app:nosuch"), &["src/_index.yaml:13:", "app:main", "tool", "app:nosuch"]);
    holds(&import("nosuch"), &["src/_index.yaml:13:", "app:main", "tool", "nosuch"]);
    holds(&import("app:terminal"), &["src/_index.yaml:13:", "app:main", "tool", "app:terminal", "library.lua"]);
    holds(&import("[1]"), &["src/_index.yaml:13:", "app:main", "alias"]);
}

#[test]
fn an_import_and_a_module_of_one_name_are_told() {
    let entries = "  - {name: lib, kind: library.lua, source: 'return {}'}\n  - name: main\n    kind: process.lua\n    \
                   modules: [time]\n    imports: {time: app:lib}\n    source: return {}\n";
    holds(&App::new(entries).refusal(), &["src/_index.yaml:14:", "app:main", "'time'"]);
}

#[test]
fn libraries_that_import_each_other_are_told() {
    let entries = "  - {name: a, kind: library.lua, imports: {b: app:b}, source: 'return {}'}
  - {name: b, kind: library.lua, imports: {a: app:a}, source: 'return {}'}
  - {name: self, kind: library.lua, imports: {me: app:self}, source: 'return {}'}
";
    let told = App::new(entries).refusal();
    holds(&told, &["src/_index.yaml:10:", "import cycle: app:a -> app:b -> app:a"]);
    holds(&told, &["src/_index.yaml:12:", "import cycle: app:self -> app:self"]);
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let app =
        App::new("  - {name: kind, kind: nosuch.kind}\n  - {name: code, kind: process.lua, source: 'return ='}\n");
    let more = "namespace: more
entries:
  - {name: module, kind: process.lua, source: 'return {}', modules: [nosuch]}
  - {name: service, kind: process.service, process: app:code, host: app:processes, lifecycle: {stop_timeout: soon}}
  - {name: policy, kind: security.policy, policy: {actions: '*', resources: '*'}}
";
    let told = app.with("src/more/_index.yaml", more).refusal();
    holds(&told, &["app:kind", "nosuch.kind", "app:code:1", "more:module", "nosuch", "more:service", "soon"]);
    holds(&told, &["more:policy", "effect", "src/_index.yaml:10:", "src/_index.yaml:11:", "src/more/_index.yaml:4:"]);
}

#[test]
fn faults_of_reading_and_of_loading_are_told_at_once() {
    let app = App::new("  - {name: a, kind: nosuch.kind}\n").with("src/b/_index.yaml", "namespace: b\nentries: [\n");
    holds(&app.refusal(), &["src/b/_index.yaml:", "src/_index.yaml:10:", "nosuch.kind"]);
}

#[test]
fn faults_of_several_files_that_do_not_parse_are_told_at_once() {
    let app =
        App::new("  - {name: a, kind: [}\n  - {name: b}\n").with("src/b/_index.yaml", "namespace: b\nentries: [\n");
    holds(&app.refusal(), &["src/_index.yaml:10:", "src/b/_index.yaml:"]);
}
