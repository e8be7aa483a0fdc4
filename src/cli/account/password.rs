//! `pointsman account password` and `pointsman account link`

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::{act, login, person, say};
use crate::access::{Act, PersonState, password};
use crate::cli::Outcome;
use crate::cli::database::{Database, writing};
use crate::cli::style::{self, GOOD, paint};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Options, PasswordLink, SetPassword};

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

/// What `account link` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Link {
    /// Whose
    #[arg(value_name = "LOGIN", value_parser = login)]
    login: String,
    /// The server's configuration: its public_url is where the link leads
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

/// Sets a password.
pub(super) fn set(args: Password, clock: &Clock) -> anyhow::Result<Outcome> {
    let password = read(args.password_file, &args.login, clock)?;
    args.database.with(&existing(), async |store| {
        let account = person(&store, &args.login).await?;
        if account.identity.is_some() {
            anyhow::bail!("{} signs in at the identity provider, and has no password here", args.login);
        }
        let person = account.person;
        let set =
            SetPassword { person_id: person.id.clone(), password, link: None, keep_session: None, now: clock.now() };
        let setting = async {
            if !store.set_password(set).await? {
                anyhow::bail!("{} may not sign in: it is disabled", args.login);
            }
            Ok(())
        };
        act(&store, clock, Act::PasswordChanged, &person, json!({}), setting).await
    })?;
    say("Set.", &format!("All sessions of {} have ended.", args.login))
}

/// Makes a link, and shows it this one time.
pub(super) fn link(args: &Link, clock: &Clock) -> anyhow::Result<Outcome> {
    let config = args.config.as_deref().map_or_else(Config::defaults, Config::load)?;
    if !config.login.passwords {
        anyhow::bail!("nobody has a password there: {} sets login.passwords to false", shown(args));
    }
    let (token, until) = args.database.with(&existing(), async |store| {
        let account = person(&store, &args.login).await?;
        if account.identity.is_some() {
            anyhow::bail!("{} signs in at the identity provider, and has no password here", args.login);
        }
        if account.person.state == PersonState::Disabled {
            anyhow::bail!(
                "{0} may not sign in: it is disabled; `pointsman account enable {0}` changes that",
                args.login
            );
        }
        let (token, made) = PasswordLink::make(clock, &account.person.id)?;
        let until = made.ends_at;
        let making = async { Ok(store.add_password_link(made).await?) };
        act(&store, clock, Act::PasswordLinkMade, &account.person, json!({"until": until}), making).await?;
        Ok((token, until))
    })?;
    let mut page = style::page();
    page.line(&format!(
        "{} With this link {} sets its own password, once, until {until:.0}. It is shown this one time:",
        paint(GOOD, "Made."),
        args.login
    ))?;
    page.line(&format!("{}/password/{token}", config.public_url()))?;
    page.flush()?;
    Ok(Outcome::Done)
}

fn shown(args: &Link) -> String {
    args.config.as_ref().map_or_else(|| "the configuration".to_owned(), |file| file.display().to_string())
}

/// For a command that changes what is there.
pub(super) fn existing() -> Options {
    Options { create: false, ..writing() }
}

/// The first line of the file, or of standard input; hashed.
pub(super) fn read(file: Option<PathBuf>, login: &str, clock: &Clock) -> anyhow::Result<String> {
    let bytes = match &file {
        Some(file) => crate::cli::read::file(file).with_context(|| format!("{} cannot be read", file.display()))?,
        None => crate::cli::read::line().context("standard input cannot be read")?,
    };
    let text = String::from_utf8(bytes).context("the password is no UTF-8")?;
    let password = text.lines().next().unwrap_or_default();
    if let Err(wrong) = password::check(password, login) {
        anyhow::bail!("the password {wrong}");
    }
    password::hash(password, &clock.secret()?)
        .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))
}
