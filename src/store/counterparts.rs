//! The other sides' own tickets of a case.

use jiff::Timestamp;

use super::dialect::{Conn, on};
use super::{Result, Store, StoreError, micros, no_nul, timestamp, word};
use crate::triage::outcome::Side;

/// Another side's ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterpart {
    /// The case.
    pub esr_id: String,
    /// The endpoint that it is reached through.
    pub endpoint_id: String,
    /// Whose ticket it is.
    pub side: Side,
    /// The company or desk.
    pub party: String,
    /// The number that people use.
    pub number: Option<String>,
    /// What the other system calls it.
    pub remote_id: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The other side's own word for its state.
    pub status: Option<String>,
    /// When it was last heard of.
    pub updated_at: Timestamp,
}

macro_rules! select_counterpart {
    ($tail:literal) => {
        concat!(
            "SELECT esr_id, endpoint_id, side, party, number, remote_id, url, status, updated_at FROM counterparts ",
            $tail
        )
    };
}

impl Store {
    /// The tickets of a case, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counterparts(&self, esr_id: &str) -> Result<Vec<Counterpart>> {
        let sql = select_counterpart!("WHERE esr_id = $1 ORDER BY updated_at, endpoint_id");
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(Counterpart::try_from).collect()
    }

    /// The ticket of that remote id at an endpoint; the number people use is looked for too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counterpart_by_remote_id(&self, endpoint_id: &str, remote: &str) -> Result<Option<Counterpart>> {
        if remote.contains('\0') {
            return Ok(None);
        }
        let sql = select_counterpart!(
            "WHERE endpoint_id = $1 AND (remote_id = $2 OR number = $2) ORDER BY updated_at DESC LIMIT 1"
        );
        let row: Option<Row> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(endpoint_id).bind(remote).fetch_optional(db).await)?;
        row.map(Counterpart::try_from).transpose()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    esr_id: String,
    endpoint_id: String,
    side: String,
    party: String,
    number: Option<String>,
    remote_id: Option<String>,
    url: Option<String>,
    status: Option<String>,
    updated_at: i64,
}

impl TryFrom<Row> for Counterpart {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let Row { esr_id, endpoint_id, side, party, number, remote_id, url, status, updated_at } = row;
        let (side, updated_at) = (word("the side", &side, Side::parse)?, timestamp(updated_at)?);
        Ok(Self { esr_id, endpoint_id, side, party, number, remote_id, url, status, updated_at })
    }
}

/// Remembers a ticket; what is not known now stays as it was known before.
pub(super) async fn put(conn: &mut Conn, new: &Counterpart) -> Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    no_nul(&[("the other side's number", &text(&new.number)), ("the other side's id", &text(&new.remote_id))])?;
    no_nul(&[("the other side's address", &text(&new.url)), ("the other side's status", &text(&new.status))])?;
    let sql = "INSERT INTO counterparts (esr_id, endpoint_id, side, party, number, remote_id, url, status, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (esr_id, endpoint_id) DO UPDATE SET number = COALESCE(excluded.number, counterparts.number),
            remote_id = COALESCE(excluded.remote_id, counterparts.remote_id), url = COALESCE(excluded.url, counterparts.url),
            status = COALESCE(excluded.status, counterparts.status), updated_at = excluded.updated_at";
    on!(conn, db => sqlx::query(sql).bind(&new.esr_id).bind(&new.endpoint_id).bind(new.side.as_str()).bind(&new.party)
        .bind(&new.number).bind(&new.remote_id).bind(&new.url).bind(&new.status).bind(micros(new.updated_at))
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}
