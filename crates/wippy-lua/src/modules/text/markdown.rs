//! Cutting Markdown so that what belongs together stays together, below its heading.

mod blocks;
mod parts;

use super::super::long::Turn;
use super::recursive::{self, Cut, Emit, length};
use blocks::{Block, Definitions};
use parts::PART_MAX;

/// What to do with some of the blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Code blocks stay.
    pub(super) code_blocks: bool,
    /// Links by reference are written out.
    pub(super) reference_links: bool,
    /// All headings above stand in front of a chunk, not only the last one.
    pub(super) heading_hierarchy: bool,
    /// Rows of a table may share a chunk.
    pub(super) join_table_rows: bool,
}

/// Why a text is refused.
fn uncut() -> String {
    format!("Markdown without a heading, or a paragraph behind an empty line, has {PART_MAX} bytes at most")
}

/// Cuts a text, or says why it cannot be. `separators` are for what is too long as a whole.
pub(super) async fn split<E>(
    text: &str,
    separators: &[&str],
    cut: Cut,
    style: Style,
    turn: &mut Turn,
    emit: &mut Emit<'_, E>,
) -> Result<Result<(), String>, E> {
    let Some(parts) = parts::parts(text, turn).await else { return Ok(Err(uncut())) };
    let separators: Vec<&str> = separators.iter().copied().filter(|s| !s.is_empty()).collect();
    let mut definitions = style.reference_links.then(Definitions::default);
    if let Some(definitions) = definitions.as_mut().filter(|_| parts.len() > 1) {
        for part in &parts {
            definitions.add(part);
            turn.spend(part.len() / 4).await;
        }
    }
    let mut chunks =
        Chunks { separators: &separators, cut, style, turn, emit, headings: Vec::new(), told: true, current: None };
    for part in parts {
        for block in blocks::read(part, definitions.as_ref(), chunks.turn).await {
            chunks.block(&block).await?;
        }
    }
    chunks.close().await.map(Ok)
}

struct Chunks<'c, 'e, E> {
    separators: &'c [&'c str],
    cut: Cut,
    style: Style,
    turn: &'c mut Turn,
    emit: &'c mut Emit<'e, E>,
    /// The headings around, with their levels.
    headings: Vec<(usize, String)>,
    /// The last heading stands in front of a chunk already, or there is none.
    told: bool,
    /// The chunk that is being filled, and its length.
    current: Option<(String, usize)>,
}

impl<E> Chunks<'_, '_, E> {
    async fn block(&mut self, block: &Block) -> Result<(), E> {
        match block {
            Block::Heading(level, text) => {
                self.close().await?;
                let line = block.text();
                self.headings.retain(|(above, _)| self.style.heading_hierarchy && above < level);
                self.told = text.is_empty();
                if !self.told {
                    self.headings.push((*level, line));
                }
                Ok(())
            }
            Block::Code { .. } if !self.style.code_blocks => Ok(()),
            Block::List { .. } => {
                for item in block.items() {
                    self.join(&item).await?;
                    self.flush().await?;
                }
                Ok(())
            }
            Block::Quote(_) => {
                self.join(&block.text()).await?;
                self.flush().await
            }
            Block::Table { .. } => self.table(block).await,
            _ => self.join(&block.text()).await,
        }
    }

    async fn table(&mut self, block: &Block) -> Result<(), E> {
        let (head, rows) = block.table();
        if rows.is_empty() {
            return self.join(&head).await;
        }
        let mut headed = false;
        for row in rows {
            let whole = format!("{head}\n{row}");
            if !self.style.join_table_rows {
                self.flush().await?;
                self.join(&whole).await?;
                self.flush().await?;
            } else if headed && self.fits(length(&row)) {
                self.join(&row).await?;
            } else {
                self.join(&whole).await?;
                headed = true;
            }
        }
        Ok(())
    }

    /// Whether so many characters more still go into the current chunk.
    fn fits(&self, more: usize) -> bool {
        self.current.as_ref().is_some_and(|(_, long)| long + 1 + more < self.cut.size)
    }

    /// Adds to the current chunk, or begins another one when that would become too long.
    async fn join(&mut self, snippet: &str) -> Result<(), E> {
        self.turn.spend(8 + snippet.len() / 8).await;
        if snippet.trim().is_empty() {
            return Ok(());
        }
        let more = length(snippet);
        if self.current.is_some() && !self.fits(more) {
            self.flush().await?;
        }
        let (text, long) = self.current.get_or_insert_default();
        if !text.is_empty() {
            text.push('\n');
            *long += 1;
        }
        text.push_str(snippet);
        *long += more;
        Ok(())
    }

    /// A heading comes, or the end: a heading without anything below is a chunk of its own.
    async fn close(&mut self) -> Result<(), E> {
        self.flush().await?;
        let title = self.title();
        if std::mem::replace(&mut self.told, true) { Ok(()) } else { (self.emit)(&title) }
    }

    fn title(&self) -> String {
        self.headings.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Gives the current chunk out.
    async fn flush(&mut self) -> Result<(), E> {
        let Some((text, long)) = self.current.take() else {
            return Ok(());
        };
        self.told = true;
        let title = self.title();
        self.turn.spend(8 + (title.len() + text.len()) / 8).await;
        let emit = &mut *self.emit;
        let mut titled = |chunk: &str| {
            if title.is_empty() || chunk.contains(&title) { emit(chunk) } else { emit(&format!("{title}\n{chunk}")) }
        };
        if long > self.cut.size + self.cut.overlap {
            let cut = Cut { keep_separator: false, ..self.cut };
            recursive::split(&text, self.separators, cut, self.turn, &mut titled).await
        } else {
            titled(text.trim())
        }
    }
}

#[cfg(test)]
mod tests;
