//! How many deliveries wait, failed or arrived: for figures and for an agent's first look.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::dialect::on;
use super::{Result, Store, micros, timestamp, word};
use crate::notify::delivery::DeliveryState;

/// What did not arrive yet, or never will by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// Waiting.
    pub pending: i64,
    /// Given up.
    pub dead: i64,
    /// Without a channel.
    pub unaddressed: i64,
    /// When the oldest that waits was stored.
    pub oldest_pending: Option<Timestamp>,
}

/// The deliveries to one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// The endpoint; none for what has no channel.
    pub endpoint_id: Option<String>,
    /// Waiting.
    pub pending: i64,
    /// Given up.
    pub dead: i64,
    /// Without a channel.
    pub unaddressed: i64,
    /// Arrived, of those stored since the time that was asked for.
    pub delivered: i64,
    /// When the oldest that waits was stored.
    pub oldest_pending: Option<Timestamp>,
}

impl Store {
    /// What did not arrive. Cheap however much did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn undelivered(&self) -> Result<Undelivered> {
        let sql =
            "SELECT state, COUNT(*), MIN(created_at) FROM deliveries WHERE state IN ('pending', 'dead', 'unaddressed')
            GROUP BY state";
        let rows: Vec<(String, i64, i64)> = on!(&self.pool, db => sqlx::query_as(sql).fetch_all(db).await)?;
        let mut counts = Undelivered::default();
        for (state, count, oldest) in rows {
            match word("the delivery's state", &state, DeliveryState::parse)? {
                DeliveryState::Pending => {
                    (counts.pending, counts.oldest_pending) = (count, Some(timestamp(oldest)?));
                }
                DeliveryState::Dead => counts.dead = count,
                DeliveryState::Unaddressed => counts.unaddressed = count,
                DeliveryState::Delivered => {}
            }
        }
        Ok(counts)
    }

    /// The same by endpoint, and what arrived of all that was stored since that time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counts_by_endpoint(&self, since: Timestamp) -> Result<Vec<EndpointCounts>> {
        let sql = "SELECT endpoint_id, state, COUNT(*), MIN(created_at) FROM deliveries
            WHERE state IN ('pending', 'dead', 'unaddressed') OR (state = 'delivered' AND created_at >= $1)
            GROUP BY endpoint_id, state";
        let rows: Vec<(Option<String>, String, i64, i64)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(micros(since)).fetch_all(db).await)?;
        let mut all: BTreeMap<Option<String>, EndpointCounts> = BTreeMap::new();
        for (endpoint_id, state, count, oldest) in rows {
            let counts = all.entry(endpoint_id.clone()).or_default();
            counts.endpoint_id = endpoint_id;
            match word("the delivery's state", &state, DeliveryState::parse)? {
                DeliveryState::Pending => {
                    (counts.pending, counts.oldest_pending) = (count, Some(timestamp(oldest)?));
                }
                DeliveryState::Dead => counts.dead = count,
                DeliveryState::Unaddressed => counts.unaddressed = count,
                DeliveryState::Delivered => counts.delivered = count,
            }
        }
        Ok(all.into_values().collect())
    }

    /// When the newest delivery that arrived at an endpoint did, of those stored since that time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_delivered(&self, endpoint_id: &str, since: Timestamp) -> Result<Option<Timestamp>> {
        let sql =
            "SELECT settled_at FROM deliveries WHERE endpoint_id = $1 AND state = 'delivered' AND created_at >= $2
            ORDER BY created_at DESC, id DESC LIMIT 1";
        let at: Option<Option<i64>> = on!(&self.pool, db =>
            sqlx::query_scalar(sql).bind(endpoint_id).bind(micros(since)).fetch_optional(db).await)?;
        at.flatten().map(timestamp).transpose()
    }
}
