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
        assert!(told.contains(&format!("entry {entry} cannot be used")), "{told}");
        assert!(told.contains(&format!("src/_index.yaml:{line}:")), "{told}");
    }
    running.wait_for("runtime ready");
    running.signal("INT");
    running.end().expect_code(0);
}
