//! A marked test of one endpoint: the sample case as it would be told, what was sent and what came back, secrets hidden.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::attempt::{self, Tried};
use super::context;
use crate::app::App;
use crate::connectors::ShownCall;
use crate::notify::endpoint::{Endpoint, MAIL_SYSTEM};
use crate::notify::retry::Reason;
use crate::notify::{EventType, Notice};
use crate::store::{Claimed, Lease};

/// The sample case that tests tell about.
const SAMPLE: &str = include_str!("../../integrations/sample.json");

/// What a test came to.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// Whether the other side took it.
    pub taken: bool,
    /// What the answer means, or why there was none, in words.
    pub said: String,
    /// What to do about it, where it was not taken.
    pub advice: Option<&'static str>,
    /// The status that was answered: HTTP's or SMTP's.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// What was sent and answered, in order; empty for mail.
    pub calls: Vec<ShownCall>,
}

/// Sends a marked test to an endpoint, also to one that is disabled. Nothing is stored of it.
pub async fn trial(app: &App, endpoint: &Endpoint, to: Option<&str>) -> Trial {
    let message = serde_json::from_str::<Value>(SAMPLE).unwrap_or_default()["message"].clone();
    let now = app.clock.now();
    let delivery = Claimed {
        id: app.clock.id("dlv"),
        message_id: app.clock.id("msg_test"),
        esr_id: message["data"]["id"].as_str().unwrap_or_default().to_owned(),
        seq: 0,
        side: endpoint.side,
        party: endpoint.owner.clone().unwrap_or_else(|| endpoint.side.to_string()),
        notice: Notice::ForInformation,
        endpoint_id: if to.is_some() { MAIL_SYSTEM.to_owned() } else { endpoint.id.clone() },
        address: to.unwrap_or_default().to_owned(),
        language: endpoint.language,
        answer_by: None,
        attempts: 0,
        tries: 0,
        tried_from: now,
        lease: Lease { token: String::new(), until: now },
        event_type: EventType::EsrEscalated,
        payload: Arc::from(message.to_string()),
    };
    let (Tried { outcome, status, answer }, calls) = attempt::test(app, endpoint, &delivery).await;
    let said = match outcome.reason() {
        Some(reason) => format!("{} {answer}", reason.sentence()).trim().to_owned(),
        None => answer,
    };
    let took_ms = app.clock.now().duration_since(now).as_micros() as f64 / 1000.0;
    Trial { taken: outcome.reason().is_none(), said, advice: outcome.reason().map(advice), status, took_ms, calls }
}

/// What to do when a test came to that.
fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::TimedOut | Reason::Unreachable | Reason::BrokenAnswer => {
            "See that the address is right, that the other side's system is up, and that this server may reach it."
        }
        Reason::ForbiddenAddress => {
            "Use a public https address; what else may be called stands in [delivery] of the configuration."
        }
        Reason::BadRequest => "Correct the endpoint's settings; what is missing or wrong stands in the answer.",
        Reason::RateLimited => "Wait a little, and lower how many deliveries may begin in a second.",
        Reason::ServerError => "Ask whoever runs the other side; messages are tried again until it is mended.",
        Reason::Unauthorized => "Give the endpoint new credentials, and see what they are allowed on the other side.",
        Reason::Redirected => "Set the endpoint's address to where the other side points.",
        Reason::Refused => {
            "Read the answer: a setting does not fit the other side, or a field that it wants is missing."
        }
        Reason::Gone => "Ask the other side for its new address, or disable this endpoint.",
        Reason::GaveUp | Reason::EndpointDisabled => "Look at the endpoint, then try again.",
    }
}

/// The context of a test: the same, marked.
pub(super) async fn marked(app: &App, endpoint: &Endpoint, delivery: &Claimed) -> Value {
    let mut context = context::of(app, endpoint, delivery).await.unwrap_or_default();
    context["notice"]["test"] = json!(true);
    context["message"]["test"] = json!(true);
    context["link"] = Value::Null;
    context["remote"] = Value::Null;
    context
}
