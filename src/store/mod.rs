//! Everything stored, and the only place with SQL. SQLite and PostgreSQL.
//!
//! A request never opens a transaction: it hands a [`Store`] method its data, which goes through a bounded queue to a
//! writer task that owns a connection. A caller that goes away changes nothing: what was accepted is stored whole, or not at all.

mod attachments;
mod attempts;
mod audit;
mod claims;
mod command;
mod counterparts;
mod decisions;
mod deliveries;
mod deliveries_write;
mod delivery_counts;
mod dialect;
mod endpoints;
mod error;
mod esrs;
mod esrs_write;
mod events;
mod feed;
mod figures;
mod hits;
mod inbound;
mod issue;
mod keys;
mod links;
mod list;
mod migrate;
mod outbox;
mod people;
mod previews;
mod registry;
mod registry_write;
mod sessions;
mod settle;
mod views;
mod webhook_ids;
mod words;
mod writer;

pub use attachments::Attachment;
pub use audit::{AuditEntry, AuditFilter, Ended, NewEntry};
pub use claims::{Claim, Claimed, Handled, Health, Lease, NewAttempt, Replay, Then};
pub use counterparts::Counterpart;
pub use decisions::{NewDecision, StoredDecision};
pub use deliveries::{Attempt, Delivery, DeliveryCounts, DeliveryFilter};
pub use delivery_counts::{EndpointCounts, EndpointTries, Trouble, Undelivered};
pub use endpoints::{ChangeEndpoint, EndpointChange, EndpointSwitch, PutEndpoint};
pub use error::StoreError;
pub use esrs::{Filed, NewEsr, Revised, Revision, StoredEsr};
pub use events::{Event, NewEvent};
pub use feed::{FeedEvent, FeedPage, Running};
pub use figures::{Missed, PairCount, Resting, TroubleCount, VolumeCount, WaitingCount};
pub use hits::{RuleHits, Standing};
pub use inbound::{Added, Channel, Inbound, InboundFilter, InboundState, NewInbound, Raw, Settled};
pub use issue::{Bearer, Issued, bearer_sha256, issue, signing_secret};
pub use keys::{Key, NewKey, SigningSecret};
pub use links::{LinkParty, RevokeLinks, RevokedLinks};
pub use list::{EsrSummary, Filter, Order, Page, Part, Queued, SeenBy};
pub use migrate::{MigrationState, migration_states};
pub use outbox::MessageCounts;
pub use people::{Account, ChangePerson, Identity, NewAccount, PasswordLink, SetPassword};
pub use previews::Preview;
pub use registry::{Change, Changed, Entry, EntryKind, KnownRegistry, RegistryWrite, Version};
pub use sessions::{Forgiven, NewSession, Session, SignIn, SignInTry};
pub use views::{ChangeViews, View};
pub use webhook_ids::WebhookId;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use dialect::{Each, Pool, on};
use writer::Writers;

/// What every method of the store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Applies missing migrations; without it a database that lacks some is refused.
    pub migrate: bool,
    /// Creates the file when there is none (SQLite).
    pub create: bool,
    /// How many connections read.
    pub readers: u32,
    /// How many tasks write (PostgreSQL; SQLite has one writer).
    pub writers: usize,
    /// How many writes may wait.
    pub queue: usize,
    /// How long a caller waits for a place in the queue before it gets [`StoreError::Busy`].
    pub busy_after: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// The largest size of the database, in pages of 4 KiB (SQLite); unlimited when missing.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: true,
            create: true,
            readers: 8,
            writers: 4,
            queue: 1024,
            busy_after: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(15),
            max_pages: None,
        }
    }
}

/// The longest that one write may take, all its statements together.
const WRITE_LIMIT: Duration = Duration::from_secs(60);

/// An open database. Cheap to clone; every clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    writers: Arc<Writers>,
    /// Changes when this process stored an event.
    happened: tokio::sync::watch::Sender<()>,
}

impl Store {
    /// Opens `sqlite://path`, a plain path, `sqlite::memory:` or `postgres://user@host/name`.
    ///
    /// # Errors
    /// When the address is no such thing, the database cannot be reached, it was made by a newer pointsman, or a migration fails.
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        let (target, first) = migrate::connect(url, options).await?;
        let writers = if matches!(first, Each::Sqlite(_)) { 1 } else { options.writers.max(1) };
        let mut conns = vec![first];
        while conns.len() < writers {
            conns.push(dialect::connect(&target).await?);
        }
        let pool = dialect::pool(&target, options);
        let writers = Writers::start(conns, &target, options.queue, options.busy_after, WRITE_LIMIT);
        Ok(Self { pool, writers: Arc::new(writers), happened: tokio::sync::watch::Sender::new(()) })
    }

    /// Whether the database answers now.
    ///
    /// # Errors
    /// Says why it does not.
    pub async fn ready(&self) -> Result<()> {
        self.registry_revision().await.map(drop)
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.pool {
            Each::Sqlite(_) => "sqlite",
            Each::Postgres(_) => "postgres",
        }
    }

    /// Changes soon after this process stored an event of any case. A hint: other processes store events too.
    #[must_use]
    pub fn happened(&self) -> tokio::sync::watch::Receiver<()> {
        self.happened.subscribe()
    }

    /// Tells whoever follows events that there are new ones.
    fn tell_followers<T>(&self, stored: Result<T>) -> Result<T> {
        self.happened.send_replace(());
        stored
    }

    /// Finishes every write that was accepted, then closes the connections. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {
        // Readers first: the write-ahead log empties into the file once nobody reads from it.
        on!(&self.pool, db => db.close().await);
        self.writers.close().await;
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn timestamp(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Corrupt(format!("a time: {error}")))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(format!("a value that is no JSON: {error}")))
}

fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

fn word<T>(what: &str, word: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(word).ok_or_else(|| StoreError::Corrupt(format!("{what} {word:?} is unknown")))
}

/// PostgreSQL cannot hold NUL characters in text and SQLite cuts text at them in places, so neither gets any. JSON text
/// escapes them, so that only what is stored as plain text has to be looked at.
fn no_nul(texts: &[(&'static str, &str)]) -> Result<()> {
    match texts.iter().find(|(_, text)| text.contains('\0')) {
        Some((what, _)) => Err(StoreError::NulCharacter(what)),
        None => Ok(()),
    }
}
