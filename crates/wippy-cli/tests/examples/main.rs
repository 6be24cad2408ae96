//! Runs every app of `examples/` through the real `wippy` and looks at what it prints.
//!
//! Each app has a module here: the command that its README shows, and tests of that command's exit code and stdout.
//! Folders with a `Cargo.toml` are Rust programs of their own and are tested there.

mod app;
mod catalogue;

mod hello;
mod hot_upgrade;
mod ping_pong;
mod sandbox;
mod service_restart;
mod settings;
mod supervision;
mod ten_thousand;
mod typed;
mod worker_pool;

use app::App;

/// Every app that is tested here. `catalogue` compares the list with the folders.
const APPS: &[App] = &[
    hello::APP,
    hot_upgrade::APP,
    ping_pong::APP,
    sandbox::APP,
    service_restart::APP,
    settings::APP,
    supervision::APP,
    ten_thousand::APP,
    typed::APP,
    worker_pool::APP,
];
