//! `pointsman account add`

use std::path::PathBuf;

use serde_json::json;

use super::{act, line, login, role, say, titles, unknown_participant};
use crate::access::{Act, Person, PersonState, Role};
use crate::cli::Outcome;
use crate::cli::database::{Database, writing};
use crate::clock::Clock;
use crate::store::NewAccount;

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

/// Adds somebody.
pub(super) fn add(args: Add, clock: &Clock) -> anyhow::Result<Outcome> {
    let Add { login, name, role: roles, company, participant, email, password_file, database } = args;
    let person =
        Person { id: clock.id("per"), login, name, email, roles, company, participant, state: PersonState::Active };
    if let Some(wrong) = person.contradiction() {
        anyhow::bail!("{wrong} (--role, --company, --participant)");
    }
    let password = Some(super::password::read(password_file, &person.login, clock)?);
    let new = NewAccount { person: person.clone(), password, identity: None, created_at: clock.now() };
    database.with(&writing(), async |store| {
        let login = &person.login;
        let adding = async {
            if !store.add_person(new).await? {
                anyhow::bail!("somebody has the login {login:?} already; `pointsman account list` shows who");
            }
            Ok(())
        };
        let details = json!({"login": login, "roles": person.roles, "company": person.company});
        act(&store, clock, Act::PersonAdded, &person, details, adding).await?;
        unknown_participant(&store, clock, &person).await
    })?;
    say("Added.", &format!("{} signs in as {}, {}.", person.name, person.login, titles(&person.roles)))
}
