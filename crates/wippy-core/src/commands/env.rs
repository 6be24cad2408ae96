//! Environment variables: the `env.variable` entries of a node, and the storages that hold their values.

use crate::command::{Boxed, Command, Permission};
use crate::entry::EntryId;
use crate::text::Text;
use smallvec::{SmallVec, smallvec};

/// The value of a variable, or its default. Needs `env.get` on the name as it is written here.
///
/// NOT_FOUND when no such variable is declared, and when it has neither value nor default.
#[derive(Debug, Clone)]
pub struct Get {
    /// Its public name, its entry's name in the asker's namespace, or its entry's id; looked for in this order.
    pub name: String,
}

impl Command for Get {
    type Reply = Boxed<Text>;
    const NAME: &'static str = "env.get";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.name.clone();
        smallvec![Permission { action: "env.get", resource, refusal: "not allowed to get environment variable" }]
    }
}

/// Stores a value; the next [`Get`] of any process finds it. Needs `env.set` on the name.
///
/// NOT_FOUND when no such variable is declared, PERMISSION_DENIED when it or its storage is read-only, INVALID when its
/// storage cannot hold the value.
#[derive(Debug, Clone)]
pub struct Set {
    /// As in [`Get`].
    pub name: String,
    /// The new value; an empty one counts as unset.
    pub value: Text,
}

impl Command for Set {
    type Reply = ();
    const NAME: &'static str = "env.set";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.name.clone();
        smallvec![Permission { action: "env.set", resource, refusal: "not allowed to set environment variable" }]
    }
}

/// What all storages hold, by name, as far as the asker may [`Get`] it; in order of name.
#[derive(Debug, Clone)]
pub struct GetAll;

impl Command for GetAll {
    type Reply = Boxed<Vec<(String, Text)>>;
    const NAME: &'static str = "env.get_all";
}

/// The value of a variable that an entry gives to its own guest. No right is asked for: whoever wrote the entry has
/// decided. NOT_FOUND as for [`Get`].
#[derive(Debug, Clone)]
pub struct Granted {
    /// The variable's entry.
    pub id: EntryId,
}

impl Command for Granted {
    type Reply = Boxed<Text>;
    const NAME: &'static str = "env.granted";
}
