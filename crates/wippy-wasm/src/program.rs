//! An entry, compiled and linked: what all processes of one version share.

use crate::engine;
use crate::guest::Guest;
use crate::imports;
use crate::limits::Limits;
use crate::machine::WasmMachine;
use crate::wasi::WasiSpec;
use crate::wrap;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wippy_core::{Entry, EntryId, Error, ErrorKind, Factory, Kind, Loaded, Sources, StateMachine, Tree};

/// The export that makes a component a resident process.
const PROGRAM: &str = "wippy:process/program@0.1.0";

/// The kind of `process.wasm` entries.
#[derive(Debug, Default)]
pub struct WasmKind {
    _private: (),
}

impl WasmKind {
    /// The kind; one serves any number of entries.
    pub fn new() -> WasmKind {
        WasmKind::default()
    }
}

/// A component, ready to be instantiated.
pub(crate) struct Program {
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) entry: Entrance,
    pub(crate) limits: Limits,
    pub(crate) wasi: WasiSpec,
    /// Whether the guest may use `wasi:cli`.
    pub(crate) cli: bool,
}

/// Where a process begins.
pub(crate) enum Entrance {
    /// `wippy:process/program.run`.
    Resident,
    /// An exported function; the process ends with its result.
    Method { name: String, index: ComponentExportIndex, function: Box<ComponentFunc> },
}

struct Compiled(Arc<Program>);

impl Factory for Compiled {
    fn method(&self) -> &str {
        match &self.0.entry {
            Entrance::Resident => "",
            Entrance::Method { name, .. } => name,
        }
    }
    fn create(&self) -> Result<Box<dyn StateMachine>, Error> {
        Ok(Box::new(WasmMachine::new(self.0.clone())))
    }
}

impl Kind for WasmKind {
    fn entry_kinds(&self) -> &[&'static str] {
        &["process.wasm"]
    }

    fn load(&self, entry: &Entry, sources: &dyn Sources) -> Result<Loaded, Error> {
        let fault = |key: &str, kind: ErrorKind, what: String| {
            let place = entry.origin.locate(key);
            let message = if place.is_empty() { what } else { format!("{place}: {what}") };
            Error::new(kind, message).with_retryable(Some(false)).with_details(Tree::map([("place", place)]))
        };
        let invalid = |key: &str, what: String| fault(key, ErrorKind::Invalid, what);
        let (bytes, key) = code(entry, sources)
            .map_err(|(key, e)| fault(key, e.kind().clone(), e.message().to_owned()).with_kind(e.kind().clone()))?;
        let mut granted = granted(entry).map_err(|(key, what)| invalid(&key, what))?;
        transport(entry).map_err(|what| invalid("transport", what))?;
        let wasi = WasiSpec::read(entry).map_err(|(key, what)| invalid(&key, what))?;
        if wrap::uses_first_wasi(&bytes) {
            granted.extend(imports::of_first_form());
        }
        let bytes = if wrap::is_component(&bytes) {
            bytes
        } else if !wrap::is_core_module(&bytes) {
            return Err(fault(key, ErrorKind::Internal, "not a WebAssembly module".into()));
        } else {
            wrap::component(&bytes, entry.text("wit"))
                .map_err(|what| invalid(if entry.text("wit").is_some() { "wit" } else { key }, what))?
        };
        let internal = |e: wasmtime::Error| fault(key, ErrorKind::Internal, format!("module does not load: {e:#}"));
        let component = Component::new(engine::engine().map_err(internal)?, &bytes).map_err(internal)?;
        let entrance = entrance(entry, &component).map_err(|what| fault("method", ErrorKind::NotFound, what))?;
        let (linker, missing) = imports::linker(&component, &granted).map_err(internal)?;
        match entry.text("imports_policy") {
            None | Some("trap") => {}
            Some("strict") if missing.is_empty() => {}
            Some("strict") => {
                let what = format!("imports that the entry does not list: {}", missing.join(", "));
                return Err(invalid("imports", what));
            }
            Some(other) => {
                let what = format!("imports_policy must be trap or strict, not '{other}'");
                return Err(invalid("imports_policy", what));
            }
        }
        let pre = linker.instantiate_pre(&component).map_err(internal)?;
        let limits = Limits::read(entry).map_err(|(key, what)| invalid(&key, what))?;
        let program = Program { pre, entry: entrance, limits, wasi, cli: granted.contains(&"wasi:cli") };
        let parts = entry.text("fs").map(EntryId::new).into_iter().collect();
        Ok(Loaded { factory: Some(Arc::new(Compiled(Arc::new(program)))), parts, kept: None })
    }
}

/// The bytes of the module, and the key they came from.
fn code(entry: &Entry, sources: &dyn Sources) -> Result<(Vec<u8>, &'static str), (&'static str, Error)> {
    if let Some(text) = entry.text("source") {
        let bytes =
            wat::parse_str(text).map_err(|e| ("source", Error::invalid(format!("text does not parse: {e}"))))?;
        return Ok((bytes, "source"));
    }
    let required = |key: &'static str| {
        entry.text(key).ok_or_else(|| (key, Error::invalid(format!("{key} is required (or source, with WAT text)"))))
    };
    let (fs, path, hash) = (required("fs")?, required("path")?, required("hash")?);
    let bytes = sources.read(&EntryId::resolve(fs, entry.id.namespace()), path).map_err(|e| ("path", e))?;
    let Some(("sha256", expected)) = hash.split_once(':') else {
        return Err(("hash", Error::invalid(format!("hash must be sha256:<64 hex digits>, not '{hash}'"))));
    };
    let mut actual = String::new();
    for byte in Sha256::digest(&bytes) {
        let _ = write!(actual, "{byte:02x}");
    }
    if !expected.eq_ignore_ascii_case(&actual) {
        return Err(("hash", Error::invalid(format!("wrong hash: {path} has sha256:{actual}"))));
    }
    Ok((bytes, "path"))
}

/// The capabilities that the entry lists.
fn granted(entry: &Entry) -> Result<Vec<&'static str>, (String, String)> {
    let names = match entry.field("imports") {
        None | Some(Tree::Nil) => return Ok(Vec::new()),
        Some(Tree::List(names)) => names,
        Some(other) => return Err(("imports".into(), format!("imports must be a list, not {}", other.sort()))),
    };
    let mut granted = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let Some(name) = name.as_str() else {
            return Err((format!("imports.{i}"), format!("an import must be a text, not {}", name.sort())));
        };
        granted.extend(imports::capability(name).map_err(|what| (format!("imports.{i}"), what))?);
    }
    let ours = granted.iter().find(|name| name.starts_with("wippy:"));
    if let Some(name) = ours
        && !granted.contains(&"wippy:process")
    {
        return Err(("imports".into(), format!("{name} needs wippy:process")));
    }
    Ok(granted)
}

/// Only payloads carry calls in this build.
fn transport(entry: &Entry) -> Result<(), String> {
    match entry.field("transport") {
        None | Some(Tree::Nil) => Ok(()),
        Some(Tree::Text(name)) if name.is_empty() || name == "payload" => Ok(()),
        Some(Tree::Text(name)) if name == "wasi-http" => {
            Err("transport 'wasi-http' is not part of this build (available: payload)".into())
        }
        Some(Tree::Text(other)) => Err(format!("transport must be payload, not '{other}'")),
        Some(other) => Err(format!("transport must be a text, not {}", other.sort())),
    }
}

fn entrance(entry: &Entry, component: &Component) -> Result<Entrance, String> {
    let Some(method) = entry.text("method") else {
        return match component.get_export_index(None, PROGRAM) {
            Some(_) => Ok(Entrance::Resident),
            None => Err(format!("method is required: the module does not export {PROGRAM}")),
        };
    };
    match find(component, method) {
        Some((function, index)) => {
            Ok(Entrance::Method { name: method.to_owned(), index, function: Box::new(function) })
        }
        None => Err(format!("method \"{method}\" not found in module (it exports: {})", exports(component).join(", "))),
    }
}

/// `name` at the root, or `iface#name` with or without the interface's version.
fn find(component: &Component, path: &str) -> Option<(ComponentFunc, ComponentExportIndex)> {
    let (parent, name) = match path.split_once('#') {
        Some((iface, name)) => {
            let ty = component.component_type();
            let mut names = ty.exports(component.engine()).map(|(n, _)| n.to_owned());
            let short =
                |n: &str| n.split('@').next().is_some_and(|s| s == iface || s.rsplit('/').next() == Some(iface));
            let full = names.find(|n| n == iface || short(n))?;
            (Some(component.get_export_index(None, full.as_str())?), name)
        }
        None => (None, path),
    };
    match component.get_export(parent.as_ref(), name)? {
        (ComponentItem::ComponentFunc(function), index) => Some((function, index)),
        _ => None,
    }
}

/// All functions that a component exports, as `method` would name them.
fn exports(component: &Component) -> Vec<String> {
    let engine = component.engine();
    let mut all = Vec::new();
    for (name, export) in component.component_type().exports(engine) {
        match export.ty {
            ComponentItem::ComponentFunc(_) => all.push(name.to_owned()),
            ComponentItem::ComponentInstance(instance) => {
                let functions =
                    instance.exports(engine).filter(|(_, e)| matches!(e.ty, ComponentItem::ComponentFunc(_)));
                all.extend(functions.map(|(f, _)| format!("{name}#{f}")));
            }
            _ => {}
        }
    }
    if all.is_empty() { vec!["nothing".into()] } else { all }
}
