//! Deliveries as nodes work on them: claimed by lease, settled, sent again.

use std::sync::Arc;

use jiff::Timestamp;

use super::command::Command;
use super::dialect::on;
use super::{Result, Store, micros};
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::Language;
use crate::notify::{EventType, Notice};
use crate::triage::outcome::Side;

/// Who holds a delivery, and until when nobody else may take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Names the holder's claim.
    pub token: String,
    /// From then on it may be claimed again.
    pub until: Timestamp,
}

/// A delivery that its holder is to send now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// The message; its id is the receiver's means to drop repeats.
    pub message_id: String,
    /// The case.
    pub esr_id: String,
    /// Order among those of the case to the same receiver.
    pub seq: i64,
    /// The side that is told.
    pub side: Side,
    /// Who that is.
    pub party: String,
    /// How it is told.
    pub notice: Notice,
    /// The endpoint.
    pub endpoint_id: String,
    /// The mail address, where the mail system is the channel.
    pub address: String,
    /// The language of its sentences.
    pub language: Language,
    /// Until when this side is to answer.
    pub answer_by: Option<Timestamp>,
    /// How often it was tried, replays and all.
    pub attempts: u32,
    /// How often it was tried since it was stored or last replayed.
    pub tries: u32,
    /// When it was stored or last replayed: the horizon counts from there.
    pub tried_from: Timestamp,
    /// The lease that it is held by.
    pub lease: Lease,
    /// What the message tells.
    pub event_type: EventType,
    /// The message as it is stored: JSON text.
    pub payload: Arc<str>,
}

/// What one try came to, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// In one word: `delivered`, or what went wrong.
    pub outcome: String,
    /// The status that was answered: HTTP's or SMTP's.
    pub status: Option<u16>,
    /// An excerpt of the answer; never a secret.
    pub answer: String,
}

/// How a delivery goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The other side took it.
    Delivered,
    /// It is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it has to be.
        reason: String,
    },
    /// It is given up.
    Dead {
        /// Why.
        reason: String,
    },
}

/// What became of a claimed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// The delivery.
    pub id: String,
    /// The claim's token; another's claim is left alone, but for what was delivered.
    pub lease: String,
    /// The try; none when it was given back untried.
    pub attempt: Option<NewAttempt>,
    /// How it goes on.
    pub then: Then,
    /// When that was found.
    pub at: Timestamp,
    /// What its endpoint is after it.
    pub health: Health,
}

/// What a delivery says of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing new.
    Same,
    /// It works again.
    Working,
    /// It fails.
    Failing,
}

/// What to claim.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The endpoints, and how many of each.
    pub endpoints: Vec<(String, u32)>,
    /// Due by then.
    pub now: Timestamp,
    /// The lease to hold them by.
    pub lease: Lease,
}

/// What to send again.
#[derive(Debug, Clone)]
pub enum Replay {
    /// One delivery; to that endpoint and address from now on, where it had none.
    One {
        /// The delivery.
        id: String,
        /// Where to, if it had no channel.
        to: Option<(String, String)>,
        /// When.
        at: Timestamp,
    },
    /// These deliveries, each to that endpoint and address from now on, where it had none.
    These {
        /// The deliveries, and where to.
        which: Vec<(String, Option<(String, String)>)>,
        /// When.
        at: Timestamp,
    },
    /// What was stored in a time range; at most so many, the oldest first. What goes to a disabled endpoint is left alone.
    Range {
        /// To this endpoint alone.
        endpoint_id: Option<String>,
        /// What had no channel and was for this side and party is sent to `endpoint_id` now.
        adopt: Option<(Side, String)>,
        /// In this state; delivered ones are only sent again when asked for.
        state: DeliveryState,
        /// Stored at this time or later.
        since: Timestamp,
        /// Stored before this time.
        before: Timestamp,
        /// At most so many.
        limit: u32,
        /// When.
        at: Timestamp,
    },
}

impl Store {
    /// The endpoints that have deliveries to be sent at `now`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_endpoints(&self, now: Timestamp) -> Result<Vec<String>> {
        let sql = "SELECT e.id FROM endpoints e WHERE EXISTS
            (SELECT 1 FROM deliveries d WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= $1)";
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).bind(micros(now)).fetch_all(db).await)?)
    }

    /// Claims deliveries of these endpoints, each at most so many, the one longest due first; of one case and receiver only the first that waits.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>> {
        self.writers.ask(|reply| Command::Claim(Box::new(claim), reply)).await
    }

    /// Records what became of claimed deliveries. True when others wait behind one of them.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn settle(&self, settled: Vec<Handled>) -> Result<bool> {
        self.writers.ask(|reply| Command::Settle(Box::new(settled), reply)).await
    }

    /// Gives every lease back: for a start, where no other process works on the same database (SQLite).
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn release_leases(&self, now: Timestamp) -> Result<u64> {
        self.writers.ask(|reply| Command::ReleaseLeases(Box::new(now), reply)).await
    }

    /// Makes deliveries wait to be sent again. Returns how many.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn replay(&self, replay: Replay) -> Result<u64> {
        self.writers.ask(|reply| Command::Replay(Box::new(replay), reply)).await
    }
}
