//! The way to the SMTP server: a few connections that are kept open, and what its answers mean.
//!
//! lettre's own pool is not used: it takes a connection back whose sender was cut off by a deadline in the middle of a
//! letter, and the next letter then reads the answer that was meant for the one before. Here a connection that is not known
//! to be between two letters is dropped.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::clean;
use super::settings::{BadSettings, Server, Tls};

/// How long a connection is kept idle; servers close one after minutes.
const IDLE: Duration = Duration::from_secs(60);
/// How much of a server's answer is kept, in characters.
const KEPT: usize = 300;

/// What the server said when it took a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpAnswer {
    /// Its code: 250.
    pub code: u16,
    /// Its words, often the letter's number in its queue.
    pub text: String,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may be taken later: no connection, no login, a full queue.
    #[error("{}{text}", shown(*.code))]
    Transient {
        /// The server's code, where it answered.
        code: Option<u16>,
        /// Its words, or what went wrong.
        text: String,
    },
    /// It will never be taken: the address does not exist, the letter is refused.
    #[error("{}{text}", shown(*.code))]
    Permanent {
        /// The server's code, where it answered.
        code: Option<u16>,
        /// Its words, or what is wrong.
        text: String,
    },
}

fn shown(code: Option<u16>) -> String {
    code.map(|code| format!("{code} ")).unwrap_or_default()
}

impl MailError {
    /// Whether it may be tried again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    /// The server's code, where it answered.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Transient { code, .. } | Self::Permanent { code, .. } => *code,
        }
    }

    fn transient(text: &str) -> Self {
        Self::Transient { code: None, text: clean::line(text, KEPT) }
    }
}

/// Takes letters to the SMTP server.
pub struct Post {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Post({:?})", self.server)
    }
}

impl Post {
    /// Prepares the way; nothing is sent yet.
    ///
    /// # Errors
    /// When the certificate to trust is none.
    pub fn new(server: Server) -> Result<Self, BadSettings> {
        let tls = if server.tls == Tls::None { None } else { Some(tls(&server)?) };
        let hello = server.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
        Ok(Self { server, tls, hello, idle: Mutex::new(Vec::new()) })
    }

    /// Hands over one letter, over a connection that is open or a new one.
    ///
    /// # Errors
    /// [`MailError`]: whether it may be tried again, the server's code and words. After a deadline, or a connection that broke
    /// at the end, the server may have taken the letter all the same.
    pub async fn send(&self, message: &Message) -> Result<SmtpAnswer, MailError> {
        let seconds = self.server.timeout.as_secs();
        let Ok(connection) = tokio::time::timeout(self.server.timeout, self.connection()).await else {
            return Err(MailError::transient(&format!("no connection to the mail server within {seconds} s")));
        };
        // Whatever is wrong before the letter's turn is not the letter's fault, a refused login neither.
        let mut connection =
            connection.map_err(|error| MailError::Transient { code: code(&error), text: words(&error) })?;
        let letter = message.formatted();
        let sent = tokio::time::timeout(self.server.timeout, connection.send(message.envelope(), &letter)).await;
        let Ok(sent) = sent else {
            return Err(MailError::transient(&format!("the mail server did not take the letter within {seconds} s")));
        };
        let answer = sent.map_err(|error| judged(&error))?;
        self.keep(connection);
        let code = answer.code().to_string().parse().unwrap_or(250);
        Ok(SmtpAnswer { code, text: clean::line(&answer.message().collect::<Vec<_>>().join(" "), KEPT) })
    }

    /// Says goodbye on every idle connection.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for (mut connection, _) in idle {
            let _ = tokio::time::timeout(Duration::from_secs(1), connection.quit()).await;
        }
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        while let Some(mut kept) = self.kept() {
            if kept.test_connected().await {
                return Ok(kept);
            }
        }
        let server = &self.server;
        let address = (server.host.trim_start_matches('[').trim_end_matches(']'), server.port);
        let at_once = self.tls.clone().filter(|_| server.tls == Tls::Tls);
        let mut new =
            AsyncSmtpConnection::connect_tokio1(address, Some(server.timeout), &self.hello, at_once, None).await?;
        if let Some(tls) = self.tls.clone().filter(|_| server.tls == Tls::StartTls) {
            new.starttls(tls, &self.hello).await?;
        }
        if let Some((user, password)) = &server.login {
            new.auth(DEFAULT_MECHANISMS, &Credentials::new(user.clone(), password.clone())).await?;
        }
        Ok(new)
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.has_broken() && idle.len() < self.server.connections {
            idle.push((connection, Instant::now()));
        }
    }
}

fn tls(server: &Server) -> Result<TlsParameters, BadSettings> {
    let wrong = |error: Error| BadSettings(format!("mail: TLS to {} cannot be set up: {error}.", server.host));
    let mut tls = TlsParameters::builder(server.host.trim_start_matches('[').trim_end_matches(']').to_owned());
    if let Some(ca) = &server.ca {
        let certificate = Certificate::from_pem(ca)
            .map_err(|_| BadSettings("mail.ca_file must hold a certificate in PEM.".to_owned()))?;
        tls = tls.add_root_certificate(certificate);
    }
    tls.build_rustls().map_err(wrong)
}

/// What the server's answer to the letter means.
fn judged(error: &Error) -> MailError {
    let (code, text) = (code(error), words(error));
    // "Log in first" says nothing about the letter.
    let ours_to_mend = matches!(code, Some(530 | 534 | 535 | 538));
    if (error.is_permanent() && !ours_to_mend) || error.is_client() {
        MailError::Permanent { code, text }
    } else {
        MailError::Transient { code, text }
    }
}

fn code(error: &Error) -> Option<u16> {
    error.status()?.to_string().parse().ok()
}

fn words(error: &Error) -> String {
    // The code stands beside it already.
    let source = std::error::Error::source(error).map(ToString::to_string);
    clean::line(&source.unwrap_or_else(|| error.to_string()), KEPT)
}
