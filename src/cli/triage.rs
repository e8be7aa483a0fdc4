//! `pointsman triage`: decides eSRs from files with the same evaluator as the server, and stores nothing.

mod inputs;
mod show;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Outcome;
use super::style;
use crate::clock::Clock;
use crate::intake::time::{BadTime, rfc3339_or_date};
use crate::registry::document;
use crate::registry::index::Registry;
use crate::store::{Options, Store};
use crate::triage;
use crate::triage::decide::day_of;
use crate::triage::decision::Decision;
use crate::triage::rules::Rules;
use inputs::Refused;

/// What `pointsman triage` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "A file holds one eSR, a JSON array of eSRs, or one eSR a line. Who filed an eSR is its key \
`filed_by`: business_partner (the default), participant or other.\n\nExit code 0 when all were decided; 2 when some \
input was bad: each is named on standard error, and the others are decided all the same.")]
pub(crate) struct Args {
    /// Files with eSRs; `-` is standard input
    #[arg(required = true, value_name = "ESR.json")]
    esrs: Vec<PathBuf>,
    /// The registry file to look certifications up in (default: the registry in the database)
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
    /// The database whose registry is used when no file is given, such as sqlite://pointsman.db
    #[arg(long, value_name = "URL", env = "POINTSMAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// The directory with the routing table (default: the built-in rules)
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Decide as of this RFC 3339 time, or the start of this UTC day (default: now)
    #[arg(long, value_name = "TIME", value_parser = read_at)]
    at: Option<Timestamp>,
    /// Print one decision a line, for programs
    #[arg(long)]
    json: bool,
    /// Show all nine facts and where each came from
    #[arg(long, conflicts_with = "json")]
    why: bool,
}

pub(super) fn read_at(text: &str) -> Result<Timestamp, String> {
    rfc3339_or_date(text).map_err(|bad| match bad {
        BadTime::Form => "write a date such as 2026-11-20, or an RFC 3339 time such as 2026-11-20T08:30:00Z".to_owned(),
        bad => bad.to_string(),
    })
}

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let at = args.at.unwrap_or_else(|| Clock::system().now());
    let triage = Triage {
        rules: match &args.rules {
            Some(dir) => {
                Rules::load(dir).map_err(|error| anyhow::anyhow!("the rules cannot be used:\n{error}"))?.into()
            }
            None => Rules::embedded(),
        },
        registry: match &args.registry {
            Some(file) => registry_of_file(file)?,
            None => registry_of_database(args.database.as_deref(), day_of(at))?,
        },
        at,
    };
    let outcome = if args.json {
        let mut out = style::raw();
        triage.all(&args.esrs, &mut out, |out, decision| {
            serde_json::to_writer(&mut *out, decision).map_err(io::Error::from)?;
            out.write_all(b"\n")
        })
    } else {
        triage.all(&args.esrs, &mut style::page(), |page, decision| {
            show::decision(page, decision, &triage.rules, args.why)
        })
    };
    match outcome {
        // The reader had enough: what it asked for was done.
        Err(error) if style::is_closed_pipe(&error) => Ok(Outcome::Done),
        outcome => outcome.context("the decisions cannot be written to standard output"),
    }
}

/// What all eSRs of one run are decided with.
struct Triage {
    registry: Registry,
    rules: std::sync::Arc<Rules>,
    at: Timestamp,
}

impl Triage {
    /// Decides the eSRs of all files in order. What is bad is named on standard error and left out.
    fn all<W: Write>(
        &self,
        files: &[PathBuf],
        out: &mut W,
        show: impl Fn(&mut W, &Decision) -> io::Result<()>,
    ) -> io::Result<Outcome> {
        let mut outcome = Outcome::Done;
        let mut refuse = |out: &mut W, refused: &Refused| {
            outcome = Outcome::BadInput;
            // In the order of the input, also where both streams reach one terminal.
            out.flush()?;
            style::complain(&refused.what, &refused.details);
            Ok::<_, io::Error>(())
        };
        for file in files {
            let name = inputs::shown(file);
            let bytes = match inputs::read(file) {
                Ok(bytes) => bytes,
                Err(refused) => {
                    refuse(out, &refused)?;
                    continue;
                }
            };
            for item in inputs::esrs(&name, &bytes) {
                match item {
                    Ok((esr, filed_by)) => {
                        show(out, &triage::decide(&esr, &filed_by, &self.registry, &self.rules, self.at))?;
                    }
                    Err(refused) => refuse(out, &refused)?,
                }
            }
        }
        out.flush()?;
        Ok(outcome)
    }
}

pub(super) fn registry_of_file(file: &Path) -> anyhow::Result<Registry> {
    const SHOWN: usize = 20;
    let name = file.display();
    let bytes = crate::cli::read::file(file).with_context(|| format!("the registry {name} cannot be read"))?;
    let document = document::parse(&name.to_string(), &bytes).map_err(|faults| {
        let mut text: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
        if faults.len() > SHOWN {
            text.push(format!("... and {} more; see `pointsman registry check {name}`", faults.len() - SHOWN));
        }
        anyhow::anyhow!("the registry {name} cannot be used:\n{}", text.join("\n"))
    })?;
    Ok(Registry::new(document))
}

fn registry_of_database(url: Option<&str>, day: Date) -> anyhow::Result<Registry> {
    let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
        anyhow::bail!(
            "no registry to look certifications up in: pass --registry FILE, or name the database that holds one with \
             --database URL or POINTSMAN_DATABASE"
        );
    };
    // Triage stores nothing: a database that is not there, or lacks tables, is not made.
    let options = Options { create: false, migrate: false, writers: 1, ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let known = runtime.block_on(async {
        let store = Store::open(url, &options).await?;
        let known = store.registry(None, day).await;
        store.close().await;
        known
    });
    let known = known.context("the registry of the database cannot be read (--registry FILE takes one from a file)")?;
    Ok(Registry::new(known.document))
}
