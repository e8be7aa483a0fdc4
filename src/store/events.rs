//! The timeline of an eSR: who said and did what.

use jiff::Timestamp;
use serde_json::Value;

use super::command::Command;
use super::dialect::{Conn, on};
use super::list::{Page, Place, page};
use super::{Result, Store, StoreError, from_json, json, micros, timestamp, word};
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
    pub async fn add_event(&self, esr_id: &str, event: NewEvent) -> Result<bool> {
        let input = Box::new((esr_id.to_owned(), event));
        self.tell_followers(self.writers.ask(|reply| Command::AddEvent(input, reply)).await)
    }

    /// The whole timeline of one eSR, the oldest entry first; empty for an unknown eSR.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn timeline(&self, esr_id: &str) -> Result<Vec<Event>> {
        let sql = "SELECT id, happened_at, kind, actor, data FROM events WHERE esr_id = $1 ORDER BY happened_at, id";
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(Event::try_from).collect()
    }
}

impl Store {
    /// A page of the timeline of one eSR, the newest entry first. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn newest_events(&self, esr_id: &str, cursor: Option<&str>, limit: u32) -> Result<Page<Event>> {
        let place = cursor.map_or(Ok(Place { at: i64::MAX, id: String::new() }), Place::parse)?;
        let sql =
            "SELECT id, happened_at, kind, actor, data FROM events WHERE esr_id = $1 AND (happened_at, id) < ($2, $3)
            ORDER BY happened_at DESC, id DESC LIMIT $4";
        let most = i64::from(limit) + 1;
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).bind(place.at).bind(&place.id).bind(most)
            .fetch_all(db).await)?;
        let events = rows.into_iter().map(Event::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(events, limit, |last| Place { at: micros(last.at), id: last.id.clone() }))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    happened_at: i64,
    kind: String,
    actor: String,
    data: String,
}

impl TryFrom<Row> for Event {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            at: timestamp(row.happened_at)?,
            kind: word("the event", &row.kind, EventKind::parse)?,
            actor: from_json("an actor", &row.actor)?,
            data: from_json("an event", &row.data)?,
        })
    }
}

/// Adds an entry if there is such an eSR.
pub(super) async fn add(conn: &mut Conn, (esr_id, event): (String, NewEvent)) -> Result<bool> {
    let there = super::esrs_write::exists(conn, &esr_id).await?;
    if there {
        insert(conn, &esr_id, &event).await?;
    }
    Ok(there)
}

/// Adds an entry to an eSR that is there.
pub(super) async fn insert(conn: &mut Conn, esr_id: &str, event: &NewEvent) -> Result<()> {
    let sql = "INSERT INTO events (id, esr_id, happened_at, kind, actor, data) VALUES ($1, $2, $3, $4, $5, $6)";
    let (at, actor, data) = (micros(event.at), json(&event.actor)?, json(&event.data)?);
    on!(conn, db => sqlx::query(sql).bind(&event.id).bind(esr_id).bind(at).bind(event.kind.as_str()).bind(&actor).bind(&data)
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}
