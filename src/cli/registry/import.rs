//! `pointsman registry import`: shows what a file would change, entry by entry, and changes it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use jiff::civil::Date;
use serde_json::Value;

use super::database::{self, Database};
use super::{block_on, counted, files};
use crate::cli::style::{self, BAD, FAINT, GOOD, Page, STRONG, WARNING, paint};
use crate::cli::{Outcome, style::clean};
use crate::clock::Clock;
use crate::registry::model::Document;
use crate::store::{Changed, RegistryWrite};

/// So many entries of a kind are named; the rest is a number.
const NAMED: usize = 8;
/// So often an import starts again when somebody else changed the registry meanwhile.
const ATTEMPTS: usize = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON file, CSV file or directory of CSV files
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    /// The first day that the file is true for (default: always was)
    #[arg(long, value_name = "DATE")]
    valid_from: Option<Date>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Who changes it, for the history
    #[arg(long, value_name = "WHO", default_value = "command line")]
    by: String,
}

/// What happens to the entries of one kind: their keys, and for changed ones the fields.
#[derive(Debug, Default, PartialEq, Eq)]
struct Difference {
    added: Vec<String>,
    changed: Vec<(String, Vec<String>)>,
    removed: Vec<String>,
    same: usize,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    block_on(async {
        // Nobody wants a database for a file that cannot be imported.
        let needs_others = args.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if !needs_others && let Err(faults) = files::read(&args.file, None)? {
            return Ok(refuse(&faults));
        }
        if args.dry_run && args.database.file().is_some_and(|file| !std::path::Path::new(file).exists()) {
            return dry(args, &Document::default());
        }
        let store = if args.dry_run { args.database.to_read().await? } else { args.database.to_write().await? };
        let outcome = import(args, &store).await;
        store.close().await;
        outcome
    })
}

fn refuse(faults: &[crate::registry::faults::Fault]) -> Outcome {
    files::name(faults);
    anstream::eprintln!("Nothing was imported.");
    Outcome::BadInput
}

fn dry(args: &Args, current: &Document) -> anyhow::Result<Outcome> {
    let document = match files::read(&args.file, Some(current))? {
        Ok(document) => document,
        Err(faults) => return Ok(refuse(&faults)),
    };
    let mut page = style::page();
    show(&mut page, current, &document)?;
    page.line(&paint(FAINT, "Nothing was changed: this is a dry run."))?;
    page.flush()?;
    Ok(Outcome::Done)
}

async fn import(args: &Args, store: &crate::store::Store) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    for _ in 0..ATTEMPTS {
        let now = clock.now();
        let day =
            args.valid_from.map_or(now, |day| day.to_zoned(jiff::tz::TimeZone::UTC).map_or(now, |z| z.timestamp()));
        let current = database::registry(store, None, day).await?;
        if args.dry_run {
            return dry(args, &current.document);
        }
        let document = match files::read(&args.file, Some(&current.document))? {
            Ok(document) => document,
            Err(faults) => return Ok(refuse(&faults)),
        };
        let write = RegistryWrite {
            by: args.by.clone(),
            at: now,
            valid_from: args.valid_from,
            expected_revision: Some(current.revision),
        };
        let changed = store.replace_registry(document.clone(), write).await;
        if let Changed::Done(change) = changed.context("the registry was not imported")? {
            let mut page = style::page();
            show(&mut page, &current.document, &document)?;
            let from = args.valid_from.map(|day| format!(", valid from {day}")).unwrap_or_default();
            page.line(&format!("{} Revision {}{from}.", paint(GOOD, "Imported."), change.revision))?;
            page.flush()?;
            return Ok(Outcome::Done);
        }
    }
    anyhow::bail!("somebody else keeps changing the registry; nothing was imported, try again")
}

fn show<W: Write>(page: &mut Page<W>, before: &Document, after: &Document) -> io::Result<()> {
    for (kind, difference) in differences(before, after) {
        let parts = [
            (difference.added.len(), "added"),
            (difference.changed.len(), "changed"),
            (difference.removed.len(), "removed"),
            (difference.same, "unchanged"),
        ];
        let said: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let said = if said.is_empty() { "none".to_owned() } else { said.join(", ") };
        page.line(&format!("{} {said}", paint(STRONG, &format!("{kind:<14}"))))?;
        list(page, &paint(GOOD, "+"), &difference.added, Clone::clone)?;
        list(page, &paint(WARNING, "~"), &difference.changed, |(key, fields)| format!("{key}: {}", fields.join(", ")))?;
        list(page, &paint(BAD, "-"), &difference.removed, Clone::clone)?;
    }
    Ok(())
}

fn list<W: Write, T>(page: &mut Page<W>, sign: &str, entries: &[T], say: fn(&T) -> String) -> io::Result<()> {
    for entry in entries.iter().take(NAMED) {
        page.line(&format!("  {sign} {}", clean(&say(entry))))?;
    }
    match entries.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => page.line(&format!("  {sign} {}", paint(FAINT, &format!("and {}", counted(more, "other"))))),
    }
}

/// By kind, in the order of the file.
fn differences(before: &Document, after: &Document) -> [(&'static str, Difference); 4] {
    [
        ("platforms", difference(&before.platforms, &after.platforms, |p| p.id.clone())),
        ("participants", difference(&before.participants, &after.participants, |p| p.id.clone())),
        ("solutions", difference(&before.solutions, &after.solutions, |s| s.id.clone())),
        ("reports", difference(&before.reports, &after.reports, |r| format!("{} edition {}", r.id, r.edition))),
    ]
}

fn difference<T: PartialEq + serde::Serialize>(before: &[T], after: &[T], key: fn(&T) -> String) -> Difference {
    let mut old: HashMap<String, &T> = before.iter().map(|entry| (key(entry), entry)).collect();
    let mut difference = Difference::default();
    for entry in after {
        let key = key(entry);
        match old.remove(&key) {
            None => difference.added.push(key),
            Some(old) if old == entry => difference.same += 1,
            Some(old) => difference.changed.push((key, fields(old, entry))),
        }
    }
    difference.removed = before.iter().map(key).filter(|key| old.contains_key(key)).collect();
    difference
}

/// The keys whose values differ.
fn fields<T: serde::Serialize>(before: &T, after: &T) -> Vec<String> {
    let fields = |entry: &T| match serde_json::to_value(entry) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let (before, after) = (fields(before), fields(after));
    after.into_iter().filter(|(key, value)| before.get(key) != Some(value)).map(|(key, _)| key).collect()
}
