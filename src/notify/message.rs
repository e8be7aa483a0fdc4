//! The messages that one decision gives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::EventType;
use crate::cases::{Status, reaches_ale, reaches_participant};
use crate::triage::decision::Decision;
use crate::triage::outcome::Side;

/// A message that waits to be sent; it is stored in the transaction that stores what it tells.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Made from the eSR, its revision and the type, so that the same message is never stored twice. It is also the
    /// message's `webhook-id`: a receiver knows a repeated delivery by it.
    pub id: String,
    /// What it tells.
    pub event_type: EventType,
    /// `{"type","timestamp","data"}`, as it is sent.
    pub payload: Value,
}

/// A side's own number of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Number {
    /// Whose number it is.
    pub side: Side,
    /// Its company or desk.
    pub name: String,
    /// The number.
    pub number: String,
    /// Where the ticket can be seen, by those who may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the other side says of its ticket, in its own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// The decision that the messages tell about.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Id of the eSR.
    pub esr_id: &'a str,
    /// Who filed it.
    pub filer: &'a str,
    /// The case's revision that the decision makes: 1 when the eSR is filed.
    pub revision: i64,
    /// The eSR as it stands, with every update in it.
    pub esr: &'a Value,
    /// Both sides' own numbers of the case.
    pub numbers: &'a [Number],
    /// Whom the case waited for before, when there was a before.
    pub status_before: Option<Status>,
    /// The new status.
    pub status: Status,
    /// The decision before this one, when there was one.
    pub before: Option<&'a Decision>,
    /// The new decision.
    pub decision: &'a Decision,
    /// When it was taken or recorded; the messages' timestamp.
    pub at: Timestamp,
}

impl Told<'_> {
    /// Whether the case is at another place now, or waits for somebody else.
    #[must_use]
    pub fn moved(&self) -> bool {
        let Some(before) = self.before else { return true };
        let place = |decision: &Decision| (decision.route.clone(), decision.stage.clone());
        place(before) != place(self.decision) || self.status_before != Some(self.status)
    }
}

/// The messages that one decision gives: always what was decided, then an escalation, an offer or an end if this
/// decision is the one that brings it.
#[must_use]
pub fn outbox_rows(told: &Told<'_>) -> Vec<OutboxRow> {
    let now = told.decision;
    let first = if told.before.is_none() { EventType::EsrDecided } else { EventType::EsrUpdated };
    let mut rows = vec![row(told, first, None)];
    let newly = newly_reached(told);
    if !newly.is_empty() {
        rows.push(row(told, EventType::EsrEscalated, Some(json!(newly))));
    }
    let offered = |decision: &Decision| decision.route == "on_demand_diagnostic";
    if offered(now) && !told.before.is_some_and(offered) {
        rows.push(row(told, EventType::DiagnosticOffered, None));
    }
    // An eSR that is answered at once is never opened, so that there is nothing to close.
    if told.status == Status::Closed && told.status_before.is_some_and(|before| before != Status::Closed) {
        rows.push(row(told, EventType::CaseClosed, None));
    }
    rows
}

/// The sides that this decision brings the case before, and the one before did not.
fn newly_reached(told: &Told<'_>) -> Vec<Side> {
    let participant = |decision: &Decision| {
        reaches_participant(&decision.route).then(|| decision.evidence.participant.clone().unwrap_or_default())
    };
    let ale = |decision: &Decision| reaches_ale(&decision.route, &decision.stage);
    let (now, before) = (told.decision, told.before);
    let mut newly = Vec::new();
    if let Some(id) = participant(now)
        && before.and_then(participant) != Some(id)
    {
        newly.push(Side::Participant);
    }
    if ale(now) && !before.is_some_and(ale) {
        newly.push(Side::Ale);
    }
    newly
}

fn row(told: &Told<'_>, event_type: EventType, to: Option<Value>) -> OutboxRow {
    let mut data = json!({
        "id": told.esr_id,
        "reference": told.decision.reference,
        "filer": told.filer,
        "revision": told.revision,
        "status": told.status,
        "decision": told.decision,
        "esr": told.esr,
        "numbers": told.numbers,
    });
    if let (Some(to), Some(data)) = (to, data.as_object_mut()) {
        data.insert("escalated_to".to_owned(), to);
    }
    let esr = told.esr_id.strip_prefix("esr_").unwrap_or(told.esr_id);
    OutboxRow {
        id: format!("msg_{esr}_{}_{}", told.revision, event_type.as_str().replace('.', "_")),
        event_type,
        payload: json!({ "type": event_type, "timestamp": told.at, "data": data }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::decision::Evidence;
    use crate::triage::facts::Facts;

    fn decision(route: &str, stage: &str) -> Decision {
        Decision {
            reference: "BP-1".to_owned(),
            route: route.to_owned(),
            stage: stage.to_owned(),
            priority: 2,
            rule: "r".to_owned(),
            clauses: vec!["9.1".to_owned()],
            because: String::new(),
            facts: Facts::from_cell(0),
            evidence: Evidence::default(),
            candidates: vec![],
            missing: vec![],
            contact: None,
            would_change: vec![],
            next_steps: vec![],
            provenance: vec![],
            rules_version: String::new(),
            registry_version: String::new(),
            registry_source: None,
            decided_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn types(before: Option<(&str, &str)>, now: (&str, &str)) -> Vec<&'static str> {
        let (before, now) = (before.map(|(route, stage)| decision(route, stage)), decision(now.0, now.1));
        let told = Told {
            esr_id: "esr_7",
            filer: "acme",
            revision: 2,
            esr: &Value::Null,
            numbers: &[],
            status_before: before.as_ref().map(|_| Status::Open),
            status: Status::Open,
            before: before.as_ref(),
            decision: &now,
            at: Timestamp::UNIX_EPOCH,
        };
        outbox_rows(&told).into_iter().map(|row| row.event_type.as_str()).collect()
    }

    #[test]
    fn an_escalation_is_told_when_a_side_first_gets_the_case() {
        assert_eq!(types(None, ("returned", "information_required")), ["esr.decided"]);
        assert_eq!(types(None, ("participant_hotline", "open")), ["esr.decided", "esr.escalated"]);
        let first = Some(("joint_investigation", "participant_first"));
        assert_eq!(types(first, ("joint_investigation", "participant_analysis")), ["esr.updated"]);
        assert_eq!(types(first, ("joint_investigation", "ale_engaged")), ["esr.updated", "esr.escalated"]);
    }

    #[test]
    fn an_offer_is_made_once() {
        let offer = ("on_demand_diagnostic", "offer");
        assert_eq!(types(None, offer), ["esr.decided", "diagnostic.offered"]);
        assert_eq!(types(Some(offer), offer), ["esr.updated"]);
    }

    #[test]
    fn a_message_has_one_name_and_says_what_it_is() {
        let now = decision("ale_support", "open");
        let told = Told {
            esr_id: "esr_7",
            filer: "acme",
            revision: 1,
            esr: &json!({ "reference": "BP-1" }),
            numbers: &[],
            status_before: None,
            status: Status::WaitingAle,
            before: None,
            decision: &now,
            at: Timestamp::UNIX_EPOCH,
        };
        let rows = outbox_rows(&told);
        assert_eq!(rows, outbox_rows(&told));
        assert_eq!(rows[1].id, "msg_7_1_esr_escalated");
        assert_eq!(rows[1].payload["type"], "esr.escalated");
        assert_eq!(rows[1].payload["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(rows[1].payload["data"]["escalated_to"], json!(["ale"]));
        assert_eq!(rows[0].payload["data"]["status"], "waiting_ale");
        assert_eq!(rows[0].payload["data"]["esr"], json!({ "reference": "BP-1" }));
    }

    #[test]
    fn a_case_is_over_once_and_another_participant_is_a_new_side() {
        let (was, mut now) =
            (decision("joint_investigation", "ale_engaged"), decision("joint_investigation", "ale_engaged"));
        let mut told = Told {
            esr_id: "esr_7",
            filer: "acme",
            revision: 2,
            esr: &Value::Null,
            numbers: &[],
            status_before: Some(Status::WaitingAle),
            status: Status::Closed,
            before: Some(&was),
            decision: &was,
            at: Timestamp::UNIX_EPOCH,
        };
        let types = |told: &Told<'_>| outbox_rows(told).into_iter().map(|row| row.event_type).collect::<Vec<_>>();
        assert_eq!(types(&told), [EventType::EsrUpdated, EventType::CaseClosed]);
        told.status_before = Some(Status::Closed);
        assert_eq!(types(&told), [EventType::EsrUpdated]);
        now.evidence.participant = Some("another".to_owned());
        told.decision = &now;
        assert_eq!(types(&told), [EventType::EsrUpdated, EventType::EsrEscalated]);
    }
}
