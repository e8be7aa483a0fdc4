//! `pointsman account role`, `disable` and `enable`

use serde_json::json;

use super::password::existing;
use super::{act, line, login, person, role, say, titles, unknown_participant};
use crate::access::{Act, Person, PersonState, Role};
use crate::cli::Outcome;
use crate::cli::database::Database;
use crate::clock::Clock;
use crate::store::ChangePerson;

/// What `account role` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Roles {
    /// Whose
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    /// All that the person may do from now on
    #[arg(required = true, value_parser = role, value_name = "ROLE")]
    roles: Vec<Role>,
    /// The company outside whose eSRs are the person's own (for business_partner and participant); the one before when not given
    #[arg(long, value_name = "NAME", value_parser = line)]
    company: Option<String>,
    /// That company's id in the registry (for participant); the one before when not given
    #[arg(long, value_name = "ID", value_parser = line)]
    participant: Option<String>,
    #[command(flatten)]
    database: Database,
}

/// What `account disable` and `account enable` take.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    /// Whom
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    #[command(flatten)]
    database: Database,
}

/// Gives other roles.
pub(super) fn roles(args: Roles, clock: &Clock) -> anyhow::Result<Outcome> {
    let Roles { login, roles, company, participant, database } = args;
    let (after, elsewhere) = database.with(&existing(), async |store| {
        let account = person(&store, &login).await?;
        let before = account.person;
        // What was said of the company goes on where it still means something.
        let outside = roles.iter().any(|role| !role.is_staff());
        let after = Person {
            company: company.or_else(|| before.company.clone().filter(|_| outside)),
            participant: participant
                .or_else(|| before.participant.clone().filter(|_| roles.contains(&Role::Participant))),
            roles,
            ..before.clone()
        };
        if let Some(wrong) = after.contradiction() {
            anyhow::bail!("{wrong} (ROLE, --company, --participant)");
        }
        let details = json!({"before": before.roles, "after": after.roles, "company": after.company});
        let change = ChangePerson { person: after.clone(), now: clock.now() };
        let changing = async { Ok(store.change_person(change).await?) };
        act(&store, clock, Act::PersonChanged, &after, details, changing).await?;
        unknown_participant(&store, clock, &after).await?;
        Ok((after, account.identity.is_some()))
    })?;
    if elsewhere {
        anstream::eprintln!(
            "warning: {login} signs in at the identity provider, whose roles replace these at the next sign-in."
        );
    }
    say("Changed.", &format!("{login} is {} from now on.", titles(&after.roles)))
}

/// Lets somebody sign in no more.
pub(super) fn disable(args: &Switch, clock: &Clock) -> anyhow::Result<Outcome> {
    switch(args, clock, PersonState::Disabled)?;
    say("Disabled.", &format!("{} signs in no more; its sessions have ended.", args.login))
}

/// Lets somebody sign in again.
pub(super) fn enable(args: &Switch, clock: &Clock) -> anyhow::Result<Outcome> {
    switch(args, clock, PersonState::Active)?;
    say("Enabled.", &format!("{} may sign in again.", args.login))
}

fn switch(args: &Switch, clock: &Clock, state: PersonState) -> anyhow::Result<()> {
    args.database.with(&existing(), async |store| {
        let before = person(&store, &args.login).await?.person;
        let details = json!({"before": before.state, "after": state});
        let after = Person { state, ..before };
        let change = ChangePerson { person: after.clone(), now: clock.now() };
        let changing = async { Ok(store.change_person(change).await?) };
        act(&store, clock, Act::PersonChanged, &after, details, changing).await?;
        Ok(())
    })
}
