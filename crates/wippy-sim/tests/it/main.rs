//! What the test kit promises.

mod same_run;
mod search;
