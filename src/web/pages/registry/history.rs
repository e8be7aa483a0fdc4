//! An entry's versions: since when each is true, when it was known, who recorded it, and what it changed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::diff::{Changed, diff};
use crate::access::Permission;
use crate::store::{Entry, EntryKind};
use crate::web::Web;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond};

/// The most versions that are shown.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "registry/history.html")]
struct Page {
    frame: Frame,
    kind: EntryKind,
    name: String,
    here: String,
    versions: Vec<Shown>,
    all: usize,
}

struct Shown {
    number: usize,
    removed: bool,
    present: bool,
    valid_from: Option<jiff::civil::Date>,
    known_from: Timestamp,
    known_until: Option<Timestamp>,
    by: String,
    changes: Vec<Changed>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    kind: EntryKind,
    key: String,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    let mut versions = web.app.store.entry_history(kind, &key).await?;
    if versions.is_empty() {
        return Err(Sorry::not_found(kind.as_str()));
    }
    versions.reverse();
    let all = versions.len();
    let mut before: Option<&Entry> = None;
    let mut shown: Vec<Shown> = Vec::with_capacity(all);
    for (number, version) in (1..).zip(&versions) {
        shown.push(Shown {
            number,
            removed: version.entry.is_none(),
            present: version.known_until.is_none(),
            valid_from: version.valid_from,
            known_from: version.known_from,
            known_until: version.known_until,
            by: version.by.clone(),
            changes: diff(before, version.entry.as_ref()),
        });
        before = version.entry.as_ref();
    }
    // Taken out for all days, an entry leaves no version behind that is believed.
    if let Some(last) = shown.last_mut().filter(|_| versions.iter().all(|version| version.known_until.is_some())) {
        last.removed = true;
    }
    shown.reverse();
    shown.truncate(MOST);
    let page = Page {
        frame: visitor.frame(&web, format!("History of {key}"), Section::Registry),
        kind,
        here: links::entry(kind, &key),
        name: key,
        versions: shown,
        all,
    };
    Ok(respond::page(&visitor, &page))
}
