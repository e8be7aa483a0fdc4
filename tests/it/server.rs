//! A real server on an ephemeral port of loopback, and a client as a partner's engineer would write one.

use std::sync::Arc;

use jiff::Timestamp;
use pointsman::access::{self, Origin, Person, PersonState, SignedInBy};
use pointsman::app::App;
use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::config::Config;
use pointsman::registry::document;
use pointsman::store::{NewAccount, NewKey, NewSession, RegistryWrite, SigningSecret, Store};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::support::Database;

/// The day that the sample registry is made for.
pub(crate) const NOW: &str = "2026-11-22T09:00:00Z";

/// A running server with the sample registry.
pub(crate) struct Server {
    /// `http://127.0.0.1:port`
    pub(crate) base: String,
    /// Its database.
    pub(crate) store: Store,
    /// What it shares.
    pub(crate) app: Arc<App>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<bool>,
    client: reqwest::Client,
    clock: Clock,
    _attachments: tempfile::TempDir,
}

/// A credential.
#[derive(Clone)]
pub(crate) struct Key {
    /// Its id.
    pub(crate) id: String,
    /// The bearer key.
    pub(crate) bearer: String,
    /// The signing secret.
    pub(crate) secret: String,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Sends the request and reads the answer; what is no JSON becomes a JSON string.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    /// The header as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The paths of the fields that the problem names.
    pub(crate) fn paths(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors.iter().map(|error| error["path"].as_str().unwrap()).collect()
    }

    /// Asserts that it is a problem of that status, as RFC 9457 wants it.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["type"].as_str().unwrap().starts_with("urn:pointsman:problem:"), "{:#}", self.body);
        assert!(self.body["detail"].as_str().unwrap().ends_with(['.', '?']), "{:#}", self.body);
        assert!(!self.header("x-request-id").is_empty());
    }
}

impl Server {
    /// A server on that database, with the default settings.
    pub(crate) async fn start(db: &Database) -> Self {
        Self::start_with(db, "").await
    }

    /// A server on that database, with other settings.
    pub(crate) async fn start_with(db: &Database, settings: &str) -> Self {
        Self::start_on(db.store().await, settings).await
    }

    /// A server on that store.
    pub(crate) async fn start_on(store: Store, settings: &str) -> Self {
        Self::start_at(store, settings, Clock::fixed(NOW.parse().unwrap())).await
    }

    /// A server on that store, with that clock.
    pub(crate) async fn start_at(store: Store, settings: &str, clock: Clock) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let document = document::parse("r.json", include_bytes!("../../fixtures/registry.json")).unwrap();
        let at: Timestamp = NOW.parse().unwrap();
        let write = RegistryWrite { by: "tests".to_owned(), at, valid_from: None, expected_revision: None };
        store.replace_registry(document, write).await.unwrap();
        let attachments = tempfile::tempdir().unwrap();
        let mut config = Config::parse("tests", settings).unwrap();
        config.attachments.dir = attachments.path().to_owned();
        let app = App::new(config, clock.clone(), store.clone()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let running = tokio::spawn(pointsman::service::run(Arc::clone(&app), listener, stop.clone()));
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base, store, app, stop, running, client, clock, _attachments: attachments }
    }

    /// A new key.
    pub(crate) async fn key(&self, role: Role, owner: &str, participant: Option<&str>) -> Key {
        let id = format!("key_{owner}_{role}").to_lowercase().replace(' ', "_");
        let bearer = format!("pm_{id}_{:x?}", self.clock.secret().unwrap());
        let secret = standardwebhooks_secret(&self.clock.secret().unwrap());
        let created_at = self.clock.now();
        let key = NewKey {
            id: id.clone(),
            sha256: Sha256::digest(&bearer).into(),
            role,
            owner: owner.to_owned(),
            participant: participant.map(str::to_owned),
            label: None,
            created_at,
        };
        let signing = SigningSecret {
            id: format!("sec_{id}"),
            key_id: id.clone(),
            secret: secret.clone(),
            created_at,
            expires_at: None,
        };
        self.store.create_key(key, signing).await.unwrap();
        Key { id, bearer, secret }
    }

    /// A business partner's key.
    pub(crate) async fn partner(&self, owner: &str) -> Key {
        self.key(Role::BusinessPartner, owner, None).await
    }

    /// An agent's key.
    pub(crate) async fn agent(&self) -> Key {
        self.key(Role::Agent, "desk", None).await
    }

    /// Somebody new with these roles, of that company and with that participant's id, signed in: the header `cookie`.
    pub(crate) async fn signed_in(
        &self,
        roles: &[access::Role],
        company: Option<&str>,
        participant: Option<&str>,
    ) -> String {
        let (id, token) = (self.clock.id("per"), self.clock.id("token"));
        let person = Person {
            id: id.clone(),
            login: id.clone(),
            name: format!("Somebody {id}"),
            email: None,
            roles: roles.to_vec(),
            company: company.map(str::to_owned),
            participant: participant.map(str::to_owned),
            state: PersonState::Active,
        };
        let created_at = self.clock.now();
        let new = NewAccount { person, password: None, identity: None, created_at };
        assert!(self.store.add_person(new).await.unwrap());
        let session = NewSession {
            id: self.clock.id("ses"),
            sha256: Sha256::digest(&token).into(),
            person_id: id,
            how: SignedInBy::Password,
            origin: Origin::default(),
            id_token: None,
            created_at,
            ends_at: created_at + jiff::SignedDuration::from_hours(24),
            replaces: None,
        };
        assert!(self.store.start_session(session).await.unwrap());
        format!("pointsman_session={token}")
    }

    /// A request to a path.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// `POST` of JSON with that key.
    pub(crate) async fn post(&self, key: &Key, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::POST, path).bearer_auth(&key.bearer).json(body)).await
    }

    /// `PUT` of JSON with that key.
    pub(crate) async fn put(&self, key: &Key, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::PUT, path).bearer_auth(&key.bearer).json(body)).await
    }

    /// `PATCH` of JSON with that key.
    pub(crate) async fn patch(&self, key: &Key, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::PATCH, path).bearer_auth(&key.bearer).json(body)).await
    }

    /// `POST` of these bytes as JSON.
    pub(crate) async fn post_text(&self, key: &Key, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).bearer_auth(&key.bearer);
        Answer::to(request.header("content-type", "application/json").body(body)).await
    }

    /// `GET` with that key.
    pub(crate) async fn get(&self, key: &Key, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path).bearer_auth(&key.bearer)).await
    }

    /// Files a case-3 eSR under that reference: the case's id.
    pub(crate) async fn file(&self, key: &Key, reference: &str) -> String {
        let answer = self.post(key, "/v1/esrs", &esr(reference)).await;
        assert_eq!(answer.status, 201, "{:#}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Stops it: whether every request finished in time.
    pub(crate) async fn stop(self) -> bool {
        self.stop.cancel();
        self.running.await.unwrap()
    }
}

fn standardwebhooks_secret(bytes: &[u8]) -> String {
    use base64::Engine as _;
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// An eSR on a certified pair, responsibility open: it goes to the participant first.
pub(crate) fn esr(reference: &str) -> Value {
    json!({
        "reference": reference, "phase": "production", "severity": 2,
        "summary": "Wake-up calls are not placed since the upgrade",
        "customer": {"name": "Hotel Bellevue", "site": "Lyon", "country": "FR"},
        "platform": {"product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3"},
        "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"},
        "feature": "wake-up call", "system_access": true
    })
}
