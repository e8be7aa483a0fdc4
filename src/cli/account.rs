//! `pointsman account`: who signs in to the pages. What is done here stands in the audit log as done on the command line.

mod add;
mod change;
mod list;
mod password;
mod sessions;

use std::io::Write as _;

use crate::access::{About, Act, Origin, Person, Role, Thing, Who};
use crate::cli::Outcome;
use crate::cli::database::found;
use crate::cli::style::{self, GOOD, paint};
use crate::clock::Clock;
use crate::intake::limits::NAME;
use crate::record;
use crate::store::{Account, Store};

/// What `pointsman account` does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add somebody who may sign in; the password is read from standard input, or from a file
    Add(add::Add),
    /// List all people
    List(list::List),
    /// Give somebody other roles, in place of those before
    Role(change::Roles),
    /// Let somebody sign in no more; its sessions end
    Disable(change::Switch),
    /// Let somebody sign in again
    Enable(change::Switch),
    /// Give somebody a new password; its sessions end
    Password(password::Password),
    /// Make a link with which somebody sets its own password, once, within 24 hours
    Link(password::Link),
    /// List where somebody is signed in, or end that
    Sessions(sessions::Sessions),
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    let clock = Clock::system();
    match command {
        Command::Add(args) => add::add(args, &clock),
        Command::List(args) => list::list(&args),
        Command::Role(args) => change::roles(args, &clock),
        Command::Disable(args) => change::disable(&args, &clock),
        Command::Enable(args) => change::enable(&args, &clock),
        Command::Password(args) => password::set(args, &clock),
        Command::Link(args) => password::link(&args, &clock),
        Command::Sessions(args) => sessions::sessions(args, &clock),
    }
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

/// The person with that login.
async fn person(store: &Store, login: &str) -> anyhow::Result<Account> {
    let account = found(store.account_by_login(login).await, "person", login);
    Ok(account.map_err(|error| error.context("`pointsman account list` shows everybody"))?.0)
}

/// Does something to a person, and leaves it in the audit log.
async fn act<T>(
    store: &Store,
    clock: &Clock,
    act: Act,
    person: &Person,
    details: serde_json::Value,
    doing: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let who = Who { name: "command line".to_owned(), ..Who::default() };
    let about = About::new(Thing::Person, &person.id);
    record::act((store, clock), (who, Origin::default()), act, &about, details, doing).await
}

/// Warns of a participant that the registry does not have.
async fn unknown_participant(store: &Store, clock: &Clock, person: &Person) -> anyhow::Result<()> {
    let Some(id) = &person.participant else { return Ok(()) };
    let registry = store.registry(None, crate::triage::decide::day_of(clock.now())).await?.document;
    if registry.participants.iter().all(|participant| participant.id != *id) {
        anstream::eprintln!(
            "warning: the registry has no participant `{id}`; until it has, no case reaches this person."
        );
    }
    Ok(())
}

/// "Agent and Lead".
fn titles(roles: &[Role]) -> String {
    roles.iter().map(|role| role.title()).collect::<Vec<_>>().join(" and ")
}

/// Says what was done.
fn say(done: &str, what: &str) -> anyhow::Result<Outcome> {
    let mut page = style::page();
    page.line(&format!("{} {what}", paint(GOOD, done)))?;
    page.flush()?;
    Ok(Outcome::Done)
}
