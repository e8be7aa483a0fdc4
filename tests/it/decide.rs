//! The evaluator's promises, over the whole sample registry and every sample eSR.

use std::sync::LazyLock;

use jiff::Timestamp;
use pointsman::intake;
use pointsman::intake::esr::{Esr, FiledBy, OwnCompany};
use pointsman::registry::document;
use pointsman::registry::index::Registry;
use pointsman::registry::model::Document;
use pointsman::triage::decision::Decision;
use pointsman::triage::facts::{Coverage, Fact, Filer};
use pointsman::triage::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    document::parse("registry.json", include_bytes!("../../fixtures/registry.json"))
        .expect("the sample registry is valid")
});
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(DOCUMENT.clone()));

const NOW: &str = "2026-11-22T09:00:00Z";

fn at() -> Timestamp {
    NOW.parse().expect("a time")
}

fn partner() -> FiledBy {
    FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::AsNamed }
}

fn wake_up_call() -> Value {
    json!({
        "reference": "BP-2026-00417", "phase": "production", "severity": 2, "summary": "Wake-up calls are not placed",
        "platform": {"product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3"},
        "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"},
        "feature": "wake-up call", "system_access": true
    })
}

fn esr(value: &Value) -> Esr {
    intake::parse::esr(value).expect("a valid eSR")
}

fn decide(value: &Value) -> Decision {
    pointsman::triage::decide(&esr(value), &partner(), &REGISTRY, &Rules::embedded(), at())
}

/// Every sample eSR as filed, with who filed it.
fn samples() -> Vec<(Esr, FiledBy)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/esrs");
    let files = std::fs::read_dir(directory).expect("the samples are there");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read(file.expect("a file").path()).expect("readable");
        let value: Value = serde_json::from_slice(&text).expect("JSON");
        (esr(&value), intake::parse::filed_by(&value).expect("a filer"))
    };
    files.map(read).collect()
}

#[test]
fn the_contracts_example_is_decided_as_the_contract_prints_it() {
    let decision = serde_json::to_value(decide(&wake_up_call())).expect("JSON");
    for (key, expected) in [
        ("reference", json!("BP-2026-00417")),
        ("route", json!("joint_investigation")),
        ("stage", json!("participant_first")),
        ("priority", json!(2)),
        ("rule", json!("case-3-participant-first")),
        ("clauses", json!(["9.2.3 case 3"])),
        ("candidates", json!([])),
        ("missing", json!([])),
        ("decided_at", json!(NOW)),
    ] {
        assert_eq!(decision[key], expected, "{key}");
    }
    for (key, expected) in [
        ("report", json!("IWR-0412")),
        ("edition", json!(1)),
        ("published_on", json!("2025-03-14")),
        ("expires_on", json!("2027-03-14")),
        ("platform_release", json!("R101")),
        ("solution_release", json!("8.2")),
        ("scope_entry", json!("wake-up")),
        ("limitation", json!(null)),
    ] {
        assert_eq!(decision["evidence"][key], expected, "{key}");
    }
    assert_eq!(decision["contact"]["name"], "Hotelia Systems");
    assert_eq!(
        decision["contact"]["process"],
        DOCUMENT.reports.iter().find(|r| r.id == "IWR-0412").unwrap().escalation.clone().unwrap()
    );
    assert_eq!(decision["facts"]["urgency"], "2");
    let expected = json!({"fact": "participant_analysis", "to": "ale_fault_shown", "route": "joint_investigation", "stage": "ale_engaged"});
    assert!(decision["would_change"].as_array().unwrap().contains(&expected), "{}", decision["would_change"]);
    let because = decision["because"].as_str().unwrap();
    for named in ["IWR-0412", "edition 1", "2025-03-14", "2027-03-14", "Hotelia"] {
        assert!(because.contains(named), "{named} in: {because}");
    }
}

#[test]
fn what_would_change_a_decision_is_complete_true_and_what_a_side_can_do_comes_first() {
    let rules = Rules::embedded();
    for (esr, filed_by) in samples() {
        let decision = pointsman::triage::decide(&esr, &filed_by, &REGISTRY, &rules, at());
        let mut expected: Vec<[String; 4]> = Vec::new();
        for fact in Fact::all() {
            for value in 0..fact.size() as u8 {
                let changed = decision.facts.with(fact, value);
                let then = rules.outcome(rules.decide(&changed));
                let elsewhere = (then.route.as_str(), then.stage.as_str()) != (&*decision.route, &*decision.stage);
                if rules.possible(&changed) && elsewhere {
                    expected.push(
                        [fact.name(), fact.word(value), then.route.as_str(), then.stage.as_str()].map(str::to_owned),
                    );
                }
            }
        }
        let mut listed: Vec<_> = decision
            .would_change
            .iter()
            .map(|c| [&c.fact, &c.to, &c.route, &c.stage].map(ToString::to_string))
            .collect();
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected, "{}", esr.reference);
    }
    let first = &decide(&wake_up_call()).would_change[0];
    assert_eq!((&*first.fact, &*first.to), ("participant_analysis", "case_opened"));
}

#[test]
fn every_decision_cites_a_clause_names_its_versions_and_explains_all_nine_facts() {
    let rules = Rules::embedded();
    for (esr, filed_by) in samples() {
        let decision = pointsman::triage::decide(&esr, &filed_by, &REGISTRY, &rules, at());
        assert!(!decision.clauses.is_empty() && !decision.next_steps.is_empty(), "{}", esr.reference);
        assert!(!decision.because.contains("(unknown)"), "{}", decision.because);
        assert!(!decision.because.contains(['{', '}', '[', ']']), "{}", decision.because);
        assert_eq!(decision.rules_version, rules.version());
        assert_eq!(decision.registry_version, REGISTRY.version());
        for fact in Fact::all() {
            let word = fact.word(decision.facts.indices()[fact.position()]);
            let explained = decision.provenance.iter().filter(|line| line.fact == fact.name()).collect::<Vec<_>>();
            assert!(!explained.is_empty() && explained.iter().all(|line| line.value == word), "{}", fact.name());
        }
        let read: Decision = serde_json::from_value(serde_json::to_value(&decision).unwrap()).unwrap();
        assert_eq!(read, decision, "a stored decision reads back as it was");
    }
}

#[test]
fn the_order_of_the_registrys_entries_changes_nothing() {
    let mut document = DOCUMENT.clone();
    document.platforms.reverse();
    document.participants.reverse();
    document.solutions.reverse();
    document.reports.reverse();
    let reversed = Registry::new(document);
    for (esr, filed_by) in samples() {
        let decision = |registry| pointsman::triage::decide(&esr, &filed_by, registry, &Rules::embedded(), at());
        assert_eq!(decision(&REGISTRY), decision(&reversed), "{}", esr.reference);
    }
}

#[test]
fn a_development_request_counts_the_tickets_of_the_company_that_files() {
    let mut request = wake_up_call();
    request["phase"] = json!("development");
    let assistance = |filed_by: &FiledBy| {
        let decision = pointsman::triage::decide(&esr(&request), filed_by, &REGISTRY, &Rules::embedded(), at());
        (decision.facts.assistance.to_string(), decision.stage, decision.priority)
    };
    let hotelia = FiledBy { filer: Filer::Participant, own_company: OwnCompany::Participant("hotelia".into()) };
    assert_eq!(assistance(&hotelia), ("available".into(), "open".into(), 5));
    let nobody = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
    assert_eq!(assistance(&nobody), ("not_in_program".into(), "community_forum".into(), 5));
    let gone = FiledBy { filer: Filer::Participant, own_company: OwnCompany::Participant("never-heard-of".into()) };
    assert_eq!(assistance(&gone).0, "not_in_program");
}

/// A solution, which of its two names gets the wrong letter, and where.
fn slip_of_the_pen() -> impl Strategy<Value = (usize, bool, usize, char)> {
    (0..DOCUMENT.solutions.len(), any::<bool>(), 0..40_usize, proptest::char::range('a', 'z'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn one_wrong_letter_in_a_name_never_leads_to_a_paid_route(choice in slip_of_the_pen()) {
        let (number, in_company, place, letter) = choice;
        let solution = &DOCUMENT.solutions[number];
        let company = DOCUMENT.participants.iter().find(|p| p.id == solution.participant).unwrap();
        // A company that joins tomorrow is outside the program however it is spelt.
        prop_assume!(company.joined_on.is_none_or(|joined| joined <= pointsman::triage::decide::day_of(at())));
        let company = &company.name;
        let misspelt = |name: &str, wrong: bool| {
            let place = place % name.chars().count();
            name.chars().enumerate().map(|(i, c)| if wrong && i == place { letter } else { c }).collect::<String>()
        };
        let (company, product) = (misspelt(company, in_company), misspelt(&solution.name, !in_company));
        let plain = |name: &str| pointsman::registry::names::company(name).chars().count();
        // Below five letters one edit is another name.
        prop_assume!(plain(&company) >= 5 && plain(&product) >= 5);
        let mut request = wake_up_call();
        request["third_party"] = json!({"company": company, "solution": product, "release": "1"});
        let decision = decide(&request);
        let exact = decision.evidence.participant.is_some() && decision.evidence.solution.is_some();
        prop_assert!(exact || decision.facts.coverage == Coverage::Unresolved, "{company} / {product}: {}", decision.because);
    }

    #[test]
    fn case_punctuation_and_spacing_of_names_change_no_decision(number in 0..DOCUMENT.solutions.len(), upper in any::<bool>(), dashes in any::<bool>()) {
        let solution = &DOCUMENT.solutions[number];
        let company = &DOCUMENT.participants.iter().find(|p| p.id == solution.participant).unwrap().name;
        let rewritten = |name: &str| {
            let name = if upper { name.to_uppercase() } else { name.to_lowercase() };
            if dashes { name.replace(' ', " - ") } else { format!("  {name} ") }
        };
        let mut request = wake_up_call();
        request["third_party"] = json!({"company": company, "solution": solution.name, "release": "1"});
        let plain = decide(&request);
        request["third_party"] = json!({"company": rewritten(company), "solution": rewritten(&solution.name), "release": "1"});
        let other = decide(&request);
        prop_assert_eq!((plain.facts, plain.evidence, plain.rule), (other.facts, other.evidence, other.rule));
    }
}
