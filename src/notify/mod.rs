//! Who has to be told what: the rows that commit with the decision. Pure; delivery is another module's work.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cases::{Status, reaches_ale, reaches_participant, words};
use crate::triage::decision::Decision;

words! {
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
    let reached =
        |decision: &Decision| (reaches_participant(&decision.route), reaches_ale(&decision.route, &decision.stage));
    let (participant_before, ale_before) = told.before.map(reached).unwrap_or_default();
    let (participant, ale) = reached(now);
    let newly: Vec<_> = [("participant", participant && !participant_before), ("ale", ale && !ale_before)]
        .into_iter()
        .filter_map(|(side, newly)| newly.then_some(side))
        .collect();
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
