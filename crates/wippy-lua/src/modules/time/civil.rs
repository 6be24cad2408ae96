//! Days, months and years of the Gregorian calendar, also before it was invented.

/// A date and a time of day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

pub(super) const DAY: i64 = 86_400;

/// Years further away than this are cut off, so that no sum overflows.
const YEAR_MAX: i64 = 100_000_000;

/// Days since 1970 of a date; months and days outside of their range count on.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let months = month.saturating_sub(1);
    let year = year.saturating_add(months.div_euclid(12)).clamp(-YEAR_MAX, YEAR_MAX);
    let month = months.rem_euclid(12);
    // Years begin in March here, so that a leap day is the last one.
    let y = if month < 2 { year - 1 } else { year };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = (153 * ((month + 10) % 12) + 2) / 5;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let limit = 366 * YEAR_MAX;
    (era * 146_097 + of_era - 719_468).saturating_add(day.clamp(-limit, limit) - 1)
}

/// Year, month and day of a day since 1970.
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

pub(super) fn days_in(year: i64, month: i64) -> i64 {
    days(year, month + 1, 1) - days(year, month, 1)
}

impl Civil {
    /// From seconds since 1970, read as if they were counted in this zone.
    pub(super) fn of(seconds: i64) -> Civil {
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        Civil { year, month, day, hour: of_day / 3_600, minute: of_day / 60 % 60, second: of_day % 60 }
    }

    /// Seconds since 1970; fields outside of their range count on.
    pub(super) fn seconds(&self) -> i64 {
        let of_day = self.hour.saturating_mul(3_600).saturating_add(self.minute.saturating_mul(60));
        days(self.year, self.month, self.day).saturating_mul(DAY).saturating_add(of_day).saturating_add(self.second)
    }

    /// 0 is Sunday.
    pub(super) fn weekday(&self) -> i64 {
        (days(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    /// From 1.
    pub(super) fn year_day(&self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Civil, days, days_in};

    #[test]
    fn there_and_back() {
        for day in (-1_000_000..1_000_000).step_by(997) {
            let seconds = day * 86_400 + 12_345;
            assert_eq!(Civil::of(seconds).seconds(), seconds);
        }
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2024, 14, 1), days(2025, 2, 1));
        assert_eq!(days(2024, 2, 30), days(2024, 3, 1));
        assert_eq!(days(2024, 0, 1), days(2023, 12, 1));
        assert_eq!((days_in(2024, 2), days_in(1900, 2), days_in(2000, 2), days_in(2023, 12)), (29, 28, 29, 31));
        assert_eq!(Civil::of(0).weekday(), 4);
        assert_eq!(Civil { year: 2024, month: 12, day: 31, ..Civil::of(0) }.year_day(), 366);
    }
}
