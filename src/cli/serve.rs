//! `pointsman serve`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, LogFormat};
use crate::demo;
use crate::store::{Options, Store};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Settings that differ from the defaults (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite://FILE or postgres://USER@HOST/NAME (default: as configured, or sqlite://pointsman.db)
    #[arg(long, value_name = "URL", env = "POINTSMAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Where to listen (default: as configured, or 127.0.0.1:8080)
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Bring a sample registry, partners with keys and a trickle of eSRs, in a database of its own
    #[arg(long)]
    demo: bool,
    /// Keep what the demo stores in this directory
    #[arg(long, value_name = "DIR", requires = "demo")]
    data: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let mut config = args.config.as_deref().map_or_else(Config::defaults, Config::load)?;
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    log(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let finished = runtime.block_on(async {
        let stop = stop_on_signal()?;
        match args.demo {
            true => demo::run(config, args.data, stop).await,
            false => {
                let url = config.database_url(args.database)?;
                serve(config, &url, stop).await
            }
        }
    })?;
    if !finished {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
    Ok(Outcome::Done)
}

/// Serves until `stop` is cancelled. True when every request finished in time.
async fn serve(config: Config, url: &str, stop: CancellationToken) -> anyhow::Result<bool> {
    // What it says is wrong before anything is opened.
    config.inbound.imap.mailbox()?;
    let options = Options { migrate: config.database.migrate, ..Options::default() };
    let store = Store::open(url, &options).await?;
    let listen = config.server.listen.clone();
    let listener = TcpListener::bind(&listen)
        .await
        .with_context(|| format!("cannot listen on {listen}, as --listen or server.listen says"))?;
    let address = listener.local_addr()?;
    let app = App::new(config, Clock::system(), store).await?;
    println!("pointsman listens on http://{address} (the API: http://{address}/docs)");
    Ok(crate::service::run(app, listener, stop).await)
}

/// A token that SIGTERM and SIGINT cancel; a second one ends the process at once.
fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        for last in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if last {
                std::process::exit(1);
            }
            tracing::info!("stopping: finishing what was accepted");
            token.cancel();
        }
    });
    Ok(stop)
}

/// Log lines go to standard error; RUST_LOG wins over the configuration.
fn log(config: &Config) -> anyhow::Result<()> {
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.level.clone());
    let filter = tracing_subscriber::EnvFilter::try_new(&level).map_err(|_| {
        anyhow::anyhow!("the log level {level:?} (RUST_LOG, else log.level) is none: write error, warn, info or debug")
    })?;
    // PostgreSQL says at each start that the table of migrations is there.
    let filter = match std::env::var_os("RUST_LOG") {
        Some(_) => filter,
        None => filter.add_directive("sqlx::postgres::notice=warn".parse()?),
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
