//! eSRs: filed once, revised by a new decision each time.

use jiff::Timestamp;
use serde_json::Value;

use super::command::Command;
use super::dialect::on;
use super::{
    Counterpart, Lease, NewDecision, NewEvent, Result, Store, StoreError, WebhookId, from_json, no_nul, timestamp, word,
};
use crate::cases::{Cause, Status};
use crate::intake::esr::{Esr, FiledBy, OwnCompany};
use crate::notify::{NewDelivery, OutboxRow};
use crate::triage::decision::Decision;
use crate::triage::facts::Filer;

/// An eSR to store, with everything that commits with it.
#[derive(Debug, Clone)]
pub struct NewEsr {
    /// Its id (`esr_...`).
    pub id: String,
    /// Who files: the credential's owner, or the partner that an agent files for.
    pub filer: String,
    /// On which side the filer is, and whose tickets count: later decisions need it.
    pub filed_by: FiledBy,
    /// Hash of the content: the same reference with another hash is a conflict.
    pub content_hash: String,
    /// As sent, unknown keys and all.
    pub body: Value,
    /// As checked: what lists and searches show.
    pub esr: Esr,
    /// The first decision.
    pub decision: NewDecision,
    /// Whom the case waits for.
    pub status: Status,
    /// The timeline's first entries.
    pub events: Vec<NewEvent>,
    /// What has to be sent.
    pub outbox: Vec<OutboxRow>,
    /// To whom.
    pub deliveries: Vec<NewDelivery>,
    /// By which this node holds the deliveries from their birth on, to send them at once.
    pub lease: Option<Lease>,
    /// The JSON text of the answer, given again word for word when the same is filed again.
    pub first_answer: String,
    /// When it was received: the day that this and every later decision is taken for.
    pub received_at: Timestamp,
    /// The signed message that brought it; it counts once.
    pub webhook: Option<WebhookId>,
}

/// What filing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    /// Stored, durably.
    Stored,
    /// The same filer filed the same content under this reference before.
    Again {
        /// The eSR's id.
        id: String,
        /// The JSON text of the first answer.
        first_answer: String,
    },
    /// The same filer filed other content under this reference before. Nothing was stored.
    Conflict {
        /// The id of the eSR that has the reference.
        id: String,
    },
    /// The signed message was seen before: each counts once. Nothing was stored.
    MessageSeenBefore,
}

/// A new decision on a stored eSR, with everything that commits with it.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The eSR.
    pub esr_id: String,
    /// The revision that the caller read and decided on.
    pub expected_revision: i64,
    /// The whole body after the update.
    pub body: Value,
    /// The same, checked.
    pub esr: Esr,
    /// The new decision.
    pub decision: NewDecision,
    /// Whom the case waits for now.
    pub status: Status,
    /// What the timeline gets.
    pub events: Vec<NewEvent>,
    /// What has to be sent.
    pub outbox: Vec<OutboxRow>,
    /// To whom.
    pub deliveries: Vec<NewDelivery>,
    /// By which this node holds the deliveries from their birth on, unless something of the case still waits.
    pub lease: Option<Lease>,
    /// What became known of another side's ticket.
    pub counterpart: Option<Counterpart>,
    /// The signed message that brought it; it counts once.
    pub webhook: Option<WebhookId>,
}

/// What a revision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revised {
    /// Stored.
    Done {
        /// The new revision.
        revision: i64,
        /// Whether the deliveries are held by the lease that was given.
        held: bool,
    },
    /// Somebody else was faster: read the eSR again and decide on that.
    Moved,
    /// There is no such eSR.
    NotFound,
    /// The signed message was seen before. Nothing was stored.
    MessageSeenBefore,
}

/// A stored eSR with its latest decision.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEsr {
    /// Its id.
    pub id: String,
    /// Who filed it.
    pub filer: String,
    /// On which side the filer is.
    pub filed_by: FiledBy,
    /// The filer's own number.
    pub reference: String,
    /// Hash of the content as filed.
    pub content_hash: String,
    /// The body after all updates, unknown keys and all.
    pub body: Value,
    /// The latest decision.
    pub decision: Decision,
    /// Why that was taken: an agent's own decision is no rule's.
    pub cause: Cause,
    /// Whom it waits for.
    pub status: Status,
    /// The participants that the case ever reached, by id.
    pub reached: Vec<String>,
    /// When it was received: the day that every decision is taken for.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the decisions; what [`Revision::expected_revision`] is compared with.
    pub revision: i64,
}

macro_rules! select_esr {
    ($tail:literal) => {
        concat!(
            "SELECT e.id, e.filer, e.filed_as, e.own_company, e.reference, e.content_hash, e.body, d.decision, d.cause, e.status, ",
            "(SELECT string_agg(r.participant, '\n') FROM reached r WHERE r.esr_id = e.id) AS reached, ",
            "e.received_at, e.updated_at, e.revision ",
            "FROM esrs e JOIN decisions d ON d.esr_id = e.id AND d.seq = e.revision ",
            $tail
        )
    };
}
pub(super) use select_esr;

impl Store {
    /// Stores an eSR, its decision, events and messages in one transaction, durably before this returns. Correct for
    /// simultaneous calls, in several processes too: of two with the same reference one is stored.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn file_esr(&self, new: NewEsr) -> Result<Filed> {
        no_nul(&[("reference", &new.esr.reference), ("summary", &new.esr.summary), ("the filer", &new.filer)])?;
        webhook_without_nul(new.webhook.as_ref())?;
        self.tell_followers(self.writers.ask(|reply| Command::File(Box::new(new), reply)).await)
    }

    /// Stores a new decision on an eSR, with its events and messages, if nobody else did since it was read.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn revise(&self, revision: Revision) -> Result<Revised> {
        no_nul(&[("summary", &revision.esr.summary)])?;
        webhook_without_nul(revision.webhook.as_ref())?;
        self.tell_followers(self.writers.ask(|reply| Command::Revise(Box::new(revision), reply)).await)
    }

    /// The eSR of that id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn esr(&self, id: &str) -> Result<Option<StoredEsr>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = select_esr!("WHERE e.id = $1");
        let row: Option<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await)?;
        row.map(StoredEsr::try_from).transpose()
    }

    /// The eSR that a filer filed under that reference.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn esr_by_reference(&self, filer: &str, reference: &str) -> Result<Option<StoredEsr>> {
        if reference.contains('\0') {
            return Ok(None);
        }
        let sql = select_esr!("WHERE e.filer = $1 AND e.reference = $2");
        let row: Option<Row> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(filer).bind(reference).fetch_optional(db).await)?;
        row.map(StoredEsr::try_from).transpose()
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    filer: String,
    filed_as: String,
    own_company: Option<String>,
    reference: String,
    content_hash: String,
    body: String,
    decision: String,
    cause: String,
    status: String,
    reached: Option<String>,
    received_at: i64,
    updated_at: i64,
    revision: i64,
}

impl TryFrom<Row> for StoredEsr {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let filer = word("the filer", &row.filed_as, Filer::parse)?;
        let reached = row.reached.as_deref().unwrap_or_default().lines().map(str::to_owned);
        Ok(Self {
            filed_by: FiledBy { filer, own_company: own_company(row.own_company) },
            body: from_json("an eSR", &row.body)?,
            decision: from_json("a decision", &row.decision)?,
            cause: word("the cause", &row.cause, Cause::parse)?,
            status: word("the status", &row.status, Status::parse)?,
            reached: reached.collect(),
            received_at: timestamp(row.received_at)?,
            updated_at: timestamp(row.updated_at)?,
            id: row.id,
            filer: row.filer,
            reference: row.reference,
            content_hash: row.content_hash,
            revision: row.revision,
        })
    }
}

/// How [`OwnCompany`] is kept: nothing for none, `*` for the company that the eSR names, otherwise `=` and the participant's id.
pub(super) fn own_company_text(own: &OwnCompany) -> Option<String> {
    match own {
        OwnCompany::None => None,
        OwnCompany::AsNamed => Some("*".to_owned()),
        OwnCompany::Participant(id) => Some(format!("={id}")),
    }
}

fn own_company(text: Option<String>) -> OwnCompany {
    match text {
        None => OwnCompany::None,
        Some(text) => text.strip_prefix('=').map_or(OwnCompany::AsNamed, |id| OwnCompany::Participant(id.to_owned())),
    }
}

fn webhook_without_nul(webhook: Option<&WebhookId>) -> Result<()> {
    webhook.map_or(Ok(()), |webhook| no_nul(&[("webhook-id", &webhook.id)]))
}
