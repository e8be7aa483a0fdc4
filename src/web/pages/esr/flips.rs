//! What would change a decision, the nearest first.

use crate::triage::decision::Decision;
use crate::triage::facts::Fact;
use crate::triage::outcome::Route;
use crate::triage::rules::Rules;
use crate::web::pages::pictures::path;

/// The routes of standard support.
const STANDARD: [Route; 3] = [Route::AleSupport, Route::ParticipantHotline, Route::JointInvestigation];
/// So many things that would change a decision are named.
const FLIPS: usize = 4;

/// One thing that would change a decision.
pub(super) struct Flip {
    /// The fact, as it is asked about.
    pub(super) ask: String,
    /// What it would have to be.
    pub(super) value: String,
    /// Who can bring it about.
    pub(super) by: String,
    pub(super) route: String,
    pub(super) stage: String,
    /// Whether a way that is paid for would become standard support.
    pub(super) unpaid: bool,
    /// Whether it rests on the registry as it was when the eSR was received.
    pub(super) of_its_day: bool,
}

/// What would change a decision of the rules; while it is not settled what is meant, that comes first.
pub(super) fn flips(decision: &Decision, rules: &Rules) -> Vec<Flip> {
    if decision.rule == "override" || decision.route == Route::AgentReview.as_str() {
        return Vec::new();
    }
    let known = decision.would_change.iter().filter_map(|change| {
        let fact = Fact::named(&change.fact)?;
        // What nobody can bring about, or what only sends it back, helps nobody.
        if rules.words().fact(fact).by.is_none() || change.route == Route::Returned.as_str() {
            return None;
        }
        let value = fact.value_named(&change.to)?;
        Some(Flip {
            ask: rules.words().fact(fact).ask.clone(),
            value: rules.words().value(fact, value).label.clone(),
            by: path::up_to(&change.fact, rules),
            route: change.route.to_string(),
            stage: change.stage.to_string(),
            unpaid: decision.route == Route::OnDemandDiagnostic.as_str()
                && STANDARD.iter().any(|route| change.route == route.as_str()),
            of_its_day: change.fact == "coverage",
        })
    });
    // The nearest of each fact: the others are on the way that is drawn.
    let mut all: Vec<Flip> = Vec::new();
    for flip in known {
        if all.len() < FLIPS && !all.iter().any(|other| other.ask == flip.ask) {
            all.push(flip);
        }
    }
    all
}
