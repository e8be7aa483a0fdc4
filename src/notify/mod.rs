//! Who has to be told what: the rows that commit with the decision. Pure; delivery is another module's work.

pub mod retry;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cases::Status;
use crate::closed::closed;
use crate::triage::decision::Decision;
use crate::triage::outcome::Side;
use crate::triage::rules::Rules;

closed! {
    /// The type of an outgoing message (contract section 6).
    EventType {
        /// A new eSR was decided.
        EsrDecided = "esr.decided",
        /// Something new was said, and the case decided again.
        EsrUpdated = "esr.updated",
        /// The case came before a side that had not seen it: the participant, or ALE's support.
        EsrEscalated = "esr.escalated",
        /// An On-Demand Diagnostic is offered (9.2.3, 9.3).
        DiagnosticOffered = "diagnostic.offered",
    }
}

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

/// The decision that the messages tell about.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The rules, whose outcomes say who is told (`tell`).
    pub rules: &'a Rules,
    /// Id of the eSR.
    pub esr_id: &'a str,
    /// Who filed it.
    pub filer: &'a str,
    /// The case's revision that the decision makes: 1 when the eSR is filed.
    pub revision: i64,
    /// The new status.
    pub status: Status,
    /// The decision before this one, when there was one.
    pub before: Option<&'a Decision>,
    /// The new decision.
    pub decision: &'a Decision,
    /// When it was taken or recorded; the messages' timestamp.
    pub at: Timestamp,
}

/// The messages that one decision gives: always what was decided, then an escalation or an offer if this decision
/// is the one that brings it.
#[must_use]
pub fn outbox_rows(told: &Told<'_>) -> Vec<OutboxRow> {
    let now = told.decision;
    let first = if told.before.is_none() { EventType::EsrDecided } else { EventType::EsrUpdated };
    let mut rows = vec![row(told, first, None)];
    let tell = |decision| told.rules.outcome_of(decision).map_or(&[] as &[Side], |outcome| &outcome.tell);
    let (before, after) = (told.before.map(tell).unwrap_or_default(), tell(now));
    let newly = |side: &Side| after.contains(side) && !before.contains(side);
    let newly: Vec<Side> = [Side::Participant, Side::Ale].into_iter().filter(newly).collect();
    if !newly.is_empty() {
        rows.push(row(told, EventType::EsrEscalated, Some(json!(newly))));
    }
    let offered = |decision: &Decision| decision.route == "on_demand_diagnostic";
    if offered(now) && !told.before.is_some_and(offered) {
        rows.push(row(told, EventType::DiagnosticOffered, None));
    }
    rows
}

fn row(told: &Told<'_>, event_type: EventType, to: Option<Value>) -> OutboxRow {
    let mut data = json!({
        "id": told.esr_id,
        "reference": told.decision.reference,
        "filer": told.filer,
        "revision": told.revision,
        "status": told.status,
        "decision": told.decision,
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
    use crate::cases::{reaches_ale, reaches_participant};
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
            rules: &Rules::embedded(),
            esr_id: "esr_7",
            filer: "acme",
            revision: 2,
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
    fn the_built_in_outcomes_tell_the_sides_that_their_place_brings_the_case_before() {
        for outcome in Rules::embedded().outcomes() {
            let (route, stage) = (outcome.route.as_str(), outcome.stage.as_str());
            assert_eq!(outcome.tell.contains(&Side::Participant), reaches_participant(route), "{}", outcome.id);
            assert_eq!(outcome.tell.contains(&Side::Ale), reaches_ale(route, stage), "{}", outcome.id);
        }
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
            rules: &Rules::embedded(),
            esr_id: "esr_7",
            filer: "acme",
            revision: 1,
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
    }
}
