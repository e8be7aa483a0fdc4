//! Registry files on disk: one JSON document, one kind as CSV, or a directory of CSV files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::read;
use crate::cli::style::{BAD, STRONG, clean, count, paint};
use crate::registry::csv::{self, CsvFile};
use crate::registry::document::{self, Written};
use crate::registry::faults::Fault;
use crate::registry::model::Document;

/// Reads and checks a registry. Kinds that single CSV files do not give are taken from `others`.
///
/// # Errors
/// When there is nothing to be read there; what is wrong inside comes back as faults.
pub(super) fn read(path: &Path, others: Option<&Document>) -> anyhow::Result<Result<Document, Vec<Fault>>> {
    Ok(read_as_written(path, others)?.map(|(document, _)| document))
}

/// As [`read`], with how the entries of a JSON document were written.
///
/// # Errors
/// When there is nothing to be read there; what is wrong inside comes back as faults.
pub(super) fn read_as_written(
    path: &Path,
    others: Option<&Document>,
) -> anyhow::Result<Result<(Document, Written), Vec<Fault>>> {
    let from_csv = |read: Result<Document, Vec<Fault>>| read.map(|document| (document, Written::default()));
    let name = path.display().to_string();
    if path.is_dir() {
        let mut files = csv_files(path)?;
        files.sort();
        if !files.iter().any(|file| csv::is_table(&file.to_string_lossy())) {
            anyhow::bail!(
                "{name} holds no registry: there is no platforms.csv, participants.csv, solutions.csv or reports.csv in it"
            );
        }
        return Ok(from_csv(csv::parse(&load(&files)?, None)));
    }
    if is_one_kind(path) {
        if !path.exists() {
            anyhow::bail!("{name} cannot be read: there is no such file");
        }
        let beside = csv::same_kind(&name);
        let mut files = vec![path.to_owned()];
        for file in csv_files(path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")))? {
            let own = file.file_name() == path.file_name();
            let of_kind =
                file.file_name().is_some_and(|name| beside.contains(&&*name.to_string_lossy().to_ascii_lowercase()));
            if of_kind && !own {
                files.push(file);
            }
        }
        return Ok(from_csv(csv::parse(&load(&files)?, others)));
    }
    let (name, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), read::stdin().context("standard input cannot be read")?)
    } else {
        let bytes = read::file(path).with_context(|| format!("{name} cannot be read"))?;
        (name, bytes)
    };
    Ok(document::parse(&name, &bytes).map(|document| (document, Written::of(&bytes))))
}

/// Whether the path gives one kind of entries only, so that the others have to come from elsewhere.
pub(super) fn is_one_kind(path: &Path) -> bool {
    is_csv(path) && !path.is_dir()
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

fn csv_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    Ok(paths
        .into_iter()
        .filter(|path| is_csv(path))
        .map(|path| path.strip_prefix("./").map(Path::to_owned).unwrap_or(path))
        .collect())
}

fn load(files: &[PathBuf]) -> anyhow::Result<Vec<CsvFile>> {
    let load = |file: &PathBuf| {
        let name = file.display().to_string();
        let bytes = read::file(file).with_context(|| format!("{name} cannot be read"))?;
        Ok(CsvFile { name, bytes })
    };
    files.iter().map(load).collect()
}

/// Names every fault on standard error, a line each, so that an editor finds its place.
pub(super) fn name(faults: &[Fault]) {
    let mut err = anstream::stderr().lock();
    // Nobody is left to be told that standard error is gone.
    for fault in faults {
        let line = fault.line.map(|line| format!("{line}:")).unwrap_or_default();
        let path = if fault.path.is_empty() {
            String::new()
        } else {
            format!("{} ", paint(STRONG, &format!("{}:", fault.path)))
        };
        let file = if fault.file.is_empty() { String::new() } else { format!("{}:{line} ", clean(&fault.file)) };
        let _ = writeln!(err, "{file}{path}{}", clean(&fault.message));
    }
    let _ = writeln!(err, "{} {}.", paint(BAD, "error:"), count(faults.len(), "fault"));
}
