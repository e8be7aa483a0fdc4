//! The operator's `[mail]` settings, as written and as checked.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use lettre::Address;
use lettre::message::Mailbox;
use serde::Deserialize;

use super::MailKey;
use super::dkim::Dkim;
use crate::closed::closed;
use crate::config::Config;

closed! {
    /// How the connection to the SMTP server is protected.
    Tls {
        /// Begins in the clear and turns to TLS, or is given up.
        StartTls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// Not at all: to a server on this machine.
        None = "none",
    }
}

/// `[mail]`; `config.toml` describes every key.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct Settings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub ca_file: PathBuf,
    pub user: String,
    pub password: String,
    pub password_file: PathBuf,
    pub hello: String,
    pub timeout_seconds: u64,
    pub connections: usize,
    pub from_name: String,
    pub from_address: String,
    pub domain: String,
    pub secret: String,
    pub secret_file: PathBuf,
    pub link_days: u16,
    pub dkim_domain: String,
    pub dkim_selector: String,
    pub dkim_key: String,
    pub dkim_key_file: PathBuf,
}

impl fmt::Debug for Settings {
    /// Secrets never print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = format!("{}:{} ({})", self.host, self.port, self.tls);
        f.debug_struct("Settings").field("server", &server).field("from", &self.from_address).finish_non_exhaustive()
    }
}

/// Why the settings cannot work: a full sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSettings(pub(super) String);

/// What letters are written with.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Who they are from.
    pub from: Mailbox,
    /// Where replies and bounces go.
    pub domain: String,
    /// Signs addresses and links.
    pub key: MailKey,
    /// Where this server is reached from outside, without a slash at the end.
    pub public_url: String,
    /// How long a link works.
    pub link_life: SignedDuration,
    /// Signs letters.
    pub dkim: Option<Dkim>,
}

/// How the SMTP server is reached.
#[derive(Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A certificate (PEM) that is trusted beside the system's.
    pub ca: Option<Vec<u8>>,
    /// User and password.
    pub login: Option<(String, String)>,
    /// What we call ourselves; none for this machine's name.
    pub hello: Option<String>,
    /// One deadline over connecting, or sending one letter.
    pub timeout: Duration,
    /// How many idle connections are kept.
    pub connections: usize,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({}:{}, {})", self.host, self.port, self.tls)
    }
}

impl Settings {
    /// Whether mail is sent at all.
    #[must_use]
    pub fn sends(&self) -> bool {
        !self.host.trim().is_empty()
    }

    /// What addresses and links are signed with; none where no secret is given.
    ///
    /// # Errors
    /// When its file cannot be read, or it is too short.
    pub fn key(&self) -> Result<Option<MailKey>, BadSettings> {
        let secret = one_of("secret", &self.secret, &self.secret_file)?;
        secret.map(|secret| MailKey::new(&secret).map_err(|error| BadSettings(format!("{error}.")))).transpose()
    }

    /// How the SMTP server is reached; none where no mail is sent.
    ///
    /// # Errors
    /// Says what cannot work.
    pub fn server(&self) -> Result<Option<Server>, BadSettings> {
        if !self.sends() {
            return Ok(None);
        }
        let host = self.host.trim().to_owned();
        if self.tls == Tls::None && !is_loopback(&host) {
            let why = "mail.tls may be \"none\" only where mail.host is this machine (127.0.0.1, ::1, localhost)";
            return Err(BadSettings(format!("{why}, not {host:?}.")));
        }
        let password = one_of("password", &self.password, &self.password_file)?;
        let login = match (self.user.trim(), password) {
            ("", None) => None,
            ("", Some(_)) => return Err(BadSettings("mail.password is given, but no mail.user.".to_owned())),
            (user, Some(password)) => Some((user.to_owned(), password)),
            (_, None) => {
                return Err(BadSettings("mail.user is given, but neither mail.password nor password_file.".to_owned()));
            }
        };
        let ca = if blank(&self.ca_file) { None } else { Some(read("ca_file", &self.ca_file)?.into_bytes()) };
        Ok(Some(Server {
            host,
            port: self.port,
            tls: self.tls,
            ca,
            login,
            hello: Some(self.hello.trim().to_owned()).filter(|hello| !hello.is_empty()),
            timeout: Duration::from_secs(self.timeout_seconds.max(1)),
            connections: self.connections.max(1),
        }))
    }
}

impl MailSettings {
    /// What letters are written with; none where no mail is sent.
    ///
    /// # Errors
    /// Says what cannot work.
    pub fn of(config: &Config) -> Result<Option<Self>, BadSettings> {
        let mail = &config.mail;
        if !mail.sends() {
            return Ok(None);
        }
        let Some(key) = mail.key()? else {
            let how = "It signs the addresses that replies come to; make one with: openssl rand -base64 32";
            return Err(BadSettings(format!("mail.host is given, but neither mail.secret nor secret_file. {how}")));
        };
        let address = ascii_address(&mail.from_address).ok_or_else(|| {
            BadSettings(format!("mail.from_address must be a mail address, not {:?}.", mail.from_address))
        })?;
        let domain = match mail.domain.trim() {
            "" => address.domain().to_owned(),
            domain => domain.to_owned(),
        };
        let domain = ascii_domain(&domain)
            .ok_or_else(|| BadSettings(format!("mail.domain must be a domain name, not {domain:?}.")))?;
        let dkim = dkim(mail, &address)?;
        let name = Some(super::clean::line(&mail.from_name, 100)).filter(|name| !name.is_empty());
        Ok(Some(Self {
            from: Mailbox::new(name, address),
            domain,
            key,
            public_url: config.public_url(),
            link_life: SignedDuration::from_hours(24 * i64::from(mail.link_days)),
            dkim,
        }))
    }
}

fn dkim(mail: &Settings, from: &Address) -> Result<Option<Dkim>, BadSettings> {
    let Some(pem) = one_of("dkim_key", &mail.dkim_key, &mail.dkim_key_file)? else { return Ok(None) };
    for (name, value) in [("dkim_domain", &mail.dkim_domain), ("dkim_selector", &mail.dkim_selector)] {
        if ascii_domain(value).is_none() {
            return Err(BadSettings(format!("mail.{name} must be given with mail.dkim_key, not {value:?}.")));
        }
    }
    let dkim = Dkim::new(mail.dkim_domain.trim(), mail.dkim_selector.trim(), &pem)?;
    let (signs, sender) = (mail.dkim_domain.trim().to_lowercase(), from.domain().to_lowercase());
    if sender != signs && !sender.ends_with(&format!(".{signs}")) {
        let why = "receivers only count a signature of the sender's own domain (DMARC)";
        return Err(BadSettings(format!(
            "mail.dkim_domain is {signs:?} and mail.from_address is at {sender:?}; {why}."
        )));
    }
    Ok(Some(dkim))
}

/// The value, or the one that its file holds; none where neither is given.
fn one_of(name: &str, value: &str, file: &Path) -> Result<Option<String>, BadSettings> {
    match (value.trim().is_empty(), blank(file)) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(value.trim().to_owned())),
        (true, false) => Ok(Some(read(&format!("{name}_file"), file)?.trim().to_owned())),
        (false, false) => Err(BadSettings(format!("Give mail.{name} or mail.{name}_file, not both."))),
    }
}

fn read(name: &str, file: &Path) -> Result<String, BadSettings> {
    std::fs::read_to_string(file)
        .map_err(|error| BadSettings(format!("mail.{name}: {} cannot be read: {error}.", file.display())))
}

fn blank(file: &Path) -> bool {
    file.as_os_str().is_empty()
}

/// An address that SMTP takes; its domain in ASCII.
pub(super) fn ascii_address(text: &str) -> Option<Address> {
    let (user, domain) = text.trim().rsplit_once('@')?;
    let sound = !user.chars().chain(domain.chars()).any(|c| c.is_control() || c.is_whitespace());
    Address::new(user, ascii_domain(domain).filter(|_| sound)?).ok()
}

/// A domain name as mail servers write it: letters of other scripts become `xn--`.
pub(super) fn ascii_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain.trim()).ok()? {
        url::Host::Domain(name) => Some(name),
        _ => None,
    }
}

/// Whether the host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "secret = \"0123456789abcdef0123456789abcdef\"\n";

    fn settings(text: &str) -> Config {
        Config::parse("p.toml", &format!("[mail]\n{text}")).unwrap()
    }

    #[test]
    fn without_a_host_no_mail_is_sent_and_nothing_else_is_needed() {
        let config = Config::defaults().unwrap();
        assert!(MailSettings::of(&config).unwrap().is_none());
        assert!(config.mail.server().unwrap().is_none());
        assert!(config.mail.key().unwrap().is_none());
    }

    #[test]
    fn what_cannot_work_is_said_in_a_sentence() {
        let host = "host = \"mail.example\"\nfrom_address = \"esr@bücher.example\"\n";
        for (text, said) in [
            (host.to_owned(), "neither mail.secret nor secret_file"),
            (
                format!("{SECRET}host = \"mail.example\"\nfrom_address = \"nobody\""),
                "must be a mail address, not \"nobody\"",
            ),
            (format!("{host}secret = \"short\""), "at least 24 characters"),
            (format!("{host}{SECRET}secret_file = \"x\""), "not both"),
            (format!("{host}{SECRET}domain = \"not a domain\""), "must be a domain name"),
            (format!("{host}{SECRET}dkim_key = \"x\""), "mail.dkim_domain must be given"),
            (format!("{host}{SECRET}dkim_key = \"x\"\ndkim_domain = \"a.example\"\ndkim_selector = \"s\""), "RSA"),
        ] {
            let error = MailSettings::of(&settings(&text)).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        for (text, said) in [
            ("host = \"mail.example\"\ntls = \"none\"", "only where mail.host is this machine"),
            ("host = \"mail.example\"\nuser = \"u\"", "neither mail.password"),
            ("host = \"mail.example\"\npassword = \"p\"", "no mail.user"),
            ("host = \"mail.example\"\nca_file = \"/nowhere\"", "cannot be read"),
        ] {
            let error = settings(text).mail.server().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn the_domain_for_replies_is_the_senders_and_in_ascii() {
        let text = format!("{SECRET}host = \"127.0.0.1\"\ntls = \"none\"\nfrom_address = \"esr@bücher.example\"\n");
        let config = settings(&text);
        let settings = MailSettings::of(&config).unwrap().unwrap();
        assert_eq!(settings.domain, "xn--bcher-kva.example");
        assert_eq!(settings.public_url, "http://127.0.0.1:8080");
        assert!(config.mail.server().unwrap().is_some());
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
    }
}
