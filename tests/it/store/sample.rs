//! eSRs and decisions to store.

use jiff::Timestamp;
use pointsman::cases::{Actor, Cause, EventKind, Role, Status};
use pointsman::intake::esr::{Esr, FiledBy, OwnCompany};
use pointsman::notify::{OutboxRow, Told, outbox_rows};
use pointsman::store::{NewDecision, NewEsr, NewEvent, Revision, StoredEsr};
use pointsman::triage::decision::{Decision, Evidence};
use pointsman::triage::facts::{Facts, Filer};
use serde_json::{Value, json};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

pub(super) fn decision(reference: &str, route: &str, stage: &str) -> Decision {
    Decision {
        reference: reference.to_owned(),
        route: route.to_owned(),
        stage: stage.to_owned(),
        priority: 2,
        rule: "case-3-participant-first".to_owned(),
        clauses: vec!["9.2.3 case 3".to_owned()],
        because: "IWR-0412 edition 1 is valid until 2027-03-14.".to_owned(),
        facts: Facts::from_cell(0),
        evidence: Evidence { participant: Some("hotelia".to_owned()), ..Evidence::default() },
        candidates: vec![],
        missing: vec![],
        contact: None,
        would_change: vec![],
        next_steps: vec![],
        provenance: vec![],
        rules_version: "sha256:r".to_owned(),
        registry_version: "sha256:g".to_owned(),
        registry_source: None,
        decided_at: at(0),
    }
}

pub(super) fn actor() -> Actor {
    Actor { role: Some(Role::BusinessPartner), name: "acme".to_owned(), on_behalf_of: None }
}

pub(super) fn event(id: &str, kind: EventKind) -> NewEvent {
    NewEvent { id: id.to_owned(), at: at(0), kind, actor: actor(), data: json!({ "said": "é \u{0} \u{1F600}" }) }
}

pub(super) fn messages(id: &str, revision: i64, before: Option<&Decision>, decision: &Decision) -> Vec<OutboxRow> {
    let status = Status::WaitingParticipant;
    let esr = &body(&decision.reference, "Wake-up calls are not placed");
    let status_before = before.map(|_| Status::Open);
    let (esr_id, filer, numbers, at) = (id, "acme", &[], at(0));
    outbox_rows(&Told { esr_id, filer, revision, esr, numbers, status_before, status, before, decision, at })
}

pub(super) fn body(reference: &str, summary: &str) -> Value {
    json!({
        "reference": reference, "phase": "production", "severity": 2, "summary": summary,
        "customer": { "name": "Hôtel Bellevue", "site": "Lyon" },
        "third_party": { "company": "Hotelia Systems", "solution": "Hotelia PMS" },
        "x_partner_extra": [1, 2.5, null],
    })
}

pub(super) fn esr(body: &Value) -> Esr {
    serde_json::from_value(body.clone()).unwrap()
}

/// An eSR of `acme`, received `n` seconds after the beginning.
pub(super) fn new_esr(n: i64, reference: &str) -> NewEsr {
    let id = format!("esr_{n:032x}");
    let body = body(reference, "Wake-up calls are not placed");
    let decision = decision(reference, "joint_investigation", "participant_first");
    NewEsr {
        filer: "acme".to_owned(),
        filed_by: FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None },
        content_hash: format!("hash of {reference}"),
        esr: esr(&body),
        body,
        status: Status::WaitingParticipant,
        events: vec![
            event(&format!("evt_{n:030x}01"), EventKind::Filed),
            event(&format!("evt_{n:030x}02"), EventKind::Decided),
        ],
        outbox: messages(&id, 1, None, &decision),
        deliveries: vec![],
        lease: None,
        first_answer: format!("{{\"id\":\"{id}\", \"spaces\" : true}}"),
        received_at: at(n),
        webhook: None,
        decision: NewDecision { decision, cause: Cause::Filed, actor: actor(), at: at(n) },
        id,
    }
}

/// A revision of a stored eSR that engages ALE.
pub(super) fn revision(stored: &StoredEsr, n: i64) -> Revision {
    let body = body(&stored.reference, "Now with a trace");
    let decision = decision(&stored.reference, "joint_investigation", "ale_engaged");
    Revision {
        esr_id: stored.id.clone(),
        expected_revision: stored.revision,
        esr: esr(&body),
        body,
        status: Status::WaitingAle,
        events: vec![event(&format!("evt_{}_{n}", stored.id), EventKind::Updated)],
        outbox: messages(&stored.id, stored.revision + 1, Some(&stored.decision), &decision),
        deliveries: vec![],
        lease: None,
        counterpart: None,
        decision: NewDecision { decision, cause: Cause::Updated, actor: actor(), at: at(1000 + n) },
        webhook: None,
    }
}
