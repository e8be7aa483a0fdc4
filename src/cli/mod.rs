//! The command line (contract section 5). Exit codes: 0 done, 1 a check failed, 2 bad input or use.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

mod account;
mod connector;
mod database;
mod db;
mod endpoint;
mod key;
mod mail;
mod read;
mod registry;
mod replay;
mod rules;
mod serve;
mod style;
mod triage;

const HELP: &str = "\
To look around: pointsman serve --demo

Exit code 0 when done, 1 when a check failed, 2 on bad input or use.";

/// Decides which company a support case belongs to, and explains why.
#[derive(Debug, Parser)]
#[command(name = "pointsman", version, max_term_width = 100, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: the API and its documentation; `--demo` brings samples and keys
    Serve(serve::Args),
    /// Decide eSRs from files without storing anything
    Triage(triage::Args),
    /// Prove, compare and test routing tables
    #[command(subcommand)]
    Rules(rules::Command),
    /// Decide the stored history again and show who would move where
    Replay(replay::Args),
    /// Import, export, check and query the registry of certification reports
    #[command(subcommand)]
    Registry(registry::Command),
    /// Show and try the descriptions of other companies' systems
    #[command(subcommand)]
    Connector(connector::Command),
    /// Add, show, switch and rotate the endpoints through which sides are told
    #[command(subcommand)]
    Endpoint(endpoint::Command),
    /// Look after the database
    #[command(subcommand)]
    Db(db::Command),
    /// Create, list, rotate and revoke API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Add and list people who sign in to the pages
    #[command(subcommand)]
    Account(account::Command),
    /// Take mail that a mail server hands over
    #[command(subcommand)]
    Mail(mail::Command),
    /// Print a completion script for your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything that was asked for was done.
    Done,
    /// A check ran and failed.
    CheckFailed,
    /// Some of the input was bad; it was named on standard error.
    BadInput,
}

/// Parses the arguments, runs the command and maps what it came to onto the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Triage(args) => triage::run(args),
        Command::Rules(command) => rules::run(command),
        Command::Replay(args) => replay::run(args),
        Command::Registry(command) => registry::run(command),
        Command::Connector(command) => connector::run(command),
        Command::Endpoint(command) => endpoint::run(command),
        Command::Db(command) => db::run(command),
        Command::Key(command) => key::run(command),
        Command::Account(command) => account::run(command),
        Command::Mail(command) => return mail::run(command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "pointsman", &mut script);
            style::seen(std::io::stdout().write_all(&script)).map(|()| Outcome::Done).map_err(Into::into)
        }
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::CheckFailed) => ExitCode::from(1),
        Ok(Outcome::BadInput) => ExitCode::from(2),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
