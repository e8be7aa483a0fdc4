//! A registry that lives elsewhere, reached over HTTP: copied whole now and then ([`Copied`]), or asked for each pair of
//! products ([`Asked`]). Both give the same index that the evaluator always uses, and say how fresh it is.

mod asked;
mod copied;
mod http;
mod settings;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use asked::{Asked, Question};
pub use copied::Copied;
pub use settings::{Mode, Secret, Upstream};

use super::faults::Fault;
use super::index::Registry;
use crate::clock::Clock;

/// A registry to decide by.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The entries.
    pub registry: Arc<Registry>,
    /// How fresh they are; goes into the decision.
    pub source: RegistrySource,
}

/// How fresh the answer of a registry that lives elsewhere is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RegistrySource {
    /// When the upstream registry last answered.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
    /// True when upstream could not be reached and its last good answer was used.
    pub stale: bool,
}

/// Why the other registry gave no answer that could be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// The settings cannot work.
    #[error("registry.upstream: {0}")]
    Settings(String),
    /// No connection, or it broke before the whole answer was there.
    #[error("the registry at {url} could not be reached: {reason}.")]
    Unreachable {
        /// Without query and credentials.
        url: String,
        /// In words.
        reason: String,
    },
    /// No whole answer in time.
    #[error("the registry at {url} did not answer within {seconds} s.")]
    Slow {
        /// Without query and credentials.
        url: String,
        /// The deadline over connecting, headers and body.
        seconds: f64,
    },
    /// Another status than an answer has.
    #[error("the registry at {url} answered with status {status}{}", meaning(*.status))]
    Status {
        /// Without query and credentials.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// More bytes than are read.
    #[error(
        "the registry at {url} answered with more than {max_bytes} bytes; raise registry.upstream.max_bytes if that is right."
    )]
    TooLarge {
        /// Without query and credentials.
        url: String,
        /// The limit.
        max_bytes: usize,
    },
    /// A document with faults: refused whole.
    #[error("the registry at {url} sent a faulty document, which is refused: {}{}", first(.faults), others(.faults.len()))]
    Faulty {
        /// Without query and credentials.
        url: String,
        /// All of them.
        faults: Vec<Fault>,
    },
    /// Nothing was ever received.
    #[error("the registry at {url} has not been received yet.")]
    NotYet {
        /// Without query and credentials.
        url: String,
    },
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 => "; check registry.upstream.bearer.",
        300..=399 => "; redirects are not followed, so give the address it points to.",
        _ => ".",
    }
}

fn others(faults: usize) -> String {
    if faults > 1 { format!(" ({faults} faults in all)") } else { String::new() }
}

fn first(faults: &[Fault]) -> String {
    faults.first().map(ToString::to_string).unwrap_or_default()
}

/// The other registry, in the mode that was configured.
#[derive(Debug, Clone)]
pub enum Source {
    /// Copied whole now and then.
    Copied(Arc<Copied>),
    /// Asked for each pair of products.
    Asked(Arc<Asked>),
}

impl Source {
    /// Prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    /// When the settings cannot work.
    pub fn open(settings: &Upstream, clock: Clock) -> Result<Self, UpstreamError> {
        Ok(match settings.mode {
            Mode::Sync => Self::Copied(Arc::new(Copied::new(settings, clock)?)),
            Mode::Lookup => Self::Asked(Arc::new(Asked::new(settings, clock)?)),
        })
    }

    /// The registry to decide this question by.
    ///
    /// # Errors
    /// When there is no answer, not even an old one.
    pub async fn registry_for(&self, question: &Question<'_>) -> Result<Answer, UpstreamError> {
        match self {
            Self::Copied(copied) => copied.current(),
            Self::Asked(asked) => asked.ask(question).await,
        }
    }

    /// Keeps the copy fresh until `stop`; returns at once where there is no copy.
    pub async fn run(&self, stop: CancellationToken) {
        if let Self::Copied(copied) = self {
            copied.run(stop).await;
        }
    }
}
