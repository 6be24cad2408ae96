//! The folders of `examples/` and their READMEs: nothing untested, nothing promised that is not there.

use std::fs;

use crate::APPS;
use crate::app::{App, workspace};

#[test]
fn every_app_is_tested() {
    let mut folders: Vec<String> = fs::read_dir(workspace().join("examples"))
        .expect("examples/ can be read")
        .map(|entry| entry.expect("examples/ can be read").path())
        .filter(|path| path.is_dir() && !path.join("Cargo.toml").exists())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    folders.sort();

    let mut tested: Vec<&str> = APPS.iter().map(|app| app.name).collect();
    tested.sort();

    assert_eq!(folders, tested);
}

#[test]
fn every_readme_shows_the_command_that_is_tested() {
    for app in APPS {
        let command = format!("cargo run -p wippy-cli -- {}", app.command);
        assert!(readme(app).lines().any(|line| line == command), "examples/{}/README.md lacks: {command}", app.name);
    }
}

/// A README points at its code with items that begin "- `src/FILE`, `CODE`".
#[test]
fn every_readme_points_at_code_that_exists() {
    for app in APPS {
        let text = readme(app);
        let items: Vec<&str> = text.lines().filter(|line| line.starts_with("- `src/")).collect();
        assert!(!items.is_empty(), "examples/{}/README.md points at no code", app.name);

        for item in items {
            let mut quoted = item.split('`').skip(1).step_by(2);
            let (Some(file), Some(code)) = (quoted.next(), quoted.next()) else {
                panic!("examples/{}/README.md names a file without code: {item}", app.name);
            };
            let source = fs::read_to_string(app.folder().join(file))
                .unwrap_or_else(|error| panic!("examples/{}/{file}: {error}", app.name));
            assert!(source.contains(code), "examples/{}/{file} lacks: {code}", app.name);
        }
    }
}

fn readme(app: &App) -> String {
    fs::read_to_string(app.folder().join("README.md"))
        .unwrap_or_else(|error| panic!("examples/{}/README.md: {error}", app.name))
}
