//! Documents name files that exist.

use std::path::Path;

#[test]
fn every_path_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for document in ["docs/ARCHITECTURE.md", "README.md", "docs/benchmarks.md", "docs/lua.md", "docs/testing.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("documents are there");
        let quoted = text.split('`').skip(1).step_by(2);
        let paths = quoted.filter(|q| ["crates/", "docs/", "examples/", "benches/"].iter().any(|p| q.starts_with(p)));
        let missing: Vec<_> = paths.filter(|path| !root.join(path).exists()).collect();
        assert!(missing.is_empty(), "{document} names what is not there: {missing:?}");
    }
}
