//! Whether the feature is within what was certified (contract section 2, "Scope").

use super::decision::{Candidate, CandidateKind};
use super::facts::Scope;
use crate::registry::model::{Accreditation, Limitation, Report, ScopeEntry, ScopeResult};
use crate::registry::names::Name;

/// The scope fact, and what it rests on.
#[derive(Debug)]
pub(super) struct ScopeFound<'r> {
    /// The fact.
    pub scope: Scope,
    /// Id and name of the scope entry or accredited API that the feature equals.
    pub entry: Option<(&'r str, &'r str)>,
    /// The result of testing it.
    pub result: Option<ScopeResult>,
    /// The limitation that the feature names, or that stands on its scope entry.
    pub limitation: Option<&'r Limitation>,
    /// Entries that the feature is only near to.
    pub candidates: Vec<Candidate>,
    /// No feature was given, though there is something to measure it against.
    pub feature_missing: bool,
    /// False when there is no report or accreditation to measure against.
    pub measured: bool,
}

impl<'r> ScopeFound<'r> {
    pub(super) fn nothing_to_measure_against() -> Self {
        Self { measured: false, feature_missing: false, ..Self::unclear(Vec::new()) }
    }

    fn unclear(candidates: Vec<Candidate>) -> Self {
        let feature_missing = candidates.is_empty();
        Self {
            scope: Scope::Unclear,
            entry: None,
            result: None,
            limitation: None,
            candidates,
            feature_missing,
            measured: true,
        }
    }

    fn of(scope: Scope, entry: Option<(&'r str, &'r str)>) -> Self {
        Self { scope, entry, feature_missing: false, ..Self::unclear(Vec::new()) }
    }
}

/// Measures a feature against a report: its limitations' ids first, then its scope entries.
pub(super) fn in_report<'r>(report: &'r Report, feature: Option<&str>) -> ScopeFound<'r> {
    let Some(feature) = feature.and_then(Name::new) else {
        return ScopeFound::unclear(Vec::new());
    };
    if let Some(limitation) = report.limitations.iter().find(|limitation| same(&limitation.id, &feature)) {
        return ScopeFound { limitation: Some(limitation), ..ScopeFound::of(Scope::KnownLimitation, None) };
    }
    let equal: Vec<&ScopeEntry> =
        report.scope.iter().filter(|entry| names(entry).any(|name| same(name, &feature))).collect();
    match equal[..] {
        [entry] => tested(report, entry),
        [] => near(
            report
                .scope
                .iter()
                .map(|entry| (entry.id.as_str(), entry.name.as_str(), names(entry).collect()))
                .chain(report.limitations.iter().map(|l| (l.id.as_str(), l.id.as_str(), vec![l.id.as_str()]))),
            &feature,
        ),
        _ => ScopeFound::unclear(equal.iter().map(|entry| candidate(&entry.id, &entry.name, 1.0)).collect()),
    }
}

/// Measures a feature against the accredited APIs of a company.
pub(super) fn in_accreditations<'r>(accredited: &[&'r Accreditation], feature: Option<&str>) -> ScopeFound<'r> {
    let Some(feature) = feature.and_then(Name::new) else {
        return ScopeFound::unclear(Vec::new());
    };
    let entries = || {
        accredited.iter().map(|a| {
            let name = a.name.as_deref().unwrap_or(&a.api);
            (a.api.as_str(), name, vec![a.api.as_str(), name])
        })
    };
    match entries().find(|(_, _, names)| names.iter().any(|name| same(name, &feature))) {
        Some((id, name, _)) => ScopeFound::of(Scope::InScope, Some((id, name))),
        None => near(entries(), &feature),
    }
}

fn tested<'r>(report: &'r Report, entry: &'r ScopeEntry) -> ScopeFound<'r> {
    let scope = match entry.result {
        ScopeResult::Ok | ScopeResult::OkBut => Scope::InScope,
        ScopeResult::Nok => Scope::KnownLimitation,
        ScopeResult::NotTested | ScopeResult::NotApplicable => Scope::OutOfScope,
    };
    let about = |limitation: &&Limitation| {
        let feature = limitation.feature.as_deref().and_then(Name::new);
        feature.is_some_and(|feature| same(&entry.id, &feature))
    };
    ScopeFound {
        result: Some(entry.result),
        limitation: report.limitations.iter().find(about),
        ..ScopeFound::of(scope, Some((&entry.id, &entry.name)))
    }
}

/// A feature that equals nothing: near entries make it unclear, none put it out of scope.
fn near<'r>(entries: impl Iterator<Item = (&'r str, &'r str, Vec<&'r str>)>, feature: &Name) -> ScopeFound<'r> {
    let score =
        |names: &[&str]| names.iter().filter_map(|text| Name::new(text)?.nearness(feature)).max_by(f64::total_cmp);
    let mut candidates: Vec<Candidate> =
        entries.filter_map(|(id, name, names)| Some(candidate(id, name, score(&names)?))).collect();
    super::parties::best_first(&mut candidates);
    if candidates.is_empty() { ScopeFound::of(Scope::OutOfScope, None) } else { ScopeFound::unclear(candidates) }
}

fn names(entry: &ScopeEntry) -> impl Iterator<Item = &str> {
    [&entry.id, &entry.name].into_iter().chain(&entry.aliases).map(String::as_str)
}

fn same(text: &str, name: &Name) -> bool {
    name.is(text)
}

fn candidate(id: &str, name: &str, score: f64) -> Candidate {
    Candidate { kind: CandidateKind::Feature, id: id.into(), name: name.into(), score }
}
