//! `pointsman db`: the database's own care.

use std::io::Write as _;

use super::Outcome;
use super::database::{Database, writing};
use super::style::{self, FAINT, GOOD, WARNING, paint};
use crate::store::{MigrationState, migration_states};

/// What `pointsman db` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Bring the database to this version's tables; make it when there is none
    Migrate(Database),
    /// Show which migrations the database has; exit code 1 when some are missing
    Status(Database),
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Migrate(database) => migrate(&database),
        Command::Status(database) => status(&database),
    }
}

fn migrate(database: &Database) -> anyhow::Result<Outcome> {
    let kind = database.with(&writing(), async |store| Ok(store.kind()))?;
    let states = database.run(async { Ok(migration_states(&database.database).await?) })?;
    let mut page = style::page();
    let newest = states.iter().rfind(|state| state.applied).map_or(0, |state| state.version);
    page.line(&format!("{} The {kind} database is at migration {newest}.", paint(GOOD, "Done.")))?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn status(database: &Database) -> anyhow::Result<Outcome> {
    let states = database.run(async { Ok(migration_states(&database.database).await?) })?;
    let mut page = style::page();
    for MigrationState { version, name, applied } in &states {
        let state = if *applied { paint(FAINT, "applied") } else { paint(WARNING, "missing") };
        page.line(&format!("{version:>4}  {name:<12}  {state}"))?;
    }
    let missing = states.iter().any(|state| !state.applied);
    if missing {
        page.gap()?;
        page.paragraph(0, "Run `pointsman db migrate` to apply what is missing.")?;
    }
    page.flush()?;
    Ok(if missing { Outcome::CheckFailed } else { Outcome::Done })
}
