//! Changes of the registry: what differs becomes a new version, and the one before is kept with the time that it was believed.

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;

use super::dialect::{Conn, on};
use super::registry::{FOR_EVER, STILL_KNOWN};
use super::{Change, Changed, Entry, EntryKind, RegistryWrite, Result, StoreError, json, micros, no_nul, word};
use crate::registry::document::Written;
use crate::registry::model::Document;

/// So many rows are inserted by one statement: the databases limit its parameters.
const ROWS: usize = 500;
/// Above so many entries, all versions are read at once rather than entry by entry.
const FEW: usize = 50;

/// PostgreSQL's indexes take 2,704 bytes a row; an id this long is a mistake anyway.
const LONGEST_KEY: usize = 1_000;

/// An entry to write.
#[derive(Debug)]
pub(super) struct New {
    kind: EntryKind,
    key: String,
    body: String,
}

impl New {
    pub(super) fn of(entry: &Entry) -> Result<Self> {
        let body = match entry {
            Entry::Platform(entry) => json(entry),
            Entry::Participant(entry) => json(entry),
            Entry::Solution(entry) => json(entry),
            Entry::Report(entry) => json(entry),
        };
        let key = entry.key();
        no_nul(&[("an entry's id", &key)])?;
        if key.len() > LONGEST_KEY {
            return Err(StoreError::TooLong { what: "an entry's id", most: LONGEST_KEY });
        }
        Ok(Self { kind: entry.kind(), key, body: body? })
    }

    fn written(entry: &Entry, written: &Written) -> Result<Self> {
        let new = Self::of(entry)?;
        let section = format!("{}s", new.kind);
        match written.entry(&section, &new.key) {
            Some(body) if Entry::parse(new.kind, body).is_ok_and(|said| said == *entry) => {
                Ok(Self { body: body.to_owned(), ..new })
            }
            _ => Ok(new),
        }
    }
}

/// Every entry of a document, in its order; each as it was written, where that is known and says the same.
pub(super) fn entries(document: Document, written: &Written) -> Result<Vec<New>> {
    let platforms = document.platforms.into_iter().map(Entry::Platform);
    let participants = document.participants.into_iter().map(Entry::Participant);
    let solutions = document.solutions.into_iter().map(Entry::Solution);
    let reports = document.reports.into_iter().map(Entry::Report);
    platforms.chain(participants).chain(solutions).chain(reports).map(|entry| New::written(&entry, written)).collect()
}

type Id = (EntryKind, String);

/// A version that is believed now.
#[derive(sqlx::FromRow)]
struct Believed {
    kind: String,
    entry_key: String,
    valid_from: String,
    place: i64,
    body: Option<String>,
}

/// A version to add; without a body the entry ends there.
struct Added {
    id: Id,
    place: i64,
    body: Option<String>,
}

/// One change of the registry while it is being written.
struct Writing<'a> {
    conn: &'a mut Conn,
    by: String,
    valid_from: String,
    /// Later than every time before, whatever the clocks of several nodes say: what was believed when stays in order.
    known_from: i64,
    revision: i64,
    done: Change,
    added: Vec<Added>,
}

/// Makes the registry these entries and no others.
pub(super) async fn replace(conn: &mut Conn, (entries, write): (Vec<New>, RegistryWrite)) -> Result<Changed> {
    let Some(mut writing) = Writing::begin(conn, write).await? else { return Ok(Changed::Moved) };
    let mut believed = writing.believed(None).await?;
    for (place, new) in (1..).zip(entries) {
        let versions = believed.remove(&(new.kind, new.key.clone())).unwrap_or_default();
        writing.put(new, &versions, place).await?;
    }
    for (id, versions) in believed {
        writing.remove(id, &versions).await?;
    }
    writing.finish().await
}

/// Adds or changes these entries; new ones come after all others.
pub(super) async fn put(conn: &mut Conn, (entries, write): (Vec<New>, RegistryWrite)) -> Result<Changed> {
    let Some(mut writing) = Writing::begin(conn, write).await? else { return Ok(Changed::Moved) };
    let ids: Vec<_> = entries.iter().map(|new| (new.kind, new.key.clone())).collect();
    let mut believed = writing.believed(Some(&ids).filter(|ids| ids.len() <= FEW)).await?;
    let last = writing.last_place().await?;
    for (after_all, new) in (last + 1..).zip(entries) {
        let versions = believed.remove(&(new.kind, new.key.clone())).unwrap_or_default();
        let place = versions.first().map_or(after_all, |version| version.place);
        writing.put(new, &versions, place).await?;
    }
    writing.finish().await
}

/// Removes entries.
pub(super) async fn remove(
    conn: &mut Conn,
    (kind, keys, write): (EntryKind, Vec<String>, RegistryWrite),
) -> Result<Changed> {
    let Some(mut writing) = Writing::begin(conn, write).await? else { return Ok(Changed::Moved) };
    let ids: HashSet<_> = keys.into_iter().filter(|key| !key.contains('\0')).map(|key| (kind, key)).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut believed = writing.believed(Some(&ids).filter(|ids| ids.len() <= FEW)).await?;
    for id in ids {
        let versions = believed.remove(&id).unwrap_or_default();
        writing.remove(id, &versions).await?;
    }
    writing.finish().await
}

fn same(kind: EntryKind, known: &str, new: &str) -> bool {
    // A field that a newer pointsman knows is no change of the entry.
    known == new || matches!((Entry::parse(kind, known), Entry::parse(kind, new)), (Ok(known), Ok(new)) if known == new)
}

impl<'a> Writing<'a> {
    /// Takes the registry's turn; `None` when it moved on since the caller looked.
    async fn begin(conn: &'a mut Conn, write: RegistryWrite) -> Result<Option<Self>> {
        // An update that changes nothing: it makes other writers of the registry wait, on both databases.
        let sql = "UPDATE registry_state SET revision = revision WHERE id = 1 RETURNING revision, changed_at";
        let (revision, changed_at): (i64, i64) = on!(&mut *conn, db => sqlx::query_as(sql).fetch_one(&mut *db).await)?;
        if write.expected_revision.is_some_and(|expected| expected != revision) {
            return Ok(None);
        }
        let valid_from = write.valid_from.map_or_else(|| FOR_EVER.to_owned(), |day| day.to_string());
        if valid_from.as_str() < FOR_EVER {
            return Err(StoreError::Refused(format!("{valid_from} is before the year 1")));
        }
        let known_from = micros(write.at).max(changed_at + 1);
        let (done, added) = (Change { revision, ..Change::default() }, Vec::new());
        Ok(Some(Self { conn, by: write.by, valid_from, known_from, revision, done, added }))
    }

    /// What is believed now, of all entries or of some; each entry's versions by the day they are valid from.
    async fn believed(&mut self, only: Option<&Vec<Id>>) -> Result<HashMap<Id, Vec<Believed>>> {
        let mut rows: Vec<Believed> = Vec::new();
        if let Some(ids) = only {
            let sql = "SELECT kind, entry_key, valid_from, place, body FROM registry_rows
                WHERE kind = $1 AND entry_key = $2 AND known_until = $3 ORDER BY valid_from";
            for (kind, key) in ids {
                let some: Vec<Believed> = on!(&mut *self.conn, db => sqlx::query_as(sql).bind(kind.as_str()).bind(key)
                    .bind(STILL_KNOWN).fetch_all(&mut *db).await)?;
                rows.extend(some);
            }
        } else {
            let sql = "SELECT kind, entry_key, valid_from, place, body FROM registry_rows WHERE known_until = $1 ORDER BY valid_from";
            rows = on!(&mut *self.conn, db => sqlx::query_as(sql).bind(STILL_KNOWN).fetch_all(&mut *db).await)?;
        }
        let mut of_entry: HashMap<Id, Vec<Believed>> = HashMap::new();
        for row in rows {
            let kind = word("the kind of entry", &row.kind, EntryKind::parse)?;
            of_entry.entry((kind, row.entry_key.clone())).or_default().push(row);
        }
        Ok(of_entry)
    }

    async fn last_place(&mut self) -> Result<i64> {
        let sql = "SELECT COALESCE(MAX(place), 0) FROM registry_rows WHERE known_until = $1";
        Ok(on!(&mut *self.conn, db => sqlx::query_scalar(sql).bind(STILL_KNOWN).fetch_one(&mut *db).await)?)
    }

    /// Records what an entry is from the first day of this change on.
    async fn put(&mut self, new: New, versions: &[Believed], place: i64) -> Result<()> {
        let id = (new.kind, new.key);
        let known = self.in_force(versions).and_then(|version| version.body.as_deref());
        if known.is_some_and(|known| same(new.kind, known, &new.body)) && !self.later(versions) {
            if versions.iter().any(|version| version.place != place) {
                self.set_place(&id, place).await?;
            }
            return Ok(());
        }
        if known.is_some() {
            self.done.changed += 1;
        } else {
            self.done.added += 1;
        }
        self.close(&id, versions).await?;
        self.added.push(Added { id, place, body: Some(new.body) });
        Ok(())
    }

    /// Removes an entry from the first day of this change on; on the days before it stays what it was.
    async fn remove(&mut self, id: Id, versions: &[Believed]) -> Result<()> {
        let in_force = self.in_force(versions).is_some_and(|version| version.body.is_some());
        if !in_force && !self.later(versions) {
            return Ok(());
        }
        self.done.removed += 1;
        self.close(&id, versions).await?;
        if versions.iter().any(|version| version.valid_from < self.valid_from) {
            self.added.push(Added { id, place: 0, body: None });
        }
        Ok(())
    }

    /// The version that counts on the first day of this change.
    fn in_force<'v>(&self, versions: &'v [Believed]) -> Option<&'v Believed> {
        versions.iter().rev().find(|version| version.valid_from <= self.valid_from)
    }

    /// Whether a version starts after the first day of this change.
    fn later(&self, versions: &[Believed]) -> bool {
        versions.iter().any(|version| version.valid_from > self.valid_from)
    }

    /// An entry that only moved within the document is no new version of it.
    async fn set_place(&mut self, (kind, key): &Id, place: i64) -> Result<()> {
        let sql = "UPDATE registry_rows SET place = $4 WHERE kind = $1 AND entry_key = $2 AND known_until = $3";
        on!(&mut *self.conn, db => sqlx::query(sql).bind(kind.as_str()).bind(key).bind(STILL_KNOWN).bind(place)
            .execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    /// Ends the belief in the versions that start on the first day of this change or later.
    async fn close(&mut self, (kind, key): &Id, versions: &[Believed]) -> Result<()> {
        if !versions.iter().any(|version| version.valid_from >= self.valid_from) {
            return Ok(());
        }
        let sql = "UPDATE registry_rows SET known_until = $5
            WHERE kind = $1 AND entry_key = $2 AND known_until = $3 AND valid_from >= $4";
        on!(&mut *self.conn, db => sqlx::query(sql).bind(kind.as_str()).bind(key).bind(STILL_KNOWN).bind(&self.valid_from)
            .bind(self.known_from).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    /// Adds the new versions and counts the change.
    async fn finish(mut self) -> Result<Changed> {
        let added = std::mem::take(&mut self.added);
        if self.done != (Change { revision: self.revision, ..Change::default() }) {
            for rows in added.chunks(ROWS) {
                self.insert(rows).await?;
            }
            self.done.revision += 1;
            let sql = "UPDATE registry_state SET revision = $1, changed_at = $2 WHERE id = 1";
            on!(&mut *self.conn, db => sqlx::query(sql).bind(self.done.revision).bind(self.known_from)
                .execute(&mut *db).await.map(drop))?;
        }
        Ok(Changed::Done(self.done))
    }

    async fn insert(&mut self, rows: &[Added]) -> Result<()> {
        on!(&mut *self.conn, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO registry_rows (kind, entry_key, valid_from, known_from, known_until, place, body, recorded_by) ",
            );
            query.push_values(rows, |mut row, new| {
                row.push_bind(new.id.0.as_str()).push_bind(&new.id.1).push_bind(&self.valid_from).push_bind(self.known_from)
                    .push_bind(STILL_KNOWN).push_bind(new.place).push_bind(&new.body).push_bind(&self.by);
            });
            query.build().persistent(false).execute(&mut *db).await.map(drop)
        })?;
        Ok(())
    }
}
