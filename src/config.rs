//! The operator's configuration; the defaults stand in one commented TOML, `config.toml`.
//!
//! The default file is also the schema: a key that is not in it is refused with its line and the nearest key
//! that is, and a value of another type than the default's likewise. All faults are named at once.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::registry::upstream::Upstream;

/// The default configuration, with its comments.
const DEFAULTS: &str = include_str!("config.toml");

/// All settings. Their meaning and units stand in `config.toml`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub limits: Limits,
    pub attachments: Attachments,
    pub rules: Rules,
    pub registry: Registry,
    pub log: Log,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[expect(missing_docs, reason = "config.toml describes every key, once")]
        pub struct $name { $(pub $field: $ty),+ }
    };
}

section! {
    /// `[server]`
    Server {
        listen: String, max_connections: usize, max_in_flight: usize,
        header_seconds: u64, request_seconds: u64, attachment_seconds: u64, shutdown_seconds: u64,
    }
}
section! {
    /// `[limits]`
    Limits {
        body_bytes: usize, bulk_bytes: usize, json_depth: usize, batch_count: usize,
        attachment_bytes: u64, attachments_per_esr: usize, requests_per_second: u32, burst: u32,
    }
}
section! {
    /// `[attachments]`
    Attachments { dir: PathBuf }
}
section! {
    /// `[rules]`
    Rules { dir: PathBuf }
}
section! {
    /// `[registry]`
    Registry { poll_seconds: u64, upstream: Option<Upstream> }
}
section! {
    /// `[log]`
    Log { level: String, format: LogFormat }
}

/// `[database]`
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct Database {
    pub url: String,
    pub url_file: PathBuf,
    pub migrate: bool,
}

impl fmt::Debug for Database {
    /// The URL may hold a password and never prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("migrate", &self.migrate).finish_non_exhaustive()
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why a configuration was refused: full sentences, a line each.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// The defaults alone.
    ///
    /// # Errors
    /// Never, as long as `config.toml` is what the tests saw.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::parse("the defaults", "")
    }

    /// The defaults, with what the file says in their place.
    ///
    /// # Errors
    /// When the file cannot be read, or with everything that is wrong in it.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConfigError(vec![format!("The configuration {} cannot be read: {error}.", file.display())])
        })?;
        Self::parse(&file.display().to_string(), &text)
    }

    /// The defaults, with what `text` says in their place; `name` stands in the messages.
    ///
    /// # Errors
    /// With everything that is wrong in the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let broken = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let why = error.message();
            ConfigError(vec![format!(
                "{name}, line {line}: this is no TOML ({why}); text stands in \"quotation marks\"."
            )])
        };
        let spanned = DeTable::parse(text).map_err(broken)?;
        let mut merged: toml::Table =
            toml::from_str(DEFAULTS).map_err(|error| ConfigError(vec![format!("config.toml: {}", error.message())]))?;
        let mut faults = Vec::new();
        check(name, text, "", spanned.get_ref(), &merged, &mut faults);
        if !faults.is_empty() {
            return Err(ConfigError(faults));
        }
        merge(&mut merged, text.parse::<toml::Table>().map_err(broken)?);
        without_unset_upstream(&mut merged);
        let config = Self::deserialize(merged)
            .map_err(|error: toml::de::Error| ConfigError(vec![format!("{name}: {}.", error.message())]))?;
        config.checked(name)
    }

    /// The database's URL: `POINTSMAN_DATABASE` (given here as `environment`), else `url_file`, else `url`.
    ///
    /// # Errors
    /// When the file that should hold it cannot be read.
    pub fn database_url(&self, environment: Option<String>) -> Result<String, ConfigError> {
        if let Some(url) = environment.filter(|url| !url.trim().is_empty()) {
            return Ok(url);
        }
        let file = &self.database.url_file;
        if file.as_os_str().is_empty() {
            return Ok(self.database.url.clone());
        }
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConfigError(vec![format!("database.url_file: {} cannot be read: {error}.", file.display())])
        })?;
        Ok(text.trim().to_owned())
    }

    fn checked(self, name: &str) -> Result<Self, ConfigError> {
        let (server, limits) = (&self.server, &self.limits);
        let mut faults = Vec::new();
        let positive = [
            ("server.max_connections", server.max_connections as u64),
            ("server.max_in_flight", server.max_in_flight as u64),
            ("server.header_seconds", server.header_seconds),
            ("server.request_seconds", server.request_seconds),
            ("server.attachment_seconds", server.attachment_seconds),
            ("limits.body_bytes", limits.body_bytes as u64),
            ("limits.bulk_bytes", limits.bulk_bytes as u64),
            ("limits.json_depth", limits.json_depth as u64),
            ("limits.batch_count", limits.batch_count as u64),
            ("limits.requests_per_second", limits.requests_per_second.into()),
            ("limits.burst", limits.burst.into()),
            ("registry.poll_seconds", self.registry.poll_seconds),
        ];
        for (key, _) in positive.into_iter().filter(|(_, value)| *value == 0) {
            faults.push(format!("{name}: {key} must be at least 1."));
        }
        // serde_json itself stops at 128; a larger number here would be a promise that is not kept.
        if limits.json_depth > 100 {
            faults.push(format!("{name}: limits.json_depth must be at most 100."));
        }
        if faults.is_empty() { Ok(self) } else { Err(ConfigError(faults)) }
    }
}

/// The 1-based line that the byte stands on.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Names every key that the defaults do not have, and every value of another type than theirs.
fn check(name: &str, text: &str, within: &str, said: &DeTable<'_>, known: &toml::Table, faults: &mut Vec<String>) {
    for (key, value) in said {
        let line = line_of(text, key.span().start);
        let word = key.get_ref().as_ref();
        let path = if within.is_empty() { word.to_owned() } else { format!("{within}.{word}") };
        let Some(default) = known.get(word) else {
            faults.push(format!("{name}, line {line}: there is no setting `{path}`{}.", hint(within, word, known)));
            continue;
        };
        match (value.get_ref(), default) {
            (DeValue::Table(said), toml::Value::Table(known)) => check(name, text, &path, said, known, faults),
            (DeValue::String(_), toml::Value::String(_)) | (DeValue::Boolean(_), toml::Value::Boolean(_)) => {}
            (DeValue::Float(_), toml::Value::Float(_)) => {}
            (DeValue::Integer(number), toml::Value::Integer(_) | toml::Value::Float(_)) => {
                if !number.to_string().bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
                    faults.push(format!("{name}, line {line}: `{path}` must be a whole number, 0 or more."));
                }
            }
            (_, expected) => {
                let wanted = expected.type_str();
                let article = if wanted.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                faults.push(format!("{name}, line {line}: `{path}` must be {article} {wanted}."));
            }
        }
    }
}

/// "; the nearest is `server.listen`", where one is near, else what there is.
fn hint(within: &str, word: &str, known: &toml::Table) -> String {
    match crate::nearest::most_alike(word, known.keys().map(String::as_str)) {
        Some(key) if within.is_empty() => format!("; the nearest is `{key}`"),
        Some(key) => format!("; the nearest is `{within}.{key}`"),
        None => String::new(),
    }
}

/// A registry elsewhere is there once it has a url; a blank text means that the setting is not given.
fn without_unset_upstream(merged: &mut toml::Table) {
    let Some(registry) = merged.get_mut("registry").and_then(toml::Value::as_table_mut) else { return };
    let Some(upstream) = registry.get_mut("upstream").and_then(toml::Value::as_table_mut) else { return };
    upstream.retain(|_, value| value.as_str().is_none_or(|text| !text.trim().is_empty()));
    if !upstream.contains_key("url") {
        registry.remove("upstream");
    }
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(into)), toml::Value::Table(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        Config::parse("p.toml", text).unwrap_err().0
    }

    #[test]
    fn the_defaults_are_complete() {
        let config = Config::defaults().unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:8080");
        assert_eq!(config.limits.body_bytes, 1 << 20);
    }

    #[test]
    fn a_file_says_only_what_differs() {
        let config = Config::parse("p.toml", "[server]\nlisten = \"[::1]:1\"\n").unwrap();
        assert_eq!(config.server.listen, "[::1]:1");
        assert_eq!(config.server.max_in_flight, 512);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest() {
        assert_eq!(
            faults("# ours\n[server]\nlitsen = \"x\"\n\n[limit]\n"),
            [
                "p.toml, line 5: there is no setting `limit`; the nearest is `limits`.",
                "p.toml, line 3: there is no setting `server.litsen`; the nearest is `server.listen`.",
            ]
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_its_line() {
        assert_eq!(
            faults("[limits]\nburst = \"many\"\nbody_bytes = -4\n"),
            [
                "p.toml, line 3: `limits.body_bytes` must be a whole number, 0 or more.",
                "p.toml, line 2: `limits.burst` must be an integer.",
            ]
        );
    }

    #[test]
    fn broken_toml_is_named_with_its_line() {
        assert!(faults("[server]\nlisten = \n")[0].starts_with("p.toml, line 2: "));
    }

    #[test]
    fn a_registry_elsewhere_is_there_once_it_has_a_url() {
        assert!(Config::defaults().unwrap().registry.upstream.is_none());
        let text = "[registry.upstream]\nurl = \"http://127.0.0.1:1/r\"\nmode = \"lookup\"\nttl_seconds = 5\n";
        let upstream = Config::parse("p.toml", text).unwrap().registry.upstream.unwrap();
        assert!(upstream.bearer.is_none());
        assert_eq!(upstream.ttl.as_secs(), 5);
        assert!(faults("[registry.upstream]\nurl = \"x\"\nmode = \"guess\"\n")[0].contains("guess"));
    }

    #[test]
    fn zero_is_refused_where_nothing_would_work() {
        assert_eq!(faults("[limits]\nburst = 0\n"), ["p.toml: limits.burst must be at least 1."]);
    }

    #[test]
    fn the_database_url_never_prints() {
        let config = Config::parse("p.toml", "[database]\nurl = \"postgres://u:hunter2@h/d\"\n").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.database_url(Some("sqlite:x".to_owned())).unwrap(), "sqlite:x");
    }
}
