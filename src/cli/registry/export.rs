//! `pointsman registry export`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;

use super::{counts, stored, stored_as_written};
use crate::cli::database::Database;
use crate::cli::triage::read_at;
use crate::cli::{Outcome, style};
use crate::clock::Clock;
use crate::registry::csv;
use crate::registry::model::Document;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One JSON document, or CSV files
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Where to write: a file, for CSV a directory (default: JSON goes to standard output)
    #[arg(long, value_name = "PATH", required_if_eq("format", "csv"))]
    out: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// The registry as it was known at this time, on that day (a date or RFC 3339 time)
    #[arg(long, value_name = "TIME", value_parser = read_at)]
    known_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Json,
    Csv,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let at = args.known_at.unwrap_or_else(|| Clock::system().now());
    let Some(path) = &args.out else {
        let mut out = style::raw();
        out.write_all(&json(args, at)?)?;
        out.flush()?;
        return Ok(Outcome::Done);
    };
    let document = stored(&args.database, args.known_at, at)?;
    match args.format {
        Format::Json => {
            fs::write(path, json(args, at)?).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Format::Csv => write_csv(path, &document)?,
    }
    let mut page = style::page();
    page.paragraph(0, &format!("Wrote {} to {}.", counts(&document), path.display()))?;
    page.flush()?;
    Ok(Outcome::Done)
}

/// The document with each entry as it was imported: a key that was left out there is left out here.
fn json(args: &Args, at: Timestamp) -> anyhow::Result<Vec<u8>> {
    let document = stored_as_written(&args.database, args.known_at, at)?;
    let mut text = serde_json::to_vec_pretty(&document).context("the registry cannot be written as JSON")?;
    text.push(b'\n');
    Ok(text)
}

fn write_csv(directory: &Path, document: &Document) -> anyhow::Result<()> {
    let files = csv::write(document).context("the registry cannot be written as CSV")?;
    fs::create_dir_all(directory).with_context(|| format!("the directory {} cannot be made", directory.display()))?;
    for (name, bytes) in files {
        let path = directory.join(name);
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
