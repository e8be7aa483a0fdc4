//! Writing deliveries: stored with their message, claimed by lease, sent again.

use jiff::Timestamp;

use super::claims::{Claim, Claimed, Lease, Replay};
use super::dialect::{self, Conn, on};
use super::{Result, StoreError, micros, timestamp, word};
use crate::notify::delivery::ENDPOINT_DISABLED;
use crate::notify::endpoint::Language;
use crate::notify::{EventType, NewDelivery, Notice};
use crate::triage::outcome::Side;

/// Adds a delivery. Held by `lease` from its birth on, where there is one: the node that stores it sends it at once,
/// without asking the database for it again.
pub(super) async fn add(
    conn: &mut Conn,
    esr_id: &str,
    new: &NewDelivery,
    at: Timestamp,
    lease: Option<&Lease>,
) -> Result<()> {
    let (state, reason) = match (&new.endpoint_id, new.disabled) {
        (None, _) => ("unaddressed", None),
        (_, true) => ("dead", Some(ENDPOINT_DISABLED)),
        _ => ("pending", None),
    };
    let lease = lease.filter(|_| state == "pending");
    let settled = (state == "dead").then(|| micros(at));
    let due = micros(lease.map_or(at, |lease| lease.until));
    let sql = "INSERT INTO deliveries (id, message_id, esr_id, seq, side, party, notice, endpoint_id, address, language, answer_by,
            state, reason, attempts, tries, created_at, tried_from, due_at, lease, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, $14, $14, $15, $16, $17)";
    on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&new.message_id).bind(esr_id).bind(new.seq).bind(new.side.as_str())
        .bind(&new.party).bind(new.notice.as_str()).bind(&new.endpoint_id).bind(&new.address).bind(new.language.as_str())
        .bind(new.answer_by.map(micros)).bind(state).bind(reason).bind(micros(at)).bind(due)
        .bind(lease.map(|lease| lease.token.as_str())).bind(settled).execute(&mut *db).await.map(drop))?;
    Ok(())
}

/// Whether anything of a case still waits: what is stored now may have to wait behind it.
pub(super) async fn any_waits(conn: &mut Conn, esr_id: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM deliveries WHERE esr_id = $1 AND state = 'pending'";
    let count: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(esr_id).fetch_one(&mut *db).await)?;
    Ok(count > 0)
}

pub(super) async fn claim(conn: &mut Conn, claim: Claim) -> Result<Vec<Claimed>> {
    let sql = dialect::claim(conn);
    let read = "SELECT d.id, d.message_id, d.esr_id, d.seq, d.side, d.party, d.notice, d.endpoint_id, d.address, d.language,
            d.answer_by, d.attempts, d.tries, d.tried_from, o.event_type, o.payload
        FROM deliveries d JOIN outbox o ON o.id = d.message_id
        WHERE d.endpoint_id = $1 AND d.state = 'pending' AND d.due_at = $2 AND d.lease = $3 ORDER BY d.created_at, d.seq";
    let (now, until) = (micros(claim.now), micros(claim.lease.until));
    let mut all = Vec::new();
    for (endpoint, limit) in &claim.endpoints {
        let claimed = on!(conn, db => sqlx::query(sql).bind(endpoint).bind(now).bind(i64::from(*limit)).bind(until)
            .bind(&claim.lease.token).execute(&mut *db).await.map(|done| done.rows_affected()))?;
        if claimed == 0 {
            continue;
        }
        let rows: Vec<Row> = on!(conn, db =>
            sqlx::query_as(read).bind(endpoint).bind(until).bind(&claim.lease.token).fetch_all(&mut *db).await)?;
        for row in rows {
            all.push(row.claimed(&claim.lease)?);
        }
    }
    Ok(all)
}

pub(super) async fn release(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE deliveries SET lease = NULL, due_at = $1 WHERE state = 'pending' AND lease IS NOT NULL";
    Ok(on!(conn, db => sqlx::query(sql).bind(micros(now)).execute(&mut *db).await.map(|done| done.rows_affected()))?)
}

/// A delivery that somebody is at just now is left to him.
pub(super) async fn replay(conn: &mut Conn, replay: Replay) -> Result<u64> {
    Ok(match replay {
        Replay::One { id, to, at } => replay_one(conn, &id, to, at).await?,
        Replay::These { which, at } => {
            let mut count = 0;
            for (id, to) in which {
                count += replay_one(conn, &id, to, at).await?;
            }
            count
        }
        Replay::Range { endpoint_id, adopt, state, since, before, limit, at } => {
            let sql = "UPDATE deliveries SET state = 'pending', reason = NULL, tries = 0, tried_from = $1, due_at = $1, settled_at = NULL,
                    endpoint_id = COALESCE(endpoint_id, $2)
                WHERE lease IS NULL AND id IN (SELECT id FROM deliveries WHERE created_at >= $3 AND created_at < $4 AND tried_from < $1
                    AND ((state = $5 AND endpoint_id IS NOT NULL AND endpoint_id = COALESCE($2, endpoint_id))
                        OR (state = 'unaddressed' AND side = $6 AND party = $7)) AND lease IS NULL
                        AND COALESCE(endpoint_id, $2) IN (SELECT id FROM endpoints WHERE state = 'enabled')
                    ORDER BY created_at, id LIMIT $8)";
            let (side, party) = adopt.unzip();
            on!(conn, db => sqlx::query(sql).bind(micros(at)).bind(&endpoint_id).bind(micros(since)).bind(micros(before))
                .bind(state.as_str()).bind(side.map(Side::as_str)).bind(&party).bind(i64::from(limit))
                .execute(&mut *db).await.map(|done| done.rows_affected()))?
        }
    })
}

async fn replay_one(conn: &mut Conn, id: &str, to: Option<(String, String)>, at: Timestamp) -> Result<u64> {
    let sql = "UPDATE deliveries SET state = 'pending', reason = NULL, tries = 0, tried_from = $2, due_at = $2, settled_at = NULL,
            endpoint_id = COALESCE(endpoint_id, $3), address = CASE WHEN endpoint_id IS NULL THEN $4 ELSE address END
        WHERE id = $1 AND lease IS NULL AND COALESCE(endpoint_id, $3) IS NOT NULL";
    let (endpoint, address) = to.unzip();
    Ok(on!(conn, db => sqlx::query(sql).bind(id).bind(micros(at)).bind(&endpoint).bind(address.unwrap_or_default())
        .execute(&mut *db).await.map(|done| done.rows_affected()))?)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    message_id: String,
    esr_id: String,
    seq: i64,
    side: String,
    party: String,
    notice: String,
    endpoint_id: String,
    address: String,
    language: String,
    answer_by: Option<i64>,
    attempts: i64,
    tries: i64,
    tried_from: i64,
    event_type: String,
    payload: String,
}

impl Row {
    fn claimed(self, lease: &Lease) -> Result<Claimed> {
        let count = |count| u32::try_from(count).map_err(|_| StoreError::Corrupt("a count of tries".to_owned()));
        Ok(Claimed {
            side: word("the side", &self.side, Side::parse)?,
            notice: word("the notice", &self.notice, Notice::parse)?,
            language: word("the language", &self.language, Language::parse)?,
            answer_by: self.answer_by.map(timestamp).transpose()?,
            attempts: count(self.attempts)?,
            tries: count(self.tries)?,
            tried_from: timestamp(self.tried_from)?,
            lease: lease.clone(),
            event_type: word("the message type", &self.event_type, EventType::parse)?,
            payload: self.payload.into(),
            id: self.id,
            message_id: self.message_id,
            esr_id: self.esr_id,
            seq: self.seq,
            party: self.party,
            endpoint_id: self.endpoint_id,
            address: self.address,
        })
    }
}
