//! Reads the syntax of RE2, as Go has it, and says what is wrong in its words.
//!
//! # Source
//! The syntax as documented by RE2 and by the package `regexp/syntax` of Go.

use super::classes::set;
use super::excerpt;
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Dot, Hir, Look, Repetition};

/// The largest number of repetitions, also of repetitions in repetitions.
const REPEAT_MAX: u32 = 1000;
/// How deep groups may lie in each other.
const DEPTH_MAX: usize = 200;
/// What all sets of characters may take together, in ranges.
const WORK_MAX: usize = 100_000;

/// Reads an expression.
///
/// # Errors
/// What is wrong with it.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    let flags = Flags { any_case: false, multi_line: false, dot_all: false, swap_greed: false };
    let mut parser = Parser { pattern, at: 0, flags, groups: 0, names: Vec::new(), work: 0, open: Vec::new() };
    parser.open.push(Group::new(Sort::Whole, flags));
    parser.run()
}

/// What `(?imsU)` sets.
#[derive(Clone, Copy)]
pub(super) struct Flags {
    pub(super) any_case: bool,
    multi_line: bool,
    dot_all: bool,
    swap_greed: bool,
}

/// What a group is for.
enum Sort {
    /// The whole expression: no group.
    Whole,
    Plain,
    Capture(u32, Option<Box<str>>),
}

/// A part of a sequence.
struct Item {
    hir: Hir,
    /// How often something in it is repeated at most.
    repeated: u32,
}

/// A group that is not closed.
struct Group {
    sort: Sort,
    /// Those around it.
    flags: Flags,
    /// The alternatives before this one.
    before: Vec<Hir>,
    repeated: u32,
    items: Vec<Item>,
}

impl Group {
    fn new(sort: Sort, flags: Flags) -> Group {
        Group { sort, flags, before: Vec::new(), repeated: 1, items: Vec::new() }
    }

    /// The alternative that was read is at its end.
    fn end_alternative(&mut self) {
        self.repeated = self.items.iter().map(|item| item.repeated).fold(self.repeated, u32::max);
        self.before.push(Hir::concat(self.items.drain(..).map(|item| item.hir).collect()));
    }
}

pub(super) struct Parser<'p> {
    pub(super) pattern: &'p str,
    pub(super) at: usize,
    pub(super) flags: Flags,
    groups: u32,
    names: Vec<&'p str>,
    work: usize,
    open: Vec<Group>,
}

impl<'p> Parser<'p> {
    pub(super) fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Something is wrong with what lies between `start` and here.
    pub(super) fn error<T>(&self, what: &str, start: usize) -> Result<T, String> {
        Err(format!("{what}: `{}`", excerpt(&self.pattern[start..self.at])))
    }

    /// Takes work into account, in ranges of characters.
    pub(super) fn spend(&mut self, ranges: usize) -> Result<(), String> {
        self.work += ranges;
        if self.work > WORK_MAX { Err(super::too_large(self.pattern)) } else { Ok(()) }
    }

    fn group(&mut self) -> &mut Group {
        self.open.last_mut().expect("the whole expression is open")
    }

    fn push(&mut self, hir: Hir) {
        self.group().items.push(Item { hir, repeated: 1 });
    }

    fn run(mut self) -> Result<Hir, String> {
        // Where the repetition begins that was read last, when nothing came behind it.
        let mut repetition = None;
        while let Some(c) = self.peek() {
            let start = self.at;
            let last = repetition.take();
            match c {
                '*' | '+' | '?' => {
                    self.next();
                    let (min, max) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(start, last, min, max)?;
                    repetition = Some(start);
                }
                '{' => match self.counts(start)? {
                    Some((min, max)) => {
                        self.repeat(start, last, min, max)?;
                        repetition = Some(start);
                    }
                    None => self.literal(c)?,
                },
                _ => self.other(c, start)?,
            }
        }
        if self.open.len() > 1 {
            return self.error("missing closing )", 0);
        }
        self.close()
    }

    /// What is no repetition.
    fn other(&mut self, c: char, start: usize) -> Result<(), String> {
        match c {
            '(' => self.begin_group(start)?,
            ')' => {
                self.next();
                if self.open.len() == 1 {
                    return self.error("unexpected )", 0);
                }
                let repeated = {
                    let group = self.group();
                    group.items.iter().map(|item| item.repeated).fold(group.repeated, u32::max)
                };
                let hir = self.close()?;
                self.group().items.push(Item { hir, repeated });
            }
            '|' => {
                self.next();
                self.group().end_alternative();
            }
            '[' => {
                self.next();
                let set = self.class(start)?;
                self.push(Hir::class(Class::Unicode(set)));
            }
            '.' => {
                self.next();
                let dot = if self.flags.dot_all { Dot::AnyChar } else { Dot::AnyCharExceptLF };
                self.push(Hir::dot(dot));
            }
            '^' => {
                self.next();
                self.push(Hir::look(if self.flags.multi_line { Look::StartLF } else { Look::Start }));
            }
            '$' => {
                self.next();
                self.push(Hir::look(if self.flags.multi_line { Look::EndLF } else { Look::End }));
            }
            '\\' => self.escape(start)?,
            c => self.literal(c)?,
        }
        Ok(())
    }

    /// A character that stands for itself comes.
    fn literal(&mut self, c: char) -> Result<(), String> {
        self.next();
        self.push_char(c)
    }

    fn push_char(&mut self, c: char) -> Result<(), String> {
        let hir = if self.flags.any_case {
            Hir::class(Class::Unicode(self.folded(set(&[(c, c)]))?))
        } else {
            Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes())
        };
        self.push(hir);
        Ok(())
    }

    /// A repetition was read, which begins at `start`; right behind another one, if there is a `last`.
    fn repeat(&mut self, start: usize, last: Option<usize>, min: u32, max: Option<u32>) -> Result<(), String> {
        let lazy = self.eat("?");
        if let Some(last) = last {
            return self.error("invalid nested repetition operator", last);
        }
        let counted = self.pattern[start..].starts_with('{');
        let Some(Item { hir, repeated }) = self.group().items.pop() else {
            return self.error("missing argument to repetition operator", start);
        };
        let times = if counted { max.unwrap_or(min).max(1) } else { 1 };
        let repeated = repeated.saturating_mul(times);
        if repeated > REPEAT_MAX {
            return self.error("invalid repeat count", start);
        }
        let hir = Hir::repetition(Repetition { min, max, greedy: lazy == self.flags.swap_greed, sub: Box::new(hir) });
        self.group().items.push(Item { hir, repeated });
        Ok(())
    }

    /// `{n}`, `{n,}` and `{n,m}`; anything else is nothing special.
    fn counts(&mut self, start: usize) -> Result<Option<(u32, Option<u32>)>, String> {
        let Some(end) = self.rest().find('}') else { return Ok(None) };
        let inner = &self.rest()[1..end];
        let (min, max) = inner.split_once(',').map_or((inner, Some(inner)), |(min, max)| (min, Some(max)));
        let max = max.filter(|max| !max.is_empty());
        let digits = |text: &str| {
            let plain = text == "0" || !text.starts_with('0');
            !text.is_empty() && plain && text.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(min) || !max.is_none_or(digits) {
            return Ok(None);
        }
        self.at += end + 1;
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= REPEAT_MAX);
        match (number(min), max.map(number)) {
            (Some(min), None) => Ok(Some((min, None))),
            (Some(min), Some(Some(max))) if min <= max => Ok(Some((min, Some(max)))),
            _ => self.error("invalid repeat count", start),
        }
    }

    fn begin_group(&mut self, start: usize) -> Result<(), String> {
        self.next();
        if self.open.len() > DEPTH_MAX {
            return Err(format!("expression nests too deeply: `{}`", excerpt(self.pattern)));
        }
        let around = self.flags;
        let sort = if !self.rest().starts_with('?') {
            self.groups += 1;
            Sort::Capture(self.groups, None)
        } else if self.eat("?P<")
            || (!self.rest().starts_with("?<=") && !self.rest().starts_with("?<!") && self.eat("?<"))
        {
            let name = self.name(start)?;
            self.groups += 1;
            Sort::Capture(self.groups, Some(name.into()))
        } else if self.flags(start)? {
            Sort::Plain
        } else {
            // They hold until the group around is closed.
            return Ok(());
        };
        self.open.push(Group::new(sort, around));
        Ok(())
    }

    /// The name of a group, up to its bracket.
    fn name(&mut self, start: usize) -> Result<&'p str, String> {
        let Some(end) = self.rest().find('>') else {
            self.at = self.pattern.len();
            return self.error("invalid named capture", start);
        };
        let name = &self.rest()[..end];
        self.at += end + 1;
        let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !good || self.names.contains(&name) {
            return self.error("invalid named capture", start);
        }
        self.names.push(name);
        Ok(name)
    }

    /// `?flags:` and `?flags)`: whether a group begins.
    fn flags(&mut self, start: usize) -> Result<bool, String> {
        let (mut flags, mut on, mut any) = (self.flags, true, false);
        self.next();
        loop {
            match self.next() {
                Some('i') => flags.any_case = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('U') => flags.swap_greed = on,
                Some('-') if on => {
                    (on, any) = (false, false);
                    continue;
                }
                Some(end @ (':' | ')')) if on || any => {
                    self.flags = flags;
                    return Ok(end == ':');
                }
                Some(_) => return self.error("invalid or unsupported Perl syntax", start),
                None => return self.error("missing closing )", 0),
            }
            any = true;
        }
    }

    /// Closes the innermost group.
    fn close(&mut self) -> Result<Hir, String> {
        let mut group = self.open.pop().expect("one is open");
        group.end_alternative();
        self.flags = group.flags;
        let hir = Hir::alternation(group.before);
        Ok(match group.sort {
            Sort::Whole | Sort::Plain => hir,
            Sort::Capture(index, name) => Hir::capture(Capture { index, name, sub: Box::new(hir) }),
        })
    }

    /// A backslash comes.
    fn escape(&mut self, start: usize) -> Result<(), String> {
        self.next();
        if let Some(set) = self.escaped_class(start)? {
            self.push(Hir::class(Class::Unicode(set)));
            return Ok(());
        }
        let hir = match self.peek() {
            Some('A') => Hir::look(Look::Start),
            Some('z') => Hir::look(Look::End),
            Some('b') => Hir::look(Look::WordAscii),
            Some('B') => Hir::look(Look::WordAsciiNegate),
            Some('C') => Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(0, 0xFF)]))),
            Some('Q') => {
                self.next();
                let (literal, length) = match self.rest().split_once("\\E") {
                    Some((literal, _)) => (literal, literal.len() + 2),
                    None => (self.rest(), self.rest().len()),
                };
                self.at += length;
                return literal.chars().try_for_each(|c| self.push_char(c));
            }
            _ => {
                let c = self.escaped_char(start)?;
                return self.push_char(c);
            }
        };
        self.next();
        self.push(hir);
        Ok(())
    }

    /// The character that an escape stands for, behind its backslash.
    pub(super) fn escaped_char(&mut self, start: usize) -> Result<char, String> {
        let wrong = "invalid escape sequence";
        let Some(c) = self.next() else {
            return self.error("trailing backslash at end of expression", self.at);
        };
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0C',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0B',
            '0'..='7' => {
                let digits = self.rest().bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                // A single digit would be a reference to a group.
                if c != '0' && digits == 0 {
                    return self.error(wrong, start);
                }
                let text = &self.pattern[self.at - 1..self.at + digits];
                self.at += digits;
                u32::from_str_radix(text, 8).ok().and_then(char::from_u32).expect("three digits are a character")
            }
            'x' => {
                let digits = if self.eat("{") {
                    let rest = self.rest();
                    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
                    self.at += end;
                    let closed = self.eat("}");
                    if closed { &rest[..end] } else { "" }
                } else {
                    let count = self.rest().bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                    let digits = if count == 2 { &self.rest()[..2] } else { "" };
                    self.at += count;
                    digits
                };
                match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                    Some(c) => c,
                    None => return self.error(wrong, start),
                }
            }
            c if c.is_ascii_punctuation() || c == ' ' || c.is_ascii_control() => c,
            _ => return self.error(wrong, start),
        })
    }
}
