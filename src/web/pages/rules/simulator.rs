//! `GET /rules/simulator`: any nine facts, and where the table leads with them. Nothing is stored.

use askama::Template;
use askama::filters::Safe;
use axum::extract::State;
use axum::response::Response;

use super::sentence;
use crate::access::Permission;
use crate::store::StoredEsr;
use crate::triage::decide::would_change;
use crate::triage::facts::{
    Assistance, CELLS, Coverage, Fact, Facts, Filer, ParticipantAnalysis, Phase, Responsibility, Scope, SystemAccess,
    Urgency,
};
use crate::triage::rules::Rules;
use crate::web::Web;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::pictures::path::Path;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

#[derive(Template)]
#[template(path = "rules/simulator.html")]
struct Page {
    frame: Frame,
    facts: Vec<Asked>,
    /// The eSR that it began with, if any.
    start: Vec<Start>,
    /// Where the facts lead; nowhere when they cannot occur together.
    answers: Vec<Answer>,
}

/// An eSR whose facts it began with, and where that stands.
struct Start {
    id: String,
    reference: String,
    route: String,
    stage: String,
}

impl Start {
    fn of(esr: StoredEsr) -> Self {
        let StoredEsr { id, reference, decision, .. } = esr;
        Self { id, reference, route: decision.route, stage: decision.stage }
    }
}

/// One fact, to be chosen.
struct Asked {
    name: &'static str,
    ask: String,
    values: Vec<Value>,
    /// Whether it is another than the eSR's own.
    changed: bool,
}

/// A value that a fact can have.
struct Value {
    word: &'static str,
    label: String,
    here: bool,
}

/// A change of one fact that leads elsewhere, and the address to try it.
struct Flip {
    ask: String,
    label: String,
    to: String,
    route: String,
    stage: String,
}

/// Where the facts lead.
struct Answer {
    route: String,
    stage: String,
    rule: String,
    because: String,
    clauses: String,
    steps: Vec<(&'static str, String)>,
    flips: Vec<Flip>,
    path: Safe<String>,
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRules)?;
    let rules = web.app.evaluator().rules;
    let esr = match asked.given("esr") {
        Some(id) => Some(web.app.store.esr(id).await?.ok_or_else(|| Sorry::not_found("eSR"))?),
        None => None,
    };
    let start = esr.as_ref().map_or_else(|| usual(&rules), |esr| esr.decision.facts);
    let facts = chosen(&asked, start);
    let page = Page {
        frame: visitor.frame(&web, "Simulator", Section::Rules),
        facts: Fact::all().map(|fact| ask(&rules, fact, &facts, esr.as_ref().map(|_| &start))).collect(),
        answers: rules.possible(&facts).then(|| answer(&rules, &facts, asked.given("esr"))).into_iter().collect(),
        start: esr.into_iter().map(Start::of).collect(),
    };
    Ok(respond::page(&visitor, &page))
}

/// Where it begins without an eSR: a live site whose products are certified together, and nobody knows yet whose fault it is.
fn usual(rules: &Rules) -> Facts {
    let usual = Facts {
        phase: Phase::Production,
        filer: Filer::BusinessPartner,
        coverage: Coverage::Valid,
        scope: Scope::InScope,
        responsibility: Responsibility::Undetermined,
        participant_analysis: ParticipantAnalysis::None,
        system_access: SystemAccess::Granted,
        assistance: Assistance::NoTicket,
        urgency: Urgency::Two,
    };
    // An operator's rules may hold that this cannot occur.
    let any = || (0..CELLS).map(Facts::from_cell).find(|facts| rules.possible(facts));
    if rules.possible(&usual) { usual } else { any().unwrap_or(usual) }
}

/// The facts as the address has them; what it does not say, or says wrongly, is as at the start.
fn chosen(asked: &Filled, start: Facts) -> Facts {
    Fact::all().fold(start, |facts, fact| {
        let words = fact.words();
        let given = asked.given(fact.name()).and_then(|word| words.iter().position(|known| *known == word));
        given.map_or(facts, |value| facts.with(fact, value as u8))
    })
}

fn ask(rules: &Rules, fact: Fact, facts: &Facts, start: Option<&Facts>) -> Asked {
    let present = facts.indices()[fact.position()];
    let values = (0..fact.size() as u8).map(|value| Value {
        word: fact.word(value),
        label: rules.words().value(fact, value).label.clone(),
        here: value == present,
    });
    Asked {
        name: fact.name(),
        ask: rules.words().fact(fact).ask.clone(),
        values: values.collect(),
        changed: start.is_some_and(|start| start.indices()[fact.position()] != present),
    }
}

fn answer(rules: &Rules, facts: &Facts, esr: Option<&str>) -> Answer {
    let rule = rules.decide(facts);
    let outcome = rules.outcome(rule);
    let flips = would_change(rules, facts).into_iter().filter_map(|change| {
        let fact = Fact::named(&change.fact)?;
        let value = fact.value_named(&change.to)?;
        let text = rules.words();
        let to = address(&facts.with(fact, value), esr);
        let (ask, label) = (text.fact(fact).ask.clone(), text.value(fact, value).label.clone());
        Some(Flip { ask, label, to, route: change.route.into_owned(), stage: change.stage.into_owned() })
    });
    Answer {
        route: outcome.route.to_string(),
        stage: outcome.stage.to_string(),
        rule: rule.id.clone(),
        because: sentence(&outcome.because),
        clauses: rule.clauses.join("; "),
        steps: outcome.next_steps.iter().map(|step| (words::side(step.who), sentence(&step.what))).collect(),
        flips: flips.collect(),
        path: Path::of_facts(facts, rules, &[]).html(),
    }
}

/// The simulator's address with these facts.
pub(super) fn address(facts: &Facts, esr: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(esr.map(|id| ("esr", id)));
    query.extend_pairs(Fact::all().map(|fact| (fact.name(), fact.word(facts.indices()[fact.position()]))));
    format!("/rules/simulator?{}", query.finish())
}
