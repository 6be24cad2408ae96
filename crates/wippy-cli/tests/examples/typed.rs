use crate::app::App;

pub(crate) const APP: App = App { name: "typed", command: "run -C examples/typed invoice Ada" };

#[test]
fn typed_code_runs_as_if_it_had_no_types() {
    let run = APP.run();
    let expected = [
        "Invoice for Ada",
        "1 x Lua book: 24.00",
        "2 x Keyboard (with cable): 179.98",
        "3 x Tea: 13.50",
        "reduced rate: net 37.50, tax 1.87",
        "full rate: net 179.98, tax 35.99",
        "Total 255.34",
    ];
    assert_eq!(run.lines(), expected);
}
