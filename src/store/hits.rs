//! How often each rule of the table decided, for the page that shows it.

use jiff::Timestamp;

use super::dialect::on;
use super::{Result, Store, from_json, micros, timestamp, word};
use crate::cases::Cause;
use crate::triage::facts::Facts;

/// How often a rule decided: counted by the decisions that stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHits {
    /// The rule's id, as it was when it decided.
    pub rule: String,
    /// How many eSRs stand where it sent them, of those that were looked at.
    pub all: u64,
    /// Of these, received since the time that was asked for.
    pub lately: u64,
    /// When the newest was received.
    pub newest: Timestamp,
}

/// What an eSR's decision that stands now was taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The eSR's id.
    pub id: String,
    /// Who filed it.
    pub filer: String,
    /// The filer's own number.
    pub reference: String,
    /// Why the decision was taken: an agent's own is no rule's.
    pub cause: Cause,
    /// Its facts.
    pub facts: Facts,
}

/// The part of a stored decision that is read.
#[derive(serde::Deserialize)]
struct OnFacts {
    facts: Facts,
}

impl Store {
    /// The decisions that stand for the newest `most` eSRs, the newest first, with the facts that they were taken on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing(&self, most: u32) -> Result<Vec<Standing>> {
        let sql = "SELECT e.id, e.filer, e.reference, d.cause, d.decision
            FROM (SELECT id, filer, reference, revision, received_at FROM esrs ORDER BY received_at DESC, id DESC LIMIT $1) e
                JOIN decisions d ON d.esr_id = e.id AND d.seq = e.revision
            ORDER BY e.received_at DESC, e.id DESC";
        let rows: Vec<(String, String, String, String, String)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(i64::from(most)).fetch_all(db).await)?;
        rows.into_iter()
            .map(|(id, filer, reference, cause, decision)| {
                let OnFacts { facts } = from_json("a decision", &decision)?;
                Ok(Standing { id, filer, reference, cause: word("the cause", &cause, Cause::parse)?, facts })
            })
            .collect()
    }

    /// How often each rule decided, among the newest `most` eSRs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rule_hits(&self, since: Timestamp, most: u32) -> Result<Vec<RuleHits>> {
        let sql = "SELECT rule, COUNT(*), COUNT(CASE WHEN received_at >= $1 THEN 1 END), MAX(received_at)
            FROM (SELECT rule, received_at FROM esrs ORDER BY received_at DESC, id DESC LIMIT $2) newest
            GROUP BY rule ORDER BY rule";
        let rows: Vec<(String, i64, i64, i64)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(micros(since)).bind(i64::from(most)).fetch_all(db).await)?;
        rows.into_iter()
            .map(|(rule, all, lately, newest)| {
                let (all, lately) = (all.unsigned_abs(), lately.unsigned_abs());
                Ok(RuleHits { rule, all, lately, newest: timestamp(newest)? })
            })
            .collect()
    }
}
