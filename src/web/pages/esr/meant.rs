//! What an eSR might have meant where the rules could not tell: the entries that a name is near to, or the two releases that the
//! platform's release and patch name.

use serde_json::{Value, json};

use super::view::text_at;
use crate::registry::index::{IndexedPlatform, Registry};
use crate::registry::model::{Platform, Report, ScopeEntry};
use crate::registry::releases::Release;
use crate::store::StoredEsr;
use crate::triage::decision::{Candidate, CandidateKind, Decision};
use crate::triage::facts::Coverage;
use crate::triage::outcome::{Route, Stage};
use crate::web::pages::case::field_of;
use crate::web::pages::words;

/// The most entries that are offered for a name, best first.
const MOST: usize = 8;

/// The most features that are offered.
const FEATURES: usize = 24;

/// One reading of the eSR, to be chosen.
pub(super) struct Reading {
    /// What a form sends for it.
    pub(super) word: String,
    /// What is in doubt: "product".
    pub(super) what: &'static str,
    /// What stands in the eSR.
    pub(super) said: String,
    /// What it would stand for.
    pub(super) name: String,
    /// Why it is offered, and how that is marked.
    pub(super) why: String,
    pub(super) mark: &'static str,
    /// What the eSR then says.
    pub(super) update: Value,
    /// The entry of the registry, where a name is in doubt.
    pub(super) candidate: Option<Candidate>,
}

/// Whether there can be readings to choose from: not once an agent decided.
pub(super) fn is_in_doubt(decision: &Decision) -> bool {
    let unresolved = decision.facts.coverage == Coverage::Unresolved;
    let in_doubt = unresolved || asks_for_feature(decision) || !decision.candidates.is_empty();
    decision.rule != "override" && in_doubt
}

/// Whether an agent has to say which feature it is about.
fn asks_for_feature(decision: &Decision) -> bool {
    decision.route == Route::AgentReview.as_str() && decision.stage == Stage::Scope.as_str()
}

/// All readings, the likeliest first; none where nothing is in doubt.
pub(super) fn readings(esr: &StoredEsr, registry: &Registry) -> Vec<Reading> {
    let decision = &esr.decision;
    if !is_in_doubt(decision) {
        return Vec::new();
    }
    if decision.candidates.is_empty() && asks_for_feature(decision) {
        return features(esr, registry);
    }
    if decision.candidates.is_empty() {
        return releases(esr, registry).unwrap_or_default();
    }
    decision.candidates.iter().take(MOST).map(|candidate| named(esr, candidate, registry)).collect()
}

fn named(esr: &StoredEsr, candidate: &Candidate, registry: &Registry) -> Reading {
    let (word, what) = match candidate.kind {
        CandidateKind::Company => ("company", "company"),
        CandidateKind::Solution => ("solution", "product"),
        CandidateKind::Platform => ("platform", "platform"),
        CandidateKind::Feature => ("feature", "feature"),
    };
    Reading {
        word: format!("{word}:{}", candidate.id),
        what,
        said: text_at(&esr.body, field_of(candidate.kind)),
        name: candidate.name.clone(),
        why: format!("{:.0} % alike", candidate.score * 100.0),
        mark: "warn",
        update: said(candidate, registry),
        candidate: Some(candidate.clone()),
    }
}

/// What is said when a name is settled. Of a product its company is said too: several may make one of that name, and one
/// that stands beside another company's name would be in doubt again.
fn said(meant: &Candidate, registry: &Registry) -> Value {
    if meant.kind == CandidateKind::Solution {
        let solution = registry.document().solutions.iter().find(|one| one.id == meant.id);
        if let Some(company) = solution.and_then(|one| registry.participant_by_id(&one.participant)) {
            return json!({ "third_party": { "company": company.name, "solution": meant.name } });
        }
    }
    match field_of(meant.kind).split_once('.') {
        Some((outer, inner)) => json!({ outer: { inner: meant.name } }),
        None => json!({ field_of(meant.kind): meant.name }),
    }
}

/// What the report that was found tested: one of it may be meant.
fn features(esr: &StoredEsr, registry: &Registry) -> Vec<Reading> {
    let evidence = &esr.decision.evidence;
    let found = |one: &&Report| Some(&one.id) == evidence.report.as_ref() && Some(one.edition) == evidence.edition;
    let scope =
        registry.document().reports.iter().find(found).map(|report| report.scope.as_slice()).unwrap_or_default();
    let reading = |entry: &ScopeEntry| Reading {
        word: format!("feature:{}", entry.id),
        what: "feature",
        said: text_at(&esr.body, "feature"),
        name: entry.name.clone(),
        why: words::tested(entry.result).0.to_owned(),
        mark: words::tested(entry.result).1,
        update: json!({ "feature": entry.name }),
        candidate: None,
    };
    scope.iter().take(FEATURES).map(reading).collect()
}

/// The platform's release as it is written, and the one that its patch names; nothing where they do not contradict.
fn releases(esr: &StoredEsr, registry: &Registry) -> Option<Vec<Reading>> {
    let [product, release, patch] =
        ["platform.product", "platform.release", "platform.patch"].map(|path| text_at(&esr.body, path));
    let platform = registry.platform(registry.platform_named(&product)?);
    platform.1.named_by(Some(&release), Some(&patch)).err()?;
    let by_patch = coded(platform, &patch)?;
    let stated = coded(platform, &release).unwrap_or(&release);
    let reading = |word: &str, name: &str, why: String, platform: Value| Reading {
        word: word.to_owned(),
        what: "platform\u{2019}s release",
        said: release.clone(),
        name: name.to_owned(),
        why,
        mark: "warn",
        update: json!({ "platform": platform }),
        candidate: None,
    };
    Some(vec![
        reading("release:patch", by_patch, format!("as patch {patch} says"), json!({ "release": by_patch })),
        reading("release:stated", stated, format!("and patch {patch} is a mistake"), json!({ "patch": null })),
    ])
}

/// The release that a text names by its code, as the registry writes it.
fn coded<'p>((platform, indexed): (&'p Platform, &IndexedPlatform), text: &str) -> Option<&'p str> {
    let named = indexed.named_by_code(text)?;
    let found = platform.releases.iter().find(|one| Release::parse(&one.release).as_ref() == Some(named));
    found.map(|one| one.release.as_str())
}
