//! The other sides' systems, played by one small HTTP service on loopback: webhook receivers that believe only what is
//! signed, and ALE's ticket system. Each call is kept and shown; each system can be told to fail for a while.

mod call;
mod mood;
mod tickets;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{any, post};
use jiff::SignedDuration;
use serde_json::{Value, json};

pub use self::call::{Call, Check};
pub use self::mood::Mood;
use self::mood::Moods;
use self::tickets::Tickets;
pub use self::tickets::{STATES, Ticket};
use super::kept::Kept;
use crate::clock::Clock;
use crate::intake::signature::{Headers, Secret, Verifier};
use crate::triage::outcome::Side;

/// So many calls are kept.
const KEPT: usize = 500;
/// So many ids of messages are remembered, to know a repeat by.
const REMEMBERED: usize = 10_000;
/// The name of ALE's ticket system among the receivers.
pub const TICKETS: &str = "ale-tickets";

/// A system that is called.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// What its URL and its buttons call it; the endpoint's name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whose it is.
    pub side: Side,
    /// What signs the calls to it; none for a system with another kind of credential.
    pub secrets: Vec<Secret>,
}

/// All of them.
#[derive(Debug)]
pub struct Sink {
    receivers: Vec<Receiver>,
    clock: Clock,
    calls: Arc<Kept<Call>>,
    moods: Moods,
    taken: Mutex<Taken>,
    tickets: Tickets,
}

/// The messages that were taken, by receiver and `webhook-id`, with the number of the call that brought each.
#[derive(Debug, Default)]
struct Taken {
    by: HashMap<(String, String), u64>,
    order: VecDeque<(String, String)>,
}

impl Sink {
    /// These systems, all well.
    #[must_use]
    pub fn new(receivers: Vec<Receiver>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            receivers,
            clock,
            calls: Arc::new(Kept::new(KEPT)),
            moods: Moods::default(),
            taken: Mutex::default(),
            tickets: Tickets::default(),
        })
    }

    /// Where the systems listen: `/hooks/NAME` for webhooks, `/tickets/...` for the ticket system.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/hooks/{name}", post(hook))
            .route("/tickets/{*path}", any(ticket))
            .with_state(Arc::clone(self))
    }

    /// The systems.
    #[must_use]
    pub fn receivers(&self) -> &[Receiver] {
        &self.receivers
    }

    /// The calls that came.
    #[must_use]
    pub fn calls(&self) -> &Arc<Kept<Call>> {
        &self.calls
    }

    /// A ticket of the ticket system.
    #[must_use]
    pub fn ticket(&self, table: &str, sys_id: &str) -> Option<Ticket> {
        self.tickets.get(table, sys_id)
    }

    /// Works on a ticket: its state, and what was found. What the system then sends to those who follow it; `None` when there is no
    /// such ticket.
    #[must_use]
    pub fn work_on(&self, table: &str, sys_id: &str, state: &str, notes: &str) -> Option<Value> {
        self.tickets.work_on(table, sys_id, state, notes)
    }

    /// Tells a system how to be from now on, for so long; it is well again afterwards. False when there is no such system.
    pub fn set_mood(&self, name: &str, mood: Mood, how_long: SignedDuration) -> bool {
        let known = self.receivers.iter().any(|receiver| receiver.name == name);
        if known {
            self.moods.set(name, mood, self.clock.now(), how_long);
        }
        known
    }

    /// How a system is just now, and for how long still.
    #[must_use]
    pub fn mood(&self, name: &str) -> (Mood, SignedDuration) {
        self.moods.of(name, self.clock.now())
    }

    fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// Whether the message was signed with one of the receiver's secrets about now.
    fn check(&self, receiver: &Receiver, headers: &HeaderMap, body: &[u8]) -> Check {
        let signed = Headers {
            id: text(headers, "webhook-id"),
            timestamp: text(headers, "webhook-timestamp"),
            signature: text(headers, "webhook-signature"),
        };
        let verified = Verifier::new(&receiver.secrets, signed, self.clock.now()).and_then(|mut verifier| {
            verifier.update(body);
            verifier.finish()
        });
        match verified {
            Ok(()) => Check::SignatureHolds,
            Err(why) => Check::Refused(why.to_string()),
        }
    }

    /// Keeps a call with what it is answered, and what else came of it.
    fn keep(&self, arrived: Arrived<'_>, check: Check, status: Option<StatusCode>, came: Came) -> u64 {
        let weight = arrived.body.len() + 2048;
        let at = self.clock.now();
        let call = self.calls.add(weight, |number| Call {
            number,
            at,
            receiver: arrived.receiver.name.clone(),
            title: arrived.receiver.title.clone(),
            side: arrived.receiver.side,
            request: format!("{} {}", arrived.method, arrived.uri.path()),
            headers: call::shown(arrived.headers),
            body: arrived.body.to_vec(),
            check,
            status: status.map(|status| status.as_u16()),
            outcome: came.outcome,
            place: came.place,
            repeat_of: came.repeat_of,
        });
        call.number
    }

    fn taken_before(&self, name: &str, id: &str) -> Option<u64> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.by.get(&(name.to_owned(), id.to_owned())).copied()
    }

    fn take(&self, name: &str, id: &str, number: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), id.to_owned());
        taken.order.push_back(key.clone());
        taken.by.entry(key).or_insert(number);
        if taken.order.len() > REMEMBERED
            && let Some(oldest) = taken.order.pop_front()
        {
            taken.by.remove(&oldest);
        }
    }
}

/// What came of a call besides its answer.
#[derive(Default)]
struct Came {
    repeat_of: Option<u64>,
    outcome: Option<String>,
    place: Option<String>,
}

/// A call as it came.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    receiver: &'a Receiver,
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// A webhook: believed when it is signed, taken once, and answered as the receiver's mood is.
async fn hook(
    State(sink): State<Arc<Sink>>,
    Path(name): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(receiver) = sink.receiver(&name).filter(|receiver| !receiver.secrets.is_empty()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let arrived = Arrived { receiver, method: &method, uri: &uri, headers: &headers, body: &body };
    let check = sink.check(receiver, &headers, &body);
    if check != Check::SignatureHolds {
        let why = json!({ "error": check.sentence() });
        sink.keep(arrived, check, Some(StatusCode::UNAUTHORIZED), Came::default());
        return (StatusCode::UNAUTHORIZED, axum::Json(why)).into_response();
    }
    if let Some(answer) = in_its_mood(&sink, arrived, &check).await {
        return answer;
    }
    let id = text(&headers, "webhook-id").unwrap_or_default();
    let before = sink.taken_before(&name, id);
    let number = sink.keep(arrived, check, Some(StatusCode::OK), Came { repeat_of: before, ..Came::default() });
    sink.take(&name, id, number);
    let said = if before.is_some() { "taken before; dropped" } else { "taken" };
    axum::Json(json!({ "result": said })).into_response()
}

/// The ticket system, in the manner of ServiceNow's table API.
async fn ticket(
    State(sink): State<Arc<Sink>>,
    Path(path): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(receiver) = sink.receiver(TICKETS) else { return StatusCode::NOT_FOUND.into_response() };
    // The address of a ticket for people.
    if let Some(table) = path.strip_suffix(".do").filter(|_| method == Method::GET) {
        let mut query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let id = query.find(|(name, _)| name == "sys_id").map(|(_, value)| value.into_owned()).unwrap_or_default();
        let known = sink.tickets.get(table, &id).is_some();
        return match known {
            true => Redirect::to(&format!("/ticket/{table}/{id}")).into_response(),
            false => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let arrived = Arrived { receiver, method: &method, uri: &uri, headers: &headers, body: &body };
    let check = match headers.contains_key("authorization") {
        true => Check::CredentialShown,
        false => Check::Refused("the header authorization is missing".to_owned()),
    };
    if check != Check::CredentialShown {
        sink.keep(arrived, check, Some(StatusCode::UNAUTHORIZED), Came::default());
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Some(answer) = in_its_mood(&sink, arrived, &check).await {
        return answer;
    }
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = sink.tickets.answer(&method, &path, uri.query().unwrap_or_default(), &said);
    let outcome = tickets::outcome(&method, status, &answer);
    let place = sink.tickets.place(&answer);
    sink.keep(arrived, check, Some(status), Came { outcome, place, repeat_of: None });
    (status, axum::Json(answer)).into_response()
}

/// What a receiver answers that is not well; `None` when it is. A message that was not answered well was not taken.
async fn in_its_mood(sink: &Sink, arrived: Arrived<'_>, check: &Check) -> Option<Response> {
    let (mood, left) = sink.mood(&arrived.receiver.name);
    if mood == Mood::Stalling {
        // Kept first: whoever calls hangs up before it is answered.
        sink.keep(arrived, check.clone(), None, Came::default());
        tokio::time::sleep(left.unsigned_abs()).await;
        return Some(StatusCode::GATEWAY_TIMEOUT.into_response());
    }
    let status = mood.status()?;
    sink.keep(arrived, check.clone(), Some(status), Came::default());
    let body = axum::Json(json!({ "error": mood.title() }));
    Some(match mood {
        Mood::Busy => (status, [("retry-after", mood::RETRY_AFTER)], body).into_response(),
        _ => (status, body).into_response(),
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests;
