//! The links to a case that were taken back.
//!
//! A link carries its party's counter (see [`crate::mail::link`]); taking a party's links back raises the counter, so that
//! those that are out open nothing any longer and the next letter's link does.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, StoreError, micros, no_nul, timestamp, word};
use crate::triage::outcome::Side;

/// Somebody's links to one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkParty {
    /// On which side.
    pub side: Side,
    /// Who: a partner's owner name, a participant's id, a desk.
    pub party: String,
}

/// Takes the links of these parties to a case back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeLinks {
    /// The case.
    pub esr_id: String,
    /// Whose.
    pub parties: Vec<LinkParty>,
    /// Who takes them back, for people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Links that were taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedLinks {
    /// Whose.
    pub whose: LinkParty,
    /// What a link has to carry now.
    pub counter: u16,
    /// When that was last raised.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

impl Store {
    /// The counter that the links of this party to this case carry; 0 until they are taken back for the first time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn link_counter(&self, esr_id: &str, side: Side, party: &str) -> Result<u16> {
        let sql = "SELECT counter FROM link_counters WHERE esr_id = $1 AND side = $2 AND party = $3";
        let found: Option<i64> = on!(&self.pool, db => sqlx::query_scalar(sql).bind(esr_id).bind(side.as_str()).bind(party)
            .fetch_optional(db).await)?;
        found.map_or(Ok(0), counter)
    }

    /// Whose links to a case were taken back, and when last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoked_links(&self, esr_id: &str) -> Result<Vec<RevokedLinks>> {
        let sql = "SELECT side, party, counter, revoked_at, revoked_by FROM link_counters WHERE esr_id = $1
            ORDER BY side, party";
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(RevokedLinks::try_from).collect()
    }

    /// Takes links back: all of these parties that are out now. `false` when there is no such eSR.
    ///
    /// # Errors
    /// When it cannot be stored: the links work on then.
    pub async fn revoke_links(&self, revoke: RevokeLinks) -> Result<bool> {
        no_nul(&[("who takes links back", &revoke.by)])?;
        for whose in &revoke.parties {
            no_nul(&[("whose links", &whose.party)])?;
        }
        self.writers.ask(|reply| Command::RevokeLinks(Box::new(revoke), reply)).await
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    side: String,
    party: String,
    counter: i64,
    revoked_at: i64,
    revoked_by: String,
}

impl TryFrom<Row> for RevokedLinks {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let whose = LinkParty { side: word("the side", &row.side, Side::parse)?, party: row.party };
        Ok(Self { whose, counter: counter(row.counter)?, at: timestamp(row.revoked_at)?, by: row.revoked_by })
    }
}

fn counter(stored: i64) -> Result<u16> {
    u16::try_from(stored).map_err(|_| StoreError::Corrupt(format!("a link's counter is {stored}")))
}

/// Raises the counters. After 65,535 times a party gets no link that works: better than one that was taken back.
pub(super) async fn revoke(conn: &mut Conn, revoke: RevokeLinks) -> Result<bool> {
    if !super::esrs_write::exists(conn, &revoke.esr_id).await? {
        return Ok(false);
    }
    let sql = "INSERT INTO link_counters (esr_id, side, party, counter, revoked_at, revoked_by) VALUES ($1, $2, $3, 1, $4, $5)
        ON CONFLICT (esr_id, side, party) DO UPDATE SET counter = link_counters.counter + 1, revoked_at = excluded.revoked_at,
            revoked_by = excluded.revoked_by";
    for whose in &revoke.parties {
        on!(conn, db => sqlx::query(sql).bind(&revoke.esr_id).bind(whose.side.as_str()).bind(&whose.party)
            .bind(micros(revoke.at)).bind(&revoke.by).execute(&mut *db).await.map(drop))?;
    }
    Ok(true)
}
