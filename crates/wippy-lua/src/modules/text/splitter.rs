//! `text.splitter`: objects that cut texts into chunks.

use super::super::long::{self, Turn};
use super::super::{Call, Raised, Result};
use super::markdown::Style;
use super::options::Options;
use super::recursive::Cut;
use super::{bytes, refused, roomy};
use crate::ffi;
use wippy_core::Error;

pub(in super::super) const SPLITTER: &str = "wippy.text.Splitter";

const SEPARATORS: [&str; 4] = ["\n\n", "\n", " ", ""];
/// More would only be a long list to go through.
const SEPARATORS_MAX: usize = 64;
/// As far as whole numbers are exact in a float.
const SIZE_MAX: u64 = 1 << 53;

const KEEP: u64 = 1;
const MARKDOWN: u64 = 2;
const CODE_BLOCKS: u64 = 4;
const REFERENCE_LINKS: u64 = 8;
const HIERARCHY: u64 = 16;
const JOIN_ROWS: u64 = 32;

/// A splitter: user value 1 is the list of its separators. Without gaps: it may be part of a template.
#[derive(Clone, Copy)]
#[repr(C)]
struct Splitter {
    size: u64,
    overlap: u64,
    flags: u64,
}

/// `splitter.recursive([options])`
pub(in super::super) fn recursive(c: Call) -> Result {
    make(c, 0, &[("keep_separator", KEEP)])
}

/// `splitter.markdown([options])`
pub(in super::super) fn markdown(c: Call) -> Result {
    let flags = [
        ("code_blocks", CODE_BLOCKS),
        ("reference_links", REFERENCE_LINKS),
        ("heading_hierarchy", HIERARCHY),
        ("join_table_rows", JOIN_ROWS),
    ];
    make(c, MARKDOWN, &flags)
}

fn make(c: Call, kind: u64, flags: &[(&str, u64)]) -> Result {
    match read(c, kind, flags) {
        Ok((splitter, separators)) => {
            c.lua.push_userdata(splitter, 1, SPLITTER);
            c.lua.new_table(separators.len(), 0);
            for (n, separator) in separators.iter().enumerate() {
                c.lua.push_str(separator);
                c.lua.raw_set_i(-2, n as i64 + 1);
            }
            c.lua.set_user_value(-2, 1);
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

fn read(c: Call, kind: u64, names: &[(&str, u64)]) -> std::result::Result<(Splitter, Vec<String>), Error> {
    let options = Options::at(c, 1)?;
    let size = options.whole("chunk_size", 512, 1, SIZE_MAX)?;
    let overlap = options.whole("chunk_overlap", 100, 0, SIZE_MAX)?;
    if overlap >= size {
        return Err(refused(format!("chunk_overlap ({overlap}) must be less than chunk_size ({size})")));
    }
    let separators = options.texts("separators", SEPARATORS_MAX)?;
    let mut flags = kind;
    for (name, flag) in names {
        flags |= if options.flag(name)? { *flag } else { 0 };
    }
    let separators = separators.unwrap_or_else(|| SEPARATORS.map(str::to_owned).to_vec());
    Ok((Splitter { size, overlap, flags }, separators))
}

/// Whether a text could be cut.
type Done = std::result::Result<(), Error>;

/// What a splitter does, read from its object.
struct Plan {
    cut: Cut,
    separators: Vec<String>,
    markdown: Option<Style>,
    turn: Turn,
}

impl Plan {
    fn this(c: Call) -> Result<Plan> {
        let object = c.object::<Splitter>(1, SPLITTER, "text.Splitter")?;
        #[allow(unsafe_code, reason = "userdata of this class holds it")]
        // SAFETY: `object` checked the class; the value is Copy and the object lies on the stack.
        let Splitter { size, overlap, flags } = unsafe { *object };
        c.lua.user_value(1, 1);
        let list = c.lua.top();
        let mut separators = Vec::new();
        for n in 1..=c.lua.raw_len(list) as i64 {
            c.lua.raw_get_i(list, n);
            separators.push(c.lua.to_text(-1).unwrap_or_default());
            c.lua.pop(1);
        }
        c.lua.pop(1);
        let has = |flag| flags & flag != 0;
        let style = Style {
            code_blocks: has(CODE_BLOCKS),
            reference_links: has(REFERENCE_LINKS),
            heading_hierarchy: has(HIERARCHY),
            join_table_rows: has(JOIN_ROWS),
        };
        Ok(Plan {
            cut: Cut { size: size as usize, overlap: overlap as usize, keep_separator: has(KEEP) },
            separators,
            markdown: has(MARKDOWN).then_some(style),
            turn: Turn::new(),
        })
    }

    /// Cuts a text; `push` pushes what belongs into the list on top of the stack, which has `count` elements.
    async fn run(&mut self, c: Call, text: &str, count: &mut i64, push: impl Fn(&str)) -> Result<Done> {
        let separators: Vec<&str> = self.separators.iter().map(String::as_str).collect();
        let turn = &mut self.turn;
        let mut emit = |chunk: &str| {
            roomy(c, chunk.len())?;
            push(chunk);
            *count += 1;
            c.lua.raw_set_i(-2, *count);
            Ok::<(), Raised>(())
        };
        match self.markdown {
            Some(style) => {
                // Its blocks hold all of the text again, and some of it twice.
                roomy(c, 2 * text.len())?;
                let done = super::markdown::split(text, &separators, self.cut, style, turn, &mut emit).await?;
                Ok(done.map_err(refused))
            }
            None => super::recursive::split(text, &separators, self.cut, turn, &mut emit).await.map(Ok),
        }
    }
}

/// `splitter:split_text(text)`
pub(in super::super) fn split_text(c: Call) -> Result {
    let mut plan = Plan::this(c)?;
    let text = bytes(c, 2)?;
    long::call(c, async move {
        c.lua.new_table(0, 0);
        match plan.run(c, &String::from_utf8_lossy(&text), &mut 0, |chunk| c.lua.push_str(chunk)).await? {
            Ok(()) => c.good(),
            Err(e) => c.bad(&e),
        }
    })
}

/// `splitter:split_batch(pages)`
pub(in super::super) fn split_batch(c: Call) -> Result {
    let mut plan = Plan::this(c)?;
    if c.lua.kind(2) != ffi::TABLE {
        return c.expected(2, "table");
    }
    long::call(c, async move {
        c.lua.set_top(2);
        c.lua.new_table(0, 0);
        let list = c.lua.top();
        let mut count = 0;
        for n in 1..=c.lua.raw_len(2) as i64 {
            c.lua.raw_get_i(2, n);
            let page = c.lua.top();
            if c.lua.kind(page) == ffi::TABLE && c.lua.field(page, "content") == ffi::STRING {
                let text = c.lua.to_text(-1).unwrap_or_default();
                if c.lua.field(page, "metadata") != ffi::TABLE {
                    c.lua.new_table(0, 0);
                }
                let metadata = c.lua.top();
                c.lua.push_index(list);
                let push = |chunk: &str| {
                    c.lua.new_table(0, 2);
                    c.lua.push_str(chunk);
                    c.lua.set_field(-2, "content");
                    c.lua.push_index(metadata);
                    c.lua.set_field(-2, "metadata");
                };
                if let Err(e) = plan.run(c, &text, &mut count, push).await? {
                    return c.bad(&e);
                }
            }
            c.lua.set_top(list);
        }
        c.good()
    })
}

pub(in super::super) fn text(c: Call) -> Result {
    let plan = Plan::this(c)?;
    let kind = if plan.markdown.is_some() { "markdown" } else { "recursive" };
    c.lua.push_str(&format!("text.Splitter{{{kind}}}"));
    c.one()
}
