//! A token bucket: so many a second in the long run (pure).
//!
//! Written out rather than taken from `governor`, which reads the clock itself; here the time is a parameter.

use std::time::Duration;

use jiff::Timestamp;

/// It starts full and holds what one second brings, at least one.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    /// What was in it then; `None` before the first look.
    last: Option<(Timestamp, f64)>,
}

impl Bucket {
    /// How many may start now.
    pub(super) fn holds(&self, per_second: f64, now: Timestamp) -> u32 {
        self.level(per_second, now) as u32
    }

    /// Takes one; when there is none it is taken all the same, and waited for.
    pub(super) fn take(&mut self, per_second: f64, now: Timestamp) {
        self.last = Some((now, self.level(per_second, now) - 1.0));
    }

    /// When it holds one again.
    pub(super) fn next(&self, per_second: f64, now: Timestamp) -> Timestamp {
        let lacking = 1.0 - self.level(per_second, now);
        if lacking <= 0.0 {
            return now;
        }
        let wait = Duration::try_from_secs_f64(lacking / per_second).unwrap_or(Duration::MAX);
        // Rounded up, so that it is there by then.
        let wait = wait.saturating_add(Duration::from_micros(1));
        now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    fn level(&self, per_second: f64, now: Timestamp) -> f64 {
        let most = per_second.max(1.0);
        let Some((then, level)) = self.last else { return most };
        let passed = now.duration_since(then).as_secs_f64();
        // Callers read the clock a little earlier or later than each other; only one that was put back is far behind.
        if passed < -1.0 { most } else { (level + passed.max(0.0) * per_second).min(most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + millis).unwrap()
    }

    #[test]
    fn it_gives_a_second_s_worth_at_once_and_then_its_rate() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.holds(4.0, at(0)), 4);
        for left in [3, 2, 1, 0] {
            bucket.take(4.0, at(0));
            assert_eq!(bucket.holds(4.0, at(0)), left);
        }
        assert_eq!(bucket.holds(4.0, at(249)), 0);
        assert_eq!(bucket.holds(4.0, at(250)), 1);
        assert_eq!(bucket.holds(4.0, at(60_000)), 4, "it does not fill beyond a second");
    }

    #[test]
    fn a_rate_below_one_a_second_waits_its_time() {
        let mut bucket = Bucket::default();
        bucket.take(0.1, at(0));
        let next = bucket.next(0.1, at(0));
        assert!(next >= at(10_000) && next < at(10_001), "{next}");
        assert_eq!((bucket.holds(0.1, at(9_990)), bucket.holds(0.1, next)), (0, 1));
    }

    #[test]
    fn a_clock_that_is_put_back_starts_it_anew() {
        let mut bucket = Bucket::default();
        bucket.take(1.0, at(0));
        assert_eq!(bucket.holds(1.0, at(-900)), 0, "merely read earlier");
        assert_eq!(bucket.holds(1.0, at(-900_000)), 1);
    }
}
