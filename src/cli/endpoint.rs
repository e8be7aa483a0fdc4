//! `pointsman endpoint`: on which channel each side is told, on the database. A running server sees a change within seconds.

mod add;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Outcome;
use super::database::{Database, found, reading, writing};
use super::style::{self, FAINT, GOOD, STRONG, WARNING, paint};
use crate::clock::Clock;
use crate::config::Config;
use crate::connectors::Definitions;
use crate::deliver::enrol;
use crate::deliver::http::{Allowed, Client};
use crate::intake::fields::FieldError;
use crate::notify::endpoint::{Endpoint, EndpointState, MAIL_SYSTEM, REMOVED};
use crate::store::{ChangeEndpoint, EndpointChange, EndpointSwitch, Options, Store};

/// What `pointsman endpoint` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an endpoint; a signing secret is made where none is given, and shown this one time
    Add(add::Args),
    /// List all endpoints and whether they are sent to
    List(List),
    /// Show one endpoint
    Show(Named),
    /// Send to an endpoint again
    Enable(Named),
    /// Send no more to an endpoint; what comes meanwhile waits for a replay
    Disable(Disable),
    /// Remove an endpoint: it is kept for the log, and counts as none for new messages
    Remove(Named),
    /// Give an endpoint a new secret; the old one signs and is believed for another day
    Rotate(Rotate),
}

/// What `endpoint list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print one endpoint a line as JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What the commands on one endpoint take.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The endpoint's name
    #[arg(value_name = "NAME")]
    name: String,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What `endpoint disable` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Disable {
    #[command(flatten)]
    named: Named,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// What `endpoint rotate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    named: Named,
    /// Which secret, and what it is now; a new signing secret is made when left out
    #[arg(long, value_name = "NAME=VALUE", value_parser = add::pair)]
    secret: Option<(String, String)>,
    /// The same, read from a file
    #[arg(long, value_name = "NAME=FILE", value_parser = add::pair, conflicts_with = "secret")]
    secret_file: Option<(String, String)>,
    /// Settings that differ from the defaults (TOML): where connectors are, and what may be called
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    match command {
        Command::Add(args) => add::run(&args, &clock),
        Command::List(args) => list(&args),
        Command::Show(args) => show(&args),
        Command::Enable(args) => switch(&args, EndpointState::Enabled, None, &clock),
        Command::Disable(Disable { named, reason }) => {
            let by = "Disabled by an agent or operator";
            let reason = reason.map_or_else(|| format!("{by}."), |reason| format!("{by}: {reason}"));
            switch(&named, EndpointState::Disabled, Some(reason), &clock)
        }
        Command::Remove(args) => switch(&args, EndpointState::Disabled, Some(REMOVED.to_owned()), &clock),
        Command::Rotate(args) => rotate(&args, &clock),
    }
}

/// What endpoints are judged with.
struct Judge {
    config: Config,
    connectors: Arc<Definitions>,
    client: Client,
}

impl Judge {
    fn new(config: Option<&PathBuf>) -> anyhow::Result<Self> {
        let config = config.map_or_else(Config::defaults, |file| Config::load(file))?;
        let dir = &config.connectors.dir;
        let connectors =
            if dir.as_os_str().is_empty() { Definitions::embedded() } else { Arc::new(Definitions::load(dir)?) };
        let allowed = Allowed::parse(config.delivery.allow_http, &config.delivery.allow_ranges);
        let client = Client::new(&allowed.map_err(|why| anyhow::anyhow!("delivery.allow_ranges: {why}"))?)?;
        Ok(Self { config, connectors, client })
    }

    fn with<T>(&self, clock: &Clock, judge: impl FnOnce(&enrol::With<'_>) -> T) -> T {
        let against = |url: &str| self.client.may_call(url).err().map(|why| format!("cannot be called: {why}"));
        let language = self.config.delivery.language;
        judge(&enrol::With { connectors: &self.connectors, clock, language, against: &against })
    }
}

/// Everything that is wrong with it, a line each; exit code 2.
fn refused(what: &str, errors: &[FieldError]) -> Outcome {
    style::complain(what, &errors.iter().map(ToString::to_string).collect::<Vec<_>>());
    Outcome::BadInput
}

async fn named(store: &Store, name: &str) -> anyhow::Result<Endpoint> {
    let all = store.endpoints().await?;
    if let Some(endpoint) = all.iter().find(|endpoint| endpoint.name == name) {
        return Ok(endpoint.clone());
    }
    let near = crate::nearest::nearest(name, all.iter().map(|endpoint| endpoint.name.as_str()));
    let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    found(Ok(None), "endpoint", name).with_context(|| format!("nothing was done{hint}"))
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let endpoints = args.database.with(&reading(), async |store| Ok(store.endpoints().await?))?;
    if args.json {
        let mut out = style::raw();
        for endpoint in &endpoints {
            writeln!(out, "{}", described(endpoint))?;
        }
        out.flush()?;
        return Ok(Outcome::Done);
    }
    style::print(|page| {
        for endpoint in &endpoints {
            let state = match (endpoint.state, endpoint.failing_since) {
                (EndpointState::Disabled, _) => paint(WARNING, "  disabled"),
                (EndpointState::Enabled, Some(since)) => paint(WARNING, &format!("  failing since {since:.0}")),
                (EndpointState::Enabled, None) => String::new(),
            };
            page.line(&format!("{}{state}", paint(STRONG, &endpoint.name)))?;
            let whose = if endpoint.id == MAIL_SYSTEM {
                "the mail system, for sides without an endpoint".to_owned()
            } else {
                format!("{}, {}", whose(endpoint), endpoint.connector)
            };
            page.paragraph(2, &whose)?;
            if let Some(reason) = &endpoint.reason {
                page.paragraph(2, reason)?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn show(args: &Named) -> anyhow::Result<Outcome> {
    let endpoint = args.database.with(&reading(), async |store| named(&store, &args.name).await)?;
    shown(&endpoint, None, args.json)?;
    Ok(Outcome::Done)
}

fn switch(args: &Named, state: EndpointState, reason: Option<String>, clock: &Clock) -> anyhow::Result<Outcome> {
    let endpoint = args.database.with(&existing(), async |store| {
        let endpoint = named(&store, &args.name).await?;
        if endpoint.id == MAIL_SYSTEM && reason.as_deref() == Some(REMOVED) {
            anyhow::bail!(
                "{} is the mail system itself; disable it, or leave [mail] out of the configuration",
                args.name
            );
        }
        let (id, at) = (endpoint.id.clone(), clock.now());
        let change = EndpointSwitch { id, state, reason: reason.clone(), at, tell: None };
        store.switch_endpoint(change).await?;
        named(&store, &args.name).await
    })?;
    if args.json {
        writeln!(style::raw(), "{}", described(&endpoint))?;
        return Ok(Outcome::Done);
    }
    style::print(|page| {
        let done = match (state, endpoint.is_removed()) {
            (EndpointState::Enabled, _) => "Enabled.",
            (EndpointState::Disabled, true) => "Removed.",
            (EndpointState::Disabled, false) => "Disabled.",
        };
        page.line(&format!("{} {} ({})", paint(GOOD, done), endpoint.name, whose(&endpoint)))
    })?;
    Ok(Outcome::Done)
}

fn rotate(args: &Rotate, clock: &Clock) -> anyhow::Result<Outcome> {
    let judge = Judge::new(args.config.as_ref())?;
    let from_file = args.secret_file.as_ref().map(|(name, file)| add::read_secret(name, file)).transpose()?;
    let given = args.secret.clone().or(from_file);
    let (name, value) = given.unzip();
    let until = enrol::old_until(clock.now());
    let rotated = args.named.database.with(&existing(), async |store| {
        let endpoint = named(&store, &args.named.name).await?;
        let rotated = judge.with(clock, |with| enrol::rotate(&endpoint, name.as_deref(), value.as_deref(), with));
        let (after, secret, made) = match rotated {
            Ok(rotated) => rotated,
            Err(errors) => return Ok(Err(errors)),
        };
        let old_secrets = Some((secret.clone(), until));
        let change = EndpointChange { after: after.clone(), seen: endpoint.updated_at, old_secrets };
        match store.change_endpoint(change).await? {
            ChangeEndpoint::Stored => Ok(Ok((after, made.map(|made| (secret, made))))),
            ChangeEndpoint::Moved => anyhow::bail!("somebody else changed the endpoint just now; try again"),
        }
    })?;
    let (endpoint, made) = match rotated {
        Ok(rotated) => rotated,
        Err(errors) => return Ok(refused("the secret was not changed", &errors)),
    };
    shown(&endpoint, made, args.named.json)?;
    if !args.named.json {
        style::print(|page| {
            page.paragraph(0, &format!("The secrets before it sign and are believed until {until:.0}."))
        })?;
    }
    Ok(Outcome::Done)
}

/// Shows an endpoint, and a secret that was made for it.
fn shown(endpoint: &Endpoint, made: Option<(String, String)>, json: bool) -> anyhow::Result<()> {
    if json {
        let mut said = described(endpoint);
        if let Some((name, secret)) = made {
            said["new_secrets"] = json!({ name: secret });
        }
        writeln!(style::raw(), "{said}")?;
        return Ok(());
    }
    const COLUMN: usize = 16;
    style::print(|page| {
        page.line(&paint(STRONG, &endpoint.name))?;
        page.row(2, COLUMN, "whose", &whose(endpoint))?;
        page.row(2, COLUMN, "connector", &endpoint.connector)?;
        for (name, value) in &endpoint.settings {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            page.row(2, COLUMN, name, &value)?;
        }
        for name in endpoint.secrets.0.keys() {
            page.row(2, COLUMN, name, "a secret is set")?;
        }
        let events: Vec<_> = endpoint.events.iter().map(|event| event.as_str()).collect();
        page.row(2, COLUMN, "events", &if events.is_empty() { "all".to_owned() } else { events.join(", ") })?;
        page.row(2, COLUMN, "gets", &format!("{} messages, in {}", endpoint.payload, endpoint.language))?;
        let rate = if endpoint.per_second == 0 { String::new() } else { format!(", {} a second", endpoint.per_second) };
        page.row(2, COLUMN, "at most", &format!("{} at once{rate}", endpoint.concurrency))?;
        if let Some(contact) = &endpoint.contact {
            page.row(2, COLUMN, "contact", contact)?;
        }
        let state = match (endpoint.state, endpoint.failing_since) {
            (EndpointState::Disabled, _) => endpoint.reason.clone().unwrap_or_else(|| "disabled".to_owned()),
            (EndpointState::Enabled, Some(since)) => format!("enabled, failing since {since:.0}"),
            (EndpointState::Enabled, None) => "enabled".to_owned(),
        };
        page.row(2, COLUMN, "state", &state)?;
        if let Some((name, secret)) = &made {
            page.gap()?;
            // On one line, however long: it is there to be copied.
            page.line(&format!("{} {secret}", paint(FAINT, &format!("{name}:"))))?;
            page.paragraph(0, "It is shown this one time; give it to the other side over a safe channel.")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn whose(endpoint: &Endpoint) -> String {
    let side = style::spoken(endpoint.side.as_str());
    endpoint.owner.as_ref().map_or_else(|| side.clone(), |owner| format!("{side} {owner}"))
}

/// The endpoint for programs, without its secrets.
fn described(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id, "name": endpoint.name, "side": endpoint.side, "owner": endpoint.owner,
        "connector": endpoint.connector, "settings": endpoint.settings,
        "secrets": endpoint.secrets.0.keys().collect::<Vec<_>>(), "events": endpoint.events, "payload": endpoint.payload,
        "language": endpoint.language, "concurrency": endpoint.concurrency, "per_second": endpoint.per_second,
        "contact": endpoint.contact, "state": endpoint.state, "reason": endpoint.reason,
        "failing_since": endpoint.failing_since, "created_at": endpoint.created_at, "updated_at": endpoint.updated_at,
    })
}

/// For a command on something that has to be there: a database that is not is not made.
fn existing() -> Options {
    Options { create: false, ..writing() }
}
