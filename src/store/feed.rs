//! The events of all cases in the order of their numbers, as they become visible.
//!
//! PostgreSQL hands numbers out when events are written, and transactions end in another order: a number may appear after
//! a greater one, or never, when its transaction was rolled back. So each answer says which transactions were running
//! when it was read; every transaction has its id before it takes a number (see migration 6), so that once all that ran
//! then have ended, the numbers below the greatest one seen are all there that will ever be. On SQLite transactions
//! write one after the other, and there is nothing to wait for.

use jiff::Timestamp;

use super::dialect::{self, on};
use super::{Result, Store, timestamp, word};
use crate::cases::{EventKind, Status};

/// An event of any case. `by` and `data` are JSON text as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// Greater than that of every event that was written before.
    pub number: i64,
    /// Its id (`evt_...`).
    pub id: String,
    /// Id of the eSR.
    pub esr_id: String,
    /// The filer's own number of it.
    pub reference: String,
    /// Who filed it.
    pub filer: String,
    /// Whom it waits for by now.
    pub status: Status,
    /// Where it goes by now.
    pub route: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who.
    pub by: String,
    /// The rest, by kind; `None` when it is too large to be passed on, the timeline has it.
    pub data: Option<String>,
}

/// Which transactions were running when something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// All before this one had ended.
    pub oldest: i64,
    /// None from this one on had begun.
    pub next: i64,
}

impl Running {
    /// The same, when another question answered before that all transactions before `oldest` had ended.
    #[must_use]
    pub fn or(self, oldest: i64) -> Self {
        Self { oldest: self.oldest.max(oldest), ..self }
    }
}

/// Events after a number, and the transactions that were running when they were read.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// In the order of their numbers.
    pub events: Vec<FeedEvent>,
    /// `None` when there are no events.
    pub running: Option<Running>,
}

impl Store {
    /// The next events after a number, at most so many, in the order of their numbers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_after(&self, number: i64, most: usize) -> Result<FeedPage> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let sql = dialect::feed_after(&self.pool);
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(number).bind(most).fetch_all(db).await)?;
        let running = rows.first().map(|row| Running { oldest: row.oldest, next: row.next });
        let events = rows.into_iter().map(FeedEvent::try_from).collect::<Result<_>>()?;
        Ok(FeedPage { events, running })
    }

    /// The greatest number that is visible, 0 without events, and the transactions that were running when it was read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_head(&self) -> Result<(i64, Running)> {
        let sql = dialect::feed_head(&self.pool);
        let (number, oldest, next) = on!(&self.pool, db => sqlx::query_as(sql).fetch_one(db).await)?;
        Ok((number, Running { oldest, next }))
    }

    /// All transactions before this one that could write events have ended: what they wrote is visible to whoever reads
    /// after this. More than [`Running::oldest`] where other databases of the same server have transactions that run long.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_oldest(&self) -> Result<i64> {
        let sql = dialect::feed_oldest(&self.pool);
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).fetch_one(db).await)?)
    }

    /// The number of an event; `None` for an unknown one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_number(&self, event_id: &str) -> Result<Option<i64>> {
        let sql = dialect::feed_number(&self.pool);
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).bind(event_id).fetch_optional(db).await)?)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    id: String,
    esr_id: String,
    reference: String,
    filer: String,
    status: String,
    route: String,
    happened_at: i64,
    kind: String,
    actor: String,
    data: Option<String>,
    oldest: i64,
    next: i64,
}

impl TryFrom<Row> for FeedEvent {
    type Error = super::StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            number: row.number,
            id: row.id,
            esr_id: row.esr_id,
            reference: row.reference,
            filer: row.filer,
            status: word("the status", &row.status, Status::parse)?,
            route: row.route,
            at: timestamp(row.happened_at)?,
            kind: word("the event", &row.kind, EventKind::parse)?,
            by: row.actor,
            data: row.data,
        })
    }
}
