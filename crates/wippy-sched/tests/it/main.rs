//! Behaviour of the scheduler, seen from outside.

mod bounds;
mod faults;
mod life;
mod script;
mod supervise;
mod ties;
mod upgrade;
