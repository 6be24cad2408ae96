use crate::app::App;

pub(crate) const APP: App = App { name: "hot-upgrade", command: "run -C examples/hot-upgrade upgrade" };

#[test]
fn a_thousand_increments_survive_the_change_of_code() {
    let run = APP.run();
    let lines = run.lines();

    let pid = lines[0]
        .strip_prefix("before: pid ")
        .and_then(|rest| rest.strip_suffix(", code app:counter_v1, count 0 = 0 by v1 + 0 by v2"))
        .unwrap_or_else(|| panic!("{lines:?}"));
    assert!(pid.starts_with("{app:processes|0x"), "{pid}");

    let expected = [
        format!("after: pid {pid}, code app:counter_v2, count 1000 = 400 by v1 + 600 by v2"),
        format!("the old monitor saw {pid} end with 1000"),
        "same pid, nothing lost".to_owned(),
    ];
    assert_eq!(lines[1..], expected);
}
