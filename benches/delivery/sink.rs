//! A receiver that costs little beside the server whose calls it takes, and notes when each message came.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// The receiver.
pub(crate) struct Sink {
    pub(crate) url: String,
    state: Arc<State>,
    server: tokio::task::JoinHandle<()>,
}

struct State {
    /// How long each answer takes.
    stall: Duration,
    came: Mutex<Came>,
    more: Notify,
}

#[derive(Default)]
struct Came {
    /// When each message came first, by its `webhook-id`.
    at: HashMap<String, Instant>,
    bodies: Vec<Bytes>,
    last: Option<Instant>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sink {
    /// A receiver that answers each call after `stall`.
    pub(crate) async fn start(stall: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let state = Arc::new(State { stall, came: Mutex::default(), more: Notify::new() });
        let server = tokio::spawn(listen(listener, Arc::clone(&state)));
        Self { url, state, server }
    }

    /// How many messages came, each counted once.
    pub(crate) fn count(&self) -> usize {
        self.came().at.len()
    }

    /// Waits until so many messages came: when the last one did.
    pub(crate) async fn until(&self, count: usize) -> Instant {
        loop {
            let more = self.state.more.notified();
            if self.count() >= count {
                return self.came().last.unwrap_or_else(Instant::now);
            }
            // A message may come in between.
            let _ = tokio::time::timeout(Duration::from_millis(5), more).await;
        }
    }

    /// When a message came.
    pub(crate) fn at(&self, message: &str) -> Option<Instant> {
        self.came().at.get(message).copied()
    }

    /// The bodies that came so far, and forgets everything.
    pub(crate) fn take(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.came()).bodies
    }

    fn came(&self) -> std::sync::MutexGuard<'_, Came> {
        self.state.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without it an answer may wait for the other side's delayed acknowledgement.
        stream.set_nodelay(true).expect("no delay");
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| take(Arc::clone(&state), request));
            // A caller may go away.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn take(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let id = request.headers().get("webhook-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut answer = Response::new(Empty::new());
    match (id, request.into_body().collect().await) {
        (Some(id), Ok(body)) => {
            let now = Instant::now();
            let mut came = state.came.lock().unwrap_or_else(PoisonError::into_inner);
            came.at.entry(id).or_insert(now);
            came.bodies.push(body.to_bytes());
            came.last = Some(now);
        }
        _ => *answer.status_mut() = StatusCode::BAD_REQUEST,
    }
    state.more.notify_one();
    if !state.stall.is_zero() {
        tokio::time::sleep(state.stall).await;
    }
    Ok(answer)
}
