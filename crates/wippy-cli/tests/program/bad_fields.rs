//! Fields of entries with the wrong type or without sense, and policies that are none.

use crate::app::App;

/// Entries behind which nothing is wrong, for others to refer to. They take lines 10 and 11.
const MAIN: &str = "  - {name: main, kind: process.lua, source: 'return function() end'}
  - {name: all, kind: security.policy, policy: {actions: '*', resources: '*', effect: allow}, groups: [staff]}
";

/// Cases of one test. What is not refused as it should be is told at the end, all at once.
#[derive(Default)]
struct Cases(Vec<String>);

impl Cases {
    /// The field of an entry `app:x` must be refused at line 14, in words that hold `says`.
    fn wrong(&mut self, kind: &str, field: &str, says: &[&str]) {
        self.entry(kind, field, &[&["src/_index.yaml:14:"], says].concat());
    }

    /// The same for a field of a service that is complete otherwise.
    fn service(&mut self, field: &str, says: &[&str]) {
        self.wrong("process.service", &format!("{field}\n    process: main\n    host: app:processes"), says);
    }

    /// The entry `app:x` must be refused in these words.
    fn entry(&mut self, kind: &str, field: &str, says: &[&str]) {
        let app = App::new(&format!("{MAIN}  - name: x\n    kind: {kind}\n    {field}\n"));
        let run = app.with_canary().run(&["run"]);
        let first = field.lines().next().unwrap_or_default();
        if (run.code, &*run.stdout) != (Some(1), "") {
            return self.0.push(format!("{kind}: {first}: is accepted"));
        }
        // While files are read, an entry has no id yet, only a name.
        if !run.stderr.contains("app:x") && !run.stderr.contains("'x'") {
            self.0.push(format!("{kind}: {first}: the entry is not named in: {}", run.stderr));
        }
        for part in says {
            if !run.stderr.contains(part) {
                self.0.push(format!("{kind}: {first}: '{part}' is missing in: {}", run.stderr));
            }
        }
    }

    #[track_caller]
    fn end(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}

#[test]
fn fields_of_lua_entries() {
    let mut cases = Cases::default();
    cases.wrong("process.lua", "source: [1]", &["source must be a text", "list"]);
    cases.wrong("process.lua", "source: 5", &["source must be a text"]);
    let source = "\n    source: return {}";
    cases.wrong("process.lua", &format!("modules: time{source}"), &["modules must be a list"]);
    cases.wrong("process.lua", &format!("modules: [5]{source}"), &["module", "must be a text"]);
    cases.wrong("process.lua", &format!("imports: [app:lib]{source}"), &["imports must be a map"]);
    cases.wrong("process.lua", &format!("imports: {{\"\": app:main}}{source}"), &["alias"]);
    let unknown = ["import 't': module 'tiem' not found", "modules: base64, "];
    cases.wrong("process.lua", &format!("imports: {{t: tiem}}{source}"), &unknown);
    let clash = ["'json' names both the module time and the module json"];
    cases.wrong("process.lua", &format!("imports: {{json: time}}\n    modules: [json]{source}"), &clash);
    for (wrong, says) in [
        ("modules: [[time]]", "a module name must be a text, not a list"),
        ("modules: {time: true}", "modules must be a list, not a map"),
        ("modules: [~]", "a module name must be a text"),
        ("modules: [Time]", "module 'Time' not found"),
        ("imports: lib", "imports must be a map"),
        ("imports: {lib: [app:main]}", "an import is an alias and the full id"),
        ("imports: {lib: ~}", "an import is an alias and the full id"),
        ("imports: {lib: ':lib'}", "import 'lib': entry not found: :lib"),
        ("imports: {lib: 'app:'}", "import 'lib': entry not found: app:"),
        ("imports: {lib: app:main}", "app:main is a process.lua, not a library.lua"),
        ("limits: [memory]", "limits must be a map, not a list"),
        ("limits: {memory: 5}", "limits.memory must be at least 64KB"),
        ("limits: {memory: -1}", "limits.memory: expected a number of bytes"),
        ("limits: {memory: 16XB}", "limits.memory: expected a number of bytes"),
        ("limits: {memory: 1.5MB}", "limits.memory: expected a number of bytes"),
        ("limits: {memory: [16MB]}", "limits.memory: expected a number of bytes"),
        ("limits: {memory: 99999999999999999999GB}", "limits.memory: expected a number of bytes"),
    ] {
        cases.wrong("process.lua", &format!("{wrong}{source}"), &[says]);
    }
    cases.wrong("process.lua", &format!("method: [main]{source}"), &["method", "text"]);
    cases.wrong("library.lua", "source: 5", &["source must be a text"]);
    cases.end();
}

#[test]
fn the_meta_of_an_entry_is_a_map() {
    let mut cases = Cases::default();
    cases.wrong("registry.entry", "meta: [a, b]", &["meta", "map"]);
    cases.wrong("registry.entry", "meta: a text", &["meta", "map"]);
    cases.end();
}

#[test]
fn fields_of_hosts() {
    let mut cases = Cases::default();
    cases.wrong("process.host", "workers: many", &["workers must be an integer"]);
    cases.wrong("process.host", "workers: -1", &["workers must be greater than 0"]);
    cases.wrong("process.host", "host: {workers: -1}", &["workers must be greater than 0"]);
    cases.wrong("process.host", "host: {max_processes: lots}", &["max_processes must be an integer"]);
    cases.wrong("process.host", "max_mailbox: -5", &["max_mailbox"]);
    cases.wrong("process.host", "max_mailbox: 1.5", &["max_mailbox must be an integer"]);
    cases.wrong("process.host", "host: 5", &["host", "map"]);
    cases.wrong("process.host", "lifecycle: soon", &["lifecycle must be a map"]);
    cases.wrong("process.host", "lifecycle: {auto_start: 1}", &["auto_start must be true or false"]);
    cases.wrong("terminal.host", "hide_logs: 3", &["hide_logs", "true or false"]);
    cases.end();
}

#[test]
fn a_messages_block_that_cannot_be_read_does_not_leave_a_host_open() {
    let mut cases = Cases::default();
    cases.wrong("process.host", "messages: {inbound: shut}", &["inbound must be open or closed", "shut"]);
    cases.wrong("process.host", "messages: {inbound: true}", &["inbound"]);
    cases.wrong("process.host", "messages: {inbound: [closed]}", &["inbound"]);
    cases.wrong("process.host", "messages: closed", &["messages", "map"]);
    cases.wrong("process.host", "messages: {inbound: closed, allow_from: app:terminal}", &["allow_from", "list"]);
    cases.wrong("process.host", "messages: {inbound: closed, allow_from: [5]}", &["allow_from"]);
    cases.end();
}

#[test]
fn fields_of_services() {
    let mut cases = Cases::default();
    cases.service("input: 5", &["input must be a list"]);
    cases.service("lifecycle: [auto_start]", &["lifecycle must be a map"]);
    cases.service("lifecycle: {auto_start: \"yes\"}", &["auto_start must be true or false"]);
    cases.service("lifecycle: {requires: app:other}", &["requires must be a list"]);
    cases.service("lifecycle: {depends_on: [5]}", &["depends_on must hold ids"]);
    cases.service("lifecycle: {restart: soon}", &["restart", "map"]);
    cases.service("lifecycle: {restart: {max_attempts: \"3\"}}", &["max_attempts must be a number"]);
    cases.service("lifecycle: {restart: {max_attempts: -1}}", &["max_attempts"]);
    cases.service("lifecycle: {restart: {max_attempts: 1.5}}", &["max_attempts"]);
    cases.service("lifecycle: {restart: {jitter: [1]}}", &["jitter must be a number"]);
    cases.end();
}

#[test]
fn durations() {
    let mut cases = Cases::default();
    for (field, says) in [
        ("stop_timeout: soon", "soon"),
        ("stop_timeout: 5", "stop_timeout"),
        ("start_timeout: \"5\"", "start_timeout"),
        ("start_timeout: 5 minutes", "5 minutes"),
        ("stable_threshold: -5s", "-5s"),
        ("restart: {initial_delay: 1d}", "1d"),
        ("restart: {delay: 1}", "delay"),
        ("restart: {max_delay: 1s500}", "1s500"),
    ] {
        cases.service(&format!("lifecycle: {{{field}}}"), &[says, "duration"]);
    }
    cases.wrong("process.host", "lifecycle: {stop_timeout: soon}", &["soon", "duration"]);
    cases.end();
}

#[test]
fn directories() {
    let mut cases = Cases::default();
    cases.wrong("fs.directory", "directory: ./nosuch", &["directory not found", "./nosuch", "auto_init"]);
    cases.wrong("fs.directory", "directory: ./src/_index.yaml", &["not a directory", "_index.yaml"]);
    cases.entry("fs.directory", "", &["src/_index.yaml:12:", "app:x", "directory is required"]);
    cases.wrong("fs.directory", "auto_init: maybe\n    directory: ./src", &["auto_init", "true or false"]);
    cases.end();
}

#[test]
fn storages_of_the_environment() {
    let mut cases = Cases::default();
    let file = "env.storage.file";
    cases.entry(file, "", &["src/_index.yaml:12:", "file_path is required"]);
    cases.wrong(file, "file_path: [a]", &["file_path must be a text", "list"]);
    cases.wrong(file, "auto_create: yes please\n    file_path: .env", &["auto_create must be true or false"]);
    cases.wrong(file, "file_mode: \"0600\"\n    file_path: .env", &["file_mode must be an integer"]);
    let mode = |mode: &str| format!("dir_mode: {mode}\n    file_path: .env");
    for (wrong, says) in [
        ("07777", "dir_mode must be from 0 to 0777, not 07777 (which is 4095)"),
        ("0x1FFF", "dir_mode must be from 0 to 0777, not 017777 (which is 8191)"),
        ("755", "dir_mode must be from 0 to 0777, not 755; octal numbers begin with a zero, write 0755"),
        ("-1", "dir_mode must be from 0 to 0777, not -1"),
        ("'0755'", "dir_mode must be an integer, not a text; write 0755 without quotes"),
        ("rwx", "dir_mode must be an integer, not a text"),
        ("0.5", "dir_mode must be an integer, not a float"),
        ("[0755]", "dir_mode must be an integer, not a list"),
    ] {
        cases.wrong(file, &mode(wrong), &[says]);
    }
    cases.wrong("env.storage.static", "values: [A]", &["values must be a map"]);
    cases.wrong("env.storage.static", "values: {PORT: 80}", &["values.PORT must be a text", "an integer"]);
    let router = "env.storage.router";
    cases.entry(router, "", &["src/_index.yaml:12:", "storages is required"]);
    cases.wrong(router, "storages: []", &["storages is required", "at least one"]);
    cases.wrong(router, "storages: app:os", &["storages must be a list"]);
    cases.wrong(router, "storages: [5]", &["storages must hold ids"]);
    cases.wrong(router, "storages: [app:x]", &["a router cannot lead back to itself"]);
    let back = format!("{{name: y, kind: {router}, storages: [app:main, x]}}");
    cases.wrong(router, &format!("storages: [y]\n  - {back}"), &["a router cannot lead back to itself", "app:y"]);
    cases.end();
}

#[test]
fn variables_of_the_environment() {
    let mut cases = Cases::default();
    let kind = "env.variable";
    cases.entry(kind, "", &["src/_index.yaml:12:", "storage is required"]);
    cases.wrong(kind, "storage: [a]", &["storage must be a text"]);
    let storage = "\n    storage: app:memory";
    cases.wrong(kind, &format!("variable: MY-NAME{storage}"), &["variable", "MY-NAME", "letters"]);
    cases.wrong(kind, &format!("variable: 5{storage}"), &["variable must be a text"]);
    cases.wrong(kind, &format!("default: 8080{storage}"), &["default must be a text", "an integer"]);
    cases.wrong(kind, &format!("readonly: 1{storage}"), &["readonly must be true or false"]);
    cases.wrong(kind, &format!("read_only: often{storage}"), &["read_only must be true or false"]);
    let unknown = ["src/_index.yaml:13:", "no handler for kind", "did you mean env.storage.memory?"];
    cases.entry("env.storage.memry", "x: 1", &unknown);
    cases.end();
}

#[test]
fn keys_that_nobody_knows_are_no_fault() {
    let app = App::program("return function() require('io').print('ok') end").with(
        "src/more/_index.yaml",
        "namespace: more
entries:
  - {name: host, kind: process.host, delay: 5, host: {queue_size: 10, local_queue_size: 64, nosuch: 1}}
  - {name: code, kind: process.lua, source: 'return {}', nosuch: [1, 2]}
  - {name: service, kind: process.service, process: code, host: host, lifecycle: {restart: {nosuch: 1}}}
",
    );
    assert_eq!(app.lines(), ["ok"]);
}

#[test]
fn policies_that_are_none() {
    let mut cases = Cases::default();
    let policy = |text: &str| format!("policy: {text}");
    cases.entry("security.policy", "", &["src/_index.yaml:12:", "app:x", "policy is required"]);
    for (text, says) in [
        ("{actions: '*', resources: '*'}", vec!["effect"]),
        ("{actions: '*', resources: '*', effect: maybe}", vec!["effect", "allow or deny", "maybe"]),
        ("{actions: '*', effect: allow}", vec!["resources"]),
        ("{resources: '*', effect: allow}", vec!["actions"]),
        ("{actions: '', resources: '*', effect: allow}", vec!["actions"]),
        ("{actions: '*', resources: [], effect: allow}", vec!["resources"]),
        ("{actions: {a: b}, resources: '*', effect: allow}", vec!["actions"]),
        ("{actions: '*', resources: '*', effect: allow, conditions: {a: b}}", vec!["conditions", "list"]),
        ("just a text", vec!["policy", "map"]),
    ] {
        cases.wrong("security.policy", &policy(text), &says);
    }
    for (condition, says) in [
        ("{field: actor.id, operator: like, value: x}", vec!["operator", "like"]),
        ("{operator: eq, value: x}", vec!["field"]),
        ("{field: actor.id, value: x}", vec!["operator"]),
        ("{field: actor.id, operator: eq}", vec!["value"]),
        ("{field: actor.id, operator: matches, value: '['}", vec!["value"]),
    ] {
        let text = policy(&format!("{{actions: '*', resources: '*', effect: deny, conditions: [{condition}]}}"));
        let says: Vec<_> = says.into_iter().chain(["conditions.0"]).collect();
        cases.wrong("security.policy", &text, &says);
    }
    cases.end();
}

#[test]
fn groups_of_policies_are_lists_of_texts() {
    let mut cases = Cases::default();
    let policy = "\n    policy: {actions: '*', resources: '*', effect: deny}";
    cases.wrong("security.policy", &format!("groups: staff{policy}"), &["groups must be a list"]);
    cases.wrong("security.policy", &format!("groups: [5]{policy}"), &["group must be a text"]);
    cases.end();
}

#[test]
fn a_security_block_that_leads_nowhere_refuses_the_start() {
    let mut cases = Cases::default();
    let security = |block: &str| format!("lifecycle: {{security: {block}}}");
    cases.service(&security("{actor: {id: a}, groups: ['app:nosuch']}"), &["group", "app:nosuch"]);
    cases.service(&security("{actor: {id: a}, groups: [staff, nosuch]}"), &["group", "app:nosuch"]);
    cases.service(&security("{actor: {id: a}, policies: ['app:nosuch']}"), &["policy not found", "app:nosuch"]);
    cases.service(&security("{actor: {id: a}, policies: ['app:main']}"), &["policy not found", "app:main"]);
    cases.wrong("process.host", &security("{groups: [nosuch]}"), &["group", "app:nosuch"]);
    cases.end();
}

#[test]
fn a_security_block_with_wrong_types_refuses_the_start() {
    let mut cases = Cases::default();
    let security = |block: &str| format!("lifecycle: {{security: {block}}}");
    cases.service(&security("app:all"), &["security must be a map"]);
    cases.service(&security("{actor: ada, policies: ['app:all']}"), &["actor", "map"]);
    cases.service(&security("{actor: {id: 5}, policies: ['app:all']}"), &["id must be a text"]);
    cases.service(&security("{actor: {id: a}, policies: 'app:all'}"), &["policies", "list"]);
    cases.service(&security("{actor: {id: a}, groups: staff}"), &["groups", "list"]);
    cases.service(&security("{actor: {id: a}, groups: [5]}"), &["groups", "text"]);
    cases.end();
}
