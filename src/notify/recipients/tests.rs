use serde_json::{Map, Value, json};

use super::*;
use crate::notify::endpoint::{Payload, Secrets};
use crate::notify::message::outbox_rows;
use crate::registry::document;
use crate::triage::decision::{Decision, Evidence};
use crate::triage::facts::{Facts, Filer};

const PARTNER: FiledBy = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };

fn decision(route: &str, stage: &str) -> Decision {
    serde_json::from_value(json!({
        "reference": "BP-1", "route": route, "stage": stage, "priority": 2, "rule": "r", "clauses": ["9.1"], "because": "",
        "facts": Facts::from_cell(0), "evidence": Evidence { participant: Some("hotelia".to_owned()), ..Evidence::default() },
        "candidates": [], "missing": [], "contact": null, "would_change": [], "next_steps": [], "rules_version": "",
        "registry_version": "", "decided_at": "2026-11-22T09:00:00Z",
    }))
    .unwrap()
}

fn receiver(name: &str, side: Side, owner: Option<&str>, mail: bool, every_message: bool) -> Receiver {
    let endpoint = Endpoint {
        id: format!("end_{name}"),
        name: name.to_owned(),
        side,
        owner: owner.map(str::to_owned),
        connector: "any".to_owned(),
        settings: Map::new(),
        secrets: Secrets::default(),
        events: vec![],
        payload: Payload::Full,
        language: Language::Fr,
        concurrency: 1,
        per_second: 0,
        contact: None,
        state: EndpointState::Enabled,
        reason: None,
        failing_since: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    };
    Receiver { endpoint: Arc::new(endpoint), mail, every_message }
}

struct Case<'a> {
    before: Option<(&'a str, &'a str)>,
    now: (&'a str, &'a str),
    status: Status,
    receivers: Vec<Receiver>,
    mail: bool,
    origin: Option<&'a str>,
}

impl Default for Case<'_> {
    fn default() -> Self {
        let now = ("joint_investigation", "participant_first");
        Self { before: None, now, status: Status::WaitingPartner, receivers: vec![], mail: true, origin: None }
    }
}

/// Who is told what: side, notice, endpoint, address.
fn told(case: Case<'_>) -> Vec<(Side, Notice, String, String)> {
    let registry = document::parse("r.json", include_bytes!("../../../fixtures/registry.json")).unwrap();
    let registry = Registry::new(registry);
    let (before, now) = (case.before.map(|(route, stage)| decision(route, stage)), decision(case.now.0, case.now.1));
    let told = Told {
        esr_id: "esr_7",
        filer: "acme",
        revision: 1,
        esr: &Value::Null,
        numbers: &[],
        status_before: before.as_ref().map(|_| Status::WaitingPartner),
        status: case.status,
        before: before.as_ref(),
        decision: &now,
        at: Timestamp::UNIX_EPOCH,
    };
    let directory = Directory::new(case.receivers);
    let to = To {
        policy: &Policy::embedded(),
        directory: &directory,
        registry: &registry,
        filed_by: &PARTNER,
        reached: &[],
        origin: case.origin,
        language: Language::En,
        mail: case.mail,
    };
    let mut number = 0;
    let id = || {
        number += 1;
        format!("dlv_{number}")
    };
    let found = deliveries(&told, &outbox_rows(&told), &to, id);
    found.into_iter().map(|one| (one.side, one.notice, one.endpoint_id.unwrap_or_default(), one.address)).collect()
}

fn sides(told: &[(Side, Notice, String, String)]) -> Vec<(Side, Notice)> {
    told.iter().map(|(side, notice, ..)| (*side, *notice)).collect()
}

#[test]
fn in_case_3_the_participant_is_told_first_and_ale_not_before_its_condition_is_met() {
    let first = told(Case::default());
    assert_eq!(
        sides(&first),
        [(Side::BusinessPartner, Notice::Decided), (Side::Participant, Notice::Escalated)],
        "nobody else"
    );
    assert_eq!(first[1].3, "support@hotelia.example", "its hotline in the registry");
    let engaged = told(Case {
        before: Some(("joint_investigation", "participant_analysis")),
        now: ("joint_investigation", "ale_engaged"),
        status: Status::WaitingAle,
        ..Case::default()
    });
    assert!(sides(&engaged).contains(&(Side::Ale, Notice::Escalated)));
    assert!(engaged.iter().any(|(.., address)| address == "support@ale.example"));
}

#[test]
fn an_offer_reaches_the_finance_desk_and_the_partner_once_each() {
    let offer = Case { now: ("on_demand_diagnostic", "offer"), ..Case::default() };
    assert_eq!(sides(&told(offer)), [(Side::BusinessPartner, Notice::Offer), (Side::Finance, Notice::Offer)]);
}

#[test]
fn a_webhook_gets_every_message_and_a_person_the_weightiest() {
    let receivers = vec![
        receiver("hook", Side::BusinessPartner, Some("acme"), false, true),
        receiver("mail", Side::BusinessPartner, Some("acme"), true, false),
        receiver("another", Side::BusinessPartner, Some("zenith"), true, false),
    ];
    let found = told(Case { now: ("on_demand_diagnostic", "offer"), receivers, ..Case::default() });
    let partner: Vec<_> =
        found.iter().filter(|(side, ..)| *side == Side::BusinessPartner).map(|one| (one.1, one.2.as_str())).collect();
    assert_eq!(partner, [(Notice::Decided, "end_hook"), (Notice::Offer, "end_hook"), (Notice::Offer, "end_mail")]);
}

#[test]
fn people_are_not_written_to_about_what_moved_nothing() {
    let place = ("joint_investigation", "participant_first");
    let still = told(Case { before: Some(place), ..Case::default() });
    assert_eq!(sides(&still), [], "nobody has an endpoint, and no letter is written");
    let receivers = vec![receiver("hook", Side::BusinessPartner, Some("acme"), false, true)];
    let still = told(Case { before: Some(place), receivers, ..Case::default() });
    assert_eq!(still.len(), 1, "a system gets every update: {still:?}");
}

#[test]
fn without_mail_a_side_without_an_endpoint_is_noted_as_unaddressed() {
    let none = told(Case { mail: false, ..Case::default() });
    assert!(none.iter().all(|(_, _, endpoint, address)| endpoint.is_empty() && address.is_empty()));
    assert_eq!(none.len(), 2);
}

#[test]
fn nobody_is_told_its_own_words() {
    let receivers = || vec![receiver("hook", Side::BusinessPartner, Some("acme"), false, true)];
    let told_by = |origin| told(Case { receivers: receivers(), origin, ..Case::default() });
    assert!(told_by(None).iter().any(|(_, _, endpoint, _)| endpoint == "end_hook"));
    assert!(!told_by(Some("end_hook")).iter().any(|(_, _, endpoint, _)| endpoint == "end_hook"));
}

#[test]
fn whatever_the_policy_says_an_agent_hears_of_a_case_that_begins_to_wait_for_one() {
    let place = ("joint_investigation", "participant_first");
    let contested = told(Case { before: Some(place), status: Status::WaitingAgent, ..Case::default() });
    assert!(sides(&contested).contains(&(Side::Agent, Notice::YourTurn)), "{contested:?}");
}
