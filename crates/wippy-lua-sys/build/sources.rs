//! Where the sources of Lua lie, and how they are compiled. Part of two build scripts: ours, and that of `benches`, which
//! builds the same Lua in the same way, but unchanged, to compare with. Knows nothing of our changes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Where cargo has put the sources of `lua-src`, a build dependency of ours and so downloaded by now. Asks cargo by way of
/// a package that depends on nothing else: the metadata of this workspace would need every package to be there.
pub(crate) fn source_of_lua(out: &Path) -> PathBuf {
    let probe = out.join("probe");
    fs::create_dir_all(probe.join("src")).expect("OUT_DIR can be written");
    fs::write(probe.join("src/lib.rs"), "").expect("OUT_DIR can be written");
    let manifest = "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
                    [dependencies]\nlua-src = \"551.1\"\n\n[workspace]\n";
    fs::write(probe.join("Cargo.toml"), manifest).expect("OUT_DIR can be written");
    let metadata = Command::new(env::var_os("CARGO").expect("cargo sets CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--manifest-path"])
        .arg(probe.join("Cargo.toml"))
        .output()
        .expect("cargo metadata runs");
    let json: serde_json::Value = serde_json::from_slice(&metadata.stdout)
        .unwrap_or_else(|e| panic!("cargo metadata failed: {e}\n{}", String::from_utf8_lossy(&metadata.stderr)));
    let packages = json["packages"].as_array().expect("a list of packages");
    let package = packages.iter().find(|p| p["name"] == "lua-src").expect("lua-src is a dependency");
    let manifest = package["manifest_path"].as_str().expect("a path");
    let root = Path::new(manifest).parent().expect("a manifest lies in a folder");
    let entries = fs::read_dir(root).expect("the folder can be read").flatten();
    let lua = entries
        .map(|e| e.path())
        .find(|p| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("lua-5.5")));
    lua.expect("lua-src brings Lua 5.5")
}

/// The compiler with all that Lua is compiled with.
pub(crate) fn compiler() -> cc::Build {
    let mut build = cc::Build::new();
    build.warnings(false).define("LUA_USE_POSIX", None);
    build.flag_if_supported("-ftrivial-auto-var-init=zero").flag_if_supported("-fno-strict-aliasing");
    if env::var("PROFILE").as_deref() != Ok("release") {
        build.define("LUA_USE_APICHECK", None);
    }
    // An interpreter built without optimisation makes every test of a Lua program slow.
    build.opt_level(2);
    // Else a change anywhere moves all that follows, and a loop that comes to lie badly costs 5 % of everything.
    build.flag_if_supported("-falign-functions=64").flag_if_supported("-falign-loops=32");
    // A process pays for the cache of names that C uses; ours are looked up by number.
    build.define("STRCACHE_N", "5").define("STRCACHE_M", "1");
    build.define("LUA_COMPAT_MATHLIB", None).define("_GNU_SOURCE", None);
    build
}
