//! Ids of incoming signed messages: each counts once.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, micros, no_nul};

/// The `webhook-id` of a signed message, within its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookId {
    /// Id of the key that signed.
    pub key_id: String,
    /// The `webhook-id` header.
    pub id: String,
}

/// What stands in place of a key's id where the message is something that came in and is kept in `inbound`.
const INBOUND: &str = "inbound";

impl WebhookId {
    /// Something that came in, a callback or a mail: the change that it brings settles it as applied, in the same
    /// transaction, so that it counts once whenever a server is killed.
    #[must_use]
    pub fn of_inbound(id: &str) -> Self {
        Self { key_id: INBOUND.to_owned(), id: id.to_owned() }
    }

    /// The id of what came in.
    pub(super) fn inbound(&self) -> Option<&str> {
        (self.key_id == INBOUND).then_some(&self.id)
    }
}

impl Store {
    /// Remembers the id of a signed message; `true` the first time, `false` ever after. Of two simultaneous calls one gets `true`.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn remember_webhook_id(&self, id: WebhookId, now: Timestamp) -> Result<bool> {
        no_nul(&[("webhook-id", &id.id)])?;
        self.writers.ask(|reply| Command::RememberWebhookId(Box::new((id, now)), reply)).await
    }

    /// Forgets the ids that were seen before that time: the signature's time is out of tolerance by then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_webhook_ids(&self, before: Timestamp) -> Result<u64> {
        self.writers.ask(|reply| Command::ForgetWebhookIds(Box::new(before), reply)).await
    }
}

pub(super) async fn remember_command(conn: &mut Conn, (id, now): (WebhookId, Timestamp)) -> Result<bool> {
    remember(conn, &id, now).await
}

/// `true` the first time.
pub(super) async fn remember(conn: &mut Conn, id: &WebhookId, now: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO webhook_ids (key_id, webhook_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT (key_id, webhook_id) DO NOTHING";
    let new = on!(conn, db => sqlx::query(sql).bind(&id.key_id).bind(&id.id).bind(micros(now))
        .execute(&mut *db).await.map(|done| done.rows_affected()))?;
    Ok(new == 1)
}

/// Whether it was remembered before.
pub(super) async fn seen(conn: &mut Conn, id: &WebhookId) -> Result<bool> {
    if let Some(inbound) = id.inbound() {
        return super::inbound::is_final(conn, inbound).await;
    }
    let sql = "SELECT COUNT(*) FROM webhook_ids WHERE key_id = $1 AND webhook_id = $2";
    let count: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(&id.key_id).bind(&id.id).fetch_one(&mut *db).await)?;
    Ok(count > 0)
}

pub(super) async fn forget(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM webhook_ids WHERE seen_at < $1";
    Ok(on!(conn, db => sqlx::query(sql).bind(micros(before)).execute(&mut *db).await.map(|done| done.rows_affected()))?)
}
