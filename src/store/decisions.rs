//! Decisions: added, never replaced.

use jiff::Timestamp;

use super::{Result, Store, later};
use crate::cases::{Actor, Cause};
use crate::triage::decision::Decision;

/// A decision to store with its eSR.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// The decision.
    pub decision: Decision,
    /// Why it was taken.
    pub cause: Cause,
    /// Who caused it.
    pub actor: Actor,
    /// When it is recorded (its `decided_at` stays the time of receipt, which validity is measured on).
    pub at: Timestamp,
}

/// A stored decision.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// 1 for the first; counts up within the eSR.
    pub seq: i64,
    /// The decision.
    pub decision: Decision,
    /// Why it was taken.
    pub cause: Cause,
    /// Who caused it.
    pub actor: Actor,
    /// When it was recorded.
    pub at: Timestamp,
}

impl Store {
    /// Every decision of one eSR, the first one first; empty for an unknown eSR.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn decisions(&self, _esr_id: &str) -> Result<Vec<StoredDecision>> {
        later()
    }
}
