//! The registry's entries, with the history of each: when a version was valid from, and when it was known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::command::Command;
use super::dialect::on;
use super::{Result, Store, StoreError, from_json, micros, no_nul, registry_write, timestamp, word};
use crate::closed::closed;
use crate::registry::document::Written;
use crate::registry::model::{Document, Participant, Platform, Report, Solution};

/// `known_until` of a version that is still believed.
pub(super) const STILL_KNOWN: i64 = i64::MAX;
/// `valid_from` of a version that is true for ever, days past included.
pub(super) const FOR_EVER: &str = "0001-01-01";

closed! {
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

    pub(super) fn parse(kind: EntryKind, body: &str) -> Result<Self> {
        Ok(match kind {
            EntryKind::Platform => Self::Platform(from_json("a platform", body)?),
            EntryKind::Participant => Self::Participant(from_json("a participant", body)?),
            EntryKind::Solution => Self::Solution(from_json("a solution", body)?),
            EntryKind::Report => Self::Report(from_json("a report", body)?),
        })
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
    pub async fn registry(&self, known_at: Option<Timestamp>, day: Date) -> Result<KnownRegistry> {
        // Read before the entries: they may then be newer than the revision says, never older.
        let revision = self.registry_revision().await?;
        let mut document = Document::default();
        for (kind, body) in self.known_rows(known_at, day).await? {
            match Entry::parse(kind, &body)? {
                Entry::Platform(entry) => document.platforms.push(entry),
                Entry::Participant(entry) => document.participants.push(entry),
                Entry::Solution(entry) => document.solutions.push(entry),
                Entry::Report(entry) => document.reports.push(entry),
            }
        }
        Ok(KnownRegistry { document, revision })
    }

    /// The same as a JSON document, each entry as it was written when it was imported.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn registry_as_written(&self, known_at: Option<Timestamp>, day: Date) -> Result<serde_json::Value> {
        let mut sections: BTreeMap<String, Vec<serde_json::Value>> =
            EntryKind::ALL.iter().map(|kind| (format!("{kind}s"), Vec::new())).collect();
        for (kind, body) in self.known_rows(known_at, day).await? {
            sections.entry(format!("{kind}s")).or_default().push(from_json("an entry of the registry", &body)?);
        }
        Ok(serde_json::json!(sections))
    }

    async fn known_rows(&self, known_at: Option<Timestamp>, day: Date) -> Result<Vec<(EntryKind, String)>> {
        let sql = "SELECT kind, body FROM (
                SELECT kind, entry_key, body, place,
                    ROW_NUMBER() OVER (PARTITION BY kind, entry_key ORDER BY valid_from DESC, known_from DESC) AS choice
                FROM registry_rows WHERE known_from <= $1 AND known_until > $1 AND valid_from <= $2) AS version
            WHERE choice = 1 AND body IS NOT NULL ORDER BY kind, place, entry_key";
        let known_at = known_at.map_or(STILL_KNOWN - 1, micros);
        let rows: Vec<(String, String)> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(known_at).bind(day.to_string()).fetch_all(db).await)?;
        rows.into_iter().map(|(kind, body)| Ok((word("the kind of entry", &kind, EntryKind::parse)?, body))).collect()
    }

    /// Makes the registry this document: entries that differ get a new version, those that are not in it are removed.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn replace_registry(&self, document: Document, write: RegistryWrite) -> Result<Changed> {
        self.replace_registry_as_written(document, &Written::default(), write).await
    }

    /// As [`Self::replace_registry`], and remembers how the entries were written.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn replace_registry_as_written(
        &self,
        document: Document,
        written: &Written,
        write: RegistryWrite,
    ) -> Result<Changed> {
        no_nul(&[("the author", &write.by)])?;
        let input = Box::new((registry_write::entries(document, written)?, write));
        self.writers.ask(|reply| Command::ReplaceRegistry(input, reply)).await
    }

    /// Adds or changes some entries, leaving all others alone.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn put_entries(&self, entries: Vec<Entry>, write: RegistryWrite) -> Result<Changed> {
        no_nul(&[("the author", &write.by)])?;
        let entries = entries.iter().map(registry_write::New::of).collect::<Result<_>>()?;
        let input = Box::new((entries, write));
        self.writers.ask(|reply| Command::PutEntries(input, reply)).await
    }

    /// Removes some entries of a kind, by [`Entry::key`]; unknown ones are left out of the count.
    ///
    /// # Errors
    /// When it cannot be stored: then nothing of it is.
    pub async fn remove_entries(&self, kind: EntryKind, keys: Vec<String>, write: RegistryWrite) -> Result<Changed> {
        no_nul(&[("the author", &write.by)])?;
        let input = Box::new((kind, keys, write));
        self.writers.ask(|reply| Command::RemoveEntries(input, reply)).await
    }

    /// Every version of one entry, the latest known first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn entry_history(&self, kind: EntryKind, key: &str) -> Result<Vec<Version>> {
        if key.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = "SELECT body, valid_from, known_from, known_until, recorded_by FROM registry_rows
            WHERE kind = $1 AND entry_key = $2 ORDER BY known_from DESC, valid_from DESC";
        let rows: Vec<VersionRow> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(kind.as_str()).bind(key).fetch_all(db).await)?;
        rows.into_iter().map(|row| row.version(kind)).collect()
    }

    /// Counts the registry's changes: another node polls it and loads again when it moved.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn registry_revision(&self) -> Result<i64> {
        let sql = "SELECT revision FROM registry_state WHERE id = 1";
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).fetch_one(db).await)?)
    }
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    body: Option<String>,
    valid_from: String,
    known_from: i64,
    known_until: i64,
    recorded_by: String,
}

impl VersionRow {
    fn version(self, kind: EntryKind) -> Result<Version> {
        let day = |text: String| text.parse().map_err(|error| StoreError::Corrupt(format!("a date: {error}")));
        let known_until = (self.known_until != STILL_KNOWN).then_some(self.known_until);
        Ok(Version {
            entry: self.body.map(|body| Entry::parse(kind, &body)).transpose()?,
            valid_from: Some(self.valid_from).filter(|day| day != FOR_EVER).map(day).transpose()?,
            known_from: timestamp(self.known_from)?,
            known_until: known_until.map(timestamp).transpose()?,
            by: self.recorded_by,
        })
    }
}
