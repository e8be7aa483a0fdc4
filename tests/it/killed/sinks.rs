//! Receivers of webhooks that outlive the server, each with a trouble of its own, that keep account of what came in.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A receiver's trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// Every third call is answered 503.
    FailsEveryThird,
    /// Each answer takes its time.
    Slow,
    /// Now and then it hangs up on everybody for a while.
    Flaps,
}

const SLOW: Duration = Duration::from_millis(40);
const UP: Duration = Duration::from_millis(700);
const DOWN: Duration = Duration::from_millis(300);

/// A receiver.
pub(super) struct Sink {
    pub(super) url: String,
    state: Arc<State>,
    server: tokio::task::JoinHandle<()>,
}

struct State {
    trouble: Trouble,
    healed: AtomicBool,
    account: Mutex<Account>,
}

/// What came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Each message by its `webhook-id`.
    pub(super) messages: HashMap<String, Message>,
    /// The ids in the order in which each was taken for the first time.
    pub(super) taken: Vec<String>,
    /// All calls.
    pub(super) calls: usize,
    /// Ids that came again with another body.
    pub(super) altered: Vec<String>,
}

/// How often a message came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    body: [u8; 32],
    pub(super) received: usize,
    pub(super) taken: usize,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sink {
    pub(super) async fn start(trouble: Trouble) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::new(State { trouble, healed: AtomicBool::new(false), account: Mutex::default() });
        let server = tokio::spawn(listen(listener, Arc::clone(&state)));
        Self { url, state, server }
    }

    /// Ends its trouble.
    pub(super) fn heal(&self) {
        self.state.healed.store(true, Ordering::Relaxed);
    }

    /// What came in so far.
    pub(super) fn account(&self) -> Account {
        self.state.account.lock().unwrap().clone()
    }
}

impl State {
    fn has(&self, trouble: Trouble) -> bool {
        self.trouble == trouble && !self.healed.load(Ordering::Relaxed)
    }

    /// Whether the call is taken.
    fn record(&self, id: &str, body: &[u8]) -> bool {
        let mut account = self.account.lock().unwrap();
        account.calls += 1;
        let taken = !(self.has(Trouble::FailsEveryThird) && account.calls.is_multiple_of(3));
        let body = Sha256::digest(body).into();
        let message = account.messages.entry(id.to_owned()).or_default();
        let altered = message.received > 0 && message.body != body;
        message.body = body;
        message.received += 1;
        message.taken += usize::from(taken);
        let first = message.taken == 1 && taken;
        if altered {
            account.altered.push(id.to_owned());
        }
        if first {
            account.taken.push(id.to_owned());
        }
        taken
    }
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    loop {
        // Whoever is connected when it goes down is cut off in the middle.
        let mut connections = JoinSet::new();
        let up = async {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    let service = service_fn(move |request| take(Arc::clone(&state), request));
                    // The server on the other end is killed now and then.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        };
        let until = async {
            tokio::time::sleep(UP).await;
            while !state.has(Trouble::Flaps) {
                tokio::time::sleep(UP).await;
            }
        };
        tokio::select! {
            () = up => {}
            () = until => {}
        }
        drop(connections);
        let down = async {
            while let Ok((stream, _)) = listener.accept().await {
                drop(stream);
            }
        };
        // The time it is down is over.
        let _ = tokio::time::timeout(DOWN, down).await;
    }
}

async fn take(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let id = request.headers().get("webhook-id").map(|id| id.to_str().unwrap().to_owned());
    let mut answer = Response::new(Full::new(Bytes::from_static(b"thank you")));
    // Half a call is none.
    let (Some(id), Ok(body)) = (id, request.into_body().collect().await) else {
        *answer.status_mut() = hyper::StatusCode::BAD_REQUEST;
        return Ok(answer);
    };
    if !state.record(&id, &body.to_bytes()) {
        *answer.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
    }
    if state.has(Trouble::Slow) {
        tokio::time::sleep(SLOW).await;
    }
    Ok(answer)
}
