//! What would be decided on a form, by the evaluator that decides what is filed: while typing, and before filing.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::form::{Form, label};
use super::own::Own;
use crate::cases::Status;
use crate::intake::parse;
use crate::mail::{Content, Letter};
use crate::notify::Notice;
use crate::notify::endpoint::Language;
use crate::registry::index::Registry;
use crate::registry::names::fold;
use crate::triage::decision::Decision;
use crate::triage::facts::Coverage;
use crate::triage::outcome::Side;
use crate::triage::rules::Rules;
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// How many names are offered for a field.
const OFFERED: usize = 8;
/// How many features of a report are offered.
const FEATURES: usize = 60;

/// What would be decided.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// What coverage is called, and how good that is: `good`, `warn` or nothing.
    pub(super) coverage: String,
    pub(super) tone: &'static str,
    /// Names that are near, each with the field that it belongs in, and the field's name.
    pub(super) near: Vec<(&'static str, String, String)>,
    /// What is missing, in words.
    pub(super) missing: Vec<String>,
    /// The decision in a few words, why, and what the filer does then, as the case's page says them.
    pub(super) said: Content,
}

/// Names to choose from, for each field.
#[derive(Default)]
pub(super) struct Offers {
    pub(super) lists: Vec<(&'static str, Vec<String>)>,
}

#[derive(Template)]
#[template(path = "my/verdict.html")]
struct Fragment {
    verdict: Option<Verdict>,
    offers: Offers,
}

/// `GET /my/certified`: what the form says so far, in the query; the answer is a part of a page.
pub(super) async fn fragment(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let own = Own::of(&visitor)?;
    let form = Form::new(asked);
    let verdict = Verdict::of(&web, &own, &form).await?;
    let offers = Offers::of(&web.app.evaluator().registry, &form, verdict.as_ref());
    Ok(respond::html(axum::http::StatusCode::OK, &Fragment { verdict, offers }))
}

impl Verdict {
    /// What would be decided on this form today; `None` while it names no product, or cannot be read.
    ///
    /// # Errors
    /// When the registry lives elsewhere and does not answer.
    pub(super) async fn of(web: &Web, own: &Own, form: &Form) -> Result<Option<Self>, Sorry> {
        if !form.names_products() {
            return Ok(None);
        }
        let Ok(esr) = parse::esr(&form.draft()) else { return Ok(None) };
        let filed_by = own.filed_by();
        let with = web.app.evaluator_for(&esr, &filed_by).await.map_err(crate::flow::Refused::from)?;
        let decision = with.decide(&esr, &filed_by, web.app.clock.now());
        let coverage = decision.facts.coverage;
        let fact = crate::triage::facts::Fact::COVERAGE;
        let title = with.rules.words().value(fact, coverage as u8).label.clone();
        let near = decision.candidates.iter().map(|near| {
            let path = crate::web::pages::case::field_of(near.kind);
            (path, label(path), near.name.clone())
        });
        let said = said(own, &form.draft(), &decision, &with.rules);
        Ok(Some(Self {
            coverage: title,
            tone: match coverage {
                Coverage::NotInvolved | Coverage::Valid | Coverage::Accredited => "good",
                Coverage::Unresolved | Coverage::Incomplete => "",
                _ => "warn",
            },
            near: near.collect(),
            missing: decision.missing.iter().map(|path| label(path)).collect(),
            said,
            decision,
        }))
    }
}

/// What the case's page would say.
fn said(own: &Own, esr: &Value, decision: &Decision, rules: &Rules) -> Content {
    let status = rules.outcome_of(decision).map_or(Status::Open, |outcome| outcome.status);
    let data = json!({
        "id": "", "reference": "", "filer": own.company, "revision": 1, "status": status, "decision": decision, "esr": esr,
    });
    let (side, party) = match &own.participant {
        Some(id) => (Side::Participant, id),
        None => (Side::BusinessPartner, &own.company),
    };
    let at = decision.decided_at;
    let letter = Letter {
        message_id: "",
        at,
        data: &data,
        notice: Notice::Decided,
        side,
        party,
        address: "",
        language: Language::En,
        answer_by: None,
        test: false,
        counter: 0,
        linked_at: at,
    };
    crate::mail::page(&letter).0
}

impl Offers {
    /// Names that go on as what is typed begins, and what belongs to the entries that were found.
    fn of(registry: &Registry, form: &Form, verdict: Option<&Verdict>) -> Self {
        let document = registry.document();
        let evidence = verdict.map(|verdict| &verdict.decision.evidence);
        let company = evidence.and_then(|found| found.participant.as_deref());
        let typed = |path: &str| fold(form.value(path));
        let goes_on = |name: &str, typed: &str| typed.len() > 1 && fold(name).contains(typed);
        let (company_typed, solution_typed) = (typed("third_party.company"), typed("third_party.solution"));
        let companies = document.participants.iter().map(|one| &one.name).filter(|name| goes_on(name, &company_typed));
        let solutions = document.solutions.iter().filter(|one| match company {
            Some(company) => one.participant == company,
            None => goes_on(&one.name, &solution_typed),
        });
        let report = evidence.and_then(|found| Some((found.report.as_deref()?, found.edition?)));
        let report = report.and_then(|(id, edition)| {
            document.reports.iter().find(|report| report.id == id && report.edition == edition)
        });
        let features = report.into_iter().flat_map(|report| report.scope.iter().map(|entry| entry.name.clone()));
        Self {
            lists: vec![
                ("platform.product", document.platforms.iter().map(|one| one.name.clone()).take(FEATURES).collect()),
                ("third_party.company", companies.take(OFFERED).cloned().collect()),
                ("third_party.solution", solutions.map(|one| one.name.clone()).take(OFFERED).collect()),
                ("feature", features.take(FEATURES).collect()),
            ],
        }
    }
}
