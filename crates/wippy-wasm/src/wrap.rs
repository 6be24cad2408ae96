//! Core modules to components: one way of calling for both.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const PROCESS: &str = include_str!("../wit/process.wit");
const POLL: &str = include_str!("../wit/deps/io/poll.wit");

/// Whether the bytes are a component rather than a core module.
pub(crate) fn is_component(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes.starts_with(b"\0asm") && bytes[4..8] > [1, 0, 0, 0][..] && bytes[6] != 0
}

/// Whether the bytes begin as a core module.
pub(crate) fn is_core_module(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x01\0\0\0")
}

/// Wraps a core module. `wit` gives the types: a document with a world, or a bare list of functions; without it the
/// module is of the world `wippy:process/process`.
pub(crate) fn component(core: &[u8], wit: Option<&str>) -> Result<Vec<u8>, String> {
    let mut core = core.to_vec();
    let mut resolve = Resolve::default();
    let mut push = |name: &str, text: &str| resolve.push_str(name, text).map_err(|e| format!("wit: {e:#}"));
    push("poll.wit", POLL)?;
    let process = push("process.wit", PROCESS)?;
    let package = match wit {
        None => process,
        Some(text) if declares_package(text) => push("entry.wit", text)?,
        Some(text) => push("entry.wit", &from_list(text))?,
    };
    let wrap = || {
        let world = resolve.select_world(&[package], None)?;
        embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)?;
        let mut encoder = ComponentEncoder::default().validate(true).module(&core)?;
        if uses_first_wasi(&core) {
            encoder = encoder.adapter(ADAPTER_NAME, ADAPTER)?;
        }
        encoder.encode()
    };
    let mut wrap = wrap;
    wrap().map_err(|e| format!("{e:#}"))
}

/// Whether a core module imports WASI's first form; then it needs the adapter, and the interfaces behind it.
pub(crate) fn uses_first_wasi(core: &[u8]) -> bool {
    is_core_module(core)
        && Parser::new(0).parse_all(core).any(|part| match part {
            Ok(Payload::ImportSection(imports)) => {
                imports.into_imports().flatten().any(|import| import.module == ADAPTER_NAME)
            }
            _ => false,
        })
}

fn declares_package(wit: &str) -> bool {
    wit.lines().map(str::trim_start).any(|line| line.starts_with("package ") || line.starts_with("world "))
}

/// `name: func(…) -> …;` lines as a world that exports them.
fn from_list(list: &str) -> String {
    let mut world = String::from("package entry:module;\nworld module {\n");
    for function in list.split(';').map(str::trim).filter(|f| !f.is_empty()) {
        let function = function.strip_prefix("export ").unwrap_or(function);
        world.push_str(&format!("  export {function};\n"));
    }
    world.push_str("}\n");
    world
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_list_of_functions_types_a_core_module() {
        let core = wat::parse_str(
            "(module (func (export \"twice\") (param i32) (result i32) local.get 0 i32.const 2 i32.mul))",
        );
        let wrapped = component(&core.unwrap(), Some("twice: func(n: s32) -> s32")).unwrap();
        assert!(is_component(&wrapped));
    }

    #[test]
    fn a_missing_export_and_broken_wit_are_told() {
        let core = wat::parse_str("(module)").unwrap();
        assert!(component(&core, Some("run: func()")).unwrap_err().contains("run"));
        assert!(component(&core, Some("run func(")).unwrap_err().starts_with("wit: "));
        assert!(!is_component(&core));
    }
}
