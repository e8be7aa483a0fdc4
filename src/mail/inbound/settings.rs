//! `[inbound]`: how mail comes in, as written and as checked.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::config::Config;
use crate::mail::settings::{BadSettings, ascii_domain, is_loopback};
use crate::mail::{MailKey, Tls};

/// `[inbound]`; `config.toml` describes every key.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct Settings {
    pub mail_bytes: usize,
    pub authserv_id: String,
    pub imap: ImapSettings,
}

/// `[inbound.imap]`
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct ImapSettings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub ca_file: PathBuf,
    pub user: String,
    pub password: String,
    pub password_file: PathBuf,
    pub mailbox: String,
    pub move_to: String,
    pub poll_seconds: f64,
    pub timeout_seconds: u64,
}

impl fmt::Debug for ImapSettings {
    /// The password never prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = format!("{}:{} ({})", self.host, self.port, self.tls);
        f.debug_struct("ImapSettings").field("server", &server).field("mailbox", &self.mailbox).finish_non_exhaustive()
    }
}

/// What makes an address ours.
#[derive(Debug, Clone)]
pub(super) struct Ours {
    /// Signs the tokens.
    pub(super) key: MailKey,
    /// The domain that replies come to.
    pub(super) domain: String,
}

impl Ours {
    /// None where no secret is set: then no letter of ours can be answered.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, BadSettings> {
        let mail = &config.mail;
        let sender = mail.from_address.trim().rsplit_once('@').map_or("", |(_, domain)| domain);
        let domain = Some(mail.domain.trim()).filter(|domain| !domain.is_empty()).unwrap_or(sender);
        let key = mail.key()?;
        Ok(key.zip(ascii_domain(domain)).map(|(key, domain)| Self { key, domain }))
    }
}

/// A mailbox that is looked into.
#[derive(Clone)]
pub struct Mailbox {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca: Option<Vec<u8>>,
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// The mailbox that is looked into.
    pub name: String,
    /// Where mails go that were taken; none: they stay, marked as seen.
    pub move_to: Option<String>,
    /// How long to wait between two looks.
    pub every: Duration,
    /// One deadline over each step.
    pub timeout: Duration,
}

impl fmt::Debug for Mailbox {
    /// The password never prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({} at {}:{}, {})", self.name, self.host, self.port, self.tls)
    }
}

impl ImapSettings {
    /// The mailbox to look into; none where no host is given.
    ///
    /// # Errors
    /// Says what cannot work.
    pub fn mailbox(&self) -> Result<Option<Mailbox>, BadSettings> {
        let host = self.host.trim().to_owned();
        if host.is_empty() {
            return Ok(None);
        }
        let bad = |why: String| Err(BadSettings(why));
        if self.tls == Tls::None && !is_loopback(&host) {
            return bad(format!(
                "inbound.imap.tls may be \"none\" only where inbound.imap.host is this machine, not {host:?}."
            ));
        }
        if self.user.trim().is_empty() {
            return bad("inbound.imap.host is given, but no inbound.imap.user.".to_owned());
        }
        let read = |name: &str, file: &PathBuf| {
            std::fs::read(file).map_err(|error| {
                BadSettings(format!("inbound.imap.{name}: {} cannot be read: {error}.", file.display()))
            })
        };
        let password = match (self.password.is_empty(), self.password_file.as_os_str().is_empty()) {
            (false, true) => self.password.clone(),
            (true, false) => String::from_utf8_lossy(&read("password_file", &self.password_file)?).trim().to_owned(),
            (true, true) => {
                return bad(
                    "inbound.imap.host is given, but neither inbound.imap.password nor password_file.".to_owned()
                );
            }
            (false, false) => {
                return bad("Give inbound.imap.password or inbound.imap.password_file, not both.".to_owned());
            }
        };
        if [&self.mailbox, &self.move_to, &self.user, &password].iter().any(|text| text.contains(char::is_control)) {
            return bad("inbound.imap.mailbox, move_to, user and password must not hold control characters.".to_owned());
        }
        let every =
            Duration::try_from_secs_f64(self.poll_seconds).ok().filter(|every| *every >= Duration::from_millis(100));
        let Some(every) = every else { return bad("inbound.imap.poll_seconds must be at least 0.1.".to_owned()) };
        let ca = if self.ca_file.as_os_str().is_empty() { None } else { Some(read("ca_file", &self.ca_file)?) };
        Ok(Some(Mailbox {
            host,
            port: self.port,
            tls: self.tls,
            ca,
            user: self.user.trim().to_owned(),
            password,
            name: self.mailbox.trim().to_owned(),
            move_to: Some(self.move_to.trim().to_owned()).filter(|folder| !folder.is_empty()),
            every,
            timeout: Duration::from_secs(self.timeout_seconds.max(1)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(text: &str) -> Result<Option<Mailbox>, String> {
        let config = Config::parse("p.toml", &format!("[inbound.imap]\n{text}")).unwrap();
        config.inbound.imap.mailbox().map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_host_no_mailbox_is_looked_into() {
        assert!(mailbox("").unwrap().is_none());
    }

    #[test]
    fn what_cannot_work_is_said_in_a_sentence() {
        for (text, said) in [
            (
                "host = \"imap.example\"\ntls = \"none\"\nuser = \"u\"\npassword = \"p\"",
                "only where inbound.imap.host is this machine",
            ),
            ("host = \"imap.example\"", "no inbound.imap.user"),
            ("host = \"imap.example\"\nuser = \"u\"", "neither inbound.imap.password"),
            ("host = \"imap.example\"\nuser = \"u\"\npassword = \"p\"\npassword_file = \"f\"", "not both"),
            ("host = \"imap.example\"\nuser = \"u\"\npassword_file = \"/nowhere\"", "cannot be read"),
            ("host = \"imap.example\"\nuser = \"u\"\npassword = \"p\"\npoll_seconds = 0", "at least 0.1"),
            ("host = \"imap.example\"\nuser = \"u\\r\\nx\"\npassword = \"p\"", "control characters"),
        ] {
            let error = mailbox(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_mailbox_never_prints_its_password() {
        let mailbox = mailbox("host = \"imap.example\"\nuser = \"u\"\npassword = \"hunter2\"").unwrap().unwrap();
        assert_eq!(
            (mailbox.port, mailbox.tls, mailbox.name.as_str(), mailbox.move_to.clone()),
            (993, Tls::Tls, "INBOX", None)
        );
        assert!(!format!("{mailbox:?}").contains("hunter2"));
    }
}
