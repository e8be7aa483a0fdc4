//! The client that calls other companies' systems: guarded against SSRF, one deadline, a bounded answer.
//!
//! Where a call may go is decided twice. The address as it is written is read by `url`, the parser that the connection
//! is made from too, so that an IP literal has one meaning in whatever spelling ([`target`]). A name is resolved once, when a
//! connection is made, and the connection goes to the addresses that were judged ([`guard`]): a second lookup with
//! another answer (rebinding) does not happen. A connection that is kept for the next call was judged when it was made.

mod addresses;
mod guard;
mod target;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use reqwest::Method;
pub use reqwest::header::HeaderMap;
use reqwest::header::RETRY_AFTER;

pub use addresses::Allowed;
pub use guard::{Lookup, system_lookup};

use crate::client;
use crate::notify::retry::{Outcome, Reason};
use guard::Guard;
use target::Target;

/// What is read of an answer's body, in bytes; the rest is not even received.
pub const BODY_BYTES: usize = 16 * 1024;
/// Making a connection has at most this long, also where the call's own deadline is longer.
const CONNECT: Duration = Duration::from_secs(10);
/// An unused connection is kept this long. Longer than most servers keep theirs gains nothing but broken calls.
const IDLE: Duration = Duration::from_secs(30);
/// How many unused connections one host may have.
const IDLE_PER_HOST: usize = 128;

/// A call to make.
#[derive(Clone)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// The whole address, with its query.
    pub url: String,
    /// The headers; one that stands twice is sent twice.
    pub headers: Vec<(String, String)>,
    /// The body, as it is sent.
    pub body: Vec<u8>,
}

/// Shows no secret: header values, the path and the query may each hold one.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = url::Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Outgoing")
            .field("method", &self.method)
            .field("origin", &origin.unwrap_or_default())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What was answered, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, at most [`BODY_BYTES`].
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub truncated: bool,
}

impl Answer {
    /// When it asks to be called again: `Retry-After` as it is written.
    #[must_use]
    pub fn retry_after(&self) -> Option<&str> {
        self.headers.get(RETRY_AFTER).and_then(|written| written.to_str().ok())
    }
}

/// Shows no secret: what is answered to a request for a token is one.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer. The sentences name the host and hold nothing else of the address, for a path or query may be
/// a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The address is one that must not be called.
    #[error("{0}")]
    Forbidden(String),
    /// The deadline passed.
    #[error("There was no whole answer in time.")]
    TimedOut,
    /// No connection came about.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke, or what came is no HTTP.
    #[error("{0}")]
    Broken(String),
    /// The address cannot be used.
    #[error("{0}")]
    BadUrl(String),
    /// A header cannot be sent.
    #[error("{0}")]
    BadHeader(String),
}

impl From<&CallError> for Outcome {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::TimedOut => Self::later(Reason::TimedOut),
            CallError::Unreachable(_) => Self::later(Reason::Unreachable),
            CallError::Broken(_) => Self::later(Reason::BrokenAnswer),
            CallError::Forbidden(_) => Self::Refused { reason: Reason::ForbiddenAddress },
            CallError::BadUrl(_) | CallError::BadHeader(_) => Self::Refused { reason: Reason::BadRequest },
        }
    }
}

/// The client; one serves all endpoints, and keeps connections to each.
#[derive(Debug, Clone)]
pub struct Client {
    client: reqwest::Client,
    allowed: Arc<Allowed>,
}

impl Client {
    /// A client that asks the system's resolver.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(allowed: &Allowed) -> Result<Self, CallError> {
        Self::with_lookup(allowed, system_lookup())
    }

    /// A client that resolves names with `lookup`.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn with_lookup(allowed: &Allowed, lookup: Lookup) -> Result<Self, CallError> {
        let allowed = Arc::new(allowed.clone());
        let client = client::builder()
            .dns_resolver(Guard::new(Arc::clone(&allowed), lookup))
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build()
            .map_err(|error| {
                CallError::Unreachable(format!("The client cannot be set up: {}.", client::in_words(&error)))
            })?;
        Ok(Self { client, allowed })
    }

    /// Whether an address may be called, as far as it says so itself; a name is judged when it is resolved.
    ///
    /// # Errors
    /// What speaks against it.
    pub fn may_call(&self, url: &str) -> Result<(), CallError> {
        Target::new(url, &self.allowed).map(drop)
    }

    /// Makes the call. `deadline` covers all of it: resolving, connecting, the headers and the body.
    ///
    /// # Errors
    /// [`CallError`], when there is no answer; a 404 or a redirect is one.
    pub async fn call(&self, request: Outgoing, deadline: Duration) -> Result<Answer, CallError> {
        let target = Target::new(&request.url, &self.allowed)?;
        let headers = target::headers(&request.headers)?;
        let host = target.host.clone();
        let call = self.client.request(request.method, target.url).headers(headers).body(request.body);
        let answer = async {
            let response = call.send().await.map_err(|error| failed(&error, &host))?;
            read(response, &host).await
        };
        tokio::time::timeout(deadline, answer).await.unwrap_or(Err(CallError::TimedOut))
    }
}

/// Takes the answer's body up to the limit. What is dropped before its end closes the connection.
async fn read(mut response: reqwest::Response, host: &str) -> Result<Answer, CallError> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let (mut body, mut truncated) = (Vec::new(), false);
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error, host))? {
        let room = BODY_BYTES - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(Answer { status, headers, body, truncated })
}

/// The error in a sentence that names the host only.
fn failed(error: &reqwest::Error, host: &str) -> CallError {
    let causes = || client::causes(error);
    if let Some(own) = causes().find_map(|cause| cause.downcast_ref::<CallError>()) {
        return own.clone();
    }
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let why = client::in_words(error);
    if causes().any(|cause| cause.is::<rustls::Error>()) {
        return CallError::Unreachable(format!("There is no secure connection to {host}: {why}."));
    }
    let io = causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    let why = match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "nothing listens there",
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => "it closed the connection",
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "there is no way to it",
        _ => &why,
    };
    if error.is_connect() {
        CallError::Unreachable(format!("{host} cannot be reached: {why}."))
    } else {
        CallError::Broken(format!("{host} gave no whole answer: {why}."))
    }
}
