//! Replies from a mailbox: looked into now and then over IMAP, and what was taken put aside.
//!
//! A mail is put aside only once it is durable here; one that was taken before is known again. So a connection that breaks, or a
//! server that is killed, costs nothing but another look.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::types::{Capabilities, Fetch};
use async_imap::{Client, Session};
use futures_util::TryStreamExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::Tls;
use super::inbound::{self, InboundError, Mailbox};
use crate::app::App;

/// The longest wait between two tries to reach the server.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How much of a mail that is too large to be read is kept, in bytes.
const BEGINNING: usize = 64 << 10;
/// How often a mail is tried that cannot be fetched or put aside; then an agent is told, and it stays where it is.
const TRIES: u32 = 3;
/// How many mails are taken in one look; the next look goes on.
const AT_ONCE: usize = 200;

/// Why a look into the mailbox ended early; the next one tries again.
#[derive(Debug, thiserror::Error)]
enum LookError {
    /// The server cannot be reached, or is not who it should be.
    #[error("the mail server cannot be reached: {0}")]
    Connect(std::io::Error),
    /// The certificates in `ca_file` cannot be used.
    #[error("inbound.imap.ca_file cannot be used: {0}")]
    Certificates(String),
    /// What the server answered.
    #[error("the mail server answers: {0}")]
    Imap(#[from] Error),
    /// It took longer than `timeout_seconds`.
    #[error("the mail server did not answer in time")]
    TookTooLong,
    /// It offers what is not safe.
    #[error("{0}")]
    Unsafe(&'static str),
    /// What came in cannot be kept.
    #[error(transparent)]
    Inbound(#[from] InboundError),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for T {}

/// Looks into the mailbox until `stop`. After a failure it waits longer and longer, up to five minutes.
pub async fn follow(app: Arc<App>, mailbox: Mailbox, stop: CancellationToken) {
    let mut wait = mailbox.every;
    let mut poison = HashMap::new();
    loop {
        let looked = stop.run_until_cancelled(look(&app, &mailbox, &mut poison)).await;
        wait = match looked {
            None => return,
            Some(Ok(taken)) => {
                if taken > 0 {
                    tracing::info!(taken, mailbox = mailbox.name, "mails were taken from the mailbox");
                }
                mailbox.every
            }
            Some(Err(error)) => {
                tracing::warn!(%error, host = mailbox.host, "the mailbox could not be looked into");
                metrics::counter!("pointsman_mailbox_failures_total").increment(1);
                (wait * 2).clamp(mailbox.every, LONGEST_WAIT.max(mailbox.every))
            }
        };
        if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return;
        }
    }
}

/// One look: connects, takes what is there, puts it aside. How many mails were taken.
///
/// `poison` counts how often each mail could not be fetched or put aside, so that one does not stand in the way of all others.
async fn look(app: &App, mailbox: &Mailbox, poison: &mut HashMap<u32, u32>) -> Result<usize, LookError> {
    let limit = mailbox.timeout;
    let mut session = in_time(limit, open(mailbox)).await?;
    let capabilities = in_time(limit, async { Ok(session.capabilities().await?) }).await?;
    in_time(limit, async { Ok(session.select(&mailbox.name).await?) }).await?;
    let unseen = if mailbox.move_to.is_some() { "UNDELETED" } else { "UNSEEN UNDELETED" };
    let uids = in_time(limit, async { Ok(session.uid_search(unseen).await?) }).await?;
    let mut uids: Vec<u32> = uids.into_iter().collect();
    uids.sort_unstable();
    poison.retain(|uid, _| uids.contains(uid));
    // Those that failed before come last, so that they are in nobody's way.
    uids.sort_by_key(|uid| poison.get(uid).copied().unwrap_or_default());
    let mut taken = 0;
    for uid in uids.into_iter().take(AT_ONCE) {
        let failures = poison.get(&uid).copied().unwrap_or_default();
        if failures > TRIES {
            continue;
        }
        let result = if failures == TRIES {
            give_up(app, mailbox, uid).await
        } else {
            take(app, mailbox, &mut session, &capabilities, uid).await
        };
        match result {
            Ok(()) if failures < TRIES => taken += 1,
            Ok(()) => drop(poison.insert(uid, TRIES + 1)),
            Err(error) => {
                // The mail is not to blame for a database that is away.
                if !matches!(error, LookError::Inbound(_)) {
                    *poison.entry(uid).or_default() += 1;
                }
                return Err(error);
            }
        }
    }
    // The server notices all the same when the connection ends.
    let _ = in_time(limit, async { Ok(session.logout().await?) }).await;
    Ok(taken)
}

type Connection = Session<Box<dyn Stream>>;

/// Takes one mail: fetched without marking it, kept, and only then put aside.
async fn take(
    app: &App,
    mailbox: &Mailbox,
    session: &mut Connection,
    capabilities: &Capabilities,
    uid: u32,
) -> Result<(), LookError> {
    let limit = mailbox.timeout;
    let most = app.config.inbound.mail_bytes;
    let size = in_time(limit, fetch(session, uid, "(UID RFC822.SIZE)")).await?.and_then(|fetched| fetched.size);
    // Somebody else took it meanwhile.
    let Some(size) = size else { return Ok(()) };
    if size as usize > most {
        let query = format!("(UID BODY.PEEK[]<0.{BEGINNING}>)");
        let fetched = in_time(limit, fetch(session, uid, &query)).await?;
        let beginning = fetched.as_ref().and_then(Fetch::body).unwrap_or_default();
        let place = match &mailbox.move_to {
            Some(folder) => format!("the folder {folder} of the mailbox"),
            None => format!("the mailbox {}", mailbox.name),
        };
        let why = format!("It has {size} bytes, and at most {most} are read; the whole of it is in {place}.");
        inbound::receive_beginning(app, beginning, &size.to_string(), why).await?;
    } else {
        let fetched = in_time(limit, fetch(session, uid, "(UID BODY.PEEK[])")).await?;
        let Some(raw) = fetched.as_ref().and_then(Fetch::body) else { return Ok(()) };
        match inbound::receive(app, raw).await {
            Ok(_) => {}
            // It is kept, and looked at again later.
            Err(InboundError::NotNow(why)) => tracing::warn!(why, "a mail is kept and could not be applied yet"),
            Err(error) => return Err(error.into()),
        }
    }
    in_time(limit, put_aside(mailbox, session, capabilities, uid)).await
}

/// Tells an agent of a mail that cannot be fetched.
async fn give_up(app: &App, mailbox: &Mailbox, uid: u32) -> Result<(), LookError> {
    let why = format!("It is in the mailbox {} as number {uid}, and could not be fetched.", mailbox.name);
    let beginning = format!("Subject: Number {uid} in {}\r\n\r\n", mailbox.name);
    inbound::receive_beginning(app, beginning.as_bytes(), "", why).await?;
    tracing::error!(uid, mailbox = mailbox.name, "a mail cannot be fetched; it stays in the mailbox");
    Ok(())
}

async fn fetch(session: &mut Connection, uid: u32, query: &str) -> Result<Option<Fetch>, LookError> {
    let fetched: Vec<Fetch> = session.uid_fetch(uid.to_string(), query).await?.try_collect().await?;
    Ok(fetched.into_iter().find(|fetched| fetched.uid == Some(uid)))
}

/// Marks a mail as seen, or moves it.
async fn put_aside(
    mailbox: &Mailbox,
    session: &mut Connection,
    capabilities: &Capabilities,
    uid: u32,
) -> Result<(), LookError> {
    let uid = uid.to_string();
    let Some(folder) = &mailbox.move_to else {
        return flag(session, &uid, "\\Seen").await;
    };
    if capabilities.has_str("MOVE") {
        return match session.uid_mv(&uid, folder).await {
            // The folder may not be there yet.
            Err(Error::No(_)) => {
                session.create(folder).await?;
                Ok(session.uid_mv(&uid, folder).await?)
            }
            moved => Ok(moved?),
        };
    }
    if let Err(Error::No(_)) = session.uid_copy(&uid, folder).await {
        session.create(folder).await?;
        session.uid_copy(&uid, folder).await?;
    }
    flag(session, &uid, "\\Seen \\Deleted").await?;
    if capabilities.has_str("UIDPLUS") {
        session.uid_expunge(&uid).await?.try_collect::<Vec<_>>().await?;
    }
    Ok(())
}

async fn flag(session: &mut Connection, uid: &str, flags: &str) -> Result<(), LookError> {
    session.uid_store(uid, format!("+FLAGS.SILENT ({flags})")).await?.try_collect::<Vec<_>>().await?;
    Ok(())
}

/// A logged-in session.
async fn open(mailbox: &Mailbox) -> Result<Connection, LookError> {
    let stream = TcpStream::connect((mailbox.host.as_str(), mailbox.port)).await.map_err(LookError::Connect)?;
    // Commands are small and each waits for its answer.
    let _ = stream.set_nodelay(true);
    let client = match mailbox.tls {
        Tls::None => greeted::<Box<dyn Stream>>(Box::new(stream)).await?,
        Tls::Tls => greeted::<Box<dyn Stream>>(Box::new(encrypted(mailbox, stream).await?)).await?,
        Tls::StartTls => {
            let mut client = greeted::<TcpStream>(stream).await?;
            client.run_command_and_check_ok("STARTTLS", None).await?;
            // What was said before the encryption began, by whomever, is not looked at.
            Client::new(Box::new(encrypted(mailbox, client.into_inner()).await?) as Box<dyn Stream>)
        }
    };
    client.login(&mailbox.user, &mailbox.password).await.map_err(|(error, _)| LookError::from(error))
}

async fn greeted<T: Stream>(stream: T) -> Result<Client<T>, LookError> {
    let mut client = Client::new(stream);
    match client.read_response().await.map_err(LookError::Connect)? {
        Some(_) => Ok(client),
        None => Err(LookError::Unsafe("the mail server closed the connection without a greeting")),
    }
}

async fn encrypted(
    mailbox: &Mailbox,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, LookError> {
    let name = ServerName::try_from(mailbox.host.clone())
        .map_err(|_| LookError::Certificates(format!("{:?} is no name of a server", mailbox.host)))?;
    let connector = TlsConnector::from(Arc::new(trusting(mailbox.ca.as_deref())?));
    connector.connect(name, stream).await.map_err(LookError::Connect)
}

/// TLS that trusts the system's certificates and the operator's.
fn trusting(ca: Option<&[u8]>) -> Result<rustls::ClientConfig, LookError> {
    let bad = |why: String| LookError::Certificates(why);
    let own = ca.map(CertificateDer::pem_slice_iter).into_iter().flatten();
    let own = own.collect::<Result<Vec<_>, _>>().map_err(|error| bad(error.to_string()))?;
    if ca.is_some() && own.is_empty() {
        return Err(bad("there is no certificate in it".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| bad(error.to_string()))?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(own, provider)
        .map_err(|error| bad(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, LookError>>) -> Result<T, LookError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(LookError::TookTooLong))
}
