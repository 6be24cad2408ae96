//! Sets of characters: `[a-z]`, `\d`, `[[:alpha:]]`, `\p{Greek}`.

use super::parse::Parser;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// Where characters lie that have another case, and some others: to look at all characters would take long.
const CASED: [(char, char); 7] = [
    ('\0', '\u{2E7F}'),
    ('\u{A640}', '\u{ABFF}'),
    ('\u{FB00}', '\u{FFFF}'),
    ('\u{10400}', '\u{10FFF}'),
    ('\u{11880}', '\u{118FF}'),
    ('\u{16E00}', '\u{16EFF}'),
    ('\u{1E900}', '\u{1E9FF}'),
];

pub(super) fn set(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)))
}

/// Adds the other cases of all characters.
fn fold(set: &mut ClassUnicode) -> Result<(), String> {
    set.try_case_fold_simple().map_err(|e| e.to_string())
}

/// The set that Perl names by a letter, in either case.
fn perl(letter: char) -> Option<ClassUnicode> {
    Some(match letter.to_ascii_lowercase() {
        'd' => set(&[('0', '9')]),
        's' => set(&[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')]),
        'w' => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        _ => return None,
    })
}

/// The set with a name in `[[:name:]]`.
fn named(name: &str) -> Option<ClassUnicode> {
    Some(match name {
        "alnum" => set(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
        "alpha" => set(&[('A', 'Z'), ('a', 'z')]),
        "ascii" => set(&[('\0', '\x7F')]),
        "blank" => set(&[('\t', '\t'), (' ', ' ')]),
        "cntrl" => set(&[('\0', '\x1F'), ('\x7F', '\x7F')]),
        "digit" => set(&[('0', '9')]),
        "graph" => set(&[('!', '~')]),
        "lower" => set(&[('a', 'z')]),
        "print" => set(&[(' ', '~')]),
        "punct" => set(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        "space" => set(&[('\t', '\r'), (' ', ' ')]),
        "upper" => set(&[('A', 'Z')]),
        "word" => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        "xdigit" => set(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
        _ => return None,
    })
}

/// The set of a general category or a script.
fn unicode(name: &str) -> Option<ClassUnicode> {
    // Other properties are not RE2's, and neither are names that begin so.
    let known = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_- ".contains(&b));
    if !known || name.is_empty() || name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("is")) {
        return None;
    }
    let sorts = if name == "Any" { ["gc", "gc"] } else { ["gc", "sc"] };
    sorts.iter().find_map(|sort| match regex_syntax::parse(&format!(r"\p{{{sort}={name}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(set)) => Some(set),
        // A set of one character is a literal.
        HirKind::Literal(text) => {
            let c = std::str::from_utf8(&text.0).ok()?.chars().next()?;
            Some(self::set(&[(c, c)]))
        }
        _ => None,
    })
}

impl Parser<'_> {
    /// Heeds the case, if that is asked for, and takes the work into account.
    pub(super) fn folded(&mut self, set: ClassUnicode) -> Result<ClassUnicode, String> {
        if !self.flags.any_case {
            self.spend(set.ranges().len())?;
            return Ok(set);
        }
        let mut cased = set.clone();
        cased.intersect(&self::set(&CASED));
        let chars: usize = cased.ranges().iter().map(|range| range.len()).sum();
        self.spend(set.ranges().len() + chars / 16)?;
        fold(&mut cased)?;
        let mut whole = set;
        whole.union(&cased);
        Ok(whole)
    }

    /// `\d`, `\pN`, `\P{Greek}` behind their backslash, which is at `start`; `None` for all else.
    pub(super) fn escaped_class(&mut self, start: usize) -> Result<Option<ClassUnicode>, String> {
        let Some(letter) = self.peek() else { return Ok(None) };
        if let Some(set) = perl(letter) {
            self.next();
            let mut set = self.folded(set)?;
            if letter.is_ascii_uppercase() {
                set.negate();
            }
            return Ok(Some(set));
        }
        if !matches!(letter, 'p' | 'P') {
            return Ok(None);
        }
        self.next();
        let wrong = "invalid character class range";
        let mut negated = letter == 'P';
        let name = match self.next() {
            Some('{') => {
                let Some(end) = self.rest().find('}') else {
                    return self.error(wrong, start);
                };
                let name = &self.rest()[..end];
                self.at += end + 1;
                match name.strip_prefix('^') {
                    Some(name) => {
                        negated = !negated;
                        name
                    }
                    None => name,
                }
            }
            Some(letter) => &self.pattern[self.at - letter.len_utf8()..self.at],
            None => return self.error(wrong, start),
        };
        // To look a name up takes as long as some ranges.
        self.spend(100)?;
        let Some(set) = unicode(name) else {
            return self.error(wrong, start);
        };
        let mut set = self.folded(set)?;
        if negated {
            set.negate();
        }
        Ok(Some(set))
    }

    /// `[…]` behind its bracket, which is at `start`.
    pub(super) fn class(&mut self, start: usize) -> Result<ClassUnicode, String> {
        let negated = self.eat("^");
        let mut found = Vec::new();
        let mut whole = ClassUnicode::empty();
        let mut first = true;
        while first || self.peek() != Some(']') {
            first = false;
            let item = self.at;
            if self.rest().starts_with("[:")
                && let Some(end) = self.rest().find(":]")
            {
                self.at += end + 2;
                let name = &self.pattern[item + 2..item + end];
                let (name, outside) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
                let Some(set) = named(name) else {
                    return self.error("invalid character class range", item);
                };
                let mut set = self.folded(set)?;
                if outside {
                    set.negate();
                }
                whole.union(&set);
                continue;
            }
            if self.eat("\\") {
                if let Some(set) = self.escaped_class(item)? {
                    whole.union(&set);
                    continue;
                }
                self.at = item;
            }
            let from = self.class_char(start)?;
            let mut to = from;
            if self.rest().starts_with('-') && self.rest().get(1..2) != Some("]") && self.rest().len() > 1 {
                self.next();
                to = self.class_char(start)?;
                if to < from {
                    return self.error("invalid character class range", item);
                }
            }
            found.push((from, to));
        }
        self.next();
        let plain = self.folded(set(&found))?;
        whole.union(&plain);
        if negated {
            whole.negate();
        }
        Ok(whole)
    }

    fn class_char(&mut self, start: usize) -> Result<char, String> {
        let at = self.at;
        match self.next() {
            Some('\\') => self.escaped_char(at),
            Some(c) => Ok(c),
            None => {
                self.at = self.pattern.len();
                self.error("missing closing ]", start)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CASED, fold, set};

    #[test]
    fn no_character_elsewhere_has_another_case() {
        let mut elsewhere = set(&CASED);
        elsewhere.negate();
        let before = elsewhere.clone();
        fold(&mut elsewhere).expect("cases are known");
        assert_eq!(elsewhere, before);
    }
}
