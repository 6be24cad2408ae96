//! Who needs whom among services: a graph, checked before anything starts.

use super::spec::ServiceSpec;
use crate::error::Fault;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wippy_core::{Entry, EntryId};

/// Finds services whose dependencies do not exist, or that depend on themselves. `is_host`: hosts may be required too.
pub(crate) fn check(
    services: &BTreeMap<EntryId, ServiceSpec>,
    entries: &HashMap<EntryId, Arc<Entry>>,
    is_host: impl Fn(&EntryId) -> bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let fault = |id: &EntryId, what: String| Fault::of(&entries[id], "lifecycle.requires", what);
    for (id, spec) in services {
        for needed in &spec.lifecycle.requires {
            if !services.contains_key(needed) && !is_host(needed) {
                faults.push(fault(
                    id,
                    format!("service startup blocked by missing dependencies: {id} requires {needed}"),
                ));
            }
        }
    }
    let mut rest = services.clone();
    while let Some(cycle) = find_cycle(&rest) {
        rest.retain(|id, _| !cycle.contains(id));
        let names: Vec<_> = cycle.iter().map(EntryId::as_str).collect();
        faults.push(fault(&cycle[0], format!("services require each other in a circle: {}", names.join(" -> "))));
    }
    faults
}

/// A circle of services, its first element repeated at the end.
fn find_cycle(services: &BTreeMap<EntryId, ServiceSpec>) -> Option<Vec<EntryId>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    fn visit(
        id: &EntryId,
        services: &BTreeMap<EntryId, ServiceSpec>,
        marks: &mut HashMap<EntryId, Mark>,
        path: &mut Vec<EntryId>,
    ) -> bool {
        match marks.get(id) {
            Some(Mark::Done) => return false,
            Some(Mark::Open) => {
                let start = path.iter().position(|p| p == id).unwrap_or(0);
                path.drain(..start);
                path.push(id.clone());
                return true;
            }
            None => {}
        }
        marks.insert(id.clone(), Mark::Open);
        path.push(id.clone());
        for needed in services.get(id).map(|s| &s.lifecycle.requires).into_iter().flatten() {
            if services.contains_key(needed) && visit(needed, services, marks, path) {
                return true;
            }
        }
        path.pop();
        marks.insert(id.clone(), Mark::Done);
        false
    }
    let (mut marks, mut path) = (HashMap::new(), Vec::new());
    services.keys().any(|id| visit(id, services, &mut marks, &mut path)).then_some(path)
}

/// All services that must run for these to run, themselves included.
pub(crate) fn closure(services: &BTreeMap<EntryId, ServiceSpec>, roots: Vec<EntryId>) -> Vec<EntryId> {
    let mut wanted: Vec<EntryId> = Vec::new();
    let mut open = roots;
    while let Some(id) = open.pop() {
        if let Some(spec) = services.get(&id).filter(|_| !wanted.contains(&id)) {
            open.extend(spec.lifecycle.requires.iter().cloned());
            wanted.push(id);
        }
    }
    wanted
}
