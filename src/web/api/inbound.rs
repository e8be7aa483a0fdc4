//! `/v1/inbound`: every callback and mail that came in, what became of it, and what an agent does about those that are held.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::esrs::{Case, shown};
use super::params::{self, Params, shortened};
use super::review::reason;
use super::updates::may_say;
use super::{Side, Web, case_of};
use crate::access::{About, Act, Thing};
use crate::cases::Role;
use crate::intake::esr::Esr;
use crate::mail::inbound::{self, Application, MailShown};
use crate::store::{Channel, Inbound, InboundFilter, InboundState, Raw, Settled};
use crate::triage::outcome;
use crate::web::auth::{Caller, JsonCall};
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails};

/// How many a page holds when not said, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// The calls about what came in.
pub(super) fn calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(apply)).routes(routes!(dismiss))
}

/// Which to list; all when nothing is given.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How many a page holds, 1 to 500; 50 when not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// What became of it: `held` waits for an agent.
    state: Option<String>,
    /// How it came: `mail` or `hook`.
    channel: Option<String>,
    /// The case that it belongs to, by its id.
    esr: Option<String>,
}

/// One page of what came in, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct InboundPage {
    /// What came in.
    items: Vec<InboundListed>,
    /// What to give as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// Something that came in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct InboundListed {
    /// Its id.
    id: String,
    /// A callback or a mail.
    channel: Channel,
    /// The connector or endpoint that it came by; `mail` for mails.
    source: String,
    /// Who sent it, as it says itself.
    from: String,
    /// A mail's subject, a callback's event type.
    summary: String,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// What became of it.
    state: InboundState,
    /// Why, in a sentence.
    reason: Option<String>,
    /// The case that it belongs to, where one is known.
    esr: Option<String>,
    /// The delivery of the letter of ours that came back with it; null where it is no such report.
    delivery: Option<String>,
    /// When it was settled, or held.
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Timestamp>,
    /// The agent that settled it; null for the service itself.
    settled_by: Option<String>,
}

/// Something that came in, with what is in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct InboundShown {
    #[serde(flatten)]
    listed: InboundListed,
    /// A callback's body, as it came.
    raw: Option<String>,
    /// A mail, read.
    mail: Option<MailShown>,
}

/// What an agent applies.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(super) struct Apply {
    /// The case's id; not needed where it is known already.
    esr: Option<String>,
    /// The side that it is from: `participant`, `business_partner`, ...; by default the one that it was read as.
    side: Option<String>,
    /// What it says, with the keys of an update; by default what was understood of it, if that is anything.
    #[schema(inline, value_type = Option<Esr>)]
    said: Option<Value>,
}

/// Why it is put aside.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(super) struct Dismiss {
    /// Why.
    reason: String,
}

impl From<Inbound> for InboundListed {
    fn from(inbound: Inbound) -> Self {
        Self {
            id: inbound.id,
            channel: inbound.channel,
            source: inbound.source,
            from: inbound.actor,
            summary: inbound.summary,
            received_at: inbound.received_at,
            state: inbound.state,
            reason: inbound.reason,
            esr: inbound.esr_id,
            delivery: inbound.delivery_id,
            settled_at: inbound.settled_at,
            settled_by: inbound.settled_by,
        }
    }
}

/// What came in, the newest first
///
/// Callbacks of other sides' systems and replies by mail. `state=held` are those that an agent has to look at.
#[utoipa::path(get, path = "/v1/inbound", tag = "Messages", params(Query), responses(
    (status = 200, description = "A page", body = InboundPage),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Params { given: query, wrong }: Params<Query>,
) -> Result<Json<InboundPage>, Problem> {
    caller.must_be(&[Role::Agent])?;
    let after = query.after.clone();
    let (filter, limit) = checked(query, wrong)?;
    let page = web.app.store.list_inbound(&filter, after.as_deref(), limit).await?;
    Ok(Json(InboundPage { items: page.items.into_iter().map(InboundListed::from).collect(), next: page.next }))
}

fn checked(query: Query, mut errors: Vec<FieldProblem>) -> Result<(InboundFilter, u32), Problem> {
    let mut word = |path: &str, given: Option<&String>, allowed: String, known: bool| {
        if let Some(given) = given.filter(|_| !known) {
            let message = format!("must be {allowed}, not `{}`.", shortened(given));
            errors.push(FieldProblem { path: path.to_owned(), message });
        }
    };
    let state = query.state.as_deref().map(InboundState::parse);
    let states: Vec<_> = InboundState::words().collect();
    word("state", query.state.as_ref(), format!("one of {}", states.join(", ")), state != Some(None));
    let channel = query.channel.as_deref().map(Channel::parse);
    word("channel", query.channel.as_ref(), "hook or mail".to_owned(), channel != Some(None));
    let limit = query.limit.as_ref().map(|text| text.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit)));
    word("limit", query.limit.as_ref(), format!("a number from 1 to {LARGEST_PAGE}"), limit != Some(None));
    for (path, text) in [("esr", &query.esr), ("after", &query.after)] {
        if text.as_ref().is_some_and(|text| text.contains(char::is_control)) {
            errors
                .push(FieldProblem { path: path.to_owned(), message: "must not hold control characters.".to_owned() });
        }
    }
    if !errors.is_empty() {
        return Err(params::wrong(errors));
    }
    let filter = InboundFilter { state: state.flatten(), channel: channel.flatten(), esr_id: query.esr };
    Ok((filter, limit.flatten().unwrap_or(PAGE)))
}

/// Something that came in, with what is in it
#[utoipa::path(get, path = "/v1/inbound/{id}", tag = "Messages", params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, description = "What came in", body = InboundShown),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<InboundShown>, Problem> {
    caller.must_be(&[Role::Agent])?;
    let inbound = found(&web, &id).await?;
    let mail = inbound::show(&web.app, &inbound).await?;
    let raw = match &inbound.raw {
        Raw::Text(text) => Some(text.clone()),
        Raw::File(_) => None,
    };
    Ok(Json(InboundShown { listed: inbound.into(), raw, mail }))
}

/// Apply what is held
///
/// Its files become attachments of the case, and what it says changes the case, as if the side had said it itself. Without
/// `said`, what was understood is applied; what changes nothing is noted in the timeline.
#[utoipa::path(post, path = "/v1/inbound/{id}/apply", tag = "Messages", request_body = Apply,
    params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, description = "The case as it is now", body = Case),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id, or no such case", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "It is settled already", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn apply(
    State(web): State<Web>,
    Path(id): Path<String>,
    call: JsonCall,
) -> Result<Json<Case>, Problem> {
    let caller = &call.caller;
    caller.must_be(&[Role::Agent])?;
    let inbound = held(&web, &id).await?;
    let body = call.body()?;
    only(&body, &["esr", "side", "said"])?;
    let text =
        |key: &str| body.get(key).filter(|value| !value.is_null()).map(|value| value.as_str().unwrap_or_default());
    let mut errors = Vec::new();
    let mut refuse = |path: &str, message: String| errors.push(FieldProblem { path: path.to_owned(), message });
    let esr_id = text("esr").or(inbound.esr_id.as_deref()).filter(|id| !id.is_empty());
    if esr_id.is_none() {
        refuse("esr", "must be the id of the case that it belongs to.".to_owned());
    }
    let side = text("side").map(outcome::Side::parse);
    if side == Some(None) {
        let sides: Vec<_> = outcome::Side::words().collect();
        refuse("side", format!("must be one of {}.", sides.join(", ")));
    }
    let said = body.get("said").filter(|said| !said.is_null());
    let (Some(esr_id), true) = (esr_id, errors.is_empty()) else { return Err(Problem::fields(errors)) };
    if let Some(said) = said {
        may_say(Side::Agent, said)?;
    }
    let (esr, _) = case_of(&web, caller, esr_id).await?;
    let agent = &caller.actor();
    let application = Application { inbound: &inbound, esr: &esr, side: side.flatten(), said, agent };
    let applying = async { inbound::apply(&web.app, application).await.map_err(Problem::from) };
    let about = About::new(Thing::Inbound, &id);
    let after = caller.act(&web, Act::AnswerApplied, &about, json!({ "esr": esr.id }), applying).await?;
    shown(&web, caller, after).await.map(Json)
}

/// Put aside what is held
#[utoipa::path(post, path = "/v1/inbound/{id}/dismiss", tag = "Messages", request_body = Dismiss,
    params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, description = "It is put aside", body = InboundListed),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "It is settled already", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "No reason", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn dismiss(
    State(web): State<Web>,
    Path(id): Path<String>,
    call: JsonCall,
) -> Result<Json<InboundListed>, Problem> {
    let caller = &call.caller;
    caller.must_be(&[Role::Agent])?;
    let inbound = held(&web, &id).await?;
    let body = call.body()?;
    only(&body, &["reason"])?;
    let mut errors = Vec::new();
    let Some(reason) = reason(&body, &mut errors) else { return Err(Problem::fields(errors)) };
    let settling = put_aside(&web, &inbound, reason, &caller.owner);
    caller.act(&web, Act::AnswerDismissed, &About::new(Thing::Inbound, &id), json!({}), settling).await?;
    Ok(Json(found(&web, &id).await?.into()))
}

/// Settles something that came in: nothing is done about it, and why.
///
/// # Errors
/// 409 when it is settled already.
pub(in crate::web) async fn put_aside(web: &Web, inbound: &Inbound, reason: &str, by: &str) -> Result<(), Problem> {
    let settled = Settled {
        id: inbound.id.clone(),
        state: InboundState::Ignored,
        reason: Some(reason.to_owned()),
        esr_id: None,
        delivery_id: None,
        by: Some(by.to_owned()),
        at: web.app.clock.now(),
    };
    if web.app.store.settle_inbound(settled).await? { Ok(()) } else { Err(settled_already()) }
}

/// What came in under that id.
///
/// # Errors
/// 404 when there is none.
pub(in crate::web) async fn found(web: &Web, id: &str) -> Result<Inbound, Problem> {
    web.app.store.inbound(id).await?.ok_or_else(|| Problem::not_found("message"))
}

/// One that is not settled for good.
///
/// # Errors
/// 404 when there is none, 409 when it is settled.
pub(in crate::web) async fn held(web: &Web, id: &str) -> Result<Inbound, Problem> {
    let inbound = found(web, id).await?;
    match inbound.state {
        InboundState::Held | InboundState::Received => Ok(inbound),
        InboundState::Applied | InboundState::Ignored => Err(settled_already()),
    }
}

fn settled_already() -> Problem {
    Problem::new(Kind::Conflict, "It is settled already; GET it to see what became of it.")
}

/// Refuses keys that a body does not have.
fn only(body: &Value, known: &[&'static str]) -> Result<(), Problem> {
    let Some(map) = body.as_object() else { return Err(Problem::field("", "must be a JSON object.")) };
    let unknown = map.keys().filter(|key| !known.contains(&key.as_str()));
    let errors: Vec<_> = unknown
        .map(|key| {
            let hint = crate::nearest::nearest(key, known.iter().copied());
            let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or(".".to_owned());
            FieldProblem { path: key.clone(), message: format!("is no key of this call{hint}") }
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}
