//! Reads `Retry-After` in both of its forms (RFC 9110, 10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The three ways to write an HTTP date; only the first is still to be written, all are to be read.
const DATES: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The time that a `Retry-After` names: so many seconds from now, or a date; one that has passed is now. `None` when it
/// is neither.
#[must_use]
pub fn retry_after(written: &str, now: Timestamp) -> Option<Timestamp> {
    let written = written.trim();
    if let Some(seconds) = seconds(written) {
        return Some(now.checked_add(seconds).unwrap_or(Timestamp::MAX));
    }
    let date = DATES.iter().find_map(|form| DateTime::strptime(form, written).ok())?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().max(now))
}

/// Some servers write fractions.
fn seconds(written: &str) -> Option<Duration> {
    let plain = written.starts_with(|first: char| first.is_ascii_digit())
        && written.bytes().all(|each| each.is_ascii_digit() || each == b'.');
    let seconds: f64 = if plain { written.parse().ok()? } else { return None };
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(written: &str) -> Option<String> {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        retry_after(written, now).map(|at| at.to_string())
    }

    #[test]
    fn seconds_count_from_now() {
        assert_eq!(read("0").as_deref(), Some("1994-11-06T08:49:00Z"));
        assert_eq!(read(" 120 ").as_deref(), Some("1994-11-06T08:51:00Z"));
        assert_eq!(read("1.5").as_deref(), Some("1994-11-06T08:49:01.5Z"));
        assert_eq!(read("99999999999999999999999").as_deref(), Some("9999-12-30T22:00:00.999999999Z"));
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(read(date).as_deref(), Some("1994-11-06T08:49:37Z"), "{date}");
        }
        assert_eq!(read("Sat, 05 Nov 1994 08:49:37 GMT").as_deref(), Some("1994-11-06T08:49:00Z"), "it has passed");
    }

    #[test]
    fn anything_else_is_nothing() {
        for written in
            ["", "-1", "soon", "1h", "+5", "1e9", "nan", ".", "1.2.3", "Mon, 06 Nov 1994 08:49:37 GMT", "1994-11-06"]
        {
            assert_eq!(read(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn it_never_names_a_time_that_has_passed(written in "\\PC*", seconds in any::<u64>(), fraction in any::<u32>()) {
            let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
            for written in [written, seconds.to_string(), format!("{seconds}.{fraction}")] {
                prop_assert!(retry_after(&written, now).is_none_or(|at| at >= now));
            }
        }
    }
}
