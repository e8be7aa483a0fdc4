//! `serve --demo`: everything a newcomer needs, in one process: a fresh embedded database with the sample registry,
//! a key for each side, eSRs that keep coming for a while, `curl` lines that work when pasted, and the other sides
//! themselves: mailboxes and systems whose mails and calls stand on a page and on the terminal as they arrive.

pub mod book;
mod endpoints;
mod esrs;
mod hooks;
pub mod inbox;
pub mod kept;
pub mod letter;
mod lines;
mod people;
pub mod sink;
pub mod smtp;
mod terminal;
mod welcome;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::endpoints::{Channels, book};
use self::inbox::{Guide, Inbound, Inbox};
use self::people::People;
use self::sink::Sink;
use self::smtp::{Bounds, Catcher, Script};
use self::terminal::Terminal;
use crate::app::App;
use crate::cases::{Actor, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::flow::{self, Answer, Filing};
use crate::intake::esr::{FiledBy, OwnCompany};
use crate::mail::{self, inbound};
use crate::registry::document;
use crate::registry::model::Document;
use crate::store::{InboundState, Options, RegistryWrite, Store, issue};
use crate::triage::facts::Filer;

/// The sample registry, the one that the fixtures are decided on.
const REGISTRY: &str = include_str!("../fixtures/registry.json");
/// So many eSRs are there from the beginning; the others trickle in.
const AT_ONCE: usize = 12;
/// How long until the next one.
const PAUSE: Duration = Duration::from_secs(20);
/// Whom letters are from.
const FROM: &str = "esr@ale.example";
/// How long the first deliveries may take before the demo says that it is ready.
const SETTLING: Duration = Duration::from_secs(3);

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
    let since = clock.now();
    let directory = Directory::new(data, &clock)?;
    let listener = TcpListener::bind(&config.server.listen).await.with_context(|| {
        format!("cannot listen on {} (--listen 127.0.0.1:0 takes a free port)", config.server.listen)
    })?;
    let server = reached_at(listener.local_addr()?);
    let beside = beside(server, config.server.listen.ends_with(":0")).await?;
    let page = format!("http://{}", beside.local_addr()?);
    let mails = TcpListener::bind("127.0.0.1:0").await?;
    let catcher = Catcher::start(mails, Script::sound(), Bounds::default(), clock.clone())?;
    keep_here(&mut config, &directory, server, catcher.address(), &clock)?;

    let url = format!("sqlite://{}", directory.path.join("demo.db").display());
    let store = Store::open(&url, &Options::default()).await?;
    let keys = Keys::new(&store, &clock).await?;
    let people = People::new(&store, &clock).await?;
    let registry = registry()?;
    let mut channels = Channels::new(&clock, &page, &registry)?;
    let sink = Sink::new(std::mem::take(&mut channels.receivers), clock.clone());
    let callback = hooks::caller(&format!("http://{server}"), &channels.token)?;
    channels.store(&store, clock.now()).await?;
    import(&store, registry, &clock).await?;
    let app = App::new(config, clock.clone(), store).await?;

    let serving = tokio::spawn(crate::service::run(Arc::clone(&app), listener, stop.clone()));
    let cases = first(&app).await?;
    let (server, printed) = (format!("http://{server}"), keys.printed());
    let lines = lines::all(&server, &keys, &cases[0], since);
    let told = |line: &lines::Line| (line.what.to_owned(), line.line.clone());
    let guide = Guide { server: server.clone(), keys: printed.clone(), lines: lines.iter().map(told).collect() };
    let inbox = Inbox {
        mails: Arc::clone(catcher.mails()),
        sink: Arc::clone(&sink),
        book: book(&app),
        inbound: Some(replies(&app)),
        callback: Some(callback),
        guide,
        clock,
        stop: stop.clone(),
    };
    let router = inbox.router().merge(sink.router());
    let showing = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), stop.clone());
        async move { crate::web::server::serve(beside, router, &app.config.server, stop).await }
    });
    settled(&app).await;
    print!("{}", welcome::text((&server, &page), &directory.path, &people, &printed, &lines));
    let terminal = Terminal { mails: Arc::clone(catcher.mails()), sink, book: book(&app), page };
    let telling = tokio::spawn(terminal.run(stop.clone()));
    trickle(&app, &stop).await;
    let finished = serving.await?;
    telling.await?;
    showing.await?;
    Ok(finished)
}

/// Where a server that listens everywhere is reached on this machine.
fn reached_at(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}

/// Where the page and the other sides' systems listen, on this machine alone: the port above the server's when it is free.
async fn beside(server: SocketAddr, any: bool) -> std::io::Result<TcpListener> {
    let next = server.port().checked_add(1).filter(|_| !any);
    if let Some(port) = next
        && let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await
    {
        return Ok(listener);
    }
    TcpListener::bind("127.0.0.1:0").await
}

/// What the demo sets whatever the configuration says: everything stays on this machine, no letter goes to anybody else, and
/// what fails is tried again while somebody watches.
fn keep_here(
    config: &mut Config,
    directory: &Directory,
    server: SocketAddr,
    mails: SocketAddr,
    clock: &Clock,
) -> anyhow::Result<()> {
    config.attachments.dir = directory.path.join("attachments");
    config.server.public_url = format!("http://{server}");
    let delivery = &mut config.delivery;
    delivery.enabled = true;
    delivery.allow_http = true;
    delivery.allow_ranges = vec!["127.0.0.0/8".to_owned()];
    (delivery.first_wait_seconds, delivery.cap_seconds, delivery.deadline_seconds) = (2.0, 20.0, 5.0);
    (delivery.circuit_seconds, delivery.circuit_cap_seconds) = (5.0, 20.0);
    let defaults = Config::defaults()?;
    config.inbound = defaults.inbound;
    config.mail = mail::Settings {
        host: mails.ip().to_string(),
        port: mails.port(),
        tls: mail::Tls::None,
        from_address: FROM.to_owned(),
        secret: STANDARD.encode(clock.secret()?),
        ..defaults.mail
    };
    Ok(())
}

/// Where an answer from the page goes: where a mail server would hand it over.
fn replies(app: &Arc<App>) -> Inbound {
    let app = Arc::clone(app);
    Arc::new(move |mail| {
        let app = Arc::clone(&app);
        Box::pin(async move { received(&app, &mail).await })
    })
}

/// What became of an answer, in a sentence; an error when it moved nothing.
async fn received(app: &App, mail: &[u8]) -> Result<String, String> {
    let outcome = inbound::receive(app, mail).await.map_err(|error| error.to_string())?;
    let why = outcome.reason.map(|why| format!(" {why}")).unwrap_or_default();
    match outcome.state {
        InboundState::Applied => {}
        InboundState::Held => return Err(format!("An agent has to look at the answer.{why}")),
        InboundState::Ignored => return Err(format!("The answer changes nothing.{why}")),
        InboundState::Received => return Err(format!("The answer is kept and will be looked at.{why}")),
    }
    let case = match outcome.esr_id {
        Some(id) => app.store.esr(&id).await.ok().flatten(),
        None => None,
    };
    let Some(case) = case else { return Ok(format!("The answer was applied.{why}")) };
    let (decision, status) = (&case.decision, case.status);
    let (reference, route, stage) = (&decision.reference, &decision.route, &decision.stage);
    Ok(format!("The answer was applied: {reference} is now at {route}, {stage}, and {status}."))
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

    /// As they are shown: role, name, key.
    fn printed(&self) -> Vec<(String, String, String)> {
        let people = PARTNERS.iter().chain([&PARTICIPANT, &AGENT]);
        let keys = self.partners.iter().chain([&self.participant, &self.agent]);
        let printed =
            |(person, key): (&Person, &String)| (person.role.to_string(), person.name.to_owned(), key.clone());
        people.zip(keys).map(printed).collect()
    }
}

async fn key(store: &Store, clock: &Clock, person: &Person) -> anyhow::Result<String> {
    let issued = issue(clock, person.role, person.name, person.participant, Some("demo"))?;
    let bearer = issued.bearer.reveal().to_owned();
    store.create_key(issued.key, issued.signing).await?;
    Ok(bearer)
}

fn registry() -> anyhow::Result<Document> {
    document::parse("fixtures/registry.json", REGISTRY.as_bytes())
        .map_err(|faults| anyhow::anyhow!("the built-in registry has {} faults", faults.len()))
}

async fn import(store: &Store, registry: Document, clock: &Clock) -> anyhow::Result<()> {
    let write = RegistryWrite { by: "demo".into(), at: clock.now(), valid_from: None, expected_revision: None };
    store.replace_registry(registry, write).await?;
    Ok(())
}

/// Files the first eSRs, and gives their cases.
async fn first(app: &App) -> anyhow::Result<Vec<String>> {
    let mut cases = Vec::new();
    for number in 0..AT_ONCE {
        cases.push(file(app, number).await.with_context(|| format!("the sample eSR {number} was not filed"))?);
    }
    Ok(cases)
}

/// Waits until the first deliveries have arrived, so that what comes afterwards is what a newcomer brings about.
async fn settled(app: &App) {
    let arrived = async {
        while app.store.delivery_counts().await.is_ok_and(|counts| counts.pending > 0) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // What takes longer is told line by line.
    let _ = tokio::time::timeout(SETTLING, arrived).await;
}

/// Files the other eSRs, one after another, until all are there or the server stops.
async fn trickle(app: &App, stop: &CancellationToken) {
    for number in AT_ONCE..esrs::ALL.len() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = file(app, number).await {
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
