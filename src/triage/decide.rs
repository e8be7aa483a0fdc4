//! The one evaluator: an eSR, the registry and the rules give a decision. Command line, API, simulator, replay
//! and tests all call [`decide`]; nothing else decides.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::decision::{Contact, Decision, WouldChange};
use super::explain::{self, Explainer, LookedAt};
use super::facts::{
    Assistance, Coverage, Fact, Facts, Filer, ParticipantAnalysis, Phase, Responsibility, Scope, SystemAccess, Urgency,
};
use super::find::{Finding, find};
use super::rules::Rules;
use crate::intake::esr::{AssistanceTopic, Conclusion, Esr, FiledBy, OwnCompany, ParticipantCase};
use crate::registry::index::Registry;
use crate::registry::model::{Participant, Report};

/// Decides one eSR for the UTC day of `at`.
#[must_use]
pub fn decide(esr: &Esr, filed_by: &FiledBy, registry: &Registry, rules: &Rules, at: Timestamp) -> Decision {
    let day = day_of(at);
    let finding = find(registry, esr, day);
    let facts = facts(esr, filed_by, registry, &finding, day);
    let rule = rules.decide(&facts);
    let outcome = rules.outcome(rule);
    let looked_at = looked_at(rules, &facts);
    let words = Explainer { esr, finding: &finding, facts: &facts, filed_by };
    Decision {
        reference: esr.reference.clone(),
        route: outcome.route.as_str().to_owned(),
        stage: outcome.stage.as_str().to_owned(),
        priority: priority(esr),
        rule: rule.id.clone(),
        clauses: rule.clauses.clone(),
        because: words.because(rules, rule, &looked_at),
        evidence: words.evidence(),
        candidates: finding.candidates.clone(),
        missing: missing(&looked_at, &finding),
        contact: words.contact(outcome),
        would_change: would_change(rules, &facts),
        next_steps: words.next_steps(outcome),
        provenance: words.provenance(),
        facts,
        rules_version: rules.version().to_owned(),
        registry_version: registry.version().to_owned(),
        registry_source: None,
        decided_at: at,
    }
}

/// Where to turn with a case whose route an agent chose: what the rules say of that place, for the participant and report
/// that the decision rests on.
#[must_use]
pub fn contact_of(decision: &Decision, registry: &Registry, rules: &Rules) -> Option<Contact> {
    let evidence = &decision.evidence;
    let participant = evidence.participant.as_deref().and_then(|id| registry.participant_by_id(id));
    let found =
        |report: &&Report| Some(&report.id) == evidence.report.as_ref() && Some(report.edition) == evidence.edition;
    let report = registry.document().reports.iter().find(found);
    explain::contact(rules.outcome_of(decision)?, participant, report)
}

/// The UTC day of a time: what validity is measured on.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Development stands behind all production (9.2.1).
fn priority(esr: &Esr) -> u8 {
    match esr.phase {
        Phase::Production => esr.severity,
        Phase::Development => 5,
    }
}

/// The nine facts of an eSR.
fn facts(esr: &Esr, filed_by: &FiledBy, registry: &Registry, finding: &Finding<'_>, day: Date) -> Facts {
    Facts {
        phase: esr.phase,
        filer: filed_by.filer,
        coverage: finding.coverage,
        scope: finding.scope.scope,
        responsibility: esr.responsibility.unwrap_or(Responsibility::Undetermined),
        participant_analysis: analysis(esr.participant_case.as_ref()),
        system_access: if esr.system_access == Some(true) { SystemAccess::Granted } else { SystemAccess::Missing },
        assistance: assistance(esr, own_company(filed_by, registry, finding), day),
        urgency: Urgency::ALL[usize::from(esr.severity.clamp(1, 4)) - 1],
    }
}

/// Without a case number nothing counts; a fault shown on ALE's side needs findings or traces (9.2.3 case 3).
fn analysis(case: Option<&ParticipantCase>) -> ParticipantAnalysis {
    let Some(case) = case.filter(|case| case.number.is_some()) else {
        return ParticipantAnalysis::None;
    };
    match case.conclusion {
        None => ParticipantAnalysis::CaseOpened,
        Some(Conclusion::AleFaultShown) if case.findings.is_none() && case.traces.is_empty() => {
            ParticipantAnalysis::Inconclusive
        }
        Some(Conclusion::AleFaultShown) => ParticipantAnalysis::AleFaultShown,
        Some(Conclusion::Inconclusive) => ParticipantAnalysis::Inconclusive,
        Some(Conclusion::AleHelpRequested) => ParticipantAnalysis::AleHelpRequested,
        Some(Conclusion::ParticipantFaultFound) => ParticipantAnalysis::ParticipantFaultFound,
    }
}

fn own_company<'r>(filed_by: &FiledBy, registry: &'r Registry, finding: &Finding<'r>) -> Option<&'r Participant> {
    match &filed_by.own_company {
        OwnCompany::AsNamed => finding.participant,
        OwnCompany::Participant(id) => registry.participant_by_id(id),
        OwnCompany::None => None,
    }
}

/// Whether Technical Assistance can be given to a company (5.3, 5.4.1).
fn assistance(esr: &Esr, company: Option<&Participant>, day: Date) -> Assistance {
    let in_program = |company: &&Participant| {
        company.left_on.is_none_or(|left_on| day < left_on) && company.joined_on.is_none_or(|joined| joined <= day)
    };
    match company.filter(in_program) {
        None => Assistance::NotInProgram,
        Some(_) if esr.assistance_topic == Some(AssistanceTopic::SourceCode) => Assistance::SourceCode,
        Some(company) if company.assistance_tickets > 0 => Assistance::Available,
        Some(_) => Assistance::NoTicket,
    }
}

fn looked_at(rules: &Rules, facts: &Facts) -> LookedAt {
    let when = &rules.rows()[rules.rule_at(facts.cell())].when;
    // A cell that only leaves out unresolved names says nothing else about coverage.
    let coverage = when.values(Fact::COVERAGE).and(Coverage::Unresolved.index() as u8);
    LookedAt { coverage: !coverage.is_any(Fact::COVERAGE), scope: !when.values(Fact::SCOPE).is_any(Fact::SCOPE) }
}

/// The values of one fact that would give another route or stage, with where they lead.
fn changes<'r>(
    rules: &'r Rules,
    facts: &'r Facts,
    fact: Fact,
) -> impl Iterator<Item = (u8, &'r super::outcome::Outcome)> {
    let now = rules.outcome(rules.decide(facts));
    let present = facts.indices()[fact.position()];
    (0..fact.size() as u8).filter(move |&value| value != present).filter_map(move |value| {
        let changed = facts.with(fact, value);
        let then = rules.possible(&changed).then(|| rules.outcome(rules.decide(&changed)))?;
        ((then.route, then.stage) != (now.route, now.stage)).then_some((value, then))
    })
}

/// The fields that the decision lacked: those of the look-ups that its rule looked at.
fn missing(looked_at: &LookedAt, finding: &Finding<'_>) -> Vec<String> {
    let lacked = |field: &&&str| if **field == super::paths::FEATURE { looked_at.scope } else { looked_at.coverage };
    finding.missing.iter().filter(lacked).map(|field| (*field).to_owned()).collect()
}

/// The single-fact changes that lead elsewhere; those that a party can still bring about first.
#[must_use]
pub fn would_change(rules: &Rules, facts: &Facts) -> Vec<WouldChange> {
    let mut list: Vec<(bool, usize, WouldChange)> = Vec::new();
    for fact in Fact::all() {
        for (value, then) in changes(rules, facts, fact) {
            let change = WouldChange {
                fact: fact.name().into(),
                to: fact.word(value).into(),
                route: then.route.as_str().into(),
                stage: then.stage.as_str().into(),
            };
            let attainable = rules.words().fact(fact).by.is_some() && attainable(facts, fact, value);
            list.push((!attainable, ease(fact), change));
        }
    }
    list.sort_by_key(|(out_of_reach, ease, _)| (*out_of_reach, *ease));
    list.into_iter().map(|(_, _, change)| change).collect()
}

/// How soon a side can change a fact: an analysis or an access before a certification or another filer.
fn ease(fact: Fact) -> usize {
    const EASIEST_FIRST: [&str; 8] = [
        "participant_analysis",
        "system_access",
        "responsibility",
        "scope",
        "coverage",
        "assistance",
        "filer",
        "phase",
    ];
    EASIEST_FIRST.iter().position(|name| *name == fact.name()).unwrap_or(EASIEST_FIRST.len())
}

/// Whether a side that can change the fact (`by` of facts.toml) can still bring this change about: by analysing, answering, giving access, certifying, buying a
/// ticket or having the partner file. What has happened is not undone.
fn attainable(facts: &Facts, fact: Fact, to: u8) -> bool {
    let to = usize::from(to);
    match fact.name() {
        "participant_analysis" => {
            to > facts.participant_analysis.index() || to > ParticipantAnalysis::CaseOpened.index()
        }
        "system_access" => to == SystemAccess::Granted.index(),
        "scope" => facts.scope == Scope::Unclear,
        "coverage" => {
            matches!(facts.coverage, Coverage::Unresolved | Coverage::Incomplete)
                || to == Coverage::Valid.index()
                || to == Coverage::Accredited.index()
        }
        "assistance" => to == Assistance::Available.index(),
        "filer" => to == Filer::BusinessPartner.index(),
        _ => true,
    }
}
