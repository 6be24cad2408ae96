//! What an entry says under `wasi`, and what a process gets of it.

use crate::mail::Mail;
use std::path::PathBuf;
use wasmtime_wasi::{FsPerms, WasiCtx};
use wippy_core::command::Boxed;
use wippy_core::commands::{env, fs, terminal};
use wippy_core::{Entry, EntryId, Error, ErrorKind, Tree};

/// The `wasi` block of an entry.
#[derive(Debug, Default)]
pub(crate) struct WasiSpec {
    args: Vec<String>,
    cwd: Option<String>,
    env: Vec<Variable>,
    mounts: Vec<Mount>,
}

/// A variable of the guest's environment: an entry, and the name under which the guest finds its value.
#[derive(Debug)]
struct Variable {
    id: EntryId,
    name: String,
    required: bool,
}

#[derive(Debug)]
struct Mount {
    fs: EntryId,
    guest: String,
    read_only: bool,
}

/// What a guest sees of its surroundings.
#[derive(Default)]
pub(crate) struct Surroundings {
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: String,
    /// Whether the standard streams are a terminal host's.
    pub(crate) terminal: bool,
    /// Made at the first use: most guests open no files.
    wasi: Option<Box<WasiCtx>>,
}

impl Surroundings {
    /// The state of the interfaces that `wasmtime-wasi` implements.
    pub(crate) fn wasi(&mut self) -> &mut WasiCtx {
        self.wasi.get_or_insert_with(|| Box::new(WasiCtx::builder().build()))
    }
}

/// A key below the entry, and what is wrong with its value.
pub(crate) type BadField = (String, String);

impl WasiSpec {
    /// Reads the block.
    ///
    /// # Errors
    /// The key of a wrong value, and what is wrong.
    pub(crate) fn read(entry: &Entry) -> Result<WasiSpec, BadField> {
        let block = match entry.field("wasi") {
            None | Some(Tree::Nil) => return Ok(WasiSpec::default()),
            Some(block) if block.as_map().is_some() => block,
            Some(other) => return Err(("wasi".into(), format!("wasi must be a map, not {}", other.sort()))),
        };
        let mut args = Vec::new();
        for (key, arg) in list(block, "args")? {
            let text = arg.as_str().ok_or_else(|| (key, format!("an argument must be a text, not {}", arg.sort())))?;
            args.push(text.to_owned());
        }
        let cwd = match block.field("cwd") {
            None | Some(Tree::Nil) => None,
            Some(cwd) => match cwd.as_str().filter(|path| path.starts_with('/')) {
                Some(path) => Some(path.to_owned()),
                None => return Err(("wasi.cwd".into(), "wasi.cwd must be an absolute path".into())),
            },
        };
        let mut env: Vec<Variable> = Vec::new();
        for (key, variable) in list(block, "env")? {
            let variable = Variable::read(&key, variable, entry)?;
            if env.iter().any(|v| v.name == variable.name) {
                return Err((format!("{key}.name"), format!("{} is set twice", variable.name)));
            }
            env.push(variable);
        }
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let mut mounts: Vec<Mount> = Vec::new();
        for (key, mount) in list(block, "mounts")? {
            let mount = Mount::read(&key, mount, entry)?;
            if mounts.iter().any(|m| m.guest == mount.guest) {
                return Err((format!("{key}.guest"), format!("{} is mounted twice", mount.guest)));
            }
            mounts.push(mount);
        }
        mounts.sort_by(|a, b| a.guest.cmp(&b.guest));
        Ok(WasiSpec { args, cwd, env, mounts })
    }

    /// Whether a process has to ask for something before its guest can run. `cli`: it may use `wasi:cli`.
    pub(crate) fn asks(&self, cli: bool) -> bool {
        cli || !self.mounts.is_empty() || !self.env.is_empty()
    }

    /// The surroundings of one process.
    ///
    /// # Errors
    /// PERMISSION_DENIED or NOT_FOUND for a mount, NOT_FOUND for a required variable; INTERNAL when a folder cannot be
    /// opened or a storage cannot be read.
    pub(crate) async fn surroundings(&self, mail: &Mail, cli: bool) -> Result<Surroundings, Error> {
        let cwd = self.cwd.clone().unwrap_or_else(|| "/".into());
        let mut surroundings = Surroundings { args: self.args.clone(), cwd, ..Surroundings::default() };
        if cli {
            // Writing nothing tells whether there is a terminal.
            let probe = terminal::Write { to_stderr: false, bytes: Vec::new() };
            surroundings.terminal = mail.ask(probe).await.is_ok();
            if self.args.is_empty() {
                surroundings.args = mail.ask(terminal::Args).await?.0;
            }
        }
        for variable in &self.env {
            surroundings.env.extend(variable.value(mail).await?.map(|value| (variable.name.clone(), value)));
        }
        if !self.mounts.is_empty() {
            let mut builder = WasiCtx::builder();
            for mount in &self.mounts {
                let Boxed(fs::Mounted { root }) = mail.ask(fs::Mount { fs: mount.fs.clone() }).await?;
                let perms = if mount.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
                let opened = builder.preopened_dir(root, &mount.guest, perms);
                opened.map_err(|e| Error::internal(format!("{} cannot be opened: {e:#}", mount.fs)))?;
            }
            surroundings.wasi = Some(Box::new(builder.build()));
        }
        Ok(surroundings)
    }
}

/// A required text of an element of a list.
fn text<'a>(key: &str, element: &'a Tree, name: &str, what: &str) -> Result<&'a str, BadField> {
    let value = element.field(name).and_then(Tree::as_str).filter(|text| !text.is_empty());
    value.ok_or_else(|| (format!("{key}.{name}"), format!("{name} of a {what} is required, a text")))
}

/// A truth value of an element of a list; false when it is absent.
fn truth(key: &str, element: &Tree, name: &str) -> Result<bool, BadField> {
    match element.field(name) {
        None | Some(Tree::Nil) => Ok(false),
        Some(Tree::Bool(yes)) => Ok(*yes),
        Some(other) => Err((format!("{key}.{name}"), format!("{name} must be true or false, not {}", other.sort()))),
    }
}

impl Variable {
    fn read(key: &str, variable: &Tree, entry: &Entry) -> Result<Variable, BadField> {
        let id = EntryId::resolve(text(key, variable, "id", "variable")?, entry.id.namespace());
        let name = text(key, variable, "name", "variable")?.to_owned();
        Ok(Variable { id, name, required: truth(key, variable, "required")? })
    }

    /// What the guest finds; `None` when there is nothing and it can do without.
    async fn value(&self, mail: &Mail) -> Result<Option<String>, Error> {
        match mail.ask(env::Granted { id: self.id.clone() }).await {
            Ok(Boxed(value)) => Ok(Some(value.to_str_lossy().into_owned())),
            Err(e) if *e.kind() == ErrorKind::NotFound && !self.required => Ok(None),
            Err(e) => {
                let what = format!("{}: {} (for {})", e.message(), self.id, self.name);
                let kind = if *e.kind() == ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Internal };
                Err(Error::new(kind, what).with_retryable(Some(false)).with_details(e.details().clone()))
            }
        }
    }
}

impl Mount {
    fn read(key: &str, mount: &Tree, entry: &Entry) -> Result<Mount, BadField> {
        let fs = EntryId::resolve(text(key, mount, "fs", "mount")?, entry.id.namespace());
        let guest = text(key, mount, "guest", "mount")?;
        let absolute = guest.starts_with('/') && !guest.split('/').any(|part| part == "." || part == "..");
        if !absolute {
            return Err((format!("{key}.guest"), format!("guest must be an absolute path without dots: {guest}")));
        }
        // `/a//b/` is the same place as `/a/b`.
        let cleaned: PathBuf = guest.split('/').filter(|part| !part.is_empty()).collect();
        let read_only = truth(key, mount, "read_only")?;
        Ok(Mount { fs, guest: format!("/{}", cleaned.display()), read_only })
    }
}

/// The elements of a list below `wasi`, each with its key.
fn list<'a>(block: &'a Tree, name: &str) -> Result<Vec<(String, &'a Tree)>, BadField> {
    let key = format!("wasi.{name}");
    match block.field(name) {
        None | Some(Tree::Nil) => Ok(Vec::new()),
        Some(Tree::List(items)) => Ok(items.iter().enumerate().map(|(i, v)| (format!("{key}.{i}"), v)).collect()),
        Some(other) => Err((key.clone(), format!("{key} must be a list, not {}", other.sort()))),
    }
}
