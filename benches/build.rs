//! Builds plain Lua: the sources that `wippy-lua-sys` begins with, unchanged, with the compiler and the flags that it uses,
//! and `peers/plain.c` as the program around them.

#[path = "../crates/wippy-lua-sys/build/sources.rs"]
mod sources;

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    for file in ["build.rs", "peers/plain.c", "../crates/wippy-lua-sys/build"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let lua = sources::source_of_lua(&out);
    let files = fs::read_dir(&lua).expect("sources can be read").flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "c")).collect();
    files.sort();
    let mut build = sources::compiler();
    // A whole program, so cargo is to link nothing.
    build.include(&lua).cargo_metadata(false);
    let program = out.join("plain-lua");
    let mut command = build.get_compiler().to_command();
    command.arg("peers/plain.c").args(files).arg("-o").arg(&program).arg("-lm");
    let status = command.status().unwrap_or_else(|e| panic!("{command:?} cannot be started: {e}"));
    assert!(status.success(), "plain Lua cannot be built: {command:?} ended with {status}");
    println!("cargo:rustc-env=PLAIN_LUA={}", program.display());
}
