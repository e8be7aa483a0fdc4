//! What a running service shares: settings, clock, store, and what decisions are taken with.
//!
//! The latter, the registry's index and the rules, is immutable and swapped whole: a request works
//! with one of each from beginning to end, and a change never shows half.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{Timestamp, civil::Date};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::connectors::{ConnectorsError, Definitions, Kind, Tokens};
use crate::deliver::http::{Allowed, CallError, Client};
use crate::deliver::lane::Lanes;
use crate::deliver::{Dispatch, lane_settings};
use crate::intake::esr::{Esr, FiledBy};
use crate::mail::{BadSettings, MailKey, MailSettings, Post};
use crate::notify::endpoint::Endpoint;
use crate::notify::policy::Policy;
use crate::notify::{Directory, Receiver};
use crate::oidc::Provider;
use crate::registry::index::Registry;
use crate::registry::upstream::{Question, RegistrySource, Source, UpstreamError};
use crate::store::{Store, StoreError};
use crate::triage::decide::day_of;
use crate::triage::decision::Decision;
use crate::triage::rules::{Rules, RulesError};

/// Everything that a running server shares.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Time and ids.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// Hands what was stored to those who send it.
    pub dispatch: Dispatch,
    /// What each endpoint may do now, on this node.
    pub lanes: Lanes,
    /// Calls other companies' systems.
    pub http: Client,
    /// The way to the mail server; none where no mail is sent.
    pub post: Option<Post>,
    /// What letters are written with; none where no mail is sent.
    pub letters: Option<MailSettings>,
    /// How other companies' systems are spoken to.
    pub connectors: Arc<Definitions>,
    /// The tokens that let us into them.
    pub tokens: Tokens,
    /// What links and addresses in letters are signed with, where the operator gave a secret.
    pub mail_key: Option<MailKey>,
    /// Where people sign in who have an account elsewhere; none where they do not.
    pub provider: Option<Provider>,
    directory: RwLock<(i64, Arc<Directory>)>,
    upstream: Option<Source>,
    evaluator: RwLock<Evaluator>,
    loaded: RwLock<Loaded>,
    changing: tokio::sync::Mutex<()>,
}

/// What a decision is taken with.
#[derive(Clone)]
pub struct Evaluator {
    /// The registry's index.
    pub registry: Arc<Registry>,
    /// The proved table and its outcomes.
    pub rules: Arc<Rules>,
    /// Who is told what.
    pub notices: Arc<Policy>,
    /// How fresh the registry is, where it lives elsewhere.
    source: Option<RegistrySource>,
}

impl Evaluator {
    /// The decision on an eSR; `at` is its time of receipt.
    #[must_use]
    pub fn decide(&self, esr: &Esr, filed_by: &FiledBy, at: Timestamp) -> Decision {
        let decision = crate::triage::decide(esr, filed_by, &self.registry, &self.rules, at);
        Decision { registry_source: self.source.clone(), ..decision }
    }

    /// The same rules with another registry.
    #[must_use]
    pub fn with(self, registry: Arc<Registry>) -> Self {
        Self { registry, source: None, ..self }
    }
}

/// Which registry is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Loaded {
    revision: i64,
    day: Date,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The routing table.
    #[error("the rules cannot be used:\n{0}")]
    Rules(#[from] RulesError),
    /// The registry that lives elsewhere.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// What may be called.
    #[error("delivery.allow_ranges: {0}")]
    Allowed(String),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] BadSettings),
    /// The identity provider.
    #[error(transparent)]
    Oidc(#[from] crate::oidc::BadSettings),
    /// The connectors.
    #[error("the connectors cannot be used:\n{0}")]
    Connectors(#[from] ConnectorsError),
    /// The client that calls other companies.
    #[error(transparent)]
    Client(#[from] CallError),
    /// The registry's index could not be built; a mistake of ours.
    #[error("the registry's index could not be built")]
    Index,
}

impl App {
    /// Loads the rules and the registry on an open store.
    ///
    /// # Errors
    /// When the rules fail their proof, or the registry cannot be read.
    pub async fn new(config: Config, clock: Clock, store: Store) -> Result<Arc<Self>, AppError> {
        let (rules, notices) = read_rules(&config.rules.dir)?;
        let connectors = read_connectors(&config.connectors.dir)?;
        let endpoints = (store.endpoints_revision().await?, store.endpoints().await?);
        let directory = RwLock::new((endpoints.0, Arc::new(directory(&connectors, endpoints.1))));
        let day = day_of(clock.now());
        let known = store.registry(None, day).await?;
        let registry = index(known.document).await?;
        let upstream = config.registry.upstream.as_ref();
        let upstream = upstream.map(|settings| Source::open(settings, clock.clone())).transpose()?;
        Ok(Arc::new(Self {
            dispatch: Dispatch::new(config.delivery.handed),
            lanes: Lanes::new(lane_settings(&config.delivery)),
            http: Client::new(&allowed(&config)?)?,
            post: config.mail.server()?.map(Post::new).transpose()?,
            letters: MailSettings::of(&config)?,
            connectors,
            tokens: Tokens::default(),
            mail_key: config.mail.key()?,
            provider: Provider::of(&config, &clock)?,
            config,
            clock,
            store,
            upstream,
            directory,
            evaluator: RwLock::new(Evaluator { registry, rules, notices, source: None }),
            loaded: RwLock::new(Loaded { revision: known.revision, day }),
            changing: tokio::sync::Mutex::new(()),
        }))
    }

    /// What this eSR is decided with now: the rules, and the registry wherever it lives.
    ///
    /// # Errors
    /// When the registry lives elsewhere and has not given any answer yet.
    pub async fn evaluator_for(&self, esr: &Esr, filed_by: &FiledBy) -> Result<Evaluator, UpstreamError> {
        let with = self.evaluator();
        let Some(upstream) = &self.upstream else { return Ok(with) };
        let answer = upstream.registry_for(&Question::of(esr, filed_by)).await?;
        Ok(Evaluator { registry: answer.registry, source: Some(answer.source), ..with })
    }

    /// Keeps the copy of a registry that lives elsewhere fresh until `stop`; returns at once where there is none.
    pub async fn follow_upstream(&self, stop: CancellationToken) {
        if let Some(upstream) = &self.upstream {
            upstream.run(stop).await;
        }
    }

    /// The rules, and the registry that is kept here.
    #[must_use]
    pub fn evaluator(&self) -> Evaluator {
        self.evaluator.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Held while somebody changes the registry, so that two changes on this node do not check against each other's past.
    pub async fn changing_registry(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    /// Loads the registry again if another revision of it is stored, or another day began. True when it was swapped.
    ///
    /// # Errors
    /// When the database does not answer; the registry loaded before stays.
    pub async fn refresh_registry(&self) -> Result<bool, AppError> {
        let day = day_of(self.clock.now());
        let loaded = *self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        if (Loaded { revision: self.store.registry_revision().await?, day }) == loaded {
            return Ok(false);
        }
        let known = self.store.registry(None, day).await?;
        let registry = index(known.document).await?;
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        // Two refreshes may cross: an older registry never replaces a newer one.
        if known.revision < loaded.revision {
            return Ok(false);
        }
        self.evaluator.write().unwrap_or_else(PoisonError::into_inner).registry = registry;
        *loaded = Loaded { revision: known.revision, day };
        Ok(true)
    }

    /// Reads the rules again. A table that fails its proof is refused whole, and the one before keeps running.
    ///
    /// # Errors
    /// Everything that is wrong with the table.
    pub fn reload_rules(&self) -> Result<(), RulesError> {
        let (rules, notices) = read_rules(&self.config.rules.dir)?;
        let mut evaluator = self.evaluator.write().unwrap_or_else(PoisonError::into_inner);
        (evaluator.rules, evaluator.notices) = (rules, notices);
        Ok(())
    }

    /// All endpoints, as they were when they were last looked at.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Looks at the endpoints again: after a change here, and now and then for changes by other nodes.
    ///
    /// # Errors
    /// When the database does not answer; those known before stay.
    pub async fn refresh_directory(&self) -> Result<(), StoreError> {
        let revision = self.store.endpoints_revision().await?;
        if self.directory.read().unwrap_or_else(PoisonError::into_inner).0 == revision {
            return Ok(());
        }
        let directory = Arc::new(directory(&self.connectors, self.store.endpoints().await?));
        let mut known = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        if known.0 < revision {
            *known = (revision, directory);
        }
        Ok(())
    }
}

fn allowed(config: &Config) -> Result<Allowed, AppError> {
    let delivery = &config.delivery;
    Allowed::parse(delivery.allow_http, &delivery.allow_ranges).map_err(AppError::Allowed)
}

fn read_connectors(dir: &Path) -> Result<Arc<Definitions>, ConnectorsError> {
    if dir.as_os_str().is_empty() {
        Ok(Definitions::embedded())
    } else {
        Definitions::beside_built_in(dir).map(Arc::new)
    }
}

fn directory(connectors: &Definitions, endpoints: Vec<Endpoint>) -> Directory {
    let receiver = |endpoint: Endpoint| {
        let definition = connectors.get(&endpoint.connector);
        Receiver {
            mail: definition.is_some_and(|definition| definition.kind == Kind::Mail),
            every_message: definition.is_some_and(|definition| definition.takes_messages()),
            endpoint: Arc::new(endpoint),
        }
    };
    Directory::new(endpoints.into_iter().map(receiver).collect())
}

fn read_rules(dir: &Path) -> Result<(Arc<Rules>, Arc<Policy>), RulesError> {
    if dir.as_os_str().is_empty() {
        return Ok((Rules::embedded(), Policy::embedded()));
    }
    let rules = Rules::load(dir)?;
    let policy = Policy::load(dir, &rules)?;
    Ok((Arc::new(rules), Arc::new(policy)))
}

/// Building takes most of a second for a large registry: not on a thread that serves requests.
async fn index(document: crate::registry::model::Document) -> Result<Arc<Registry>, AppError> {
    tokio::task::spawn_blocking(|| Arc::new(Registry::new(document))).await.map_err(|_| AppError::Index)
}
