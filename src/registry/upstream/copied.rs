//! The whole registry, copied every so often. A faulty copy is refused whole and the last good one stays.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::RegistrySource;
use super::http::{Http, Received};
use super::settings::Upstream;
use super::{Answer, UpstreamError};
use crate::clock::Clock;
use crate::registry::index::Registry;

/// The copy.
#[derive(Debug)]
pub struct Copied {
    http: Http,
    every: Duration,
    clock: Clock,
    current: RwLock<Option<Answer>>,
    /// The tag of the current copy; held while a copy is under way, so that there is one at a time.
    tag: Mutex<Option<HeaderValue>>,
}

impl Copied {
    /// Prepares the connection; nothing is copied yet.
    ///
    /// # Errors
    /// When the settings cannot work.
    pub fn new(settings: &Upstream, clock: Clock) -> Result<Self, UpstreamError> {
        let http = Http::new(settings)?;
        Ok(Self { http, every: settings.every, clock, current: RwLock::default(), tag: Mutex::default() })
    }

    /// The last good copy.
    ///
    /// # Errors
    /// [`UpstreamError::NotYet`] when there is none.
    pub fn current(&self) -> Result<Answer, UpstreamError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone().ok_or_else(|| UpstreamError::NotYet { url: self.http.shown() })
    }

    /// Copies the registry where it changed.
    ///
    /// # Errors
    /// When no sound document came back; the last good copy stays, marked stale.
    pub async fn refresh(&self) -> Result<Answer, UpstreamError> {
        let mut tag = self.tag.lock().await;
        let asked_at = self.clock.now();
        let received = self.http.get(self.http.url(), tag.as_ref()).await;
        let before = self.current().ok();
        let registry = match (received, before) {
            (Ok(Received::Registry(registry, new)), before) => {
                *tag = new;
                let registry: Arc<Registry> = Arc::from(registry);
                let same = before.filter(|before| before.registry.version() == registry.version());
                same.map_or(registry, |before| before.registry)
            }
            (Ok(Received::Unchanged), Some(before)) => before.registry,
            (Ok(Received::Unchanged | Received::Nothing), before) => {
                let error = UpstreamError::Status { url: self.http.shown(), status: 404 };
                return Err(self.failed(error, before));
            }
            (Err(error), before) => return Err(self.failed(error, before)),
        };
        Ok(self.keep(registry, asked_at, false))
    }

    fn failed(&self, error: UpstreamError, before: Option<Answer>) -> UpstreamError {
        if let Some(before) = before {
            self.keep(before.registry, before.source.fetched_at, true);
        }
        error
    }

    fn keep(&self, registry: Arc<Registry>, fetched_at: Timestamp, stale: bool) -> Answer {
        let answer = Answer { registry, source: RegistrySource { fetched_at, stale } };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(answer.clone());
        answer
    }

    /// Copies at once and then every so often, until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                refreshed = self.refresh() => match refreshed {
                    Ok(answer) => tracing::debug!(version = answer.registry.version(), "registry copied"),
                    Err(error) => tracing::warn!(%error, "the registry could not be copied; the last good copy stays"),
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }
}
