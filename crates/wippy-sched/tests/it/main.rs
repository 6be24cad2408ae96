//! Behaviour of the scheduler, seen from outside.

mod life;
mod script;
mod ties;
