//! `pointsman account sessions`

use std::io::Write as _;

use jiff::SignedDuration;
use serde_json::json;

use super::password::existing;
use super::{act, login, person, say};
use crate::access::{Act, Person};
use crate::cli::Outcome;
use crate::cli::database::{Database, reading};
use crate::cli::style::{self, FAINT, paint};
use crate::clock::Clock;
use crate::store::{Session, Store};

/// What `account sessions` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Sessions {
    /// Whose
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    /// End the session of this id
    #[arg(long, value_name = "ID", conflicts_with = "end_all")]
    end: Option<String>,
    /// End all of them
    #[arg(long)]
    end_all: bool,
    /// Print one session a line as JSON, for programs
    #[arg(long, conflicts_with_all = ["end", "end_all"])]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// Lists or ends sessions.
pub(super) fn sessions(args: Sessions, clock: &Clock) -> anyhow::Result<Outcome> {
    let Sessions { login, end, end_all, json, database } = args;
    if let Some(id) = end {
        database.with(&existing(), async |store| {
            let person = person(&store, &login).await?.person;
            let ending = async {
                if !store.end_session(person.id.clone(), id.clone(), clock.now()).await? {
                    anyhow::bail!(
                        "{login} has no session {id:?} that goes on; `pointsman account sessions {login}` shows them"
                    );
                }
                Ok(())
            };
            act(&store, clock, Act::SessionEnded, &person, json!({"session": id}), ending).await
        })?;
        return say("Ended.", "That session is over.");
    }
    if end_all {
        let count = database.with(&existing(), async |store| {
            let person = person(&store, &login).await?.person;
            let ending = async { Ok(store.end_sessions(person.id.clone(), None, clock.now()).await?) };
            act(&store, clock, Act::SessionEnded, &person, json!({"which": "all"}), ending).await
        })?;
        let what = match count {
            0 => format!("{login} was signed in nowhere."),
            1 => format!("The one session of {login} has ended."),
            more => format!("All {more} sessions of {login} have ended."),
        };
        return say("Ended.", &what);
    }
    let (person, sessions) = database.with(&reading(), async |store| going_on(&store, &login, clock).await)?;
    if json { as_json(sessions) } else { shown(&person, sessions) }
}

/// Those that go on; how long one may rest is the server's to say, so the ones that rest are there too.
async fn going_on(store: &Store, login: &str, clock: &Clock) -> anyhow::Result<(Person, Vec<Session>)> {
    let person = person(store, login).await?.person;
    let sessions = store.sessions(&person.id, clock.now(), SignedDuration::from_hours(24 * 366)).await?;
    Ok((person, sessions))
}

fn as_json(sessions: Vec<Session>) -> anyhow::Result<Outcome> {
    let mut out = style::raw();
    for Session { id, how, origin, created_at, seen_at, ends_at, .. } in sessions {
        let said = json!({
            "id": id, "how": how, "address": origin.address, "agent": origin.agent, "created_at": created_at,
            "seen_at": seen_at, "ends_at": ends_at,
        });
        writeln!(out, "{said}")?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn shown(person: &Person, sessions: Vec<Session>) -> anyhow::Result<Outcome> {
    let mut page = style::page();
    if sessions.is_empty() {
        page.line(&format!("{} is signed in nowhere.", person.login))?;
    }
    for Session { id, origin, created_at, seen_at, .. } in sessions {
        page.line(&id)?;
        page.paragraph(2, &format!("{} from {}", origin.agent, origin.address))?;
        page.line(&paint(FAINT, &format!("  since {created_at:.0}, last seen {seen_at:.0}")))?;
    }
    page.flush()?;
    Ok(Outcome::Done)
}
