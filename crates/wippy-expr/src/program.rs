//! A compiled expression.

use crate::ast::Node;
use crate::check::{self, Type};
use crate::error::Error;
use crate::eval::{Limits, Run};
use crate::parse;
use crate::value::Value;
use std::sync::Arc;
use std::time::SystemTime;

/// A compiled expression. Copies share it.
#[derive(Debug, Clone)]
pub struct Program {
    root: Arc<Node>,
    returns: Type,
    timely: bool,
    weight: usize,
}

impl Program {
    /// Compiles a text. Names that a run does not have are nil then.
    ///
    /// # Errors
    /// What is wrong with the text, or with the types of what it combines.
    pub fn compile(text: &str) -> Result<Program, Error> {
        Program::checked(text, None)
    }

    /// Compiles a text for names that are known: others are refused, and these must fit where they are used.
    ///
    /// # Errors
    /// As [`Program::compile`], and an unknown name.
    pub fn compile_for(text: &str, names: &Value) -> Result<Program, Error> {
        Program::checked(text, Some(names))
    }

    fn checked(text: &str, names: Option<&Value>) -> Result<Program, Error> {
        let parse::Read { root, timely, weight } = parse::program(text)?;
        let returns = check::program(&root, text, names)?;
        Ok(Program { root: Arc::new(root), returns, timely, weight })
    }

    /// What is known about the result.
    pub fn returns(&self) -> Type {
        self.returns
    }

    /// Whether the text asks for the time, so that two runs with the same names may differ.
    pub fn tells_time(&self) -> bool {
        self.timely
    }

    /// Bytes that it may hold on to, about: itself, and what its runs leave for the next ones.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Runs with the entries of a map as names. There is no clock: `now()` fails.
    ///
    /// # Errors
    /// What the run could not do; that it took too much.
    pub fn run(&self, names: &Value, limits: &Limits) -> Result<Value, Error> {
        Run::new(names, limits, None).program(&self.root)
    }

    /// As [`Program::run`], at this time.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn run_at(&self, names: &Value, limits: &Limits, now: SystemTime) -> Result<Value, Error> {
        Run::new(names, limits, Some(now)).program(&self.root)
    }
}
