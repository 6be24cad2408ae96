//! What erasure changes in a text: ranges that become blank, and short insertions.

/// Changes to a text, by byte offset.
#[derive(Debug, Default)]
pub(super) struct Edits {
    blanks: Vec<(usize, usize)>,
    inserts: Vec<(usize, String)>,
    marks: Vec<(usize, char)>,
}

impl Edits {
    /// Makes a range blank; line breaks in it stay.
    pub(super) fn blank(&mut self, start: usize, end: usize) {
        if start < end {
            self.blanks.push((start, end));
        }
    }
    /// Puts a text in front of what stands at an offset. Of two at one place the earlier call comes first.
    pub(super) fn insert(&mut self, at: usize, text: &str) {
        self.inserts.push((at, text.to_owned()));
    }

    /// Makes a range blank but for a mark in the place of its first character.
    pub(super) fn mark(&mut self, start: usize, end: usize, mark: char) {
        self.marks.push((start, mark));
        self.blank(start, end);
    }

    /// The text with all changes made. Insertions inside of a blank range vanish with it.
    pub(super) fn apply(mut self, source: &str) -> String {
        self.blanks.sort_unstable();
        self.inserts.sort_by_key(|(at, _)| *at);
        let mut out = String::with_capacity(source.len() + 16);
        let mut inserts = self.inserts.into_iter().peekable();
        let mut at = 0;
        for (start, end) in self.blanks {
            if end <= at {
                continue;
            }
            let start = start.max(at);
            copy(source, at, start, &mut inserts, &mut out);
            while inserts.next_if(|(i, _)| *i > start && *i < end).is_some() {}
            let mark = self.marks.iter().find(|(at, _)| *at == start).map(|(_, mark)| *mark);
            for (i, c) in source[start..end].chars().enumerate() {
                out.push(match mark {
                    Some(mark) if i == 0 => mark,
                    _ if c == '\n' || c == '\r' => c,
                    _ => ' ',
                });
            }
            at = end;
        }
        copy(source, at, source.len(), &mut inserts, &mut out);
        out.extend(inserts.map(|(_, text)| text));
        out
    }
}

/// Copies a range with the insertions up to its end.
fn copy(
    source: &str,
    mut at: usize,
    end: usize,
    inserts: &mut std::iter::Peekable<impl Iterator<Item = (usize, String)>>,
    out: &mut String,
) {
    while let Some((i, text)) = inserts.next_if(|(i, _)| *i <= end) {
        let i = i.max(at);
        out.push_str(&source[at..i]);
        out.push_str(&text);
        at = i;
    }
    out.push_str(&source[at..end]);
}
