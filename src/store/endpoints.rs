//! Endpoints: who is told on which channel.

use jiff::Timestamp;
use serde_json::Value;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, StoreError, deliveries_write, from_json, json, micros, no_nul, timestamp, word};
use crate::notify::NewDelivery;
use crate::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use crate::triage::outcome::Side;

macro_rules! select_endpoint {
    ($tail:literal) => {
        concat!(
            "SELECT id, name, side, owner, connector, settings, secrets, events, payload, language, concurrency, per_second, contact, ",
            "state, reason, failing_since, created_at, updated_at FROM endpoints ",
            $tail
        )
    };
}

/// What storing an endpoint came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutEndpoint {
    /// It is stored.
    Stored,
    /// Another endpoint has that name.
    NameTaken,
}

/// What changing an endpoint came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeEndpoint {
    /// It is stored.
    Stored,
    /// Somebody else changed it meanwhile, or it is not there.
    Moved,
}

/// A change of what an endpoint is.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointChange {
    /// As it is from now on.
    pub after: Endpoint,
    /// When the endpoint that this was made from had changed last.
    pub seen: Timestamp,
    /// The secret of which there are old ones now, and until when they live.
    pub old_secrets: Option<(String, Timestamp)>,
}

/// A change of whether an endpoint is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSwitch {
    /// The endpoint.
    pub id: String,
    /// What it is from now on.
    pub state: EndpointState,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who is told, with the case whose delivery showed it.
    pub tell: Option<(String, NewDelivery)>,
}

impl Store {
    /// Every endpoint, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>> {
        let sql = select_endpoint!("ORDER BY name");
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).fetch_all(db).await)?;
        rows.into_iter().map(Endpoint::try_from).collect()
    }

    /// Counts the changes of endpoints, so that a node sees those of another.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn endpoints_revision(&self) -> Result<i64> {
        let sql = "SELECT revision FROM endpoints_state WHERE id = 1";
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).fetch_one(db).await)?)
    }

    /// Adds an endpoint, or replaces the one of that id; whether it is sent to changes with [`Self::switch_endpoint`].
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn put_endpoint(&self, endpoint: Endpoint) -> Result<PutEndpoint> {
        let owner = endpoint.owner.as_deref().unwrap_or_default();
        let contact = endpoint.contact.as_deref().unwrap_or_default();
        no_nul(&[("the name", &endpoint.name), ("the owner", owner), ("the contact", contact)])?;
        self.writers.ask(|reply| Command::PutEndpoint(Box::new(endpoint), reply)).await
    }

    /// Changes an endpoint, unless somebody else did meanwhile.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn change_endpoint(&self, change: EndpointChange) -> Result<ChangeEndpoint> {
        no_nul(&[("the contact", change.after.contact.as_deref().unwrap_or_default())])?;
        self.writers.ask(|reply| Command::ChangeEndpoint(Box::new(change), reply)).await
    }

    /// Forgets the secrets that were replaced and whose time is over. Returns how many endpoints had some.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn forget_old_secrets(&self, now: Timestamp) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM endpoint_old_secrets WHERE until <= $1";
        let due: i64 = on!(&self.pool, db => sqlx::query_scalar(sql).bind(micros(now)).fetch_one(db).await)?;
        if due == 0 {
            return Ok(0);
        }
        self.writers.ask(|reply| Command::ForgetOldSecrets(Box::new(now), reply)).await
    }

    /// Enables or disables an endpoint. `false` when there is none of that id, or it is so already.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn switch_endpoint(&self, switch: EndpointSwitch) -> Result<bool> {
        self.writers.ask(|reply| Command::SwitchEndpoint(Box::new(switch), reply)).await
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    side: String,
    owner: Option<String>,
    connector: String,
    settings: String,
    secrets: String,
    events: String,
    payload: String,
    language: String,
    concurrency: i64,
    per_second: i64,
    contact: Option<String>,
    state: String,
    reason: Option<String>,
    failing_since: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for Endpoint {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            side: word("the side", &row.side, Side::parse)?,
            owner: row.owner,
            connector: row.connector,
            settings: from_json("an endpoint's settings", &row.settings)?,
            secrets: from_json("an endpoint's secrets", &row.secrets)?,
            events: from_json("an endpoint's events", &row.events)?,
            payload: word("the payload", &row.payload, Payload::parse)?,
            language: word("the language", &row.language, Language::parse)?,
            concurrency: u32::try_from(row.concurrency).unwrap_or(u32::MAX),
            per_second: u32::try_from(row.per_second).unwrap_or(0),
            contact: row.contact,
            state: word("the endpoint's state", &row.state, EndpointState::parse)?,
            reason: row.reason,
            failing_since: row.failing_since.map(timestamp).transpose()?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

async fn changed(conn: &mut Conn) -> Result<()> {
    let sql = "UPDATE endpoints_state SET revision = revision + 1 WHERE id = 1";
    on!(conn, db => sqlx::query(sql).execute(&mut *db).await.map(drop))?;
    Ok(())
}

pub(super) async fn put(conn: &mut Conn, new: Endpoint) -> Result<PutEndpoint> {
    let sql = "SELECT COUNT(*) FROM endpoints WHERE name = $1 AND id <> $2";
    let taken: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(&new.name).bind(&new.id).fetch_one(&mut *db).await)?;
    if taken > 0 {
        return Ok(PutEndpoint::NameTaken);
    }
    let sql = "INSERT INTO endpoints (id, name, side, owner, connector, settings, secrets, events, payload, language, concurrency,
            per_second, contact, state, reason, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, side = excluded.side, owner = excluded.owner,
            connector = excluded.connector, settings = excluded.settings, secrets = excluded.secrets, events = excluded.events,
            payload = excluded.payload, language = excluded.language, concurrency = excluded.concurrency,
            per_second = excluded.per_second, contact = excluded.contact, updated_at = excluded.updated_at";
    let (settings, secrets, events) = (json(&new.settings)?, json(&new.secrets)?, json(&new.events)?);
    on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&new.name).bind(new.side.as_str()).bind(&new.owner).bind(&new.connector)
        .bind(&settings).bind(&secrets).bind(&events).bind(new.payload.as_str()).bind(new.language.as_str())
        .bind(i64::from(new.concurrency)).bind(i64::from(new.per_second)).bind(&new.contact).bind(new.state.as_str())
        .bind(&new.reason).bind(micros(new.created_at)).bind(micros(new.updated_at)).execute(&mut *db).await.map(drop))?;
    changed(conn).await?;
    Ok(PutEndpoint::Stored)
}

pub(super) async fn change(conn: &mut Conn, change: EndpointChange) -> Result<ChangeEndpoint> {
    let EndpointChange { after, seen, old_secrets } = change;
    // Of two at the same time the second finds that the first was faster.
    let sql = "UPDATE endpoints SET updated_at = $2 WHERE id = $1 AND updated_at = $3";
    let unmoved = on!(conn, db => sqlx::query(sql).bind(&after.id).bind(micros(after.updated_at)).bind(micros(seen))
        .execute(&mut *db).await.map(|done| done.rows_affected()))?;
    if unmoved == 0 {
        return Ok(ChangeEndpoint::Moved);
    }
    if let Some((name, until)) = old_secrets {
        let sql = "INSERT INTO endpoint_old_secrets (endpoint_id, name, until) VALUES ($1, $2, $3)
            ON CONFLICT (endpoint_id, name) DO UPDATE SET until = excluded.until";
        on!(conn, db => sqlx::query(sql).bind(&after.id).bind(&name).bind(micros(until)).execute(&mut *db).await.map(drop))?;
    }
    put(conn, after).await?;
    Ok(ChangeEndpoint::Stored)
}

pub(super) async fn forget_old_secrets(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM endpoint_old_secrets WHERE until <= $1 RETURNING endpoint_id, name";
    let due: Vec<(String, String)> = on!(conn, db => sqlx::query_as(sql).bind(micros(now)).fetch_all(&mut *db).await)?;
    for (id, name) in &due {
        let sql = "SELECT secrets FROM endpoints WHERE id = $1";
        let text: String = on!(conn, db => sqlx::query_scalar(sql).bind(id).fetch_one(&mut *db).await)?;
        let mut secrets: Secrets = from_json("an endpoint's secrets", &text)?;
        if let Some(Value::Array(live)) = secrets.0.get_mut(name) {
            live.truncate(1);
        }
        let (sql, text) = ("UPDATE endpoints SET secrets = $2, updated_at = $3 WHERE id = $1", json(&secrets)?);
        on!(conn, db => sqlx::query(sql).bind(id).bind(&text).bind(micros(now)).execute(&mut *db).await.map(drop))?;
    }
    changed(conn).await?;
    Ok(due.len() as u64)
}

/// What is so already stays as it is: of several failures that come together one disables the endpoint and tells its contact.
/// Where nobody is told the reason may change.
pub(super) async fn switch(conn: &mut Conn, switch: EndpointSwitch) -> Result<bool> {
    let sql = "UPDATE endpoints SET state = $2, reason = $3, updated_at = $4,
            failing_since = CASE WHEN $2 = 'enabled' THEN NULL ELSE failing_since END WHERE id = $1 AND (state <> $2 OR $5)";
    let touched = on!(conn, db => sqlx::query(sql).bind(&switch.id).bind(switch.state.as_str()).bind(&switch.reason)
        .bind(micros(switch.at)).bind(switch.tell.is_none()).execute(&mut *db).await.map(|done| done.rows_affected()))?;
    if touched == 0 {
        return Ok(false);
    }
    if let Some((esr_id, delivery)) = &switch.tell {
        deliveries_write::add(conn, esr_id, delivery, switch.at, None).await?;
    }
    changed(conn).await?;
    Ok(true)
}

/// Remembers that an endpoint fails, from the first failure on, or that it works again.
pub(super) async fn health(conn: &mut Conn, id: &str, failing: Option<Timestamp>) -> Result<()> {
    let touched = match failing {
        Some(at) => {
            let sql = "UPDATE endpoints SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL";
            on!(conn, db => sqlx::query(sql).bind(id).bind(micros(at)).execute(&mut *db).await.map(|done| done.rows_affected()))?
        }
        None => {
            let sql = "UPDATE endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
            on!(conn, db => sqlx::query(sql).bind(id).execute(&mut *db).await.map(|done| done.rows_affected()))?
        }
    };
    if touched > 0 { changed(conn).await } else { Ok(()) }
}
