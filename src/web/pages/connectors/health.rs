//! How an endpoint does: in a few words, and what stands behind them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::deliver::circuit::State;
use crate::deliver::lane::Seen;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::{Endpoint, EndpointState};
use crate::store::{EndpointTries, StoreError};
use crate::web::Web;
use crate::web::pages::deliveries::counted;

/// So many of each state are counted.
const COUNTED: u32 = 5_000;
/// The tries of so many deliveries are looked at: all endpoints' newest, or one's.
pub(super) const LATELY_OF_ALL: u32 = 2_000;
pub(super) const LATELY_OF_ONE: u32 = 200;

/// How an endpoint does.
pub(super) struct Health {
    /// Waiting to be sent, or to be sent again.
    pub(super) waiting: u64,
    /// Given up.
    pub(super) dead: u64,
    /// How the last tries went.
    pub(super) tries: EndpointTries,
    /// What this node sees of it; nothing before it sent anything.
    pub(super) lane: Option<Seen>,
    disabled: bool,
    removed: bool,
    /// Since when nothing succeeded there.
    pub(super) failing_since: Option<Timestamp>,
}

impl Health {
    /// How it stands: a word, and how it is marked.
    pub(super) fn word(&self) -> (&'static str, &'static str) {
        if self.removed {
            return ("removed", "");
        }
        if self.disabled {
            return ("disabled", "bad");
        }
        match self.circuit() {
            Some(State::Open) => return ("left alone just now", "bad"),
            Some(State::HalfOpen) => return ("being probed", "warn"),
            _ => {}
        }
        let lane = self.lane.as_ref();
        if self.failing_since.is_some() {
            ("fails", "bad")
        } else if lane.is_some_and(|lane| lane.paused_until.is_some()) {
            ("asked for a pause", "warn")
        } else if self.tries.last_failed > self.tries.last_taken {
            ("the last try failed", "warn")
        } else if self.tries.last_taken.is_some() {
            ("works", "good")
        } else {
            ("nothing sent lately", "")
        }
    }

    /// How it stands with its circuit, where that is not simply closed.
    fn circuit(&self) -> Option<State> {
        self.lane.as_ref().map(|lane| lane.circuit.state).filter(|state| *state != State::Closed)
    }

    /// What this node sees of it, while anything may go there.
    pub(super) fn shown_lane(&self) -> Option<&Seen> {
        self.lane.as_ref().filter(|_| !self.disabled && !self.removed)
    }

    /// When its circuit lets the next probe through.
    pub(super) fn probes_at(&self) -> Option<&Timestamp> {
        self.lane.as_ref().and_then(|lane| lane.circuit.next_probe.as_ref())
    }

    /// Whether somebody should look.
    pub(super) fn needs_a_look(&self) -> bool {
        !self.removed && (matches!(self.word().1, "bad" | "warn") || self.dead > 0)
    }

    /// How many wait, as far as they were counted.
    pub(super) fn waiting_shown(&self) -> String {
        counted(self.waiting, COUNTED)
    }

    /// How many were given up, as far as they were counted.
    pub(super) fn dead_shown(&self) -> String {
        counted(self.dead, COUNTED)
    }
}

/// How endpoints do, read once for a page.
pub(super) struct Healths {
    counts: HashMap<String, (u64, u64)>,
    tries: HashMap<String, EndpointTries>,
}

impl Healths {
    /// Of all endpoints, or of one alone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn read(web: &Web, only: Option<&Endpoint>) -> Result<Self, StoreError> {
        let store = &web.app.store;
        let most = if only.is_some() { LATELY_OF_ONE } else { LATELY_OF_ALL };
        let (stuck, tries) = tokio::try_join!(
            store.trouble_by_endpoint(COUNTED),
            store.tries_by_endpoint(only.map(|one| one.id.as_str()), most)
        )?;
        let mut counts: HashMap<String, (u64, u64)> = HashMap::new();
        for found in stuck {
            let Some(id) = found.endpoint_id else { continue };
            let (waiting, dead) = counts.entry(id).or_default();
            match found.state {
                DeliveryState::Pending => *waiting += found.count,
                DeliveryState::Dead => *dead += found.count,
                DeliveryState::Delivered | DeliveryState::Unaddressed => {}
            }
        }
        Ok(Self { counts, tries: tries.into_iter().map(|tries| (tries.endpoint_id.clone(), tries)).collect() })
    }

    /// Of this endpoint.
    pub(super) fn of(&self, web: &Web, endpoint: &Endpoint) -> Health {
        let (waiting, dead) = self.counts.get(&endpoint.id).copied().unwrap_or_default();
        Health {
            waiting,
            dead,
            tries: self.tries.get(&endpoint.id).cloned().unwrap_or_default(),
            lane: web.app.lanes.seen(&endpoint.id, web.app.clock.now()),
            disabled: endpoint.state == EndpointState::Disabled,
            removed: endpoint.is_removed(),
            failing_since: endpoint.failing_since,
        }
    }
}
