//! Ids of incoming signed messages: each counts once.

use jiff::Timestamp;

use super::{Result, Store, later};

/// The `webhook-id` of a signed message, within its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookId {
    /// Id of the key that signed.
    pub key_id: String,
    /// The `webhook-id` header.
    pub id: String,
}

impl Store {
    /// Remembers the id of a signed message; `true` the first time, `false` ever after. Of two simultaneous calls one gets `true`.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn remember_webhook_id(&self, _id: WebhookId, _now: Timestamp) -> Result<bool> {
        later()
    }

    /// Forgets the ids that were seen before that time: the signature's time is out of tolerance by then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_webhook_ids(&self, _before: Timestamp) -> Result<u64> {
        later()
    }
}
