//! `print` and the logger.

use crate::app::App;
use collector::records;
use serde_json::{Value as Json, json};

/// Collects what the runtime logs.
mod collector {
    use serde_json::Value as Json;
    use std::fmt::Debug;
    use std::sync::{Mutex, OnceLock};
    use tracing::field::{Field, Visit};
    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    #[derive(Debug, Clone, Default)]
    pub(crate) struct Record {
        pub(crate) level: String,
        pub(crate) logger: String,
        pub(crate) message: String,
        pub(crate) fields: Json,
    }

    static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

    struct Collector;

    impl<S: Subscriber> Layer<S> for Collector {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut record = Record { level: event.metadata().level().to_string(), ..Record::default() };
            event.record(&mut record);
            RECORDS.lock().expect("nobody panics in here").push(record);
        }
    }

    impl Visit for Record {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "message" {
                self.message = format!("{value:?}");
            }
        }
        fn record_str(&mut self, field: &Field, value: &str) {
            match field.name() {
                "logger" => self.logger = value.to_owned(),
                "fields" => self.fields = serde_json::from_str(value).expect("fields are JSON"),
                _ => {}
            }
        }
    }
    /// Runs a program that logs and gives its records: those whose message begins with this mark.
    pub(crate) fn records(mark: &str, body: &str) -> Vec<Record> {
        static INSTALLED: OnceLock<()> = OnceLock::new();
        INSTALLED.get_or_init(|| {
            let subscriber = tracing_subscriber::registry().with(Collector);
            tracing::subscriber::set_global_default(subscriber).expect("nobody else collects");
        });
        crate::app::App::new(&format!("{body}\nreturn true")).passes();
        let all = RECORDS.lock().expect("nobody panics in here");
        // Others run at the same time, and addresses in their messages may hold any digits.
        let marked = |r: &&Record| match r.message.strip_prefix(mark) {
            Some(rest) => !rest.starts_with(|c: char| c.is_ascii_alphanumeric()),
            None => false,
        };
        all.iter().filter(marked).cloned().collect()
    }
}

#[test]
fn print_is_one_record_joined_by_spaces() {
    let body = "print('p1', 2, 2.5, nil, true, errors.new('e'))";
    let found = records("p1", body);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].level.as_str(), found[0].message.as_str()), ("INFO", "p1 2 2.5 nil true e"));
}

#[test]
fn print_shows_what_tostring_says() {
    let body = "for _, v in ipairs{{}, setmetatable({}, {__name = 'Thing'}), print, function() end, coroutine.create(print), channel.new()} do print('paddress', v, tostring(v)) end";
    let found = records("paddress", body);
    assert_eq!(found.len(), 6, "{found:?}");
    for record in found {
        let shown = record.message.strip_prefix("paddress ").expect("its mark");
        assert_eq!(&shown[..shown.len() / 2], &shown[shown.len() / 2 + 1..], "{shown}");
    }
}

#[test]
fn print_names_process_and_line() {
    let found = records("p2", "\nprint('p2')");
    assert_eq!(found[0].fields["location"], json!("app:main:2"));
    assert!(found[0].fields["pid"].as_str().is_some_and(|pid| pid.starts_with("{app:terminal|0x")), "{found:?}");
}

#[test]
fn print_shows_tables_with_their_tostring() {
    let found = records("p3", "print('p3', setmetatable({}, {__tostring = function() return 'shown' end}))");
    assert_eq!(found[0].message, "p3 shown");
    let found = records("p4", "print('p4', {})");
    assert!(found[0].message.starts_with("p4 table: "), "{found:?}");
}

#[test]
fn an_empty_print_is_a_record_too() {
    records("", "print()");
}

#[test]
fn each_level_has_its_method() {
    let body = "for _, level in ipairs{'debug', 'info', 'warn', 'error'} do
        assert(select('#', logger[level](logger, 'l1 ' .. level)) == 0)
    end";
    let found = records("l1", body);
    let said: Vec<_> = found.iter().map(|r| format!("{}={}", r.level, r.message)).collect();
    assert_eq!(said, ["DEBUG=l1 debug", "INFO=l1 info", "WARN=l1 warn", "ERROR=l1 error"]);
    assert!(found.iter().all(|r| r.fields["location"] == json!("app:main:2")), "{found:?}");
}

#[test]
fn fields_keep_their_types_and_tables_their_depth() {
    let body = "logger:info('f1', {
        n = 1, f = 1.5, b = true, t = 'text', list = {1, 2}, map = {a = {b = {1}}}, err = errors.new('broken'),
        inner = {err = errors.new('inside')}, ['dotted.key with space'] = 1, [5] = 'skipped',
    })";
    let mut fields = records("f1", body)[0].fields.clone();
    let map = fields.as_object_mut().expect("fields are a map");
    assert!(map.remove("pid").is_some() && map.remove("location").is_some(), "{map:?}");
    let want = json!({
        "n": 1, "f": 1.5, "b": true, "t": "text", "list": [1, 2], "map": {"a": {"b": [1]}}, "err": "broken",
        "inner": {"err": "inside"}, "dotted.key with space": 1,
    });
    assert_eq!(fields, want);
}

#[test]
fn fields_may_replace_the_automatic_ones() {
    let found = records("f2", "logger:info('f2', {pid = 'mine', location = 'here'})");
    assert_eq!(found[0].fields, json!({"pid": "mine", "location": "here"}));
}

#[test]
fn explicit_nil_fields_are_no_fields() {
    let found =
        records("f3", "logger:info('f3', nil) checks.raises('table expected', logger.info, logger, 'f3 bad', 5)");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn text_and_other_fields_that_are_no_table_raise() {
    let body = "for _, level in ipairs{'debug', 'info', 'warn', 'error'} do
        checks.raises('table expected', logger[level], logger, 'f4', 'fields')
        checks.raises('table expected', logger[level], logger, 'f4', true)
        checks.raises('string expected', logger[level], logger)
        checks.raises('string expected', logger[level], logger, {})
    end";
    assert_eq!(records("f4", body).len(), 0);
}

#[test]
fn logging_changes_no_table() {
    let body = "local fields = {error = errors.new('e'), x = {1}}
        logger:error('f5', fields)
        logger:with(fields):error('f5', {y = 1})
        assert(fields.error and fields.x[1] == 1 and fields.y == nil and fields.pid == nil)";
    assert_eq!(records("f5", body).len(), 2);
}

#[test]
fn loggers_with_fields_are_new_loggers() {
    let body = "local one = logger:with{a = 1, b = 1}
        local two = one:with{b = 2}
        assert(one ~= logger and two ~= one)
        logger:info('w1') one:info('w1') two:info('w1', {a = 3})";
    let found = records("w1", body);
    let pick = |i: usize, key: &str| found[i].fields[key].clone();
    assert_eq!((pick(0, "a"), pick(1, "a"), pick(1, "b")), (Json::Null, json!(1), json!(1)));
    assert_eq!((pick(2, "a"), pick(2, "b")), (json!(3), json!(2)));
}

#[test]
fn later_changes_of_a_table_do_not_reach_the_logger() {
    let found = records("w2", "local t = {a = 1} local l = logger:with(t) t.a = 2 l:info('w2')");
    assert_eq!(found[0].fields["a"], json!(1));
}

#[test]
fn names_join_with_a_dot() {
    let body = "local a = logger:named('a') local b = a:named('b'):with{x = 1}
        a:info('n1') b:info('n1') b:named('c'):info('n1')
        checks.raises('named', logger.named, logger, '') checks.raises('string expected', logger.named, logger)";
    let found = records("n1", body);
    let names: Vec<_> = found.iter().map(|r| r.logger.as_str()).collect();
    assert_eq!(names, ["a", "a.b", "a.b.c"]);
    assert_eq!(found[2].fields["x"], json!(1));
}

#[test]
fn a_message_may_hold_newlines() {
    assert_eq!(records("m1", "logger:info('m1\\nsecond')")[0].message, "m1\nsecond");
}

#[test]
fn logging_works_while_the_chunk_runs() {
    let app = App::chunk("print('c1') require('logger'):info('c1', {x = 1}) return function() return true end");
    app.passes();
}
