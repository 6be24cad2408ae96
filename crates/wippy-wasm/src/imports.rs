//! What guests may import: one module for each interface of `wippy:process`, and `wasi`.

mod actors;
mod identity;
mod log;
mod names;
mod operations;
mod wasi;

pub(crate) use wasi::Buffer;

use crate::error::Unprovided;
use crate::guest::Guest;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker, LinkerInstance, ResourceType};

#[allow(missing_docs, unreachable_pub, reason = "generated")]
pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "wippy:process/process",
        imports: {
            "wippy:process/ops.wait": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "wippy:process/ops.op": crate::ops::Op,
            "wasi:io/poll": wasmtime_wasi_io::bindings::wasi::io::poll,
        },
    });
}

/// What an entry may list of ours, and the interfaces that it opens.
const OURS: &[(&str, &[&str])] = &[
    ("wippy:process", &["wippy:process/types", "wippy:process/self", "wippy:process/ops"]),
    ("wippy:actors", &["wippy:process/actors"]),
    ("wippy:names", &["wippy:process/names"]),
    ("wippy:log", &["wippy:process/log"]),
];
/// What the runtime knows and this build does not have.
const ELSEWHERE: &[&str] = &["wasi:sockets", "wasi:http", "funcs", "wippy:runtime/funcs", "wippy:funcs"];

fn capabilities() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    OURS.iter().chain(wasi::GROUPS)
}

/// What a core module of WASI's first form may use without saying so.
pub(crate) fn of_first_form() -> Vec<&'static str> {
    wasi::GROUPS.iter().map(|(name, _)| *name).collect()
}

/// The capability that a name in an entry's `imports` stands for; `None` for names that open nothing.
///
/// # Errors
/// What is wrong with a name that is none.
pub(crate) fn capability(name: &str) -> Result<Option<&'static str>, String> {
    let wanted = name.trim().to_lowercase();
    let wanted = wanted.split('@').next().unwrap_or_default();
    if let Some((capability, _)) = capabilities().find(|(n, interfaces)| *n == wanted || interfaces.contains(&wanted)) {
        return Ok(Some(capability));
    }
    if wasi::FIRST_FORM.contains(&wanted) {
        return Ok(None);
    }
    let known: Vec<_> = capabilities().map(|(n, _)| *n).collect();
    let group = wanted.split('/').next().unwrap_or_default();
    let why =
        if ELSEWHERE.contains(&wanted) || ELSEWHERE.contains(&group) { "not part of this build" } else { "unknown" };
    Err(format!("import '{wanted}' is {why} (available: {})", known.join(", ")))
}

/// A linker with the interfaces that `granted` names. Everything else that the component imports traps when it is
/// called. The second part lists what was not granted.
pub(crate) fn linker(
    component: &Component,
    granted: &[&'static str],
) -> wasmtime::Result<(Linker<Guest>, Vec<String>)> {
    use bindings::wippy::process::{actors, log, names, ops, self_, types};
    let mut linker = Linker::new(component.engine());
    let mut granted = wasi::implied(granted);
    if granted.contains(&"wippy:process") && !granted.contains(&"wasi:poll") {
        granted.push("wasi:poll");
    }
    let has = |name: &str| granted.contains(&name);
    if has("wasi:poll") {
        wasi::add_poll(&mut linker)?;
    }
    for group in &granted {
        wasi::add(&mut linker, group)?;
    }
    if has("wippy:process") {
        types::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
        self_::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
        ops::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
    }
    if has("wippy:actors") {
        actors::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
    }
    if has("wippy:names") {
        names::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
    }
    if has("wippy:log") {
        log::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |g| g)?;
    }
    let open: Vec<&str> = capabilities().filter(|(n, _)| has(n)).flat_map(|(_, i)| i.iter().copied()).collect();
    let missing = stub_the_rest(&mut linker, component, |name| open.contains(&name))?;
    Ok((linker, missing))
}

/// Puts a trap in the place of every function that is imported and not provided.
fn stub_the_rest(
    linker: &mut Linker<Guest>,
    component: &Component,
    provided: impl Fn(&str) -> bool,
) -> wasmtime::Result<Vec<String>> {
    enum Stub {}
    let engine = component.engine();
    // An alias of a resource compares equal to its definition, and must not be defined again.
    let mut seen: Vec<ResourceType> = Vec::new();
    let mut missing = Vec::new();
    for (name, import) in component.component_type().imports(engine) {
        let known = provided(name.split('@').next().unwrap_or(name));
        match import.ty {
            ComponentItem::ComponentInstance(instance) => {
                let mut functions = false;
                let mut place = if known { None } else { Some(linker.instance(name)?) };
                for (item, export) in instance.exports(engine) {
                    let alias = matches!(&export.ty, ComponentItem::Resource(r) if seen.contains(r));
                    if let ComponentItem::Resource(r) = &export.ty {
                        seen.push(*r);
                    }
                    match (&mut place, export.ty) {
                        (Some(place), ComponentItem::ComponentFunc(_)) => {
                            functions = true;
                            trap(place, item, format!("{name}#{item}"))?;
                        }
                        (Some(place), ComponentItem::Resource(_)) if !alias => {
                            place.resource(item, ResourceType::host::<Stub>(), |_, _| Ok(()))?;
                        }
                        _ => {}
                    }
                }
                if functions {
                    missing.push(name.to_owned());
                }
            }
            ComponentItem::ComponentFunc(_) if !known => {
                trap(&mut linker.root(), name, name.to_owned())?;
                missing.push(name.to_owned());
            }
            _ => {}
        }
    }
    Ok(missing)
}

fn trap(place: &mut LinkerInstance<'_, Guest>, item: &str, full: String) -> wasmtime::Result<()> {
    place.func_new(item, move |_, _, _, _| Err(Unprovided(full.clone()).into()))
}
