//! Timestamp: a moment in milliseconds, and its forms in XML and headers.

use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// From whole seconds since 1970.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The moment `duration` later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// `2026-11-22T10:30:00.000Z`: whole seconds, as S3's XML shows them (b10).
    pub fn iso8601(self) -> String {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
        self.date_time().format(format).expect("a valid date formats")
    }

    /// `2026-11-22T10:30:00.250Z`, for dates that are compared to the millisecond.
    pub fn iso8601_millis(self) -> String {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        let seconds = self.date_time().format(format).expect("a valid date formats");
        format!("{seconds}.{:03}Z", self.0 % 1000)
    }

    /// `Sun, 22 Nov 2026 10:30:00 GMT`, for headers (b10).
    pub fn http_date(self) -> String {
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        self.date_time().format(format).expect("a valid date formats")
    }

    /// Reads the three date forms of HTTP. `None` for anything else.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let imf = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let rfc850 = format_description!(
            "[weekday], [day]-[month repr:short]-[year repr:last_two] [hour]:[minute]:[second] GMT"
        );
        let asctime = format_description!(
            "[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]"
        );
        let parsed = PrimitiveDateTime::parse(text, imf)
            .or_else(|_| PrimitiveDateTime::parse(text, rfc850))
            .or_else(|_| PrimitiveDateTime::parse(text, asctime))
            .ok()?;
        Self::from_date_time(parsed.assume_utc())
    }

    /// Reads ISO 8601 with a zone, as XML carries it.
    pub fn parse_iso8601(text: &str) -> Option<Self> {
        Self::from_date_time(OffsetDateTime::parse(text, &Rfc3339).ok()?)
    }

    /// Reads `20261122T103000Z`, the date of SigV4.
    pub fn parse_amz_date(text: &str) -> Option<Self> {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        if text.len() != 16 {
            return None;
        }
        Self::from_date_time(PrimitiveDateTime::parse(text, format).ok()?.assume_utc())
    }

    /// `20261122T103000Z`.
    pub fn amz_date(self) -> String {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        self.date_time().format(format).expect("a valid date formats")
    }

    fn date_time(self) -> OffsetDateTime {
        let seconds = i64::try_from(self.seconds()).unwrap_or(i64::MAX).min(253_402_300_799); // end of the year 9999
        OffsetDateTime::from_unix_timestamp(seconds).expect("within years 1970 to 9999")
    }

    fn from_date_time(date_time: OffsetDateTime) -> Option<Self> {
        let ms = date_time.to_offset(UtcOffset::UTC).unix_timestamp_nanos() / 1_000_000;
        u64::try_from(ms).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn b10_times_have_their_s3_forms() {
        let moment = Timestamp(1_795_343_400_987);
        assert_eq!(moment.iso8601(), "2026-11-22T10:30:00.000Z");
        assert_eq!(moment.http_date(), "Sun, 22 Nov 2026 10:30:00 GMT");
        assert_eq!(moment.amz_date(), "20261122T103000Z");
        let whole = Timestamp::from_seconds(moment.seconds());
        for text in ["Sun, 22 Nov 2026 10:30:00 GMT", "Sun Nov 22 10:30:00 2026"] {
            assert_eq!(Timestamp::parse_http_date(text), Some(whole), "{text}");
        }
        assert_eq!(Timestamp::parse_amz_date("20261122T103000Z"), Some(whole));
        assert_eq!(Timestamp::parse_iso8601("2026-11-22T11:30:00+01:00"), Some(whole));
        assert_eq!(Timestamp::parse_iso8601("2026-11-22T10:30:00.000Z"), Some(whole));
        let between = Timestamp(whole.0 + 7);
        assert_eq!(between.iso8601_millis(), "2026-11-22T10:30:00.007Z");
        assert_eq!(Timestamp::parse_iso8601(&between.iso8601_millis()), Some(between));
        for bad in ["", "yesterday", "20261322T103000Z", "20261122T103000", "1969-12-31T23:59:59Z"] {
            assert_eq!(Timestamp::parse_http_date(bad), None);
            assert_eq!(Timestamp::parse_amz_date(bad), None);
            assert_eq!(Timestamp::parse_iso8601(bad), None);
        }
    }
}
