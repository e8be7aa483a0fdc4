//! The tries of all deliveries of a case, read at once.

use std::collections::HashMap;

use super::deliveries::{Attempt, AttemptRow};
use super::dialect::on;
use super::{Result, Store};

/// The most that are read, the newest ones: a receiver that fails for a day is tried some dozen times.
const MOST: i64 = 200;

#[derive(sqlx::FromRow)]
struct Row {
    delivery_id: String,
    #[sqlx(flatten)]
    attempt: AttemptRow,
}

impl Store {
    /// The tries of each delivery of a case, the first one first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attempts_of_esr(&self, esr_id: &str) -> Result<HashMap<String, Vec<Attempt>>> {
        let sql = "SELECT a.delivery_id, a.number, a.at, a.took_us, a.outcome, a.status, a.answer
            FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.esr_id = $1 ORDER BY a.at DESC, a.number DESC LIMIT $2";
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).bind(MOST).fetch_all(db).await)?;
        let mut all: HashMap<String, Vec<Attempt>> = HashMap::new();
        for row in rows.into_iter().rev() {
            all.entry(row.delivery_id).or_default().push(row.attempt.try_into()?);
        }
        Ok(all)
    }
}
