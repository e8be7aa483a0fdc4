//! How often each rule of the table decided, for the page that shows it.

use jiff::Timestamp;

use super::dialect::on;
use super::{Result, Store, micros, timestamp};

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

impl Store {
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
