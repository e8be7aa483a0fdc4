//! Every eSR under `fixtures/` is decided as `fixtures/expected.json` says (see `fixtures/README.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use pointsman::intake::parse;
use pointsman::registry::document;
use pointsman::registry::index::Registry;
use pointsman::triage::decide;
use pointsman::triage::decision::Decision;
use pointsman::triage::rules::Rules;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The time that a fixture is decided at, unless it says otherwise.
const AT: &str = "2026-11-22T09:00:00Z";

/// What a fixture's decision has to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    at: Option<Timestamp>,
    route: String,
    stage: String,
    priority: u8,
    /// Among the decision's clauses.
    clauses: BTreeSet<String>,
    facts: Value,
    /// Compared key by key.
    evidence: Map<String, Value>,
    missing: Vec<String>,
    /// Ids, best first.
    candidates: Option<Vec<String>>,
    shows: String,
}

fn path(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(below)
}

fn read(below: &str) -> Vec<u8> {
    std::fs::read(path(below)).unwrap_or_else(|error| panic!("fixtures/{below}: {error}"))
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&read("expected.json")).unwrap()
}

fn registry() -> Registry {
    let document = document::parse("fixtures/registry.json", &read("registry.json"))
        .unwrap_or_else(|faults| panic!("the sample registry has faults: {faults:#?}"));
    Registry::new(document)
}

fn esr(name: &str) -> Value {
    serde_json::from_slice(&read(&format!("esrs/{name}.json"))).unwrap()
}

fn decided(name: &str, at: Timestamp, registry: &Registry, rules: &Rules) -> Decision {
    let value = esr(name);
    let esr = parse::esr(&value).unwrap_or_else(|errors| panic!("{name} is refused: {errors:?}"));
    let filed_by = parse::filed_by(&value).unwrap_or_else(|error| panic!("{name} is refused: {error:?}"));
    decide(&esr, &filed_by, registry, rules, at)
}

/// Each difference between what was decided and what is right, in words.
fn differences(decision: &Decision, expected: &Expected) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, got: Value, right: Value| {
        if got != right {
            found.push(format!("{what} is {got}, not {right}"));
        }
    };
    compare("route", decision.route.as_str().into(), expected.route.as_str().into());
    compare("stage", decision.stage.as_str().into(), expected.stage.as_str().into());
    compare("priority", decision.priority.into(), expected.priority.into());
    compare("facts", serde_json::to_value(decision.facts).unwrap(), expected.facts.clone());
    compare("missing", decision.missing.clone().into(), expected.missing.clone().into());
    let evidence = serde_json::to_value(&decision.evidence).unwrap();
    for (key, right) in &expected.evidence {
        compare(&format!("evidence.{key}"), evidence[key].clone(), right.clone());
    }
    if let Some(right) = &expected.candidates {
        let got: Vec<&str> = decision.candidates.iter().map(|candidate| candidate.id.as_str()).collect();
        compare("candidates", got.into(), right.clone().into());
    }
    for clause in &expected.clauses {
        if !decision.clauses.contains(clause) {
            found.push(format!("clause {clause} is not among {:?}", decision.clauses));
        }
    }
    found
}

#[test]
fn every_fixture_is_decided_as_expected() {
    let (registry, rules) = (registry(), Rules::embedded());
    let mut wrong = Vec::new();
    for (name, right) in expected() {
        let at = right.at.unwrap_or_else(|| AT.parse().unwrap());
        let decision = decided(&name, at, &registry, &rules);
        for difference in differences(&decision, &right) {
            wrong.push(format!("{name}: {difference}\n    shows: {}\n    because: {}", right.shows, decision.because));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_fixture_has_an_expectation_and_says_what_it_shows() {
    let files: BTreeSet<String> = std::fs::read_dir(path("esrs"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let expected = expected();
    let expectations: BTreeSet<String> = expected.keys().cloned().collect();
    assert_eq!(files, expectations);
    let silent: Vec<&String> =
        expected.iter().filter(|(_, e)| e.shows.trim().is_empty()).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "{silent:?} do not say what they show");
}

#[test]
fn no_two_fixtures_of_one_filer_share_a_reference() {
    let mut seen = BTreeMap::new();
    for name in expected().into_keys() {
        let reference = esr(&name)["reference"].as_str().unwrap().to_owned();
        if let Some(other) = seen.insert(reference.clone(), name.clone()) {
            panic!("{name} and {other} are both {reference}");
        }
    }
}

#[test]
fn the_fixtures_reach_every_route_stage_coverage_and_scope() {
    let (expected, rules) = (expected(), Rules::embedded());
    let reached: BTreeSet<(&str, &str)> = expected.values().map(|e| (e.route.as_str(), e.stage.as_str())).collect();
    let unreached: Vec<_> = rules
        .outcomes()
        .iter()
        .map(|outcome| (outcome.route.as_str(), outcome.stage.as_str()))
        .filter(|end| !reached.contains(end))
        .collect();
    assert!(unreached.is_empty(), "no fixture ends at {unreached:?}");
    for fact in pointsman::triage::facts::Fact::all() {
        for word in fact.words() {
            let shown = expected.values().any(|e| e.facts[fact.name()] == word);
            assert!(shown, "no fixture has {} {word}", fact.name());
        }
    }
}
