//! Names that were only near an entry: an agent says which one is meant, and the rules decide again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::change::{moved_on, refused, stale};
use super::show::open;
use super::view::{Typed, headline, text_at};
use crate::access::{About, Act, Permission, Thing};
use crate::attachments;
use crate::flow::{self, Change, Refused};
use crate::intake::parse;
use crate::registry::index::Registry;
use crate::registry::model::{Document, Report};
use crate::store::{Entry, StoreError, StoredEsr};
use crate::triage::decision::{Candidate, CandidateKind};
use crate::web::Web;
use crate::web::api::registry::{self, Author, Edited, Edits, NotChanged};
use crate::web::pages::case::field_of;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::{Problem, sentence};

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

/// The registry that this eSR is decided with now.
async fn registry_of(web: &Web, esr: &StoredEsr) -> Arc<Registry> {
    attachments::registry_for(&web.app, esr).await.unwrap_or_else(|| web.app.evaluator().registry)
}

/// The candidates of the decision, each with where it would lead.
pub(super) async fn offered(web: &Web, esr: &StoredEsr) -> Vec<Near> {
    if esr.decision.rule == "override" {
        return Vec::new();
    }
    if esr.decision.candidates.is_empty() {
        return Vec::new();
    }
    let registry = registry_of(web, esr).await;
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
            then: leads(web, esr, &said(candidate, &registry)).await,
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
    if moved_on(&esr, &filled) {
        return stale(&web, &visitor, esr, "settle", filled).await;
    }
    let (kind, entry) = filled.text("entry").split_once(':').unwrap_or_default();
    let kind = kind_of(kind);
    let found = esr.decision.candidates.iter().find(|one| Some(one.kind) == kind && one.id == entry);
    let Some(candidate) = found.cloned() else {
        let wrong = Some("Choose one of the names.".to_owned());
        let typed = Typed { form: "settle", filled, wrong, ..Typed::default() };
        return refused(&web, &visitor, esr, typed).await;
    };
    let update = said(&candidate, &*registry_of(&web, &esr).await);
    let actor = visitor.actor();
    let doing = flow::change(&web.app, &id, &actor, Change::Said(&update), None);
    let details = json!({ "means": filled.text("entry") });
    match visitor.act(&web, Act::SettledName, &About::esr(&id), details, doing).await {
        Ok(now) => {
            let goes = headline(&now.decision, &text_at(&now.body, "third_party.company"));
            let mut done = format!("It is {}. {goes}.", candidate.name);
            if filled.given("remember").is_some() {
                visitor.may(Permission::AddAlias)?;
                let spelling = text_at(&esr.body, field_of(candidate.kind));
                done = format!("{done} {}", remember(&web, &visitor, &esr, &candidate, &spelling).await);
            }
            Ok(respond::see_other(&format!("/esrs/{id}"), &done))
        }
        Err(Refused::Fields(errors)) => {
            let faults = errors.into_iter().map(|error| (error.path, sentence(&error.message))).collect();
            let wrong = Some("This eSR cannot be read with that name in it.".to_owned());
            let typed = Typed { form: "settle", filled, faults, wrong, ..Typed::default() };
            refused(&web, &visitor, esr, typed).await
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Makes a spelling another name of the entry, by the one way in which the registry changes; says what came of it.
async fn remember(web: &Web, visitor: &Visitor, esr: &StoredEsr, candidate: &Candidate, spelling: &str) -> String {
    let author = Author { by: visitor.person.name.clone(), valid_from: None };
    let edit = |document: &mut Document| Ok(Edits::Put(vec![named_too(document, esr, candidate, spelling)?]));
    let about = About::new(Thing::Entry, &candidate.id);
    let details = json!({ "esr": esr.id, "name": spelling });
    let doing = async { Ok::<_, StoreError>(registry::change(web, &author, edit, async || Ok(())).await) };
    let Ok(changed) = visitor.act(web, Act::AliasAdded, &about, details, doing).await else {
        return "The spelling was not kept: it could not be written down who did it.".to_owned();
    };
    match changed {
        Ok(_) => format!("\u{201c}{spelling}\u{201d} is another name of it from now on."),
        Err(NotChanged::Faulty(faults)) => {
            let why = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            format!("The spelling was not kept as another name: {why}")
        }
        Err(NotChanged::Problem(problem)) => format!("The spelling was not kept: {}", problem.details().detail),
    }
}

/// The entry with one more name.
fn named_too(
    document: &mut Document,
    esr: &StoredEsr,
    candidate: &Candidate,
    spelling: &str,
) -> Result<Edited, Problem> {
    let id = candidate.id.as_str();
    let gone = || Problem::not_found("entry of the registry that can have other names");
    let add = |aliases: &mut Vec<String>| {
        if !aliases.iter().any(|known| known == spelling) {
            aliases.push(spelling.to_owned());
        }
    };
    let (place, entry) = match candidate.kind {
        CandidateKind::Company => {
            let at = document.participants.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.participants[at].aliases);
            (format!("participants[{at}]"), Entry::Participant(document.participants[at].clone()))
        }
        CandidateKind::Solution => {
            let at = document.solutions.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.solutions[at].aliases);
            (format!("solutions[{at}]"), Entry::Solution(document.solutions[at].clone()))
        }
        CandidateKind::Platform => {
            let at = document.platforms.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.platforms[at].aliases);
            (format!("platforms[{at}]"), Entry::Platform(document.platforms[at].clone()))
        }
        // A feature's other names stand in the report that was found.
        CandidateKind::Feature => {
            let evidence = &esr.decision.evidence;
            let found =
                |one: &Report| Some(&one.id) == evidence.report.as_ref() && Some(one.edition) == evidence.edition;
            let at = document.reports.iter().position(found).ok_or_else(gone)?;
            let entry = document.reports[at].scope.iter_mut().find(|entry| entry.id == id).ok_or_else(gone)?;
            add(&mut entry.aliases);
            (format!("reports[{at}]"), Entry::Report(document.reports[at].clone()))
        }
    };
    Ok(Edited { entry, place, in_body: String::new() })
}
