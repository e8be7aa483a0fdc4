//! An entry's page: everything of it, what it belongs to and what belongs to it, what rests on it; also as it was.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::catalogue::Catalogue;
use super::cell::{Cell, link, text};
use super::entry::{View, view};
use super::title_of;
use crate::access::Permission;
use crate::store::{Entry, EntryKind, Resting};
use crate::triage::decide::day_of;
use crate::triage::outcome::Route;
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond, words};

/// eSRs are counted over so many days.
const DAYS: i64 = 90;

#[derive(Template)]
#[template(path = "registry/show.html")]
struct Page {
    frame: Frame,
    kind: EntryKind,
    key: String,
    here: String,
    view: View,
    /// Which version is shown, where it is not the present one, in words.
    was: Option<String>,
    /// Where the eSRs on it went lately.
    routes: Vec<(&'static str, i64)>,
    esrs: Vec<Vec<Cell>>,
    /// How many there are.
    resting: Resting,
    may_edit: bool,
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    kind: EntryKind,
    key: String,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    let catalogue = web.kept.shelf.of(web.app.evaluator().registry).await;
    let today = day_of(web.app.clock.now());
    let (entry, was) = match asked.given("was").and_then(|was| was.parse::<usize>().ok()) {
        Some(number) => {
            let mut versions = web.app.store.entry_history(kind, &key).await?;
            versions.reverse();
            let version = number.checked_sub(1).and_then(|at| versions.into_iter().nth(at));
            let version = version.ok_or_else(|| Sorry::not_found("version"))?;
            let known = version.known_from.strftime("%-d %b %Y, %H:%M UTC");
            let was = format!("Version {number}, as {} recorded it on {known}.", version.by);
            (version.entry, Some(was))
        }
        None => (entry_of(&catalogue, kind, &key), None),
    };
    let Some(entry) = entry else {
        let known = !web.app.store.entry_history(kind, &key).await?.is_empty();
        if known {
            return Ok(respond::see_other(
                &format!("{}/history", links::entry(kind, &key)),
                "It is not in the registry now; this is what it was.",
            ));
        }
        return Err(Sorry::not_found(kind.as_str()));
    };
    let counted = web.kept.figures.of(&web.app, DAYS).await?;
    let on_it = counted.pairs.iter().filter(|pair| match kind {
        EntryKind::Participant => pair.participant.as_deref() == Some(&key),
        EntryKind::Solution => pair.solution.as_deref() == Some(&key),
        EntryKind::Platform => pair.platform.as_deref() == Some(&key),
        EntryKind::Report => false,
    });
    let mut routes = vec![0; Route::ALL.len()];
    for pair in on_it {
        if let Some(route) = Route::parse(&pair.route) {
            routes[route.index()] += pair.count;
        }
    }
    let (esrs, resting) = if kind == EntryKind::Report {
        let resting = web.kept.figures.resting(&web.app, std::slice::from_ref(&key)).await?;
        (esrs(&web, &key).await?, resting.into_iter().next().unwrap_or_default())
    } else {
        Default::default()
    };
    let routes = Route::ALL.iter().map(|route| (route.as_str(), routes[route.index()])).filter(|(_, count)| *count > 0);
    let view = view(&catalogue, &entry, today);
    let page = Page {
        frame: visitor.frame(&web, view.title.clone(), Section::Registry),
        kind,
        here: links::entry(kind, &key),
        key,
        was,
        routes: routes.collect(),
        esrs,
        resting,
        may_edit: visitor.can(Permission::EditRegistry),
        view,
    };
    Ok(respond::page(&visitor, &page))
}

async fn esrs(web: &Web, key: &str) -> Result<Vec<Vec<Cell>>, Sorry> {
    let latest = web.app.store.latest_on(key, 10).await?;
    let row = |(id, reference, filer, status, at): (String, String, String, crate::cases::Status, jiff::Timestamp)| {
        vec![
            link(reference, format!("/esrs/{}", links::part(&id))),
            text(filer),
            text(words::status(status)),
            text(words::day(at.to_zoned(jiff::tz::TimeZone::UTC).date())),
        ]
    };
    Ok(latest.into_iter().map(row).collect())
}

/// The entry as it is now.
pub(super) fn entry_of(catalogue: &Catalogue, kind: EntryKind, key: &str) -> Option<Entry> {
    Some(match kind {
        EntryKind::Participant => Entry::Participant(catalogue.participant(key)?.clone()),
        EntryKind::Solution => Entry::Solution(catalogue.solution(key)?.clone()),
        EntryKind::Platform => Entry::Platform(catalogue.platform(key)?.clone()),
        EntryKind::Report => Entry::Report(catalogue.report(key)?.clone()),
    })
}

impl Page {
    fn kind_title(&self) -> &'static str {
        title_of(self.kind)
    }
}
