//! eSRs: filed once, revised by a new decision each time.

use jiff::Timestamp;
use serde_json::Value;

use super::{NewDecision, NewEvent, Result, Store, WebhookId, later};
use crate::cases::Status;
use crate::intake::esr::{Esr, FiledBy};
use crate::notify::OutboxRow;
use crate::triage::decision::Decision;

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
    /// The signed message was seen before, with something else in it. Nothing was stored.
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
    /// The signed message that brought it; it counts once.
    pub webhook: Option<WebhookId>,
}

/// What a revision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revised {
    /// Stored; this is the new revision.
    Done(i64),
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

impl Store {
    /// Stores an eSR, its decision, events and messages in one transaction, durably before this returns. Correct for
    /// simultaneous calls, in several processes too: of two with the same reference one is stored.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn file_esr(&self, _new: NewEsr) -> Result<Filed> {
        later()
    }

    /// Stores a new decision on an eSR, with its events and messages, if nobody else did since it was read.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn revise(&self, _revision: Revision) -> Result<Revised> {
        later()
    }

    /// The eSR of that id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn esr(&self, _id: &str) -> Result<Option<StoredEsr>> {
        later()
    }

    /// The eSR that a filer filed under that reference.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn esr_by_reference(&self, _filer: &str, _reference: &str) -> Result<Option<StoredEsr>> {
        later()
    }
}
