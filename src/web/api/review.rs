//! `POST /v1/esrs/{id}/override` and `/contest`: people have the last word.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::esrs::{Case, changed};
use super::{Side, Web, case_of};
use crate::access::{About, Act};
use crate::cases::{Role, reaches_ale, reaches_participant};
use crate::flow::Change;
use crate::triage::outcome::{Route, STAGES, Stage};
use crate::web::auth::JsonCall;
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails};

/// The longest reason, in characters.
const REASON: usize = 4_000;

/// Another route, by an agent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(super) struct Override {
    /// A route of the table.
    route: String,
    /// A stage of that route; its first one when not given.
    stage: Option<String>,
    /// Why.
    reason: String,
}

/// A dispute.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(super) struct Contest {
    /// Why.
    reason: String,
}

/// Choose another route
///
/// Added as a decision; the ones before are kept. Without a stage the case begins the route at its first one.
#[utoipa::path(post, path = "/v1/esrs/{id}/override", tag = "eSRs", request_body = Override,
    params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case as it is now", body = Case),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "No such route or stage, or no reason", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn choose(
    State(web): State<Web>,
    Path(id): Path<String>,
    call: JsonCall,
) -> Result<Json<Case>, Problem> {
    let caller = &call.caller;
    caller.must_be(&[Role::Agent])?;
    case_of(&web, caller, &id).await?;
    let said = call.body()?;
    let mut errors = Vec::new();
    let place = place(&said, &mut errors);
    let reason = reason(&said, &mut errors);
    let (Some((route, stage)), Some(reason), true) = (place, reason, errors.is_empty()) else {
        return Err(Problem::fields(errors));
    };
    let change = Change::Override { route: route.as_str(), stage: stage.as_str(), reason };
    let details = json!({ "route": route, "stage": stage });
    let actor = caller.actor();
    let doing = changed(&web, caller, &actor, &id, change);
    caller.act(&web, Act::Override, &About::esr(&id), details, doing).await
}

/// Dispute the route
///
/// For a side that the case was routed to. An agent looks at it; until then the decision stays.
#[utoipa::path(post, path = "/v1/esrs/{id}/contest", tag = "eSRs", request_body = Contest,
    params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case, which waits for an agent now", body = Case),
    (status = 403, description = "The case was not routed to this caller", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "No reason", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn contest(
    State(web): State<Web>,
    Path(id): Path<String>,
    call: JsonCall,
) -> Result<Json<Case>, Problem> {
    let caller = &call.caller;
    let (esr, side) = case_of(&web, caller, &id).await?;
    let decision = &esr.decision;
    let routed_to = match side {
        // Whatever the route, it tells the filer what to do.
        Side::Filer => true,
        Side::Participant => reaches_participant(&decision.route),
        Side::Agent => reaches_ale(&decision.route, &decision.stage),
    };
    if !routed_to {
        let place = format!("{}, {}", decision.route, decision.stage);
        let detail = match side {
            Side::Agent => {
                format!("The case ({place}) is not with ALE; an agent changes its route at /v1/esrs/{id}/override.")
            }
            _ => format!("Only a side that the case is routed to can dispute that; it is at {place}."),
        };
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let said = call.body()?;
    let mut errors = Vec::new();
    let Some(reason) = reason(&said, &mut errors) else { return Err(Problem::fields(errors)) };
    let change = Change::Contest { reason };
    let actor = caller.actor();
    let doing = changed(&web, caller, &actor, &id, change);
    caller.act(&web, Act::Contest, &About::esr(&id), json!({}), doing).await
}

/// The route and stage that the body names, from the closed list; the route's first stage where it names none.
fn place(said: &Value, errors: &mut Vec<FieldProblem>) -> Option<(Route, Stage)> {
    let mut refuse = |path: &str, message: String| errors.push(FieldProblem { path: path.to_owned(), message });
    let word = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
    let unsaid = said.get("stage").is_none_or(Value::is_null);
    let stage = Stage::parse(word("stage"));
    let Some((route, stages)) = STAGES.iter().find(|(route, _)| route.as_str() == word("route")) else {
        let routes: Vec<_> = Route::words().collect();
        refuse("route", format!("must be one of {}.", routes.join(", ")));
        if stage.is_none() && !unsaid {
            refuse("stage", "must be a stage of the route.".to_owned());
        }
        return None;
    };
    let first = stages.first().copied().filter(|_| unsaid);
    match first.or(stage.filter(|stage| stages.contains(stage))) {
        Some(stage) => Some((*route, stage)),
        None => {
            let stages: Vec<_> = stages.iter().map(|stage| stage.as_str()).collect();
            refuse("stage", format!("must be one of {} for the route {route}.", stages.join(", ")));
            None
        }
    }
}

/// The reason that the body gives.
pub(super) fn reason<'a>(said: &'a Value, errors: &mut Vec<FieldProblem>) -> Option<&'a str> {
    let reason = said.get("reason").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let unprintable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let message = if reason.is_empty() {
        "must say why, in words.".to_owned()
    } else if reason.chars().count() > REASON {
        format!("must be at most {REASON} characters long.")
    } else if reason.contains(unprintable) {
        "must not hold control characters.".to_owned()
    } else {
        return Some(reason);
    };
    errors.push(FieldProblem { path: "reason".to_owned(), message });
    None
}
