//! `POST /v1/hooks/{connector}`: what a side's own system has to say. Authenticated as its connector says, kept durably, counted
//! once, then applied; what is not understood waits for an agent, and nothing is dropped.

mod apply;

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Web;
use crate::connectors::{Callback, CallbackError, Definition, Look, LookError, Received, Secrets};
use crate::hash::hex;
use crate::notify::endpoint::Endpoint;
use crate::store::{Added, Channel, Inbound, InboundState, NewInbound, Raw, Settled};
use crate::web::problem::{Kind, Problem, ProblemDetails, sentence};
use crate::web::{auth, body};

/// Longer ids of events are hashed: indexes do not take texts of any length.
const EVENT_ID: usize = 200;
/// How much of an event's type is kept as the line on what came in.
const SUMMARY: usize = 200;
/// What was stored this long ago and not looked at was left by a server that was killed.
const LEFT: SignedDuration = SignedDuration::from_mins(5);

/// What became of a callback.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HookTaken {
    /// Under which id it is kept.
    id: String,
    /// What became of it: `applied`, `ignored`, or `held` for an agent to look at.
    state: InboundState,
    /// The case that it belongs to.
    esr: Option<String>,
    /// Why nothing changed.
    reason: Option<String>,
}

/// What a side's own system has to say
///
/// The path names the endpoint (or the connector, where several endpoints share an address), and the connector says how the
/// call is authenticated and read: case number, state, findings, closing. Kept before it is answered, and counted once: a
/// repeat is answered as the first was. A case that is not known is no error of the sender's: it is kept for an agent.
#[utoipa::path(post, path = "/v1/hooks/{connector}", tag = "Delivery",
    params(("connector" = String, Path, description = "The endpoint's name, or its connector's")),
    request_body(content = Object, description = "Whatever the other side's system sends", content_type = "application/json"), responses(
    (status = 200, description = "Applied, or nothing to do", body = HookTaken),
    (status = 202, description = "Kept; an agent has to look", body = HookTaken),
    (status = 400, description = "The body cannot be read; it is kept", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 401, description = "It is not believed", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 413, description = "The body is too large", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "A type or word that the connector does not know; it is kept", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn take(
    State(web): State<Web>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    // Whoever calls is nobody yet: such calls share a part of all that are worked on at once.
    let _place = auth::unproven(&web)?;
    let (parts, body) = request.into_parts();
    let bytes = body::read(&parts.headers, body, web.app.config.limits.body_bytes).await?;
    let query = query(&parts.uri);
    let received = Received { headers: &parts.headers, query: &query, body: &bytes };
    let Some((endpoint, definition)) = believed(&web, &name, received).await? else {
        return Err(Problem::new(
            Kind::Unauthenticated,
            "This call is not believed: there is no such endpoint, or the credential is missing, wrong or too old.",
        ));
    };
    web.rates.count(&endpoint.id)?;
    let read = definition.read_callback(&settings(&endpoint), &parts.headers, &query, &bytes);
    let inbound = keep(&web, &endpoint, &read, &bytes).await?;
    let inbound = match inbound.state {
        // New, or somebody was killed in the middle of it.
        InboundState::Received => look_at(&web, &endpoint, definition, inbound, &read).await?,
        _ => inbound,
    };
    let faulty = read.err().map(|error| problem(&error, definition));
    Ok(answer(inbound, faulty))
}

/// The endpoint that this call comes from: the one of that name, or the one of that connector whose secrets it shows.
async fn believed<'w>(
    web: &'w Web,
    name: &str,
    received: Received<'_>,
) -> Result<Option<(Endpoint, &'w Definition)>, Problem> {
    let mut known = web.app.store.endpoints().await?;
    // One that is disabled is not sent to, and may speak all the same.
    known.retain(|endpoint| !endpoint.is_removed());
    let named = known.iter().any(|endpoint| endpoint.name == name);
    known.retain(|endpoint| if named { endpoint.name == name } else { endpoint.connector == name });
    let now = web.app.clock.now();
    for endpoint in known {
        let Some(definition) = web.app.connectors.get(&endpoint.connector) else { continue };
        let secrets = Secrets::from(&endpoint.secrets);
        match definition.authenticate(&settings(&endpoint), &secrets, received, now) {
            Ok(()) => return Ok(Some((endpoint, definition))),
            Err(why) => tracing::info!(endpoint = endpoint.name, %why, "a callback is not believed"),
        }
    }
    Ok(None)
}

/// Keeps what came in, or finds it: nothing is done about it before it is stored.
async fn keep(
    web: &Web,
    endpoint: &Endpoint,
    read: &Result<Callback, CallbackError>,
    bytes: &Bytes,
) -> Result<Inbound, Problem> {
    let sha256 = || hex(&Sha256::digest(bytes));
    let (dedupe_key, summary) = match read {
        Ok(callback) if callback.event_id.len() <= EVENT_ID && !callback.event_id.contains('\0') => {
            (callback.event_id.clone(), callback.event.clone())
        }
        Ok(callback) => (hex(&Sha256::digest(&callback.event_id)), callback.event.clone()),
        Err(error) => (sha256(), error.to_string()),
    };
    let new = NewInbound {
        id: web.app.clock.id("inb"),
        channel: Channel::Hook,
        source: endpoint.name.clone(),
        dedupe_key,
        received_at: web.app.clock.now(),
        actor: endpoint.owner.clone().unwrap_or_else(|| endpoint.side.to_string()),
        summary: summary.chars().filter(|c| !c.is_control()).take(SUMMARY).collect(),
        raw: Raw::Text(String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")),
    };
    let new_id = new.id.clone();
    let id = match web.app.store.add_inbound(new).await? {
        Added::Added => new_id,
        Added::SeenBefore { id, .. } => id,
    };
    web.app.store.inbound(&id).await?.ok_or_else(Problem::internal)
}

/// Does what it says, and settles it.
///
/// # Errors
/// When that is not possible just now; it stays kept, and the sender sends it again.
async fn look_at(
    web: &Web,
    endpoint: &Endpoint,
    definition: &Definition,
    inbound: Inbound,
    read: &Result<Callback, CallbackError>,
) -> Result<Inbound, Problem> {
    let held = |why: String| (InboundState::Held, Some(sentence(&why)), None);
    let whole = match read {
        Ok(callback) if definition.looks() && callback.change.is_some() => {
            let found = look(web, endpoint, definition, callback).await;
            found.map_err(|error| match error {
                LookError::Later(_) => Err(Problem::busy(sentence(&error.to_string()))),
                error => Ok(error.to_string()),
            })
        }
        Ok(callback) => Ok(callback.clone()),
        Err(error) => Err(Ok(error.to_string())),
    };
    let (state, reason, esr_id) = match whole {
        Ok(callback) => apply::apply(&web.app, endpoint, &inbound, &callback).await?,
        Err(why) => held(why?),
    };
    let settled =
        Settled { id: inbound.id.clone(), state, reason, esr_id, delivery_id: None, by: None, at: web.app.clock.now() };
    // What was applied was settled with what it changed, and another node may have been faster.
    web.app.store.settle_inbound(settled).await?;
    let inbound = web.app.store.inbound(&inbound.id).await?.ok_or_else(Problem::internal)?;
    let labels = [("channel", "hook"), ("state", inbound.state.as_str())];
    metrics::counter!("pointsman_inbound_total", &labels).increment(1);
    if inbound.state == InboundState::Held {
        tracing::warn!(
            endpoint = endpoint.name,
            id = inbound.id,
            reason = inbound.reason,
            "a callback waits for an agent"
        );
    }
    Ok(inbound)
}

/// Asks how the other side's ticket stands, where its callbacks say only that something is new.
async fn look(
    web: &Web,
    endpoint: &Endpoint,
    definition: &Definition,
    callback: &Callback,
) -> Result<Callback, LookError> {
    let app = &web.app;
    let shown = json!({ "name": endpoint.name, "language": endpoint.language, "settings": endpoint.settings });
    let look = Look {
        endpoint: &shown,
        secrets: &Secrets::from(&endpoint.secrets),
        now: app.clock.now(),
        deadline: Duration::try_from_secs_f64(app.config.delivery.deadline_seconds).unwrap_or_default(),
    };
    definition.look(&app.http, &app.tokens, look, callback).await
}

/// A callback that is not understood is answered loudly, so that whoever set the sender up sees it. One whose case is not known
/// is answered 202: it is kept, to send it again changes nothing, and systems that see errors stop calling.
fn answer(inbound: Inbound, faulty: Option<Problem>) -> Response {
    if let (Some(problem), InboundState::Held) = (faulty, inbound.state) {
        return problem.into_response();
    }
    let status = match inbound.state {
        InboundState::Held | InboundState::Received => StatusCode::ACCEPTED,
        InboundState::Applied | InboundState::Ignored => StatusCode::OK,
    };
    let Inbound { id, state, esr_id, reason, .. } = inbound;
    (status, Json(HookTaken { id, state, esr: esr_id, reason })).into_response()
}

/// What a callback that is not understood is answered.
fn problem(error: &CallbackError, definition: &Definition) -> Problem {
    let kept = "It is kept, and an agent looks at it.";
    let what = sentence(&error.to_string());
    match error {
        CallbackError::BadBody(_) => Problem::new(Kind::MalformedBody, format!("{what} {kept}")),
        CallbackError::UnknownWord(_) | CallbackError::NoEvent => {
            let known: Vec<&str> = definition.callback_events().collect();
            let known = format!("Types that are known: {}.", known.join(", "));
            Problem::new(Kind::InvalidFields, format!("{what} {known} {kept}"))
        }
        CallbackError::NoCase | CallbackError::OneWay(_) => Problem::new(Kind::InvalidFields, format!("{what} {kept}")),
    }
}

fn settings(endpoint: &Endpoint) -> Value {
    Value::Object(endpoint.settings.clone())
}

fn query(uri: &Uri) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Looks at callbacks that a server was killed over and that were not sent again. Only the body was kept, never a header with a
/// credential: what cannot be understood from it waits for an agent.
pub(in crate::web) async fn look_at_left(web: &Web) {
    if let Err(problem) = left(web).await {
        tracing::warn!(status = %problem.status(), "callbacks that were left could not be looked at; later again");
    }
}

async fn left(web: &Web) -> Result<(), Problem> {
    let store = &web.app.store;
    let ids = store.unsettled_inbound(Channel::Hook, web.app.clock.now() - LEFT, 100).await?;
    if ids.is_empty() {
        return Ok(());
    }
    let known = store.endpoints().await?;
    for id in ids {
        let Some(inbound) = store.inbound(&id).await? else { continue };
        let endpoint = known.iter().find(|endpoint| endpoint.name == inbound.source);
        let definition = endpoint.and_then(|endpoint| web.app.connectors.get(&endpoint.connector));
        let (Some((endpoint, definition)), Raw::Text(body)) = (endpoint.zip(definition), &inbound.raw) else {
            continue;
        };
        let read = definition.read_callback(&settings(endpoint), &HeaderMap::new(), &[], body.as_bytes());
        look_at(web, endpoint, definition, inbound, &read).await?;
    }
    Ok(())
}
