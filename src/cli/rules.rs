//! `pointsman rules`: proves, tests, compares and attacks routing tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Outcome, style};
use crate::notify::policy::Policy;
use crate::triage::examples::{self, Example, Failure};
use crate::triage::fault::Fault;
use crate::triage::rules::{Rules, RulesError};

mod check;
mod diff;
mod mutate;
mod page;
mod test;

/// `pointsman rules ...`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Prove a table: complete, no two rules meet, none unreachable, every clause known
    Check(One),
    /// Show every fact combination that two tables decide differently
    Diff(Two),
    /// Run the table's own examples
    Test(One),
    /// Make every one-cell mistake and show which ones nobody would notice
    Mutate(One),
}

/// One table.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// Directory of the rules; the built-in ones when left out
    dir: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
}

/// Two tables.
#[derive(Debug, clap::Args)]
pub(crate) struct Two {
    /// Directory of the old rules
    old: PathBuf,
    /// Directory of the new rules
    new: PathBuf,
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Check(one) => check::run(&one),
        Command::Diff(two) => diff::run(&two),
        Command::Test(one) => test::run(&one),
        Command::Mutate(one) => mutate::run(&one),
    }
}

impl One {
    /// The rules of the directory, or the built-in ones.
    fn load(&self) -> Result<Arc<Rules>, RulesError> {
        match &self.dir {
            Some(dir) => Rules::load(dir).map(Arc::new),
            None => Ok(Rules::embedded()),
        }
    }

    /// Reads who is told what in the same directory.
    fn notices(&self, rules: &Rules) -> Result<(), RulesError> {
        self.dir.as_deref().map_or(Ok(()), |dir| Policy::load(dir, rules).map(drop))
    }

    /// What the rules are called on the screen.
    fn name(&self) -> String {
        self.dir.as_deref().map_or_else(|| "the built-in rules".to_owned(), shown)
    }

    /// The rules with their examples tried on them; what the command comes to, where they were refused.
    fn tried(&self) -> anyhow::Result<Result<Tried, Outcome>> {
        let rules = match self.load() {
            Ok(rules) => rules,
            Err(error) => return self.refuse(&error.faults, error.is_unreadable()).map(Err),
        };
        Ok(match examples::parse(&rules) {
            Ok(examples) => Ok(Tried { failures: examples::run(&rules, &examples), rules, examples }),
            Err(faults) => Err(self.refuse(&faults, false)?),
        })
    }

    /// Says why rules were refused: unreadable files are bad input, a table that fails is a failed check.
    fn refuse(&self, faults: &[Fault], unreadable: bool) -> anyhow::Result<Outcome> {
        if self.json {
            page::json(&serde_json::json!({ "ok": false, "rules": self.name(), "faults": faults }))?;
        } else if unreadable {
            style::print_as_error(|page| page::refusal(page, &self.name(), faults))?;
        } else {
            style::print(|page| page::refusal(page, &self.name(), faults))?;
        }
        Ok(if unreadable { Outcome::BadInput } else { Outcome::CheckFailed })
    }
}

/// A proved table, its own examples, and those that fail.
struct Tried {
    rules: Arc<Rules>,
    examples: Vec<Example>,
    failures: Vec<Failure>,
}

fn shown(dir: &Path) -> String {
    dir.display().to_string()
}
