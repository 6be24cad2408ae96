//! Process ids: one word inside, `{host|0x00001}` or `{node@host|0x00001}` in text.
//!
//! A pid is place (18 bits), generation (20 bits) and slot (26 bits). A *place* is an interned (node, incarnation, host)
//! that is never given out again, so the pid of a dead process or of a foreign node still prints. The slot is an index
//! into the process table of its node, the generation tells apart those who had the slot one after another: a stale
//! pid finds nothing, never a stranger.

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
        let (address, unique) = text.strip_prefix('{')?.strip_suffix('}')?.rsplit_once('|')?;
        let (node, host) = address.split_once('@').unwrap_or(("", address));
        if unique.is_empty() && host.is_empty() {
            return Some((node, host, 0));
        }
        let number = u64::from_str_radix(unique.strip_prefix("0x")?, 16).ok()?;
        (number < 1 << (SLOT_BITS + GENERATION_BITS)).then_some((node, host, number))
    }
    /// Reads pid text as seen from the node and incarnation that `home` belongs to.
    ///
    /// # Errors
    /// [`PidError`] says which part is wrong; a place nobody has spoken of yet is an unknown host or node.
    pub fn parse(text: &str, home: Place) -> Result<Pid, PidError> {
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

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Pid::SYSTEM {
            return f.write_str("{|}");
        }
        let place = self.place().info();
        let number = self.0 & ((1 << (SLOT_BITS + GENERATION_BITS)) - 1);
        match &*place.node {
            "" | "local" => write!(f, "{{{}|{number:#07x}}}", place.host),
            node => write!(f, "{{{node}@{}|{number:#07x}}}", place.host),
        }
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

#[derive(Default)]
struct Places {
    list: Vec<Arc<PlaceInfo>>,
    index: HashMap<(Arc<str>, u64, Arc<str>), u32>,
}

static PLACES: LazyLock<RwLock<Places>> = LazyLock::new(|| {
    let mut places = Places::default();
    places.list.push(Arc::new(PlaceInfo { node: "".into(), incarnation: 0, host: "".into() }));
    RwLock::new(places)
});

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
        places.list.push(Arc::new(PlaceInfo { node: key.0.clone(), incarnation, host: key.2.clone() }));
        places.index.insert(key, number);
        Place(number)
    }
    /// The place of these three, if somebody has interned it.
    pub fn find(node: &str, incarnation: u64, host: &str) -> Option<Place> {
        let places = PLACES.read().unwrap_or_else(|e| e.into_inner());
        places.index.get(&(Arc::from(node), incarnation, Arc::from(host))).map(|i| Place(*i))
    }
    /// What this place stands for.
    pub fn info(self) -> Arc<PlaceInfo> {
        PLACES.read().unwrap_or_else(|e| e.into_inner()).list[self.0 as usize].clone()
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
    }

    #[test]
    fn text_that_is_no_pid_says_what_is_wrong() {
        let place = Place::intern("", 8, "app:processes");
        for bad in ["", "{", "{}", "{a|b}", "{a|0x}", "a|0x1", "{a|0xfffffffffffffff}", "{a|1}"] {
            assert_eq!(Pid::parse(bad, place), Err(PidError::Malformed), "{bad}");
        }
        assert_eq!(Pid::parse("{x:y|0x00001}", place), Err(PidError::UnknownHost("x:y".into())));
        assert_eq!(Pid::parse("{n@app:processes|0x00001}", place), Err(PidError::UnknownNode("n".into())));
    }
}
