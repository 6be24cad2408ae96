use crate::app::App;

pub(crate) const APP: App = App { name: "settings", command: "run -C examples/settings open" };

const EXPECTED: [&str; 4] =
    ["Corner shop\topens at\t9:00", "rename:\tPermissionDenied", "visitors:\t3", "secret:\tNotFound"];

#[test]
fn variables_have_the_values_of_the_app() {
    assert_eq!(APP.run().lines(), EXPECTED);
}

#[test]
fn values_from_outside_win_and_the_program_ends_with_its_code() {
    let run = APP.run_in(&[("SHOP_OPENING", "7:30"), ("SHOP_CURRENCY", "USD"), ("SHOP_SECRET", "x")]);
    assert_eq!(run.failure(3), "");
    let lines = run.printed();
    assert_eq!(lines[0], "Corner shop\topens at\t7:30");
    assert_eq!(lines[1..4], EXPECTED[1..]);
    assert_eq!(lines[4], "no change for\tUSD");
}
