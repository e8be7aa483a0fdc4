//! A receiver of webhooks on loopback that does as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// The receiver.
pub(crate) struct Sink {
    /// Where it listens.
    pub(crate) url: String,
    told: Arc<Mutex<Told>>,
    seen: Mutex<usize>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Told {
    calls: Vec<Call>,
    answers: VecDeque<u16>,
    stall: Duration,
}

/// A call that came in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Verifies it with the official library, but for the time: the tests' clock is another day's.
    pub(crate) fn verify(&self, secret: &str) {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let at = self.header("webhook-timestamp").parse().unwrap();
        let expected = webhook.sign(self.header("webhook-id"), at, &self.body).unwrap();
        assert!(self.header("webhook-signature").split(' ').any(|signature| signature == expected));
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let told = Arc::new(Mutex::new(Told::default()));
        let app = axum::Router::new().fallback(take).with_state(Arc::clone(&told));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, told, seen: Mutex::new(0), server }
    }

    /// What the next calls are answered; 200 after that.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = u16>) {
        self.told.lock().unwrap().answers.extend(answers);
    }

    /// How long each answer takes from now on.
    pub(crate) fn stalls(&self, time: Duration) {
        self.told.lock().unwrap().stall = time;
    }

    /// The next call, within five seconds.
    pub(crate) async fn next(&self) -> Call {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            *seen += 1;
            *seen
        };
        for _ in 0..500 {
            if let Some(call) = self.calls().get(number - 1) {
                return call.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no call number {number} came in");
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.told.lock().unwrap().calls.clone()
    }
}

async fn take(State(told): State<Arc<Mutex<Told>>>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let (status, stall) = {
        let mut told = told.lock().unwrap();
        told.calls.push(Call { headers, body });
        (told.answers.pop_front().unwrap_or(200), told.stall)
    };
    tokio::time::sleep(stall).await;
    (StatusCode::from_u16(status).unwrap(), "thank you")
}
