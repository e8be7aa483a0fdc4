//! Outages played through, with the retry policy, the lane and the circuit together: what an endpoint that is down for
//! hours sees, and what becomes of its deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Lanes, Limits, Permit, Settings};
use crate::notify::retry::{Outcome, Policy, Reason, Verdict, verdict};

const START: Timestamp = Timestamp::UNIX_EPOCH;
/// How long an attempt takes.
const TAKES: SignedDuration = SignedDuration::from_millis(100);

#[derive(Default)]
struct Played {
    delivered: usize,
    dead: usize,
    failed_attempts: usize,
    last_arrived: Option<Timestamp>,
}

/// Delivers so many, all there from the beginning, to an endpoint that is down until `up`.
fn play(deliveries: usize, up: Timestamp, down: &Outcome) -> Played {
    let (policy, limits, lanes) = (Policy::default(), Limits::default(), Lanes::new(Settings::default()));
    let (mut attempts, mut played) = (vec![0; deliveries], Played::default());
    let mut due: BTreeSet<(Timestamp, usize)> = (0..deliveries).map(|nth| (START, nth)).collect();
    let mut running: Vec<(Timestamp, usize, Permit)> = Vec::new();
    let (mut now, mut random) = (START, 1_u64);
    while !due.is_empty() || !running.is_empty() {
        while running.first().is_some_and(|(end, ..)| *end <= now) {
            let (end, nth, permit) = running.remove(0);
            let outcome = if end < up { *down } else { Outcome::Taken };
            lanes.finish(permit, &outcome, end);
            attempts[nth] += 1;
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let jitter = (random >> 11) as f64 / (1_u64 << 53) as f64;
            match verdict(&policy, attempts[nth], START, end, &outcome, jitter) {
                Verdict::Delivered => (played.delivered, played.last_arrived) = (played.delivered + 1, Some(end)),
                Verdict::Retry { at } => drop(due.insert((at, nth))),
                _ => played.dead += 1,
            }
            played.failed_attempts += usize::from(outcome != Outcome::Taken);
        }
        while let Some((at, nth)) = due.first().copied().filter(|(at, _)| *at <= now) {
            let Some(permit) = lanes.begin("end_1", &limits, now) else { break };
            due.remove(&(at, nth));
            running.push((now + TAKES, nth, permit));
        }
        let free = lanes.next_free("end_1", &limits, now);
        let waits =
            due.first().map(|(at, _)| *at).map(|at| free.map_or(at, |free| free.max(at))).filter(|at| *at > now);
        let ends = running.first().map(|(end, ..)| *end);
        now = waits.into_iter().chain(ends).min().unwrap_or(now);
    }
    played
}

fn hours(hours: f64) -> Timestamp {
    START + Duration::from_secs_f64(hours * 3600.0)
}

#[test]
fn an_outage_shorter_than_the_horizon_loses_nothing_and_is_over_soon_after_its_end() {
    let down = Outcome::later(Reason::Unreachable);
    for outage in [0.0, 0.01, 0.5, 2.0, 8.0, 23.0] {
        let played = play(500, hours(outage), &down);
        assert_eq!((played.delivered, played.dead), (500, 0), "{outage} h");
        // A probe goes out every ten minutes; the first that arrives lets the others through, but for the few that were
        // probes themselves and wait for their own turn.
        let late = played.last_arrived.unwrap().duration_since(hours(outage)).as_secs_f64() / 3600.0;
        assert!(late < 0.2 + 4.0 * f64::from(outage > 1.0), "{outage} h: {late} h after its end");
        assert!(played.failed_attempts <= 16 + 8 + (outage * 6.0) as usize, "{outage} h: {}", played.failed_attempts);
    }
}

#[test]
fn an_endpoint_that_never_comes_back_is_given_up_without_a_flood() {
    let played = play(20, hours(10_000.0), &Outcome::later(Reason::TimedOut));
    assert_eq!((played.delivered, played.dead), (0, 20));
    assert!(played.failed_attempts < 20 * 15, "{}", played.failed_attempts);
}

#[test]
fn an_endpoint_that_asks_for_patience_gets_everything_in_the_end() {
    let played = play(500, hours(1.0), &Outcome::later(Reason::RateLimited));
    assert_eq!((played.delivered, played.dead), (500, 0));
    assert!(played.failed_attempts < 16 + 8 + 4 + 3600 / 5, "one attempt for each pause: {}", played.failed_attempts);
}
