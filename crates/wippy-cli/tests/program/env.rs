//! The environment of an app: what its entries declare, and what they leave in files.

use crate::app::App;

const ENTRIES: &str = "  - {name: main, kind: process.lua, source: file://main.lua, modules: [io, env]}
  - {name: os, kind: env.storage.os}
  - {name: file, kind: env.storage.file, file_path: ./conf/app.env, auto_create: true, file_mode: 0600, dir_mode: 0700}
  - {name: both, kind: env.storage.router, storages: [app:file, app:os]}
  - {name: path, kind: env.variable, variable: PATH, storage: app:os, read_only: true}
  - {name: visits, kind: env.variable, variable: VISITS, storage: app:both, default: '0'}
";

const MAIN: &str = "return function(...)
    io.print(#env.get('PATH') > 0, (select(2, env.set('PATH', ''))):kind())
    io.print('visit', (env.get('VISITS')))
    assert(env.set('VISITS', tostring(tonumber(env.get('VISITS')) + 1)))
    io.print('then', (env.get('VISITS')), env.get_all().VISITS)
end";

#[test]
fn what_is_set_in_one_run_is_there_in_the_next() {
    let app = App::new(ENTRIES).with("src/main.lua", MAIN);
    assert_eq!(app.lines(), ["true\tPermissionDenied", "visit\t0", "then\t1\t1"]);
    assert_eq!(app.lines(), ["true\tPermissionDenied", "visit\t1", "then\t2\t2"]);
    let file = app.path("conf/app.env");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "VISITS=2\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&app.path("conf"))), (0o600, 0o700));
    }
}

#[test]
fn a_variable_that_cannot_be_used_is_told_in_the_log_and_stops_nothing() {
    let app = App::new(
        "  - {name: os, kind: env.storage.os}
  - {name: way, kind: env.storage.router, storages: [app:os, nowhere]}
  - {name: lost, kind: env.variable, variable: LOST, storage: app:nosuch}
  - {name: one, kind: env.variable, variable: TWICE, storage: app:os}
  - {name: two, kind: env.variable, variable: TWICE, storage: app:way}
",
    );
    let mut running = app.start(&["run"]);
    for (entry, line, what) in [
        ("app:way", 11, "environment storage not found: app:nowhere"),
        ("app:lost", 12, "environment storage not found: app:nosuch"),
        ("app:two", 14, "another entry declares the variable TWICE"),
    ] {
        let told = running.wait_for(what);
        assert!(told.contains(&format!("\tentry {entry}: {what}")), "{told}");
        assert!(told.contains(&format!("src/_index.yaml:{line}:")), "{told}");
    }
    running.wait_for("runtime ready");
    running.signal("INT");
    running.end().expect_code(0);
}

/// An app that has one mistake of each sort in its environment, with a command that prints.
fn mistaken() -> App {
    App::new(
        "  - {name: os, kind: env.storage.os}
  - {name: lost, kind: env.variable, variable: LOST, storage: app:nosuch}
  - {name: way, kind: env.storage.router, storages: [app:os, nowhere]}
  - {name: folder, kind: env.storage.file, file_path: ./conf}
  - {name: file, kind: env.storage.file, file_path: conf/app.env}
  - {name: none, kind: env.storage.file, file_path: conf/none.env}
  - {name: hello, kind: process.lua, modules: [io, logger], source: file://hello.lua, meta: {command: {name: hello}}}
",
    )
    .with("conf/app.env", "# ours\nA=1\nB\n\nC: 5\n")
    .with("src/hello.lua", "return function() logger:error('log') io.print('hello') end")
}

#[test]
fn a_command_tells_what_is_wrong_with_the_environment_and_runs() {
    for words in [&["run", "hello"][..], &["run", "-x", "app:hello"]] {
        let run = mistaken().run(words);
        run.expect_code(0);
        assert_eq!(run.stdout, "hello\n");
        let expected = "\
Warning: conf/app.env:3: entry app:file: this line is neither NAME=VALUE nor a remark; one more line is like that
Warning: src/_index.yaml:13:44: entry app:folder: ./conf cannot be read: it is no regular file
Warning: src/_index.yaml:12:62: entry app:way: environment storage not found: app:nowhere
Warning: src/_index.yaml:11:54: entry app:lost: environment storage not found: app:nosuch
";
        assert_eq!(run.stderr, expected, "{words:?}");
    }
}

#[test]
fn a_warning_is_a_log_record_where_there_are_logs_and_silence_is_silence() {
    let run = mistaken().run(&["run", "-v", "hello"]);
    run.expect_code(0);
    assert!(!run.stderr.contains("Warning:"), "{}", run.stderr);
    assert_eq!(run.count("entry app:lost: environment storage not found: app:nosuch"), 1, "{}", run.stderr);
    let run = mistaken().run(&["run", "-s", "hello"]);
    run.expect_code(0);
    assert_eq!((&*run.stdout, &*run.stderr), ("hello\n", ""));
}
