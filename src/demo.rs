//! `serve --demo`: everything a newcomer needs, in one process: a fresh embedded database with the sample registry,
//! a key for each side, eSRs that keep coming for a while, and `curl` lines that work when pasted.

pub mod book;
mod esrs;
pub mod inbox;
pub mod kept;
pub mod letter;
pub mod sink;
pub mod smtp;
mod welcome;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cases::{Actor, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::flow::{self, Answer, Filing};
use crate::intake::esr::{FiledBy, OwnCompany};
use crate::registry::document;
use crate::store::{Options, RegistryWrite, Store, issue};
use crate::triage::facts::Filer;

/// The sample registry, the one that the fixtures are decided on.
const REGISTRY: &str = include_str!("../fixtures/registry.json");
/// So many eSRs are there from the beginning; the others trickle in.
const AT_ONCE: usize = 12;
/// How long until the next one.
const PAUSE: Duration = Duration::from_secs(10);

/// One of those who take part.
struct Person {
    role: Role,
    name: &'static str,
    /// A participant's id in the sample registry.
    participant: Option<&'static str>,
}

const PARTNERS: [Person; 3] = [
    Person { role: Role::BusinessPartner, name: "Bluewater Telecom", participant: None },
    Person { role: Role::BusinessPartner, name: "Ostrava Office Voice", participant: None },
    Person { role: Role::BusinessPartner, name: "Maplegrove Networks", participant: None },
];
const PARTICIPANT: Person = Person { role: Role::Participant, name: "Hotelia Systems", participant: Some("hotelia") };
const AGENT: Person = Person { role: Role::Agent, name: "Support Desk", participant: None };

/// Serves the demo until `stop` is cancelled; what it stores goes into `data`, or away when it ends.
///
/// # Errors
/// When it cannot start.
pub(crate) async fn run(mut config: Config, data: Option<PathBuf>, stop: CancellationToken) -> anyhow::Result<bool> {
    let clock = Clock::system();
    let directory = Directory::new(data, &clock)?;
    let listener = TcpListener::bind(&config.server.listen).await.with_context(|| {
        format!("cannot listen on {} (--listen 127.0.0.1:0 takes a free port)", config.server.listen)
    })?;
    let address = listener.local_addr()?;
    config.attachments.dir = directory.path.join("attachments");
    let url = format!("sqlite://{}", directory.path.join("demo.db").display());
    let store = Store::open(&url, &Options::default()).await?;
    let keys = Keys::new(&store, &clock).await?;
    import(&store, &clock).await?;
    let app = App::new(config, clock, store).await?;
    print!("{}", welcome(&app, address, &directory.path, &keys).await?);
    let trickle = tokio::spawn(trickle(Arc::clone(&app), stop.clone()));
    let finished = crate::service::run(app, listener, stop).await;
    trickle.await?;
    Ok(finished)
}

/// Where everything is kept; a temporary place goes away with it.
struct Directory {
    path: PathBuf,
    temporary: bool,
}

impl Directory {
    fn new(data: Option<PathBuf>, clock: &Clock) -> anyhow::Result<Self> {
        let temporary = data.is_none();
        let path = data.unwrap_or_else(|| std::env::temp_dir().join(clock.id("pointsman-demo")));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("the demo's directory {} cannot be made", path.display()))?;
        Ok(Self { path, temporary })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// The bearer keys of those who take part, new on each start: of old ones only hashes are left.
struct Keys {
    partners: Vec<String>,
    participant: String,
    agent: String,
}

impl Keys {
    async fn new(store: &Store, clock: &Clock) -> anyhow::Result<Self> {
        let mut partners = Vec::new();
        for partner in &PARTNERS {
            partners.push(key(store, clock, partner).await?);
        }
        Ok(Self {
            partners,
            participant: key(store, clock, &PARTICIPANT).await?,
            agent: key(store, clock, &AGENT).await?,
        })
    }
}

async fn key(store: &Store, clock: &Clock, person: &Person) -> anyhow::Result<String> {
    let issued = issue(clock, person.role, person.name, person.participant, Some("demo"))?;
    let bearer = issued.bearer.reveal().to_owned();
    store.create_key(issued.key, issued.signing).await?;
    Ok(bearer)
}

async fn import(store: &Store, clock: &Clock) -> anyhow::Result<()> {
    let document = document::parse("fixtures/registry.json", REGISTRY.as_bytes())
        .map_err(|faults| anyhow::anyhow!("the built-in registry has {} faults", faults.len()))?;
    let write = RegistryWrite { by: "demo".into(), at: clock.now(), valid_from: None, expected_revision: None };
    store.replace_registry(document, write).await?;
    Ok(())
}

/// Files the first eSRs, and says how to go on.
async fn welcome(app: &App, address: SocketAddr, directory: &Path, keys: &Keys) -> anyhow::Result<String> {
    let mut cases = Vec::new();
    for number in 0..AT_ONCE {
        cases.push(file(app, number).await.with_context(|| format!("the sample eSR {number} was not filed"))?);
    }
    Ok(welcome::text(address, directory, keys, &cases[0]))
}

/// Files the other eSRs, one after another, until all are there or the server stops.
async fn trickle(app: Arc<App>, stop: CancellationToken) {
    for number in AT_ONCE..esrs::ALL.len() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = file(&app, number).await {
            tracing::warn!(%error, "a sample eSR was not filed");
        }
    }
}

/// Files a sample as the side that it names, the partners in turn, and gives the case's id; filed before, it is the same case.
async fn file(app: &App, number: usize) -> anyhow::Result<String> {
    let body: serde_json::Value = serde_json::from_str(esrs::ALL[number])?;
    let by_participant = body["filed_by"] == Filer::Participant.as_str();
    let person = if by_participant { &PARTICIPANT } else { &PARTNERS[number % PARTNERS.len()] };
    let filed_by = match person.participant {
        Some(id) => FiledBy { filer: Filer::Participant, own_company: OwnCompany::Participant(id.to_owned()) },
        None => FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None },
    };
    let actor = Actor { role: Some(person.role), name: person.name.to_owned(), on_behalf_of: None };
    let filing = Filing { actor, filer: person.name.to_owned(), filed_by, webhook: None };
    let (Answer::New(text) | Answer::Again(text)) = flow::file(app, filing, body).await?;
    let receipt: serde_json::Value = serde_json::from_str(&text)?;
    receipt["id"].as_str().map(str::to_owned).context("the receipt names no case")
}
