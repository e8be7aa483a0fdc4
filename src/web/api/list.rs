//! `GET /v1/esrs`: lists, by filters and full text, in pages that skip and repeat nothing.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::params::{self, Params, shortened};
use super::{Caller, Web};
use crate::cases::{Role, Status};
use crate::intake::time::rfc3339;
use crate::store::{EsrSummary, Filter};
use crate::triage::facts::Phase;
use crate::triage::outcome::{Route, Stage};
use crate::web::problem::{FieldProblem, Problem, ProblemDetails};

/// How many eSRs a page holds when not said, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// Which eSRs to list; all that the caller sees when nothing is given.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How many a page holds, 1 to 500; 50 when not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Whom the case waits for: `waiting_ale`.
    status: Option<String>,
    /// Where it goes: `joint_investigation`.
    route: Option<String>,
    /// How far along: `participant_first`.
    stage: Option<String>,
    /// `production` or `development`.
    phase: Option<String>,
    /// 1 to 4.
    #[param(value_type = Option<u8>)]
    severity: Option<String>,
    /// That reached this participant, by its id.
    participant: Option<String>,
    /// The filer's own number, exactly.
    reference: Option<String>,
    /// Filed by this owner of keys.
    filer: Option<String>,
    /// Received at this time or later.
    since: Option<String>,
    /// Received before this time.
    before: Option<String>,
    /// Words of the reference, summary, description, customer or products, in any order; beginnings suffice.
    q: Option<String>,
}

/// One page of eSRs, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EsrPage {
    /// The eSRs.
    items: Vec<EsrListed>,
    /// What to give as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// One eSR in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EsrListed {
    /// Its id.
    id: String,
    /// Who filed it.
    filer: String,
    /// The filer's own number.
    reference: String,
    /// Whom it waits for.
    status: Status,
    /// Where it goes now.
    route: String,
    /// How far along.
    stage: String,
    /// The rule that decided last.
    rule: String,
    /// 1 to 5.
    priority: u8,
    /// Production or development.
    phase: Phase,
    /// 1 to 4.
    severity: u8,
    /// One line on what is wrong.
    summary: String,
    /// The participant that its products belong to, by id.
    participant: Option<String>,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// How often it was decided.
    revision: i64,
}

/// The eSRs that the caller may see, the newest first
#[utoipa::path(get, path = "/v1/esrs", tag = "eSRs", params(Query), responses(
    (status = 200, description = "A page", body = EsrPage),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 401, description = "No valid credential", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 403, description = "The caller's role sees no cases", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Params { given: query, wrong }: Params<Query>,
) -> Result<Json<EsrPage>, Problem> {
    let seen_by =
        caller.sees().ok_or_else(|| caller.lacks(&[Role::BusinessPartner, Role::Participant, Role::Agent]))?;
    let after = query.after.clone();
    let (filter, limit) = checked(query, wrong)?;
    let page = web.app.store.list(&Filter { seen_by, ..filter }, after.as_deref(), limit).await?;
    Ok(Json(EsrPage { items: page.items.into_iter().map(EsrListed::from).collect(), next: page.next }))
}

/// The filter that the parameters give, and the page's size.
fn checked(query: Query, mut errors: Vec<FieldProblem>) -> Result<(Filter, u32), Problem> {
    let mut word = |path: &str, given: Option<&String>, allowed: String, known: bool| {
        if let Some(given) = given.filter(|_| !known) {
            let message = format!("must be {allowed}, not `{}`.", shortened(given));
            errors.push(FieldProblem { path: path.to_owned(), message });
        }
    };
    let words = |words: Vec<&str>| format!("one of {}", words.join(", "));
    let status = query.status.as_deref().map(Status::parse);
    let all = words(Status::words().collect());
    word("status", query.status.as_ref(), all, status != Some(None));
    let route = query.route.as_deref().map(Route::parse);
    word("route", query.route.as_ref(), words(Route::words().collect()), route != Some(None));
    let stage = query.stage.as_deref().map(Stage::parse);
    word("stage", query.stage.as_ref(), words(Stage::words().collect()), stage != Some(None));
    let phase = query.phase.as_deref().map(Phase::parse);
    word("phase", query.phase.as_ref(), "production or development".to_owned(), phase != Some(None));
    let number = |text: &String, from: u32, to: u32| text.parse().ok().filter(|number| (from..=to).contains(number));
    let severity = query.severity.as_ref().map(|text| number(text, 1, 4));
    word("severity", query.severity.as_ref(), "a number from 1 to 4".to_owned(), severity != Some(None));
    let limit = query.limit.as_ref().map(|text| number(text, 1, LARGEST_PAGE));
    word("limit", query.limit.as_ref(), format!("a number from 1 to {LARGEST_PAGE}"), limit != Some(None));
    let mut time = |path: &str, given: Option<&String>| match rfc3339(given?) {
        Ok(time) => Some(time),
        Err(bad) => {
            errors.push(FieldProblem { path: path.to_owned(), message: format!("{bad}.") });
            None
        }
    };
    let (since, before) = (time("since", query.since.as_ref()), time("before", query.before.as_ref()));
    let texts = [&query.q, &query.participant, &query.reference, &query.filer, &query.after];
    for (path, text) in ["q", "participant", "reference", "filer", "after"].into_iter().zip(texts) {
        if text.as_ref().is_some_and(|text| text.contains(char::is_control)) {
            errors
                .push(FieldProblem { path: path.to_owned(), message: "must not hold control characters.".to_owned() });
        }
    }
    if !errors.is_empty() {
        return Err(params::wrong(errors));
    }
    let filter = Filter {
        status: status.flatten(),
        route: query.route,
        stage: query.stage,
        phase: phase.flatten(),
        severity: severity.flatten().map(|severity| severity as u8),
        participant: query.participant,
        reference: query.reference,
        filer: query.filer,
        since,
        before,
        text: query.q.filter(|text| !text.trim().is_empty()),
        ..Filter::default()
    };
    Ok((filter, limit.flatten().unwrap_or(PAGE)))
}

impl From<EsrSummary> for EsrListed {
    fn from(esr: EsrSummary) -> Self {
        Self {
            id: esr.id,
            filer: esr.filer,
            reference: esr.reference,
            status: esr.status,
            route: esr.route,
            stage: esr.stage,
            rule: esr.rule,
            priority: esr.priority,
            phase: esr.phase,
            severity: esr.severity,
            summary: esr.summary,
            participant: esr.participant,
            received_at: esr.received_at,
            updated_at: esr.updated_at,
            revision: esr.revision,
        }
    }
}
