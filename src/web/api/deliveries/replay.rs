//! `POST /v1/deliveries/{id}/replay` and `/v1/deliveries/replay`: sending again, one or all of a time range.
//!
//! What is to be sent again is stored before the answer. What had no channel is addressed anew.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{DeliveryWhole, whole};
use crate::access::{About, Act, Thing};
use crate::cases::Role;
use crate::flow;
use crate::intake::time::rfc3339;
use crate::nearest::nearest;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::{Endpoint, EndpointState};
use crate::store::{Delivery, DeliveryFilter, Replay, StoreError};
use crate::web::api::{Caller, Web};
use crate::web::auth::JsonCall;
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails};

/// How many deliveries one transaction makes wait again.
const BATCH: u32 = 1_000;

/// Send a delivery again
///
/// The message keeps its id, so that a receiver that has it already drops it. One that had no channel is addressed anew: to
/// the side's endpoint, or by mail. One that waits for its next try is tried at once.
#[utoipa::path(post, path = "/v1/deliveries/{id}/replay", tag = "Delivery", params(("id" = String, Path, description = "The delivery's id")), responses(
    (status = 202, description = "It will be sent again; that is stored", body = DeliveryWhole),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "It is under way just now, its endpoint is disabled, or there still is no channel", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn one(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeliveryWhole>), Problem> {
    caller.must_be(&[Role::Agent])?;
    let about = About::new(Thing::Delivery, &id);
    caller.act(&web, Act::Replayed, &about, json!({}), again(&web, &id)).await?;
    Ok((StatusCode::ACCEPTED, Json(whole(&web, &id).await?)))
}

/// Makes a delivery wait to be sent again; what had no channel is addressed anew.
///
/// # Errors
/// 404 when there is none of that id; 409 when it is under way, its endpoint is disabled, or there still is no channel.
pub(in crate::web) async fn again(web: &Web, id: &str) -> Result<(), Problem> {
    let store = &web.app.store;
    let (delivery, _) = store.delivery(id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    refuse_disabled(web, delivery.endpoint_id.as_deref()).await?;
    let to = match delivery.endpoint_id {
        Some(_) => None,
        None => Some(channel(web, &delivery).await?.ok_or_else(|| no_channel(&delivery))?),
    };
    let at = web.app.clock.now();
    if store.replay(Replay::One { id: id.to_owned(), to, at }).await? == 0 {
        let (now, _) = store.delivery(id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
        // The lease of a node that went away is over: it is sent again without anybody's doing.
        if now.due_at > at {
            let detail = format!(
                "A node is sending this delivery just now; look again in a moment, or after {:.0}, when its time is over.",
                now.due_at
            );
            return Err(Problem::new(Kind::Conflict, detail));
        }
    }
    web.app.dispatch.wake();
    Ok(())
}

/// What sending several again came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct Again {
    /// These will be sent.
    pub(in crate::web) sent: u64,
    /// These go to an endpoint that is disabled, and were left alone.
    pub(in crate::web) disabled: u64,
    /// These have no channel still.
    pub(in crate::web) no_channel: u64,
    /// A node was at these just then, or they were gone.
    pub(in crate::web) under_way: u64,
}

impl Again {
    /// Sends deliveries again: what goes to a disabled endpoint is left alone, what had no channel is addressed anew.
    ///
    /// # Errors
    /// When the database does not answer; some may be sent then.
    pub(in crate::web) async fn send(&mut self, web: &Web, deliveries: Vec<Delivery>) -> Result<(), Problem> {
        let (directory, at) = (web.app.directory(), web.app.clock.now());
        let disabled =
            |id: &str| directory.get(id).is_some_and(|receiver| receiver.endpoint.state == EndpointState::Disabled);
        let mut which = Vec::new();
        for delivery in deliveries {
            match &delivery.endpoint_id {
                Some(id) if disabled(id) => self.disabled += 1,
                Some(_) => which.push((delivery.id, None)),
                None => match channel(web, &delivery).await? {
                    Some(to) => which.push((delivery.id, Some(to))),
                    None => self.no_channel += 1,
                },
            }
        }
        if !which.is_empty() {
            let asked = which.len() as u64;
            let sent = web.app.store.replay(Replay::These { which, at }).await?;
            self.sent += sent;
            self.under_way += asked - sent;
            web.app.dispatch.wake();
        }
        Ok(())
    }
}

/// Which deliveries to send again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(in crate::web::api) struct ReplayRange {
    /// Those to this endpoint alone, by name or id; what had no channel and would go there now is among them.
    endpoint: Option<String>,
    /// Stored at this time or later.
    #[schema(value_type = String, format = DateTime)]
    since: String,
    /// Stored before this time; now when not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<String>,
    /// In this state, or in one of several; `["dead", "unaddressed"]` when not given: all that did not arrive and is not tried any
    /// more, tried before or not.
    #[schema(value_type = Option<Vec<DeliveryState>>)]
    state: Option<Value>,
}

/// What a replay came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web::api) struct Replayed {
    /// How many deliveries will be sent again.
    replayed: u64,
    /// How many without a channel still have none.
    still_unaddressed: u64,
}

/// Send all deliveries of a time range again
///
/// What goes to a disabled endpoint is left alone, and so is what is under way. Each thousand is stored by itself: should
/// this be broken off, send it again.
#[utoipa::path(post, path = "/v1/deliveries/replay", tag = "Delivery", request_body = ReplayRange, responses(
    (status = 202, description = "They will be sent again; that is stored", body = Replayed),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "The endpoint is disabled", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn many(
    State(web): State<Web>,
    call: JsonCall,
) -> Result<(StatusCode, Json<Replayed>), Problem> {
    call.caller.must_be(&[Role::Agent])?;
    let said = call.body()?;
    call.caller.use_up(&web).await?;
    let endpoints = web.app.store.endpoints().await?;
    let range = Range::read(&said, &endpoints, web.app.clock.now())?;
    refuse_disabled(&web, range.endpoint_id.as_deref()).await?;
    // It goes on though the client may go away.
    let node = web.clone();
    let work = async {
        let work = tokio::spawn(async move { range.replay(&node).await });
        work.await.map_err(|_| Problem::internal())?
    };
    let about = About::new(Thing::Service, "");
    let replayed = call.caller.act(&web, Act::ReplayedMany, &about, json!({ "range": said }), work).await?;
    Ok((StatusCode::ACCEPTED, Json(replayed)))
}

/// Tries everything that waits for an endpoint at once: somebody mended it.
///
/// # Errors
/// When the database does not answer; what waits is tried in its own time then.
pub(in crate::web) async fn try_at_once(web: &Web, endpoint_id: &str) -> Result<(), StoreError> {
    let at = web.app.clock.now();
    let endpoint_id = Some(endpoint_id.to_owned());
    let range = Range { endpoint_id, since: Timestamp::UNIX_EPOCH, before: at, states: Vec::new(), at };
    while range.batch(web, DeliveryState::Pending).await? == u64::from(BATCH) {
        web.app.dispatch.wake();
    }
    web.app.dispatch.wake();
    Ok(())
}

struct Range {
    endpoint_id: Option<String>,
    since: Timestamp,
    before: Timestamp,
    states: Vec<DeliveryState>,
    at: Timestamp,
}

const KEYS: [&str; 4] = ["endpoint", "since", "before", "state"];

impl Range {
    /// Reads the body; names everything that is wrong with it.
    fn read(said: &Value, endpoints: &[Endpoint], at: Timestamp) -> Result<Self, Problem> {
        let Some(map) = said.as_object() else {
            return Err(Problem::field("", "the body must be a JSON object: {\"since\": \"2026-11-20T08:30:00Z\"}."));
        };
        let mut errors = Vec::new();
        let mut refuse = |path: &str, message: String| errors.push(FieldProblem { path: path.to_owned(), message });
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let hint = nearest(key, KEYS).map_or(".".to_owned(), |near| format!("; did you mean `{near}`?"));
            refuse(key, format!("is not known here{hint}"));
        }
        let given = |key: &str| map.get(key).filter(|value| !value.is_null());
        let mut time = |key: &str, missing: Option<Timestamp>| match given(key) {
            None if missing.is_none() => {
                refuse(key, "must say from when on: a time such as \"2026-11-20T08:30:00Z\".".to_owned());
                None
            }
            None => missing,
            Some(value) => {
                rfc3339(value.as_str().unwrap_or_default()).map_err(|bad| refuse(key, format!("{bad}."))).ok()
            }
        };
        let (since, before) = (time("since", None), time("before", Some(at)));
        let endpoint_id = given("endpoint").and_then(|value| {
            let name = value.as_str().unwrap_or_default();
            let found = endpoints.iter().find(|endpoint| endpoint.name == name || endpoint.id == name);
            if found.is_none() {
                let known = endpoints.iter().map(|endpoint| endpoint.name.as_str());
                let hint = nearest(name, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                refuse("endpoint", format!("must be the name or the id of an endpoint{hint}"));
            }
            found.map(|endpoint| endpoint.id.clone())
        });
        let words = match given("state") {
            None => vec![],
            Some(Value::Array(words)) => words.iter().collect(),
            Some(word) => vec![word],
        };
        let mut states = Vec::new();
        for word in &words {
            match word.as_str().and_then(DeliveryState::parse) {
                Some(state) => states.push(state),
                None => {
                    let all: Vec<_> = DeliveryState::words().collect();
                    refuse("state", format!("must be one or several of {}.", all.join(", ")));
                }
            }
        }
        if words.is_empty() {
            states = vec![DeliveryState::Dead, DeliveryState::Unaddressed];
        }
        match (since, before) {
            (Some(since), Some(before)) if errors.is_empty() => Ok(Self { endpoint_id, since, before, states, at }),
            _ => Err(Problem::fields(errors)),
        }
    }

    async fn replay(self, web: &Web) -> Result<Replayed, Problem> {
        let mut replayed = Replayed { replayed: 0, still_unaddressed: 0 };
        for state in &self.states {
            if *state == DeliveryState::Unaddressed {
                self.readdress(web, &mut replayed).await?;
                continue;
            }
            loop {
                let count = self.batch(web, *state).await?;
                replayed.replayed += count;
                web.app.dispatch.wake();
                if count < u64::from(BATCH) {
                    break;
                }
            }
        }
        Ok(replayed)
    }

    async fn batch(&self, web: &Web, state: DeliveryState) -> Result<u64, StoreError> {
        let replay = Replay::Range {
            endpoint_id: self.endpoint_id.clone(),
            adopt: None,
            state,
            since: self.since,
            before: self.before,
            limit: BATCH,
            at: self.at,
        };
        web.app.store.replay(replay).await
    }

    /// Sends what had no channel to where its side is reached now.
    async fn readdress(&self, web: &Web, replayed: &mut Replayed) -> Result<(), Problem> {
        let filter = DeliveryFilter {
            state: Some(DeliveryState::Unaddressed),
            since: Some(self.since),
            before: Some(self.before),
            ..DeliveryFilter::default()
        };
        let mut after = None;
        loop {
            let page = web.app.store.deliveries(&filter, after.as_deref(), BATCH).await?;
            let mut which = Vec::new();
            for delivery in page.items {
                match channel(web, &delivery).await? {
                    Some(to) if self.endpoint_id.as_ref().is_none_or(|id| *id == to.0) => {
                        which.push((delivery.id, Some(to)));
                    }
                    Some(_) => {}
                    None => replayed.still_unaddressed += 1,
                }
            }
            if !which.is_empty() {
                replayed.replayed += web.app.store.replay(Replay::These { which, at: self.at }).await?;
                web.app.dispatch.wake();
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// Where the side of a delivery without a channel is reached now.
async fn channel(web: &Web, delivery: &Delivery) -> Result<Option<(String, String)>, Problem> {
    let store = &web.app.store;
    let (case, message) = tokio::try_join!(store.esr(&delivery.esr_id), store.message(&delivery.message_id))?;
    let Some((case, message)) = case.zip(message) else { return Ok(None) };
    let word = |pointer| message.payload.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let place = (word("/data/decision/route"), word("/data/decision/stage"));
    Ok(flow::channel(&web.app, delivery, &case, place))
}

fn no_channel(delivery: &Delivery) -> Problem {
    let detail = format!(
        "There still is no channel to {} ({}): give it an endpoint (POST /v1/endpoints), or a mail address in the registry, then replay.",
        delivery.party, delivery.side
    );
    Problem::new(Kind::Conflict, detail)
}

/// Nothing is sent to a disabled endpoint: it would be given up at once.
async fn refuse_disabled(web: &Web, endpoint_id: Option<&str>) -> Result<(), Problem> {
    let Some(id) = endpoint_id else { return Ok(()) };
    let endpoints = web.app.store.endpoints().await?;
    match endpoints.into_iter().find(|endpoint| endpoint.id == id) {
        Some(Endpoint { name, state: EndpointState::Disabled, .. }) => {
            let detail =
                format!("The endpoint `{name}` is disabled; enable it first: POST /v1/endpoints/{name}/enable.");
            Err(Problem::new(Kind::Conflict, detail))
        }
        _ => Ok(()),
    }
}
