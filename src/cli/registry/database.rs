//! The registry in a database, as commands name it.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::store::{KnownRegistry, Options, Store};
use crate::triage::decide::day_of;

/// Which database.
#[derive(Debug, clap::Args)]
pub(super) struct Database {
    /// The database, such as sqlite://pointsman.db or postgres://user@host/name
    #[arg(
        long,
        value_name = "URL",
        env = "POINTSMAN_DATABASE",
        hide_env_values = true,
        default_value = "sqlite://pointsman.db"
    )]
    database: String,
}

impl Database {
    /// Opens it to read only: nothing is made or migrated.
    pub(super) async fn to_read(&self) -> anyhow::Result<Store> {
        self.open(Options { create: false, migrate: false, writers: 1, ..Options::default() }).await
    }

    /// Opens it to write; a file that is not there yet is made.
    pub(super) async fn to_write(&self) -> anyhow::Result<Store> {
        self.open(Options { writers: 1, ..Options::default() }).await
    }

    async fn open(&self, options: Options) -> anyhow::Result<Store> {
        if let Some(file) = self.file().filter(|file| !options.create && !Path::new(file).exists()) {
            anyhow::bail!(
                "there is no database {file}: name one with --database URL, or make it with `pointsman registry import FILE`"
            );
        }
        Store::open(self.database.trim(), &options).await.context("the database cannot be used")
    }

    /// The file of an SQLite database.
    pub(super) fn file(&self) -> Option<&str> {
        let url = self.database.trim();
        let file = url.strip_prefix("sqlite://").or_else(|| (!url.contains(':')).then_some(url))?;
        Some(file.split('?').next().unwrap_or(file))
    }
}

/// The registry for the day of `at`, as known at some time.
pub(super) async fn registry(
    store: &Store,
    known_at: Option<Timestamp>,
    at: Timestamp,
) -> anyhow::Result<KnownRegistry> {
    store.registry(known_at, day_of(at)).await.context("the registry cannot be read from the database")
}
