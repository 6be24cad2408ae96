//! Process ids: one word inside, `{host|0x00001}` or `{node@host|0x00001}` in text.
//!
//! A pid is place (18 bits), generation (20 bits) and slot (26 bits). A *place* is an interned (node, incarnation, host)
//! that is never given out again, so the pid of a dead process or of a foreign node still prints. The slot is an index
//! into the process table of its node, the generation tells apart those who had the slot one after another: a stale
//! pid finds nothing, never a stranger.

mod recent;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, RwLock};

const SLOT_BITS: u32 = 26;
const GENERATION_BITS: u32 = 20;
const PLACE_BITS: u32 = 18;

/// The id of a process. Copied freely; equal pids mean the same process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pid(u64);

impl Pid {
    /// Nobody: the runtime itself as a sender. Prints as `{|}`.
    pub const SYSTEM: Pid = Pid(0);
    /// The largest slot number plus one.
    pub const SLOTS: u32 = 1 << SLOT_BITS;
    /// The largest generation plus one.
    pub const GENERATIONS: u32 = 1 << GENERATION_BITS;

    /// Puts a pid together.
    ///
    /// # Panics
    /// When slot or generation are out of range.
    #[inline]
    pub fn new(place: Place, slot: u32, generation: u32) -> Pid {
        assert!(slot < Pid::SLOTS && generation < Pid::GENERATIONS, "pid part out of range");
        Pid(u64::from(place.0) << (SLOT_BITS + GENERATION_BITS) | u64::from(generation) << SLOT_BITS | u64::from(slot))
    }
    /// Index into the process table.
    #[inline]
    pub fn slot(self) -> u32 {
        self.0 as u32 & (Pid::SLOTS - 1)
    }
    /// Which of the processes that had the slot.
    #[inline]
    pub fn generation(self) -> u32 {
        (self.0 >> SLOT_BITS) as u32 & (Pid::GENERATIONS - 1)
    }
    /// Node and host.
    #[inline]
    pub fn place(self) -> Place {
        Place((self.0 >> (SLOT_BITS + GENERATION_BITS)) as u32)
    }
    /// The host's id as text; empty for [`Pid::SYSTEM`].
    pub fn host(self) -> Arc<str> {
        self.place().info().host.clone()
    }
    /// The pid as one number, for keys and hashes.
    #[inline]
    pub fn to_bits(self) -> u64 {
        self.0
    }
    /// The pid that has this number; for those who keep pids as numbers.
    #[inline]
    pub fn from_bits(bits: u64) -> Pid {
        Pid(bits)
    }
    /// Splits pid text into node (may be empty), host and number. Says nothing about existence.
    pub fn split(text: &str) -> Option<(&str, &str, u64)> {
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        let bar = inner.bytes().rposition(|b| b == b'|')?;
        let (address, unique) = (&inner[..bar], &inner[bar + 1..]);
        let (node, host) = address.split_once('@').unwrap_or(("", address));
        if unique.is_empty() && host.is_empty() {
            return Some((node, host, 0));
        }
        let digits = unique.strip_prefix("0x").filter(|digits| !digits.is_empty())?;
        let mut number = 0u64;
        for digit in digits.bytes() {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                b'A'..=b'F' => digit - b'A' + 10,
                _ => return None,
            };
            number = number << 4 | u64::from(digit);
            if number >= 1 << (SLOT_BITS + GENERATION_BITS) {
                return None;
            }
        }
        Some((node, host, number))
    }
    /// Reads pid text as seen from the node and incarnation that `home` belongs to.
    ///
    /// # Errors
    /// [`PidError`] says which part is wrong; a place nobody has spoken of yet is an unknown host or node.
    pub fn parse(text: &str, home: Place) -> Result<Pid, PidError> {
        if let Some(pid) = recent::find(text, home) {
            return Ok(pid);
        }
        let pid = Pid::parse_anew(text, home)?;
        if pid != Pid::SYSTEM {
            recent::keep_if_canonical(pid, text, home);
        }
        Ok(pid)
    }

    fn parse_anew(text: &str, home: Place) -> Result<Pid, PidError> {
        let (node, host, number) = Pid::split(text).ok_or(PidError::Malformed)?;
        if host.is_empty() && node.is_empty() {
            return Ok(Pid::SYSTEM);
        }
        let here = home.info();
        if !node.is_empty() && node != &*here.node {
            return Err(PidError::UnknownNode(node.to_owned()));
        }
        let place = Place::find(&here.node, here.incarnation, host);
        let place = place.ok_or_else(|| PidError::UnknownHost(host.to_owned()))?;
        Ok(Pid(u64::from(place.0) << (SLOT_BITS + GENERATION_BITS) | number))
    }
}

/// Why a text is not the pid of a process that could exist here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PidError {
    /// Not of the form `{host|0x…}`.
    Malformed,
    /// The form is right, no such host.
    UnknownHost(String),
    /// The form is right, no such node.
    UnknownNode(String),
}

impl Pid {
    /// Calls `f` with the text of this pid, which is made without an allocation unless its host has a very long name.
    pub fn with_text<T>(self, f: impl FnOnce(&str) -> T) -> T {
        self.with_bytes(|bytes| f(std::str::from_utf8(bytes).expect("put together from whole texts")))
    }

    /// As [`Pid::with_text`], for those who need no more than the bytes.
    pub fn with_bytes<T>(self, f: impl FnOnce(&[u8]) -> T) -> T {
        if let Some(known) = recent::text(self) {
            return f(known.bytes());
        }
        match self.line() {
            Some(line) => {
                recent::keep(self, line.bytes());
                f(line.bytes())
            }
            None => {
                let (info, number) = (self.place().info(), self.number());
                let (node, at) = if info.is_only_node() { ("", "") } else { (&*info.node, "@") };
                f(format!("{{{node}{at}{}|{number:#07x}}}", info.host).as_bytes())
            }
        }
    }

    /// Slot and generation.
    fn number(self) -> u64 {
        self.0 & ((1 << (SLOT_BITS + GENERATION_BITS)) - 1)
    }

    /// The text, if it is not very long.
    fn line(self) -> Option<Line> {
        let info = self.place().info();
        let mut line = Line { bytes: [0; Line::MAX], len: 0 };
        let whole = line.add("{")
            && (info.is_only_node() || (line.add(&info.node) && line.add("@")))
            && line.add(&info.host)
            && line.add("|")
            && (self == Pid::SYSTEM || line.add_number(self.number()))
            && line.add("}");
        whole.then_some(line)
    }
}

/// A short text under construction.
struct Line {
    bytes: [u8; Line::MAX],
    len: usize,
}

impl Line {
    const MAX: usize = 96;

    /// Whether it still fits.
    fn add(&mut self, text: &str) -> bool {
        let end = self.len + text.len();
        let Some(place) = self.bytes.get_mut(self.len..end) else { return false };
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        true
    }

    /// Adds a number in hexadecimal, of at least five digits.
    fn add_number(&mut self, number: u64) -> bool {
        let digits = (64 - number.leading_zeros()).div_ceil(4).max(5) as usize;
        let Some(place) = self.bytes.get_mut(self.len..self.len + 2 + digits) else { return false };
        place[..2].copy_from_slice(b"0x");
        for (i, byte) in place[2..].iter_mut().rev().enumerate() {
            *byte = b"0123456789abcdef"[(number >> (4 * i) & 15) as usize];
        }
        self.len += 2 + digits;
        true
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An interned (node, incarnation, host).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(u32);

/// What a place stands for.
#[derive(Debug)]
pub struct PlaceInfo {
    /// Name of the node; empty or `local` when there is only one.
    pub node: Arc<str>,
    /// Which start of that node.
    pub incarnation: u64,
    /// Id of the host.
    pub host: Arc<str>,
}

impl PlaceInfo {
    /// Whether pids of this place name no node.
    fn is_only_node(&self) -> bool {
        self.node.is_empty() || *self.node == *"local"
    }
}

/// All places there are. They are never given up, so whoever knows one may keep it.
#[derive(Default)]
struct Places {
    list: Vec<&'static PlaceInfo>,
    index: HashMap<(Arc<str>, u64, Arc<str>), u32>,
}

static PLACES: LazyLock<RwLock<Places>> = LazyLock::new(|| {
    let mut places = Places::default();
    places.list.push(Box::leak(Box::new(PlaceInfo { node: "".into(), incarnation: 0, host: "".into() })));
    RwLock::new(places)
});

/// What this thread has learnt of the places, so that texts of pids are read and written without a lock.
#[derive(Default)]
struct Known {
    list: Vec<&'static PlaceInfo>,
    /// The places found last.
    found: [u32; 4],
}

thread_local!(static KNOWN: RefCell<Known> = RefCell::default());

impl Known {
    fn info(&mut self, place: u32) -> &'static PlaceInfo {
        if self.list.len() <= place as usize {
            self.list.clone_from(&PLACES.read().unwrap_or_else(|e| e.into_inner()).list);
        }
        self.list[place as usize]
    }

    fn find(&mut self, node: &str, incarnation: u64, host: &str) -> Option<u32> {
        let is = |info: &PlaceInfo| *info.host == *host && info.incarnation == incarnation && *info.node == *node;
        for i in 0..self.found.len() {
            if is(self.info(self.found[i])) {
                // The next text is likely to name the same.
                self.found.swap(0, i);
                return Some(self.found[0]);
            }
        }
        let places = PLACES.read().unwrap_or_else(|e| e.into_inner());
        let place = *places.index.get(&(Arc::from(node), incarnation, Arc::from(host)))?;
        self.found.rotate_right(1);
        self.found[0] = place;
        Some(place)
    }
}

impl Place {
    /// The place of these three, made if it is new.
    ///
    /// # Panics
    /// After 262,143 places in the life of this program: hosts are configuration, not data.
    pub fn intern(node: &str, incarnation: u64, host: &str) -> Place {
        if let Some(place) = Place::find(node, incarnation, host) {
            return place;
        }
        let mut places = PLACES.write().unwrap_or_else(|e| e.into_inner());
        let key = (Arc::from(node), incarnation, Arc::from(host));
        if let Some(i) = places.index.get(&key) {
            return Place(*i);
        }
        let number = places.list.len() as u32;
        assert!(number < 1 << PLACE_BITS, "out of places for hosts");
        places.list.push(Box::leak(Box::new(PlaceInfo { node: key.0.clone(), incarnation, host: key.2.clone() })));
        places.index.insert(key, number);
        Place(number)
    }
    /// The place of these three, if somebody has interned it.
    pub fn find(node: &str, incarnation: u64, host: &str) -> Option<Place> {
        KNOWN.with_borrow_mut(|known| known.find(node, incarnation, host)).map(Place)
    }
    /// What this place stands for.
    pub fn info(self) -> &'static PlaceInfo {
        KNOWN.with_borrow_mut(|known| known.info(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_reads_back_from_its_text() {
        let place = Place::intern("", 7, "app:processes");
        let pid = Pid::new(place, 5, 3);
        assert_eq!(Pid::parse(&pid.to_string(), place), Ok(pid));
        assert_eq!(Pid::new(place, 1, 0).to_string(), "{app:processes|0x00001}");
        assert_eq!(Pid::SYSTEM.to_string(), "{|}");
        assert_eq!(Pid::new(Place::intern("n1", 0, "h"), 1, 0).to_string(), "{n1@h|0x00001}");
        let long = "h".repeat(200);
        assert_eq!(Pid::new(Place::intern("n1", 0, &long), 1, 1).to_string(), format!("{{n1@{long}|0x4000001}}"));
    }

    #[test]
    fn text_that_is_no_pid_says_what_is_wrong() {
        let place = Place::intern("", 8, "app:processes");
        for bad in ["", "{", "{}", "{a|b}", "{a|0x}", "{a|0x+1}", "a|0x1", "{a|0xfffffffffffffff}", "{a|1}"] {
            assert_eq!(Pid::parse(bad, place), Err(PidError::Malformed), "{bad}");
        }
        assert_eq!(Pid::parse("{x:y|0x00001}", place), Err(PidError::UnknownHost("x:y".into())));
        assert_eq!(Pid::parse("{n@app:processes|0x00001}", place), Err(PidError::UnknownNode("n".into())));
    }
}
