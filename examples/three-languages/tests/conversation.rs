//! Runs the example through its own program.

use std::process::Command;

#[test]
fn lua_wasm_and_rust_talk_to_each_other() {
    let output = Command::new(env!("CARGO_BIN_EXE_three-languages"))
        .args(["run", "-s", "-C", env!("CARGO_MANIFEST_DIR")])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "actor      echoed by WebAssembly, 5 letters counted by Rust",
        "supervisor echoed by WebAssembly, 10 letters counted by Rust",
        "WebAssembly ended with stopped",
        "Rust ended with 3",
    ] {
        assert!(stdout.lines().any(|l| l == line), "'{line}' is missing in\n{stdout}");
    }
}
