//! Messages that wait to be sent. They are stored with what they tell, in one transaction; here they are counted.

use jiff::Timestamp;

use super::{Result, Store, later};

/// How many messages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Waiting to be sent.
    pub pending: i64,
    /// When the oldest of them was stored.
    pub oldest_pending: Option<Timestamp>,
}

impl Store {
    /// How many messages wait, and since when.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts> {
        later()
    }
}
