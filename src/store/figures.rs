//! Figures over many eSRs: where they go, what waits, what rests on which report. Each is read from one index that holds
//! all of it (`esrs_figures` and its like, see the migration "products"), over a bounded time.

use jiff::Timestamp;
use sqlx::QueryBuilder;

use super::dialect::on;
use super::{Result, Store, StoredEsr, esrs, micros, timestamp, word};
use crate::cases::Status;
use crate::notify::delivery::DeliveryState;

/// So many reports are asked about at once: each is a parameter.
const REPORTS_AT_ONCE: usize = 200;

/// How many eSRs on one pair of products took one route.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PairCount {
    /// The platform's id; none where it was not resolved, or no third party is involved.
    pub platform: Option<String>,
    /// The participant's id.
    pub participant: Option<String>,
    /// The solution's id; none with a participant: an unlisted product of it.
    pub solution: Option<String>,
    /// Why there is no participant: the fact `coverage`; none where there is one.
    pub without: Option<String>,
    /// The route.
    pub route: String,
    /// How many.
    pub count: i64,
}

/// How many eSRs of one piece of time took one route.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VolumeCount {
    /// Which piece, counted from 0 at the beginning.
    pub piece: i64,
    /// The route.
    pub route: String,
    /// How many.
    pub count: i64,
}

/// How many eSRs wait for one side, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCount {
    /// For whom.
    pub status: Status,
    /// How many: changed within the last day, before that within three, within seven, and longer ago.
    pub since: [i64; 4],
    /// When the one that waits longest changed last.
    pub oldest: Timestamp,
}

impl WaitingCount {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.since.iter().sum()
    }
}

/// A company's name that named no participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// As it was written.
    pub name: String,
    /// In so many eSRs.
    pub count: i64,
    /// When the last of them was received.
    pub last: Timestamp,
}

/// The eSRs that rest on one report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resting {
    /// All.
    pub all: i64,
    /// Those not closed.
    pub open: i64,
}

/// Deliveries to one endpoint that will not arrive by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubleCount {
    /// The endpoint; none for what has no channel.
    pub endpoint_id: Option<String>,
    /// Given up, or without a channel.
    pub state: DeliveryState,
    /// How many.
    pub count: i64,
    /// When the oldest was stored.
    pub oldest: Timestamp,
}

impl Store {
    /// What became of each pair of products since then, the most frequent first; at most `most` rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pair_counts(&self, since: Timestamp, most: u32) -> Result<Vec<PairCount>> {
        let sql =
            "SELECT platform, participant, solution, CASE WHEN participant IS NULL THEN coverage END AS without, route,
                COUNT(*) AS count
            FROM esrs WHERE received_at >= $1
            GROUP BY platform, participant, solution, CASE WHEN participant IS NULL THEN coverage END, route
            ORDER BY COUNT(*) DESC, platform, participant, solution, route LIMIT $2";
        Ok(on!(&self.pool, db => sqlx::query_as(sql).bind(micros(since)).bind(i64::from(most)).fetch_all(db).await)?)
    }

    /// How many eSRs took which route in each piece of time of `piece_us` microseconds since then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn volume_counts(&self, since: Timestamp, piece_us: i64) -> Result<Vec<VolumeCount>> {
        let sql = "SELECT (received_at - $1) / $2 AS piece, route, COUNT(*) AS count FROM esrs WHERE received_at >= $1
            GROUP BY (received_at - $1) / $2, route ORDER BY 1, 2";
        let (since, piece) = (micros(since), piece_us.max(1));
        Ok(on!(&self.pool, db => sqlx::query_as(sql).bind(since).bind(piece).fetch_all(db).await)?)
    }

    /// What waits, for whom, and since when it did not change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_counts(&self, now: Timestamp) -> Result<Vec<WaitingCount>> {
        let sql = "SELECT status, COUNT(*) FILTER (WHERE updated_at >= $1),
                COUNT(*) FILTER (WHERE updated_at < $1 AND updated_at >= $2),
                COUNT(*) FILTER (WHERE updated_at < $2 AND updated_at >= $3),
                COUNT(*) FILTER (WHERE updated_at < $3), MIN(updated_at)
            FROM esrs WHERE status <> 'closed' GROUP BY status ORDER BY status";
        let before = |days: i64| micros(now) - days * 86_400_000_000;
        let rows: Vec<(String, i64, i64, i64, i64, i64)> = on!(&self.pool, db =>
            sqlx::query_as(sql).bind(before(1)).bind(before(3)).bind(before(7)).fetch_all(db).await)?;
        let waiting = rows.into_iter().map(|(status, day, three, seven, longer, oldest)| {
            let status = word("the status", &status, Status::parse)?;
            Ok(WaitingCount { status, since: [day, three, seven, longer], oldest: timestamp(oldest)? })
        });
        waiting.collect()
    }

    /// The companies' names that named no participant most often since then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn missed_names(&self, since: Timestamp, most: u32) -> Result<Vec<Missed>> {
        let sql = "SELECT missed, COUNT(*), MAX(received_at) FROM esrs WHERE missed IS NOT NULL AND received_at >= $1
            GROUP BY missed ORDER BY COUNT(*) DESC, MAX(received_at) DESC, missed LIMIT $2";
        let rows: Vec<(String, i64, i64)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(micros(since)).bind(i64::from(most)).fetch_all(db).await)?;
        let missed = |(name, count, last)| Ok(Missed { name, count, last: timestamp(last)? });
        rows.into_iter().map(missed).collect()
    }

    /// How many eSRs rest on each of these reports (`id/edition`), in their order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn resting_on(&self, reports: &[String]) -> Result<Vec<Resting>> {
        let mut found = std::collections::HashMap::new();
        for some in reports.chunks(REPORTS_AT_ONCE) {
            let rows: Vec<(String, i64, i64)> = on!(&self.pool, db => {
                let mut query = QueryBuilder::new(
                    "SELECT report, COUNT(*), COUNT(*) FILTER (WHERE status <> 'closed') FROM esrs WHERE report IN (",
                );
                let mut list = query.separated(", ");
                for report in some {
                    list.push_bind(report.replace('\0', ""));
                }
                query.push(") GROUP BY report").build_query_as().persistent(false).fetch_all(db).await
            })?;
            found.extend(rows.into_iter().map(|(report, all, open)| (report, Resting { all, open })));
        }
        Ok(reports.iter().map(|report| found.get(report).copied().unwrap_or_default()).collect())
    }

    /// The newest eSRs that are not closed, whole, at most so many: those whom a change of the registry may still move.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_open(&self, most: u32) -> Result<Vec<StoredEsr>> {
        let sql = esrs::select_esr!("WHERE e.status <> 'closed' ORDER BY e.received_at DESC, e.id DESC LIMIT $1");
        let rows: Vec<esrs::Row> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(i64::from(most)).fetch_all(db).await)?;
        rows.into_iter().map(StoredEsr::try_from).collect()
    }

    /// The newest eSRs that rest on a report (`id/edition`): id, reference, filer, status, time of receipt.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn latest_on(&self, report: &str, most: u32) -> Result<Vec<(String, String, String, Status, Timestamp)>> {
        let sql = "SELECT id, reference, filer, status, received_at FROM esrs WHERE report = $1
            ORDER BY received_at DESC, id LIMIT $2";
        let rows: Vec<(String, String, String, String, i64)> = on!(&self.pool, db =>
            sqlx::query_as(sql).bind(report.replace('\0', "")).bind(i64::from(most)).fetch_all(db).await)?;
        let esr = |(id, reference, filer, status, at): (_, _, _, String, _)| {
            Ok((id, reference, filer, word("the status", &status, Status::parse)?, timestamp(at)?))
        };
        rows.into_iter().map(esr).collect()
    }

    /// Deliveries that were given up or have no channel, by endpoint.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn trouble_counts(&self) -> Result<Vec<TroubleCount>> {
        let sql = "SELECT endpoint_id, state, COUNT(*), MIN(created_at) FROM deliveries
            WHERE state IN ('dead', 'unaddressed') GROUP BY endpoint_id, state ORDER BY COUNT(*) DESC, endpoint_id";
        let rows: Vec<(Option<String>, String, i64, i64)> =
            on!(&self.pool, db => sqlx::query_as(sql).fetch_all(db).await)?;
        let trouble = rows.into_iter().map(|(endpoint_id, state, count, oldest)| {
            let state = word("the delivery's state", &state, DeliveryState::parse)?;
            Ok(TroubleCount { endpoint_id, state, count, oldest: timestamp(oldest)? })
        });
        trouble.collect()
    }
}
