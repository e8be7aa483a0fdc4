//! `pointsman mail`: mail as a mail server hands it over.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::inbound::{self, InboundError};
use crate::store::{Options, Store};

/// What `pointsman mail` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Take one mail from standard input, as a pipe of Postfix or Exim gives it
    #[command(after_help = RECEIVE)]
    Receive(Receive),
}

const RECEIVE: &str = "\
Exit codes are those that mail servers know (sysexits.h): 0 once the mail is durable here, 75 when it cannot be
taken and the server should keep it and try again, 65 when it is too large and goes back to its sender.

Postfix, in master.cf: pointsman unix - n n - 4 pipe flags=DRXhu user=pointsman
  argv=/usr/local/bin/pointsman mail receive --config /etc/pointsman.toml";

/// What `mail receive` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Receive {
    /// The server's settings (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite://FILE or postgres://USER@HOST/NAME (default: as configured, or sqlite://pointsman.db)
    #[arg(long, value_name = "URL", env = "POINTSMAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

/// What mail servers understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// The mail is durable here.
    Ok = 0,
    /// It will never be taken: the server returns it to its sender.
    BadData = 65,
    /// The server keeps it and tries again: also where a setting is wrong, since mail servers return what meets another code to
    /// its sender.
    TryAgain = 75,
}

/// Runs the command. Its exit codes are those that mail servers know.
pub(crate) fn run(command: Command) -> ExitCode {
    let Command::Receive(args) = command;
    // Whatever goes wrong, the mail server has to keep the mail.
    let received = std::panic::catch_unwind(|| receive(args));
    let (exit, said) = received.unwrap_or((Exit::TryAgain, None));
    if let Some(said) = said {
        anstream::eprintln!("pointsman: {said}");
    }
    ExitCode::from(exit as u8)
}

fn receive(args: Receive) -> (Exit, Option<String>) {
    let config = match args.config.as_deref().map_or_else(Config::defaults, Config::load) {
        Ok(config) => config,
        Err(error) => return (Exit::TryAgain, Some(error.to_string())),
    };
    let url = match config.database_url(args.database) {
        Ok(url) => url,
        Err(error) => return (Exit::TryAgain, Some(error.to_string())),
    };
    let mut raw = Vec::new();
    // One byte more than is taken tells that there is more.
    let most = config.inbound.mail_bytes as u64 + 1;
    if let Err(error) = std::io::stdin().lock().take(most).read_to_end(&mut raw) {
        return (Exit::TryAgain, Some(format!("the mail cannot be read: {error}")));
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return (Exit::TryAgain, Some(error.to_string())),
    };
    runtime.block_on(take(config, &url, &raw))
}

async fn take(config: Config, url: &str, raw: &[u8]) -> (Exit, Option<String>) {
    // Migrations are the server's work, and a database that is not there may be a wrong setting.
    let options = Options { create: false, migrate: false, writers: 1, readers: 2, ..Options::default() };
    let store = match Store::open(url, &options).await {
        Ok(store) => store,
        Err(error) => return (Exit::TryAgain, Some(error.to_string())),
    };
    let taken = match App::new(config, Clock::system(), store.clone()).await {
        Ok(app) => inbound::receive(&app, raw).await,
        Err(error) => {
            store.close().await;
            return (Exit::TryAgain, Some(error.to_string()));
        }
    };
    store.close().await;
    match taken {
        // A mail server may send what is printed back to the sender: nothing is said of what was found out. What is kept and
        // could not be applied yet is looked at again by the server.
        Ok(_) | Err(InboundError::NotNow(_)) => (Exit::Ok, None),
        Err(error @ InboundError::TooLarge(_)) => (Exit::BadData, Some(error.to_string())),
        Err(error) => (Exit::TryAgain, Some(error.to_string())),
    }
}
