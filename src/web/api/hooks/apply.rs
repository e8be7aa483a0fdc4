//! Doing what a callback says: which case it is about, whether its endpoint may speak of that, and what changes.

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::cases::{Actor, EventKind, Status, reaches_ale, reaches_participant};
use crate::connectors::{self, Callback, TicketStatus};
use crate::deliver::ticket;
use crate::flow::{self, Heard, Refused, Ticket};
use crate::intake::esr::OwnCompany;
use crate::intake::limits::{FREE_TEXT, NAME};
use crate::notify::endpoint::Endpoint;
use crate::store::{Filter, Inbound, InboundState, NewEvent, SeenBy, StoreError, StoredEsr, WebhookId};
use crate::triage::outcome::Side;
use crate::web::problem::Problem;

/// What became of it, why, and the case.
type Done = (InboundState, Option<String>, Option<String>);

/// Does what a callback says. Applied and settled are one commit; what is returned settles the rest.
///
/// # Errors
/// When it cannot be done just now.
pub(super) async fn apply(
    app: &App,
    endpoint: &Endpoint,
    inbound: &Inbound,
    callback: &Callback,
) -> Result<Done, Problem> {
    let Some(change) = &callback.change else {
        return Ok((InboundState::Ignored, Some("There is nothing to do about it.".to_owned()), None));
    };
    let case = match find(app, endpoint, callback).await? {
        Ok(case) => case,
        Err(why) => return Ok((InboundState::Held, Some(why), None)),
    };
    let esr_id = Some(case.id.clone());
    match say(app, endpoint, inbound, &case, callback, change).await {
        Ok(true) => Ok((InboundState::Applied, None, esr_id)),
        Ok(false) => Ok((InboundState::Ignored, Some("It says nothing new.".to_owned()), esr_id)),
        // This one, before it was killed, or another node did it.
        Err(Refused::MessageSeenBefore) => Ok((InboundState::Applied, None, esr_id)),
        Err(Refused::Fields(errors)) => {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Ok((InboundState::Held, Some(format!("What it says cannot be stored: {}.", errors.join("; "))), esr_id))
        }
        Err(Refused::NotFound) => Ok((InboundState::Held, Some(UNKNOWN.to_owned()), None)),
        Err(refused) => Err(refused.into()),
    }
}

/// One sentence whether there is no such case or it is another side's: ids cannot be probed.
const UNKNOWN: &str = "It names no case that this endpoint may speak of.";

/// The case, or why there is none: by our id or reference that it echoes, or by its own ticket.
async fn find(app: &App, endpoint: &Endpoint, callback: &Callback) -> Result<Result<StoredEsr, String>, StoreError> {
    let ours = match &callback.case {
        Some(named) => match by_name(app, endpoint, named.trim()).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        },
        None => None,
    };
    let theirs = match &callback.remote_id {
        Some(remote) => match app.store.counterpart_by_remote_id(&endpoint.id, remote.trim()).await? {
            Some(ticket) => app.store.esr(&ticket.esr_id).await?,
            None => None,
        },
        None => None,
    };
    let found = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.id != theirs.id => {
            return Ok(Err(format!("It names the case {}, and a ticket that belongs to {}.", ours.id, theirs.id)));
        }
        (Some(case), _) | (None, Some(case)) => Some(case),
        (None, None) => None,
    };
    Ok(found.filter(|case| may_speak_of(endpoint, case)).ok_or_else(|| UNKNOWN.to_owned()))
}

/// The case of that id, or of that filer's number where only one has it that this endpoint may speak of.
async fn by_name(app: &App, endpoint: &Endpoint, named: &str) -> Result<Result<Option<StoredEsr>, String>, StoreError> {
    if named.contains('\0') {
        return Ok(Ok(None));
    }
    if let Some(case) = app.store.esr(named).await? {
        return Ok(Ok(Some(case)));
    }
    let seen_by = match (endpoint.side, &endpoint.owner) {
        (Side::Participant, Some(id)) => SeenBy::Participant { id: id.clone(), owner: String::new() },
        (Side::BusinessPartner, Some(owner)) => SeenBy::Filer(owner.clone()),
        _ => SeenBy::Everyone,
    };
    let filter = Filter { seen_by, reference: Some(named.to_owned()), ..Filter::default() };
    let page = app.store.list(&filter, None, 2).await?;
    match page.items.as_slice() {
        [one] => Ok(Ok(app.store.esr(&one.id).await?)),
        [] => Ok(Ok(None)),
        _ => Ok(Err(format!("Several filers have a case {named:?}; it does not say which one it means."))),
    }
}

/// A side speaks of its own cases; ALE's desks of all.
fn may_speak_of(endpoint: &Endpoint, case: &StoredEsr) -> bool {
    match (endpoint.side, &endpoint.owner) {
        (Side::Ale | Side::Agent | Side::Finance, _) => true,
        (Side::Participant, Some(id)) => {
            case.reached.contains(id) || case.filed_by.own_company == OwnCompany::Participant(id.clone())
        }
        (Side::BusinessPartner, Some(owner)) => case.filer == *owner,
        _ => false,
    }
}

/// Changes the case. `false` when nothing is new.
async fn say(
    app: &App,
    endpoint: &Endpoint,
    inbound: &Inbound,
    case: &StoredEsr,
    callback: &Callback,
    change: &connectors::Change,
) -> Result<bool, Refused> {
    let actor = ticket::actor(app, endpoint);
    let known = app.store.counterparts(&case.id).await?;
    let known = known.iter().find(|known| known.endpoint_id == endpoint.id);
    // Conclusions count for a case number only: where people have none, the other system's own key stands for it.
    let number = short(change.number.as_ref()).or_else(|| known.and_then(|known| known.number.clone())).or_else(|| {
        callback.remote_id.clone().or_else(|| known?.remote_id.clone()).filter(|_| change.conclusion.is_some())
    });
    let said = match endpoint.side {
        Side::Participant => participant_case(case, number, change),
        _ => None,
    };
    let heard_findings = said.as_ref().is_some_and(|said| said.pointer("/participant_case/findings").is_some());
    let note = json!({
        "through": endpoint.name,
        "event": callback.event,
        "status": change.status_said,
        "findings": long(change.findings.as_ref()).filter(|_| !heard_findings),
        "inbound": inbound.id,
    });
    let heard = Heard {
        side: endpoint.side,
        said: said.as_ref(),
        ticket: Some(Ticket {
            number: short(change.number.as_ref()),
            remote_id: short(callback.remote_id.as_ref()),
            url: change.url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            status: change.status.map(|status| status.as_str().to_owned()),
        }),
        closed: change.closed,
        note: note.clone(),
        endpoint: Some(&endpoint.id),
    };
    let settles = || Some(WebhookId::of_inbound(&inbound.id));
    if rejected(endpoint, case, change) {
        // Two changes: the first one changes nothing when it is made again, the second one settles.
        flow::change(app, &case.id, &actor, flow::Change::Heard(heard), None).await?;
        let findings = long(change.findings.as_ref()).map(|text| format!(": {text}")).unwrap_or_default();
        let reason = format!("{} rejected its ticket{findings}", actor.name);
        let reason = reason.as_str();
        flow::change(app, &case.id, &actor, flow::Change::Contest { reason }, settles()).await?;
        return Ok(true);
    }
    let after = flow::change(app, &case.id, &actor, flow::Change::Heard(heard), settles()).await?;
    if after.revision > case.revision {
        return Ok(true);
    }
    // Words that change nothing are told to people all the same.
    if change.findings.is_some() && !heard_findings {
        note_it(app, endpoint, inbound, case, &actor, note).await?;
        return Ok(true);
    }
    Ok(false)
}

/// Whether a side that the case is with does not take it: an agent has to look (9.2.3).
fn rejected(endpoint: &Endpoint, case: &StoredEsr, change: &connectors::Change) -> bool {
    let decision = &case.decision;
    let with_it = match endpoint.side {
        Side::Participant => reaches_participant(&decision.route),
        Side::Ale => reaches_ale(&decision.route, &decision.stage),
        _ => false,
    };
    let over = matches!(case.status, Status::Closed | Status::WaitingAgent);
    change.status == Some(TicketStatus::Rejected) && with_it && !over
}

/// What a participant's system says of its own case, as an update of the eSR. A number that somebody gave before stays.
fn participant_case(case: &StoredEsr, number: Option<String>, change: &connectors::Change) -> Option<Value> {
    let before = case.body.pointer("/participant_case/number").and_then(Value::as_str).unwrap_or_default();
    let mut said = Map::new();
    if let Some(number) = number.filter(|_| before.trim().is_empty()) {
        said.insert("number".to_owned(), Value::from(number));
    }
    if let Some(conclusion) = change.conclusion {
        said.insert("conclusion".to_owned(), json!(conclusion));
    }
    if let Some(findings) = long(change.findings.as_ref()) {
        said.insert("findings".to_owned(), Value::from(findings));
    }
    (!said.is_empty()).then(|| json!({ "participant_case": said }))
}

/// A line of another system's, cut to what an eSR takes.
fn short(text: Option<&String>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).take(NAME).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A text of another system's, likewise.
fn long(text: Option<&String>) -> Option<String> {
    let printable = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let text: String = text?.chars().filter(printable).take(FREE_TEXT).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Tells in the timeline what was said; once, however often it is told.
async fn note_it(
    app: &App,
    endpoint: &Endpoint,
    inbound: &Inbound,
    case: &StoredEsr,
    actor: &Actor,
    note: Value,
) -> Result<(), StoreError> {
    let event = NewEvent {
        id: format!("evt_{}", inbound.id.trim_start_matches("inb_")),
        at: app.clock.now(),
        kind: EventKind::Heard,
        actor: actor.clone(),
        data: json!({ "side": endpoint.side, "said": null, "number": null, "status": null, "closed": false, "note": note }),
    };
    match app.store.add_event(&case.id, event).await {
        Ok(_) | Err(StoreError::Duplicate(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
