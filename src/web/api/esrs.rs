//! `POST /v1/esrs` and `GET /v1/esrs/{id}`: filing one eSR, and reading one with all that happened to it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::attachments::{self, AttachmentShown};
use super::deliveries::{self, DeliveryShown};
use super::{Caller, Web, case_of, json_text};
use crate::cases::{Actor, Cause, EventKind, Role, Status};
use crate::flow::{self, Answer, Change, Filing, Receipt};
use crate::intake::esr::{Esr, FiledBy, OwnCompany};
use crate::intake::parse;
use crate::notify::Number;
use crate::triage::decision::Decision;
use crate::triage::facts::Filer;
use crate::web::auth::JsonCall;
use crate::web::problem::{Problem, ProblemDetails};

/// The longest name of a partner that an agent files for.
const NAME: usize = 200;

/// File an eSR
///
/// Stored durably, with its decision and what has to be sent, before the answer. The same reference with the same content
/// again is answered 200 with the first answer; with other content 409. An agent files for a partner that telephoned or
/// wrote, and names it in `on_behalf_of`.
#[utoipa::path(post, path = "/v1/esrs", tag = "eSRs", request_body = Esr, responses(
    (status = 201, description = "Stored and decided", body = Receipt),
    (status = 200, description = "The same was filed before: the first answer", body = Receipt),
    (status = 400, description = "The body is no JSON", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 401, description = "No valid credential", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 403, description = "The key's role files no eSRs", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 409, description = "The reference is taken by other content", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 413, description = "The body is too large", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 429, description = "Too many requests", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 503, description = "Busy; send it again", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn file(State(web): State<Web>, call: JsonCall) -> Result<Response, Problem> {
    let caller = &call.caller;
    caller.must_be(FILERS)?;
    let value = call.body()?;
    file_one(&web, caller, value, caller.webhook.clone()).await.map(|(status, text)| json_text(status, text))
}

/// Who may file.
pub(super) const FILERS: &[Role] = &[Role::BusinessPartner, Role::Participant, Role::Agent];

/// Files one eSR of this caller: the status, and the answer's JSON text.
///
/// # Errors
/// Whatever is wrong with it; nothing is stored then.
pub(super) async fn file_one(
    web: &Web,
    caller: &Caller,
    value: Value,
    webhook: Option<crate::store::WebhookId>,
) -> Result<(StatusCode, String), Problem> {
    let (actor, filer, filed_by) = who_files(web, caller, &value).await?;
    match flow::file(&web.app, Filing { actor, filer, filed_by, webhook }, value).await? {
        Answer::New(text) => Ok((StatusCode::CREATED, text)),
        Answer::Again(text) => Ok((StatusCode::OK, text)),
    }
}

/// Who acts, who files and on which side: the caller, or the partner that an agent names.
async fn who_files(web: &Web, caller: &Caller, value: &Value) -> Result<(Actor, String, FiledBy), Problem> {
    let named = value.get("on_behalf_of").filter(|named| !named.is_null());
    if let Some(filed_by) = caller.as_filer() {
        if named.is_some() {
            return Err(Problem::new(
                crate::web::problem::Kind::Forbidden,
                "`on_behalf_of` is for agents; leave it out to file for yourself.",
            ));
        }
        return Ok((caller.actor(), caller.owner.clone(), filed_by));
    }
    let named = named.and_then(Value::as_str).map(str::trim).filter(|named| !named.is_empty());
    let Some(owner) = named.filter(|named| named.chars().count() <= NAME && !named.contains(char::is_control)) else {
        return Err(Problem::field(
            "on_behalf_of",
            format!("must name the partner that the agent files for, as its keys do, in at most {NAME} characters."),
        ));
    };
    let actor = Actor { on_behalf_of: Some(owner.to_owned()), ..caller.actor() };
    // A partner that only telephones has no key: it is a business partner then.
    let keys = web.app.store.keys().await?;
    let participant = keys.into_iter().find(|key| key.owner == owner && key.role == Role::Participant);
    let filed_by = match participant {
        Some(key) => FiledBy {
            filer: Filer::Participant,
            own_company: key.participant.map_or(OwnCompany::None, OwnCompany::Participant),
        },
        None => FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None },
    };
    Ok((actor, owner.to_owned(), filed_by))
}

/// A case with all that happened to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Case {
    /// Its id.
    id: String,
    /// The filer's own number.
    reference: String,
    /// Whom it waits for.
    status: Status,
    /// Who filed it.
    filer: String,
    /// When it was received: the day that every decision on it is taken for.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// How often it was decided.
    revision: i64,
    /// What was filed, after all updates, unknown keys and all.
    #[schema(value_type = Object)]
    esr: Value,
    /// The latest decision.
    decision: Decision,
    /// Every decision, the first one first.
    decisions: Vec<DecisionTaken>,
    /// Who said and did what, the oldest entry first.
    timeline: Vec<TimelineEntry>,
    /// Traces and documents.
    attachments: Vec<AttachmentShown>,
    /// Every side's own number of the case, as far as they are known.
    numbers: Vec<Number>,
    /// Who was told what, the oldest first; for agents alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Vec<DeliveryShown>>,
}

/// A decision, why it was taken and through whom.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DecisionTaken {
    /// 1 for the first.
    seq: i64,
    /// Why it was taken.
    cause: Cause,
    /// Who caused it.
    by: Actor,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The decision.
    decision: Decision,
}

/// One entry of a timeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TimelineEntry {
    /// Its id.
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What.
    kind: EventKind,
    /// Who.
    by: Actor,
    /// The rest, by kind.
    #[schema(value_type = Object)]
    data: Value,
}

/// One eSR with its decisions, timeline and attachments
#[utoipa::path(get, path = "/v1/esrs/{id}", tag = "eSRs", params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case", body = Case),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn one(State(web): State<Web>, caller: Caller, Path(id): Path<String>) -> Result<Json<Case>, Problem> {
    let (esr, _) = case_of(&web, &caller, &id).await?;
    shown(&web, &caller, esr).await.map(Json)
}

/// Changes a case, and shows it as it is then.
///
/// # Errors
/// When the change is refused; nothing of it is stored then.
pub(super) async fn changed(
    web: &Web,
    caller: &Caller,
    actor: &Actor,
    id: &str,
    change: Change<'_>,
) -> Result<Json<Case>, Problem> {
    let esr = flow::change(&web.app, id, actor, change, caller.webhook.clone()).await?;
    shown(web, caller, esr).await.map(Json)
}

/// The case as it is shown.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn shown(web: &Web, caller: &Caller, esr: crate::store::StoredEsr) -> Result<Case, Problem> {
    let store = &web.app.store;
    let (decisions, timeline, attachments, tickets) = tokio::try_join!(
        store.decisions(&esr.id),
        store.timeline(&esr.id),
        store.attachments(&esr.id),
        store.counterparts(&esr.id)
    )?;
    // Notes are among the service's own people.
    let own = caller.role == Role::Agent;
    let timeline = timeline.into_iter().filter(|event| own || event.kind != EventKind::Noted);
    let numbers = parse::esr(&esr.body).map(|said| flow::numbers(&said, &esr.filer, &tickets)).unwrap_or_default();
    let deliveries = match caller.role {
        Role::Agent => Some(deliveries::beside_case(web, &esr.id).await?),
        _ => None,
    };
    let decisions = decisions.into_iter().map(|taken| DecisionTaken {
        seq: taken.seq,
        cause: taken.cause,
        by: taken.actor,
        at: taken.at,
        decision: taken.decision,
    });
    let timeline = timeline.into_iter().map(|event| TimelineEntry {
        id: event.id,
        at: event.at,
        kind: event.kind,
        by: event.actor,
        data: event.data,
    });
    let attachments = attachments::shown(web, &esr, attachments).await;
    Ok(Case {
        reference: esr.reference,
        status: esr.status,
        filer: esr.filer,
        received_at: esr.received_at,
        updated_at: esr.updated_at,
        revision: esr.revision,
        esr: esr.body,
        decision: esr.decision,
        decisions: decisions.collect(),
        timeline: timeline.collect(),
        attachments,
        numbers,
        deliveries,
        id: esr.id,
    })
}
