//! The comparison as JSON.

use crate::compare::{Compared, Plan};
use crate::side::{Side, WORKERS};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where and when the comparison was made.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// The processor.
    pub processor: String,
    /// How many there are.
    pub processors: usize,
    /// Whose memory allocator all sides in Rust used.
    pub allocator: &'static str,
}

impl Circumstances {
    /// As they are here and now.
    pub fn here(allocator: &'static str) -> Circumstances {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Circumstances {
            processor: model.map_or(std::env::consts::ARCH, |(_, name)| name).trim().to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            allocator,
        }
    }
}

/// The whole comparison.
pub fn json(plan: &Plan, here: &Circumstances, all: &[Compared]) -> Value {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let version = |side: &Side| (side.name().to_owned(), side.version().map_or(Value::Null, Value::from));
    json!({
        "unix_time": time,
        "processor": here.processor,
        "processors": here.processors,
        "allocator": here.allocator,
        "workers": WORKERS,
        "rounds": plan.rounds,
        "quick": plan.quick,
        "versions": plan.sides.iter().map(version).collect::<serde_json::Map<_, _>>(),
        "workloads": all.iter().map(workload).collect::<Vec<_>>(),
    })
}

fn workload(compared: &Compared) -> Value {
    let sides = compared.sides.iter().map(|side| match side {
        Ok(ran) => {
            let figures: Vec<_> =
                ran.figures.iter().map(|f| json!({"what": f.what, "value": f.value, "unit": f.unit.name()})).collect();
            json!({
                "side": ran.side.name(), "count": ran.count, "figures": figures, "rounds": ran.rounds,
                "ratio": compared.ratio(ran),
            })
        }
        Err(failed) => json!({"side": failed.side.name(), "failed": failed.why}),
    });
    json!({"workload": compared.workload.name(), "compared_to": compared.ours().name(), "sides": sides.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::example;

    #[test]
    fn all_that_was_measured_is_there() {
        let plan = Plan { workloads: Vec::new(), sides: vec![Side::Wippy, Side::Tokio], rounds: 1, quick: true };
        let json = json(&plan, &Circumstances::here("system malloc"), &[example()]);
        let sides = &json["workloads"][0]["sides"];
        assert_eq!((sides[1]["side"].as_str(), sides[1]["ratio"].as_f64()), (Some("tokio"), Some(4.5)));
        assert_eq!(sides[1]["figures"][0]["unit"], "ns");
        assert_eq!(json["workloads"][0]["compared_to"], "wippy");
        assert_eq!(sides[2]["failed"], "it <broke>");
        assert_eq!(json["versions"]["wippy"], env!("CARGO_PKG_VERSION"));
        assert_eq!(json["allocator"], "system malloc");
    }
}
