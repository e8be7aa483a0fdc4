//! The real server over a database of its own, with receivers of one partner's messages.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::civil::Date;
use pointsman::app::App;
use pointsman::cases::{Actor, Role};
use pointsman::clock::Clock;
use pointsman::config::Config;
use pointsman::flow::{self, Filing};
use pointsman::intake::esr::{Esr, FiledBy, Filer, OwnCompany};
use pointsman::notify::EventType;
use pointsman::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use pointsman::store::{RegistryWrite, issue};
use pointsman::triage::outcome::Side;
use pointsman::{deliver, service};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::registry;
use crate::support::Database;

const PARTNER: &str = "Bench Partner";
const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const SETTINGS: &str = "limits.requests_per_second = 1_000_000\nlimits.burst = 1_000_000\n[delivery]\nallow_http = true\n\
    allow_ranges = [\"127.0.0.0/8\"]\n";

/// What was stored before the measurement, and what is filed in it.
pub(crate) struct World<'a> {
    database: &'a Database,
    pub(crate) bearer: String,
    pub(crate) esrs: Arc<Vec<Esr>>,
}

impl<'a> World<'a> {
    /// A registry, eSRs that its reports cover, and the partner's key.
    pub(crate) async fn new(database: &'a Database) -> Self {
        let store = database.store().await;
        let clock = Clock::system();
        let document = registry::document(2_000, 1_000);
        let esrs = Arc::new(registry::esrs(&document, 512, str::to_owned));
        let write =
            RegistryWrite { by: "bench".into(), at: clock.now(), valid_from: None::<Date>, expected_revision: None };
        store.replace_registry(document, write).await.expect("the registry is stored");
        let issued = issue(&clock, Role::BusinessPartner, PARTNER, None, None).expect("a key");
        let bearer = issued.bearer.reveal().to_owned();
        store.create_key(issued.key, issued.signing).await.expect("the key is stored");
        store.close().await;
        Self { database, bearer, esrs }
    }

    /// Replaces the partner's receivers by these: each gets one signed message for each eSR.
    pub(crate) async fn receivers(&self, urls: &[&str], concurrency: u32) {
        let store = self.database.store().await;
        for mut known in store.endpoints().await.expect("the endpoints") {
            if known.owner.as_deref() == Some(PARTNER) {
                (known.owner, known.state) = (Some("nobody".to_owned()), EndpointState::Disabled);
                store.put_endpoint(known).await.expect("an endpoint");
            }
        }
        for url in urls {
            let id = Clock::system().id("end");
            store.put_endpoint(endpoint(id, url, concurrency)).await.expect("an endpoint");
        }
        store.close().await;
    }

    /// What a node shares; `more` are further settings of `[delivery]`.
    async fn app(&self, more: &str) -> Arc<App> {
        let config = Config::parse("bench", &format!("{SETTINGS}{more}\n")).expect("settings");
        App::new(config, Clock::system(), self.database.store().await).await.expect("an app")
    }

    /// Stores so many eSRs with their messages, none of which is sent yet.
    pub(crate) async fn backlog(&self, name: &str, count: usize) {
        let app = self.app("enabled = false").await;
        let filed_by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
        let actor = Actor { role: Some(Role::BusinessPartner), name: PARTNER.to_owned(), on_behalf_of: None };
        let filing = Filing { actor, filer: PARTNER.to_owned(), filed_by, webhook: None };
        const AT_ONCE: usize = 32;
        join_all((0..AT_ONCE).map(|first| {
            let (app, filing) = (&app, &filing);
            async move {
                for number in (first..count).step_by(AT_ONCE) {
                    let body = serde_json::to_value(self.esr(name, number as u64)).expect("an eSR is JSON");
                    flow::file(app, filing.clone(), body).await.expect("filed");
                }
            }
        }))
        .await;
        app.store.close().await;
    }

    /// An eSR that was not filed before.
    pub(crate) fn esr(&self, name: &str, number: u64) -> Esr {
        let mut esr = self.esrs[number as usize % self.esrs.len()].clone();
        esr.reference = format!("{name}-{number}");
        esr
    }

    /// A node that sends and does nothing else.
    pub(crate) async fn sender(&self, more: &str) -> Sender {
        Sender { app: self.app(more).await, stop: CancellationToken::new() }
    }

    /// A whole node.
    pub(crate) async fn node(&self) -> Node {
        let app = self.app("").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let running = tokio::spawn(service::run(app, listener, stop.clone()));
        Node { address, stop, running }
    }
}

/// A node that sends what waits.
pub(crate) struct Sender {
    app: Arc<App>,
    stop: CancellationToken,
}

impl Sender {
    pub(crate) fn run(&self) -> JoinHandle<()> {
        tokio::spawn(deliver::run(Arc::clone(&self.app), self.stop.clone()))
    }

    pub(crate) async fn stop(self, running: JoinHandle<()>) {
        self.stop.cancel();
        running.await.expect("an orderly end");
        self.app.store.close().await;
    }
}

/// A running server.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<bool>,
}

impl Node {
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("an orderly end");
    }
}

fn endpoint(id: String, url: &str, concurrency: u32) -> Endpoint {
    let at = Clock::system().now();
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    Endpoint {
        name: id.replace('_', "-"),
        id,
        side: Side::BusinessPartner,
        owner: Some(PARTNER.to_owned()),
        connector: "webhook".to_owned(),
        settings: object(json!({ "url": url })),
        secrets: Secrets(object(json!({ "signing_secret": SECRET }))),
        events: vec![EventType::EsrDecided],
        payload: Payload::Full,
        language: Language::En,
        concurrency,
        per_second: 0,
        contact: None,
        state: EndpointState::Enabled,
        reason: None,
        failing_since: None,
        created_at: at,
        updated_at: at,
    }
}
