//! What the rules could not tell from the eSR: an agent says which name or release is meant, and the rules decide again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::alias::remember;
use super::change::{moved_on, refused, stale};
use super::meant::{Reading, is_in_doubt, readings};
use super::show::open;
use super::view::{Typed, headline, text_at};
use crate::access::{About, Act, Permission};
use crate::attachments;
use crate::flow::{self, Change, Refused};
use crate::intake::parse;
use crate::registry::index::Registry;
use crate::store::StoredEsr;
use crate::web::Web;
use crate::web::pages::case::field_of;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::sentence;

/// What an eSR might have meant.
pub(super) struct Near {
    pub(super) reading: Reading,
    /// Where the eSR would go then: route, stage and sentence; nothing where that cannot be told now.
    pub(super) then: Option<(String, String, String)>,
}

impl Near {
    /// Whether a name is in doubt, so that its spelling can be remembered.
    pub(super) fn is_name(&self) -> bool {
        self.reading.candidate.is_some()
    }
}

/// The registry that this eSR is decided with now.
async fn registry_of(web: &Web, esr: &StoredEsr) -> Arc<Registry> {
    attachments::registry_for(&web.app, esr).await.unwrap_or_else(|| web.app.evaluator().registry)
}

/// What the eSR might have meant, each with where that would lead.
pub(super) async fn offered(web: &Web, esr: &StoredEsr) -> Vec<Near> {
    if !is_in_doubt(&esr.decision) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for reading in readings(esr, &*registry_of(web, esr).await) {
        let then = leads(web, esr, &reading.update).await;
        all.push(Near { reading, then });
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

/// One reading is meant: `POST /esrs/{id}/settle`.
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
    let chosen = readings(&esr, &*registry_of(&web, &esr).await);
    let Some(meant) = chosen.into_iter().find(|one| one.word == filled.text("entry")) else {
        let wrong = Some("Choose what is meant.".to_owned());
        let typed = Typed { form: "settle", filled, wrong, ..Typed::default() };
        return refused(&web, &visitor, esr, typed).await;
    };
    let actor = visitor.actor();
    let doing = flow::change(&web.app, &id, &actor, Change::Said(&meant.update), None);
    let details = json!({ "means": filled.text("entry") });
    match visitor.act(&web, Act::SettledName, &About::esr(&id), details, doing).await {
        Ok(now) => {
            let goes = headline(&now.decision, &text_at(&now.body, "third_party.company"));
            let mut done = format!("It is {}. {goes}.", meant.name);
            if let Some(candidate) = meant.candidate.filter(|_| filled.given("remember").is_some()) {
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
