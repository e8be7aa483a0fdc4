//! What came in: callbacks and mails, each counted once, and what became of it.

use jiff::Timestamp;
use sqlx::QueryBuilder;

use super::command::Command;
use super::dialect::{Conn, on};
use super::list::{Page, Place, page};
use super::{Result, Store, StoreError, micros, no_nul, timestamp, word};
use crate::closed::closed;

closed! {
    /// How something came in.
    Channel {
        /// A callback: another system called `POST /v1/hooks/{connector}`.
        Hook = "hook",
        /// A mail.
        Mail = "mail",
    }
}
closed! {
    /// What became of what came in.
    InboundState {
        /// Stored, and not yet looked at.
        Received = "received",
        /// It changed its case, or was noted on it.
        Applied = "applied",
        /// There was nothing to do about it, or an agent put it aside.
        Ignored = "ignored",
        /// An agent has to look.
        Held = "held",
    }
}

/// What came in, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// A callback's body.
    Text(String),
    /// A mail: the SHA-256, in hexadecimal, under which its bytes lie beside the attachments.
    File(String),
}

/// Something that came in, to be stored before anything is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInbound {
    /// Its id (`inb_...`).
    pub id: String,
    /// How it came.
    pub channel: Channel,
    /// The connector or endpoint that it came by; `mail` for mails.
    pub source: String,
    /// What tells it from everything else of its channel and source: the other system's event id, a mail's Message-ID and hash.
    pub dedupe_key: String,
    /// When.
    pub received_at: Timestamp,
    /// Who sent it, as it says itself: believed only as far as the reason says.
    pub actor: String,
    /// A line on what it is: a mail's subject, a callback's event type.
    pub summary: String,
    /// As it came.
    pub raw: Raw,
}

/// What adding came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// Stored, durably.
    Added,
    /// The same was stored before.
    SeenBefore {
        /// The id that it has.
        id: String,
        /// What became of it; [`InboundState::Received`] when nothing has yet.
        state: InboundState,
    },
}

/// What became of something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which.
    pub id: String,
    /// What became of it.
    pub state: InboundState,
    /// Why, in a sentence for a person; always there unless it was applied.
    pub reason: Option<String>,
    /// The case that it belongs to, where one is known.
    pub esr_id: Option<String>,
    /// The delivery of the letter that came back with it, where it is one that did.
    pub delivery_id: Option<String>,
    /// The agent that settled it; `None` is the service itself.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Its id.
    pub id: String,
    /// How it came.
    pub channel: Channel,
    /// The connector or endpoint; `mail` for mails.
    pub source: String,
    /// When.
    pub received_at: Timestamp,
    /// Who sent it, as it says itself.
    pub actor: String,
    /// A line on what it is.
    pub summary: String,
    /// As it came.
    pub raw: Raw,
    /// The case that it belongs to, where one is known.
    pub esr_id: Option<String>,
    /// The delivery of the letter that came back with it, where it is one that did.
    pub delivery_id: Option<String>,
    /// What became of it.
    pub state: InboundState,
    /// Why.
    pub reason: Option<String>,
    /// When that was.
    pub settled_at: Option<Timestamp>,
    /// The agent that settled it; `None` is the service itself.
    pub settled_by: Option<String>,
}

/// Which of it to list. The default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboundFilter {
    /// In this state.
    pub state: Option<InboundState>,
    /// That came this way.
    pub channel: Option<Channel>,
    /// That belongs to this case.
    pub esr_id: Option<String>,
}

impl InboundFilter {
    /// The columns that have to have a value.
    fn equal(&self) -> [(&'static str, Option<&str>); 3] {
        [
            (" AND state = ", self.state.map(InboundState::as_str)),
            (" AND channel = ", self.channel.map(Channel::as_str)),
            (" AND esr_id = ", self.esr_id.as_deref()),
        ]
    }
}

const COLUMNS: &str = "id, channel, source, received_at, actor, summary, raw, raw_sha256, esr_id, delivery_id, state, reason, \
    settled_at, settled_by";

impl Store {
    /// Stores what came in, in state [`InboundState::Received`], durably before this returns. Of two simultaneous calls with
    /// the same channel, source and key one is stored.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_inbound(&self, new: NewInbound) -> Result<Added> {
        no_nul(&[
            ("the source", &new.source),
            ("the dedupe key", &new.dedupe_key),
            ("the sender", &new.actor),
            ("the summary", &new.summary),
        ])?;
        if let Raw::Text(text) = &new.raw {
            no_nul(&[("the body", text)])?;
        }
        self.writers.ask(|reply| Command::AddInbound(Box::new(new), reply)).await
    }

    /// Says what became of it. `false` when it is settled for good already, by somebody else, or was never there: what is held
    /// may still be applied or ignored, those two are final.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn settle_inbound(&self, settled: Settled) -> Result<bool> {
        no_nul(&[("the reason", settled.reason.as_deref().unwrap_or_default())])?;
        self.writers.ask(|reply| Command::SettleInbound(Box::new(settled), reply)).await
    }

    /// What came in under that id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inbound(&self, id: &str) -> Result<Option<Inbound>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let row: Option<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("SELECT ");
            query.push(COLUMNS).push(" FROM inbound WHERE id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await
        })?;
        row.map(Inbound::try_from).transpose()
    }

    /// A page of what came in, the newest first. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn list_inbound(
        &self,
        filter: &InboundFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Inbound>> {
        let place = cursor.map(Place::parse).transpose()?;
        let rows: Vec<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("SELECT ");
            query.push(COLUMNS).push(" FROM inbound WHERE 1 = 1");
            for (before, value) in filter.equal() {
                if let Some(value) = value {
                    query.push(before).push_bind(value);
                }
            }
            if let Some(place) = place {
                query.push(" AND (received_at, id) < (").push_bind(place.at).push(", ").push_bind(place.id).push(")");
            }
            query.push(" ORDER BY received_at DESC, id DESC LIMIT ").push_bind(i64::from(limit) + 1);
            query.build_query_as().fetch_all(db).await
        })?;
        let items = rows.into_iter().map(Inbound::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |last| Place { at: micros(last.received_at), id: last.id.clone() }))
    }

    /// How much came in that the filter fits, counted up to `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_inbound(&self, filter: &InboundFilter, most: u32) -> Result<u64> {
        let count: i64 = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 AS one FROM inbound WHERE 1 = 1");
            for (before, value) in filter.equal() {
                if let Some(value) = value {
                    query.push(before).push_bind(value);
                }
            }
            query.push(" LIMIT ").push_bind(i64::from(most)).push(") counted");
            query.build_query_scalar().fetch_one(db).await
        })?;
        Ok(count.unsigned_abs())
    }

    /// The reports that letters came back, of these deliveries, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn returned_letters(&self, deliveries: &[&str]) -> Result<Vec<Inbound>> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("SELECT ");
            query.push(COLUMNS).push(" FROM inbound WHERE delivery_id IN (");
            let mut list = query.separated(", ");
            for id in deliveries {
                list.push_bind(id.replace('\0', ""));
            }
            query.push(") ORDER BY received_at, id").build_query_as().persistent(false).fetch_all(db).await
        })?;
        rows.into_iter().map(Inbound::try_from).collect()
    }

    /// Ids of what came in by that channel before that time and was not looked at since: somebody was killed in the middle. The
    /// oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unsettled_inbound(&self, channel: Channel, before: Timestamp, limit: u32) -> Result<Vec<String>> {
        let sql = "SELECT id FROM inbound WHERE state = 'received' AND channel = $1 AND received_at < $2
            ORDER BY received_at, id LIMIT $3";
        Ok(
            on!(&self.pool, db => sqlx::query_scalar(sql).bind(channel.as_str()).bind(micros(before)).bind(i64::from(limit))
            .fetch_all(db).await)?,
        )
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    channel: String,
    source: String,
    received_at: i64,
    actor: String,
    summary: String,
    raw: Option<String>,
    raw_sha256: Option<String>,
    esr_id: Option<String>,
    delivery_id: Option<String>,
    state: String,
    reason: Option<String>,
    settled_at: Option<i64>,
    settled_by: Option<String>,
}

impl TryFrom<Row> for Inbound {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let raw = match (row.raw, row.raw_sha256) {
            (Some(text), _) => Raw::Text(text),
            (None, Some(sha256)) => Raw::File(sha256),
            (None, None) => return Err(StoreError::Corrupt(format!("{} came in without anything in it", row.id))),
        };
        Ok(Self {
            channel: word("the channel", &row.channel, Channel::parse)?,
            state: word("the state", &row.state, InboundState::parse)?,
            received_at: timestamp(row.received_at)?,
            settled_at: row.settled_at.map(timestamp).transpose()?,
            id: row.id,
            source: row.source,
            actor: row.actor,
            summary: row.summary,
            raw,
            esr_id: row.esr_id,
            delivery_id: row.delivery_id,
            reason: row.reason,
            settled_by: row.settled_by,
        })
    }
}

pub(super) async fn add(conn: &mut Conn, new: NewInbound) -> Result<Added> {
    let sql =
        "INSERT INTO inbound (id, channel, source, dedupe_key, received_at, actor, summary, raw, raw_sha256, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'received') ON CONFLICT (channel, source, dedupe_key) DO NOTHING";
    let (raw, sha256) = match &new.raw {
        Raw::Text(text) => (Some(text), None),
        Raw::File(sha256) => (None, Some(sha256)),
    };
    let stored = on!(conn, db => sqlx::query(sql).bind(&new.id).bind(new.channel.as_str()).bind(&new.source)
        .bind(&new.dedupe_key).bind(micros(new.received_at)).bind(&new.actor).bind(&new.summary).bind(raw).bind(sha256)
        .execute(&mut *db).await.map(|done| done.rows_affected()))?;
    if stored == 1 {
        return Ok(Added::Added);
    }
    let sql = "SELECT id, state FROM inbound WHERE channel = $1 AND source = $2 AND dedupe_key = $3";
    let (id, state): (String, String) = on!(conn, db => sqlx::query_as(sql).bind(new.channel.as_str()).bind(&new.source)
        .bind(&new.dedupe_key).fetch_one(&mut *db).await)?;
    Ok(Added::SeenBefore { id, state: word("the state", &state, InboundState::parse)? })
}

pub(super) async fn settle(conn: &mut Conn, settled: Settled) -> Result<bool> {
    let sql =
        "UPDATE inbound SET state = $2, reason = $3, esr_id = COALESCE($4, esr_id), settled_by = $5, settled_at = $6,
            delivery_id = COALESCE($7, delivery_id)
        WHERE id = $1 AND state IN ('received', 'held')";
    let done = on!(conn, db => sqlx::query(sql).bind(&settled.id).bind(settled.state.as_str()).bind(&settled.reason)
        .bind(&settled.esr_id).bind(&settled.by).bind(micros(settled.at)).bind(&settled.delivery_id).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    Ok(done == 1)
}

/// Whether it is settled for good.
pub(super) async fn is_final(conn: &mut Conn, id: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM inbound WHERE id = $1 AND state IN ('applied', 'ignored')";
    let count: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(id).fetch_one(&mut *db).await)?;
    Ok(count > 0)
}

/// Settles it as applied, in the transaction of the change that it brought. A reason that it has stays.
pub(super) async fn applied(conn: &mut Conn, id: &str, esr_id: &str, by: Option<&str>, at: Timestamp) -> Result<()> {
    let sql = "UPDATE inbound SET state = 'applied', esr_id = $2, settled_by = $3, settled_at = $4
        WHERE id = $1 AND state IN ('received', 'held')";
    on!(conn, db => sqlx::query(sql).bind(id).bind(esr_id).bind(by).bind(micros(at)).execute(&mut *db).await.map(drop))?;
    Ok(())
}
