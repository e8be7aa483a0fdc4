//! `/registry`: what is certified with what; looked up, kept, with its history.

mod catalogue;
mod cell;
mod diff;
mod edit;
mod entry;
mod fields;
mod form;
mod history;
mod import;
mod list;
mod lookup;
mod moves;
mod show;
mod standing;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

pub(super) use self::catalogue::{Catalogue, Shelf, key_of};
pub(super) use self::standing::{SOON, span, standing};
use super::filled::{Filled, InQuery};
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::Permission;
use crate::store::EntryKind;
use crate::web::Web;

/// The kinds in the order of their tabs.
pub(super) const KINDS: [EntryKind; 4] =
    [EntryKind::Participant, EntryKind::Solution, EntryKind::Report, EntryKind::Platform];

pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/registry", get(first))
        .route("/registry/lookup", get(lookup::show))
        .route("/registry/import", import::route())
        .route("/registry/import/{token}", post(import::confirm))
        .route("/registry/export/{file}", get(import::export))
        .route("/registry/{kinds}", get(all))
        .route("/registry/{kinds}/new", get(new).post(add))
        .route("/registry/{kinds}/{id}", get(one))
        .route("/registry/{kinds}/{id}/edit", get(edit).post(save))
        .route("/registry/{kinds}/{id}/history", get(past))
        .route("/registry/reports/{id}/{edition}", get(report))
        .route("/registry/reports/{id}/{edition}/edit", get(edit_report).post(save_report))
        .route("/registry/reports/{id}/{edition}/history", get(past_report))
}

async fn first(visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    Ok(respond::see_other("/registry/participants", ""))
}

async fn all(web: State<Web>, visitor: Visitor, Path(kinds): Path<String>, asked: InQuery) -> Result<Response, Sorry> {
    list::show(web, visitor, kind(&kinds)?, asked).await
}

async fn one(
    web: State<Web>,
    visitor: Visitor,
    Path((kinds, id)): Path<(String, String)>,
    asked: InQuery,
) -> Result<Response, Sorry> {
    show::show(web, visitor, kind(&kinds)?, id, asked).await
}

async fn report(
    web: State<Web>,
    visitor: Visitor,
    Path((id, edition)): Path<(String, String)>,
    asked: InQuery,
) -> Result<Response, Sorry> {
    show::show(web, visitor, EntryKind::Report, format!("{id}/{edition}"), asked).await
}

type Pair = Path<(String, String)>;

async fn new(web: State<Web>, visitor: Visitor, Path(kinds): Path<String>, asked: InQuery) -> Result<Response, Sorry> {
    edit::show(web, visitor, kind(&kinds)?, None, asked).await
}

async fn add(web: State<Web>, visitor: Visitor, Path(kinds): Path<String>, filled: Filled) -> Result<Response, Sorry> {
    edit::save(web, visitor, kind(&kinds)?, None, filled).await
}

async fn edit(web: State<Web>, visitor: Visitor, Path((kinds, id)): Pair, asked: InQuery) -> Result<Response, Sorry> {
    edit::show(web, visitor, kind(&kinds)?, Some(id), asked).await
}

async fn save(web: State<Web>, visitor: Visitor, Path((kinds, id)): Pair, filled: Filled) -> Result<Response, Sorry> {
    edit::save(web, visitor, kind(&kinds)?, Some(id), filled).await
}

async fn past(web: State<Web>, visitor: Visitor, Path((kinds, id)): Pair) -> Result<Response, Sorry> {
    history::show(web, visitor, kind(&kinds)?, id).await
}

async fn edit_report(
    web: State<Web>,
    visitor: Visitor,
    Path((id, edition)): Pair,
    asked: InQuery,
) -> Result<Response, Sorry> {
    edit::show(web, visitor, EntryKind::Report, Some(format!("{id}/{edition}")), asked).await
}

async fn save_report(
    web: State<Web>,
    visitor: Visitor,
    Path((id, edition)): Pair,
    filled: Filled,
) -> Result<Response, Sorry> {
    edit::save(web, visitor, EntryKind::Report, Some(format!("{id}/{edition}")), filled).await
}

async fn past_report(web: State<Web>, visitor: Visitor, Path((id, edition)): Pair) -> Result<Response, Sorry> {
    history::show(web, visitor, EntryKind::Report, format!("{id}/{edition}")).await
}

/// The kind that a part of an address names.
fn kind(kinds: &str) -> Result<EntryKind, Sorry> {
    let kind = kinds.strip_suffix('s').and_then(EntryKind::parse);
    kind.ok_or_else(|| Sorry::not_found("part of the registry"))
}

/// What an entry of a kind is called.
pub(super) fn title_of(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Participant => "Participant",
        EntryKind::Solution => "Solution",
        EntryKind::Report => "Report",
        EntryKind::Platform => "Platform",
    }
}
