//! Looks into the database for what is due, beside the loop that sends: while the database takes its time, what this node
//! holds already is not delayed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::app::App;
use crate::store::{Claim, Claimed, Lease, StoreError};

/// The most that is claimed for one endpoint at once.
const MOST: u32 = 256;
/// An endpoint that has half used up what was claimed for it within this time is claimed twice as much.
const SOON: Duration = Duration::from_secs(1);

/// What a look came to.
pub(super) enum Found {
    /// These endpoints have something due.
    Due(Vec<String>),
    /// These are ours now, after so many were asked for.
    Claimed(Vec<(String, u32)>, Vec<Claimed>),
    /// The database does not answer; the next look is another try.
    Nothing,
}

/// The looks of one node, one after another.
pub(super) struct Looks {
    app: Arc<App>,
    /// The one that is under way.
    task: JoinSet<Found>,
    wanted: bool,
    /// What the last claim for an endpoint gave, where it gave all that it was asked for: there may be more.
    plenty: HashMap<String, Plenty>,
}

#[derive(Clone, Copy)]
struct Plenty {
    claimed: u32,
    at: Instant,
}

impl Looks {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self { app, task: JoinSet::new(), wanted: true, plenty: HashMap::new() }
    }

    /// Says that something may be due.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// Begins a look, if one is wanted and none under way.
    pub(super) fn begin(&mut self) {
        if self.wanted && self.task.is_empty() {
            self.wanted = false;
            let app = Arc::clone(&self.app);
            self.task.spawn(async move {
                let due = app.store.due_endpoints(app.clock.now()).await;
                due.map_or_else(|error| failed(&error), Found::Due)
            });
        }
    }

    /// Claims so many of each endpoint.
    pub(super) fn claim(&mut self, endpoints: Vec<(String, u32)>) {
        let app = Arc::clone(&self.app);
        self.task.spawn(async move {
            let now = app.clock.now();
            let lease = Lease { token: app.clock.id("lease"), until: app.lease_until(now) };
            let claimed = app.store.claim(Claim { endpoints: endpoints.clone(), now, lease }).await;
            claimed.map_or_else(|error| failed(&error), |claimed| Found::Claimed(endpoints, claimed))
        });
    }

    /// What the look under way found; none at once where there is none under way.
    pub(super) async fn found(&mut self) -> Option<Found> {
        let found = self.task.join_next().await?.unwrap_or(Found::Nothing);
        if let Found::Claimed(asked, claimed) = &found {
            self.remember(asked, claimed);
        }
        Some(found)
    }

    fn remember(&mut self, asked: &[(String, u32)], claimed: &[Claimed]) {
        let mut got: HashMap<&str, u32> = HashMap::new();
        for delivery in claimed {
            *got.entry(&delivery.endpoint_id).or_default() += 1;
        }
        for (endpoint, asked) in asked {
            if got.get(endpoint.as_str()).is_some_and(|got| got >= asked) {
                self.plenty.insert(endpoint.clone(), Plenty { claimed: *asked, at: Instant::now() });
            } else {
                self.plenty.remove(endpoint);
            }
        }
    }

    /// Wants a look where there is probably more for an endpoint, and little of it left here: so that the next is there
    /// when one ends.
    pub(super) fn left(&mut self, endpoint: &str, left: usize) {
        if self.plenty.get(endpoint).is_some_and(|plenty| left * 2 <= plenty.claimed as usize) {
            self.wanted = true;
        }
    }

    /// Remembers that there is more for an endpoint in the database.
    pub(super) fn gave_back(&mut self, endpoint: String) {
        self.plenty.insert(endpoint, Plenty { claimed: MOST, at: Instant::now() });
    }

    /// How many may be here for an endpoint that takes `room` at once: twice as many, and more where they are soon used up.
    pub(super) fn enough(&self, endpoint: &str, room: usize) -> usize {
        let usual = if room < 2 { room } else { room * 2 };
        match self.plenty.get(endpoint) {
            Some(plenty) if room > 1 && plenty.at.elapsed() < SOON => {
                usual.max((plenty.claimed * 2).min(MOST) as usize)
            }
            _ => usual,
        }
    }

    /// Forgets endpoints that nothing is due for.
    pub(super) fn due(&mut self, due: &[String]) {
        let due: HashSet<&String> = due.iter().collect();
        self.plenty.retain(|endpoint, _| due.contains(endpoint));
    }
}

fn failed(error: &StoreError) -> Found {
    tracing::warn!(%error, "what is due could not be claimed");
    Found::Nothing
}
