//! `pointsman account list`

use std::io::Write as _;

use serde_json::json;

use crate::access::PersonState;
use crate::cli::Outcome;
use crate::cli::database::{Database, reading};
use crate::cli::style::{self, FAINT, WARNING, paint};
use crate::store::Account;

/// What `account list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Print one person a line as JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// Lists all people.
pub(super) fn list(args: &List) -> anyhow::Result<Outcome> {
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
