//! `pointsman registry import`: shows what a file would change, entry by entry, and changes it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use jiff::civil::Date;
use serde_json::Value;

use super::{files, is_there};
use crate::cli::Outcome;
use crate::cli::database::{Database, reading, writing};
use crate::cli::style::{self, BAD, FAINT, GOOD, Page, STRONG, WARNING, clean, count, paint};
use crate::clock::Clock;
use crate::registry::document::Written;
use crate::registry::faults::Fault;
use crate::registry::model::Document;
use crate::store::{Changed, RegistryWrite, Store};
use crate::triage::decide::day_of;

/// So many entries of a kind are named; the rest is a number.
const NAMED: usize = 8;
/// So often an import starts again when somebody else changed the registry meanwhile.
const ATTEMPTS: usize = 5;
const DRY: &str = "Nothing was changed: this is a dry run.";

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

impl Difference {
    fn is_none(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // A file that cannot be imported is told before a database is made for it.
    let whole = if files::is_one_kind(&args.file) { None } else { Some(files::read_as_written(&args.file, None)?) };
    match whole {
        Some(Err(faults)) => Ok(refuse(&faults)),
        Some(Ok((document, written))) => import(args, &written, |_| Ok(Ok(document.clone()))),
        None => import(args, &Written::default(), |current| files::read(&args.file, Some(current))),
    }
}

fn refuse(faults: &[Fault]) -> Outcome {
    files::name(faults);
    anstream::eprintln!("Nothing was imported.");
    Outcome::BadInput
}

/// Imports what `read` makes of the registry as it is.
fn import(
    args: &Args,
    written: &Written,
    read: impl Fn(&Document) -> anyhow::Result<Result<Document, Vec<Fault>>>,
) -> anyhow::Result<Outcome> {
    if args.dry_run && !is_there(&args.database) {
        return finish(&Document::default(), read(&Document::default())?, |_| DRY.to_owned());
    }
    let options = if args.dry_run { reading() } else { writing() };
    args.database.with(&options, async |store| import_into(args, &store, written, read).await)
}

async fn import_into(
    args: &Args,
    store: &Store,
    written: &Written,
    read: impl Fn(&Document) -> anyhow::Result<Result<Document, Vec<Fault>>>,
) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    for _ in 0..ATTEMPTS {
        let now = clock.now();
        let day = args.valid_from.unwrap_or_else(|| day_of(now));
        let current = store.registry(None, day).await.context("the registry cannot be read from the database")?;
        let document = match read(&current.document)? {
            Ok(document) if !args.dry_run => document,
            other => return finish(&current.document, other, |_| DRY.to_owned()),
        };
        let write = RegistryWrite {
            by: args.by.clone(),
            at: now,
            valid_from: args.valid_from,
            expected_revision: Some(current.revision),
        };
        let changed = store.replace_registry_as_written(document.clone(), written, write).await;
        if let Changed::Done(change) = changed.context("the registry was not imported")? {
            let from = args.valid_from.map(|day| format!(", valid from {day}")).unwrap_or_default();
            return finish(&current.document, Ok(document), |same| match same {
                true => format!("Nothing changed: the registry says the same already (revision {}).", change.revision),
                false => format!("{} This is revision {}{from}.", paint(GOOD, "Imported."), change.revision),
            });
        }
    }
    anyhow::bail!("somebody else keeps changing the registry; nothing was imported, try again")
}

/// Shows what differs, and how the command ended.
fn finish(
    before: &Document,
    after: Result<Document, Vec<Fault>>,
    end: impl FnOnce(bool) -> String,
) -> anyhow::Result<Outcome> {
    let after = match after {
        Ok(after) => after,
        Err(faults) => return Ok(refuse(&faults)),
    };
    let differences = differences(before, &after);
    let same = differences.iter().all(|(_, difference)| difference.is_none());
    let mut page = style::page();
    show(&mut page, &differences)?;
    page.line(&end(same))?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn show<W: Write>(page: &mut Page<W>, differences: &[(&str, Difference)]) -> io::Result<()> {
    for (kind, difference) in differences {
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
        more => page.line(&format!("  {sign} {}", paint(FAINT, &format!("and {}", count(more, "other"))))),
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
