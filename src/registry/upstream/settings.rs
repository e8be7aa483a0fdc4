//! How the other registry is reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::UpstreamError;
use crate::closed::closed;

/// Settings of a registry that lives elsewhere. Times are in seconds, fractions allowed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// `sync`: address of the document. `lookup`: what stands before `/v1/registry/fragment`.
    pub url: String,
    /// Copied whole, or asked for each pair of products.
    pub mode: Mode,
    /// `sync`: how often it is copied.
    #[serde(default = "five_minutes", rename = "every_seconds", deserialize_with = "seconds")]
    pub every: Duration,
    /// Bearer key to show.
    #[serde(default)]
    pub bearer: Option<Secret>,
    /// A file that holds the key, in place of `bearer`.
    #[serde(default)]
    pub bearer_file: Option<PathBuf>,
    /// One deadline over connecting, headers and body.
    #[serde(default = "five_seconds", rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// `lookup`: how long an answer is used.
    #[serde(default = "five_minutes", rename = "ttl_seconds", deserialize_with = "seconds")]
    pub ttl: Duration,
    /// `lookup`: how long "nothing there" is believed.
    #[serde(default = "half_a_minute", rename = "negative_ttl_seconds", deserialize_with = "seconds")]
    pub negative_ttl: Duration,
    /// Largest answer that is read.
    #[serde(default = "most_bytes")]
    pub max_bytes: usize,
    /// `lookup`: how many answers are kept.
    #[serde(default = "most_answers")]
    pub capacity: u64,
}

closed! {
    /// How the other registry is used.
    Mode {
        /// The whole document is copied every so often.
        Sync = "sync",
        /// It is asked for each pair of products, and answers are kept a while.
        Lookup = "lookup",
    }
}

/// A text that never prints.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(...)")
    }
}

impl Upstream {
    /// Settings with every default.
    #[must_use]
    pub fn new(url: impl Into<String>, mode: Mode) -> Self {
        Self {
            url: url.into(),
            mode,
            every: five_minutes(),
            bearer: None,
            bearer_file: None,
            timeout: five_seconds(),
            ttl: five_minutes(),
            negative_ttl: half_a_minute(),
            max_bytes: most_bytes(),
            capacity: most_answers(),
        }
    }

    pub(super) fn key(&self) -> Result<Option<Secret>, UpstreamError> {
        match (&self.bearer, &self.bearer_file) {
            (Some(_), Some(_)) => Err(UpstreamError::Settings("give bearer or bearer_file, not both.".into())),
            (Some(key), None) => Ok(Some(key.clone())),
            (None, Some(file)) => match std::fs::read_to_string(file) {
                Ok(text) => Ok(Some(Secret(text.trim().to_owned()))),
                Err(error) => {
                    Err(UpstreamError::Settings(format!("bearer_file {} cannot be read: {error}.", file.display())))
                }
            },
            (None, None) => Ok(None),
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| de::Error::custom(format!("must be a number of seconds above 0, not {seconds}")))
}

fn five_minutes() -> Duration {
    Duration::from_secs(300)
}

fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn most_bytes() -> usize {
    64 << 20
}

fn most_answers() -> u64 {
    10_000
}
