use crate::app::App;

pub(crate) const APP: App = App { name: "hello", command: "run -C examples/hello" };

#[test]
fn greets_its_arguments_and_says_who_it_is() {
    let run = APP.run();
    let lines = run.lines();

    assert!(lines[0].starts_with("Hello from process {app:terminal|0x"), "{lines:?}");
    assert!(lines[0].ends_with("}, running app:hello"), "{lines:?}");
    assert_eq!(lines[1..], ["Hello, Ada! You are argument 1 of 2.", "Hello, Grace! You are argument 2 of 2."]);
}
