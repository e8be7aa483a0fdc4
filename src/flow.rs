//! The story of one eSR: untrusted input -> facts -> decision -> case -> what has to be sent -> stored, in one commit.

mod body;
mod heard;
mod telling;

use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use self::body::merged;
use self::body::{replaced, with_trace};
pub use self::heard::{Heard, Ticket};
use self::heard::{heard_data, known_now};
use self::telling::{Recipients, messages, recipients};
pub use self::telling::{channel, numbers, told_if};

use crate::app::{App, Evaluator};
use crate::cases::{Actor, Cause, EventKind, Status, when_closed_by};
use crate::deliver::Sending;
use crate::intake::content::content_hash;
use crate::intake::esr::{Esr, FiledBy};
use crate::intake::fields::FieldError;
use crate::intake::parse;
use crate::notify::{Told, outbox_rows};
use crate::registry::upstream::UpstreamError;
use crate::store::{
    Counterpart, Filed, NewDecision, NewEsr, NewEvent, Revised, Revision, StoreError, StoredEsr, WebhookId,
};
use crate::triage::decide::contact_of;
use crate::triage::decision::Decision;
use crate::triage::rules::Rules;

/// Who files, and how it came.
#[derive(Debug, Clone)]
pub struct Filing {
    /// Who acts: the filer, or an agent on its behalf.
    pub actor: Actor,
    /// The filer.
    pub filer: String,
    /// On which side the filer is.
    pub filed_by: FiledBy,
    /// The signed message that brought it.
    pub webhook: Option<WebhookId>,
}

/// What the filer of an eSR is answered.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Receipt {
    /// The case's id.
    pub id: String,
    /// The filer's own number.
    pub reference: String,
    /// Whom the case waits for.
    pub status: Status,
    /// When it was received: the day that every decision on it is taken for.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: jiff::Timestamp,
    /// The decision.
    pub decision: Decision,
}

/// What filing came to: the answer's JSON text.
#[derive(Debug)]
pub enum Answer {
    /// Stored now.
    New(String),
    /// Stored before, with the same content: the first answer again.
    Again(String),
}

/// Why something was not done; nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// These fields are wrong.
    #[error("{} fields are wrong", .0.len())]
    Fields(Vec<FieldError>),
    /// The reference is taken by other content.
    #[error("the reference is taken by other content: {id}")]
    OtherContent {
        /// The case that has the reference.
        id: String,
    },
    /// The signed message was taken before.
    #[error("the signed message was taken before")]
    MessageSeenBefore,
    /// The case is gone, or never was.
    #[error("there is no such case")]
    NotFound,
    /// Others were faster, again and again.
    #[error("the case changes too fast")]
    Moved,
    /// The registry that lives elsewhere has not answered yet.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Files one eSR: durable before this returns.
///
/// # Errors
/// [`Refused`]; nothing of it is stored then.
pub async fn file(app: &App, filing: Filing, body: Value) -> Result<Answer, Refused> {
    let esr = parse::esr(&body).map_err(Refused::Fields)?;
    let at = app.clock.now();
    let with = app.evaluator_for(&esr, &filing.filed_by).await?;
    let decision = with.decide(&esr, &filing.filed_by, at);
    let status = status(&with.rules, &decision);
    let id = app.clock.id("esr");
    let numbers = numbers(&esr, &filing.filer, &[]);
    let told = Told {
        esr_id: &id,
        filer: &filing.filer,
        revision: 1,
        esr: &body,
        numbers: &numbers,
        status_before: None,
        status,
        before: None,
        decision: &decision,
        at,
    };
    let outbox = outbox_rows(&told);
    let to = Recipients { filed_by: &filing.filed_by, reached: &[], origin: None };
    let deliveries = recipients(app, &with, &told, &outbox, to);
    let sending = Sending::of(app, &id, at, &outbox, &deliveries);
    let receipt = Receipt {
        id: id.clone(),
        reference: esr.reference.clone(),
        status,
        received_at: at,
        decision: decision.clone(),
    };
    let answer = serde_json::to_string(&receipt).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let stored = NewEsr {
        filer: filing.filer.clone(),
        filed_by: filing.filed_by.clone(),
        content_hash: content_hash(&body),
        status,
        events: vec![
            event(app, at, EventKind::Filed, &filing.actor, json!({ "reference": esr.reference })),
            event(app, at, EventKind::Decided, &Actor::service(), moved(None, &decision)),
        ],
        outbox,
        deliveries,
        lease: sending.lease(),
        first_answer: answer.clone(),
        received_at: at,
        webhook: filing.webhook,
        decision: NewDecision { decision, cause: Cause::Filed, actor: filing.actor.clone(), at },
        esr,
        body,
        id,
    };
    let place = [("route", stored.decision.decision.route.clone()), ("stage", stored.decision.decision.stage.clone())];
    match app.store.file_esr(stored).await? {
        Filed::Stored => {
            metrics::counter!("pointsman_esrs_filed_total", &place).increment(1);
            sending.begin(app, true);
            Ok(Answer::New(answer))
        }
        Filed::Again { first_answer, .. } => Ok(Answer::Again(first_answer)),
        Filed::Conflict { id } => Err(Refused::OtherContent { id }),
        Filed::MessageSeenBefore => Err(Refused::MessageSeenBefore),
    }
}

/// What happens to a case that is there already.
pub enum Change<'a> {
    /// A party says something new: the keys replace what was said, and the rules decide again, for the day of receipt.
    Said(&'a Value),
    /// An agent chooses the route and stage.
    Override {
        /// The route chosen.
        route: &'a str,
        /// The stage chosen.
        stage: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// A side disputes the route: an agent looks, and the decision stays.
    Contest {
        /// Why.
        reason: &'a str,
    },
    /// A side's own system, or its letter, said something.
    Heard(Heard<'a>),
    /// A file was added that counts as a trace of the participant's analysis; its name joins those that are known.
    Trace {
        /// The file's name.
        name: &'a str,
    },
}

/// How often a change is tried again because somebody else was faster.
const ATTEMPTS: usize = 20;

/// Changes a case: a decision is added, none replaced. Returns the case as it is then.
///
/// # Errors
/// [`Refused`]; nothing of it is stored then.
pub async fn change(
    app: &App,
    id: &str,
    actor: &Actor,
    change: Change<'_>,
    webhook: Option<WebhookId>,
) -> Result<StoredEsr, Refused> {
    // On the heap: it is the largest part of everything that awaits it.
    Box::pin(change_via(app, id, actor, change, (webhook, None))).await
}

/// The same by somebody who holds a link to the case: the timeline says so.
///
/// # Errors
/// [`Refused`]; nothing of it is stored then.
pub async fn change_by_link(app: &App, id: &str, actor: &Actor, change: Change<'_>) -> Result<StoredEsr, Refused> {
    Box::pin(change_via(app, id, actor, change, (None, Some(BY_LINK)))).await
}

/// What timeline entries say in `via` of what came by a letter's link.
pub const BY_LINK: &str = "link";

async fn change_via(
    app: &App,
    id: &str,
    actor: &Actor,
    change: Change<'_>,
    (webhook, via): (Option<WebhookId>, Option<&str>),
) -> Result<StoredEsr, Refused> {
    for _ in 0..ATTEMPTS {
        let before = app.store.esr(id).await?.ok_or(Refused::NotFound)?;
        let tickets = app.store.counterparts(id).await?;
        let mut after = before.clone();
        let at = app.clock.now();
        let mut with = app.evaluator();
        let mut counterpart = None;
        let (cause, kind, mut data) = match &change {
            Change::Said(said) => {
                with = say(app, &before, &mut after, said).await?;
                (Cause::Updated, EventKind::Updated, json!({ "said": said, "was": replaced(&before.body, said) }))
            }
            Change::Heard(heard) => {
                counterpart = known_now(heard, id, actor, at, &tickets);
                let said = heard.said.filter(|said| merged(&before.body, said) != before.body);
                if let Some(said) = said {
                    with = say(app, &before, &mut after, said).await?;
                }
                if heard.closed {
                    let decision = &after.decision;
                    after.status = when_closed_by(heard.side, &decision.route, &decision.stage, after.status);
                }
                if said.is_none() && counterpart.is_none() && after.status == before.status {
                    return Ok(before);
                }
                (Cause::Updated, EventKind::Heard, heard_data(heard))
            }
            Change::Trace { name } => {
                let Some(said) = with_trace(&before.body, name) else { return Ok(before) };
                with = say(app, &before, &mut after, &said).await?;
                (Cause::Updated, EventKind::Updated, json!({ "said": said }))
            }
            Change::Override { route, stage, reason } => {
                with = evaluator_of_choice(app, &before).await?;
                choose(&mut after, &with, (route, stage), reason, actor);
                (Cause::Overridden, EventKind::Overridden, json!({ "reason": reason, "route": route, "stage": stage }))
            }
            Change::Contest { reason } => {
                after.status = Status::WaitingAgent;
                (Cause::Contested, EventKind::Contested, json!({ "reason": reason }))
            }
        };
        if let Some(via) = via {
            data["via"] = via.into();
        }
        after.revision += 1;
        after.updated_at = at;
        let origin = match &change {
            Change::Heard(heard) => heard.endpoint,
            _ => None,
        };
        let news = News { cause, kind, actor, data, tickets: &tickets, counterpart, origin };
        let (revision, sending) = revision(app, &with, &before, &after, news)?;
        let revision = Revision { webhook: webhook.clone(), ..revision };
        match app.store.revise(revision).await? {
            Revised::Done { revision, held } => {
                sending.begin(app, held);
                return Ok(StoredEsr { revision, ..after });
            }
            Revised::Moved => {}
            Revised::NotFound => return Err(Refused::NotFound),
            Revised::MessageSeenBefore => return Err(Refused::MessageSeenBefore),
        }
    }
    Err(Refused::Moved)
}

/// Puts what is said in place of what was said, and lets the rules decide again, for the day of receipt. An agent's choice
/// and a contest stand until something changes a fact.
async fn say(app: &App, before: &StoredEsr, after: &mut StoredEsr, said: &Value) -> Result<Evaluator, Refused> {
    after.body = merged(&before.body, said);
    let esr = parse::esr(&after.body).map_err(Refused::Fields)?;
    let with = app.evaluator_for(&esr, &before.filed_by).await?;
    let decided = with.decide(&esr, &before.filed_by, before.received_at);
    after.status = stands(before, &decided).unwrap_or_else(|| status(&with.rules, &decided));
    let overridden = before.decision.rule == OVERRIDE && decided.facts == before.decision.facts;
    after.decision = if overridden { before.decision.clone() } else { decided };
    Ok(with)
}

/// What a change brings, beside the eSR as it stands then.
struct News<'a> {
    cause: Cause,
    kind: EventKind,
    actor: &'a Actor,
    data: Value,
    tickets: &'a [Counterpart],
    counterpart: Option<Counterpart>,
    origin: Option<&'a str>,
}

/// The change with everything that commits with it, but for the signed message that brought it.
fn revision(
    app: &App,
    with: &Evaluator,
    before: &StoredEsr,
    after: &StoredEsr,
    news: News<'_>,
) -> Result<(Revision, Sending), Refused> {
    let News { cause, kind, actor, data, tickets, counterpart, origin } = news;
    let esr: Esr = parse::esr(&after.body).map_err(Refused::Fields)?;
    let at = after.updated_at;
    let mut events = vec![event(app, at, kind, actor, data)];
    if cause == Cause::Updated {
        let moved = moved(Some(&before.decision), &after.decision);
        events.push(event(app, at, EventKind::Decided, &Actor::service(), moved));
    }
    let tickets: Vec<_> = tickets
        .iter()
        .filter(|known| counterpart.as_ref().is_none_or(|new| new.endpoint_id != known.endpoint_id))
        .chain(&counterpart)
        .cloned()
        .collect();
    let numbers = numbers(&esr, &after.filer, &tickets);
    let (outbox, deliveries) = messages(app, with, (before, after), &numbers, origin);
    let sending = Sending::of(app, &after.id, at, &outbox, &deliveries);
    let revision = Revision {
        esr_id: after.id.clone(),
        expected_revision: before.revision,
        body: after.body.clone(),
        esr,
        decision: NewDecision { decision: after.decision.clone(), cause, actor: actor.clone(), at },
        status: after.status,
        events,
        outbox,
        deliveries,
        lease: sending.lease(),
        counterpart,
        webhook: None,
    };
    Ok((revision, sending))
}

/// What stands as the rule of a decision that an agent took.
const OVERRIDE: &str = "override";

/// Whom the case goes on waiting for when nothing that was said changes a fact: an agent's choice and a contest stand
/// until there is something new to decide on.
fn stands(before: &StoredEsr, decided: &Decision) -> Option<Status> {
    (decided.facts == before.decision.facts).then_some(before.status)
}

/// Whom the case waits for, as the outcome of the decision says.
fn status(rules: &Rules, decision: &Decision) -> Status {
    rules.outcome_of(decision).map_or(Status::Open, |outcome| outcome.status)
}

/// What an agent's choice is worked out with; without a registry elsewhere the choice is taken all the same.
async fn evaluator_of_choice(app: &App, case: &StoredEsr) -> Result<Evaluator, Refused> {
    let esr = parse::esr(&case.body).map_err(Refused::Fields)?;
    Ok(app.evaluator_for(&esr, &case.filed_by).await.unwrap_or_else(|_| app.evaluator()))
}

/// Puts an agent's choice in place of the decision.
fn choose(case: &mut StoredEsr, with: &Evaluator, (route, stage): (&str, &str), reason: &str, actor: &Actor) {
    case.decision = chosen(&case.decision, route, stage, reason, actor);
    case.decision.contact = contact_of(&case.decision, &with.registry, &with.rules);
    case.status = status(&with.rules, &case.decision);
}

/// The decision as an agent chose it: the facts and evidence stay, what follows from the rules does not.
fn chosen(before: &Decision, route: &str, stage: &str, reason: &str, actor: &Actor) -> Decision {
    Decision {
        route: route.to_owned(),
        stage: stage.to_owned(),
        rule: OVERRIDE.to_owned(),
        because: format!("{} chose this route: {reason}", actor.name),
        would_change: Vec::new(),
        next_steps: Vec::new(),
        missing: Vec::new(),
        ..before.clone()
    }
}

/// From where to where a decision moved the case, and by which rule.
fn moved(before: Option<&Decision>, now: &Decision) -> Value {
    let place = |decision: &Decision| json!({ "route": decision.route, "stage": decision.stage });
    json!({ "from": before.map(place), "to": place(now), "rule": now.rule })
}

/// A timeline entry of now.
pub fn event(app: &App, at: jiff::Timestamp, kind: EventKind, actor: &Actor, data: Value) -> NewEvent {
    NewEvent { id: app.clock.id("evt"), at, kind, actor: actor.clone(), data }
}
