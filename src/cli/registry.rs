//! `pointsman registry`: checks, imports, exports and asks the registry of certification reports.

mod export;
mod files;
mod import;
mod lookup;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

use super::Outcome;
use super::database::{Database, reading};
use super::style::{self, GOOD, count, paint};
use crate::registry::model::Document;
use crate::triage::decide::day_of;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check a registry file and name every fault with its line
    #[command(after_help = FILES)]
    Check(CheckArgs),
    /// Make the registry in the database what a file says, and show what changed
    #[command(after_help = FILES)]
    Import(import::Args),
    /// Write the registry as one JSON file, or as a directory of CSV files
    Export(export::Args),
    /// Say what the registry knows about two products, as triage would
    Lookup(lookup::Args),
}

const FILES: &str = "FILE is a JSON document, a directory of CSV files (platforms.csv, platform_releases.csv, \
participants.csv, accreditations.csv, solutions.csv, solution_releases.csv, reports.csv, scope.csv, limitations.csv), or \
one of these files: then only its kind is read, with the files that belong to it beside it. `registry export --format csv` \
writes files to start from. `-` is a JSON document on standard input.";

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// JSON file, CSV file or directory of CSV files
    file: PathBuf,
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    let outcome = match command {
        Command::Check(args) => check(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Lookup(args) => lookup::run(&args),
    };
    match outcome {
        // The reader had enough: what it asked for was done.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(style::is_closed_pipe) => Ok(Outcome::Done),
        outcome => outcome,
    }
}

fn check(args: &CheckArgs) -> anyhow::Result<Outcome> {
    match files::read(&args.file, None)? {
        Ok(document) => {
            let mut page = style::page();
            let name = style::clean(&args.file.display().to_string());
            page.line(&format!("{name}: {}. {}.", paint(GOOD, "sound"), counts(&document)))?;
            io::Write::flush(&mut page)?;
            Ok(Outcome::Done)
        }
        Err(faults) => {
            files::name(&faults);
            Ok(Outcome::CheckFailed)
        }
    }
}

/// How much of each kind there is: `12 platforms, 1 participant, ...`; kinds without entries are left out.
fn counts(document: &Document) -> String {
    let Document { platforms, participants, solutions, reports } = document;
    let kinds = [
        (platforms.len(), "platform"),
        (participants.len(), "participant"),
        (solutions.len(), "solution"),
        (reports.len(), "report edition"),
    ];
    let there: Vec<String> =
        kinds.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    if there.is_empty() { "an empty registry".to_owned() } else { there.join(", ") }
}

/// The registry for the day of `at`, as known at some time; nothing is made or changed in the database.
fn stored(database: &Database, known_at: Option<Timestamp>, at: Timestamp) -> anyhow::Result<Document> {
    there(database)?;
    let known = database.with(&reading(), async |store| Ok(store.registry(known_at, day_of(at)).await?));
    Ok(known.context(UNREADABLE)?.document)
}

/// As [`stored`], as a JSON document with each entry as it was written.
fn stored_as_written(database: &Database, known_at: Option<Timestamp>, at: Timestamp) -> anyhow::Result<Value> {
    there(database)?;
    let written = database.with(&reading(), async |store| Ok(store.registry_as_written(known_at, day_of(at)).await?));
    written.context(UNREADABLE)
}

const UNREADABLE: &str = "the registry cannot be read from the database";

fn there(database: &Database) -> anyhow::Result<()> {
    if !is_there(database) {
        anyhow::bail!(
            "there is no database at {}: name one with --database URL, or make it with `pointsman registry import FILE`",
            database.database.trim()
        );
    }
    Ok(())
}

/// False where the database is a file that does not exist.
fn is_there(database: &Database) -> bool {
    let url = database.database.trim();
    let file = url.strip_prefix("sqlite://").or_else(|| (!url.contains(':')).then_some(url));
    file.is_none_or(|file| Path::new(file.split('?').next().unwrap_or(file)).exists())
}
