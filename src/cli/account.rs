//! `pointsman account`: people who sign in to the pages.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::Outcome;
use super::database::{Database, found, reading, writing};
use super::style::{self, FAINT, GOOD, WARNING, paint};
use crate::access::{Person, PersonState, Role, password};
use crate::clock::Clock;
use crate::intake::limits::NAME;
use crate::store::{Account, NewAccount, Options, SetPassword};
use crate::triage::decide::day_of;

/// What `pointsman account` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add somebody who may sign in; the password is read from standard input, or from a file
    Add(Add),
    /// List all people
    List(List),
    /// Give somebody a new password; its sessions end
    Password(Password),
}

/// What `account add` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// What is typed to sign in; case does not matter
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    /// The person's name, as timelines show it
    #[arg(long, value_name = "NAME", value_parser = line)]
    name: String,
    /// What the person may do; may be given several times
    #[arg(long, required = true, value_parser = role, value_name = "ROLE")]
    role: Vec<Role>,
    /// The company outside whose eSRs are the person's own, as its eSRs are filed (for business_partner and participant)
    #[arg(long, value_name = "NAME", value_parser = line)]
    company: Option<String>,
    /// That company's id in the registry (for participant)
    #[arg(long, value_name = "ID", value_parser = line)]
    participant: Option<String>,
    /// Where letters reach the person
    #[arg(long, value_name = "ADDRESS", value_parser = line)]
    email: Option<String>,
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

/// What `account list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print one person a line as JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// What `account password` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Password {
    /// Whose
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("the roles are {}", Role::words().collect::<Vec<_>>().join(", ")))
}

fn line(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it is blank"),
        text if text.chars().count() > NAME => Err("it is longer than 300 characters"),
        text if text.chars().any(char::is_control) => Err("it contains control characters"),
        text => Ok(text.to_owned()),
    }
}

fn login(text: &str) -> Result<String, &'static str> {
    let login = line(text)?.to_lowercase();
    if login.chars().any(char::is_whitespace) { Err("it contains a space") } else { Ok(login) }
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    match command {
        Command::Add(args) => add(args, &clock),
        Command::List(args) => list(&args),
        Command::Password(args) => set_password(args, &clock),
    }
}

fn add(args: Add, clock: &Clock) -> anyhow::Result<Outcome> {
    let Add { login, name, role: roles, company, participant, email, password_file, database } = args;
    let person =
        Person { id: clock.id("per"), login, name, email, roles, company, participant, state: PersonState::Active };
    if let Some(wrong) = person.contradiction() {
        anyhow::bail!("{wrong} (--role, --company, --participant)");
    }
    let password = Some(read_password(password_file, &person.login, clock)?);
    let new = NewAccount { person: person.clone(), password, identity: None, created_at: clock.now() };
    let (added, unknown) = database.with(&writing(), async |store| {
        let added = store.add_person(new).await?;
        let Some(id) = &person.participant else { return Ok((added, false)) };
        let registry = store.registry(None, day_of(clock.now())).await?.document;
        Ok((added, registry.participants.iter().all(|participant| participant.id != *id)))
    })?;
    if !added {
        anyhow::bail!("somebody has the login {:?} already; `pointsman account list` shows who", person.login);
    }
    if unknown {
        anstream::eprintln!(
            "warning: the registry has no participant `{}`; until it has, no case reaches this person.",
            person.participant.as_deref().unwrap_or_default()
        );
    }
    let roles: Vec<_> = person.roles.iter().map(|role| role.title()).collect();
    let mut page = style::page();
    page.line(&format!(
        "{} {} signs in as {}, {}.",
        paint(GOOD, "Added."),
        person.name,
        person.login,
        roles.join(" and ")
    ))?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let people = args.database.with(&reading(), async |store| {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = store.accounts(None, after.as_deref(), 500).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    })?;
    if args.json {
        let mut out = style::raw();
        for Account { person, has_password, created_at, signed_in_at, .. } in people {
            let said = json!({
                "id": person.id, "login": person.login, "name": person.name, "email": person.email, "roles": person.roles,
                "company": person.company, "participant": person.participant, "state": person.state,
                "has_password": has_password, "created_at": created_at, "signed_in_at": signed_in_at,
            });
            writeln!(out, "{said}")?;
        }
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let mut page = style::page();
    if people.is_empty() {
        page.paragraph(
            0,
            "There is nobody yet. Add somebody: pointsman account add LOGIN --name NAME --role operator",
        )?;
    }
    for Account { person, signed_in_at, .. } in people {
        let state = match person.state {
            PersonState::Active => String::new(),
            PersonState::Disabled => paint(WARNING, "  disabled"),
        };
        page.line(&format!("{}{state}", person.login))?;
        let roles: Vec<_> = person.roles.iter().map(|role| role.as_str()).collect();
        let company = person.company.map(|company| format!(", {company}")).unwrap_or_default();
        page.paragraph(2, &format!("{}: {}{company}", person.name, roles.join(", ")))?;
        let seen = signed_in_at.map_or("never signed in".to_owned(), |at| format!("signed in {at:.0}"));
        page.line(&paint(FAINT, &format!("  {seen}")))?;
    }
    page.flush()?;
    Ok(Outcome::Done)
}

fn set_password(args: Password, clock: &Clock) -> anyhow::Result<Outcome> {
    let password = read_password(args.password_file, &args.login, clock)?;
    let existing = Options { create: false, ..writing() };
    let set = args.database.with(&existing, async |store| {
        let (account, _) = found(store.account_by_login(&args.login).await, "person", &args.login)?;
        let person_id = account.person.id;
        let set = SetPassword { person_id, password, link: None, keep_session: None, now: clock.now() };
        Ok(store.set_password(set).await?)
    })?;
    if !set {
        anyhow::bail!("{} may not sign in: it is disabled", args.login);
    }
    let mut page = style::page();
    page.line(&format!("{} All sessions of {} have ended.", paint(GOOD, "Set."), args.login))?;
    page.flush()?;
    Ok(Outcome::Done)
}

/// The first line of the file, or of standard input; hashed.
fn read_password(file: Option<PathBuf>, login: &str, clock: &Clock) -> anyhow::Result<String> {
    let bytes = match &file {
        Some(file) => super::read::file(file).with_context(|| format!("{} cannot be read", file.display()))?,
        None => super::read::line().context("standard input cannot be read")?,
    };
    let text = String::from_utf8(bytes).context("the password is no UTF-8")?;
    let password = text.lines().next().unwrap_or_default();
    if let Err(wrong) = password::check(password, login) {
        anyhow::bail!("the password {wrong}");
    }
    password::hash(password, &clock.secret()?)
        .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))
}
