//! How many deliveries wait, failed or arrived: for figures and for an agent's first look.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::dialect::on;
use super::{Result, Store, micros, timestamp, word};
use crate::notify::delivery::DeliveryState;
use crate::triage::outcome::Side;

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

/// Deliveries to one party by one endpoint that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The endpoint; none for what has no channel.
    pub endpoint_id: Option<String>,
    /// How far they are: never delivered.
    pub state: DeliveryState,
    /// The side.
    pub side: Side,
    /// Who that is.
    pub party: String,
    /// How many.
    pub count: u64,
    /// How many of them were tried.
    pub tried: u64,
    /// When the oldest was stored.
    pub oldest: Timestamp,
    /// When the newest was stored.
    pub newest: Timestamp,
}

/// How the tries at one endpoint went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointTries {
    /// The endpoint.
    pub endpoint_id: String,
    /// How many the other side took.
    pub taken: u64,
    /// How many it did not.
    pub failed: u64,
    /// When the last one was taken.
    pub last_taken: Option<Timestamp>,
    /// When the last one failed.
    pub last_failed: Option<Timestamp>,
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

    /// What did not arrive, by endpoint, among the newest `most` that wait, the newest `most` that were given up and the newest
    /// `most` without a channel: what an agent is shown first, at a bounded price.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn trouble_by_endpoint(&self, most: u32) -> Result<Vec<Trouble>> {
        macro_rules! newest {
            ($state:literal) => {
                concat!(
                    "SELECT * FROM (SELECT endpoint_id, state, created_at, attempts, side, party FROM deliveries WHERE state = '",
                    $state,
                    "' ORDER BY created_at DESC, id DESC LIMIT $1) ",
                    $state
                )
            };
        }
        let sql = concat!(
            "SELECT endpoint_id, state, side, party, COUNT(*), MIN(created_at), MAX(created_at), CAST(COUNT(CASE WHEN attempts > 0 THEN 1 END) AS BIGINT) FROM (",
            newest!("dead"),
            " UNION ALL ",
            newest!("unaddressed"),
            " UNION ALL ",
            newest!("pending"),
            ") newest GROUP BY endpoint_id, state, side, party"
        );
        type Found = (Option<String>, String, String, String, i64, i64, i64, i64);
        let rows: Vec<Found> = on!(&self.pool, db => sqlx::query_as(sql).bind(i64::from(most)).fetch_all(db).await)?;
        rows.into_iter()
            .map(|(endpoint_id, state, side, party, count, oldest, newest, tried)| {
                Ok(Trouble {
                    endpoint_id,
                    state: word("the delivery's state", &state, DeliveryState::parse)?,
                    side: word("the side", &side, Side::parse)?,
                    party,
                    count: count.unsigned_abs(),
                    tried: tried.unsigned_abs(),
                    oldest: timestamp(oldest)?,
                    newest: timestamp(newest)?,
                })
            })
            .collect()
    }

    /// How the tries of the newest `most` deliveries went, by endpoint; of one endpoint alone where one is named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tries_by_endpoint(&self, only: Option<&str>, most: u32) -> Result<Vec<EndpointTries>> {
        macro_rules! tries {
            ($which:literal) => {
                concat!(
                    "SELECT d.endpoint_id, COUNT(CASE WHEN a.outcome = 'delivered' THEN 1 END),
                        COUNT(CASE WHEN a.outcome <> 'delivered' THEN 1 END),
                        MAX(CASE WHEN a.outcome = 'delivered' THEN a.at END), MAX(CASE WHEN a.outcome <> 'delivered' THEN a.at END)
                    FROM (SELECT id, endpoint_id FROM deliveries WHERE ",
                    $which,
                    " ORDER BY created_at DESC, id DESC LIMIT $1) d JOIN attempts a ON a.delivery_id = d.id
                    WHERE d.endpoint_id IS NOT NULL GROUP BY d.endpoint_id"
                )
            };
        }
        type Found = (String, i64, i64, Option<i64>, Option<i64>);
        let most = i64::from(most);
        let rows: Vec<Found> = on!(&self.pool, db => match only {
            Some(id) => sqlx::query_as(tries!("endpoint_id = $2")).bind(most).bind(id).fetch_all(db).await,
            None => sqlx::query_as(tries!("1 = 1")).bind(most).fetch_all(db).await,
        })?;
        rows.into_iter()
            .map(|(endpoint_id, taken, failed, last_taken, last_failed)| {
                Ok(EndpointTries {
                    endpoint_id,
                    taken: taken.unsigned_abs(),
                    failed: failed.unsigned_abs(),
                    last_taken: last_taken.map(timestamp).transpose()?,
                    last_failed: last_failed.map(timestamp).transpose()?,
                })
            })
            .collect()
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
