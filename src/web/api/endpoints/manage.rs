//! Enabling, disabling and removing an endpoint, a new secret for it, and a test.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{EndpointWhole, about, against, managed, not_the_mail_system, own, problem, store_change, whole, with};
use crate::access::Act;
use crate::deliver::{Trial, enrol, trial};
use crate::notify::endpoint::{Endpoint, EndpointState, REMOVED};
use crate::store::{EndpointChange, EndpointSwitch};
use crate::web::api::{Caller, Web};
use crate::web::auth::JsonCall;
use crate::web::problem::{Kind, Problem, ProblemDetails};

/// What stands before the reason when ALE's own people disabled it: its owner cannot enable it then.
pub(in crate::web) const BY_THE_DESK: &str = "Disabled by an agent or operator";
/// The longest reason, in characters.
const REASON: usize = 500;

/// Why an endpoint is disabled.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(in crate::web::api) struct Disable {
    /// Why, in a sentence.
    reason: Option<String>,
}

/// A new secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(in crate::web::api) struct Rotate {
    /// Which secret; the one that messages are signed with when left out.
    name: Option<String>,
    /// The new secret; one that messages are signed with is made here when left out.
    value: Option<String>,
}

/// An endpoint with a new secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct Rotated {
    #[serde(flatten)]
    pub(in crate::web) endpoint: EndpointWhole,
    /// Until when the secrets before it sign and are believed too.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::web) old_secrets_until: Timestamp,
}

/// What a test came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web::api) struct Tested {
    /// Whether the other side took it.
    arrived: bool,
    /// What it came to, in a sentence.
    summary: String,
    /// Each call and its answer, secrets hidden; for agents and operators alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    calls: Option<Value>,
}

/// Send to an endpoint again
///
/// What it missed is sent again when that is asked for: `POST /v1/deliveries/replay`.
#[utoipa::path(post, path = "/v1/endpoints/{name}/enable", tag = "Delivery", params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint as it is now", body = EndpointWhole),
    (status = 403, description = "It was disabled by somebody who looks after all of them", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn enable(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<EndpointWhole>, Problem> {
    let endpoint = managed(&web, &caller, &name).await?;
    let by_the_desk = endpoint.reason.as_ref().is_some_and(|reason| reason.starts_with(BY_THE_DESK));
    if by_the_desk && own(&caller).is_some() {
        return Err(Problem::new(
            Kind::Forbidden,
            "An agent or operator disabled this endpoint; ask them to enable it.",
        ));
    }
    let (of, details) = (about(&endpoint), json!({ "state": EndpointState::Enabled }));
    caller.act(&web, Act::EndpointChanged, &of, details, enabled(&web, endpoint)).await.map(Json)
}

/// Sends to it again from now on, whatever went wrong before.
///
/// # Errors
/// When the database does not answer.
pub(in crate::web) async fn enabled(web: &Web, endpoint: Endpoint) -> Result<EndpointWhole, Problem> {
    web.app.lanes.reset(&endpoint.id, web.app.clock.now());
    let enabled = switch(web, endpoint, EndpointState::Enabled, None).await?;
    web.app.dispatch.wake();
    Ok(enabled)
}

/// Send no more to an endpoint
///
/// What comes meanwhile is kept as dead deliveries, to be replayed.
#[utoipa::path(post, path = "/v1/endpoints/{name}/disable", tag = "Delivery", request_body = Disable,
    params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint as it is now", body = EndpointWhole),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "The reason is too long", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn disable(
    State(web): State<Web>,
    Path(name): Path<String>,
    call: JsonCall,
) -> Result<Json<EndpointWhole>, Problem> {
    let endpoint = managed(&web, &call.caller, &name).await?;
    let said = call.body_or_nothing()?;
    let by = if own(&call.caller).is_none() { BY_THE_DESK } else { "Disabled by its owner" };
    let reason = why(by, said.get("reason").and_then(Value::as_str).unwrap_or_default())?;
    call.caller.use_up(&web).await?;
    let (of, details) = (about(&endpoint), json!({ "state": EndpointState::Disabled, "reason": reason }));
    call.caller.act(&web, Act::EndpointChanged, &of, details, disabled(&web, endpoint, reason)).await.map(Json)
}

/// Why it is disabled, as it is kept: who did it, and the reason that was given, if any.
///
/// # Errors
/// When the reason is too long.
pub(in crate::web) fn why(by: &str, given: &str) -> Result<String, Problem> {
    let given = given.trim();
    if given.chars().count() > REASON || given.contains(char::is_control) {
        let message = format!("must be at most {REASON} characters long, without control characters.");
        return Err(Problem::field("reason", message));
    }
    Ok(if given.is_empty() { format!("{by}.") } else { format!("{by}: {given}") })
}

/// Sends it no more from now on.
///
/// # Errors
/// When the database does not answer.
pub(in crate::web) async fn disabled(web: &Web, endpoint: Endpoint, reason: String) -> Result<EndpointWhole, Problem> {
    switch(web, endpoint, EndpointState::Disabled, Some(reason)).await
}

/// Remove an endpoint
///
/// It is kept for the log of deliveries, and counts as none for new messages; enabling brings it back.
#[utoipa::path(delete, path = "/v1/endpoints/{name}", tag = "Delivery", params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint, which is none any more", body = EndpointWhole),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "It is the mail system", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<EndpointWhole>, Problem> {
    let endpoint = managed(&web, &caller, &name).await?;
    let by_the_desk = endpoint.reason.as_ref().is_some_and(|reason| reason.starts_with(BY_THE_DESK));
    if by_the_desk && own(&caller).is_some() {
        // Else removing it and bringing it back would enable it.
        return Err(Problem::new(
            Kind::Forbidden,
            "An agent or operator disabled this endpoint; ask them to remove it.",
        ));
    }
    let (of, details) = (about(&endpoint), json!({ "removed": true }));
    caller.act(&web, Act::EndpointChanged, &of, details, removed(&web, endpoint)).await.map(Json)
}

/// Counts it as none for new messages; enabling brings it back.
///
/// # Errors
/// 409 for the mail system.
pub(in crate::web) async fn removed(web: &Web, endpoint: Endpoint) -> Result<EndpointWhole, Problem> {
    not_the_mail_system(&endpoint)?;
    disabled(web, endpoint, REMOVED.to_owned()).await
}

/// Give an endpoint a new secret
///
/// For a day the secrets before it sign and are believed too, so that the other side can change over in its own time.
#[utoipa::path(post, path = "/v1/endpoints/{name}/rotate", tag = "Delivery", request_body = Rotate,
    params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint; a secret that was made here is shown this one time", body = Rotated),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else changed it meanwhile", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn rotate(
    State(web): State<Web>,
    Path(name): Path<String>,
    call: JsonCall,
) -> Result<Json<Rotated>, Problem> {
    let endpoint = managed(&web, &call.caller, &name).await?;
    let said = call.body_or_nothing()?;
    let mut errors = Vec::new();
    let mut text = |key: &str| match said.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(_) => {
            let message = "must be a text".to_owned();
            errors.push(crate::intake::fields::FieldError { path: key.to_owned(), message });
            None
        }
    };
    let (secret, value) = (text("name"), text("value"));
    if !errors.is_empty() {
        return Err(problem(errors));
    }
    let rotation = judged_rotation(&web, &endpoint, secret.as_deref(), value.as_deref())?;
    call.caller.use_up(&web).await?;
    let details = json!({ "secret": rotation.name });
    let rotating = rotated(&web, &endpoint, rotation);
    call.caller.act(&web, Act::EndpointRotated, &about(&endpoint), details, rotating).await.map(Json)
}

/// An endpoint after a secret of it was replaced.
pub(in crate::web) struct Rotation {
    after: Endpoint,
    /// Which secret.
    name: String,
    /// The new one, where it was made here.
    made: Option<String>,
}

/// The endpoint with another secret: `value`, or a new one.
///
/// # Errors
/// Everything that is wrong with it.
pub(in crate::web) fn judged_rotation(
    web: &Web,
    endpoint: &Endpoint,
    name: Option<&str>,
    value: Option<&str>,
) -> Result<Rotation, Problem> {
    let against = |url: &str| against(web, url);
    let (after, name, made) = enrol::rotate(endpoint, name, value, &with(web, &against)).map_err(problem)?;
    Ok(Rotation { after, name, made })
}

/// Stores the new secret; for a day the one before it signs and is believed too.
///
/// # Errors
/// 409 when somebody else changed the endpoint meanwhile.
pub(in crate::web) async fn rotated(web: &Web, before: &Endpoint, rotation: Rotation) -> Result<Rotated, Problem> {
    let Rotation { after, name, made } = rotation;
    let until = enrol::old_until(web.app.clock.now());
    let old_secrets = Some((name.clone(), until));
    store_change(web, EndpointChange { after: after.clone(), seen: before.updated_at, old_secrets }).await?;
    let mut endpoint = whole(web, after).await?;
    endpoint.new_secrets = made.map(|made| (name, Value::from(made))).into_iter().collect::<Map<_, _>>();
    Ok(Rotated { endpoint, old_secrets_until: until })
}

/// Send an endpoint a marked test
///
/// It is sent now and once, whether or not the endpoint is enabled; the answer says what came of it.
#[utoipa::path(post, path = "/v1/endpoints/{name}/test", tag = "Delivery", params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "What came of it", body = Tested),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "It is the mail system", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn test(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Tested>, Problem> {
    let endpoint = managed(&web, &caller, &name).await?;
    not_the_mail_system(&endpoint)?;
    let testing = async { Ok(trial(&web.app, &endpoint, None).await) };
    let trial = caller.act(&web, Act::ConnectorTested, &about(&endpoint), json!({}), testing).await?;
    let answering = answering(&trial);
    let all = own(&caller).is_none();
    let summary = match trial.taken {
        true => format!("The other side took the test{answering}."),
        // What another server says is for those who look after all endpoints: nobody is to read inner pages through us.
        false if all => format!("The other side did not take the test{answering}. {}", trial.said),
        false if trial.status.is_some() => format!("The other side did not take the test{answering}."),
        false => "The other side cannot be called, or gave no answer in time.".to_owned(),
    };
    Ok(Json(Tested { arrived: trial.taken, summary, calls: all.then(|| json!(trial.calls)) }))
}

/// The status that a test was answered with, as part of a sentence.
fn answering(trial: &Trial) -> String {
    trial.status.map_or(String::new(), |status| format!(", answering {status}"))
}

async fn switch(
    web: &Web,
    endpoint: Endpoint,
    state: EndpointState,
    reason: Option<String>,
) -> Result<EndpointWhole, Problem> {
    let at = web.app.clock.now();
    let change = EndpointSwitch { id: endpoint.id.clone(), state, reason: reason.clone(), at, tell: None };
    web.app.store.switch_endpoint(change).await?;
    web.app.refresh_directory().await?;
    tracing::info!(endpoint = endpoint.name, %state, "an endpoint was switched");
    let failing_since = endpoint.failing_since.filter(|_| state == EndpointState::Disabled);
    let endpoint = Endpoint { state, reason, failing_since, updated_at: at, ..endpoint };
    whole(web, endpoint).await
}
