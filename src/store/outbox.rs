//! Messages, stored with what they tell in one transaction. How far each receiver is with one stands in its deliveries.

use jiff::Timestamp;

use super::dialect::{Conn, on};
use super::{Result, Store, from_json, json, micros, timestamp, word};
use crate::notify::{EventType, OutboxRow};

/// How many messages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCounts {
    /// Stored.
    pub stored: i64,
    /// When the oldest of them was.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// How many messages there are, and since when.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn message_counts(&self) -> Result<MessageCounts> {
        let sql = "SELECT COUNT(*), MIN(created_at) FROM outbox";
        let (stored, oldest): (i64, Option<i64>) = on!(&self.pool, db => sqlx::query_as(sql).fetch_one(db).await)?;
        Ok(MessageCounts { stored, oldest: oldest.map(timestamp).transpose()? })
    }

    /// The messages of one eSR as they are sent, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages(&self, esr_id: &str) -> Result<Vec<OutboxRow>> {
        let sql = "SELECT id, event_type, payload FROM outbox WHERE esr_id = $1 ORDER BY created_at, id";
        let rows: Vec<(String, String, String)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(row).collect()
    }

    /// The message of that id as it is sent.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn message(&self, id: &str) -> Result<Option<OutboxRow>> {
        let sql = "SELECT id, event_type, payload FROM outbox WHERE id = $1";
        let found: Option<(String, String, String)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await)?;
        found.map(row).transpose()
    }
}

fn row((id, event_type, payload): (String, String, String)) -> Result<OutboxRow> {
    Ok(OutboxRow {
        id,
        event_type: word("the message type", &event_type, EventType::parse)?,
        payload: from_json("a message", &payload)?,
    })
}

/// Adds a message. One that is stored already is an error: nothing is told twice.
pub(super) async fn add(conn: &mut Conn, esr_id: &str, row: &OutboxRow, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO outbox (id, esr_id, event_type, payload, created_at) VALUES ($1, $2, $3, $4, $5)";
    let (payload, at) = (json(&row.payload)?, micros(at));
    on!(conn, db => sqlx::query(sql).bind(&row.id).bind(esr_id).bind(row.event_type.as_str()).bind(&payload).bind(at)
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}
