//! The page, and the parts of it that follow what happens.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::view::{Typed, View};
use crate::access::Permission;
use crate::store::StoredEsr;
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

#[derive(Template)]
#[template(path = "esr/page.html", blocks = ["happened", "told", "files"])]
struct Page {
    frame: Frame,
    view: View,
}

/// The eSR, for somebody who may see all of them.
///
/// # Errors
/// A page that says why not.
pub(super) async fn open(web: &Web, visitor: &Visitor, id: &str) -> Result<StoredEsr, Sorry> {
    visitor.may(Permission::SeeCases)?;
    web.app.store.esr(id).await?.ok_or_else(|| Sorry::not_found("eSR"))
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let esr = open(&web, &visitor, &id).await?;
    let part = asked.given("part").map(str::to_owned);
    let page = laid_out(&web, &visitor, esr, Typed::default()).await?;
    Ok(match part.as_deref() {
        Some("happened") => respond::html(StatusCode::OK, &page.as_happened()),
        Some("files") => respond::html(StatusCode::OK, &page.as_files()),
        Some("told") => respond::html(StatusCode::OK, &page.as_told()),
        _ => respond::page(&visitor, &page),
    })
}

/// The page again, with what somebody filled in and what is wrong with it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn again(
    web: &Web,
    visitor: &Visitor,
    esr: StoredEsr,
    status: StatusCode,
    typed: Typed,
) -> Result<Response, Sorry> {
    let page = laid_out(web, visitor, esr, typed).await?;
    Ok(respond::with_status(visitor, status, &page))
}

async fn laid_out(web: &Web, visitor: &Visitor, esr: StoredEsr, typed: Typed) -> Result<Page, Sorry> {
    let title = esr.reference.clone();
    let view = Box::pin(View::of(web, visitor, esr, typed)).await?;
    Ok(Page { frame: visitor.frame(web, title, Section::Queue), view })
}
