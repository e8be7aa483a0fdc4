//! What an agent does beside changing an eSR: notes, messages sent again, files.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::change::{refused, text};
use super::show::{again, open};
use super::view::Typed;
use crate::access::{About, Act, Permission, Thing};
use crate::cases::EventKind;
use crate::flow;
use crate::notify::endpoint::Language;
use crate::triage::outcome::Side;
use crate::web::api::deliveries::replay::Again;
use crate::web::pages::case::act as outside;
use crate::web::pages::case::{Acted, Open, Seat, Sent, logged};
use crate::web::pages::deliveries::sent_again;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::Problem;
use crate::web::{Web, files};

/// Somebody reloaded the answer to a form, or went back to it.
pub(super) async fn back(Path(id): Path<String>) -> Response {
    respond::see_other(&format!("/esrs/{}", crate::web::pages::links::part(&id)), "")
}

/// A note among the service's own people.
pub(super) async fn note(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    match text(&filled, "text", "Write something.") {
        Ok(text) => {
            let at = web.app.clock.now();
            let event = flow::event(&web.app, at, EventKind::Noted, &visitor.actor(), json!({ "text": text }));
            let doing = web.app.store.add_event(&id, event);
            if !visitor.act(&web, Act::Note, &About::esr(&id), json!({}), doing).await? {
                return Err(Sorry::not_found("eSR"));
            }
            Ok(respond::see_other(&format!("/esrs/{id}#happened"), "Noted. Only people who work here see it."))
        }
        Err(faults) => {
            let typed = Typed { form: "note", filled, faults, ..Typed::default() };
            refused(&web, &visitor, esr, typed).await
        }
    }
}

/// One message again; what had no channel is addressed anew.
pub(super) async fn replay(
    State(web): State<Web>,
    visitor: Visitor,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::Replay)?;
    let found = web.app.store.delivery(&delivery).await?.map(|(delivery, _)| delivery);
    let known = found.filter(|known| known.esr_id == id).ok_or_else(|| Sorry::not_found("delivery"))?;
    let doing = async {
        let mut again = Again::default();
        again.send(&web, vec![known]).await?;
        Ok::<_, Sorry>(again)
    };
    let about = About::new(Thing::Delivery, &delivery);
    let again = visitor.act(&web, Act::Replayed, &about, json!({ "esr": id }), doing).await?;
    web.kept.stuck.forget();
    let (to, sent) = (format!("/esrs/{id}"), again.sent);
    let said = sent_again(again);
    Ok(if sent == 0 { respond::refused_at(&to, &said) } else { respond::see_other(&to, &said) })
}

/// Files that an agent adds: in a form, or one by a script that shows how far it is.
pub(super) async fn attach(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    let seat = Seat {
        side: Side::Agent,
        party: visitor.actor().name,
        actor: visitor.actor(),
        language: Language::En,
        base: format!("/esrs/{id}"),
        by_link: false,
    };
    let open = Open::new(&web, seat, esr).await?;
    if !Sent::is_form(request.headers()) {
        let name = Filled::parse(request.uri().query().unwrap_or_default().as_bytes()).given("name").map(str::to_owned);
        let details = json!({ "name": name });
        let taking = Box::pin(outside::take_file(&web, &open, name.as_deref(), request));
        return Ok(logged::answered(&web, &visitor, &id, (Act::AttachmentAdded, details), taking).await?);
    }
    // Reading files takes much state, which would be moved from one call to the next on the stack.
    let taking = Box::pin(outside::files(&web, &open, request));
    match logged::acted(&web, &visitor, &id, Act::AttachmentAdded, taking).await? {
        Acted::Done(did) => {
            let said = open.seat.words().word(&format!("page-thanks-{did}"));
            Ok(respond::see_other(&format!("/esrs/{id}#files"), &said))
        }
        Acted::Again(status, sent) => {
            let faults = sent.files_wrong.into_iter().map(|wrong| ("files".to_owned(), wrong)).collect();
            let typed = Typed { form: "files", wrong: sent.wrong, faults, ..Typed::default() };
            Box::pin(again(&web, &visitor, open.esr, status, typed)).await
        }
    }
}

/// One of its files, to be saved.
pub(super) async fn file(
    State(web): State<Web>,
    visitor: Visitor,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let all = web.app.store.attachments(&id).await?;
    let found = all.into_iter().find(|one| one.id == file).ok_or_else(|| Sorry::not_found("file"))?;
    let about = About::new(Thing::Attachment, &found.id);
    let doing = async { files::sent(&web, found).await.map_err(Problem::from) };
    let sent = visitor.act(&web, Act::AttachmentRead, &about, json!({ "esr": id }), doing).await?;
    Ok(sent.into_response())
}
