//! Names that were only near an entry: an agent says which one is meant, and the rules decide again.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::act::moved_on;
use super::show::{again, open};
use super::view::{Typed, headline, text_at};
use crate::access::Permission;
use crate::flow::{self, Change, Refused};
use crate::intake::parse;
use crate::store::StoredEsr;
use crate::triage::decision::CandidateKind;
use crate::web::Web;
use crate::web::pages::case::field_of;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// The most candidates that are offered, best first.
const MOST: usize = 8;

/// An entry that a name might have meant.
pub(super) struct Near {
    pub(super) kind: &'static str,
    pub(super) what: &'static str,
    /// What stands in the eSR.
    pub(super) said: String,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) score: String,
    /// Where the eSR would go then: route, stage and sentence; nothing where that cannot be told now.
    pub(super) then: Option<(String, String, String)>,
}

/// The word of a kind, in forms.
fn kind_word(kind: CandidateKind) -> (&'static str, &'static str) {
    match kind {
        CandidateKind::Company => ("company", "company"),
        CandidateKind::Solution => ("solution", "product"),
        CandidateKind::Platform => ("platform", "platform"),
        CandidateKind::Feature => ("feature", "feature"),
    }
}

fn kind_of(word: &str) -> Option<CandidateKind> {
    use CandidateKind::{Company, Feature, Platform, Solution};
    [Company, Solution, Platform, Feature].into_iter().find(|kind| kind_word(*kind).0 == word)
}

/// What is said when a name is settled.
fn said(kind: CandidateKind, name: &str) -> Value {
    match field_of(kind).split_once('.') {
        Some((outer, inner)) => json!({ outer: { inner: name } }),
        None => json!({ field_of(kind): name }),
    }
}

/// The candidates of the decision, each with where it would lead.
pub(super) async fn offered(web: &Web, esr: &StoredEsr) -> Vec<Near> {
    if esr.decision.rule == "override" {
        return Vec::new();
    }
    let mut all = Vec::new();
    for candidate in esr.decision.candidates.iter().take(MOST) {
        let (kind, what) = kind_word(candidate.kind);
        all.push(Near {
            kind,
            what,
            said: text_at(&esr.body, field_of(candidate.kind)),
            name: candidate.name.clone(),
            id: candidate.id.clone(),
            score: format!("{:.0} %", candidate.score * 100.0),
            then: leads(web, esr, &said(candidate.kind, &candidate.name)).await,
        });
    }
    all
}

/// Where the eSR would go if this were said; asked of the evaluator that would decide.
async fn leads(web: &Web, esr: &StoredEsr, said: &Value) -> Option<(String, String, String)> {
    let body = flow::merged(&esr.body, said);
    let read = parse::esr(&body).ok()?;
    let with = web.app.evaluator_for(&read, &esr.filed_by).await.ok()?;
    let decision = with.decide(&read, &esr.filed_by, esr.received_at);
    let sentence = headline(&decision, &text_at(&body, "third_party.company"));
    Some((decision.route, decision.stage, sentence))
}

/// One candidate is meant: `POST /esrs/{id}/settle`.
pub(super) async fn settle(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    if let Some(wrong) = moved_on(&esr, &filled) {
        let typed = Typed { form: "settle", filled, wrong: Some(wrong), ..Typed::default() };
        return again(&web, &visitor, esr, StatusCode::CONFLICT, typed).await;
    }
    let (kind, entry) = filled.text("entry").split_once(':').unwrap_or_default();
    let kind = kind_of(kind);
    let found = esr.decision.candidates.iter().find(|one| Some(one.kind) == kind && one.id == entry);
    let Some(candidate) = found.cloned() else {
        let wrong = Some("Choose one of the names.".to_owned());
        let typed = Typed { form: "settle", filled, wrong, ..Typed::default() };
        return again(&web, &visitor, esr, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
    };
    let update = said(candidate.kind, &candidate.name);
    match flow::change(&web.app, &id, &visitor.actor(), Change::Said(&update), None).await {
        Ok(now) => {
            let goes = headline(&now.decision, &text_at(&now.body, "third_party.company"));
            Ok(respond::see_other(&format!("/esrs/{id}"), &format!("It is {}. {goes}.", candidate.name)))
        }
        Err(Refused::Fields(errors)) => {
            let faults = errors.into_iter().map(|error| (error.path, error.message)).collect();
            let wrong = Some("This eSR cannot be read with that name in it.".to_owned());
            let typed = Typed { form: "settle", filled, faults, wrong, ..Typed::default() };
            again(&web, &visitor, esr, StatusCode::UNPROCESSABLE_ENTITY, typed).await
        }
        Err(refused) => Err(refused.into()),
    }
}
