//! The timeline of an eSR: who said and did what.

use jiff::Timestamp;
use serde_json::Value;

use super::{Result, Store, later};
use crate::cases::{Actor, EventKind};

/// An entry to add to a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its id (`evt_...`); entries of the same instant are shown in the order of their ids.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who.
    pub actor: Actor,
    /// The rest, by kind: what was said, from which route to which.
    pub data: Value,
}

/// A stored entry: the same, in the order in which things happened.
pub type Event = NewEvent;

impl Store {
    /// Adds an entry that changes nothing else. `false` when there is no such eSR.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_event(&self, _esr_id: &str, _event: NewEvent) -> Result<bool> {
        later()
    }

    /// The whole timeline of one eSR, the oldest entry first; empty for an unknown eSR.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn timeline(&self, _esr_id: &str) -> Result<Vec<Event>> {
        later()
    }
}
