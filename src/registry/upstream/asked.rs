//! One question per pair of products, its answer kept a while. Many who ask the same wait for one request; while the
//! other registry is down its last good answer is used, and marked stale.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use super::RegistrySource;
use super::http::{Http, Received};
use super::settings::Upstream;
use super::{Answer, UpstreamError};
use crate::clock::Clock;
use crate::intake::esr::{Esr, FiledBy, OwnCompany};
use crate::registry::index::Registry;
use crate::registry::model::Document;
use crate::registry::names;

/// How long a last good answer is used again before the other registry is asked again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// What is looked up: the names as the filer wrote them, blank where there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Question<'e> {
    /// The company that is named.
    pub company: &'e str,
    /// Its solution.
    pub solution: &'e str,
    /// ALE's platform.
    pub platform: &'e str,
    /// Id of the participant that files, whose assistance tickets count.
    pub participant: &'e str,
}

impl<'e> Question<'e> {
    /// What has to be known to decide an eSR.
    #[must_use]
    pub fn of(esr: &'e Esr, filed_by: &'e FiledBy) -> Self {
        let third_party = esr.third_party.as_ref();
        let own = match &filed_by.own_company {
            OwnCompany::Participant(id) => Some(id),
            OwnCompany::AsNamed | OwnCompany::None => None,
        };
        Self {
            company: third_party.and_then(|named| named.company.as_deref()).unwrap_or_default(),
            solution: third_party.and_then(|named| named.solution.as_deref()).unwrap_or_default(),
            platform: esr.platform.as_ref().and_then(|named| named.product.as_deref()).unwrap_or_default(),
            participant: own.map(String::as_str).unwrap_or_default(),
        }
    }

    /// Spellings that compare equal are one question.
    fn key(&self) -> [String; 4] {
        let Self { company, solution, platform, participant } = self;
        [names::company(company), names::fold(solution), names::fold(platform), (*participant).to_owned()]
    }
}

/// An answer and how long it may be used.
#[derive(Debug, Clone)]
struct Held {
    answer: Answer,
    life: Duration,
}

struct Lives;

impl Expiry<[String; 4], Held> for Lives {
    fn expire_after_create(&self, _: &[String; 4], held: &Held, _: Instant) -> Option<Duration> {
        Some(held.life)
    }
}

/// The other registry, asked when needed.
#[derive(Debug)]
pub struct Asked {
    http: Http,
    clock: Clock,
    ttl: Duration,
    negative_ttl: Duration,
    fresh: Cache<[String; 4], Held>,
    /// The last good answer to each question, whatever its age.
    last: Cache<[String; 4], Answer>,
}

impl Asked {
    /// Prepares the connection; nothing is asked yet.
    ///
    /// # Errors
    /// When the settings cannot work.
    pub fn new(settings: &Upstream, clock: Clock) -> Result<Self, UpstreamError> {
        Ok(Self {
            http: Http::new(settings)?,
            clock,
            ttl: settings.ttl,
            negative_ttl: settings.negative_ttl,
            fresh: Cache::builder().max_capacity(settings.capacity).expire_after(Lives).build(),
            last: Cache::new(settings.capacity),
        })
    }

    /// What the other registry says, or said.
    ///
    /// # Errors
    /// When it gives no sound answer now and never gave one to this question.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answer, UpstreamError> {
        let key = question.key();
        let [company, solution, _, participant] = &key;
        if company.is_empty() && solution.is_empty() && participant.is_empty() {
            return Ok(self.nothing_to_ask());
        }
        let load = self.load(&key, question);
        let held = self.fresh.try_get_with_by_ref(&key, load).await;
        held.map(|held| held.answer).map_err(|error: Arc<UpstreamError>| UpstreamError::clone(&error))
    }

    /// Without a third party nothing is looked up, so such an eSR is decided also while the other registry is down.
    fn nothing_to_ask(&self) -> Answer {
        let source = RegistrySource { fetched_at: self.clock.now(), stale: false };
        Answer { registry: Arc::new(Registry::new(Document::default())), source }
    }

    async fn load(&self, key: &[String; 4], question: &Question<'_>) -> Result<Held, UpstreamError> {
        match self.request(question).await {
            Ok(held) => {
                self.last.insert(key.clone(), held.answer.clone()).await;
                Ok(held)
            }
            Err(error) => {
                let Some(mut answer) = self.last.get(key).await else { return Err(error) };
                tracing::warn!(%error, "the registry could not be asked; its last good answer is used");
                answer.source.stale = true;
                Ok(Held { answer, life: RETRY_AFTER.min(self.ttl) })
            }
        }
    }

    async fn request(&self, question: &Question<'_>) -> Result<Held, UpstreamError> {
        let asked_at = self.clock.now();
        let registry = match self.http.get(self.url(question), None).await? {
            Received::Registry(registry, _) => Arc::from(registry),
            Received::Nothing | Received::Unchanged => Arc::new(Registry::new(Document::default())),
        };
        let life = if *registry.document() == Document::default() { self.negative_ttl } else { self.ttl };
        let source = RegistrySource { fetched_at: asked_at, stale: false };
        Ok(Held { answer: Answer { registry, source }, life })
    }

    fn url(&self, question: &Question<'_>) -> reqwest::Url {
        let mut url = self.http.url();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v1", "registry", "fragment"]);
        }
        let Question { company, solution, platform, participant } = *question;
        let mut query = url.query_pairs_mut();
        query.append_pair("company", company).append_pair("solution", solution).append_pair("platform", platform);
        if !participant.is_empty() {
            query.append_pair("participant", participant);
        }
        drop(query);
        url
    }
}
