//! The database that a command works on.

use std::future::Future;

use anyhow::Context as _;

use crate::store::{Options, Result, Store};

/// Which database.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Database {
    /// The database: sqlite://FILE or postgres://USER@HOST/NAME
    #[arg(
        long,
        value_name = "URL",
        env = "POINTSMAN_DATABASE",
        default_value = "sqlite://pointsman.db",
        hide_env_values = true
    )]
    pub(crate) database: String,
}

impl Database {
    /// Opens the database with those options, does the work, and closes it again.
    pub(crate) fn with<T, F: Future<Output = anyhow::Result<T>>>(
        &self,
        options: &Options,
        work: impl FnOnce(Store) -> F,
    ) -> anyhow::Result<T> {
        self.run(async {
            let store = Store::open(&self.database, options).await?;
            let done = work(store.clone()).await;
            store.close().await;
            done
        })
    }

    /// Runs the work to its end.
    pub(crate) fn run<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime could be started")?;
        runtime.block_on(work)
    }
}

/// For a command that reads: makes nothing and changes nothing.
pub(crate) fn reading() -> Options {
    Options { create: false, migrate: false, writers: 1, ..Options::default() }
}

/// For a command that writes: a database that is not there is made.
pub(crate) fn writing() -> Options {
    Options { writers: 1, ..Options::default() }
}

/// What an unknown id is answered with.
pub(crate) fn found<T>(what: Result<Option<T>>, kind: &str, id: &str) -> anyhow::Result<T> {
    what?.with_context(|| format!("there is no {kind} {id:?} in this database"))
}
