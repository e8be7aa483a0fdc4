//! `pointsman connector`: shows and tries the descriptions of other companies' systems.

mod test;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::Outcome;
use super::database::Database;
use super::style::{self, BAD, FAINT, GOOD, PLACE, STRONG, count, paint};
use crate::connectors::{Checked, ConnectorsError, Definition, Definitions, Kind, SettingType};
use crate::triage::fault::Fault;

/// `pointsman connector ...`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show every connector: what an endpoint has to be given, how it authenticates, whether it answers back
    List {
        /// Directory of the connectors; the built-in ones when left out
        dir: Option<PathBuf>,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Try every connector against its own samples
    Check {
        /// Directory of the connectors, or of one; the built-in ones when left out
        dir: Option<PathBuf>,
        /// Write the golden requests of the samples anew
        #[arg(long, requires = "dir")]
        write: bool,
    },
    /// Send a marked test to an endpoint, and show what was sent and answered; secrets are hidden
    Test {
        /// The endpoint's name; a connector's name where one endpoint uses it
        name: String,
        /// Where the letter goes, for endpoints that write mail
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        #[command(flatten)]
        at: Database,
        /// Settings that differ from the defaults (TOML)
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::List { dir, json } => list(dir.as_deref(), json),
        Command::Check { dir, write } => check(dir.as_deref(), write),
        Command::Test { name, to, at, config, json } => test::run(&name, to.as_deref(), &at, config.as_deref(), json),
    }
}

fn load(dir: Option<&Path>) -> Result<Arc<Definitions>, ConnectorsError> {
    dir.map_or_else(|| Ok(Definitions::embedded()), |dir| Definitions::load(dir).map(Arc::new))
}

fn list(dir: Option<&Path>, json: bool) -> anyhow::Result<Outcome> {
    let definitions = load(dir)?;
    if json {
        let all: Vec<_> = definitions.iter().map(described).collect();
        let text = serde_json::to_string_pretty(&all)?;
        style::seen(std::io::Write::write_all(&mut style::raw(), format!("{text}\n").as_bytes()))?;
        return Ok(Outcome::Done);
    }
    style::print(|page| {
        for (at, definition) in definitions.iter().enumerate() {
            if at > 0 {
                page.gap()?;
            }
            let proved = if definition.proved { "" } else { "  (not proved)" };
            page.line(&format!("{}  {}{proved}", paint(STRONG, &definition.name), definition.title))?;
            let auth: Vec<&str> = definition.auth_words().collect();
            if !auth.is_empty() {
                page.row(2, 12, "auth", &auth.join(" or "))?;
            }
            if definition.kind == Kind::Http {
                page.row(2, 12, "callbacks", if definition.two_way() { "yes" } else { "no" })?;
            }
            for setting in &definition.settings {
                page.row(4, 28, &setting.name, &format!("{}{}", setting.about, wanted(setting)))?;
            }
            for secret in &definition.secrets {
                let optional = if secret.required { "" } else { "; optional" };
                page.row(4, 28, &secret.name, &format!("{} (secret{optional})", secret.about))?;
            }
            if let Some(notes) = &definition.notes {
                page.row(2, 12, "notes", notes)?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn wanted(setting: &crate::connectors::Setting) -> String {
    let mut words = Vec::new();
    if setting.kind != SettingType::Text {
        words.push(setting.kind.as_str().replace('_', " "));
    }
    match &setting.default {
        Some(default) => words.push(format!("default {default}")),
        None if !setting.required => words.push("optional".to_owned()),
        None => {}
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join("; ")) }
}

fn described(definition: &Definition) -> serde_json::Value {
    let settings: Vec<_> = definition
        .settings
        .iter()
        .map(|setting| {
            serde_json::json!({
                "name": setting.name, "about": setting.about, "type": setting.kind, "required": setting.required,
                "default": setting.default, "one_of": setting.one_of,
            })
        })
        .collect();
    let secret = |secret: &crate::connectors::SecretSetting| serde_json::json!({"name": secret.name, "about": secret.about, "required": secret.required});
    serde_json::json!({
        "name": definition.name, "title": definition.title, "kind": definition.kind, "proved": definition.proved,
        "two_way": definition.two_way(), "auth": definition.auth_words().collect::<Vec<_>>(), "settings": settings,
        "secrets": definition.secrets.iter().map(secret).collect::<Vec<_>>(), "notes": definition.notes,
        "reference": definition.reference,
    })
}

fn check(dir: Option<&Path>, write: bool) -> anyhow::Result<Outcome> {
    let definitions = match load(dir) {
        Ok(definitions) => definitions,
        Err(ConnectorsError::Faulty(faults)) => {
            refused(&faults)?;
            return Ok(Outcome::CheckFailed);
        }
        Err(error) => return Err(error.into()),
    };
    let mut faults = Vec::new();
    for definition in definitions.iter() {
        let place = place(dir, &definition.name);
        let mut checked = definition.check(&place.display().to_string());
        if write {
            written(&place, &checked)?;
            let again = Definitions::load(&place)?;
            if let Some(definition) = again.get(&definition.name) {
                checked = definition.check(&place.display().to_string());
            }
        }
        if checked.faults.is_empty() {
            style::print(|page| {
                page.line(&format!("{}  {}", paint(GOOD, &definition.name), tried(definition, &checked)))
            })?;
        }
        faults.extend(checked.faults);
    }
    if faults.is_empty() {
        return Ok(Outcome::Done);
    }
    refused(&faults)?;
    Ok(Outcome::CheckFailed)
}

fn tried(definition: &Definition, checked: &Checked) -> String {
    if definition.kind == Kind::Mail {
        return paint(FAINT, "mail: nothing to try");
    }
    format!(
        "{}, {}, {}",
        count(checked.requests, "request"),
        count(checked.answers, "answer"),
        count(checked.callbacks, "callback")
    )
}

fn refused(faults: &[Fault]) -> anyhow::Result<()> {
    style::print(|page| {
        for fault in faults {
            page.line(&paint(PLACE, &fault.place()))?;
            page.paragraph(2, &fault.message)?;
        }
        page.line(&paint(BAD, &count(faults.len(), "fault")))
    })?;
    Ok(())
}

/// The connector's own directory.
fn place(dir: Option<&Path>, name: &str) -> PathBuf {
    match dir {
        Some(dir) if dir.join("connector.toml").is_file() => dir.to_owned(),
        Some(dir) => dir.join(name),
        None => Path::new("integrations").join(name),
    }
}

fn written(place: &Path, checked: &Checked) -> anyhow::Result<()> {
    for (name, text) in &checked.goldens {
        let path = place.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
