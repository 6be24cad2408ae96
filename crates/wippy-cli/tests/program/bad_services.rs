//! Services that cannot be: what they name is not there, or they wait for each other.

use crate::app::{App, holds};

const MAIN: &str = "  - {name: main, kind: process.lua, source: 'return function() end'}\n";

/// What is said about these entries behind `app:main`; they begin at line 11.
#[track_caller]
fn refusal(entries: &str) -> String {
    App::new(&format!("{MAIN}{entries}")).refusal()
}

fn service(name: &str, requires: &str) -> String {
    format!(
        "  - name: {name}
    kind: process.service
    process: main
    host: app:processes
    lifecycle:
      auto_start: true
      requires: [{requires}]
"
    )
}

#[test]
fn process_and_host_are_required() {
    let told = refusal("  - name: x\n    kind: process.service\n    host: app:processes\n");
    holds(&told, &["src/_index.yaml:11:", "app:x", "process is required"]);
    let told = refusal("  - name: x\n    kind: process.service\n    process: main\n");
    holds(&told, &["src/_index.yaml:11:", "app:x", "host is required"]);
}

#[test]
fn process_and_host_must_exist() {
    let told = refusal("  - name: x\n    kind: process.service\n    process: nosuch\n    host: app:nohost\n");
    holds(&told, &["src/_index.yaml:13:5", "app:x", "process not found: app:nosuch"]);
    holds(&told, &["src/_index.yaml:14:5", "host not found: app:nohost"]);
    let told = refusal("  - name: x\n    kind: process.service\n    process: main\n    host: app:main\n");
    holds(&told, &["src/_index.yaml:14:5", "app:x", "app:main"]);
}

#[test]
fn the_host_of_the_node_itself_is_refused() {
    let told = refusal("  - name: x\n    kind: process.service\n    process: main\n    host: node:control\n");
    holds(&told, &["src/_index.yaml:14:5", "app:x", "invalid host: node:control"]);
}

#[test]
fn a_service_whose_dependency_is_missing_is_told() {
    let told = refusal(&service("x", "nosuch"));
    holds(&told, &["src/_index.yaml:17:", "app:x", "missing dependencies: app:x requires app:nosuch"]);
    // An entry that is no service cannot be started first.
    holds(&refusal(&service("x", "main")), &["src/_index.yaml:17:", "app:x requires app:main"]);
}

#[test]
fn a_service_that_requires_itself_is_told() {
    let told = refusal(&service("x", "x"));
    holds(&told, &["src/_index.yaml:17:", "app:x", "circle", "app:x -> app:x"]);
}

#[test]
fn two_services_that_require_each_other_are_told() {
    let told = refusal(&format!("{}{}", service("x", "y"), service("y", "x")));
    holds(&told, &["src/_index.yaml:17:", "circle", "app:x -> app:y -> app:x"]);
}

#[test]
fn several_circles_are_all_told() {
    let entries = [service("a", "a"), service("b", "c"), service("c", "b")].concat();
    holds(&refusal(&entries), &["app:a -> app:a", "app:b -> app:c -> app:b"]);
}

#[test]
fn the_circle_is_told_and_not_the_way_to_it() {
    let entries = [service("a", "b"), service("b", "c"), service("c", "b")].concat();
    let told = refusal(&entries);
    holds(&told, &["app:b -> app:c -> app:b"]);
    assert!(!told.contains("app:a -> app:b"), "{told}");
}
