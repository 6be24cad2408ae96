//! The terminal: `io`, and what the exit code says. These programs run in a `wippy` of their own.

use crate::app::{App, lua_tests};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const INDEX: &str = r#"version: "1.0"
namespace: app
entries:
  - {name: terminal, kind: terminal.host, lifecycle: {auto_start: true}}
  - {name: processes, kind: process.host, lifecycle: {auto_start: true}}
  - {name: main, kind: process.lua, source: file://main.lua, modules: [io, time]}
"#;

/// Runs a program that is a function with this body, with words on its command line and on its standard input.
fn run(body: &str, args: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let src = folder.path().join("src");
    std::fs::create_dir(&src).expect("a folder for the sources");
    std::fs::write(src.join("_index.yaml"), INDEX).expect("the index");
    std::fs::write(src.join("main.lua"), format!("return function(...) {body}\nend")).expect("the program");
    let mut child = Command::new(env!("CARGO_BIN_EXE_wippy"))
        .args(["run", "-x", "app:main", "-C"])
        .arg(folder.path())
        .arg("--")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("wippy starts");
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("wippy ends")
}

#[track_caller]
fn says(body: &str, args: &[&str], input: &str, stdout: &str) {
    let output = run(body, args, input);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((String::from_utf8_lossy(&output.stdout).as_ref(), output.status.code()), (stdout, Some(0)), "{stderr}");
}

#[test]
fn results_are_exit_codes() {
    for (body, code) in [
        ("return", 0),
        ("return nil", 0),
        ("return 3", 3),
        ("return 2.9", 2),
        ("return true", 0),
        ("return false", 1),
        ("return {}", 0),
        ("return nil, 'failed'", 1),
        ("error('raised')", 1),
        ("process.terminate(process.pid())", 1),
    ] {
        assert_eq!(run(body, &[], "").status.code(), Some(code), "{body}");
    }
}

#[test]
fn a_failure_is_told_on_stderr() {
    let output = run("return nil, 'what went wrong'", &[], "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("what went wrong"), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn a_text_is_printed() {
    says("return 'the result'", &[], "", "the result\n");
}

#[test]
fn write_adds_nothing() {
    says("assert(io.write('a', 'b', 1, 2.5) == true and io.write() == true) io.write('c\\0d')", &[], "", "ab12.5c\0d");
}

#[test]
fn print_separates_by_tabs() {
    says("assert(io.print('a', 1, 'b') == true) io.print() io.print('end')", &[], "", "a\t1\tb\n\nend\n");
}

#[test]
fn values_of_all_types_are_printed() {
    says("io.print(nil, true, 2.0, errors.new('e'))", &[], "", "nil\ttrue\t2.0\te\n");
    says("io.print(setmetatable({}, {__tostring = function() return 'shown' end}))", &[], "", "shown\n");
    let waits = "local t = setmetatable({}, {__tostring = function() time.sleep(1) return 'shown' end})";
    says(
        &format!("{waits} assert(io.print(1, t, 2, t)) assert(io.write(t, '|'))"),
        &[],
        "",
        "1\tshown\t2\tshown\nshown|",
    );
}

#[test]
fn eprint_goes_to_stderr() {
    let output = run("assert(io.eprint('a', 1) == true)", &[], "");
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b""[..], &b"a\t1\n"[..]));
}

#[test]
fn flush_says_true() {
    says("io.write('x') assert(io.flush() == true)", &[], "", "x");
}

#[test]
fn lines_are_read_without_their_ends() {
    let body = "for i = 1, 4 do io.write('[', (io.readline()), ']') end
        local line, err = io.readline()
        assert(line == nil and err:message() == 'EOF')
        line, err = io.readline() assert(line == nil and err:message() == 'EOF')";
    says(body, &[], "one\ntwo\r\n\nlast", "[one][two][][last]");
}

#[test]
fn no_line_is_lost_between_reads() {
    let body = "local n = 0
        while true do
            local line, err = io.readline()
            if not line then assert(err:message() == 'EOF') break end
            n = n + 1 assert(line == 'line ' .. n, line)
        end
        return n == 1000 and 'all' or tostring(n)";
    let input: String = (1..=1000).map(|n| format!("line {n}\n")).collect();
    says(body, &[], &input, "all\n");
}

#[test]
fn bytes_are_read_up_to_a_number() {
    let body = "local a = io.read(3) local line = io.readline() local rest, err = io.read()
        assert(err == nil)
        io.write(a, '|', line, '|', rest)
        local none, err = io.read() assert(none == nil and err)";
    says(body, &[], "abcde\nfgh", "abc|de|fgh");
}

#[test]
fn reading_blocks_only_the_coroutine_that_reads() {
    let body = "local log, done = {}, channel.new()
        coroutine.spawn(function() local line = io.readline() log[#log + 1] = line done:send(true) end)
        log[#log + 1] = 'meanwhile'
        done:receive()
        return table.concat(log, ' ')";
    says(body, &[], "read\n", "meanwhile read\n");
}

#[test]
fn arguments_are_parameters_and_args() {
    says(
        "local args = io.args() return #args .. args[1] .. args[2] .. select('#', ...) .. ...",
        &["a", "b c"],
        "",
        "2ab c2a\n",
    );
}

#[test]
fn a_table_is_printed_as_its_tostring() {
    let output = run("local t = {} io.print(t) io.print(tostring(t))", &[], "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (printed, told) = text.split_once('\n').expect("two lines");
    assert!(printed.starts_with("table: 0x"), "{text}");
    assert_eq!(printed, told.trim_end());
}

lua_tests! {
    raw_wants_a_boolean:
        "for _, bad in ipairs{5, 'x', {}, print} do checks.raises('boolean expected', io.raw, bad) end
        for _, bad in ipairs{'x', {}, true} do checks.raises('number expected', io.read, bad) end
        checks.raises('integer representation', io.read, 1.5)
        checks.refused(errors.INVALID, 'must be positive', io.read(0)) checks.refused(errors.INVALID, 'must be positive', io.read(-1))";
    arguments_may_be_none: "checks.equal(io.args(), {})";
}

#[test]
fn there_is_no_terminal_elsewhere() {
    let app = App::new("checks.equal(checks.exec('elsewhere'), 'refused') return true");
    let body = "for _, call in ipairs{
            function() return io.write('x') end, function() return io.print('x') end, function() return io.eprint('x') end,
            function() return io.read() end, function() return io.readline() end, function() return io.flush() end,
            function() return io.raw() end,
        } do checks.refused(errors.UNAVAILABLE, 'no terminal context', call()) end
        checks.equal(io.args(), {})
        return 'refused'";
    app.process("elsewhere", body).passes();
}
