//! Whether an endpoint is worth calling at all: the circuit (pure; the time is a parameter).
//!
//! Closed, deliveries flow. After so many failures in a row, or too many among the last ones, it opens and nothing is
//! sent. When its pause is over it is half open: one delivery goes out as a probe. If that arrives the circuit closes, if
//! not it opens again, for longer. A circuit that breaks again soon after it closed goes on where it was, so that an endpoint
//! that flaps is not hammered.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::closed::closed;
use crate::notify::retry::{Outcome, Reason};

closed! {
    /// How it stands with an endpoint.
    State {
        /// Deliveries flow.
        Closed = "closed",
        /// It failed too often: nothing is sent until its pause is over.
        Open = "open",
        /// The pause is over: one delivery at a time goes out as a probe.
        HalfOpen = "half_open",
    }
}

/// When circuits open, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// It opens after so many failures in a row.
    pub failures: u32,
    /// It also opens when this share of the last `window` attempts failed; above 1 for never.
    pub rate: f64,
    /// How many attempts the rate is taken over: at most 64; 0 for no rate.
    pub window: u32,
    /// The first pause.
    pub pause: Duration,
    /// It doubles with each probe that fails, up to this.
    pub pause_cap: Duration,
}

impl Default for Settings {
    /// 5 in a row or 60 % of 40; 10 s up to 10 min.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { failures: 5, rate: 0.6, window: 40, pause: seconds(10), pause_cap: seconds(600) }
    }
}

/// What an endpoint may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allows {
    /// Anything.
    All,
    /// One delivery, as a probe.
    Probe,
    /// Nothing.
    Nothing,
}

/// What an operator is shown.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Seen {
    /// How it stands.
    pub state: State,
    /// Since when; `null` for a circuit that never opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// When the next probe may go out; `null` when it is closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_probe: Option<Timestamp>,
    /// How many attempts failed in a row.
    pub failures: u32,
}

/// The circuit of one endpoint.
#[derive(Debug, Clone)]
pub struct Circuit {
    settings: Settings,
    at: At,
    /// Failures in a row.
    failures: u32,
    /// The last attempts, the newest lowest; a set bit failed.
    history: u64,
    /// How many of its bits count.
    known: u32,
    /// How often the pause was doubled.
    doubled: u32,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Closed { since: Option<Timestamp> },
    Open { since: Timestamp, until: Timestamp, probing: bool },
}

impl Circuit {
    /// A closed one.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, at: At::Closed { since: None }, failures: 0, history: 0, known: 0, doubled: 0 }
    }

    /// What may be sent now.
    #[must_use]
    pub fn allows(&self, now: Timestamp) -> Allows {
        match self.at {
            At::Closed { .. } => Allows::All,
            At::Open { probing: false, .. } if self.next_probe(now).is_some_and(|at| at <= now) => Allows::Probe,
            At::Open { .. } => Allows::Nothing,
        }
    }

    /// A probe goes out: nothing else does until its end, which is [`Circuit::ended`] or [`Circuit::probe_lost`].
    pub fn probe(&mut self) {
        if let At::Open { probing, .. } = &mut self.at {
            *probing = true;
        }
    }

    /// A probe ended without an outcome, as when its task was stopped: another one may go.
    pub fn probe_lost(&mut self) {
        if let At::Open { probing, .. } = &mut self.at {
            *probing = false;
        }
    }

    /// An attempt ended. `probe`: it was the probe. Others may end while the circuit is open, begun before it opened: that
    /// they failed is no news, that one arrived is.
    pub fn ended(&mut self, outcome: &Outcome, probe: bool, now: Timestamp) {
        match says(outcome) {
            Says::Works => self.works(now),
            Says::Fails => self.fails(probe, now),
            Says::Nothing if probe => self.probe_lost(),
            Says::Nothing => {}
        }
    }

    /// Whether a probe is on its way.
    #[must_use]
    pub fn probing(&self) -> bool {
        matches!(self.at, At::Open { probing: true, .. })
    }

    /// Closes it, as an operator who mended the endpoint may.
    pub fn reset(&mut self, now: Timestamp) {
        *self = Self { at: At::Closed { since: Some(now) }, ..Self::new(self.settings) };
    }

    /// What an operator is shown.
    #[must_use]
    pub fn seen(&self, now: Timestamp) -> Seen {
        let (state, since) = match self.at {
            At::Closed { since } => (State::Closed, since),
            At::Open { since, .. } if self.next_probe(now).is_none_or(|at| at > now) => (State::Open, Some(since)),
            At::Open { since, .. } => (State::HalfOpen, Some(since)),
        };
        Seen { state, since, next_probe: self.next_probe(now), failures: self.failures }
    }

    /// When the next probe may go out; `None` for a closed circuit.
    #[must_use]
    pub fn next_probe(&self, now: Timestamp) -> Option<Timestamp> {
        match self.at {
            At::Closed { .. } => None,
            // A clock that was put back does not make a pause longer.
            At::Open { until, .. } => Some(until.min(after(now, self.paused()))),
        }
    }

    fn works(&mut self, now: Timestamp) {
        self.failures = 0;
        if matches!(self.at, At::Open { .. }) {
            (self.history, self.known) = (0, 0);
            self.at = At::Closed { since: Some(now) };
        } else {
            self.remember(false);
        }
    }

    fn fails(&mut self, probe: bool, now: Timestamp) {
        match self.at {
            At::Open { since, .. } if probe => {
                self.failures = self.failures.saturating_add(1);
                self.doubled = self.doubled.saturating_add(1);
                self.at = At::Open { since, until: after(now, self.paused()), probing: false };
            }
            At::Open { .. } => {}
            At::Closed { since } => {
                self.failures = self.failures.saturating_add(1);
                self.remember(true);
                if self.failures >= self.settings.failures || self.too_many() {
                    // It closed only just now: the pause goes on growing from where it was.
                    let lately = since.is_some_and(|since| now < after(since, self.paused()));
                    self.doubled = if lately { self.doubled.saturating_add(1) } else { 0 };
                    self.at = At::Open { since: now, until: after(now, self.paused()), probing: false };
                }
            }
        }
    }

    fn remember(&mut self, failed: bool) {
        self.history = self.history << 1 | u64::from(failed);
        self.known = (self.known + 1).min(u64::BITS);
    }

    /// Whether too many of the last attempts failed.
    fn too_many(&self) -> bool {
        let window = self.settings.window.min(u64::BITS);
        if window == 0 || self.known < window {
            return false;
        }
        let failed = (self.history << (u64::BITS - window)).count_ones();
        f64::from(failed) >= self.settings.rate * f64::from(window)
    }

    /// How long the pause is now.
    fn paused(&self) -> Duration {
        let doubled = 2_u32.checked_pow(self.doubled).unwrap_or(u32::MAX);
        self.settings.pause.saturating_mul(doubled).min(self.settings.pause_cap)
    }
}

/// What an outcome says about the endpoint, whatever it says about the message.
enum Says {
    Works,
    Fails,
    Nothing,
}

fn says(outcome: &Outcome) -> Says {
    match outcome {
        Outcome::Taken => Says::Works,
        // It answers, and asks for patience: the lane's pause is for that.
        Outcome::Later { reason: Reason::RateLimited, .. } => Says::Works,
        Outcome::Later { .. } => Says::Fails,
        // Wrong for every message alike, as long as nobody mends the endpoint.
        Outcome::Refused { reason: Reason::Unauthorized | Reason::ForbiddenAddress | Reason::Redirected } => {
            Says::Fails
        }
        Outcome::Refused { reason: Reason::ServerError } => Says::Fails,
        // The other side was not even called.
        Outcome::Refused { reason: Reason::BadRequest | Reason::EndpointDisabled | Reason::GaveUp } => Says::Nothing,
        Outcome::Refused { .. } => Says::Works,
        Outcome::Gone => Says::Nothing,
    }
}

fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    const FAILED: Outcome = Outcome::Later { reason: Reason::TimedOut, not_before: None };

    fn open() -> Circuit {
        let mut circuit = Circuit::new(Settings::default());
        for _ in 0..5 {
            assert_eq!(circuit.allows(at(0)), Allows::All);
            circuit.ended(&FAILED, false, at(0));
        }
        circuit
    }

    /// Sends a probe and lets it end.
    fn probe(circuit: &mut Circuit, outcome: Outcome, now: i64) {
        assert_eq!(circuit.allows(at(now)), Allows::Probe);
        circuit.probe();
        assert_eq!(circuit.allows(at(now)), Allows::Nothing, "one at a time");
        circuit.ended(&outcome, true, at(now));
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_that_arrives_between_does_not() {
        let mut circuit = Circuit::new(Settings::default());
        for outcome in [FAILED, FAILED, FAILED, FAILED, Outcome::Taken, FAILED, FAILED, FAILED, FAILED] {
            circuit.ended(&outcome, false, at(0));
        }
        assert_eq!(circuit.allows(at(0)), Allows::All);
        circuit.ended(&FAILED, false, at(0));
        assert_eq!(circuit.allows(at(0)), Allows::Nothing);
    }

    #[test]
    fn it_goes_from_open_to_half_open_to_closed_and_says_so() {
        let mut circuit = open();
        let seen = |circuit: &Circuit, now| {
            let seen = circuit.seen(at(now));
            (seen.state, seen.since, seen.next_probe, seen.failures)
        };
        assert_eq!(seen(&circuit, 9), (State::Open, Some(at(0)), Some(at(10)), 5));
        assert_eq!(circuit.allows(at(9)), Allows::Nothing);
        assert_eq!(seen(&circuit, 10), (State::HalfOpen, Some(at(0)), Some(at(10)), 5));
        probe(&mut circuit, Outcome::Taken, 10);
        assert_eq!(seen(&circuit, 10), (State::Closed, Some(at(10)), None, 0));
        assert_eq!(seen(&Circuit::new(Settings::default()), 0), (State::Closed, None, None, 0));
    }

    #[test]
    fn its_pause_doubles_with_each_probe_that_fails_up_to_the_cap() {
        let (mut circuit, mut now, mut pauses) = (open(), 0, Vec::new());
        for _ in 0..9 {
            let next = circuit.next_probe(at(now)).unwrap();
            pauses.push(next.as_second() - at(now).as_second());
            now += pauses.last().unwrap();
            probe(&mut circuit, FAILED, now);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
    }

    #[test]
    fn an_endpoint_that_breaks_again_at_once_waits_longer_and_one_that_held_out_does_not() {
        let mut circuit = open();
        probe(&mut circuit, FAILED, 10);
        probe(&mut circuit, Outcome::Taken, 30);
        let mut again = circuit.clone();
        for _ in 0..5 {
            circuit.ended(&FAILED, false, at(31));
            again.ended(&FAILED, false, at(51));
        }
        assert_eq!(circuit.next_probe(at(31)), Some(at(71)));
        assert_eq!(again.next_probe(at(51)), Some(at(61)));
    }

    #[test]
    fn too_many_failures_among_the_last_ones_open_it() {
        let settings = Settings { failures: 99, rate: 0.5, window: 10, ..Settings::default() };
        let run = |failed: &dyn Fn(u32) -> bool| {
            let mut circuit = Circuit::new(settings);
            let opened = (0..200).find(|nth| {
                circuit.ended(if failed(*nth) { &FAILED } else { &Outcome::Taken }, false, at(0));
                circuit.allows(at(0)) != Allows::All
            });
            opened.map(|nth| nth + 1)
        };
        assert_eq!(run(&|nth| nth % 2 == 0), Some(11));
        assert_eq!(run(&|nth| nth % 2 == 1), Some(10));
        assert_eq!(run(&|nth| nth % 3 == 0), None);
        assert_eq!(run(&|nth| nth >= 100), Some(105), "only the last ones count");
    }

    #[test]
    fn what_was_on_its_way_when_it_opened_does_not_count_unless_it_arrives() {
        let mut circuit = open();
        circuit.ended(&FAILED, false, at(5));
        assert_eq!((circuit.next_probe(at(5)), circuit.seen(at(5)).failures), (Some(at(10)), 5));
        circuit.ended(&Outcome::Taken, false, at(6));
        assert_eq!(circuit.allows(at(6)), Allows::All);
    }

    #[test]
    fn a_probe_that_is_lost_frees_the_way_for_another() {
        let mut circuit = open();
        circuit.probe();
        assert_eq!(circuit.allows(at(20)), Allows::Nothing);
        circuit.probe_lost();
        assert_eq!(circuit.allows(at(20)), Allows::Probe);
        circuit.probe();
        circuit.ended(&Outcome::Gone, true, at(20));
        assert_eq!(circuit.allows(at(20)), Allows::Probe, "it said nothing about whether the endpoint works");
    }

    #[test]
    fn a_message_that_is_refused_says_nothing_against_the_endpoint() {
        let after = |reason| {
            let mut circuit = Circuit::new(Settings::default());
            (0..9).for_each(|_| circuit.ended(&Outcome::Refused { reason }, false, at(0)));
            circuit.allows(at(0))
        };
        assert_eq!(after(Reason::Refused), Allows::All);
        assert_eq!(after(Reason::BadRequest), Allows::All);
        assert_eq!(after(Reason::Unauthorized), Allows::Nothing, "wrong for every message alike");
        let mut circuit = open();
        probe(&mut circuit, Outcome::later(Reason::RateLimited), 10);
        assert_eq!(circuit.allows(at(10)), Allows::All, "it works, and asks for patience");
    }

    #[test]
    fn a_clock_that_is_put_back_does_not_keep_it_open_for_longer() {
        let circuit = open();
        assert_eq!(circuit.next_probe(at(-5000)), Some(at(-4990)));
    }

    #[test]
    fn an_operator_may_close_it() {
        let mut circuit = open();
        circuit.reset(at(3));
        assert_eq!((circuit.allows(at(3)), circuit.seen(at(3)).since), (Allows::All, Some(at(3))));
    }

    proptest! {
        #[test]
        fn it_never_waits_longer_than_its_cap_and_always_lets_a_probe_through_in_the_end(
            steps in proptest::collection::vec((any::<bool>(), 0..700_i64), 0..200),
        ) {
            let (mut circuit, mut now) = (Circuit::new(Settings::default()), 0);
            for (failed, passed) in steps {
                now += passed;
                let allows = circuit.allows(at(now));
                if let Some(next) = circuit.next_probe(at(now)) {
                    prop_assert!(next <= at(now + 600));
                    prop_assert_eq!(circuit.allows(at(now + 600)), Allows::Probe);
                }
                if allows == Allows::Probe {
                    circuit.probe();
                }
                if allows != Allows::Nothing {
                    circuit.ended(if failed { &FAILED } else { &Outcome::Taken }, allows == Allows::Probe, at(now));
                }
            }
        }
    }
}
