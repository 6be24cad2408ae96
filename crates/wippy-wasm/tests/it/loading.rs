//! What keeps an entry from being loaded.

use crate::app::{App, hex, invalid, ok, says};
use wippy_core::{ErrorKind, Tree, Values};

fn slug() -> App {
    App::new().tool("slug", "text-tools#slug")
}

fn with_hash(hash: &str) -> App {
    slug().set("slug", "hash", hash)
}

fn bytes() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/guests/prebuilt/text-tools.wasm")).unwrap()
}

/// A file that is no guest, with its right hash.
fn file(content: &[u8]) -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file.wasm"), content).unwrap();
    let hash = format!("sha256:{}", hex(content));
    let data = [("fs", "app:files"), ("path", "file.wasm"), ("hash", &hash), ("method", "run")];
    let app = App::new()
        .entry("files", "fs.directory", Tree::map([("directory", folder.path().to_str().unwrap())]))
        .entry("file", "process.wasm", Tree::map(data));
    (folder, app)
}

#[test]
fn a_right_hash_is_accepted_in_either_case() {
    let hash = hex(&bytes());
    for hash in [hash.clone(), hash.to_uppercase()] {
        assert_eq!(with_hash(&format!("sha256:{hash}")).run("slug", "A B"), ok("a-b"));
    }
}

#[test]
fn a_wrong_hash_is_refused() {
    let zeros = "0".repeat(64);
    let one_off = format!("{}{}", &hex(&bytes())[..63], if hex(&bytes()).ends_with('0') { '1' } else { '0' });
    for hash in [zeros, one_off, hex(b"")] {
        invalid(with_hash(&format!("sha256:{hash}")).refused(), &["hash"]);
    }
}

#[test]
fn a_malformed_hash_is_refused() {
    let hash = hex(&bytes());
    let malformed =
        [hash.clone(), format!("md5:{hash}"), format!("sha512:{hash}"), format!("sha256:{hash}:x"), "sha256:".into()];
    for text in malformed.into_iter().chain([format!("sha256:{}", &hash[..62]), format!("sha256: {hash}")]) {
        invalid(with_hash(&text).refused(), &["hash"]);
    }
}

#[test]
fn fs_path_and_hash_are_required() {
    for field in ["fs", "path", "hash"] {
        invalid(slug().without("slug", field).refused(), &[field]);
        invalid(slug().set("slug", field, "").refused(), &[field]);
        invalid(slug().set("slug", field, 7).refused(), &[field]);
    }
}

#[test]
fn an_unknown_file_system_is_not_found() {
    says(&slug().set("slug", "fs", "app:elsewhere").refused(), ErrorKind::NotFound, &["app:elsewhere"]);
    says(&slug().set("slug", "fs", "app:processes").refused(), ErrorKind::NotFound, &["app:processes"]);
}

#[test]
fn an_unknown_file_is_not_found() {
    says(&slug().set("slug", "path", "/nothing.wasm").refused(), ErrorKind::NotFound, &["nothing.wasm"]);
}

#[test]
fn a_path_out_of_the_file_system_is_refused() {
    let error = slug().set("slug", "path", "../../Cargo.toml").refused();
    assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound), "{error:?}");
}

#[test]
fn bytes_that_are_no_module_do_not_load() {
    for content in [&b""[..], b"\0asm", b"#!/bin/sh\nexit 1\n", &[0x7f; 4096]] {
        let (_folder, app) = file(content);
        says(&app.refused(), ErrorKind::Internal, &[]);
    }
}

#[test]
fn a_module_cut_short_does_not_load() {
    let whole = bytes();
    let (_folder, app) = file(&whole[..whole.len() / 2]);
    says(&app.refused(), ErrorKind::Internal, &[]);
}

#[test]
fn a_core_module_in_a_file_is_loaded_like_one_in_text() {
    let one = wat::parse_str("(module (func (export \"run\") (result i32) i32.const 1))").unwrap();
    let (_folder, app) = file(&one);
    assert_eq!(app.set("file", "wit", "run: func() -> s32").run("file", Values::None), Ok(wippy_core::Value::Int(1)));
}

#[test]
fn broken_text_does_not_load_and_the_place_is_told() {
    for text in ["(module", "module", "(module\n  (func (export \"run\")\n    i32.nonsense))"] {
        let error = App::new().module("broken", text).set("broken", "method", "run").refused();
        assert!(error.message().contains("text does not parse"), "{error:?}");
    }
    let error = App::new().module("broken", "(module\n  (func\n    i32.nonsense))").refused();
    assert!(error.message().contains(":3:"), "{error:?}");
}

#[test]
fn text_that_does_not_validate_does_not_load() {
    let text = "(module (func (export \"run\") (result i32) i64.const 1))";
    let faults = App::new().module("odd", text).set("odd", "wit", "run: func() -> s32").set("odd", "method", "run");
    assert_eq!(faults.faults().len(), 1);
}

#[test]
fn empty_text_counts_as_absent() {
    invalid(App::new().module("empty", "").set("empty", "method", "run").refused(), &["fs", "source"]);
}

#[test]
fn the_faults_of_all_entries_are_told_at_once() {
    let app = slug().set("slug", "hash", "md5:0").tool("count", "text-tools#counts").module("broken", "(");
    let mut entries: Vec<_> = app.faults().into_iter().map(|f| f.entry).collect();
    entries.sort();
    assert_eq!(entries, ["app:broken", "app:count", "app:slug"]);
}

#[test]
fn faults_cannot_be_helped_by_trying_again() {
    assert_eq!(with_hash("md5:0").refused().retryable(), Some(false));
    assert_eq!(slug().set("slug", "method", "nothing").refused().retryable(), Some(false));
}
