//! Zones: what they are called, and how far they are from UTC at a moment.

use super::civil::Civil;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::OnceLock;

/// Where a clock hangs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Zone {
    Utc,
    Local,
    /// Seconds east of UTC, and a name.
    Fixed(i32, String),
    /// A name of the IANA database.
    Named(String),
}

fn local() -> &'static TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(|| TimeZone::try_system().unwrap_or(TimeZone::UTC))
}

impl Zone {
    /// A zone of the IANA database.
    pub(super) fn load(name: &str) -> Option<Zone> {
        match name {
            "UTC" => Some(Zone::Utc),
            "Local" => Some(Zone::Local),
            name => TimeZone::get(name).is_ok().then(|| Zone::Named(name.to_owned())),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Zone::Utc => "UTC",
            Zone::Local => "Local",
            Zone::Fixed(_, name) | Zone::Named(name) => name,
        }
    }

    /// Seconds east of UTC at a moment, and what the zone is called then.
    pub(super) fn at(&self, seconds: i64) -> (i64, String) {
        let found;
        let zone = match self {
            Zone::Utc => return (0, "UTC".into()),
            Zone::Fixed(offset, name) => return (i64::from(*offset), name.clone()),
            Zone::Local => local(),
            Zone::Named(name) => {
                found = TimeZone::get(name).unwrap_or(TimeZone::UTC);
                &found
            }
        };
        let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let moment = Timestamp::from_second(seconds.clamp(min, max)).unwrap_or(Timestamp::UNIX_EPOCH);
        let info = zone.to_offset_info(moment);
        (i64::from(info.offset().seconds()), info.abbreviation().to_owned())
    }

    pub(super) fn offset(&self, seconds: i64) -> i64 {
        self.at(seconds).0
    }

    /// The fields that a clock of this zone shows.
    pub(super) fn civil(&self, seconds: i64) -> Civil {
        Civil::of(seconds.saturating_add(self.offset(seconds)))
    }

    /// The moment at which a clock of this zone shows these fields. Of two such moments the first, and in a gap the fields
    /// count on from before it.
    pub(super) fn moment(&self, civil: &Civil) -> i64 {
        let shown = civil.seconds();
        let first = self.offset(shown);
        let guess = shown.saturating_sub(first);
        shown.saturating_sub(self.offset(guess))
    }
}
