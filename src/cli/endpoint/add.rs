//! `pointsman endpoint add`.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value};

use super::{Judge, existing, refused, shown};
use crate::cli::Outcome;
use crate::cli::database::Database;
use crate::clock::Clock;
use crate::connectors::Definition;
use crate::deliver::enrol;
use crate::store::PutEndpoint;
use crate::triage::decide::day_of;
use crate::triage::outcome::Side;

/// What `endpoint add` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What people and URLs call it: small letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: String,
    /// Whose side
    #[arg(long, value_name = "business_partner|participant|ale|agent|finance")]
    side: String,
    /// Whose: the partner as its keys name it, or the participant's id in the registry
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// How it is spoken to: `pointsman connector list` shows all
    #[arg(long, value_name = "CONNECTOR")]
    connector: String,
    /// What the connector wants to know
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    setting: Vec<(String, String)>,
    /// What it needs to be let in
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    secret: Vec<(String, String)>,
    /// The same, read from a file
    #[arg(long, value_name = "NAME=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
    /// An event that it takes; all when left out
    #[arg(long, value_name = "TYPE")]
    event: Vec<String>,
    /// How much of a message it gets
    #[arg(long, value_name = "full|thin")]
    payload: Option<String>,
    /// The language of its sentences
    #[arg(long, value_name = "en|fr")]
    language: Option<String>,
    /// How many deliveries may be under way at once
    #[arg(long, value_name = "1..64")]
    concurrency: Option<u32>,
    /// How many deliveries may begin in a second
    #[arg(long, value_name = "NUMBER")]
    per_second: Option<u32>,
    /// The mail address that is told when it is disabled
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
    /// Settings that differ from the defaults (TOML): where connectors are, and what may be called
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE"),
    }
}

/// A secret out of a file, without the line break at its end.
pub(super) fn read_secret(name: &str, file: &str) -> anyhow::Result<(String, String)> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the file {file} of the secret {name} cannot be read"))?;
    Ok((name.to_owned(), text.trim().to_owned()))
}

pub(super) fn run(args: &Args, clock: &Clock) -> anyhow::Result<Outcome> {
    let judge = Judge::new(args.config.as_ref())?;
    let said = said(args, judge.connectors.get(&args.connector))?;
    let new = match judge.with(clock, |with| enrol::create(&said, None, with)) {
        Ok(new) => new,
        Err(errors) => return Ok(refused("the endpoint was not added", &errors)),
    };
    let endpoint = new.endpoint.clone();
    let unknown = args.database.with(&existing(), async |store| {
        if store.put_endpoint(endpoint.clone()).await? == PutEndpoint::NameTaken {
            anyhow::bail!("there is an endpoint {} already; choose another name", endpoint.name);
        }
        let (Side::Participant, Some(id)) = (endpoint.side, &endpoint.owner) else { return Ok(None) };
        let registry = store.registry(None, day_of(clock.now())).await?.document;
        let known = registry.participants.iter().any(|participant| participant.id == *id);
        Ok((!known).then(|| id.clone()))
    })?;
    if let Some(id) = unknown {
        anstream::eprintln!(
            "warning: the registry has no participant `{id}`; until it has, nothing is sent to this endpoint."
        );
    }
    shown(&new.endpoint, new.made, args.json)?;
    Ok(Outcome::Done)
}

/// The arguments as the API takes them.
fn said(args: &Args, definition: Option<&Definition>) -> anyhow::Result<Value> {
    let mut said = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(key.to_owned(), value);
        }
    };
    let text = |text: &String| Value::from(text.as_str());
    put("name", Some(text(&args.name)));
    put("side", Some(text(&args.side)));
    put("owner", args.owner.as_ref().map(text));
    put("connector", Some(text(&args.connector)));
    put("payload", args.payload.as_ref().map(text));
    put("language", args.language.as_ref().map(text));
    put("contact", args.contact.as_ref().map(text));
    put("concurrency", args.concurrency.map(Value::from));
    put("per_second", args.per_second.map(Value::from));
    put("events", (!args.event.is_empty()).then(|| Value::from(args.event.clone())));
    let settings: Map<_, _> =
        args.setting.iter().map(|(name, value)| (name.clone(), typed(definition, name, value))).collect();
    put("settings", Some(Value::Object(settings)));
    let mut secrets: Map<_, _> = args.secret.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    for (name, file) in &args.secret_file {
        let (name, value) = read_secret(name, file)?;
        secrets.insert(name, Value::from(value));
    }
    put("secrets", Some(Value::Object(secrets)));
    Ok(Value::Object(said))
}

/// A setting's value as the connector wants it; what it does not know stays a text, and is named then.
fn typed(definition: Option<&Definition>, name: &str, value: &str) -> Value {
    let setting = definition.and_then(|known| known.settings.iter().find(|setting| setting.name == name));
    setting.map_or_else(|| value.into(), |setting| setting.typed(value))
}
