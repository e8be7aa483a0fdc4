//! The way that an eSR took through the policy, drawn: turn by turn, with where each turn could have led instead.
//!
//! Everything is asked of the proved table itself: which facts the deciding rule looked at, and where each other value of
//! them leads. There is no second table here, so that any operator's rules draw themselves.

use askama::Template;
use askama::filters::Safe;

use super::super::words;
use crate::triage::decision::{Decision, Provenance};
use crate::triage::facts::{Coverage, Fact, Facts, Scope};
use crate::triage::outcome::{Outcome, Route, Side};
use crate::triage::rules::Rules;

/// The whole way.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Path {
    /// Turn by turn, in the order of precedence.
    pub(in crate::web::pages) turns: Vec<Turn>,
    /// Where the rules lead.
    pub(in crate::web::pages) end: Place,
    /// The rule that decides.
    pub(in crate::web::pages) rule: String,
    /// Where an agent sent it instead, and in which words.
    pub(in crate::web::pages) chosen: Option<(Place, String)>,
    /// Whether the table of today leads elsewhere than the one that decided.
    pub(in crate::web::pages) moved: bool,
}

/// A route and a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web::pages) struct Place {
    /// The route.
    pub(in crate::web::pages) route: String,
    /// The stage.
    pub(in crate::web::pages) stage: String,
}

impl Place {
    fn of(outcome: &Outcome) -> Self {
        Self { route: outcome.route.as_str().to_owned(), stage: outcome.stage.as_str().to_owned() }
    }
}

/// One turn: a fact that the rule looked at.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Turn {
    /// The fact's name.
    pub(in crate::web::pages) fact: &'static str,
    /// How it is asked about.
    pub(in crate::web::pages) ask: String,
    /// The answer, in people's words.
    pub(in crate::web::pages) value: String,
    /// Where the answer came from.
    pub(in crate::web::pages) from: Vec<Origin>,
    /// Where other answers lead.
    pub(in crate::web::pages) exits: Vec<Exit>,
}

/// Where an answer came from: a field of the eSR, what stood there, and what it led to.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Origin {
    /// The field, in people's words.
    pub(in crate::web::pages) field: String,
    /// What stood there.
    pub(in crate::web::pages) said: Option<String>,
    /// Whether it could have been said, and was not.
    pub(in crate::web::pages) lacking: bool,
    /// The entry that it led to.
    pub(in crate::web::pages) entry: Option<String>,
    /// How well it fits, where it does not fit exactly.
    pub(in crate::web::pages) score: Option<String>,
    /// Anything else.
    pub(in crate::web::pages) note: Option<String>,
}

/// Where some of a fact's other values lead.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Exit {
    /// The values, in people's words.
    pub(in crate::web::pages) values: Vec<String>,
    /// The same as the table's words.
    pub(in crate::web::pages) words: Vec<&'static str>,
    /// Where they lead; `None` where that depends on what would be asked next.
    pub(in crate::web::pages) to: Option<Place>,
    /// Whether nothing else has to change for it.
    pub(in crate::web::pages) alone: bool,
    /// Who can bring it about, where it is the nearest other way.
    pub(in crate::web::pages) nearest: Option<String>,
}

#[derive(Template)]
#[template(path = "pictures/path.html")]
struct Picture<'a> {
    path: &'a Path,
}

impl Path {
    /// The way of a decision, through the table of now.
    pub(in crate::web::pages) fn of(decision: &Decision, rules: &Rules) -> Self {
        let mut path = Self::of_facts(&decision.facts, rules, &decision.provenance);
        path.free_what_was_not_looked_at(&decision.facts, rules);
        let there = Place { route: decision.route.clone(), stage: decision.stage.clone() };
        // An agent's choice names no rule of the table.
        let by_rule = decision.rule != "override";
        path.moved = by_rule && path.end != there;
        if !by_rule {
            path.chosen = Some((there, decision.because.clone()));
        }
        // What is meant has to be settled first: where it leads then is said beside each name that may be meant.
        let settled = !path.moved && decision.route != Route::AgentReview.as_str();
        if let Some(change) = decision.would_change.first().filter(|_| settled) {
            path.mark_nearest(&change.fact, &change.to, &up_to(&change.fact, rules));
        }
        path
    }

    /// The way of any facts; `provenance` may be empty.
    pub(in crate::web::pages) fn of_facts(facts: &Facts, rules: &Rules, provenance: &[Provenance]) -> Self {
        let rule = rules.decide(facts);
        let when = &rules.rows()[rules.rule_at(facts.cell())].when;
        let looked_at = Fact::all().filter(|&fact| !when.values(fact).is_any(fact));
        let turns = looked_at.map(|fact| turn(fact, facts, rules, provenance));
        Self {
            turns: turns.collect(),
            end: Place::of(rules.outcome(rule)),
            rule: rule.id.clone(),
            chosen: None,
            moved: false,
        }
    }

    /// The markup.
    pub(in crate::web::pages) fn html(&self) -> Safe<String> {
        super::drawn(&Picture { path: self })
    }

    /// Where it ends: with the agent's word, if there is one.
    pub(in crate::web::pages) fn ends(&self) -> &Place {
        self.chosen.as_ref().map_or(&self.end, |(place, _)| place)
    }

    /// While it is not settled which products are meant, the feature is not measured: where a settled pair would lead depends
    /// on that, and is not told from what the feature counts as until then.
    fn free_what_was_not_looked_at(&mut self, facts: &Facts, rules: &Rules) {
        if !matches!(facts.coverage, Coverage::Unresolved | Coverage::Incomplete) {
            return;
        }
        let coverage = Fact::named("coverage");
        for exit in self.turns.iter_mut().filter(|turn| turn.fact == "coverage").flat_map(|turn| &mut turn.exits) {
            let leads = exit.words.iter().filter_map(|word| {
                let value = coverage?.value_named(word)?;
                let settled = facts.with(coverage?, value);
                let all = Scope::ALL.iter().map(|scope| Facts { scope: *scope, ..settled });
                let mut places = all
                    .filter(|facts| rules.possible(facts))
                    .map(|facts| Place::of(rules.outcome(rules.decide(&facts))));
                let first = places.next()?;
                Some(places.all(|place| place == first))
            });
            if leads.into_iter().any(|same| !same) {
                exit.to = None;
                exit.alone = false;
            }
        }
    }

    fn mark_nearest(&mut self, fact: &str, value: &str, who: &str) {
        let exits = self.turns.iter_mut().filter(|turn| turn.fact == fact).flat_map(|turn| &mut turn.exits);
        for exit in exits.filter(|exit| exit.words.contains(&value)) {
            exit.nearest = Some(who.to_owned());
        }
    }
}

/// In whose hands it is to bring a fact about.
pub(in crate::web::pages) fn up_to(fact: &str, rules: &Rules) -> String {
    match Fact::named(fact).and_then(|fact| rules.words().fact(fact).by) {
        None => "nobody can bring it about".to_owned(),
        Some(Side::Ale) => "in ALE\u{2019}s hands".to_owned(),
        Some(side) => format!("in the hands of the {}", words::side(side).to_lowercase()),
    }
}

fn turn(fact: Fact, facts: &Facts, rules: &Rules, provenance: &[Provenance]) -> Turn {
    let text = rules.words().fact(fact);
    let present = facts.indices()[fact.position()];
    let label = |value: u8| rules.words().value(fact, value).label.clone();
    let here = Place::of(rules.outcome(rules.decide(facts)));
    let mut exits: Vec<Exit> = Vec::new();
    for value in (0..fact.size() as u8).filter(|&value| value != present) {
        let (to, alone) = leads_to(fact, value, facts, rules);
        if to.as_ref().is_some_and(|to| *to == here) {
            continue;
        }
        match exits.iter_mut().find(|exit| exit.to == to && exit.alone == alone) {
            Some(exit) => {
                exit.values.push(label(value));
                exit.words.push(fact.word(value));
            }
            None => {
                exits.push(Exit { values: vec![label(value)], words: vec![fact.word(value)], to, alone, nearest: None })
            }
        }
    }
    let from = provenance.iter().filter(|line| line.fact == fact.name()).map(origin);
    Turn { fact: fact.name(), ask: text.ask.clone(), value: label(present), from: from.collect(), exits }
}

/// Where another value of one fact leads, and whether that alone leads there. Where the facts that are looked at later
/// could not be as they are then, they are let free: it leads somewhere if all that they could be lead there.
fn leads_to(fact: Fact, value: u8, facts: &Facts, rules: &Rules) -> (Option<Place>, bool) {
    let changed = facts.with(fact, value);
    if rules.possible(&changed) {
        return (Some(Place::of(rules.outcome(rules.decide(&changed)))), true);
    }
    let later: Vec<Fact> = Fact::all().filter(|other| other.position() > fact.position()).collect();
    let mut found: Option<Place> = None;
    let mut next = vec![changed];
    for fact in later {
        next = next.iter().flat_map(|facts| (0..fact.size() as u8).map(|value| facts.with(fact, value))).collect();
    }
    for facts in next.iter().filter(|facts| rules.possible(facts)) {
        let there = Place::of(rules.outcome(rules.decide(facts)));
        match &found {
            Some(known) if *known != there => return (None, false),
            _ => found = Some(there),
        }
    }
    (found, false)
}

fn origin(line: &Provenance) -> Origin {
    let exact = line.score.is_none_or(|score| score >= 1.0);
    Origin {
        field: field(line.from.as_deref().unwrap_or_default()),
        said: line.said.as_deref().map(said),
        // Nobody says who files: the credential does.
        lacking: line.said.is_none() && line.from.as_deref() != Some("credential"),
        entry: line.entry.clone(),
        score: line.score.filter(|_| !exact).map(|score| format!("{:.0} % alike", score * 100.0)),
        note: line.note.clone(),
    }
}

/// What was said, without the words of the API.
fn said(text: &str) -> String {
    match text {
        "true" => "given".to_owned(),
        "false" => "not given".to_owned(),
        other => words::spaced_word(other),
    }
}

/// A field of the eSR, in people's words.
pub(in crate::web::pages) fn field(path: &str) -> String {
    match path {
        "phase" => "Phase",
        "credential" => "The credential that filed it",
        "third_party" => "Third party",
        "third_party.company" => "Company",
        "third_party.solution" => "Product",
        "third_party.release" => "Product's release",
        "platform" => "Platform",
        "platform.product" => "Platform",
        "platform.release" => "Platform's release",
        "platform.patch" => "Platform's patch",
        "feature" => "Feature",
        "responsibility" => "Responsibility",
        "participant_case" | "participant_case.number" => "Case at the participant",
        "participant_case.conclusion" => "Its conclusion",
        "participant_case.findings" => "Its findings",
        "participant_case.traces" => "Its traces",
        "system_access" => "Access to the system",
        "severity" => "Severity",
        "assistance_topic" => "Topic",
        "summary" => "Summary",
        "description" => "Description",
        "occurred_at" => "Happened",
        "customer.name" => "Customer",
        "customer.site" => "Site",
        "customer.country" => "Country",
        "reference" => "Reference",
        other => return words::spaced(other),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::intake::esr::{FiledBy, OwnCompany};
    use crate::intake::parse;
    use crate::registry::document;
    use crate::registry::index::Registry;
    use crate::triage::facts::{CELLS, Filer};

    #[test]
    fn every_turn_of_every_combination_leads_where_the_table_leads() {
        let rules = Rules::embedded();
        for cell in (0..CELLS).step_by(97) {
            let facts = Facts::from_cell(cell);
            if !rules.possible(&facts) {
                continue;
            }
            let path = Path::of_facts(&facts, &rules, &[]);
            assert_eq!(path.end, Place::of(rules.outcome(rules.decide(&facts))));
            assert!(!path.turns.is_empty());
            for exit in path.turns.iter().flat_map(|turn| &turn.exits) {
                assert_ne!(exit.to.as_ref(), Some(&path.end));
            }
        }
    }

    #[test]
    fn every_fixtures_way_ends_at_its_decision_and_shows_all_that_would_change_it() {
        let rules = Rules::embedded();
        let registry = document::parse("registry", include_bytes!("../../../../fixtures/registry.json")).unwrap();
        let registry = Registry::new(registry);
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/esrs");
        let at: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        for file in std::fs::read_dir(dir).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let body: serde_json::Value = serde_json::from_str(&text).unwrap();
            let filer = body["filed_by"].as_str().and_then(Filer::parse).unwrap_or(Filer::BusinessPartner);
            let Ok(esr) = parse::esr(&body) else { continue };
            let filed_by = FiledBy { filer, own_company: OwnCompany::AsNamed };
            let decision = crate::triage::decide(&esr, &filed_by, &registry, &rules, at);
            let path = Path::of(&decision, &rules);
            assert_eq!((&path.ends().route, &path.ends().stage), (&decision.route, &decision.stage));
            assert!(!path.moved);
            let exits = |fact: &str, to: &str| {
                let turn = path.turns.iter().find(|turn| turn.fact == fact);
                turn.and_then(|turn| turn.exits.iter().find(|exit| exit.words.contains(&to)).cloned())
            };
            let unsettled = matches!(decision.facts.coverage, Coverage::Unresolved | Coverage::Incomplete);
            for change in decision.would_change.iter().filter(|change| !unsettled || change.fact != "coverage") {
                let exit = exits(&change.fact, &change.to).unwrap();
                let to = exit.to.unwrap();
                assert!(exit.alone && to.route == change.route && to.stage == change.stage, "{}", esr.reference);
            }
            let nearest = path.turns.iter().flat_map(|turn| &turn.exits).filter(|exit| exit.nearest.is_some());
            let settled = decision.route != "agent_review" && !decision.would_change.is_empty();
            assert_eq!(nearest.count(), usize::from(settled));
            assert!(path.html().0.contains(&format!("data-route=\"{}\"", decision.route)));
        }
    }

    #[test]
    fn an_agents_choice_ends_the_way_and_the_rules_way_stays_to_be_seen() {
        let rules = Rules::embedded();
        let registry = Registry::new(crate::registry::model::Document::default());
        let body = serde_json::json!({"reference": "<1>", "phase": "production", "severity": 2, "summary": "x", "system_access": true});
        let esr = parse::esr(&body).unwrap();
        let filed_by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
        let at: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let mut decision = crate::triage::decide(&esr, &filed_by, &registry, &rules, at);
        (decision.route, decision.stage) = ("agent_review".to_owned(), "coverage".to_owned());
        let moved = Path::of(&decision, &rules);
        assert!(moved.moved && moved.chosen.is_none());
        (decision.rule, decision.because) = ("override".to_owned(), "<b>Ada</b>".to_owned());
        let path = Path::of(&decision, &rules);
        assert_eq!((path.end.route.as_str(), path.ends().route.as_str()), ("ale_support", "agent_review"));
        assert!(!path.html().0.contains("<b>Ada"));
    }
}
