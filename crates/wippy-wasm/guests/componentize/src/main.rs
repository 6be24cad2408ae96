//! `componentize CORE.wasm COMPONENT.wasm`: wraps a core module that carries its WIT world in a
//! custom section into a component, validates the result, writes it, and lists its imports and
//! exports.

use std::process::ExitCode;

use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::ComponentEncoder;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [core, component] = args.as_slice() else {
        eprintln!("usage: componentize CORE.wasm COMPONENT.wasm");
        return ExitCode::from(2);
    };
    match wrap(core, component) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{core}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wrap(from: &str, to: &str) -> Result<(), Failure> {
    let module = std::fs::read(from)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .map_err(|e| format!("{e:#}"))?
        .encode()
        .map_err(|e| format!("{e:#}"))?;
    Validator::new_with_features(WasmFeatures::default()).validate_all(&component)?;
    std::fs::write(to, &component)?;
    println!("{to}: {} bytes", component.len());
    list(&component)
}

/// Prints what the outermost component imports and exports.
fn list(component: &[u8]) -> Result<(), Failure> {
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    println!("  import {}", import?.name.name);
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    println!("  export {}", export?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
