//! `/my/{id}`: one case of the visitor's company, and what it does there.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::own::Own;
use crate::access::Act;
use crate::web::Web;
use crate::web::pages::case::{Acted, Open, Sent, Typed, View, act, logged};
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

#[derive(Template)]
#[template(path = "my/case.html")]
struct Page {
    frame: Frame,
    view: View,
}

/// A part of the page that follows what happens: the files, or else the timeline.
#[derive(Template)]
#[template(path = "case/part.html")]
struct Part {
    view: View,
    files: bool,
}

async fn open(web: &Web, visitor: &Visitor, id: &str) -> Result<Open, Sorry> {
    let own = Own::of(visitor)?;
    let esr = web.app.store.esr(id).await?;
    let seated = esr.and_then(|esr| own.seat(&esr).map(|seat| (seat, esr)));
    let (seat, esr) = seated.ok_or_else(|| Sorry::not_found("eSR"))?;
    Ok(Open::new(web, seat, esr).await?)
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    if let Some(part) = asked.given("part") {
        let view = View::new(&web, &open, Typed::default()).await?;
        return Ok(respond::html(StatusCode::OK, &Part { view, files: part == "files" }));
    }
    page(&web, &visitor, &open, StatusCode::OK, Typed::default()).await
}

async fn page(web: &Web, visitor: &Visitor, open: &Open, status: StatusCode, typed: Typed) -> Result<Response, Sorry> {
    let view = View::new(web, open, typed).await?;
    let esr = &open.esr;
    let page = Page { frame: visitor.frame(web, format!("{}: {}", esr.reference, view.c.headline), Section::My), view };
    Ok(respond::with_status(visitor, status, &page))
}

/// Does it, leaves it in the audit log, and shows what came of it.
async fn after(
    web: &Web,
    visitor: &Visitor,
    open: &Open,
    kind: Act,
    doing: impl Future<Output = Acted>,
) -> Result<Response, Sorry> {
    match logged::acted(web, visitor, &open.esr.id, kind, doing).await? {
        Acted::Done(did) => {
            let said = open.seat.words().word(&format!("page-thanks-{did}"));
            Ok(respond::see_other(&open.seat.base, &said))
        }
        // What was taken is on the page already.
        Acted::Again(status, typed) if typed.done.is_some() => {
            let now = self::open(web, visitor, &open.esr.id).await?;
            page(web, visitor, &now, status, *typed).await
        }
        Acted::Again(status, typed) => page(web, visitor, open, status, *typed).await,
    }
}

/// Somebody reloaded the answer to a form, or went back to it.
pub(super) async fn back(Path(id): Path<String>) -> Response {
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    respond::see_other(&format!("/my/{id}"), "")
}

pub(super) async fn answer(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    after(&web, &visitor, &open, Act::Updated, act::answer(&web, &open, request)).await
}

pub(super) async fn contest(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    after(&web, &visitor, &open, Act::Contest, act::contest(&web, &open, request)).await
}

pub(super) async fn update(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    after(&web, &visitor, &open, Act::Updated, act::update(&web, &open, request)).await
}

pub(super) async fn attach(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    if !Sent::is_form(request.headers()) {
        let query = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
        let name = query.into_owned().find(|(key, _)| key == "name").map(|(_, name)| name);
        let details = json!({ "name": name });
        let taking = act::take_file(&web, &open, name.as_deref(), request);
        return Ok(logged::answered(&web, &visitor, &open.esr.id, (Act::AttachmentAdded, details), taking).await?);
    }
    after(&web, &visitor, &open, Act::AttachmentAdded, act::files(&web, &open, request)).await
}

pub(super) async fn file(
    State(web): State<Web>,
    visitor: Visitor,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    let open = open(&web, &visitor, &id).await?;
    let details = json!({ "attachment": file });
    let sending = act::send_file(&web, &open, &file);
    Ok(logged::answered(&web, &visitor, &open.esr.id, (Act::AttachmentRead, details), sending).await?)
}
