//! The operator's configuration; the defaults stand in one commented TOML, `config.toml`.
//!
//! The default file is also the schema: a key that is not in it is refused with its line and the nearest key
//! that is, and a value of another type than the default's likewise. All faults are named at once.

mod file;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

use self::file::{File, line_of};
use crate::closed::closed;
use crate::deliver::http::Allowed;
use crate::notify::endpoint::Language;
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
    pub events: Events,
    pub attachments: Attachments,
    pub rules: Rules,
    pub registry: Registry,
    pub delivery: Delivery,
    pub connectors: Connectors,
    pub mail: crate::mail::Settings,
    pub inbound: crate::mail::inbound::Settings,
    pub login: Login,
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
        listen: String, public_url: String, max_connections: usize, max_in_flight: usize,
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
    /// `[events]`
    Events { streams: usize, poll_milliseconds: u64, keep_alive_seconds: u64 }
}
section! {
    /// `[attachments]`
    Attachments { dir: PathBuf, types: Vec<String> }
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
    /// `[delivery]`
    Delivery {
        enabled: bool, lease_seconds: u64, poll_milliseconds: u64, deadline_seconds: f64, first_wait_seconds: f64, factor: f64,
        cap_seconds: f64, horizon_hours: u64, circuit_failures: u32, circuit_seconds: f64, circuit_cap_seconds: f64,
        disable_after_days: u32, under_way: usize, handed: usize, allow_http: bool, allow_ranges: Vec<String>, self_service: Vec<String>, language: Language,
    }
}
section! {
    /// `[connectors]`
    Connectors { dir: PathBuf }
}
section! {
    /// `[login]`
    Login {
        passwords: bool, idle_hours: u64, session_hours: u64, address_header: String, trusted_proxies: Vec<String>,
        oidc: crate::oidc::Settings,
    }
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

closed! {
    /// How log lines look.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
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
        let merged: toml::Table =
            toml::from_str(DEFAULTS).map_err(|error| ConfigError(vec![format!("config.toml: {}", error.message())]))?;
        let mut faults = Vec::new();
        let file = File { name, text, said: spanned.get_ref(), known: &merged };
        file.check("", file.said, file.known, &mut faults);
        if !faults.is_empty() {
            return Err(ConfigError(faults));
        }
        let mut all = merged.clone();
        merge(&mut all, text.parse::<toml::Table>().map_err(broken)?);
        without_unset_upstream(&mut all);
        let config = Self::deserialize(all)
            .map_err(|error: toml::de::Error| ConfigError(vec![format!("{name}: {}.", error.message())]))?;
        config.checked(&file)
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

    /// Where the server is reached from outside, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        // As browsers write it: what has a meaning in HTML is encoded.
        match url::Url::parse(self.server.public_url.trim()) {
            Ok(url) => url.as_str().trim_end_matches('/').to_owned(),
            Err(_) => format!("http://{}", self.server.listen),
        }
    }

    fn checked(self, file: &File<'_>) -> Result<Self, ConfigError> {
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
            ("inbound.mail_bytes", self.inbound.mail_bytes as u64),
            ("events.poll_milliseconds", self.events.poll_milliseconds),
            ("events.keep_alive_seconds", self.events.keep_alive_seconds),
            ("registry.poll_seconds", self.registry.poll_seconds),
            ("delivery.lease_seconds", self.delivery.lease_seconds),
            ("delivery.poll_milliseconds", self.delivery.poll_milliseconds),
            ("delivery.horizon_hours", self.delivery.horizon_hours),
            ("delivery.circuit_failures", self.delivery.circuit_failures.into()),
            ("delivery.under_way", self.delivery.under_way as u64),
            ("delivery.handed", self.delivery.handed as u64),
            ("mail.port", self.mail.port.into()),
            ("mail.timeout_seconds", self.mail.timeout_seconds),
            ("mail.connections", self.mail.connections as u64),
            ("mail.link_days", self.mail.link_days.into()),
            ("login.idle_hours", self.login.idle_hours),
            ("login.session_hours", self.login.session_hours),
        ];
        for (key, _) in positive.into_iter().filter(|(_, value)| *value == 0) {
            faults.push(format!("{} must be at least 1.", file.setting(key)));
        }
        // serde_json itself stops at 128; a larger number here would be a promise that is not kept.
        if limits.json_depth > 100 {
            faults.push(format!("{} must be at most 100.", file.setting("limits.json_depth")));
        }
        if !is_address(&server.listen) {
            let listen = &server.listen;
            let setting = file.setting("server.listen");
            faults
                .push(format!("{setting} must be an address and a port, such as \"127.0.0.1:8080\", not {listen:?}."));
        }
        if !is_web_address(&server.public_url) {
            let setting = file.setting("server.public_url");
            let given = &server.public_url;
            faults.push(format!("{setting} must begin with https:// or http:// and name a host, not {given:?}."));
        }
        faults.extend(self.delivery.faults(file));
        faults.extend(self.login.faults(file, server));
        if faults.is_empty() { Ok(self) } else { Err(ConfigError(faults)) }
    }
}

impl Login {
    /// The proxies in front, whose word about a client's address is taken.
    ///
    /// # Errors
    /// A sentence that names the first that is no address or range.
    pub fn proxies(&self) -> Result<Vec<ipnet::IpNet>, String> {
        Allowed::parse(false, &self.trusted_proxies).map(|parsed| parsed.ranges)
    }

    /// What would let nobody in, or the wrong ones.
    fn faults(&self, file: &File<'_>, server: &Server) -> Vec<String> {
        let mut faults: Vec<_> = (self.oidc.faults().into_iter())
            .map(|(setting, why)| format!("{} {why}", file.setting(&format!("login.oidc.{setting}"))))
            .collect();
        if self.oidc.is_given() && server.public_url.trim().is_empty() {
            let setting = file.setting("server.public_url");
            faults.push(format!(
                "{setting} must be given with login.oidc: the identity provider sends people back there."
            ));
        }
        let setting = file.setting("login.trusted_proxies");
        match self.proxies() {
            Err(why) => faults.push(format!("{setting}: {why}")),
            Ok(proxies) if proxies.is_empty() && !self.address_header.trim().is_empty() => faults.push(format!(
                "{} is believed only from the proxies in login.trusted_proxies, and there are none: name their addresses, such as [\"127.0.0.1\"].",
                file.setting("login.address_header")
            )),
            Ok(_) => {}
        }
        faults
    }
}

impl Delivery {
    /// Times with which nothing would ever be sent.
    fn faults(&self, file: &File<'_>) -> Option<String> {
        let Self { deadline_seconds, lease_seconds, .. } = self;
        if !deadline_seconds.is_finite() || *deadline_seconds <= 0.0 {
            return Some(format!("{} must be more than 0.", file.setting("delivery.deadline_seconds")));
        }
        // An attempt is not begun when its lease may end before it does.
        let short = (*lease_seconds as f64) < deadline_seconds * 2.0;
        let setting = file.setting("delivery.lease_seconds");
        short.then(|| format!("{setting} must be at least twice delivery.deadline_seconds, {deadline_seconds}."))
    }
}

/// Whether a browser can go there; "" is not given.
fn is_web_address(text: &str) -> bool {
    let web = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.query().is_none();
    text.trim().is_empty() || url::Url::parse(text.trim()).is_ok_and(web)
}

/// Whether something can listen there: a host or an address, a colon, a port.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host_fits = if host.contains(':') { text.parse::<SocketAddr>().is_ok() } else { !host.trim().is_empty() };
    host_fits && port.parse::<u16>().is_ok()
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
    fn times_with_which_nothing_would_be_sent_are_refused() {
        let short = faults("[delivery]\nlease_seconds = 10\n");
        assert_eq!(
            short,
            ["p.toml, line 2: `delivery.lease_seconds` must be at least twice delivery.deadline_seconds, 15."]
        );
        assert!(faults("[delivery]\ndeadline_seconds = 0.0\n")[0].contains("must be more than 0"));
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
    fn a_list_holds_texts_and_replaces_the_default() {
        assert_eq!(
            faults("[attachments]\ntypes = [\"text/*\", 4]\n"),
            ["p.toml, line 2: `attachments.types` must be an array of texts."]
        );
        let config = Config::parse("p.toml", "[attachments]\ntypes = [\"text/*\"]\n").unwrap();
        assert_eq!(config.attachments.types, ["text/*"]);
    }

    #[test]
    fn a_wrong_word_a_misplaced_key_and_a_bad_address_are_named_with_what_is_allowed() {
        assert_eq!(
            faults("listen = \"x\"\n[log]\nformat = \"xml\"\n"),
            [
                "p.toml, line 1: there is no setting `listen`; `server.listen` is one, so write it under [server].",
                "p.toml, line 3: `log.format` must be \"text\" or \"json\", not \"xml\".",
            ]
        );
        for bad in ["here", ":80", "::1", "127.0.0.1:99999"] {
            let said = &faults(&format!("[server]\nlisten = \"{bad}\"\n"))[0];
            assert!(said.starts_with("p.toml, line 2: `server.listen` must be an address and a port"), "{said}");
        }
        assert!(Config::parse("p.toml", "[server]\nlisten = \"localhost:0\"\n").is_ok());
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
        assert_eq!(faults("[limits]\nburst = 0\n"), ["p.toml, line 2: `limits.burst` must be at least 1."]);
    }

    #[test]
    fn the_database_url_never_prints() {
        let config = Config::parse("p.toml", "[database]\nurl = \"postgres://u:hunter2@h/d\"\n").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.database_url(Some("sqlite:x".to_owned())).unwrap(), "sqlite:x");
    }

    #[test]
    fn sign_in_that_would_let_nobody_in_or_believe_anybody_is_refused() {
        let unbelieved = faults("[login]\naddress_header = \"X-Forwarded-For\"\n");
        assert!(
            unbelieved[0].starts_with("p.toml, line 2: `login.address_header` is believed only from"),
            "{unbelieved:?}"
        );
        let range = faults("[login]\ntrusted_proxies = [\"10.0.0.0/99\"]\n");
        assert!(range[0].contains("line 2: `login.trusted_proxies`") && range[0].contains("10.0.0.0/99"), "{range:?}");
        let half = faults(
            "[login.oidc]\nissuer = \"http://id.example\"\nscopes = [\"email\"]\n[login.oidc.roles]\nchef = [\"x\"]\n",
        );
        assert_eq!(half.len(), 1, "an unknown role first: {half:?}");
        assert!(half[0].contains("there is no setting `login.oidc.roles.chef`"), "{half:?}");
        let half = faults("[login.oidc]\nissuer = \"http://id.example\"\nscopes = [\"email\"]\n");
        let named: Vec<_> = half.iter().filter_map(|fault| fault.split('`').nth(1)).collect();
        let wanted =
            ["login.oidc.issuer", "login.oidc.client_id", "login.oidc.scopes", "login.oidc.roles", "server.public_url"];
        assert_eq!(named, wanted, "{half:#?}");
        assert_eq!(faults("[login.oidc]\nclient_id = \"p\"\n").len(), 1, "an issuer was forgotten");
    }
}
