//! What follows from one attempt to deliver: done, again later, or given up (pure).
//!
//! The time between attempts grows by a factor, and each is drawn at random from all of it ("full jitter"), so that what
//! failed together does not come back together. What the other side asks for with `Retry-After` is kept. All ends at the
//! horizon, about a day after the delivery was made or replayed: one last attempt falls on it.

mod after;
mod on;

use std::time::Duration;

use jiff::Timestamp;

use crate::closed::closed;

pub use after::retry_after;
pub use on::RetryOn;

closed! {
    /// Why an attempt failed, or why a delivery was given up.
    Reason {
        /// No whole answer within the deadline.
        TimedOut = "timed_out",
        /// No connection came about: the name, the network, TLS.
        Unreachable = "unreachable",
        /// The connection broke, or what came could not be understood.
        BrokenAnswer = "broken_answer",
        /// The address is one that must not be called (SSRF).
        ForbiddenAddress = "forbidden_address",
        /// What should have been sent could not be put together: an address, a header, a template.
        BadRequest = "bad_request",
        /// The other side is asked too often: 429.
        RateLimited = "rate_limited",
        /// The other side has a fault: 5xx.
        ServerError = "server_error",
        /// The other side does not accept the credentials: 401, 403.
        Unauthorized = "unauthorized",
        /// The other side points elsewhere: 3xx. Redirects are not followed.
        Redirected = "redirected",
        /// The other side refuses this message.
        Refused = "refused",
        /// The other side wants nothing more: 410.
        Gone = "gone",
        /// It was tried until the horizon, in vain.
        GaveUp = "gave_up",
        /// The endpoint was disabled while this waited.
        EndpointDisabled = "endpoint_disabled",
    }
}

impl Reason {
    /// The reason in a sentence for an agent.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TimedOut => "The other side gave no whole answer in time.",
            Self::Unreachable => "The other side cannot be reached.",
            Self::BrokenAnswer => "The other side's answer broke off or cannot be understood.",
            Self::ForbiddenAddress => "The endpoint's address must not be called; the operator can allow it.",
            Self::BadRequest => {
                "The message cannot be put together for this endpoint; its settings or templates need a look."
            }
            Self::RateLimited => "The other side is asked too often.",
            Self::ServerError => "The other side has a fault of its own.",
            Self::Unauthorized => "The other side does not accept the endpoint's credentials.",
            Self::Redirected => {
                "The other side points to another address, and redirects are not followed; correct the endpoint's address."
            }
            Self::Refused => "The other side refuses this message.",
            Self::Gone => "The other side says that this endpoint is gone for good.",
            Self::GaveUp => "It was tried again and again until its time was over.",
            Self::EndpointDisabled => "The endpoint was disabled while this waited.",
        }
    }
}

/// What one attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it.
    Taken,
    /// It was not taken; a later attempt may well be.
    Later {
        /// What went wrong.
        reason: Reason,
        /// The other side asked not to be called before.
        not_before: Option<Timestamp>,
    },
    /// It was not taken, and a later attempt will not be either.
    Refused {
        /// What went wrong.
        reason: Reason,
    },
    /// 410: the other side wants nothing more, now or later.
    Gone,
}

impl Outcome {
    /// Worth another attempt, with nothing asked for.
    #[must_use]
    pub fn later(reason: Reason) -> Self {
        Self::Later { reason, not_before: None }
    }

    /// What an HTTP status means. `asked` is the answer's `Retry-After`; `retry_on` says which statuses are worth another
    /// attempt. 429, and 503 that says when, always are.
    #[must_use]
    pub fn of_status(status: u16, asked: Option<&str>, retry_on: &RetryOn, now: Timestamp) -> Self {
        let not_before = asked.and_then(|asked| retry_after(asked, now));
        let reason = match status {
            200..=299 => return Self::Taken,
            410 => return Self::Gone,
            300..=399 => Reason::Redirected,
            401 | 403 => Reason::Unauthorized,
            429 => Reason::RateLimited,
            500..=599 => Reason::ServerError,
            _ => Reason::Refused,
        };
        let slowed = status == 429 || (status == 503 && not_before.is_some());
        if slowed || retry_on.contains(status) { Self::Later { reason, not_before } } else { Self::Refused { reason } }
    }

    /// What went wrong; `None` when nothing did.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Taken => None,
            Self::Later { reason, .. } | Self::Refused { reason } => Some(*reason),
            Self::Gone => Some(Reason::Gone),
        }
    }
}

/// How attempts are spread over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The longest wait after the first attempt.
    pub first: Duration,
    /// By how much it grows with each attempt.
    pub factor: f64,
    /// It does not grow beyond this.
    pub cap: Duration,
    /// How long a delivery is tried, from when it was made or replayed.
    pub horizon: Duration,
}

impl Default for Policy {
    /// 5 s, then three times as long each time, up to 4 h, for 24 h.
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { first: Duration::from_secs(5), factor: 3.0, cap: hours(4), horizon: hours(24) }
    }
}

impl Policy {
    /// When the last attempt is due at the latest for a delivery that was made or replayed at `since`.
    #[must_use]
    pub fn end(&self, since: Timestamp) -> Timestamp {
        later(since, self.horizon)
    }

    /// The longest wait after this many attempts.
    #[must_use]
    pub fn longest_wait(&self, attempts: u32) -> Duration {
        let (first, cap) = (self.first.as_secs_f64(), self.cap.as_secs_f64());
        let grown = first * self.factor.max(1.0).powf(f64::from(attempts.saturating_sub(1)));
        // A number beyond all measure is not smaller than the cap; nor is what is no number.
        if grown < cap { Duration::from_secs_f64(grown) } else { self.cap }
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Delivered,
    /// It is tried again.
    Retry {
        /// When: not before now, and not after the horizon's end.
        at: Timestamp,
    },
    /// It is given up.
    Dead {
        /// Why.
        reason: Reason,
    },
    /// It is given up, and its endpoint is to be disabled.
    Gone,
}

/// What follows from an attempt. `attempts` counts those made, this one included; `since` is when the delivery was made or
/// replayed; `jitter` is a random number from 0 to 1.
#[must_use]
pub fn verdict(
    policy: &Policy,
    attempts: u32,
    since: Timestamp,
    now: Timestamp,
    outcome: &Outcome,
    jitter: f64,
) -> Verdict {
    let not_before = match outcome {
        Outcome::Taken => return Verdict::Delivered,
        Outcome::Gone => return Verdict::Gone,
        Outcome::Refused { reason } => return Verdict::Dead { reason: *reason },
        Outcome::Later { not_before, .. } => *not_before,
    };
    let end = policy.end(since);
    if now >= end {
        return Verdict::Dead { reason: Reason::GaveUp };
    }
    let drawn = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    let longest = policy.longest_wait(attempts);
    let at = later(now, Duration::try_from_secs_f64(longest.as_secs_f64() * drawn).unwrap_or(longest));
    // A wish to wait for days does not cost the delivery its last attempt.
    Verdict::Retry { at: at.max(not_before.unwrap_or(at)).min(end) }
}

/// The time so much later, or the end of all time.
fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(written: &str) -> Timestamp {
        written.parse().unwrap()
    }

    const SINCE: &str = "2026-11-22T09:00:00Z";

    #[test]
    fn the_wait_grows_by_the_factor_up_to_the_cap() {
        let waits: Vec<u64> = (0..=10).map(|attempts| Policy::default().longest_wait(attempts).as_secs()).collect();
        assert_eq!(waits, [5, 5, 15, 45, 135, 405, 1215, 3645, 10935, 14400, 14400]);
    }

    #[test]
    fn the_wait_is_drawn_from_all_of_it() {
        let (policy, now) = (Policy::default(), time(SINCE));
        let at = |jitter| verdict(&policy, 3, now, now, &Outcome::later(Reason::TimedOut), jitter);
        assert_eq!(at(0.0), Verdict::Retry { at: now });
        assert_eq!(at(0.5), Verdict::Retry { at: time("2026-11-22T09:00:22.5Z") });
        assert_eq!(at(1.0), Verdict::Retry { at: time("2026-11-22T09:00:45Z") });
    }

    #[test]
    fn the_last_attempt_falls_on_the_horizon_and_its_failure_ends_it() {
        let (policy, since) = (Policy::default(), time(SINCE));
        let failed = |now: &str| verdict(&policy, 12, since, time(now), &Outcome::later(Reason::ServerError), 1.0);
        assert_eq!(failed("2026-11-23T08:00:00Z"), Verdict::Retry { at: time("2026-11-23T09:00:00Z") });
        assert_eq!(failed("2026-11-23T09:00:00Z"), Verdict::Dead { reason: Reason::GaveUp });
        let replayed = verdict(
            &policy,
            12,
            time("2026-11-23T09:00:00Z"),
            time("2026-11-23T09:00:00Z"),
            &Outcome::later(Reason::ServerError),
            0.0,
        );
        assert!(matches!(replayed, Verdict::Retry { .. }), "a replay begins anew");
    }

    #[test]
    fn retry_after_is_kept_but_not_beyond_the_horizon() {
        let (policy, now) = (Policy::default(), time(SINCE));
        let asked = |asked: &str, jitter| {
            let outcome = Outcome::of_status(429, Some(asked), &RetryOn::default(), now);
            verdict(&policy, 1, now, now, &outcome, jitter)
        };
        assert_eq!(asked("60", 1.0), Verdict::Retry { at: time("2026-11-22T09:01:00Z") });
        assert_eq!(asked("2", 1.0), Verdict::Retry { at: time("2026-11-22T09:00:05Z") });
        assert_eq!(asked("Sun, 22 Nov 2026 10:00:00 GMT", 0.1), Verdict::Retry { at: time("2026-11-22T10:00:00Z") });
        assert_eq!(asked("604800", 0.5), Verdict::Retry { at: time("2026-11-23T09:00:00Z") });
    }

    #[test]
    fn a_status_says_what_it_means() {
        let now = time(SINCE);
        let of = |status, asked, retry_on: &RetryOn| Outcome::of_status(status, asked, retry_on, now);
        let usual = RetryOn::default();
        assert_eq!(of(204, None, &usual), Outcome::Taken);
        assert_eq!(of(410, Some("5"), &RetryOn::any()), Outcome::Gone);
        assert_eq!(of(302, None, &usual), Outcome::Refused { reason: Reason::Redirected });
        assert_eq!(of(302, None, &RetryOn::any()), Outcome::later(Reason::Redirected));
        assert_eq!(of(401, None, &usual), Outcome::Refused { reason: Reason::Unauthorized });
        assert_eq!(of(422, None, &usual), Outcome::Refused { reason: Reason::Refused });
        assert_eq!(of(500, None, &usual), Outcome::later(Reason::ServerError));
        let none = RetryOn::these(&[] as &[&str]).unwrap();
        assert_eq!(of(500, None, &none), Outcome::Refused { reason: Reason::ServerError });
        assert_eq!(of(503, None, &none), Outcome::Refused { reason: Reason::ServerError });
        assert_eq!(of(503, Some("0"), &none), Outcome::Later { reason: Reason::ServerError, not_before: Some(now) });
        assert_eq!(of(429, None, &none), Outcome::later(Reason::RateLimited));
    }

    #[test]
    fn what_will_never_arrive_is_given_up_at_once() {
        let (policy, now) = (Policy::default(), time(SINCE));
        let of = |outcome| verdict(&policy, 1, now, now, &outcome, 0.5);
        assert_eq!(of(Outcome::Taken), Verdict::Delivered);
        assert_eq!(of(Outcome::Gone), Verdict::Gone);
        let reason = Reason::ForbiddenAddress;
        assert_eq!(of(Outcome::Refused { reason }), Verdict::Dead { reason });
    }

    proptest! {
        #[test]
        fn a_retry_is_never_in_the_past_nor_past_the_horizon_nor_sooner_than_asked(
            attempts in any::<u32>(),
            since in -1_000_000_000_i64..4_000_000_000,
            passed in -100_000_i64..200_000,
            asked in proptest::option::of(-10_i64..300_000),
            jitter in prop_oneof![0.0..=1.0, any::<f64>()],
            first in any::<u32>(),
            factor in any::<f64>(),
            cap in any::<u64>(),
            horizon in 0..1_000_000_u64,
        ) {
            let [first, cap, horizon] = [u64::from(first), cap, horizon].map(Duration::from_secs);
            let policy = Policy { first, factor, cap, horizon };
            let since = Timestamp::from_second(since).unwrap();
            let now = now_and(since, passed);
            let not_before = asked.map(|asked| now_and(now, asked));
            let outcome = Outcome::Later { reason: Reason::ServerError, not_before };
            match verdict(&policy, attempts, since, now, &outcome, jitter) {
                Verdict::Retry { at } => {
                    prop_assert!(at >= now && at <= policy.end(since));
                    prop_assert!(not_before.is_none_or(|asked| at >= asked || at == policy.end(since)));
                }
                dead => {
                    prop_assert_eq!(dead, Verdict::Dead { reason: Reason::GaveUp });
                    prop_assert!(now >= policy.end(since));
                }
            }
        }

        #[test]
        fn a_delivery_that_always_fails_ends_on_its_horizon(jitter in 0.05..=1.0) {
            let (policy, since) = (Policy::default(), time(SINCE));
            let (mut now, mut attempts) = (since, 0);
            while let Verdict::Retry { at } =
                verdict(&policy, { attempts += 1; attempts }, since, now, &Outcome::later(Reason::TimedOut), jitter)
            {
                prop_assert!(attempts < 1000);
                now = at;
            }
            prop_assert_eq!(now, policy.end(since));
        }

        #[test]
        fn the_longest_wait_never_shrinks_and_the_end_moves_with_the_beginning(
            attempts in 0..1000_u32,
            begin in 0..2_000_000_000_i64,
            later in 0..1_000_000_i64,
        ) {
            let policy = Policy::default();
            prop_assert!(policy.longest_wait(attempts) <= policy.longest_wait(attempts + 1));
            let begin = Timestamp::from_second(begin).unwrap();
            prop_assert!(policy.end(begin) <= policy.end(now_and(begin, later)));
        }
    }

    fn now_and(now: Timestamp, seconds: i64) -> Timestamp {
        now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap()
    }
}
