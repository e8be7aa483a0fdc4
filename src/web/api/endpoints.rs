//! `/v1/endpoints`: on which channel each side is told, and how that goes.
//!
//! An agent or operator looks after all of them; a partner or participant after its own, with the connectors that the
//! operator leaves to anybody.

pub(in crate::web) mod manage;
mod shape;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::shape::{EndpointChanges, EndpointPage, EndpointSaid, Query};
pub(in crate::web) use self::shape::{EndpointShown, EndpointWhole, shown, whole};
use super::deliveries::replay::try_at_once;
use super::params::{Params, Reading};
use super::{Caller, Web};
use crate::access::{About, Act, Thing};
use crate::cases::Role;
use crate::deliver::enrol;
use crate::deliver::http::CallError;
use crate::intake::fields::FieldError;
use crate::notify::endpoint::{Endpoint, EndpointState, MAIL_SYSTEM};
use crate::store::{ChangeEndpoint, EndpointChange, PutEndpoint};
use crate::triage::outcome::Side;
use crate::web::auth::JsonCall;
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails, sentence};

/// How many endpoints a page holds when not said, and at most.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1_000;
/// How many endpoints one partner or participant may have.
const OF_ONE_OWNER: usize = 20;

/// Who manages endpoints; partners and participants their own.
const MANAGERS: &[Role] = &[Role::Agent, Role::Operator, Role::BusinessPartner, Role::Participant];

/// The calls on endpoints.
pub(super) fn calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, change, manage::remove))
        .routes(routes!(manage::enable))
        .routes(routes!(manage::disable))
        .routes(routes!(manage::rotate))
        .routes(routes!(manage::test))
}

/// The endpoints that the caller manages, by name
#[utoipa::path(get, path = "/v1/endpoints", tag = "Delivery", params(Query), responses(
    (status = 200, description = "A page", body = EndpointPage),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Params { given: query, wrong }: Params<Query>,
) -> Result<Json<EndpointPage>, Problem> {
    caller.must_be(MANAGERS)?;
    let mut read = Reading(wrong);
    let limit = read.limit(query.limit.as_ref(), PAGE, LARGEST_PAGE) as usize;
    let state = read.word("state", query.state.as_ref(), EndpointState::parse, EndpointState::words());
    let side = read.word("side", query.side.as_ref(), Side::parse, Side::words());
    read.finish()?;
    let mut items: Vec<_> = web.app.store.endpoints().await?;
    items.retain(|endpoint| {
        manages(&caller, endpoint)
            && query.after.as_ref().is_none_or(|after| endpoint.name > *after)
            && state.is_none_or(|state| endpoint.state == state)
            && side.is_none_or(|side| endpoint.side == side)
            && (query.owner.is_none() || endpoint.owner == query.owner)
    });
    // The database may have an order of its own.
    items.sort_by(|a, b| a.name.cmp(&b.name));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.name.clone());
    Ok(Json(EndpointPage { items: items.into_iter().map(|endpoint| shown(&web, endpoint)).collect(), next }))
}

/// Add an endpoint
///
/// Partners and participants add their own, with the connectors that the operator leaves to anybody. Where messages are
/// signed and no secret is given, one is made and shown this one time.
#[utoipa::path(post, path = "/v1/endpoints", tag = "Delivery", request_body = EndpointSaid, responses(
    (status = 201, description = "Stored; the next message goes there", body = EndpointWhole),
    (status = 403, description = "The connector is not for this caller", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "The name is taken, or there are too many", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(web): State<Web>,
    call: JsonCall,
) -> Result<(StatusCode, Json<EndpointWhole>), Problem> {
    let caller = &call.caller;
    caller.must_be(MANAGERS)?;
    let said = call.body()?;
    let whose = own(caller);
    if whose.is_some() {
        left_to_anybody(&web, &said)?;
    }
    let known = web.app.store.endpoints().await?;
    let new = judged(&web, &said, whose.as_ref(), &known)?;
    if whose.is_some() && known.iter().filter(|other| is_of(whose.as_ref(), other)).count() >= OF_ONE_OWNER {
        let detail = format!("There are {OF_ONE_OWNER} endpoints of yours, removed ones too; change one of them.");
        return Err(Problem::new(Kind::Conflict, detail));
    }
    caller.use_up(&web).await?;
    let Endpoint { side, owner, connector, .. } = &new.endpoint;
    let details = json!({ "side": side, "owner": owner, "connector": connector });
    let about = about(&new.endpoint);
    let adding = add(&web, new, whose.as_ref(), &caller.owner);
    let added = caller.act(&web, Act::EndpointAdded, &about, details, adding).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Reads a new endpoint. `whose` is its side and owner where they are not to be chosen.
///
/// # Errors
/// Everything that is wrong with it, or the name is taken.
pub(in crate::web) fn judged(
    web: &Web,
    said: &Value,
    whose: Option<&(Side, String)>,
    known: &[Endpoint],
) -> Result<enrol::New, Problem> {
    let against = |url: &str| against(web, url);
    let new = enrol::create(said, whose.cloned(), &with(web, &against)).map_err(problem)?;
    known_participant(web, &new.endpoint)?;
    match known.iter().find(|other| other.name == new.endpoint.name) {
        Some(taken) => Err(name_taken(whose, taken)),
        None => Ok(new),
    }
}

/// Stores a new endpoint, and works with it from now on. A secret that was made for it is shown this one time.
///
/// # Errors
/// When the name was taken meanwhile, or the database does not answer.
pub(in crate::web) async fn add(
    web: &Web,
    new: enrol::New,
    whose: Option<&(Side, String)>,
    by: &str,
) -> Result<EndpointWhole, Problem> {
    let enrol::New { endpoint, made } = new;
    match web.app.store.put_endpoint(endpoint.clone()).await? {
        PutEndpoint::Stored => {}
        PutEndpoint::NameTaken => return Err(name_taken(whose, &endpoint)),
    }
    web.app.refresh_directory().await?;
    tracing::info!(endpoint = endpoint.name, connector = endpoint.connector, by, "an endpoint was added");
    let mut whole = EndpointWhole { endpoint: shown(web, endpoint), last_delivered_at: None, new_secrets: Map::new() };
    whole.new_secrets.extend(made.map(|(name, secret)| (name, Value::from(secret))));
    Ok(whole)
}

/// One endpoint, and how it does
#[utoipa::path(get, path = "/v1/endpoints/{name}", tag = "Delivery", params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint", body = EndpointWhole),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<EndpointWhole>, Problem> {
    let endpoint = managed(&web, &caller, &name).await?;
    whole(&web, endpoint).await.map(Json)
}

/// Change an endpoint
///
/// Settings and secrets key by key, null takes away; the other keys are replaced. Name, side, owner and connector stay.
#[utoipa::path(patch, path = "/v1/endpoints/{name}", tag = "Delivery", request_body = EndpointChanges,
    params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The endpoint as it is now", body = EndpointWhole),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else changed it meanwhile", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(web): State<Web>,
    Path(name): Path<String>,
    call: JsonCall,
) -> Result<Json<EndpointWhole>, Problem> {
    let endpoint = managed(&web, &call.caller, &name).await?;
    let said = call.body()?;
    let after = judged_change(&web, &endpoint, &said)?;
    call.caller.use_up(&web).await?;
    let keys: Vec<&String> = said.as_object().map(|said| said.keys().collect()).unwrap_or_default();
    let changing = changed(&web, &endpoint, after);
    let (of, details) = (about(&endpoint), json!({ "fields": keys }));
    call.caller.act(&web, Act::EndpointChanged, &of, details, changing).await.map(Json)
}

/// The endpoint as it is after what is said.
///
/// # Errors
/// Everything that is wrong with it; 409 for what the configuration says of the mail system.
pub(in crate::web) fn judged_change(web: &Web, endpoint: &Endpoint, said: &Value) -> Result<Endpoint, Problem> {
    let its_pace = |key: &String| matches!(key.as_str(), "concurrency" | "per_second");
    if !said.as_object().is_some_and(|said| said.keys().all(its_pace)) {
        not_the_mail_system(endpoint)?;
    }
    let against = |url: &str| against(web, url);
    enrol::change(endpoint, said, &with(web, &against)).map_err(problem)
}

/// Stores what an endpoint is from now on, and tries at once what it held up.
///
/// # Errors
/// 409 when somebody else changed it meanwhile.
pub(in crate::web) async fn changed(web: &Web, before: &Endpoint, after: Endpoint) -> Result<EndpointWhole, Problem> {
    store_change(web, EndpointChange { after: after.clone(), seen: before.updated_at, old_secrets: None }).await?;
    if (&after.settings, &after.secrets) != (&before.settings, &before.secrets) {
        // Whatever held it up may be mended now.
        web.app.lanes.reset(&after.id, web.app.clock.now());
        try_at_once(web, &after.id).await?;
    }
    whole(web, after).await
}

/// The endpoint as the audit log names it.
fn about(endpoint: &Endpoint) -> About {
    About::new(Thing::Endpoint, &endpoint.name)
}

/// Stores a change, and works with it from now on.
async fn store_change(web: &Web, change: EndpointChange) -> Result<(), Problem> {
    match web.app.store.change_endpoint(change).await? {
        ChangeEndpoint::Stored => {}
        ChangeEndpoint::Moved => {
            let detail = "Somebody else changed this endpoint just now; look at it and send the change again.";
            return Err(Problem::new(Kind::Conflict, detail));
        }
    }
    Ok(web.app.refresh_directory().await?)
}

fn with<'a>(web: &'a Web, against: &'a dyn Fn(&str) -> Option<String>) -> enrol::With<'a> {
    let language = web.app.config.delivery.language;
    enrol::With { connectors: &web.app.connectors, clock: &web.app.clock, language, against }
}

/// One sentence for every address that must not be called: which ones lead where is nobody's business.
fn against(web: &Web, url: &str) -> Option<String> {
    match web.app.http.may_call(url) {
        Ok(()) => None,
        Err(CallError::BadUrl(why)) => Some(format!("cannot be called: {why}")),
        Err(_) => Some("must be a public address that begins with https://; the operator can allow others".to_owned()),
    }
}

fn problem(errors: Vec<FieldError>) -> Problem {
    let field = |error: FieldError| FieldProblem {
        message: if error.path.is_empty() {
            error.message
        } else {
            format!("{}.", error.message.trim_end_matches('.'))
        },
        path: error.path,
    };
    Problem::fields(errors.into_iter().map(field).collect())
}

/// The side and owner whose endpoints this caller manages; none for those who look after all.
fn own(caller: &Caller) -> Option<(Side, String)> {
    match (caller.role, &caller.participant) {
        (Role::Agent | Role::Operator, _) => None,
        (Role::Participant, Some(id)) => Some((Side::Participant, id.clone())),
        (Role::BusinessPartner | Role::Participant, _) => Some((Side::BusinessPartner, caller.owner.clone())),
    }
}

fn manages(caller: &Caller, endpoint: &Endpoint) -> bool {
    is_of(own(caller).as_ref(), endpoint)
}

/// Whether it is one of `whose`; anybody's where none is given.
fn is_of(whose: Option<&(Side, String)>, endpoint: &Endpoint) -> bool {
    whose.is_none_or(|(side, owner)| endpoint.side == *side && endpoint.owner.as_ref() == Some(owner))
}

/// The endpoint of that name.
///
/// # Errors
/// 404 when there is none, or none that this caller manages.
async fn managed(web: &Web, caller: &Caller, name: &str) -> Result<Endpoint, Problem> {
    caller.must_be(MANAGERS)?;
    let found = web.app.store.endpoints().await?.into_iter().find(|endpoint| endpoint.name == name);
    let missing = || Problem::new(Kind::NotFound, "There is no endpoint of that name that this credential may see.");
    found.filter(|endpoint| manages(caller, endpoint)).ok_or_else(missing)
}

/// Refuses connectors that the operator keeps for itself.
fn left_to_anybody(web: &Web, said: &Value) -> Result<(), Problem> {
    let allowed = &web.app.config.delivery.self_service;
    let connector = said.get("connector").and_then(Value::as_str).unwrap_or_default();
    if connector.is_empty() || allowed.iter().any(|known| known == connector) {
        return Ok(());
    }
    let detail = match allowed.as_slice() {
        [] => "Endpoints are added by the operator here; ask an agent.".to_owned(),
        allowed => format!("Connectors that you may use by yourself: {}; ask an agent for others", allowed.join(", ")),
    };
    Err(Problem::new(Kind::Forbidden, sentence(&detail)))
}

/// A participant that the registry does not know would never be told.
fn known_participant(web: &Web, endpoint: &Endpoint) -> Result<(), Problem> {
    let (Side::Participant, Some(id)) = (endpoint.side, &endpoint.owner) else { return Ok(()) };
    // A registry elsewhere may know more than this node has asked for.
    if web.app.config.registry.upstream.is_some() {
        return Ok(());
    }
    let registry = web.app.evaluator().registry;
    if registry.participant_by_id(id).is_some() {
        return Ok(());
    }
    let ids = registry.document().participants.iter().map(|participant| participant.id.as_str());
    let hint = crate::nearest::nearest(id, ids).map(|near| format!("; did you mean `{near}`?"));
    Err(Problem::field("owner", format!("is no participant of the registry{}", hint.unwrap_or(".".to_owned()))))
}

fn name_taken(whose: Option<&(Side, String)>, taken: &Endpoint) -> Problem {
    let name = &taken.name;
    let detail = if taken.is_removed() && is_of(whose, taken) {
        format!(
            "The endpoint `{name}` was removed and is kept for the log: POST /v1/endpoints/{name}/enable brings it back."
        )
    } else {
        format!("There is an endpoint `{name}` already; choose another name.")
    };
    Problem::new(Kind::Conflict, detail)
}

/// The mail system itself is nobody's to remove or turn into something else.
fn not_the_mail_system(endpoint: &Endpoint) -> Result<(), Problem> {
    if endpoint.id != MAIL_SYSTEM {
        return Ok(());
    }
    Err(Problem::new(Kind::Conflict, "This is the mail system itself; [mail] in the configuration says how it sends."))
}
