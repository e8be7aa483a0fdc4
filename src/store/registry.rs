//! The registry's entries, with the history of each: when a version was valid from, and when it was known.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Result, Store, later};
use crate::cases::words;
use crate::registry::model::{Document, Participant, Platform, Report, Solution};

words! {
    /// The kinds of entries.
    EntryKind {
        /// ALE's platforms.
        Platform = "platform",
        /// The program's companies.
        Participant = "participant",
        /// Their products.
        Solution = "solution",
        /// Certification reports; each edition is an entry.
        Report = "report",
    }
}

/// One entry of the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A platform.
    Platform(Platform),
    /// A company.
    Participant(Participant),
    /// A product.
    Solution(Solution),
    /// An edition of a report.
    Report(Report),
}

impl Entry {
    /// Which kind.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Platform(_) => EntryKind::Platform,
            Self::Participant(_) => EntryKind::Participant,
            Self::Solution(_) => EntryKind::Solution,
            Self::Report(_) => EntryKind::Report,
        }
    }

    /// What identifies it within its kind: the id; for a report `id/edition`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Platform(entry) => entry.id.clone(),
            Self::Participant(entry) => entry.id.clone(),
            Self::Solution(entry) => entry.id.clone(),
            Self::Report(entry) => format!("{}/{}", entry.id, entry.edition),
        }
    }
}

/// How a change of the registry is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryWrite {
    /// Who changes it.
    pub by: String,
    /// When: the change is known from then on.
    pub at: Timestamp,
    /// The first day that it is true for; `None` for ever, also for days past (a correction).
    pub valid_from: Option<Date>,
    /// The revision that the caller's checks were made on; `None` to write whatever it is now.
    pub expected_revision: Option<i64>,
}

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Done.
    Done(Change),
    /// The registry changed since `expected_revision`: load it again and check again.
    Moved,
}

/// How many entries changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// The registry's revision now; the same as before when nothing changed.
    pub revision: i64,
    /// New entries.
    pub added: usize,
    /// Entries with a new version.
    pub changed: usize,
    /// Entries that are gone.
    pub removed: usize,
}

/// The registry as it was known at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRegistry {
    /// The entries.
    pub document: Document,
    /// The revision counter when it was read.
    pub revision: i64,
}

/// One version in an entry's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The entry; `None` where it was removed.
    pub entry: Option<Entry>,
    /// The first day that it is true for; `None` for ever.
    pub valid_from: Option<Date>,
    /// Known since.
    pub known_from: Timestamp,
    /// No longer believed since; `None` while it is.
    pub known_until: Option<Timestamp>,
    /// Who recorded it.
    pub by: String,
}

impl Store {
    /// The registry for one day, as known at a time (`None`: now). Among the versions of an entry that were known then, the
    /// one with the latest `valid_from` not after the day counts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn registry(&self, _known_at: Option<Timestamp>, _day: Date) -> Result<KnownRegistry> {
        later()
    }

    /// Makes the registry this document: entries that differ get a new version, those that are not in it are removed.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn replace_registry(&self, _document: Document, _write: RegistryWrite) -> Result<Changed> {
        later()
    }

    /// Adds or changes some entries, leaving all others alone.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn put_entries(&self, _entries: Vec<Entry>, _write: RegistryWrite) -> Result<Changed> {
        later()
    }

    /// Removes some entries of a kind, by [`Entry::key`]; unknown ones are left out of the count.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn remove_entries(&self, _kind: EntryKind, _keys: Vec<String>, _write: RegistryWrite) -> Result<Changed> {
        later()
    }

    /// Every version of one entry, the latest known first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn entry_history(&self, _kind: EntryKind, _key: &str) -> Result<Vec<Version>> {
        later()
    }

    /// Counts the registry's changes: another node polls it and loads again when it moved.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn registry_revision(&self) -> Result<i64> {
        later()
    }
}
