//! How long does an app take to load whose programs share libraries, and to load again when one of these changes? 100 Lua
//! programs import 60 libraries each. Not a criterion bench: the fastest of five, to see what a change has done. Not to be
//! quoted for apps: the files and their YAML are left out, and how long Lua is depends on who writes it.

use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wippy_core::{Entry, Tree};
use wippy_host::{Change, Node, NodeConfig};
use wippy_lua::LuaKind;

const PROGRAMS: usize = 100;
const LIBRARIES: usize = 60;
const ROUNDS: usize = 5;

/// As in the program `wippy`.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (mut loaded, mut changed) = (Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let config = NodeConfig { kinds: vec![Arc::new(LuaKind::new())], workers: 2, ..NodeConfig::default() };
        let (entries, before) = (entries(), Instant::now());
        let node = match Node::boot(config, entries) {
            Ok(node) => node,
            Err(e) => return failed(&e),
        };
        loaded = loaded.min(before.elapsed());
        let (change, before) = ([Change::Update(library(LIBRARIES / 2, round + 1))], Instant::now());
        if let Err(e) = node.apply(&change) {
            return failed(&e);
        }
        changed = changed.min(before.elapsed());
        node.stop(Duration::from_secs(5));
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("load: {:.1} ms ({PROGRAMS} programs, {LIBRARIES} libraries each)", ms(loaded));
    println!("load/change: {:.1} ms (one library of all of them)", ms(changed));
    ExitCode::SUCCESS
}

fn failed(e: &dyn std::error::Error) -> ExitCode {
    eprintln!("load: {e}");
    ExitCode::FAILURE
}

fn entries() -> Vec<Entry> {
    let imports = Tree::map((0..LIBRARIES).map(|n| (format!("l{n}"), format!("app:library_{n}"))));
    let program = |n: usize| {
        let source = format!("return function(x: number?) return l{}.work_1({{}}, x) end", n % LIBRARIES);
        entry(format!("app:program_{n}"), "process.lua", source, imports.clone())
    };
    (0..LIBRARIES).map(|n| library(n, 0)).chain((0..PROGRAMS).map(program)).collect()
}

/// A library of some 400 lines with types, every other one made on the one before.
fn library(n: usize, version: usize) -> Entry {
    let mut source = String::from("type Item = {name: string, count: integer}\nlocal M = {Item = Item}\n");
    let mut imports = Tree::map([] as [(&str, &str); 0]);
    if n % 2 == 1 {
        source.push_str("local before = require('before')\ntype Items = {before.Item}\n");
        imports.set("before", format!("app:library_{}", n - 1));
    }
    for k in 0..30 {
        // Writing to a text cannot fail.
        let _ = write!(
            source,
            "
--- Adds up what there is.
function M.work_{k}(items: {{Item}}, limit: number?): (number, string?)
  local total: number, most = {version}, limit or {k}
  for index, item in ipairs(items) do
    if item.count > most then
      total = total + item.count * {k} as number
    elseif item.name == 'name_{k}' then
      total = total - index
    else
      local inner = {{name = item.name .. '_{k}', index = index, kind = 'kind_{k}'}}
      total = total + #inner.name
    end
  end
  return total, nil
end
"
        );
    }
    source.push_str("return M\n");
    entry(format!("app:library_{n}"), "library.lua", source, imports)
}

fn entry(id: String, kind: &str, source: String, imports: Tree) -> Entry {
    let mut data = Tree::map([("source", source)]);
    data.set("imports", imports);
    Entry { id: id.as_str().into(), kind: kind.into(), data, ..Entry::default() }
}
