//! `pointsman registry`: checks, imports, exports and asks the registry of certification reports.

mod database;
mod export;
mod files;
mod import;
mod lookup;

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use jiff::Timestamp;

use super::Outcome;
use super::style::{self, GOOD, paint};
use crate::intake::time::{BadTime, rfc3339_or_date};
use crate::registry::model::Document;

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

/// How much of each kind there is: `12 platforms, 1 participant, ...`.
fn counts(document: &Document) -> String {
    let Document { platforms, participants, solutions, reports } = document;
    let kinds = [
        (platforms.len(), "platform"),
        (participants.len(), "participant"),
        (solutions.len(), "solution"),
        (reports.len(), "report edition"),
    ];
    kinds.map(|(count, noun)| counted(count, noun)).join(", ")
}

/// `1 report`, `2 reports`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A time of the command line: RFC 3339, or a date for the start of that day in UTC.
fn read_time(text: &str) -> Result<Timestamp, String> {
    rfc3339_or_date(text).map_err(|bad| match bad {
        BadTime::Form => "write a date such as 2026-11-20, or an RFC 3339 time such as 2026-11-20T08:30:00Z".to_owned(),
        BadTime::NoSuchTime => "there is no such time in the calendar".to_owned(),
    })
}

/// Runs the asynchronous part of a command.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the command's own tasks cannot be started")?.block_on(work)
}
