//! `pointsman db`.

use super::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {}
}
