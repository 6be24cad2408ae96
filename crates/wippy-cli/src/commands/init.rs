//! `wippy init`: a small app in an empty folder, or a lock file for an app that is there.
//!
//! Nothing that is there is ever overwritten, but for the directories in a lock file.

use crate::app::tree_of;
use crate::args::{Init, Wippy};
use crate::say;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use wippy_core::Tree;

const SRC: &str = "./src";
const MODULES: &str = ".wippy";

pub(crate) fn run(wippy: &Wippy, init: &Init) -> Result<ExitCode, String> {
    let folder = &init.folder;
    if folder.exists() && !folder.is_dir() {
        return Err(format!("not a folder: {}", folder.display()));
    }
    let lock = folder.join(&init.lock_file);
    let said = match what_is_in(folder)? {
        None => make_app(init, &lock)?,
        Some(_) if lock.exists() => change_lock(init, &lock)?,
        Some(first) => lock_app(init, &lock, &first)?,
    };
    Ok(if wippy.silent { ExitCode::SUCCESS } else { say::out(said) })
}

/// Something that lies in a folder; files of Git do not count.
fn what_is_in(folder: &Path) -> Result<Option<String>, String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("{} cannot be read: {e}", folder.display())),
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with(".git")).min())
}

/// Writes a small app into an empty folder.
fn make_app(init: &Init, lock: &Path) -> Result<String, String> {
    let src = init.src_dir.as_deref().unwrap_or(SRC);
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(src).components().all(inside) {
        return Err(format!("--src-dir {src}: an app is made in its folder, not outside of it"));
    }
    let src: PathBuf = Path::new(src).components().filter(|part| *part != Component::CurDir).collect();
    let files = [
        (PathBuf::from("README.md"), include_str!("init/README.md")),
        (src.join("_index.yaml"), include_str!("init/index.yaml")),
        (src.join("clock.lua"), include_str!("init/clock.lua")),
        (src.join("hello.lua"), include_str!("init/hello.lua")),
    ];
    let mut said = format!("An app is in {}:\n\n", init.folder.display());
    for (path, text) in files {
        // The texts speak of the usual folder.
        let text = text.replace("`src", &format!("`{}", src.display()));
        write_new(&init.folder.join(&path), &text)?;
        said += &format!("  {}\n", path.display());
    }
    write_new(lock, &lock_text(init))?;
    said += &format!("  {}\n\nRun it with: wippy run {}hello\n", init.lock_file.display(), there(&init.folder));
    Ok(said)
}

/// Writes the lock file of an app that has none.
fn lock_app(init: &Init, lock: &Path, first: &str) -> Result<String, String> {
    let (folder, src) = (init.folder.display(), init.src_dir.as_deref().unwrap_or(SRC));
    match (init.folder.join(src).is_dir(), &init.src_dir) {
        (true, _) => {
            write_new(lock, &lock_text(init))?;
            Ok(format!("Wrote {}: entries are in {src}\n", lock.display()))
        }
        (false, Some(_)) => Err(format!("--src-dir {src}: there is no such folder in {folder}")),
        (false, None) => Err(format!(
            "{folder} is not empty ('{first}' is in it), and there is no folder src. A new app is made in an empty folder: \
             wippy init DIR. For an app that is here, say where its entries are: wippy init --src-dir DIR"
        )),
    }
}

/// Puts the directories that were given into a lock file.
fn change_lock(init: &Init, lock: &Path) -> Result<String, String> {
    let shown = lock.display();
    let text = fs::read_to_string(lock).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    let mut tree = tree_of(lock, &text)?;
    let mut directories = tree.get("directories").cloned().unwrap_or_default();
    if !matches!((&tree, &directories), (Tree::Map(_) | Tree::Nil, Tree::Map(_) | Tree::Nil)) {
        return Err(format!("{shown}: it and its directories must be maps"));
    }
    for (key, given) in [("src", &init.src_dir), ("modules", &init.modules_dir)] {
        if let Some(given) = given {
            directories.set(key, given.as_str());
        }
    }
    if init.src_dir.is_none() && init.modules_dir.is_none() {
        return Ok(format!("{shown} is there already, and stays as it is\n"));
    }
    tree.set("directories", directories);
    let text = wippy_yaml::write(&tree, wippy_yaml::Style::default())?;
    fs::write(lock, text).map_err(|e| format!("{shown} cannot be written: {e}"))?;
    Ok(format!("Changed the directories in {shown}\n"))
}

fn lock_text(init: &Init) -> String {
    let src = init.src_dir.as_deref().unwrap_or(SRC);
    let modules = init.modules_dir.as_deref().unwrap_or(MODULES);
    let directories = Tree::map([("modules", modules), ("src", src)]);
    let text = wippy_yaml::write(&Tree::map([("directories", directories)]), wippy_yaml::Style::default());
    text.expect("two texts below a key can be written")
}

/// Writes a file that is not there yet, and the folders above it.
fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    };
    write().map_err(|e| format!("{} cannot be written: {e}", path.display()))
}

/// The option that leads to a folder, if it needs one.
fn there(folder: &Path) -> String {
    if folder == Path::new(".") { String::new() } else { format!("-C {} ", folder.display()) }
}
