//! The one engine of a program: pooled memory, epochs, limits.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use wasmtime::{Config, Engine, PoolingAllocationConfig};

/// Instances alive at once. Each reserves address space, not memory.
const INSTANCES: u32 = 1000;
/// Largest linear memory that any entry may ask for, in bytes.
pub(crate) const MEMORY_MAX: usize = 1 << 30;
/// Linear memory of a guest whose entry says nothing, in bytes.
pub(crate) const MEMORY_DEFAULT: usize = 64 << 20;

static ENGINE: OnceLock<Engine> = OnceLock::new();

/// The engine, made at the first use.
pub(crate) fn engine() -> wasmtime::Result<&'static Engine> {
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    // A component made of a core module has up to four core instances and two tables.
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(4 * INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(2 * INSTANCES)
        .total_stacks(INSTANCES)
        .max_core_instances_per_component(8)
        .max_memories_per_component(1)
        .max_tables_per_component(4)
        .max_memory_size(MEMORY_MAX)
        .table_elements(20_000);
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(256 << 10)
        .async_stack_size(1 << 20)
        .wasm_backtrace_max_frames(NonZeroUsize::new(20))
        .allocation_strategy(pool);
    let engine = Engine::new(&config)?;
    Ok(ENGINE.get_or_init(|| engine))
}

/// The clock's bell: has running guests give way. The thread does not matter, epochs are for all.
pub(crate) fn ring(_: u64) {
    if let Some(engine) = ENGINE.get() {
        engine.increment_epoch();
    }
}
