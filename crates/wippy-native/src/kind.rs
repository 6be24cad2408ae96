//! The kinds `process.native` and `function.native`: entries that name a Rust function of the program. The one is
//! spawned, the other is called; the same Rust function may serve both.
//!
//! ```yaml
//! - name: greeter
//!   kind: process.native
//!   function: greet
//! - name: price
//!   kind: function.native
//!   function: price
//! ```

use crate::handle::Process;
use crate::machine::process;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use wippy_core::{Entry, Error, Exit, Factory, Kind, Loaded, Pool, Sources, StateMachine, Values};

type Make = Arc<dyn Fn() -> Box<dyn StateMachine> + Send + Sync>;

/// The functions and machines that a program offers to its entries.
#[derive(Clone, Default)]
pub struct NativeKind {
    functions: BTreeMap<String, Make>,
}

impl std::fmt::Debug for NativeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.functions.keys()).finish()
    }
}

impl NativeKind {
    /// A kind without functions.
    pub fn new() -> NativeKind {
        NativeKind::default()
    }
    /// Offers an async function under a name; each process calls it once.
    pub fn function<F, R>(mut self, name: &str, function: F) -> NativeKind
    where
        F: Fn(Process, Values) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Exit> + Send + 'static,
    {
        let make = move || Box::new(process(function.clone())) as Box<dyn StateMachine>;
        self.functions.insert(name.to_owned(), Arc::new(make));
        self
    }
    /// Offers a hand-written machine under a name; `make` is called once for each process.
    pub fn machine<M: StateMachine + 'static>(
        mut self,
        name: &str,
        make: impl Fn() -> M + Send + Sync + 'static,
    ) -> NativeKind {
        self.functions.insert(name.to_owned(), Arc::new(move || Box::new(make())));
        self
    }
}

impl Kind for NativeKind {
    fn entry_kinds(&self) -> &[&'static str] {
        &["process.native", "function.native"]
    }

    fn load(&self, entry: &Entry, _: &dyn Sources) -> Result<Loaded, Error> {
        let place = |key: &str| match entry.origin.locate(key) {
            place if place.is_empty() => String::new(),
            place => format!("{place}: "),
        };
        let Some(name) = entry.text("function") else {
            return Err(Error::invalid(format!(
                "{}function is required: the name of a Rust function",
                place("function")
            )));
        };
        let Some(make) = self.functions.get(name) else {
            let known: Vec<_> = self.functions.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let what = format!("{}function not found: {name} (this program offers: {known})", place("function"));
            return Err(Error::not_found(what));
        };
        let method = entry.text("method").unwrap_or_default().to_owned();
        let is_function = entry.kind == "function.native";
        if is_function {
            Pool::parse(entry).map_err(|(key, what)| Error::invalid(format!("{}{what}", place(&key))))?;
        }
        let factory = NativeFactory { make: make.clone(), method, is_function };
        Ok(Loaded { factory: Some(Arc::new(factory)), ..Loaded::default() })
    }
}

struct NativeFactory {
    make: Make,
    method: String,
    is_function: bool,
}

impl Factory for NativeFactory {
    fn method(&self) -> &str {
        &self.method
    }
    fn create(&self) -> Result<Box<dyn StateMachine>, Error> {
        Ok((self.make)())
    }
    fn is_function(&self) -> bool {
        self.is_function
    }
}
