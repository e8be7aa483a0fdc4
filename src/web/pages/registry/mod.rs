//! `/registry`: what is certified with what; looked up, kept, with its history.

mod catalogue;
mod cell;
mod list;
mod lookup;
mod show;
mod standing;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;

pub(super) use self::catalogue::{Catalogue, Shelf, key_of};
pub(super) use self::standing::{SOON, Standing, standing};
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::Permission;
use crate::store::EntryKind;
use crate::web::Web;

/// The kinds in the order of their tabs.
pub(super) const KINDS: [EntryKind; 4] =
    [EntryKind::Participant, EntryKind::Solution, EntryKind::Report, EntryKind::Platform];

/// Imports that somebody looks at before they are made.
#[derive(Default)]
pub(super) struct Previews;

pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/registry", get(first))
        .route("/registry/lookup", get(lookup::show))
        .route("/registry/{kinds}", get(all))
        .route("/registry/{kinds}/{id}", get(one))
        .route("/registry/reports/{id}/{edition}", get(report))
}

async fn first(visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    Ok(respond::see_other("/registry/participants", ""))
}

async fn all(web: State<Web>, visitor: Visitor, Path(kinds): Path<String>, uri: Uri) -> Result<Response, Sorry> {
    list::show(web, visitor, kind(&kinds)?, uri).await
}

async fn one(
    web: State<Web>,
    visitor: Visitor,
    Path((kinds, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Sorry> {
    show::show(web, visitor, kind(&kinds)?, id, uri).await
}

async fn report(
    web: State<Web>,
    visitor: Visitor,
    Path((id, edition)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Sorry> {
    show::show(web, visitor, EntryKind::Report, format!("{id}/{edition}"), uri).await
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

/// A day for people.
fn date(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}
