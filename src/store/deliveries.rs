//! Deliveries as people look at them: who was told what, when, and did it arrive.

use jiff::Timestamp;
use sqlx::QueryBuilder;

use super::claims::NewAttempt;
use super::dialect::on;
use super::list::{Place, page};
use super::{Page, Result, Store, StoreError, micros, timestamp, word};
use crate::notify::delivery::DeliveryState;
use crate::notify::{EventType, Notice};
use crate::triage::outcome::Side;

/// A delivery in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id (`dlv_...`).
    pub id: String,
    /// The message.
    pub message_id: String,
    /// What the message tells.
    pub event_type: EventType,
    /// The case.
    pub esr_id: String,
    /// The filer's number of the case.
    pub reference: String,
    /// The side.
    pub side: Side,
    /// Who that is.
    pub party: String,
    /// How it is told.
    pub notice: Notice,
    /// The endpoint's id; none when there is no channel.
    pub endpoint_id: Option<String>,
    /// The endpoint's name.
    pub endpoint: Option<String>,
    /// The mail address, where the mail system is the channel.
    pub address: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Why it is not delivered.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it is tried next, while it is pending.
    pub due_at: Timestamp,
    /// Whether a node is at it now.
    pub under_way: bool,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
    /// Until when the side is to answer.
    pub answer_by: Option<Timestamp>,
}

/// One try in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which try, from 1.
    pub number: u32,
    /// What it came to.
    pub attempt: NewAttempt,
}

/// Which deliveries to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Of this case.
    pub esr_id: Option<String>,
    /// Of the cases with this reference, exactly; each filer may have one.
    pub reference: Option<String>,
    /// To this endpoint, by id.
    pub endpoint_id: Option<String>,
    /// So far.
    pub state: Option<DeliveryState>,
    /// To this side.
    pub side: Option<Side>,
    /// To this partner, participant or desk.
    pub party: Option<String>,
    /// Stored at this time or later.
    pub since: Option<Timestamp>,
    /// Stored before this time.
    pub before: Option<Timestamp>,
}

/// How many deliveries there are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Waiting.
    pub pending: i64,
    /// Taken by the other side.
    pub delivered: i64,
    /// Given up.
    pub dead: i64,
    /// Without a channel.
    pub unaddressed: i64,
    /// When the oldest that waits was stored.
    pub oldest_pending: Option<Timestamp>,
}

const SELECT: &str = "SELECT d.id, d.message_id, o.event_type, d.esr_id, s.reference, d.side, d.party, d.notice, d.endpoint_id,
        e.name AS endpoint, d.address, d.state, d.reason, d.attempts, d.created_at, d.due_at, d.lease, d.settled_at, d.answer_by
    FROM deliveries d JOIN outbox o ON o.id = d.message_id JOIN esrs s ON s.id = d.esr_id
        LEFT JOIN endpoints e ON e.id = d.endpoint_id WHERE 1 = 1";

impl DeliveryFilter {
    fn texts(&self) -> [(&'static str, Option<&str>, &'static str); 6] {
        [
            (" AND d.esr_id = ", self.esr_id.as_deref(), ""),
            (" AND d.esr_id IN (SELECT id FROM esrs WHERE reference = ", self.reference.as_deref(), ")"),
            (" AND d.endpoint_id = ", self.endpoint_id.as_deref(), ""),
            (" AND d.state = ", self.state.map(DeliveryState::as_str), ""),
            (" AND d.side = ", self.side.map(Side::as_str), ""),
            (" AND d.party = ", self.party.as_deref(), ""),
        ]
    }

    /// No stored text has a NUL character, and PostgreSQL refuses to look for one.
    fn matches_nothing(&self) -> bool {
        self.texts().iter().any(|(_, text, _)| text.is_some_and(|text| text.contains('\0')))
    }
}

/// Adds a filter's conditions to a query on `deliveries d`.
macro_rules! narrow {
    ($query:expr, $filter:expr) => {
        for (before, text, after) in $filter.texts() {
            if let Some(text) = text {
                $query.push(before).push_bind(text.to_owned()).push(after);
            }
        }
        for (condition, time) in [(" AND d.created_at >= ", $filter.since), (" AND d.created_at < ", $filter.before)] {
            if let Some(time) = time {
                $query.push(condition).push_bind(micros(time));
            }
        }
    };
}

impl Store {
    /// A page of deliveries, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Delivery>> {
        let place = cursor.map(Place::parse).transpose()?;
        if filter.matches_nothing() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let rows: Vec<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new(SELECT);
            narrow!(query, filter);
            if let Some(place) = place {
                query.push(" AND (d.created_at, d.id) < (").push_bind(place.at).push(", ").push_bind(place.id).push(")");
            }
            query.push(" ORDER BY d.created_at DESC, d.id DESC LIMIT ").push_bind(i64::from(limit) + 1);
            query.build_query_as().fetch_all(db).await
        })?;
        let items = rows.into_iter().map(Delivery::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |last| Place { at: micros(last.created_at), id: last.id.clone() }))
    }

    /// A page of deliveries in any of these states, the newest first. Each state has an index of its own, so that a page costs a
    /// page of each, however many there are.
    ///
    /// # Errors
    /// As [`Self::deliveries`].
    pub async fn deliveries_in(
        &self,
        states: &[DeliveryState],
        filter: &DeliveryFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Delivery>> {
        let mut items = Vec::new();
        for state in states {
            let filter = DeliveryFilter { state: Some(*state), ..filter.clone() };
            // One more than the page holds tells whether there is another.
            items.extend(self.deliveries(&filter, cursor, limit.saturating_add(1)).await?.items);
        }
        items.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        Ok(page(items, limit, |last| Place { at: micros(last.created_at), id: last.id.clone() }))
    }

    /// How many deliveries a filter fits, counted up to `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_deliveries(&self, filter: &DeliveryFilter, most: u32) -> Result<u64> {
        if filter.matches_nothing() {
            return Ok(0);
        }
        let count: i64 = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 FROM deliveries d WHERE 1 = 1");
            narrow!(query, filter);
            query.push(" LIMIT ").push_bind(i64::from(most)).push(") counted");
            query.build_query_scalar().fetch_one(db).await
        })?;
        Ok(count.unsigned_abs())
    }

    /// One delivery with its tries, the first one first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delivery(&self, id: &str) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let row: Option<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" AND d.id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await
        })?;
        let Some(row) = row else { return Ok(None) };
        let sql =
            "SELECT number, at, took_us, outcome, status, answer FROM attempts WHERE delivery_id = $1 ORDER BY number";
        let rows: Vec<AttemptRow> = on!(&self.pool, db => sqlx::query_as(sql).bind(id).fetch_all(db).await)?;
        Ok(Some((row.try_into()?, rows.into_iter().map(Attempt::try_from).collect::<Result<_>>()?)))
    }

    /// How many deliveries there are in each state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delivery_counts(&self) -> Result<DeliveryCounts> {
        let sql = "SELECT state, COUNT(*), MIN(created_at) FROM deliveries GROUP BY state";
        let rows: Vec<(String, i64, Option<i64>)> = on!(&self.pool, db => sqlx::query_as(sql).fetch_all(db).await)?;
        let mut counts = DeliveryCounts::default();
        for (state, count, oldest) in rows {
            match word("the delivery's state", &state, DeliveryState::parse)? {
                DeliveryState::Pending => {
                    (counts.pending, counts.oldest_pending) = (count, oldest.map(timestamp).transpose()?);
                }
                DeliveryState::Delivered => counts.delivered = count,
                DeliveryState::Dead => counts.dead = count,
                DeliveryState::Unaddressed => counts.unaddressed = count,
            }
        }
        Ok(counts)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    message_id: String,
    event_type: String,
    esr_id: String,
    reference: String,
    side: String,
    party: String,
    notice: String,
    endpoint_id: Option<String>,
    endpoint: Option<String>,
    address: String,
    state: String,
    reason: Option<String>,
    attempts: i64,
    created_at: i64,
    due_at: i64,
    lease: Option<String>,
    settled_at: Option<i64>,
    answer_by: Option<i64>,
}

impl TryFrom<Row> for Delivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            message_id: row.message_id,
            event_type: word("the message type", &row.event_type, EventType::parse)?,
            esr_id: row.esr_id,
            reference: row.reference,
            side: word("the side", &row.side, Side::parse)?,
            party: row.party,
            notice: word("the notice", &row.notice, Notice::parse)?,
            endpoint_id: row.endpoint_id,
            endpoint: row.endpoint,
            address: row.address,
            state: word("the delivery's state", &row.state, DeliveryState::parse)?,
            reason: row.reason,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            created_at: timestamp(row.created_at)?,
            due_at: timestamp(row.due_at)?,
            under_way: row.lease.is_some(),
            settled_at: row.settled_at.map(timestamp).transpose()?,
            answer_by: row.answer_by.map(timestamp).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct AttemptRow {
    number: i64,
    at: i64,
    took_us: i64,
    outcome: String,
    status: Option<i64>,
    answer: String,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self> {
        let AttemptRow { number, at, took_us, outcome, status, answer } = row;
        let status = status.and_then(|status| u16::try_from(status).ok());
        let attempt = NewAttempt { at: timestamp(at)?, took_us, outcome, status, answer };
        Ok(Self { number: u32::try_from(number).unwrap_or(u32::MAX), attempt })
    }
}
