//! `serve --demo`: everything a newcomer needs, in one process.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Serves the demo until `stop` is cancelled; what it stores goes into `data`, or away when it ends.
///
/// # Errors
/// When it cannot start.
pub(crate) async fn run(_config: Config, _data: Option<PathBuf>, _stop: CancellationToken) -> anyhow::Result<bool> {
    anyhow::bail!("the demo is not there yet")
}
