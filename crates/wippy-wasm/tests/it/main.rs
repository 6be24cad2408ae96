//! Guests as processes of a whole node.

mod app;
mod calls;
mod capabilities;
mod citizen;
mod echo;
mod functions;
mod limits;
mod loading;
mod modules;
mod operations;
mod scheduling;
mod shapes;
mod wasi;
