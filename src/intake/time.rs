//! Times as people and systems write them: RFC 3339 and nothing looser.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It is not written as RFC 3339 writes times.
    #[error("must be an RFC 3339 time with its offset, such as \"2026-11-20T08:30:00Z\"")]
    Form,
    /// It is written well, but the calendar has no such day.
    #[error("must be a day that exists: the calendar does not have this one")]
    NoSuchDay,
    /// The day is there, the hour, minute, second or offset is not.
    #[error("must be a time that exists: no day has this hour, minute, second or offset")]
    NoSuchTime,
    /// After the last time that can be reckoned with.
    #[error("must be 9999-12-30T22:00:00Z at the latest")]
    TooLate,
}

/// A time of RFC 3339, any offset.
///
/// # Errors
/// [`BadTime`].
pub fn rfc3339(text: &str) -> Result<Timestamp, BadTime> {
    // jiff reads more forms than RFC 3339 has (weeks, no separators, zone names): the shape is checked first.
    if is_rfc3339(text.as_bytes()) { text.parse().map_err(|_| why_not(text)) } else { Err(BadTime::Form) }
}

/// What keeps a text that is written as a time from being one.
fn why_not(text: &str) -> BadTime {
    const DAY: usize = "2026-11-20".len();
    match text.get(..DAY).and_then(|day| day.parse::<Date>().ok()) {
        None => BadTime::NoSuchDay,
        // Its first midnight can be reckoned with in every offset.
        Some(day) if day < Date::MAX.saturating_sub(2.days()) => BadTime::NoSuchTime,
        Some(_) => match text.get(DAY + 1..SECONDS.len()).and_then(|time| time.parse::<Time>().ok()) {
            None => BadTime::NoSuchTime,
            Some(_) => BadTime::TooLate,
        },
    }
}

const SECONDS: &[u8] = b"0000-00-00T00:00:00";

fn is_rfc3339(text: &[u8]) -> bool {
    let fits = |text: &[u8], pattern: &[u8]| {
        text.len() == pattern.len()
            && text.iter().zip(pattern).all(|(&byte, &pattern)| match pattern {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                b'Z' => matches!(byte, b'Z' | b'z'),
                b'+' => matches!(byte, b'+' | b'-'),
                literal => byte == literal,
            })
    };
    let Some((time, rest)) = text.split_at_checked(SECONDS.len()) else { return false };
    let fraction = match rest.strip_prefix(b".") {
        Some(fraction) => 1 + fraction.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let offset = &rest[fraction..];
    let offset_fits = fits(offset, b"Z") || (fits(offset, b"+00:00") && offset[1..3] <= b"23"[..]);
    fits(time, SECONDS) && fraction != 1 && offset_fits
}

/// A time of RFC 3339, or a date, which means the start of that UTC day.
///
/// # Errors
/// [`BadTime`].
pub fn rfc3339_or_date(text: &str) -> Result<Timestamp, BadTime> {
    const DATE_LENGTH: usize = "2026-11-20".len();
    if text.len() == DATE_LENGTH { rfc3339(&format!("{text}T00:00:00Z")) } else { rfc3339(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_is_the_start_of_its_utc_day() {
        assert_eq!(rfc3339_or_date("2026-11-20"), rfc3339("2026-11-20T00:00:00Z"));
        assert_eq!(rfc3339_or_date("2026-11-20T08:30:00+02:00"), rfc3339("2026-11-20T06:30:00Z"));
        for bad in ["2026-02-30", "20.11.2026", "today", "", "2026-11-2", "2026-11-20T", "9999-12-31"] {
            assert!(rfc3339_or_date(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_rfc_3339_with_any_offset() {
        for (written, utc) in [
            ("2026-11-20T08:30:00Z", "2026-11-20T08:30:00Z"),
            ("2026-11-20t08:30:00.123456z", "2026-11-20T08:30:00.123456Z"),
            ("2026-11-20 10:30:00+02:00", "2026-11-20T08:30:00Z"),
            ("2026-11-20T00:00:00-23:59", "2026-11-20T23:59:00Z"),
            ("2024-02-29T23:59:59-00:00", "2024-02-29T23:59:59Z"),
            ("9999-12-30T00:00:00Z", "9999-12-30T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(written).map(|time| time.to_string()).as_deref(), Ok(utc), "{written}");
        }
    }

    #[test]
    fn other_forms_and_impossible_times_are_told_apart() {
        for form in [
            "2026-11-20",
            "2026-11-20T08:30:00",
            "20261120T083000Z",
            "2026-W47-5T00:00:00Z",
            "2026-11-20T08:30:00.Z",
            "2026-11-20T08:30:00+24:00",
            "2026-11-20T08:30:00+0200",
            "2026-11-20T08:30:00Z[Europe/Paris]",
            "now",
            "",
            "10000-01-01T00:00:00Z",
            "２026-11-20T08:30:00Z",
        ] {
            assert_eq!(rfc3339(form), Err(BadTime::Form), "{form}");
        }
        for (time, why) in [
            ("2026-13-01T00:00:00Z", BadTime::NoSuchDay),
            ("2025-02-29T00:00:00Z", BadTime::NoSuchDay),
            ("2026-02-30T00:00:00Z", BadTime::NoSuchDay),
            ("2026-11-20T24:00:00Z", BadTime::NoSuchTime),
            ("2026-11-20T08:30:00+02:75", BadTime::NoSuchTime),
            ("9999-12-31T24:00:00Z", BadTime::NoSuchTime),
            ("9999-12-30T22:00:01Z", BadTime::TooLate),
            ("9999-12-31T23:59:59Z", BadTime::TooLate),
        ] {
            assert_eq!(rfc3339(time), Err(why), "{time}");
        }
        assert!(rfc3339("9999-12-30T22:00:00Z").is_ok(), "the last one that the message names");
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_is_not(
            text in "\\PC{0,40}",
            digits in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})",
        ) {
            let _ = rfc3339(&text);
            if let Ok(time) = rfc3339(&digits) {
                prop_assert_eq!(rfc3339(&time.to_string()), Ok(time));
            }
        }
    }
}
