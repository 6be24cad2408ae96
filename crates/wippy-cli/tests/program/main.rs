//! Runs the real `wippy` on small apps written for one test each, and looks at exit codes, output and logs.
//!
//! `app` is the kit. The modules whose names begin with `bad` hold everything that a user can get wrong.

mod app;

mod bad_calls;
mod bad_command_line;
mod bad_fields;
mod bad_input;
mod bad_services;
mod bench;
mod command_line;
mod env;
mod exit_codes;
mod init;
mod last_processes;
mod logs;
mod messages;
mod rights;
mod rights_of_hosts;
mod services;
mod signals;
mod system;
mod walk;
mod wasi;
