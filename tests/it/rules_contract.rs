//! The routing table against the contract's order of precedence, written down here a second time as plain code.

use pointsman::triage::facts::{
    Assistance, CELLS, Coverage, Facts, Filer, ParticipantAnalysis as Analysis, Phase, Responsibility, Scope,
    SystemAccess,
};
use pointsman::triage::rules::Rules;

fn expected(facts: &Facts) -> (&'static str, &'static str) {
    if facts.phase == Phase::Development { development(facts) } else { production(facts) }
}

fn development(facts: &Facts) -> (&'static str, &'static str) {
    if facts.coverage == Coverage::Unresolved {
        return ("agent_review", "coverage");
    }
    match facts.assistance {
        Assistance::Available => ("technical_assistance", "open"),
        Assistance::NoTicket => ("returned", "assistance_ticket_required"),
        Assistance::SourceCode => ("returned", "professional_services"),
        Assistance::NotInProgram => ("returned", "community_forum"),
    }
}

fn production(facts: &Facts) -> (&'static str, &'static str) {
    if facts.filer != Filer::BusinessPartner {
        return ("returned", "business_partner_required");
    }
    match facts.coverage {
        Coverage::NotInvolved if facts.system_access == SystemAccess::Granted => ("ale_support", "open"),
        Coverage::NotInvolved => ("ale_support", "awaiting_access"),
        Coverage::Unresolved => ("agent_review", "coverage"),
        Coverage::Incomplete => ("returned", "information_required"),
        Coverage::Valid | Coverage::Accredited => covered(facts),
        _ => ("on_demand_diagnostic", "offer"),
    }
}

fn covered(facts: &Facts) -> (&'static str, &'static str) {
    match (facts.scope, facts.responsibility) {
        (Scope::KnownLimitation, _) => ("returned", "known_limitation"),
        (Scope::OutOfScope, _) => ("on_demand_diagnostic", "offer"),
        (Scope::Unclear, _) => ("agent_review", "scope"),
        (Scope::InScope, Responsibility::Participant) => ("participant_hotline", "open"),
        (Scope::InScope, Responsibility::Ale) if facts.system_access == SystemAccess::Granted => {
            ("ale_support", "open")
        }
        (Scope::InScope, Responsibility::Ale) => ("ale_support", "awaiting_access"),
        (Scope::InScope, Responsibility::Undetermined) => undetermined(facts),
    }
}

fn undetermined(facts: &Facts) -> (&'static str, &'static str) {
    match facts.participant_analysis {
        Analysis::None => ("joint_investigation", "participant_first"),
        Analysis::CaseOpened => ("joint_investigation", "participant_analysis"),
        Analysis::Inconclusive => ("joint_investigation", "analysis_insufficient"),
        Analysis::ParticipantFaultFound => ("participant_hotline", "open"),
        Analysis::AleFaultShown | Analysis::AleHelpRequested if facts.system_access == SystemAccess::Missing => {
            ("joint_investigation", "awaiting_access")
        }
        Analysis::AleFaultShown | Analysis::AleHelpRequested => ("joint_investigation", "ale_engaged"),
    }
}

#[test]
fn the_table_says_what_the_contract_says_for_every_combination() {
    let rules = Rules::embedded();
    for facts in (0..CELLS).map(Facts::from_cell).filter(|facts| rules.possible(facts)) {
        let outcome = rules.outcome(rules.decide(&facts));
        assert_eq!((outcome.route.as_str(), outcome.stage.as_str()), expected(&facts), "{facts:?}");
    }
}

#[test]
fn scope_is_known_only_where_there_is_something_to_measure_it_against() {
    let rules = Rules::embedded();
    for facts in (0..CELLS).map(Facts::from_cell) {
        let measured = match facts.coverage {
            Coverage::Valid | Coverage::Expired | Coverage::Obsolete | Coverage::Withdrawn => true,
            Coverage::Accredited => facts.scope != Scope::KnownLimitation,
            _ => facts.scope == Scope::Unclear,
        };
        assert_eq!(rules.possible(&facts), measured, "{facts:?}");
    }
}

#[test]
fn the_rule_that_the_contract_names_is_there() {
    let rules = Rules::embedded();
    let rule = rules.rules().iter().find(|rule| rule.id == "case-3-participant-first").unwrap();
    assert_eq!(rule.clauses, ["9.2.3 case 3"]);
    assert!(rules.version().starts_with("sha256:") && rules.version().len() == 7 + 64);
}
