//! What every request leaves behind: its id on the answer, one log line, and its figures.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::Instrument as _;

use super::problem::Refusal;
use crate::clock::Clock;

/// The header that carries a request's id, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Upper bounds of the request histogram, in seconds.
const BUCKETS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The figures of this process, in Prometheus's text format; `None` when another library records them already.
pub(super) fn figures() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?.install_recorder().ok()).as_ref()
}

/// Gives the request an id (the client's own, if it is a sane one), and notes how it ended.
pub(super) async fn request(State(clock): State<Clock>, mut request: Request, next: Next) -> Response {
    let id = request.headers().get(&REQUEST_ID).filter(|id| sane(id)).cloned();
    let id = id.or_else(|| HeaderValue::try_from(clock.id("req")).ok());
    let id = id.unwrap_or_else(|| HeaderValue::from_static("req"));
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), %method, route);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), started.elapsed());
    note(&method, &route, status.as_u16(), took);
    let (status, took_us) = (status.as_u16(), took.as_micros() as u64);
    let refusal = response.extensions().get::<Refusal>();
    let problem = refusal.map(|refusal| refusal.problem);
    let why = refusal.and_then(|refusal| refusal.why.as_deref());
    span.in_scope(|| match route.as_str() {
        // Asked every few seconds by machines.
        "/healthz" | "/readyz" | "/metrics" => tracing::debug!(status, took_us, "answered"),
        _ => tracing::info!(status, took_us, problem, why, "answered"),
    });
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn note(method: &Method, route: &str, status: u16, took: Duration) {
    // A client may invent methods; each would be a figure of its own.
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
    let method = if known.contains(method) { method.as_str() } else { "other" };
    let labels = [("method", method.to_owned()), ("route", route.to_owned())];
    metrics::histogram!("pointsman_http_request_seconds", &labels).record(took.as_secs_f64());
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("pointsman_http_requests_total", &labels).increment(1);
}

/// Short and printable: it ends up in logs.
fn sane(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=128).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}
