//! A small SMTP server on loopback (RFC 5321) that takes every mail and shows it: the demo's mail catcher.
//!
//! It knows PIPELINING, 8BITMIME, SMTPUTF8, SIZE and enhanced status codes, and is strict where a careless sender would
//! get away with a mistake elsewhere: lines end in CRLF and have at most 998 bytes. With a [`Script`] it is
//! also the server on which faults are tried: it answers 4xx or 5xx, stalls, drops the connection, or loses its answer.

mod command;
mod script;
mod session;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::script::{Act, Script, Step};
use super::kept::Kept;
use crate::clock::Clock;

/// So many mails are kept.
const KEPT: usize = 500;

/// A mail that was taken, byte by byte as it came; dots are unstuffed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// Counts from 1.
    pub number: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// The envelope's sender; empty for a bounce.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message: header and body.
    pub source: Vec<u8>,
}

/// What a client may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The largest mail, in bytes.
    pub size: usize,
    /// Connections at once; one more is answered 421.
    pub connections: usize,
    /// Recipients of one mail; more are answered 452.
    pub recipients: usize,
    /// How long a command or a line of a mail may take to come, and an answer to be taken.
    pub patience: Duration,
    /// How long a connection may last.
    pub session: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            size: 32 << 20,
            connections: 64,
            recipients: 100,
            patience: Duration::from_secs(5 * 60),
            session: Duration::from_secs(60 * 60),
        }
    }
}

/// What the sessions share.
struct Shared {
    mails: Arc<Kept<Caught>>,
    script: Script,
    bounds: Bounds,
    clock: Clock,
}

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Catcher {
    address: SocketAddr,
    mails: Arc<Kept<Caught>>,
    _stop: DropGuard,
}

impl Catcher {
    /// Takes mails on this listener.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(listener: TcpListener, script: Script, bounds: Bounds, clock: Clock) -> std::io::Result<Self> {
        let (address, stop) = (listener.local_addr()?, CancellationToken::new());
        let mails = Arc::new(Kept::new(KEPT));
        let shared = Arc::new(Shared { mails: Arc::clone(&mails), script, bounds, clock });
        tokio::spawn(serve(listener, shared, stop.clone()));
        Ok(Self { address, mails, _stop: stop.drop_guard() })
    }

    /// The same on a free port of loopback, with the usual bounds and the machine's clock.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn on_a_free_port(script: Script) -> std::io::Result<Self> {
        Self::start(TcpListener::bind("127.0.0.1:0").await?, script, Bounds::default(), Clock::system())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails that were taken.
    #[must_use]
    pub fn mails(&self) -> &Arc<Kept<Caught>> {
        &self.mails
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(shared.bounds.connections));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the mail catcher could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            tokio::spawn(turn_away(stream));
            continue;
        };
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                ended = tokio::time::timeout(shared.bounds.session, session::run(stream, &shared)) => {
                    if let Ok(Err(error)) = ended {
                        tracing::debug!(%error, "a client of the mail catcher went away");
                    }
                }
            }
            drop(permit);
        });
    }
}

async fn turn_away(mut stream: TcpStream) {
    let said = stream.write_all(b"421 4.3.2 Too many connections; come back in a moment\r\n");
    let _ = tokio::time::timeout(Duration::from_secs(1), said).await;
}

#[cfg(test)]
mod tests;
