//! One endpoint's lane (pure; the time is a parameter).

use std::time::Duration;

use jiff::Timestamp;

use super::bucket::Bucket;
use super::{Limits, Seen, Settings};
use crate::deliver::circuit::{Allows, Circuit, Settings as CircuitSettings};
use crate::notify::retry::{Outcome, Reason};

/// An endpoint that takes so many at once is not held back any more.
const UNHURRIED: f64 = 64.0;

/// What one endpoint may do now.
#[derive(Debug)]
pub(super) struct Lane {
    in_flight: u32,
    bucket: Bucket,
    /// Nothing starts before; with how long that was when it was asked for.
    pause: Option<(Timestamp, Duration)>,
    /// How many it takes at once, once it said that it is asked too often: half of what it was asked then, and one more
    /// with each round that arrives.
    takes: Option<f64>,
    circuit: Circuit,
}

impl Lane {
    pub(super) fn new(circuit: CircuitSettings) -> Self {
        Self { in_flight: 0, bucket: Bucket::default(), pause: None, takes: None, circuit: Circuit::new(circuit) }
    }

    /// How many deliveries may start now.
    pub(super) fn free(&self, limits: &Limits, now: Timestamp) -> u32 {
        let free = self.at_once(limits).saturating_sub(self.in_flight);
        self.let_through(free, limits, now)
    }

    /// How many may be on their way at once now.
    pub(super) fn takes(&self, limits: &Limits, now: Timestamp) -> u32 {
        self.let_through(self.at_once(limits), limits, now)
    }

    /// So many, as far as its pause, its rate and its circuit allow.
    fn let_through(&self, many: u32, limits: &Limits, now: Timestamp) -> u32 {
        if self.paused(now).is_some() {
            return 0;
        }
        let many = limits.per_second.map_or(many, |rate| many.min(self.bucket.holds(rate, now)));
        match self.circuit.allows(now) {
            Allows::All => many,
            Allows::Probe => many.min(1),
            Allows::Nothing => 0,
        }
    }

    /// Starts a delivery; `Some(true)` when it is the circuit's probe.
    pub(super) fn begin(&mut self, limits: &Limits, now: Timestamp) -> Option<bool> {
        if self.free(limits, now) == 0 {
            return None;
        }
        self.in_flight += 1;
        if let Some(rate) = limits.per_second {
            self.bucket.take(rate, now);
        }
        let probe = self.circuit.allows(now) == Allows::Probe;
        if probe {
            self.circuit.probe();
        }
        Some(probe)
    }

    /// A delivery ended.
    pub(super) fn finish(&mut self, probe: bool, outcome: &Outcome, now: Timestamp, settings: &Settings) {
        self.adapt(outcome, now);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.circuit.ended(outcome, probe, now);
        if let Some(asked) = pause(outcome, now, settings) {
            let until = after(now, asked);
            if self.paused(now).is_none_or(|already| until > already) {
                self.pause = Some((until, asked));
            }
        }
    }

    /// A delivery was stopped before it came to anything.
    pub(super) fn lost(&mut self, probe: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if probe {
            self.circuit.probe_lost();
        }
    }

    /// When to ask again, if time alone helps.
    pub(super) fn next_free(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        if self.in_flight >= self.at_once(limits) || self.circuit.probing() {
            return None;
        }
        let rate = limits.per_second.map(|rate| self.bucket.next(rate, now));
        let next = [self.paused(now), self.circuit.next_probe(now), rate].into_iter().flatten().max()?;
        (next > now).then_some(next)
    }

    pub(super) fn reset(&mut self, now: Timestamp) {
        (self.pause, self.takes) = (None, None);
        self.circuit.reset(now);
    }

    pub(super) fn seen(&self, now: Timestamp) -> Seen {
        Seen {
            in_flight: self.in_flight,
            slowed_to: self.takes.map(|takes| takes as u32),
            paused_until: self.paused(now),
            circuit: self.circuit.seen(now),
        }
    }

    /// How many may be on their way at once.
    fn at_once(&self, limits: &Limits) -> u32 {
        self.takes.map_or(limits.concurrency, |takes| limits.concurrency.min(takes as u32))
    }

    /// Halves what is asked at once when it is too much, and lets it grow again slowly while deliveries arrive.
    fn adapt(&mut self, outcome: &Outcome, now: Timestamp) {
        match outcome {
            // Those that were on their way with the first that was too much do not count again.
            Outcome::Later { reason: Reason::RateLimited, .. } if self.paused(now).is_none() => {
                self.takes = Some((f64::from(self.in_flight) / 2.0).max(1.0));
            }
            Outcome::Taken => {
                self.takes = self.takes.map(|takes| takes + 1.0 / takes).filter(|takes| *takes < UNHURRIED);
            }
            _ => {}
        }
    }

    fn paused(&self, now: Timestamp) -> Option<Timestamp> {
        // A clock that was put back does not make a pause longer.
        let until = self.pause.map(|(until, asked)| until.min(after(now, asked)));
        until.filter(|until| *until > now)
    }
}

/// How long the endpoint asks to be left alone: with 429, or with a `Retry-After` to a fault of its own.
fn pause(outcome: &Outcome, now: Timestamp, settings: &Settings) -> Option<Duration> {
    let asked = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
    let asked = match outcome {
        Outcome::Later { reason: Reason::RateLimited | Reason::ServerError, not_before: Some(at) } => asked(*at),
        Outcome::Later { reason: Reason::RateLimited, not_before: None } => settings.slow,
        _ => return None,
    };
    Some(asked.min(settings.slow_cap))
}

fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::circuit::State;
    use proptest::prelude::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_microsecond(1_000_000_000_000 + (seconds * 1e6) as i64).unwrap()
    }

    fn lane() -> Lane {
        Lane::new(CircuitSettings::default())
    }

    fn few(concurrency: u32) -> Limits {
        Limits { concurrency, per_second: None }
    }

    fn finish(lane: &mut Lane, outcome: Outcome, now: Timestamp) {
        lane.finish(false, &outcome, now, &Settings::default());
    }

    #[test]
    fn no_more_start_than_may_be_on_their_way() {
        let (mut lane, limits) = (lane(), few(2));
        assert_eq!(lane.free(&limits, at(0.0)), 2);
        assert_eq!([0, 1, 2].map(|_| lane.begin(&limits, at(0.0))), [Some(false), Some(false), None]);
        assert_eq!(lane.next_free(&limits, at(0.0)), None, "time alone does not help");
        finish(&mut lane, Outcome::Taken, at(1.0));
        assert_eq!(lane.free(&limits, at(1.0)), 1);
        assert_eq!(lane.free(&few(1), at(1.0)), 0, "the operator lowered it meanwhile");
        lane.lost(false);
        assert_eq!(lane.free(&limits, at(1.0)), 2);
    }

    #[test]
    fn an_endpoint_that_asks_for_a_pause_gets_it_whole_and_no_longer_than_the_cap() {
        let (mut lane, limits) = (lane(), few(1));
        let asked = |reason, not_before| Outcome::Later { reason, not_before };
        finish(&mut lane, asked(Reason::RateLimited, Some(at(30.0))), at(0.0));
        finish(&mut lane, asked(Reason::RateLimited, None), at(1.0));
        assert_eq!((lane.free(&limits, at(29.9)), lane.free(&limits, at(30.0))), (0, 1));
        assert_eq!(lane.next_free(&limits, at(2.0)), Some(at(30.0)));
        assert_eq!(lane.seen(at(2.0)).paused_until, Some(at(30.0)));
        assert_eq!(lane.seen(at(2.0)).circuit.state, State::Closed, "it is busy, not broken");

        finish(&mut lane, asked(Reason::RateLimited, None), at(40.0));
        assert_eq!(lane.seen(at(41.0)).paused_until, Some(at(45.0)));
        finish(&mut lane, asked(Reason::ServerError, Some(at(1e6))), at(50.0));
        assert_eq!(lane.seen(at(51.0)).paused_until, Some(at(3650.0)));
        assert_eq!(lane.seen(at(-9999.0)).paused_until, Some(at(-6399.0)), "whatever becomes of the clock");
        lane.reset(at(60.0));
        assert_eq!(lane.free(&limits, at(60.0)), 1);
        finish(&mut lane, asked(Reason::Refused, Some(at(90.0))), at(60.0));
        assert_eq!(lane.free(&limits, at(60.0)), 1, "that was about one message");
    }

    #[test]
    fn an_endpoint_that_is_asked_too_often_is_asked_half_as_much_and_slowly_more_again() {
        let (mut lane, limits) = (lane(), few(16));
        let too_much = |lane: &mut Lane, now| {
            while lane.begin(&limits, at(now)).is_some() {}
            while lane.in_flight > 0 {
                finish(lane, Outcome::later(Reason::RateLimited), at(now));
            }
            lane.free(&limits, at(now + 5.0))
        };
        assert_eq!([0.0, 10.0, 20.0, 30.0, 40.0].map(|now| too_much(&mut lane, now)), [8, 4, 2, 1, 1]);
        assert_eq!(lane.seen(at(46.0)).slowed_to, Some(1));
        let mut arrived = 0;
        while lane.free(&limits, at(50.0)) < 16 {
            assert_eq!(lane.begin(&limits, at(50.0)), Some(false));
            finish(&mut lane, Outcome::Taken, at(50.0));
            arrived += 1;
        }
        assert!((100..200).contains(&arrived), "{arrived}");
        (0..3000).for_each(|_| finish(&mut lane, Outcome::Taken, at(50.0)));
        assert_eq!((lane.seen(at(50.0)).slowed_to, lane.free(&few(500), at(50.0))), (None, 500));
    }

    #[test]
    fn a_broken_endpoint_is_sent_one_probe_at_a_time() {
        let (mut lane, limits) = (lane(), few(16));
        for _ in 0..5 {
            assert_eq!(lane.begin(&limits, at(0.0)), Some(false));
        }
        for _ in 0..5 {
            finish(&mut lane, Outcome::later(Reason::TimedOut), at(0.0));
        }
        assert_eq!((lane.begin(&limits, at(9.9)), lane.next_free(&limits, at(1.0))), (None, Some(at(10.0))));
        assert_eq!(lane.free(&limits, at(10.0)), 1);
        assert_eq!([0, 1].map(|_| lane.begin(&limits, at(10.0))), [Some(true), None]);
        assert_eq!(lane.next_free(&limits, at(11.0)), None, "the probe's end is waited for");
        lane.lost(true);
        assert_eq!(lane.begin(&limits, at(11.0)), Some(true));
        lane.finish(true, &Outcome::Taken, at(11.0), &Settings::default());
        assert_eq!(lane.free(&limits, at(11.0)), 16);
    }

    proptest! {
        #[test]
        fn a_lane_keeps_its_limits_whatever_happens(
            concurrency in 0..8_u32,
            per_second in proptest::option::of(0.5..20.0),
            steps in proptest::collection::vec((0..4_u8, 0.0..0.5), 1..300),
        ) {
            let (mut lane, limits) = (lane(), Limits { concurrency, per_second });
            let (mut now, mut running, mut started) = (0.0, Vec::new(), 0);
            for (what, passed) in steps {
                now += passed;
                let time = at(now);
                match what {
                    0 if !running.is_empty() => {
                        let outcome = if started % 3 == 0 { Outcome::Taken } else { Outcome::later(Reason::TimedOut) };
                        lane.finish(running.remove(0), &outcome, time, &Settings::default());
                    }
                    1 if !running.is_empty() => lane.lost(running.remove(0)),
                    _ => {
                        let free = lane.free(&limits, time);
                        let begun = lane.begin(&limits, time);
                        prop_assert_eq!(begun.is_some(), free > 0);
                        if let Some(probe) = begun {
                            running.push(probe);
                            started += 1;
                        } else if let Some(next) = lane.next_free(&limits, time) {
                            prop_assert!(next > time && lane.free(&limits, next) > 0);
                        } else {
                            prop_assert!(!running.is_empty() || concurrency == 0, "nothing would ever wake it");
                        }
                    }
                }
                prop_assert!(running.len() <= concurrency as usize);
                prop_assert!(running.iter().filter(|probe| **probe).count() <= 1);
                if let Some(rate) = per_second {
                    prop_assert!(f64::from(started) <= rate.max(1.0) + rate * now + 0.01);
                }
            }
        }
    }
}
