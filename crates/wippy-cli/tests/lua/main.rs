//! What Lua programs see: each test is a program that checks itself, run as a process on a node of its own.
//!
//! One module per part of the API. `app` boots the node; `checks.lua` is the library that programs check with.

mod app;

mod aliases;
mod loading;
mod modules;

mod anything;
mod bad_input;
mod dialect;
mod endless;
mod errors_in_text;
mod escapes;
mod globals;
mod memory;
mod numbers;
mod patterns;
mod programs;
mod sealed;
mod types;

mod logs;

mod ending;

mod values;

mod receiving;
mod sending;

mod bus;
mod callbacks;
mod calling;
mod context;
mod control;
mod env;
mod exec;
mod futures;
mod lingering;
mod names;
mod options;
mod payloads;
mod registry;
mod rights;
mod spawn;
mod spawner;
mod system;
mod ties;
mod upgrade;

mod lifecycle;

mod channels;
mod select;

mod coroutines;
mod deadlock;
mod suspending;

mod errors;
mod tracebacks;

mod base64;
mod diff;
mod expr;
mod hash;
mod json;
mod regexp;
mod schemas;
mod splitter;
mod time;
mod times;
mod uuid;
mod yaml;

mod terminal;

mod guarantees;
mod wrong_arguments;
