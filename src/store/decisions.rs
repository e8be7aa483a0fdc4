//! Decisions: added, never replaced.

use jiff::Timestamp;

use super::dialect::{Conn, on};
use super::{Result, Store, from_json, json, micros, timestamp, word};
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
    pub async fn decisions(&self, esr_id: &str) -> Result<Vec<StoredDecision>> {
        let sql = "SELECT seq, decision, cause, actor, recorded_at FROM decisions WHERE esr_id = $1 ORDER BY seq";
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(StoredDecision::try_from).collect()
    }
}

impl Store {
    /// The decisions of one eSR before this one, the newest first, at most so many; from the last one on when none is named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn decisions_before(&self, esr_id: &str, seq: Option<i64>, most: u32) -> Result<Vec<StoredDecision>> {
        let sql = "SELECT seq, decision, cause, actor, recorded_at FROM decisions WHERE esr_id = $1 AND seq < $2
            ORDER BY seq DESC LIMIT $3";
        let (seq, most) = (seq.unwrap_or(i64::MAX), i64::from(most));
        let rows: Vec<Row> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).bind(seq).bind(most).fetch_all(db).await)?;
        rows.into_iter().map(StoredDecision::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    decision: String,
    cause: String,
    actor: String,
    recorded_at: i64,
}

impl TryFrom<Row> for StoredDecision {
    type Error = super::StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            seq: row.seq,
            decision: from_json("a decision", &row.decision)?,
            cause: word("the cause", &row.cause, Cause::parse)?,
            actor: from_json("an actor", &row.actor)?,
            at: timestamp(row.recorded_at)?,
        })
    }
}

/// Adds a decision; its number is the eSR's revision.
pub(super) async fn add(conn: &mut Conn, esr_id: &str, seq: i64, new: &NewDecision) -> Result<()> {
    let sql =
        "INSERT INTO decisions (esr_id, seq, decision, cause, actor, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let (decision, actor, at) = (json(&new.decision)?, json(&new.actor)?, micros(new.at));
    on!(conn, db => sqlx::query(sql).bind(esr_id).bind(seq).bind(&decision).bind(new.cause.as_str()).bind(&actor).bind(at)
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}
