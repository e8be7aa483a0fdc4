//! `pointsman key`: credentials for people's systems.

use std::io::{self, Write as _};

use jiff::SignedDuration;
use serde_json::json;

use super::Outcome;
use super::database::{Database, found, reading, writing};
use super::style::{self, FAINT, GOOD, WARNING, paint};
use crate::cases::Role;
use crate::clock::Clock;
use crate::intake::limits::NAME;
use crate::store::{Key, issue, signing_secret};
use crate::triage::decide::day_of;

/// What `pointsman key` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key and show it, this one time
    Create(Create),
    /// List all keys, revoked ones too
    List(List),
    /// Make a key worthless from now on
    Revoke(Revoke),
    /// Give a key a new signing secret; the old one is accepted for a while longer
    Rotate(Rotate),
}

/// What `key create` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// What the key may do
    #[arg(long, value_parser = role, value_name = "business_partner|participant|agent|operator")]
    role: Role,
    /// Whose it is: the filer's name; all keys of one owner are the same filer
    #[arg(long, value_name = "NAME", value_parser = name)]
    owner: String,
    /// The participant's id in the registry (for the role participant)
    #[arg(long, value_name = "ID", value_parser = name, required_if_eq("role", "participant"))]
    participant: Option<String>,
    /// What it is for, in your own words
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What `key list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print one key a line as JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What `key revoke` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// The key's id, as `key list` shows it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    database: Database,
}

/// What `key rotate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The key's id, as `key list` shows it
    #[arg(value_name = "ID")]
    id: String,
    /// For how many hours the old signing secret is still accepted
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=8760))]
    overlap: i64,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| {
        let words: Vec<_> = Role::words().collect();
        format!("the roles are {}", words.join(", "))
    })
}

fn name(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it is blank"),
        name if name.chars().count() > NAME => Err("it is longer than 300 characters"),
        name if name.chars().any(char::is_control) => Err("it contains control characters"),
        name => Ok(name.to_owned()),
    }
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    match command {
        Command::Create(args) => create(&args, &clock),
        Command::List(args) => list(&args),
        Command::Revoke(args) => revoke(&args, &clock),
        Command::Rotate(args) => rotate(&args, &clock),
    }
}

fn create(args: &Create, clock: &Clock) -> anyhow::Result<Outcome> {
    if args.participant.is_some() && args.role != Role::Participant {
        anyhow::bail!("--participant goes with --role participant; the role {} belongs to no participant", args.role);
    }
    let issued = issue(clock, args.role, &args.owner, args.participant.as_deref(), args.label.as_deref())?;
    let (key, signing) = (issued.key.clone(), issued.signing.clone());
    let unknown = args.database.with(&writing(), async |store| {
        store.create_key(key, signing).await?;
        let Some(id) = &args.participant else { return Ok(false) };
        let registry = store.registry(None, day_of(clock.now())).await?.document;
        Ok(registry.participants.iter().all(|participant| participant.id != *id))
    })?;
    if unknown && let Some(id) = &args.participant {
        anstream::eprintln!(
            "warning: the registry has no participant `{id}`; until it has, no case reaches this key. Import the registry, \
             or revoke {} and name the id as the registry does.",
            issued.key.id
        );
    }
    if args.json {
        let said = json!({
            "id": issued.key.id, "role": args.role, "owner": args.owner, "participant": args.participant,
            "label": args.label, "created_at": issued.key.created_at,
            "key": issued.bearer.reveal(), "signing_secret": issued.signing.secret,
        });
        writeln!(style::raw(), "{said}")?;
        return Ok(Outcome::Done);
    }
    let mut page = style::page();
    page.line(&format!(
        "{} A key for {}, role {}.",
        paint(GOOD, "Made."),
        paint(style::STRONG, &args.owner),
        args.role
    ))?;
    page.gap()?;
    page.row(0, 16, "Key id", &issued.key.id)?;
    secret(&mut page, "Bearer key", issued.bearer.reveal())?;
    secret(&mut page, "Signing secret", &issued.signing.secret)?;
    page.gap()?;
    page.paragraph(0, "The bearer key is shown this one time: only its hash is kept. Give both secrets to their owner over a safe channel.")?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let keys = args.database.with(&reading(), async |store| Ok(store.keys().await?))?;
    if args.json {
        let mut out = style::raw();
        for Key { id, role, owner, participant, label, created_at, revoked_at } in keys {
            let said = json!({
                "id": id, "role": role, "owner": owner, "participant": participant, "label": label,
                "created_at": created_at, "revoked_at": revoked_at,
            });
            writeln!(out, "{said}")?;
        }
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let mut page = style::page();
    if keys.is_empty() {
        page.paragraph(
            0,
            "There are no keys yet. Make one: pointsman key create --role business_partner --owner NAME",
        )?;
    }
    for key in keys {
        let state = match key.revoked_at {
            Some(at) => paint(WARNING, &format!("  revoked {at:.0}")),
            None => String::new(),
        };
        page.line(&format!("{}{state}", key.id))?;
        let participant = key.participant.map(|id| format!(", participant {id}")).unwrap_or_default();
        let label = key.label.map(|label| format!("  {label}")).unwrap_or_default();
        page.paragraph(2, &format!("{}: {}{participant}{label}", key.owner, key.role))?;
        page.line(&paint(FAINT, &format!("  made {:.0}", key.created_at)))?;
    }
    page.flush()?;
    Ok(Outcome::Done)
}

fn revoke(args: &Revoke, clock: &Clock) -> anyhow::Result<Outcome> {
    let key = args.database.with(&existing(), async |store| {
        store.revoke_key(&args.id, clock.now()).await?;
        found(store.key(&args.id).await, "key", &args.id)
    })?;
    let mut page = style::page();
    page.line(&format!("{} The key {} of {} is worth nothing any more.", paint(GOOD, "Revoked."), key.id, key.owner))?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn rotate(args: &Rotate, clock: &Clock) -> anyhow::Result<Outcome> {
    let secret = signing_secret(clock, &args.id)?;
    let until = clock.now() + SignedDuration::from_hours(args.overlap);
    let added = secret.clone();
    args.database.with(&existing(), async |store| {
        let there = store.add_signing_secret(added, until).await?;
        found(Ok(there.then_some(())), "key", &args.id)
    })?;
    if args.json {
        let said = json!({ "id": args.id, "signing_secret": secret.secret, "old_accepted_until": until });
        writeln!(style::raw(), "{said}")?;
        return Ok(Outcome::Done);
    }
    let mut page = style::page();
    page.row(0, 16, "Key id", &args.id)?;
    self::secret(&mut page, "Signing secret", &secret.secret)?;
    page.gap()?;
    page.paragraph(0, &format!("The secrets before it are accepted until {until:.0}."))?;
    page.flush()?;
    Ok(Outcome::Done)
}

/// A secret on one line, however long: it is there to be copied.
fn secret<W: io::Write>(page: &mut style::Page<W>, name: &str, secret: &str) -> io::Result<()> {
    page.line(&format!("{}{:gap$}{secret}", paint(FAINT, name), "", gap = 16 - name.len()))
}

/// For a command on something that has to be there: a database that is not is not made.
fn existing() -> crate::store::Options {
    crate::store::Options { create: false, ..writing() }
}
