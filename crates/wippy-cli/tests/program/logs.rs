//! Where logs go, and how they look.

use crate::app::{App, Run, holds};

/// Logs on all levels, and prints.
fn talker() -> App {
    App::new(
        "  - {name: main, kind: process.lua, modules: [io, logger], source: file://main.lua}
  - {name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {auto_start: true}}\n",
    )
    .with(
        "src/main.lua",
        "
local logger = require('logger'):named('tale')
return function()
    logger:debug('a detail', {n = 1})
    logger:info('a fact', {who = 'ada', n = 2})
    logger:warn('a doubt')
    logger:error('a fault')
    print('printed', 5)
    require('io').print('said')
end
",
    )
}

const LEVELS: [&str; 4] = ["a detail", "a fact", "a doubt", "a fault"];

#[track_caller]
fn run(words: &[&str]) -> Run {
    let run = talker().run(words);
    run.expect_code(0);
    holds(&run.stdout, &["said\n"]);
    run
}

fn levels(text: &str) -> Vec<&'static str> {
    LEVELS.into_iter().filter(|level| text.contains(level)).collect()
}

#[test]
fn an_app_logs_from_info_on_in_tab_separated_fields_on_stderr() {
    let run = run(&["run"]);
    assert_eq!(run.stdout, "said\n");
    assert_eq!(levels(&run.stderr), LEVELS[1..]);
    let fact = run.stderr.lines().find(|line| line.contains("a fact")).expect("it is logged");
    let [time, level, logger, message, fields] = fact.split('\t').collect::<Vec<_>>()[..] else {
        panic!("five fields: {fact}")
    };
    assert_eq!((level, logger, message), ("INFO", "tale", "a fact"));
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00 00:00:00");
    let fields: serde_json::Value = serde_json::from_str(fields).expect("fields are JSON");
    assert_eq!((&fields["who"], &fields["n"]), (&"ada".into(), &2.into()));
    assert_eq!(fields["location"], "app:main:5");
    assert!(fields["pid"].as_str().is_some_and(|pid| pid.starts_with("{app:terminal|0x")), "{fields}");
}

#[test]
fn what_is_printed_is_a_log_record_with_its_place() {
    let run = run(&["run"]);
    let line = run.stderr.lines().find(|line| line.contains("printed 5")).expect("it is logged");
    holds(line, &["\tINFO\t", "\tprinted 5\t", "\"location\":\"app:main:8\"", "\"pid\":\"{app:terminal|0x"]);
}

#[test]
fn verbose_shows_details() {
    for flag in ["-v", "--verbose", "--very-verbose"] {
        assert_eq!(levels(&run(&["run", flag]).stderr), LEVELS, "{flag}");
        assert_eq!(levels(&run(&[flag, "run"]).stderr), LEVELS, "{flag}");
    }
}

#[test]
fn silent_shows_nothing() {
    for flag in ["-s", "--silent"] {
        assert_eq!(run(&["run", flag]).stderr, "");
    }
    assert_eq!(run(&["run", "-s"]).stdout, "said\n");
}

#[test]
fn the_console_form_is_coloured_and_on_stdout() {
    let run = run(&["run", "-c"]);
    assert_eq!(run.stderr, "");
    let fact = run.stdout.lines().find(|line| line.contains("a fact")).expect("it is logged");
    let (seconds, rest) = fact.split_at(8);
    assert!(seconds.ends_with("s ") && seconds[..6].trim().parse::<f64>().is_ok(), "{fact:?}");
    holds(rest, &["\u{1b}[", "INFO ", "tale         a fact", "who"]);
}

#[test]
fn json_is_one_object_a_line_on_stdout() {
    let run = run(&["run", "--set", "logger.encoding=json"]);
    assert_eq!(run.stderr, "");
    let fact = run.stdout.lines().find(|line| line.contains("a fact")).expect("it is logged");
    let fact: serde_json::Value = serde_json::from_str(fact).expect("a line is JSON");
    assert_eq!((&fact["level"], &fact["logger"], &fact["msg"]), (&"info".into(), &"tale".into(), &"a fact".into()));
    assert_eq!((&fact["who"], &fact["n"]), (&"ada".into(), &2.into()));
    let shape: String =
        fact["ts"].as_str().unwrap_or_default().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert!(shape.starts_with("0000-00-00T00:00:00.000"), "{fact}");
}

#[test]
fn the_level_is_a_setting() {
    for (level, shown) in [("-1", &LEVELS[..]), ("0", &LEVELS[1..]), ("1", &LEVELS[2..]), ("2", &LEVELS[3..])] {
        let run = run(&["run", "--set", &format!("logmanager.min_level={level}")]);
        assert_eq!(levels(&run.stderr), shown, "level {level}");
    }
}

#[test]
fn a_command_is_silent_unless_asked() {
    // Two processes cannot share a terminal: the service of the app above would be in the way.
    let app = App::program("return function() print('printed') require('io').print('said') end");
    let output = |words: &[&str]| {
        let run = app.run(&[words, &["-x", "app:main"]].concat());
        run.expect_code(0);
        (run.stdout.contains("printed"), run.stderr.contains("printed"))
    };
    assert_eq!(output(&["run"]), (false, false));
    assert_eq!(output(&["run", "-s"]), (false, false));
    assert_eq!(output(&["run", "-v"]), (false, true));
    assert_eq!(output(&["run", "--very-verbose"]), (false, true));
    assert_eq!(output(&["run", "-c"]), (true, false));
}

#[test]
fn a_command_tells_which_services_have_failed_before_it() {
    let service = |name: &str, source: &str| {
        format!(
            "  - {{name: {name}, kind: process.lua, source: '{source}'}}
  - {{name: {name}.service, kind: process.service, process: {name}, host: app:processes,
     lifecycle: {{auto_start: true, restart: {{max_attempts: 1}}}}}}
"
        )
    };
    let entries = service("broken", "error(\"no luck\")") + &service("well", "return function() end");
    let app = App::program_and("return function() require('io').print('said') end", &entries);
    let run = app.run(&["run", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "said\n");
    let told = "Warning: src/_index.yaml:12:51: entry app:broken.service: service failed: \
                failed to execute script: app:broken:1: no luck\n";
    assert_eq!(run.stderr, told);
    assert_eq!(app.run(&["run", "-s", "-x", "app:main"]).stderr, "");
}

#[test]
fn a_terminal_host_can_hide_logs() {
    let index = "namespace: app
entries:
  - {name: terminal, kind: terminal.host, hide_logs: true, lifecycle: {auto_start: true}}
  - {name: main, kind: process.lua, modules: [io], source: file://main.lua}
  - {name: service, kind: process.service, process: main, host: app:terminal, lifecycle: {auto_start: true}}
";
    let app = App::empty()
        .with("src/_index.yaml", index)
        .with("src/main.lua", "return function() print('printed') require('io').print('said') end");
    let run = app.run(&["run"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "said\n");
    assert!(!run.stderr.contains("printed"), "{}", run.stderr);
}

#[test]
fn a_process_that_fails_unwatched_is_logged_with_its_entry() {
    let app = App::program_and(
        "return function()
    process.spawn('app:weak', 'app:processes')
    process.events():receive()
end",
        "  - {name: weak, kind: process.lua, source: return function() error('too weak') end}
  - {name: service, kind: process.service, process: main, host: app:terminal, lifecycle: {auto_start: true}}
",
    );
    let mut running = app.start(&["run"]);
    holds(&running.wait_for("too weak"), &["\tERROR\t", "app:weak:1: too weak", "\"entry\":\"app:weak\""]);
    running.signal("INT");
    running.end().expect_code(0);
}
