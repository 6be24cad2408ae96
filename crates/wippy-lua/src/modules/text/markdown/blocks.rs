//! The blocks of a Markdown text. What stands in a line is kept as it was written.

use super::super::super::long::Turn;
use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;
use std::ops::Range;

/// Blocks in blocks deeper than this lie beside each other.
const DEPTH_MAX: usize = 24;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// Level and text.
    Heading(usize, String),
    Paragraph(String),
    Code {
        language: String,
        code: String,
    },
    Rule,
    List {
        /// The first number of a list that counts.
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Quote(Vec<Block>),
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

/// Puts something in front of the lines of a text: `first` before the first one, `rest` before the others.
fn indented(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::with_capacity(text.len() + first.len());
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let front = if n == 0 { first } else { rest };
        out.push_str(if line.is_empty() { front.trim_end() } else { front });
        out.push_str(line);
    }
    out
}

fn joined(blocks: &[Block]) -> String {
    blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n")
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

impl Block {
    /// The block as Markdown.
    pub(super) fn text(&self) -> String {
        match self {
            Block::Heading(level, text) => format!("{} {text}", "#".repeat(*level)),
            Block::Paragraph(text) => text.clone(),
            Block::Code { language, code } => {
                let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
                let fence = "`".repeat(longest.max(2) + 1);
                format!("{fence}{language}\n{}\n{fence}", code.trim_end_matches('\n'))
            }
            Block::Rule => "---".to_owned(),
            Block::List { .. } => self.items().join("\n"),
            Block::Quote(blocks) => indented(&joined(blocks), "> ", "> "),
            Block::Table { .. } => {
                let (head, rows) = self.table();
                std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// The items of a list as Markdown.
    pub(super) fn items(&self) -> Vec<String> {
        let Block::List { first, items } = self else {
            return Vec::new();
        };
        let item = |(n, blocks): (usize, &Vec<Block>)| {
            let mark = match first {
                Some(first) => format!("{}. ", first.saturating_add(n as u64)),
                None => "- ".to_owned(),
            };
            match joined(blocks) {
                text if text.is_empty() => mark.trim_end().to_owned(),
                text => indented(&text, &mark, &" ".repeat(mark.len())),
            }
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The lines of a table that come first, and its rows.
    pub(super) fn table(&self) -> (String, Vec<String>) {
        let Block::Table { head, rows } = self else {
            return (String::new(), Vec::new());
        };
        let line = vec!["---".to_owned(); head.len()];
        (format!("{}\n{}", row(head), row(&line)), rows.iter().map(|cells| row(cells)).collect())
    }
}

/// What is understood beside the common Markdown.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Where links by reference lead, and their titles, in other parts of the text.
#[derive(Debug, Default)]
pub(super) struct Definitions(HashMap<String, (String, String)>);

impl Definitions {
    fn key(label: &str) -> String {
        label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Adds those of a part. The first of a name counts.
    pub(super) fn add(&mut self, part: &str) {
        for (label, found) in Parser::new_ext(part, options()).reference_definitions().iter() {
            let title = found.title.as_deref().unwrap_or_default().to_owned();
            self.0.entry(Definitions::key(label)).or_insert_with(|| (found.dest.to_string(), title));
        }
    }

    fn find(&self, label: &str) -> Option<(CowStr<'static>, CowStr<'static>)> {
        let (to, title) = self.0.get(&Definitions::key(label))?;
        Some((to.clone().into(), title.clone().into()))
    }
}

/// The blocks of a text. With definitions, links by reference tell where they lead.
pub(super) async fn read(source: &str, definitions: Option<&Definitions>, turn: &mut Turn) -> Vec<Block> {
    let mut reader = Reader {
        source,
        written_out: definitions.is_some(),
        open: vec![Open::Quote(Vec::new())],
        flat: 0,
        quotes: 0,
        line: None,
        code: None,
        cells: Vec::new(),
    };
    let elsewhere = |link: BrokenLink<'_>| definitions.and_then(|definitions| definitions.find(&link.reference));
    let parser = Parser::new_with_broken_link_callback(source, options(), Some(elsewhere));
    turn.spend(source.len() / 4).await;
    for (event, range) in parser.into_offset_iter() {
        let whole = matches!(event, Event::Start(_) | Event::End(_));
        let steps = 16 + if whole { 0 } else { range.len() / 16 };
        reader.event(event, range);
        turn.spend(steps).await;
    }
    reader.end_line();
    while reader.open.len() > 1 {
        reader.shut();
    }
    match reader.open.pop() {
        Some(Open::Quote(blocks)) => blocks,
        _ => Vec::new(),
    }
}

/// A block that is not at its end.
enum Open {
    /// Also the text as a whole.
    Quote(Vec<Block>),
    List(Option<u64>, Vec<Vec<Block>>),
    Item(Vec<Block>),
}

/// What stands in a line: from where to where, and what is written differently.
struct Line {
    range: Range<usize>,
    edits: Vec<(Range<usize>, String)>,
    /// The level of a heading.
    heading: Option<usize>,
}

struct Reader<'s> {
    source: &'s str,
    written_out: bool,
    open: Vec<Open>,
    /// Blocks that are not opened because they would be too deep.
    flat: usize,
    quotes: usize,
    line: Option<Line>,
    /// Language and code.
    code: Option<(String, String)>,
    cells: Vec<String>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Rule => {
                self.end_line();
                self.add(Block::Rule);
            }
            Event::Text(text) | Event::Html(text) if self.code.is_some() => {
                if let Some((_, code)) = &mut self.code {
                    code.push_str(&text);
                }
            }
            _ => self.inline(range),
        }
    }

    /// Something that stands in a line.
    fn inline(&mut self, range: Range<usize>) {
        let line = self.line.get_or_insert(Line { range: range.clone(), edits: Vec::new(), heading: None });
        if line.range.is_empty() {
            line.range = range;
        } else {
            line.range = line.range.start.min(range.start)..line.range.end.max(range.end);
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Link { link_type, dest_url, title, .. } => self.link(link_type, &dest_url, &title, range),
            Tag::Image { link_type, dest_url, title, .. } => self.link(link_type, &dest_url, &title, range),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => self.inline(range),
            tag => {
                self.end_line();
                self.start_block(tag, range);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                let nothing = range.start..range.start;
                self.line = Some(Line { range: nothing, edits: Vec::new(), heading: Some(level as usize) });
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::BlockQuote(_) => {
                self.quotes += 1;
                self.deeper(Open::Quote(Vec::new()));
            }
            Tag::List(first) => self.deeper(Open::List(first, Vec::new())),
            Tag::Item => self.deeper(Open::Item(Vec::new())),
            Tag::Table(_) => self.add(Block::Table { head: Vec::new(), rows: Vec::new() }),
            Tag::HtmlBlock => self.code = Some((String::new(), String::new())),
            _ => {}
        }
    }

    /// A link; in full when it is one by reference and that is asked for.
    fn link(&mut self, kind: LinkType, to: &str, title: &str, range: Range<usize>) {
        self.inline(range.clone());
        let kind = match kind {
            LinkType::ReferenceUnknown => LinkType::Reference,
            LinkType::CollapsedUnknown => LinkType::Collapsed,
            LinkType::ShortcutUnknown => LinkType::Shortcut,
            kind => kind,
        };
        let by_reference = matches!(kind, LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut);
        if !(self.written_out && by_reference) {
            return;
        }
        let source = &self.source[range.clone()];
        // `[text][name]`, `[text][]` and `[text]`: what follows the text gives way to the destination.
        let text = match kind {
            LinkType::Reference => source.rfind('[').map_or(source, |at| &source[..at]),
            _ => source.strip_suffix("[]").unwrap_or(source),
        };
        // Empty brackets may count as part of the link, or as what follows it.
        let behind = if self.source[range.end..].starts_with("[]") { range.end + 2 } else { range.end };
        self.inline(range.start..behind);
        let title = if title.is_empty() { String::new() } else { format!(" \"{}\"", title.replace('"', "\\\"")) };
        if let Some(line) = &mut self.line {
            line.edits.push((range.start + text.len()..behind, format!("({to}{title})")));
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {}
            TagEnd::CodeBlock => {
                if let Some((language, code)) = self.code.take() {
                    self.add(Block::Code { language, code });
                }
            }
            TagEnd::HtmlBlock => {
                if let Some((_, html)) = self.code.take() {
                    self.add(Block::Paragraph(html.trim().to_owned()));
                }
            }
            TagEnd::TableCell => {
                let cell = self.line.take().map(|line| self.written(&line)).unwrap_or_default();
                self.cells.push(cell.replace('\n', " "));
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                if let Some(Block::Table { head, rows }) = self.here().last_mut() {
                    if tag == TagEnd::TableHead { *head = cells } else { rows.push(cells) }
                }
            }
            TagEnd::BlockQuote(_) => {
                self.end_line();
                self.quotes -= 1;
                self.shut();
            }
            TagEnd::List(_) | TagEnd::Item => {
                self.end_line();
                self.shut();
            }
            _ => self.end_line(),
        }
    }

    /// The blocks among which the next one comes.
    fn here(&mut self) -> &mut Vec<Block> {
        let flat = self.flat > 0;
        match self.open.last_mut() {
            Some(Open::Quote(blocks) | Open::Item(blocks)) => blocks,
            Some(Open::List(_, items)) => {
                // Nothing stands in a list but its items: an item lies too deep to be one.
                if items.is_empty() || flat {
                    items.push(Vec::new());
                }
                items.last_mut().expect("one was pushed")
            }
            None => unreachable!("the text as a whole is never shut"),
        }
    }

    fn add(&mut self, block: Block) {
        self.here().push(block);
    }

    fn deeper(&mut self, open: Open) {
        if self.open.len() < DEPTH_MAX && self.flat == 0 {
            self.open.push(open);
        } else {
            self.flat += 1;
        }
    }

    fn shut(&mut self) {
        if self.flat > 0 {
            self.flat -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::Quote(blocks)) => self.add(Block::Quote(blocks)),
            Some(Open::List(first, items)) => self.add(Block::List { first, items }),
            Some(Open::Item(blocks)) => match self.open.last_mut() {
                Some(Open::List(_, items)) => items.push(blocks),
                _ => self.here().extend(blocks),
            },
            None => {}
        }
    }

    /// The line, if there is one, is a block.
    fn end_line(&mut self) {
        let Some(line) = self.line.take() else { return };
        let text = self.written(&line);
        match line.heading {
            Some(level) => self.add(Block::Heading(level, text.replace('\n', " "))),
            None if text.is_empty() => {}
            None => self.add(Block::Paragraph(text)),
        }
    }

    /// What stands in a line, without the marks of the blocks around it.
    fn written(&self, line: &Line) -> String {
        let Range { start, end } = line.range;
        // A sign that was taken literally has its backslash outside.
        let escaped = self.source[..start].ends_with('\\') && !line.range.is_empty();
        let start = if escaped { start - 1 } else { start };
        let mut text = String::with_capacity(end - start);
        let mut at = start;
        for (range, instead) in &line.edits {
            // An edit within another one is gone with it.
            if range.start >= at {
                text.push_str(&self.source[at..range.start]);
                text.push_str(instead);
                at = range.end;
            }
        }
        text.push_str(self.source.get(at..end).unwrap_or_default());
        let mut out = String::with_capacity(text.len());
        for (n, mut row) in text.trim().lines().enumerate() {
            if n > 0 {
                out.push('\n');
                for _ in 0..self.quotes {
                    row = row.trim_start();
                    row = row.strip_prefix('>').unwrap_or(row);
                }
                row = row.trim_start();
            }
            out.push_str(row.trim_end());
        }
        out
    }
}
