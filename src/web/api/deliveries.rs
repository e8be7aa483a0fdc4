//! `GET /v1/deliveries`: who was told what, when, and did it arrive.

pub(in crate::web) mod replay;
pub(in crate::web) mod summary;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::params::{Params, Reading};
use super::{Caller, Web, case_of};
use crate::cases::Role;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::MAIL_SYSTEM;
use crate::notify::retry::Reason;
use crate::notify::{EventType, Notice};
use crate::store::{Attempt, Delivery, DeliveryFilter};
use crate::triage::outcome::Side;
use crate::web::problem::{Problem, ProblemDetails};

/// How many deliveries a page holds when not said, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// Which deliveries to list; all when nothing is given.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How many a page holds, 1 to 500; 50 when not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Of this case, by its id.
    esr: Option<String>,
    /// Of the cases with this filer's number, exactly.
    reference: Option<String>,
    /// To this endpoint, by name or id; `email` is the mail system.
    endpoint: Option<String>,
    /// `pending`, `delivered`, `dead` or `unaddressed`.
    state: Option<String>,
    /// `business_partner`, `participant`, `ale`, `agent` or `finance`.
    side: Option<String>,
    /// To this partner (owner of keys), participant (id) or desk.
    party: Option<String>,
    /// Stored at this time or later.
    since: Option<String>,
    /// Stored before this time.
    before: Option<String>,
}

/// Which page of a case's deliveries.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// How many a page holds, 1 to 500; 50 when not given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// One page of deliveries, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct DeliveryPage {
    /// The deliveries.
    items: Vec<DeliveryShown>,
    /// What to give as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// A message for one receiver.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct DeliveryShown {
    /// Its id.
    pub(in crate::web) id: String,
    /// Who was told what, when, and did it arrive: in a sentence or two.
    pub(in crate::web) summary: String,
    /// How far it is.
    pub(in crate::web) state: DeliveryState,
    /// The case.
    pub(in crate::web) esr: String,
    /// The filer's number of the case.
    pub(in crate::web) reference: String,
    /// What is told.
    pub(in crate::web) event: EventType,
    /// How it is told.
    pub(in crate::web) notice: Notice,
    /// The message; a receiver knows repeats by it (`webhook-id`).
    pub(in crate::web) message: String,
    /// The side that is told.
    pub(in crate::web) side: Side,
    /// The partner, the participant's id, or the desk.
    pub(in crate::web) party: String,
    /// Its name, where the registry or the rules know one.
    pub(in crate::web) party_name: Option<String>,
    /// The endpoint's name; `email` is the mail system; null when no channel to this side is known.
    pub(in crate::web) endpoint: Option<String>,
    /// The connector that the endpoint is spoken to with.
    pub(in crate::web) connector: Option<String>,
    /// The mail address, where the mail system is the channel.
    pub(in crate::web) address: Option<String>,
    /// Why it did not arrive, or not yet: a word for programs.
    pub(in crate::web) reason: Option<String>,
    /// The same in a sentence.
    pub(in crate::web) because: Option<String>,
    /// How often it was tried.
    pub(in crate::web) attempts: u32,
    /// Whether a node is at it now.
    pub(in crate::web) under_way: bool,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::web) created_at: Timestamp,
    /// When it arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) delivered_at: Option<Timestamp>,
    /// When it was given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) given_up_at: Option<Timestamp>,
    /// When it is tried next, at the earliest.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) next_try_at: Option<Timestamp>,
    /// Until when the side is to answer.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) answer_by: Option<Timestamp>,
}

/// A delivery with each of its tries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct DeliveryWhole {
    #[serde(flatten)]
    pub(in crate::web) delivery: DeliveryShown,
    /// Each try, the first one first.
    pub(in crate::web) tries: Vec<TryShown>,
    /// The message as it is sent in full.
    #[schema(value_type = Object)]
    pub(in crate::web) payload: Option<Value>,
}

/// One try.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct TryShown {
    /// Which, from 1; replays go on counting.
    pub(in crate::web) number: u32,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::web) at: Timestamp,
    /// How long it took, in milliseconds.
    pub(in crate::web) took_ms: f64,
    /// In a word: `delivered`, or what went wrong.
    pub(in crate::web) outcome: String,
    /// What went wrong, in a sentence.
    pub(in crate::web) because: Option<String>,
    /// The status that was answered: HTTP's or SMTP's.
    pub(in crate::web) status: Option<u16>,
    /// An excerpt of the answer.
    pub(in crate::web) answer: String,
}

/// Who was told what, when, and did it arrive; the newest first
#[utoipa::path(get, path = "/v1/deliveries", tag = "Delivery", params(Query), responses(
    (status = 200, description = "A page", body = DeliveryPage),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Params { given: query, wrong }: Params<Query>,
) -> Result<Json<DeliveryPage>, Problem> {
    caller.must_be(&[Role::Agent])?;
    let mut read = Reading(wrong);
    let limit = read.limit(query.limit.as_ref(), PAGE, LARGEST_PAGE);
    let state = read.word("state", query.state.as_ref(), DeliveryState::parse, DeliveryState::words());
    let told = || crate::notify::policy::TOLD.iter().map(|side| side.as_str());
    let side = |word: &str| Side::parse(word).filter(|side| crate::notify::policy::TOLD.contains(side));
    let side = read.word("side", query.side.as_ref(), side, told());
    let (since, before) = (read.time("since", query.since.as_ref()), read.time("before", query.before.as_ref()));
    read.texts([
        ("after", query.after.as_ref()),
        ("esr", query.esr.as_ref()),
        ("reference", query.reference.as_ref()),
        ("endpoint", query.endpoint.as_ref()),
        ("party", query.party.as_ref()),
    ]);
    let endpoint_id = match &query.endpoint {
        Some(name) => Some(endpoint_id(&web, name).await?.unwrap_or_else(|| {
            read.refuse(
                "endpoint",
                "must be the name or the id of an endpoint; GET /v1/endpoints lists them.".to_owned(),
            );
            String::new()
        })),
        None => None,
    };
    read.finish()?;
    let filter = DeliveryFilter {
        esr_id: query.esr,
        reference: query.reference,
        endpoint_id,
        state,
        side,
        party: query.party,
        since,
        before,
    };
    page(&web, &filter, query.after.as_deref(), limit).await.map(Json)
}

/// Who was told what of one case, the newest first
#[utoipa::path(get, path = "/v1/esrs/{id}/deliveries", tag = "Delivery",
    params(("id" = String, Path, description = "The case's id"), PageQuery), responses(
    (status = 200, description = "A page", body = DeliveryPage),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is no case of that id", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn of_case(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    Params { given: query, wrong }: Params<PageQuery>,
) -> Result<Json<DeliveryPage>, Problem> {
    caller.must_be(&[Role::Agent])?;
    let mut read = Reading(wrong);
    let limit = read.limit(query.limit.as_ref(), PAGE, LARGEST_PAGE);
    read.finish()?;
    case_of(&web, &caller, &id).await?;
    let filter = DeliveryFilter { esr_id: Some(id), ..DeliveryFilter::default() };
    page(&web, &filter, query.after.as_deref(), limit).await.map(Json)
}

/// One delivery with each of its tries, and the message
#[utoipa::path(get, path = "/v1/deliveries/{id}", tag = "Delivery", params(("id" = String, Path, description = "The delivery's id")), responses(
    (status = 200, description = "The delivery", body = DeliveryWhole),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none of that id", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeliveryWhole>, Problem> {
    caller.must_be(&[Role::Agent])?;
    whole(&web, &id).await.map(Json)
}

/// The delivery as it stands.
///
/// # Errors
/// 404 when there is none of that id.
pub(in crate::web) async fn whole(web: &Web, id: &str) -> Result<DeliveryWhole, Problem> {
    let (delivery, tries) = web.app.store.delivery(id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    let payload = web.app.store.message(&delivery.message_id).await?.map(|message| message.payload);
    Ok(DeliveryWhole {
        delivery: shown(web, delivery),
        tries: tries.into_iter().map(TryShown::from).collect(),
        payload,
    })
}

async fn page(web: &Web, filter: &DeliveryFilter, after: Option<&str>, limit: u32) -> Result<DeliveryPage, Problem> {
    let page = web.app.store.deliveries(filter, after, limit).await?;
    Ok(DeliveryPage { items: page.items.into_iter().map(|found| shown(web, found)).collect(), next: page.next })
}

/// What an agent sees of a case's deliveries beside the case: the newest, the oldest of them first.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn beside_case(web: &Web, esr_id: &str) -> Result<Vec<DeliveryShown>, Problem> {
    let filter = DeliveryFilter { esr_id: Some(esr_id.to_owned()), ..DeliveryFilter::default() };
    let mut shown = page(web, &filter, None, LARGEST_PAGE).await?.items;
    shown.reverse();
    Ok(shown)
}

/// The endpoint of that name or id.
async fn endpoint_id(web: &Web, name: &str) -> Result<Option<String>, Problem> {
    let all = web.app.store.endpoints().await?;
    Ok(all.into_iter().find(|endpoint| endpoint.name == name || endpoint.id == name).map(|endpoint| endpoint.id))
}

/// The delivery as an agent sees it.
pub(in crate::web) fn shown(web: &Web, delivery: Delivery) -> DeliveryShown {
    let now = web.app.clock.now();
    let directory = web.app.directory();
    let receiver = delivery.endpoint_id.as_deref().and_then(|id| directory.get(id));
    let by_mail = delivery.endpoint_id.as_deref() == Some(MAIL_SYSTEM);
    let settled = |state| delivery.settled_at.filter(|_| delivery.state == state);
    // A lease that is over is nobody's any more.
    let under_way = delivery.state == DeliveryState::Pending && delivery.under_way && delivery.due_at > now;
    let reason = delivery.reason.clone().filter(|reason| !reason.is_empty());
    let because = reason.as_deref().map(sentence).or_else(|| {
        (delivery.state == DeliveryState::Unaddressed)
            .then(|| "No channel to this side is known: give it an endpoint, then replay.".to_owned())
    });
    let mut shown = DeliveryShown {
        summary: String::new(),
        state: delivery.state,
        party_name: name_of(web, delivery.side, &delivery.party),
        connector: receiver.map(|receiver| receiver.endpoint.connector.clone()),
        address: by_mail.then_some(delivery.address),
        because,
        reason,
        attempts: delivery.attempts,
        under_way,
        created_at: delivery.created_at,
        delivered_at: settled(DeliveryState::Delivered),
        given_up_at: settled(DeliveryState::Dead),
        next_try_at: (delivery.state == DeliveryState::Pending && !under_way).then_some(delivery.due_at),
        answer_by: delivery.answer_by,
        id: delivery.id,
        esr: delivery.esr_id,
        reference: delivery.reference,
        event: delivery.event_type,
        notice: delivery.notice,
        message: delivery.message_id,
        side: delivery.side,
        party: delivery.party,
        endpoint: delivery.endpoint,
    };
    shown.summary = in_a_line(&shown);
    shown
}

/// The sentence for a reason's word; a word that is none stands for itself.
fn sentence(reason: &str) -> String {
    Reason::parse(reason).map_or_else(|| reason.to_owned(), |reason| reason.sentence().to_owned())
}

/// A participant's name in the registry, a desk's in the rules.
pub(in crate::web) fn name_of(web: &Web, side: Side, party: &str) -> Option<String> {
    let with = web.app.evaluator();
    match side {
        Side::Participant => with.registry.participant_by_id(party).map(|participant| participant.name.clone()),
        Side::Ale | Side::Agent | Side::Finance => with.notices.desk(side).map(|desk| desk.name.clone()),
        Side::BusinessPartner | Side::Filer => None,
    }
}

/// Who was told what, when, and did it arrive.
fn in_a_line(shown: &DeliveryShown) -> String {
    let who = shown.party_name.as_ref().unwrap_or(&shown.party);
    let channel = match (&shown.address, &shown.endpoint) {
        (Some(address), _) => format!(" by mail to {address}"),
        (None, Some(endpoint)) => format!(" through `{endpoint}`"),
        (None, None) => String::new(),
    };
    let tries = if shown.attempts == 1 { "1 try".to_owned() } else { format!("{} tries", shown.attempts) };
    let because = shown.because.as_deref().unwrap_or_default();
    let how = match shown.state {
        DeliveryState::Delivered => match shown.delivered_at {
            Some(at) => format!("arrived {at:.0}, {tries}."),
            None => format!("arrived, {tries}."),
        },
        DeliveryState::Pending if shown.under_way => "is under way now.".to_owned(),
        DeliveryState::Pending if shown.attempts == 0 => "waits to be sent.".to_owned(),
        DeliveryState::Pending => match shown.next_try_at {
            Some(at) => format!("not yet: {because} {tries}, the next {at:.0}."),
            None => format!("not yet: {because} {tries}."),
        },
        DeliveryState::Dead => format!("did not arrive: {because} {tries}."),
        DeliveryState::Unaddressed => format!("was not sent. {because}"),
    };
    format!("{who} ({}), {} as {}{channel}: {how}", shown.side, shown.event, shown.notice)
}

impl From<Attempt> for TryShown {
    fn from(Attempt { number, attempt }: Attempt) -> Self {
        Self {
            number,
            at: attempt.at,
            took_ms: attempt.took_us as f64 / 1000.0,
            because: Reason::parse(&attempt.outcome).map(|reason| reason.sentence().to_owned()),
            outcome: attempt.outcome,
            status: attempt.status,
            answer: attempt.answer,
        }
    }
}
