//! What an agent does about something that is held: applies it to a case, or puts it aside.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::address;
use super::one::{self, Brought};
use crate::access::{About, Act, Permission, Thing};
use crate::flow::Refused;
use crate::mail::inbound::{self, Application};
use crate::store::{EsrSummary, Filter, StoredEsr};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::api::inbound::{held, put_aside};
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::sentence;

/// So many eSRs are offered where what was typed names several, or none.
const OFFERED: u32 = 6;
/// The longest reason, in characters.
const REASON: usize = 4_000;

/// Somebody reloaded the answer to a form.
pub(super) async fn back(Path(id): Path<String>) -> Response {
    respond::see_other(&address(&id), "")
}

/// `POST /inbound/{id}/apply`
pub(super) async fn apply(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    typed: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let this = held(&web, &id).await?;
    let wanted = typed.given("esr").or(this.esr_id.as_deref()).unwrap_or_default().to_owned();
    let esr = match meant(&web, &wanted).await? {
        Meant::One(esr) => *esr,
        Meant::Several(meant) => {
            let why = if wanted.is_empty() {
                "Say which eSR it belongs to."
            } else if meant.is_empty() {
                "There is no eSR of this reference or id."
            } else {
                "That is not the reference or id of one eSR. Choose one of these, or type another."
            };
            let brought = Brought { typed, wrong: vec![("esr".to_owned(), why.to_owned())], meant };
            return one::with(&web, &visitor, this, StatusCode::UNPROCESSABLE_ENTITY, brought).await;
        }
    };
    let side = typed.given("side").and_then(Side::parse);
    let agent = visitor.actor();
    let about = About::new(Thing::Inbound, &this.id);
    let details = json!({ "esr": esr.id, "side": side });
    let applying = inbound::apply(&web.app, Application { inbound: &this, esr: &esr, side, said: None, agent: &agent });
    match visitor.act(&web, Act::AnswerApplied, &about, details, applying).await {
        Ok(after) => {
            let done = format!("Applied to {}.", after.reference);
            Ok(respond::see_other(&format!("/esrs/{}", after.id), &done))
        }
        Err(Refused::Fields(errors)) => {
            let wrong: Vec<_> = errors.into_iter().map(|error| sentence(&error.to_string())).collect();
            let why = format!(
                "What it says cannot be taken: {} Say it on the eSR's page, then put this aside.",
                wrong.join(" ")
            );
            let brought = Brought { typed, wrong: vec![("esr".to_owned(), why)], meant: Vec::new() };
            one::with(&web, &visitor, this, StatusCode::UNPROCESSABLE_ENTITY, brought).await
        }
        Err(refused) => Err(refused.into()),
    }
}

/// `POST /inbound/{id}/dismiss`
pub(super) async fn dismiss(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    typed: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let this = held(&web, &id).await?;
    let reason = typed.text("reason").replace("\r\n", "\n");
    let unprintable = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let wrong = if reason.is_empty() {
        Some("Say why: whoever looks later reads it.".to_owned())
    } else if reason.chars().count() > REASON || reason.contains(unprintable) {
        Some(format!("At most {REASON} characters, without control characters."))
    } else {
        None
    };
    if let Some(why) = wrong {
        let brought = Brought { typed, wrong: vec![("reason".to_owned(), why)], meant: Vec::new() };
        return one::with(&web, &visitor, this, StatusCode::UNPROCESSABLE_ENTITY, brought).await;
    }
    let (about, details) = (About::new(Thing::Inbound, &this.id), json!({ "reason": reason }));
    let doing = put_aside(&web, &this, &reason, &visitor.person.name);
    visitor.act(&web, Act::AnswerDismissed, &about, details, doing).await?;
    Ok(respond::see_other("/inbound", "Put aside."))
}

/// What somebody meant by a reference or an id.
enum Meant {
    One(Box<StoredEsr>),
    /// Several, or none: what comes near.
    Several(Vec<EsrSummary>),
}

async fn meant(web: &Web, wanted: &str) -> Result<Meant, Sorry> {
    if wanted.is_empty() {
        return Ok(Meant::Several(Vec::new()));
    }
    let store = &web.app.store;
    if let Some(esr) = store.esr(wanted).await? {
        return Ok(Meant::One(Box::new(esr)));
    }
    let everyone = Filter::default();
    let of_reference = Filter { reference: Some(wanted.to_owned()), ..everyone.clone() };
    let found = store.list(&of_reference, None, OFFERED).await?.items;
    match found.as_slice() {
        [one] => {
            if let Some(esr) = store.esr(&one.id).await? {
                return Ok(Meant::One(Box::new(esr)));
            }
        }
        [] => {
            let near = Filter { text: Some(wanted.chars().take(100).collect()), ..everyone };
            return Ok(Meant::Several(store.list(&near, None, OFFERED).await?.items));
        }
        _ => {}
    }
    Ok(Meant::Several(found))
}
