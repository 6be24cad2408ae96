/*
** The C half of a Lua process. Only C lies between a Lua function and lua_resume: Rust functions are called from
** trampolines, return a code, and never jump.
*/
#ifndef wippy_h
#define wippy_h

#include <stddef.h>
#include <stdint.h>
#include "lua.h"
#include "lauxlib.h"

/* What a Rust function may return instead of a number of results. */
#define W_RAISE (-1) /* raise the value on top of the stack */
#define W_WAIT (-2)  /* suspend the whole chain until Rust resumes this coroutine */
#define W_IMPURE (-3) /* in a template only: what was asked for differs from process to process */
#define W_AGAIN (-4)  /* a turn of a long call is over: w_go_on when the process runs again */

/* The error of a wait while file-level code runs. The Rust side has the same text. */
#define W_AT_FILE_LEVEL \
  "can not yield from outside of a coroutine: code at file level cannot wait; do it in the entry function"

/* One process, as C sees it. The Rust side has the same declaration; keep both alike. */
typedef struct WProc {
  lua_State *L;             /* main thread of the state */
  lua_State *volatile cur;  /* innermost running coroutine; what the clock's signal looks at */
  volatile int chain;       /* every level below `cur` can yield */
  volatile int preempted;   /* the slice was over: nothing is waited for */
  int suspending;           /* the yield that is coming up is for the scheduler, not for a `resume` */
  int whole;                /* spawned by code that cannot be suspended, and so not interrupted before it waits */
  int loading;              /* file-level code runs: it may not wait */
  lua_State *target;        /* whose `W_WAIT` is being answered ... */
  int nargs;                /* ... with this many values on its stack */
  int in_rust;              /* the allocator may exceed the limit: nobody could raise */
  size_t used;              /* bytes in use */
  size_t limit;             /* bytes allowed */
  uint32_t block_size;      /* memory.c: the block that begins with this, */
  uint32_t top;             /* ... from where on nothing was handed out yet, */
  uint32_t holes;           /* ... and what was given back below: offset of the first hole */
  uint32_t too_large;       /* ... among which a search for this many bytes has failed */
  uint16_t looks;           /* how often a library function has looked up since Lua code ran */
  uint16_t stuck;           /* how often the clock has asked in vain since the task was resumed */
  uint32_t stepped;         /* which step of its thread its last one was */
  struct WSmall *small;     /* pages outside of the block */
  struct WLarge *large;     /* large ones outside of the block */
  struct WHalf *build;      /* template.c: set while the state is built to be copied */
  struct WClasses *classes; /* library.c: metatables by number */
  uint64_t hide;            /* what makes texts of addresses different from the addresses */
  uint64_t seed;            /* where `random` begins */
  uint64_t random[4];       /* state of math.random; zero: not seeded yet */
} WProc;

/* The process of a state. */
#define PROC(L) ((WProc *)G(L)->ud)

/* Where the registry keeps what a state was furnished with. */
#define W_ROOT (LUA_RIDX_LAST + 1)

/* Classes of Error objects and of type values; the others are known to Rust only. */
#define W_CLASS_ERROR 0
#define W_CLASS_TYPE 1
#define W_CLASSES_MAX 31

/* Records (records.c) with the names of their fields, four at most. The Rust side has the same list. */
#define W_RECORDS(X) \
  X(end, "kind", "from", "at", "result") \
  X(cancel, "kind", "from", "at", "reason") \
  X(outdated, "kind", "from", "at", "sources") \
  X(value, "value") \
  X(error, "error") \
  X(selected, "channel", "value", "ok") \
  X(event, "system", "kind", "path", "data")

/* library.c */
extern void w_open_libraries(lua_State *L);
extern int w_is_plain_class(const WProc *p, const void *metatable);
/* wippy.c */
extern void w_open_coroutines(lua_State *L);
extern int w_gives_way(lua_State *L);
/* waits.c */
extern void w_open_waits(lua_State *L);
extern void w_open_waiting_format(lua_State *L);
extern void w_check_shown(lua_State *L);
extern int w_passed_on(lua_State *L, int status, lua_KContext context);

/* Every Rust function that Lua can call: module, name. */
#define W_FUNCTIONS(X) \
  X(process, id) X(process, pid) X(process, send) X(process, inbox) X(process, events) X(process, listen) \
  X(process, unlisten) X(process, spawn) X(process, spawn_monitored) X(process, spawn_linked) \
  X(process, spawn_linked_monitored) X(process, terminate) X(process, cancel) X(process, monitor) \
  X(process, unmonitor) X(process, link) X(process, unlink) X(process, get_options) X(process, set_options) \
  X(process, exec) X(process, upgrade) \
  X(names, register) X(names, lookup) X(names, unregister) \
  X(message, topic) X(message, from) X(message, payload) X(message, __tostring) \
  X(payload, new) X(payload_object, data) X(payload_object, unmarshal) X(payload_object, get_format) \
  X(payload_object, transcode) X(payload_object, __tostring) \
  X(channel, new) X(channel, select) \
  X(chan, send) X(chan, receive) X(chan, close) X(chan, case_send) X(chan, case_receive) X(chan, __tostring) \
  X(errors, new) X(errors, wrap) X(errors, is) X(errors, call_stack) \
  X(error, kind) X(error, message) X(error, retryable) X(error, details) X(error, stack) X(error, __tostring) \
  X(error, __concat) \
  X(time, now) X(time, sleep) X(time, after) X(time, timer) X(time, ticker) X(time, date) X(time, unix) \
  X(time, parse) X(time, parse_duration) X(time, load_location) X(time, fixed_zone) X(instant, add) X(instant, sub) \
  X(instant, add_date) X(instant, after) X(instant, before) X(instant, equal) X(instant, format) \
  X(instant, format_rfc3339) X(instant, unix) X(instant, unix_nano) X(instant, clock) X(instant, year) \
  X(instant, month) X(instant, day) X(instant, hour) X(instant, minute) X(instant, second) X(instant, nanosecond) \
  X(instant, weekday) X(instant, year_day) X(instant, is_zero) X(instant, in_location) X(instant, in_local) \
  X(instant, utc) X(instant, round) X(instant, truncate) X(instant, date) X(instant, location) \
  X(instant, __tostring) X(duration, nanoseconds) X(duration, microseconds) X(duration, milliseconds) \
  X(duration, seconds) X(duration, minutes) X(duration, hours) X(duration, __tostring) X(location, string) \
  X(location, __tostring) X(timer, response) X(timer, channel) X(timer, stop) X(timer, reset) \
  X(ticker, response) X(ticker, channel) X(ticker, stop) \
  X(logger, debug) X(logger, info) X(logger, warn) X(logger, error) X(logger, with) X(logger, named) \
  X(json, encode) X(json, decode) X(json, validate) X(json, validate_string) \
  X(base64, encode) X(base64, decode) \
  X(hash, md5) X(hash, sha1) X(hash, sha256) X(hash, sha512) X(hash, hmac_md5) X(hash, hmac_sha1) \
  X(hash, hmac_sha256) X(hash, hmac_sha512) X(hash, fnv32) X(hash, fnv64) \
  X(uuid, v1) X(uuid, v3) X(uuid, v4) X(uuid, v5) X(uuid, v7) X(uuid, validate) X(uuid, version) X(uuid, variant) \
  X(uuid, parse) X(uuid, format) \
  X(yaml, encode) X(yaml, decode) \
  X(io, write) X(io, print) X(io, eprint) X(io, read) X(io, readline) X(io, flush) X(io, raw) X(io, args) \
  X(os, time) X(os, date) X(os, clock) X(os, difftime) \
  X(process, with_context) X(process, with_options) \
  X(spawner, with_context) X(spawner, with_options) X(spawner, with_actor) X(spawner, with_scope) \
  X(spawner, with_name) X(spawner, with_message) X(spawner, spawn) X(spawner, spawn_monitored) \
  X(spawner, spawn_linked) X(spawner, spawn_linked_monitored) X(spawner, exec) X(spawner, __tostring) \
  X(funcs, call) X(funcs, async) X(funcs, new) \
  X(executor, with_context) X(executor, with_options) X(executor, with_actor) X(executor, with_scope) \
  X(executor, call) X(executor, async) X(executor, __tostring) \
  X(future_object, response) X(future_object, channel) X(future_object, is_complete) X(future_object, is_canceled) \
  X(future_object, result) X(future_object, error) X(future_object, cancel) X(future_object, __tostring) \
  X(ctx, get) X(ctx, all) \
  X(env, get) X(env, set) X(env, get_all) \
  X(system, modules) X(system, exit) X(system_memory, stats) X(system_memory, allocated) \
  X(system_memory, heap_objects) X(system_memory, get_limit) X(system_memory, set_limit) X(system_gc, collect) \
  X(system_gc, get_percent) X(system_gc, set_percent) X(system_runtime, goroutines) X(system_runtime, cpu_count) \
  X(system_runtime, max_procs) X(system_process, pid) X(system_process, hostname) X(system_process, cwd) \
  X(system_hosts, list) X(system_hosts, processes) X(system_supervisor, state) X(system_supervisor, states) \
  X(system_node, id) X(system_node, addr) X(system_node, role) X(system_cluster, members) X(system_cluster, leader) \
  X(system_cluster, size) X(system_raft, state) X(system_raft, leader) X(system_raft, term) \
  X(system_raft, last_index) X(system_raft, commit_index) X(system_raft, applied_index) X(system_raft, stats) \
  X(system_lock, acquire) X(system_lock, release) \
  X(events, subscribe) X(events, send) \
  X(subscription, channel) X(subscription, close) X(subscription, __tostring) \
  X(registry, get) X(registry, find) X(registry, parse_id) X(registry, snapshot) X(registry, snapshot_at) \
  X(registry, current_version) X(registry, versions) X(registry, history) \
  X(snapshot, get) X(snapshot, entries) X(snapshot, namespace) X(snapshot, find) X(snapshot, version) \
  X(snapshot, __tostring) \
  X(version, id) X(version, string) X(version, previous) X(version, next) X(version, __tostring) \
  X(history, versions) X(history, get_version) X(history, snapshot_at) X(history, __tostring) \
  X(expr, eval) X(expr, compile) X(expression, run) X(expression, __tostring) \
  X(regexp, compile) X(regexp_object, match_string) X(regexp_object, find_string) \
  X(regexp_object, find_all_string) X(regexp_object, find_string_submatch) \
  X(regexp_object, find_all_string_submatch) X(regexp_object, find_string_index) \
  X(regexp_object, find_all_string_index) X(regexp_object, replace_all_string) X(regexp_object, split) \
  X(regexp_object, num_subexp) X(regexp_object, subexp_names) X(regexp_object, string) X(regexp_object, __tostring) \
  X(splitter, recursive) X(splitter, markdown) \
  X(splitter_object, split_text) X(splitter_object, split_batch) X(splitter_object, __tostring) \
  X(diff, new) X(differ, compare) X(differ, summarize) X(differ, pretty_text) X(differ, pretty_html) \
  X(differ, patch_make) X(differ, patch_apply) X(differ, __tostring) \
  X(base, print) X(base, require) X(base, loadlib) X(base, typeof) \
  X(type, __call) X(type, __index) X(type, __eq) X(type, __lt) X(type, __le) X(type, __tostring) \
  X(type, is) X(type, kind) X(type, name) X(type, elem) X(type, key) X(type, val) X(type, inner) X(type, ret) \
  X(type, fields) X(type, params) X(type, variants) X(type, tparams) \
  X(type_next, fields) X(type_next, params) X(type_next, variants) X(type_next, tparams) \
  X(library_type, __call) X(library_type, __index)

/* Called by C, written in Rust. */
extern int w_task_begin(lua_State *L, lua_State *co);
extern int w_task_returned(lua_State *L, lua_State *co, int status, int nres);
extern int w_killed(lua_State *L);
extern void w_stuck(lua_State *L);
extern int w_go_on(lua_State *L);
extern void w_give_up(lua_State *L);
extern void w_wrapped_failed(lua_State *L, lua_State *co);

#endif
