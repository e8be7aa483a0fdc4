//! The clock, the source of ids and of randomness: the only place that reads them.
//!
//! Everything else takes times and ids as parameters, so that a test can fix them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use rand::TryRng as _;

/// Gives the time, new ids and secrets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    /// The machine's clock and random ids.
    #[default]
    System,
    /// A time that stands still and ids that count up.
    Fixed { at: Timestamp, next: Arc<AtomicU64> },
    /// The machine's clock, so much ahead or behind.
    Shifted { by: SignedDuration },
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `at`; its ids count up from 1. For tests.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed { at: whole_microseconds(at), next: Arc::new(AtomicU64::new(1)) })
    }

    /// The machine's clock, shifted so that it is `at` now and goes on from there. For tests on dated samples.
    #[must_use]
    pub fn running_from(at: Timestamp) -> Self {
        Self(Source::Shifted { by: at.duration_since(Self::system().now()) })
    }

    /// The time now, in whole microseconds: what the databases keep, so that a stored time equals the one answered.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
                let now = Timestamp::now();
                whole_microseconds(now)
            }
            Source::Fixed { at, .. } => *at,
            Source::Shifted { by } => {
                let now = Self::system().now();
                whole_microseconds(now.checked_add(*by).unwrap_or(now))
            }
        }
    }

    /// A new id that sorts by its time of creation: `<prefix>_<32 hexadecimal digits>`.
    #[must_use]
    pub fn id(&self, prefix: &str) -> String {
        match &self.0 {
            Source::System | Source::Shifted { .. } => {
                #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
                let id = uuid::Uuid::now_v7();
                format!("{prefix}_{}", id.simple())
            }
            Source::Fixed { next, .. } => format!("{prefix}_{:032x}", next.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// A number from 0 to 1 that spreads what would otherwise come all at once; random with a fixed clock too.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        rand::random()
    }

    /// 32 bytes from the operating system's source of randomness, for keys and signing secrets; random with a fixed clock too.
    ///
    /// # Errors
    /// When the operating system cannot give randomness.
    pub fn secret(&self) -> Result<[u8; 32], rand::rngs::SysError> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }
}

fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_clock_stands_still_and_counts_its_ids() {
        let at = "2026-11-22T09:00:00.123456789Z".parse().unwrap();
        let clock = Clock::fixed(at);
        assert_eq!(clock.now(), "2026-11-22T09:00:00.123456Z".parse().unwrap());
        assert_eq!(clock.id("esr"), "esr_00000000000000000000000000000001");
        assert_eq!(clock.clone().id("esr"), "esr_00000000000000000000000000000002");
    }

    #[test]
    fn ids_sort_by_their_time_of_creation_and_never_repeat() {
        let clock = Clock::system();
        let ids: Vec<_> = (0..1000).map(|_| clock.id("esr")).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_ne!(clock.secret().unwrap(), clock.secret().unwrap());
    }
}
