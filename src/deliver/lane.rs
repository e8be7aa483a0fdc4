//! What each endpoint may do now, on this node: how many deliveries at once, how many a second, whether it asked for a
//! pause, and whether its circuit lets anything through.
//!
//! Each endpoint has a lane of its own and no lane waits for another. The locks here are held for a few instructions, never
//! while something is awaited.

mod bucket;
mod one;
#[cfg(test)]
mod outage;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::circuit::{Seen as CircuitSeen, Settings as CircuitSettings};
use crate::notify::retry::Outcome;
use one::Lane;

/// What an endpoint may be asked to take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Deliveries at once.
    pub concurrency: u32,
    /// Deliveries a second in the long run; `None` for as many as it takes.
    pub per_second: Option<f64>,
}

impl Default for Limits {
    /// 16 at once, at any rate.
    fn default() -> Self {
        Self { concurrency: 16, per_second: None }
    }
}

/// What holds for all lanes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// When circuits open, and for how long.
    pub circuit: CircuitSettings,
    /// The pause after a 429 that does not say how long.
    pub slow: Duration,
    /// The longest pause that an endpoint may ask for.
    pub slow_cap: Duration,
}

impl Default for Settings {
    /// 5 s; an hour at most.
    fn default() -> Self {
        let circuit = CircuitSettings::default();
        Self { circuit, slow: Duration::from_secs(5), slow_cap: Duration::from_secs(3600) }
    }
}

/// What an operator is shown of an endpoint's lane.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Seen {
    /// Deliveries on their way now.
    pub in_flight: u32,
    /// It was asked too often, and is asked so much at once now; `null` for as much as its settings say.
    pub slowed_to: Option<u32>,
    /// The endpoint asked for a pause until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paused_until: Option<Timestamp>,
    /// Its circuit.
    pub circuit: CircuitSeen,
}

/// The lanes of this node. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct Lanes {
    lanes: Arc<RwLock<HashMap<String, Arc<Mutex<Lane>>>>>,
    settings: Settings,
}

/// A delivery on its way. Hand it to [`Lanes::finish`]; one that is dropped instead, as when its task is stopped, gives its
/// place back and says nothing about the endpoint.
#[derive(Debug)]
#[must_use = "dropping it gives the place back"]
pub struct Permit {
    lane: Option<Arc<Mutex<Lane>>>,
    probe: bool,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            lock(&lane).lost(self.probe);
        }
    }
}

impl Lanes {
    /// No lanes yet; each begins with the first delivery.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { lanes: Arc::default(), settings }
    }

    /// How many deliveries may start now.
    #[must_use]
    pub fn free(&self, endpoint_id: &str, limits: &Limits, now: Timestamp) -> usize {
        let lane = self.lane(endpoint_id);
        lock(&lane).free(limits, now) as usize
    }

    /// How many deliveries may be on their way at once now; 0 while nothing is let through.
    #[must_use]
    pub fn takes(&self, endpoint_id: &str, limits: &Limits, now: Timestamp) -> usize {
        let lane = self.lane(endpoint_id);
        lock(&lane).takes(limits, now) as usize
    }

    /// Starts a delivery; `None` when none may start now.
    #[must_use]
    pub fn begin(&self, endpoint_id: &str, limits: &Limits, now: Timestamp) -> Option<Permit> {
        let lane = self.lane(endpoint_id);
        let probe = lock(&lane).begin(limits, now)?;
        Some(Permit { lane: Some(lane), probe })
    }

    /// Ends a delivery.
    pub fn finish(&self, mut permit: Permit, outcome: &Outcome, now: Timestamp) {
        if let Some(lane) = permit.lane.take() {
            lock(&lane).finish(permit.probe, outcome, now, &self.settings);
        }
    }

    /// When to ask again for an endpoint that has nothing free: its pause is over, its circuit may be probed, its rate
    /// allows one more. `None` when it is the end of a delivery that it waits for, or nothing at all.
    #[must_use]
    pub fn next_free(&self, endpoint_id: &str, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        let lane = self.lane(endpoint_id);
        lock(&lane).next_free(limits, now)
    }

    /// What an operator is shown; `None` for an endpoint that was sent nothing yet.
    #[must_use]
    pub fn seen(&self, endpoint_id: &str, now: Timestamp) -> Option<Seen> {
        let lane = self.known(endpoint_id)?;
        Some(lock(&lane).seen(now))
    }

    /// The endpoints whose circuit is not closed, and those that asked for a pause.
    #[must_use]
    pub fn held_up(&self, now: Timestamp) -> Vec<(String, Seen)> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = lanes.into_iter().map(|(id, lane)| (id, lock(&lane).seen(now)));
        let mut held: Vec<_> =
            seen.filter(|(_, seen)| seen.paused_until.is_some() || seen.circuit.next_probe.is_some()).collect();
        held.sort_by(|(a, _), (b, _)| a.cmp(b));
        held
    }

    /// Forgets an endpoint's failures and its pause, as when somebody mended it. Deliveries on their way still count.
    pub fn reset(&self, endpoint_id: &str, now: Timestamp) {
        if let Some(lane) = self.known(endpoint_id) {
            lock(&lane).reset(now);
        }
    }

    /// Forgets an endpoint that is no more.
    pub fn forget(&self, endpoint_id: &str) {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(endpoint_id);
    }

    fn known(&self, endpoint_id: &str) -> Option<Arc<Mutex<Lane>>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(endpoint_id).cloned()
    }

    fn lane(&self, endpoint_id: &str) -> Arc<Mutex<Lane>> {
        if let Some(lane) = self.known(endpoint_id) {
            return lane;
        }
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(Lane::new(self.settings.circuit)));
        Arc::clone(lanes.entry(endpoint_id.to_owned()).or_insert_with(new))
    }
}

/// A lane is sound between any two of its steps, so a panic elsewhere does not spoil it.
fn lock(lane: &Mutex<Lane>) -> MutexGuard<'_, Lane> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::circuit::State;
    use crate::notify::retry::Reason;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn many(lanes: &Lanes, id: &str) -> usize {
        lanes.free(id, &Limits::default(), NOW)
    }

    #[test]
    fn one_lane_s_troubles_are_not_another_s() {
        let (lanes, limits) = (Lanes::new(Settings::default()), Limits::default());
        for _ in 0..5 {
            let permit = lanes.begin("end_dead", &limits, NOW).unwrap();
            lanes.finish(permit, &Outcome::later(Reason::Unreachable), NOW);
        }
        let permit = lanes.begin("end_busy", &limits, NOW).unwrap();
        lanes.finish(permit, &Outcome::later(Reason::RateLimited), NOW);
        assert_eq!(["end_dead", "end_busy", "end_well"].map(|id| many(&lanes, id)), [0, 0, 16]);
        let held: Vec<_> = lanes.held_up(NOW).into_iter().map(|(id, seen)| (id, seen.circuit.state)).collect();
        assert_eq!(held, [("end_busy".to_owned(), State::Closed), ("end_dead".to_owned(), State::Open)]);
        lanes.reset("end_dead", NOW);
        lanes.forget("end_busy");
        assert_eq!(["end_dead", "end_busy"].map(|id| many(&lanes, id)), [16, 16]);
        assert_eq!(lanes.seen("end_new", NOW), None);
    }

    #[test]
    fn a_delivery_that_is_dropped_gives_its_place_back() {
        let (lanes, limits) = (Lanes::new(Settings::default()), Limits { concurrency: 1, per_second: None });
        let permit = lanes.begin("end_1", &limits, NOW);
        assert!(permit.is_some() && lanes.begin("end_1", &limits, NOW).is_none());
        drop(permit);
        assert_eq!(lanes.free("end_1", &limits, NOW), 1);
    }
}
