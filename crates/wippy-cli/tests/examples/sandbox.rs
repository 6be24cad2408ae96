use crate::app::App;

pub(crate) const APP: App = App { name: "sandbox", command: "run -C examples/sandbox" };

#[test]
fn the_user_is_free_inside_and_cannot_get_out() {
    let run = APP.run();
    let expected = [
        "user: hear from the system: mind the wall: ok",
        "user: spawn on the sandbox host: ok",
        "user: send to a neighbour: ok",
        "user: hear from a neighbour: who is there?: ok",
        "user: send to the vault: PermissionDenied",
        "user: spawn on the system host: PermissionDenied",
        "user: cancel the vault: PermissionDenied",
        "user: terminate the vault: PermissionDenied",
        "stranger: send to the vault: PermissionDenied",
        // Both came from the screen: no refused message left a trace.
        "the vault received: visit, tell",
    ];
    assert_eq!(run.lines(), expected);
}
