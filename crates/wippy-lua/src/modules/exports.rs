//! The functions of all modules under the names that the C half calls.

use super::{
    Call, Out, Raised, Result, base, base64, channels, ctx, env, error_objects, events, expr, funcs, future, hash, io,
    json, logger, long, message, names, os, payload, processes, registry, spawner, system, text, time, type_values,
    uuid, yaml,
};
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use wippy_core::{Cx, Error};
use wippy_lua_sys as sys;

/// Runs a function for the C half. A panic becomes an error of the program.
fn enter(lua: *mut sys::lua_State, name: &'static str, hidden: c_int, f: fn(Call) -> Result) -> c_int {
    // Lua has made room for 20 values.
    let lua = Stack(lua);
    guarded(lua, name, || f(Call { lua, name, hidden }))
}

/// Tells the C half what a function has done.
fn guarded(lua: Stack, name: &str, f: impl FnOnce() -> Result) -> c_int {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {
        Ok(Ok(Out::Values(n))) => n,
        Ok(Ok(Out::Wait)) => sys::WAIT,
        Ok(Ok(Out::Again)) => sys::AGAIN,
        Ok(Ok(Out::Impure)) => sys::IMPURE,
        Ok(Err(Raised)) => sys::RAISE,
        Err(_) => {
            lua.push_str(&format!("internal fault in '{name}'"));
            sys::RAISE
        }
    }
}

/// Exports functions under the names that the C half calls.
macro_rules! functions {
    ($($symbol:ident $hidden:literal $name:literal => $function:path;)*) => {
        $(
            #[allow(unsafe_code, reason = "called from C by this name")]
            #[unsafe(no_mangle)]
            extern "C" fn $symbol(lua: *mut sys::lua_State) -> c_int {
                enter(lua, $name, $hidden, $function)
            }
        )*
    };
}

functions! {
    w_process_id 0 "id" => processes::id;
    w_process_pid 0 "pid" => processes::pid;
    w_process_send 0 "send" => processes::send;
    w_process_inbox 0 "inbox" => processes::inbox;
    w_process_events 0 "events" => processes::events;
    w_process_listen 0 "listen" => processes::listen;
    w_process_unlisten 0 "unlisten" => processes::unlisten;
    w_process_spawn 0 "spawn" => processes::spawn;
    w_process_spawn_monitored 0 "spawn_monitored" => processes::spawn_monitored;
    w_process_spawn_linked 0 "spawn_linked" => processes::spawn_linked;
    w_process_spawn_linked_monitored 0 "spawn_linked_monitored" => processes::spawn_linked_monitored;
    w_process_terminate 0 "terminate" => processes::terminate;
    w_process_cancel 0 "cancel" => processes::cancel;
    w_process_monitor 0 "monitor" => processes::monitor;
    w_process_unmonitor 0 "unmonitor" => processes::unmonitor;
    w_process_link 0 "link" => processes::link;
    w_process_unlink 0 "unlink" => processes::unlink;
    w_process_get_options 0 "get_options" => processes::get_options;
    w_process_set_options 0 "set_options" => processes::set_options;
    w_process_exec 0 "exec" => processes::exec;
    w_process_upgrade 0 "upgrade" => processes::upgrade;
    w_names_register 0 "register" => names::register;
    w_names_lookup 0 "lookup" => names::lookup;
    w_names_unregister 0 "unregister" => names::unregister;
    w_message_topic 1 "topic" => message::topic;
    w_message_from 1 "from" => message::from;
    w_message_payload 1 "payload" => message::payload;
    w_message___tostring 1 "tostring" => message::message_text;
    w_payload_new 0 "new" => payload::new;
    w_payload_object_data 1 "data" => payload::data;
    w_payload_object_unmarshal 1 "unmarshal" => payload::data;
    w_payload_object_get_format 1 "get_format" => payload::get_format;
    w_payload_object_transcode 1 "transcode" => payload::transcode;
    w_payload_object___tostring 1 "tostring" => payload::text;
    w_channel_new 0 "new" => channels::new;
    w_channel_select 0 "select" => channels::select;
    w_chan_send 1 "send" => channels::send;
    w_chan_receive 1 "receive" => channels::receive;
    w_chan_close 1 "close" => channels::close;
    w_chan_case_send 1 "case_send" => channels::case_send;
    w_chan_case_receive 1 "case_receive" => channels::case_receive;
    w_chan___tostring 1 "tostring" => channels::text;
    w_errors_new 0 "new" => error_objects::new;
    w_errors_wrap 0 "wrap" => error_objects::wrap;
    w_errors_is 0 "is" => error_objects::is;
    w_errors_call_stack 0 "call_stack" => error_objects::call_stack;
    w_error_kind 1 "kind" => error_objects::kind;
    w_error_message 1 "message" => error_objects::message;
    w_error_retryable 1 "retryable" => error_objects::retryable;
    w_error_details 1 "details" => error_objects::details;
    w_error_stack 1 "stack" => error_objects::stack;
    w_error___tostring 1 "tostring" => error_objects::text;
    w_error___concat 0 "concat" => error_objects::concat;
    w_time_now 0 "now" => time::values::now;
    w_time_sleep 0 "sleep" => time::sleep;
    w_time_after 0 "after" => time::after;
    w_time_timer 0 "timer" => time::timer_new;
    w_time_ticker 0 "ticker" => time::ticker;
    w_time_date 0 "date" => time::values::date;
    w_time_unix 0 "unix" => time::values::from_unix;
    w_time_parse 0 "parse" => time::values::parse;
    w_time_parse_duration 0 "parse_duration" => time::values::parse_duration;
    w_time_load_location 0 "load_location" => time::values::load_location;
    w_time_fixed_zone 0 "fixed_zone" => time::values::fixed_zone;
    w_instant_add 1 "add" => time::values::add;
    w_instant_sub 1 "sub" => time::values::sub;
    w_instant_add_date 1 "add_date" => time::values::add_date;
    w_instant_after 1 "after" => time::values::after;
    w_instant_before 1 "before" => time::values::before;
    w_instant_equal 1 "equal" => time::values::equal;
    w_instant_format 1 "format" => time::values::format;
    w_instant_format_rfc3339 1 "format_rfc3339" => time::values::format_rfc3339;
    w_instant_unix 1 "unix" => time::values::unix;
    w_instant_unix_nano 1 "unix_nano" => time::values::unix_nano;
    w_instant_clock 1 "clock" => time::values::clock;
    w_instant_year 1 "year" => time::values::year;
    w_instant_month 1 "month" => time::values::month;
    w_instant_day 1 "day" => time::values::day;
    w_instant_hour 1 "hour" => time::values::hour;
    w_instant_minute 1 "minute" => time::values::minute;
    w_instant_second 1 "second" => time::values::second;
    w_instant_nanosecond 1 "nanosecond" => time::values::nanosecond;
    w_instant_weekday 1 "weekday" => time::values::weekday;
    w_instant_year_day 1 "year_day" => time::values::year_day;
    w_instant_is_zero 1 "is_zero" => time::values::is_zero;
    w_instant_in_location 1 "in_location" => time::values::in_location;
    w_instant_in_local 1 "in_local" => time::values::in_local;
    w_instant_utc 1 "utc" => time::values::utc;
    w_instant_round 1 "round" => time::values::round;
    w_instant_truncate 1 "truncate" => time::values::truncate;
    w_instant_date 1 "date" => time::values::date_of;
    w_instant_location 1 "location" => time::values::location_of;
    w_instant___tostring 1 "tostring" => time::values::instant_text;
    w_duration_nanoseconds 1 "nanoseconds" => time::values::nanoseconds;
    w_duration_microseconds 1 "microseconds" => time::values::microseconds;
    w_duration_milliseconds 1 "milliseconds" => time::values::milliseconds;
    w_duration_seconds 1 "seconds" => time::values::seconds;
    w_duration_minutes 1 "minutes" => time::values::minutes;
    w_duration_hours 1 "hours" => time::values::hours;
    w_duration___tostring 1 "tostring" => time::values::duration_text;
    w_location_string 1 "string" => time::values::location_text;
    w_location___tostring 1 "tostring" => time::values::location_text;
    w_timer_response 1 "response" => time::timer_channel;
    w_timer_channel 1 "channel" => time::timer_channel;
    w_timer_stop 1 "stop" => time::timer_stop;
    w_timer_reset 1 "reset" => time::timer_reset;
    w_ticker_response 1 "response" => time::ticker_channel;
    w_ticker_channel 1 "channel" => time::ticker_channel;
    w_ticker_stop 1 "stop" => time::ticker_stop;
    w_logger_debug 1 "debug" => logger::debug;
    w_logger_info 1 "info" => logger::info;
    w_logger_warn 1 "warn" => logger::warn;
    w_logger_error 1 "error" => logger::error;
    w_logger_with 1 "with" => logger::with;
    w_logger_named 1 "named" => logger::named;
    w_json_encode 0 "encode" => json::encode;
    w_json_decode 0 "decode" => json::decode;
    w_json_validate 0 "validate" => json::validate;
    w_json_validate_string 0 "validate_string" => json::validate_string;
    w_base64_encode 0 "encode" => base64::encode;
    w_base64_decode 0 "decode" => base64::decode;
    w_expr_eval 0 "eval" => expr::eval;
    w_expr_compile 0 "compile" => expr::compile;
    w_expression_run 1 "run" => expr::run;
    w_expression___tostring 1 "tostring" => expr::text;
    w_regexp_compile 0 "compile" => text::regexp::compile;
    w_regexp_object_match_string 1 "match_string" => text::regexp::match_string;
    w_regexp_object_find_string 1 "find_string" => text::regexp::find_string;
    w_regexp_object_find_all_string 1 "find_all_string" => text::regexp::find_all_string;
    w_regexp_object_find_string_submatch 1 "find_string_submatch" => text::regexp::find_string_submatch;
    w_regexp_object_find_all_string_submatch 1 "find_all_string_submatch" => text::regexp::find_all_string_submatch;
    w_regexp_object_find_string_index 1 "find_string_index" => text::regexp::find_string_index;
    w_regexp_object_find_all_string_index 1 "find_all_string_index" => text::regexp::find_all_string_index;
    w_regexp_object_replace_all_string 1 "replace_all_string" => text::regexp::replace_all_string;
    w_regexp_object_split 1 "split" => text::regexp::split;
    w_regexp_object_num_subexp 1 "num_subexp" => text::regexp::num_subexp;
    w_regexp_object_subexp_names 1 "subexp_names" => text::regexp::subexp_names;
    w_regexp_object_string 1 "string" => text::regexp::string;
    w_regexp_object___tostring 1 "tostring" => text::regexp::text;
    w_splitter_recursive 0 "recursive" => text::splitter::recursive;
    w_splitter_markdown 0 "markdown" => text::splitter::markdown;
    w_splitter_object_split_text 1 "split_text" => text::splitter::split_text;
    w_splitter_object_split_batch 1 "split_batch" => text::splitter::split_batch;
    w_splitter_object___tostring 1 "tostring" => text::splitter::text;
    w_diff_new 0 "new" => text::diff::new;
    w_differ_compare 1 "compare" => text::diff::compare;
    w_differ_summarize 1 "summarize" => text::diff::summarize;
    w_differ_pretty_text 1 "pretty_text" => text::diff::pretty_text;
    w_differ_pretty_html 1 "pretty_html" => text::diff::pretty_html;
    w_differ_patch_make 1 "patch_make" => text::diff::patch_make;
    w_differ_patch_apply 1 "patch_apply" => text::diff::patch_apply;
    w_differ___tostring 1 "tostring" => text::diff::text;
    w_hash_md5 0 "md5" => hash::md5;
    w_hash_sha1 0 "sha1" => hash::sha1;
    w_hash_sha256 0 "sha256" => hash::sha256;
    w_hash_sha512 0 "sha512" => hash::sha512;
    w_hash_hmac_md5 0 "hmac_md5" => hash::hmac_md5;
    w_hash_hmac_sha1 0 "hmac_sha1" => hash::hmac_sha1;
    w_hash_hmac_sha256 0 "hmac_sha256" => hash::hmac_sha256;
    w_hash_hmac_sha512 0 "hmac_sha512" => hash::hmac_sha512;
    w_hash_fnv32 0 "fnv32" => hash::fnv32;
    w_hash_fnv64 0 "fnv64" => hash::fnv64;
    w_uuid_v1 0 "v1" => uuid::v1;
    w_uuid_v3 0 "v3" => uuid::v3;
    w_uuid_v4 0 "v4" => uuid::v4;
    w_uuid_v5 0 "v5" => uuid::v5;
    w_uuid_v7 0 "v7" => uuid::v7;
    w_uuid_validate 0 "validate" => uuid::validate;
    w_uuid_version 0 "version" => uuid::version;
    w_uuid_variant 0 "variant" => uuid::variant;
    w_uuid_parse 0 "parse" => uuid::parse;
    w_uuid_format 0 "format" => uuid::format;
    w_yaml_encode 0 "encode" => yaml::encode;
    w_yaml_decode 0 "decode" => yaml::decode;
    w_io_write 0 "write" => io::write;
    w_io_print 0 "print" => io::print;
    w_io_eprint 0 "eprint" => io::eprint;
    w_io_read 0 "read" => io::read;
    w_io_readline 0 "readline" => io::readline;
    w_io_flush 0 "flush" => io::flush;
    w_io_raw 0 "raw" => io::raw;
    w_io_args 0 "args" => io::args;
    w_os_time 0 "time" => os::time;
    w_os_date 0 "date" => os::date;
    w_os_clock 0 "clock" => os::clock;
    w_os_difftime 0 "difftime" => os::difftime;
    w_process_with_context 0 "with_context" => spawner::new_with_context;
    w_process_with_options 0 "with_options" => spawner::new_with_options;
    w_spawner_with_context 1 "with_context" => spawner::with_context;
    w_spawner_with_options 1 "with_options" => spawner::with_options;
    w_spawner_with_actor 1 "with_actor" => spawner::with_actor;
    w_spawner_with_scope 1 "with_scope" => spawner::with_scope;
    w_spawner_with_name 1 "with_name" => spawner::with_name;
    w_spawner_with_message 1 "with_message" => spawner::with_message;
    w_spawner_spawn 1 "spawn" => spawner::spawn;
    w_spawner_spawn_monitored 1 "spawn_monitored" => spawner::spawn_monitored;
    w_spawner_spawn_linked 1 "spawn_linked" => spawner::spawn_linked;
    w_spawner_spawn_linked_monitored 1 "spawn_linked_monitored" => spawner::spawn_linked_monitored;
    w_spawner_exec 1 "exec" => spawner::exec;
    w_spawner___tostring 1 "tostring" => spawner::text;
    w_funcs_call 0 "call" => funcs::call;
    w_funcs_async 0 "async" => funcs::start;
    w_funcs_new 0 "new" => funcs::new;
    w_executor_with_context 1 "with_context" => funcs::with_context;
    w_executor_with_options 1 "with_options" => funcs::with_options;
    w_executor_with_actor 1 "with_actor" => funcs::with_actor;
    w_executor_with_scope 1 "with_scope" => funcs::with_scope;
    w_executor_call 1 "call" => funcs::executor_call;
    w_executor_async 1 "async" => funcs::executor_start;
    w_executor___tostring 1 "tostring" => funcs::text;
    w_future_object_response 1 "response" => future::response;
    w_future_object_channel 1 "channel" => future::response;
    w_future_object_is_complete 1 "is_complete" => future::is_complete;
    w_future_object_is_canceled 1 "is_canceled" => future::is_canceled;
    w_future_object_result 1 "result" => future::result;
    w_future_object_error 1 "error" => future::error;
    w_future_object_cancel 1 "cancel" => future::cancel;
    w_future_object___tostring 1 "tostring" => future::text;
    w_ctx_get 0 "get" => ctx::get;
    w_ctx_all 0 "all" => ctx::all;
    w_env_get 0 "get" => env::get;
    w_env_set 0 "set" => env::set;
    w_env_get_all 0 "get_all" => env::get_all;
    w_system_modules 0 "modules" => system::modules;
    w_system_exit 0 "exit" => system::exit;
    w_system_memory_stats 0 "stats" => system::memory_stats;
    w_system_memory_allocated 0 "allocated" => system::memory_allocated;
    w_system_memory_heap_objects 0 "heap_objects" => system::memory_heap_objects;
    w_system_memory_get_limit 0 "get_limit" => system::memory_get_limit;
    w_system_memory_set_limit 0 "set_limit" => system::memory_set_limit;
    w_system_gc_collect 0 "collect" => system::gc_collect;
    w_system_gc_get_percent 0 "get_percent" => system::gc_get_percent;
    w_system_gc_set_percent 0 "set_percent" => system::gc_set_percent;
    w_system_runtime_goroutines 0 "goroutines" => system::runtime_goroutines;
    w_system_runtime_cpu_count 0 "cpu_count" => system::runtime_cpu_count;
    w_system_runtime_max_procs 0 "max_procs" => system::runtime_max_procs;
    w_system_process_pid 0 "pid" => system::process_pid;
    w_system_process_hostname 0 "hostname" => system::process_hostname;
    w_system_process_cwd 0 "cwd" => system::process_cwd;
    w_system_hosts_list 0 "list" => system::hosts_list;
    w_system_hosts_processes 0 "processes" => system::hosts_processes;
    w_system_supervisor_state 0 "state" => system::supervisor_state;
    w_system_supervisor_states 0 "states" => system::supervisor_states;
    w_system_node_id 0 "id" => system::node_id;
    w_system_node_addr 0 "addr" => system::node_addr;
    w_system_node_role 0 "role" => system::node_role;
    w_system_cluster_members 0 "members" => system::cluster_members;
    w_system_cluster_leader 0 "leader" => system::cluster_leader;
    w_system_cluster_size 0 "size" => system::cluster_size;
    w_system_raft_state 0 "state" => system::raft;
    w_system_raft_leader 0 "leader" => system::raft;
    w_system_raft_term 0 "term" => system::raft;
    w_system_raft_last_index 0 "last_index" => system::raft;
    w_system_raft_commit_index 0 "commit_index" => system::raft;
    w_system_raft_applied_index 0 "applied_index" => system::raft;
    w_system_raft_stats 0 "stats" => system::raft_stats;
    w_system_lock_acquire 0 "acquire" => system::lock_acquire;
    w_system_lock_release 0 "release" => system::lock_release;
    w_events_subscribe 0 "subscribe" => events::subscribe;
    w_events_send 0 "send" => events::send;
    w_subscription_channel 1 "channel" => events::channel;
    w_subscription_close 1 "close" => events::close;
    w_subscription___tostring 1 "tostring" => events::text;
    w_registry_get 0 "get" => registry::get;
    w_registry_find 0 "find" => registry::find;
    w_registry_parse_id 0 "parse_id" => registry::parse_id;
    w_registry_snapshot 0 "snapshot" => registry::snapshot;
    w_registry_snapshot_at 0 "snapshot_at" => registry::snapshot_at;
    w_registry_current_version 0 "current_version" => registry::current_version;
    w_registry_versions 0 "versions" => registry::versions;
    w_registry_history 0 "history" => registry::history;
    w_snapshot_get 1 "get" => registry::snapshot_get;
    w_snapshot_entries 1 "entries" => registry::snapshot_entries;
    w_snapshot_namespace 1 "namespace" => registry::snapshot_namespace;
    w_snapshot_find 1 "find" => registry::snapshot_find;
    w_snapshot_version 1 "version" => registry::snapshot_version;
    w_snapshot___tostring 1 "tostring" => registry::snapshot_text;
    w_version_id 1 "id" => registry::version_id;
    w_version_string 1 "string" => registry::version_string;
    w_version_previous 1 "previous" => registry::version_previous;
    w_version_next 1 "next" => registry::version_next;
    w_version___tostring 1 "tostring" => registry::version_text;
    w_history_versions 1 "versions" => registry::versions;
    w_history_get_version 1 "get_version" => registry::history_get_version;
    w_history_snapshot_at 1 "snapshot_at" => registry::history_snapshot_at;
    w_history___tostring 1 "tostring" => registry::history_text;
    w_base_print 0 "print" => base::print;
    w_base_require 0 "require" => base::require;
    w_base_loadlib 0 "loadlib" => base::loadlib;
    w_base_typeof 0 "typeof" => type_values::type_of;
    w_type___call 1 "type" => type_values::call;
    w_type___index 1 "type" => type_values::index;
    w_type___eq 0 "type" => type_values::equal;
    w_type___lt 0 "type" => type_values::less;
    w_type___le 0 "type" => type_values::less_or_equal;
    w_type___tostring 1 "tostring" => type_values::text;
    w_type_is 0 "is" => type_values::is;
    w_type_kind 0 "kind" => type_values::kind;
    w_type_name 0 "name" => type_values::name;
    w_type_elem 0 "elem" => type_values::elem;
    w_type_key 0 "key" => type_values::key;
    w_type_val 0 "val" => type_values::val;
    w_type_inner 0 "inner" => type_values::inner;
    w_type_ret 0 "ret" => type_values::ret;
    w_type_fields 0 "fields" => type_values::fields;
    w_type_params 0 "params" => type_values::params;
    w_type_variants 0 "variants" => type_values::variants;
    w_type_tparams 0 "tparams" => type_values::tparams;
    w_type_next_fields 0 "fields" => type_values::next_field;
    w_type_next_params 0 "params" => type_values::next_param;
    w_type_next_variants 0 "variants" => type_values::next_variant;
    w_type_next_tparams 0 "tparams" => type_values::next_tparam;
    w_library_type___call 1 "type" => type_values::call;
    w_library_type___index 1 "type" => type_values::library_index;
}

#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_task_begin(lua: *mut sys::lua_State, task: *mut sys::lua_State) -> c_int {
    let (lua, task) = (Stack(lua), Stack(task));
    lua.room(20);
    lua.proc().tasks.begin_nested(lua, task);
    0
}

#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_task_returned(
    lua: *mut sys::lua_State,
    task: *mut sys::lua_State,
    status: c_int,
    results: c_int,
) -> c_int {
    let lua = Stack(lua);
    lua.room(20);
    let proc = lua.proc();
    proc.tasks.end_nested();
    c_int::from(proc.task_stopped(Stack(task), ffi::Status::of(status), results))
}

/// A coroutine made by `coroutine.wrap` has failed and is about to lose its frames.
#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_wrapped_failed(lua: *mut sys::lua_State, wrapped: *mut sys::lua_State) {
    let lua = Stack(lua);
    lua.proc().wrapped_failed(lua, Stack(wrapped));
}

/// A long call has its next turn.
#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_go_on(lua: *mut sys::lua_State) -> c_int {
    let lua = Stack(lua);
    lua.room(20);
    guarded(lua, "a long call", || long::go_on(lua))
}

/// A long call gets no more turns.
#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_give_up(lua: *mut sys::lua_State) {
    long::give_up(Stack(lua));
}

/// Whether a kill waits for this process; then nothing of it runs any more.
#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_killed(lua: *mut sys::lua_State) -> c_int {
    let killed = Cx::with(|cx| cx.killed()).unwrap_or(false);
    if killed {
        Stack(lua).proc().halted = true;
    }
    c_int::from(killed)
}

/// The process has held its worker for too long where it cannot give way: it fails, and nothing of it runs any more.
#[allow(unsafe_code, reason = "called from C by this name")]
#[unsafe(no_mangle)]
extern "C" fn w_stuck(lua: *mut sys::lua_State) {
    let lua = Stack(lua);
    let place = (0..8).find_map(|level| lua.place(level));
    let place = place.map_or_else(String::new, |(source, line)| format!("{source}:{line}: "));
    let what = "a function that is called where nothing can wait (such as a message handler of xpcall or a __close that \
                coroutine.close runs) did not return in time";
    lua.proc().outcome = Some(Err(Error::internal(format!("{place}{what}")).with_retryable(Some(false))));
}
