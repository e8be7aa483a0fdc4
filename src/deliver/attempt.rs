//! One attempt: what is sent to whom, and what came back.

use std::time::Duration;

use crate::app::App;
use crate::intake::signature::{Secret, sign};
use crate::notify::endpoint::{Endpoint, EndpointState};
use crate::notify::retry::{Outcome, Reason, RetryOn};
use crate::store::Claimed;

use super::http::{CallError, Outgoing};

/// What an attempt came to.
pub(super) struct Tried {
    pub(super) outcome: Outcome,
    /// The status that was answered.
    pub(super) status: Option<u16>,
    /// An excerpt of the answer, or why there is none; no secret is in it.
    pub(super) answer: String,
}

impl Tried {
    fn not_sent(reason: Reason, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused { reason }, status: None, answer: why.into() }
    }
}

/// Tries once, within the deadline.
pub(super) async fn make(app: &App, delivery: &Claimed) -> Tried {
    let directory = app.directory();
    let Some(receiver) = directory.get(&delivery.endpoint_id) else {
        return Tried::not_sent(Reason::BadRequest, "This node does not know the endpoint.");
    };
    let endpoint = &receiver.endpoint;
    if endpoint.state == EndpointState::Disabled {
        return Tried::not_sent(Reason::EndpointDisabled, Reason::EndpointDisabled.sentence());
    }
    webhook(app, endpoint, delivery).await
}

async fn webhook(app: &App, endpoint: &Endpoint, delivery: &Claimed) -> Tried {
    let Some(url) = endpoint.settings.get("url").and_then(|url| url.as_str()) else {
        return Tried::not_sent(Reason::BadRequest, "The endpoint has no address.");
    };
    let now = app.clock.now();
    let body = delivery.payload.as_bytes();
    let secrets = endpoint.secrets.0.values().filter_map(|secret| Secret::parse(secret.as_str()?).ok());
    let signatures: Vec<_> = secrets.filter_map(|secret| sign(&secret, &delivery.message_id, now, body).ok()).collect();
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("webhook-id".to_owned(), delivery.message_id.clone()),
        ("webhook-timestamp".to_owned(), now.as_second().to_string()),
        ("webhook-signature".to_owned(), signatures.join(" ")),
    ];
    let request = Outgoing { method: reqwest::Method::POST, url: url.to_owned(), headers, body: body.to_vec() };
    let deadline = Duration::try_from_secs_f64(app.config.delivery.deadline_seconds).unwrap_or_default();
    match app.http.call(request, deadline).await {
        Ok(answer) => {
            let asked = answer.headers.get("retry-after").and_then(|asked| asked.to_str().ok());
            Tried {
                outcome: Outcome::of_status(answer.status, asked, &RetryOn::any(), app.clock.now()),
                status: Some(answer.status),
                answer: excerpt(&answer.body),
            }
        }
        Err(error) => not_answered(&error),
    }
}

fn not_answered(error: &CallError) -> Tried {
    Tried { outcome: Outcome::from(error), status: None, answer: error.to_string() }
}

/// So much of an answer is kept, in characters.
const EXCERPT: usize = 500;

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(EXCERPT).collect()
}
