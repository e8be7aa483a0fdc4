//! Everything stored, and the only place with SQL. SQLite and PostgreSQL.
//!
//! A request never opens a transaction: it hands a [`Store`] method its data, which goes through a bounded queue to a
//! writer task that owns a connection. A caller that goes away changes nothing: what was accepted is stored whole, or not at all.

mod attachments;
mod decisions;
mod error;
mod esrs;
mod events;
mod keys;
mod list;
mod outbox;
mod registry;
mod webhook_ids;

pub use attachments::Attachment;
pub use decisions::{NewDecision, StoredDecision};
pub use error::StoreError;
pub use esrs::{Filed, NewEsr, Revised, Revision, StoredEsr};
pub use events::{Event, NewEvent};
pub use keys::{Key, NewKey, SigningSecret};
pub use list::{EsrSummary, Filter, Page, SeenBy};
pub use outbox::OutboxCounts;
pub use registry::{Change, Changed, Entry, EntryKind, KnownRegistry, RegistryWrite, Version};
pub use webhook_ids::WebhookId;

use std::time::Duration;

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

/// An open database. Cheap to clone; every clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Opens `sqlite://path`, a plain path, `sqlite::memory:` or `postgres://user@host/name`.
    ///
    /// # Errors
    /// When the address is no such thing, the database cannot be reached, it was made by a newer pointsman, or a migration fails.
    pub async fn open(_url: &str, _options: &Options) -> Result<Self> {
        later()
    }

    /// Whether the database answers now.
    ///
    /// # Errors
    /// Says why it does not.
    pub async fn ready(&self) -> Result<()> {
        later()
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        "sqlite"
    }

    /// Finishes every write that was accepted, then closes the connections. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {}
}

fn later<T>() -> Result<T> {
    Err(StoreError::Closed)
}
