//! One attempt: what is sent to whom, and what came back.

use std::time::Duration;

use lettre::Message;
use serde_json::Value;

use super::{context, ticket, trial};
use crate::app::App;
use crate::connectors::{Attempt, Definition, Exchange, ExchangeError, Kind, Read, Secrets, ShownCall};
use crate::mail::{BadLetter, Disabled, Letter, MailSettings, compose, compose_disabled};
use crate::notify::Notice;
use crate::notify::endpoint::{Endpoint, EndpointState};
use crate::notify::retry::{Outcome, Reason, RetryOn};
use crate::store::Claimed;

/// What an attempt came to.
pub(super) struct Tried {
    pub(super) outcome: Outcome,
    /// The status that was answered.
    pub(super) status: Option<u16>,
    /// An excerpt of the answer, or why there is none; no secret is in it.
    pub(super) answer: String,
}

impl Tried {
    fn refused(reason: Reason, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused { reason }, status: None, answer: why.into() }
    }

    /// It was given up, because its lease was about to end.
    pub(super) fn too_long() -> Self {
        Self::later(Reason::TimedOut, Reason::TimedOut.sentence())
    }

    fn later(reason: Reason, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::later(reason), status: None, answer: why.into() }
    }
}

/// How the reason begins of an endpoint that was disabled because it answered 410.
pub(super) const GONE: &str = "It answered 410, gone for good";
/// So much of an answer is kept, in characters.
const EXCERPT: usize = 500;

/// Tries once, within the deadline.
pub(super) async fn make(app: &App, delivery: &Claimed) -> Tried {
    let directory = app.directory();
    let Some(receiver) = directory.get(&delivery.endpoint_id) else {
        return Tried::later(Reason::BadRequest, "This node does not know the endpoint yet.");
    };
    let endpoint = &receiver.endpoint;
    if endpoint.state == EndpointState::Disabled {
        return Tried::refused(Reason::EndpointDisabled, Reason::EndpointDisabled.sentence());
    }
    let Some(definition) = app.connectors.get(&endpoint.connector) else {
        return Tried::refused(Reason::BadRequest, format!("There is no connector `{}` here.", endpoint.connector));
    };
    match definition.kind {
        Kind::Http => call(app, definition, endpoint, delivery).await,
        Kind::Mail => write(app, endpoint, delivery, false).await,
    }
}

/// Tries once with a marked test: what it came to, and the calls that were made.
pub(super) async fn test(app: &App, endpoint: &Endpoint, delivery: &Claimed) -> (Tried, Vec<ShownCall>) {
    let Some(definition) = app.connectors.get(&endpoint.connector) else {
        let why = format!("There is no connector `{}` here.", endpoint.connector);
        return (Tried::refused(Reason::BadRequest, why), Vec::new());
    };
    match definition.kind {
        Kind::Http => {
            let context = trial::marked(app, endpoint, delivery).await;
            let exchange = exchange(app, definition, endpoint, delivery, &context).await;
            let secrets = Secrets::from(&endpoint.secrets);
            let shown = |call| definition.shown_call(call, &secrets);
            (read(app, &exchange), exchange.calls.iter().map(shown).collect())
        }
        Kind::Mail => (write(app, endpoint, delivery, true).await, Vec::new()),
    }
}

/// Writes a letter and hands it to the mail server.
async fn write(app: &App, endpoint: &Endpoint, delivery: &Claimed, test: bool) -> Tried {
    let (Some(settings), Some(post)) = (&app.letters, &app.post) else {
        return Tried::refused(Reason::BadRequest, "No mail can be sent here: [mail] names no server.");
    };
    let message: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
    let own = endpoint.settings.get("to").and_then(Value::as_str).unwrap_or_default();
    let address = if delivery.address.is_empty() { own } else { &delivery.address };
    let letter = match delivery.notice {
        Notice::EndpointDisabled => disabled(app, delivery, settings),
        _ => match context::counter(app, delivery).await {
            Ok(counter) => compose(&Letter { address, test, ..context::letter(delivery, &message, counter) }, settings),
            Err(error) => return Tried::later(Reason::Unreachable, format!("Our own database: {error}")),
        },
    };
    let letter = match letter {
        Ok(letter) => letter,
        Err(error) => return Tried::refused(Reason::BadRequest, error.to_string()),
    };
    match post.send(&letter).await {
        Ok(answer) => Tried { outcome: Outcome::Taken, status: Some(answer.code), answer: answer.text },
        Err(error) => {
            let outcome = match (error.is_transient(), error.code()) {
                (true, None) => Outcome::later(Reason::Unreachable),
                (true, Some(_)) => Outcome::later(Reason::ServerError),
                (false, _) => Outcome::Refused { reason: Reason::Refused },
            };
            Tried { outcome, status: error.code(), answer: error.to_string() }
        }
    }
}

/// The letter to whoever looks after an endpoint that was disabled: the delivery's party is its name.
fn disabled(app: &App, delivery: &Claimed, settings: &MailSettings) -> Result<Message, BadLetter> {
    let directory = app.directory();
    let endpoint = directory.all().map(|receiver| &receiver.endpoint).find(|endpoint| endpoint.name == delivery.party);
    let reason = endpoint.and_then(|endpoint| endpoint.reason.as_deref()).unwrap_or_default();
    let letter = Disabled {
        id: endpoint.map_or("", |endpoint| &endpoint.id),
        name: &delivery.party,
        failing_since: endpoint.and_then(|endpoint| endpoint.failing_since).filter(|_| !reason.starts_with(GONE)),
        answer: reason,
        at: delivery.tried_from,
        address: &delivery.address,
        language: delivery.language,
    };
    compose_disabled(&letter, settings)
}

async fn call(app: &App, definition: &Definition, endpoint: &Endpoint, delivery: &Claimed) -> Tried {
    let context = match context::of(app, endpoint, delivery).await {
        Ok(context) => context,
        Err(error) => return Tried::later(Reason::Unreachable, format!("Our own database: {error}")),
    };
    let exchange = exchange(app, definition, endpoint, delivery, &context).await;
    let mut tried = read(app, &exchange);
    if let Ok(Read::Done(receipt)) = exchange.outcome
        && let Err(error) = ticket::remember(app, endpoint, delivery, receipt).await
    {
        // What the other side called its ticket must not be lost: it is asked again, and finds its own ticket then.
        tried.outcome = Outcome::later(Reason::BrokenAnswer);
        tried.answer = format!("The answer could not be stored: {error}.");
    }
    tried
}

async fn exchange(
    app: &App,
    definition: &Definition,
    endpoint: &Endpoint,
    delivery: &Claimed,
    context: &Value,
) -> Exchange {
    let attempt = Attempt {
        context,
        secrets: &Secrets::from(&endpoint.secrets),
        repeated: delivery.attempts > 0,
        now: app.clock.now(),
        deadline: Duration::try_from_secs_f64(app.config.delivery.deadline_seconds).unwrap_or_default(),
    };
    definition.exchange(&app.http, &app.tokens, attempt).await
}

/// What the last answer means for the delivery.
fn read(app: &App, exchange: &Exchange) -> Tried {
    let now = app.clock.now();
    let status = exchange.answer.as_ref().map(|answer| answer.status);
    let asked = exchange.answer.as_ref().and_then(|answer| answer.headers.get("retry-after")?.to_str().ok());
    let words = exchange.calls.last().map(|call| call.answer.as_str()).unwrap_or_default();
    let of_status = |retry: &RetryOn| match Outcome::of_status(status.unwrap_or(500), asked, retry, now) {
        // The status is good, what it says is not.
        Outcome::Taken => Outcome::later(Reason::BrokenAnswer),
        outcome => outcome,
    };
    let (outcome, answer) = match &exchange.outcome {
        Ok(Read::Done(_) | Read::Absent) => (Outcome::Taken, words.to_owned()),
        Ok(Read::Gone) => (Outcome::Gone, words.to_owned()),
        Ok(Read::Expired) => (Outcome::later(Reason::Unauthorized), words.to_owned()),
        Ok(Read::Retry(why)) => (of_status(&RetryOn::any()), why.clone()),
        Ok(Read::Refused(why)) => {
            let reason = of_status(&RetryOn::any()).reason().filter(|reason| *reason != Reason::BrokenAnswer);
            (Outcome::Refused { reason: reason.unwrap_or(Reason::Refused) }, why.clone())
        }
        Err(ExchangeError::Call(error)) => (Outcome::from(error), error.to_string()),
        Err(ExchangeError::Token(error)) => (Outcome::later(Reason::Unauthorized), error.to_string()),
        Err(ExchangeError::Render(error)) => (Outcome::Refused { reason: Reason::BadRequest }, error.to_string()),
    };
    Tried { outcome, status, answer: answer.chars().take(EXCERPT).collect() }
}
