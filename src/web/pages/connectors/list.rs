//! `GET /connectors`: every endpoint and how it does; those that somebody should look at first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::health::{Health, Healths, LATELY_OF_ALL};
use crate::access::Permission;
use crate::notify::endpoint::{Endpoint, MAIL_SYSTEM};
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{respond, words};

/// How many a page holds.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "connectors/list.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    /// What is looked for.
    text: String,
    /// Whether the removed ones are listed.
    removed: bool,
    in_use: usize,
    gone: usize,
    next: Option<String>,
    /// The tries of so many deliveries were looked at.
    lately: u32,
    runs: bool,
}

/// An endpoint.
struct Row {
    name: String,
    to: String,
    /// What its connector is called.
    connector: String,
    whose: Whose,
    reason: Option<String>,
    health: Health,
}

/// Whose endpoint it is.
pub(super) struct Whose {
    /// The side; for the mail system, what that is.
    pub(super) side: &'static str,
    /// The company, by its name in the registry where that has one.
    pub(super) company: Option<String>,
}

impl Whose {
    pub(super) fn of(web: &Web, endpoint: &Endpoint) -> Self {
        if endpoint.id == MAIL_SYSTEM {
            return Self { side: "The mail system, for sides without an endpoint", company: None };
        }
        let registry = web.app.evaluator().registry;
        let company = endpoint.owner.as_ref().map(|owner| {
            let known = registry.participant_by_id(owner).map(|participant| participant.name.clone());
            known.filter(|_| endpoint.side == crate::triage::outcome::Side::Participant).unwrap_or(owner.clone())
        });
        Self { side: words::side(endpoint.side), company }
    }
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let removed = asked.given("state") == Some("removed");
    let text: String = asked.text("q").chars().take(100).collect();
    let mut all = web.app.store.endpoints().await?;
    let gone = all.iter().filter(|endpoint| endpoint.is_removed()).count();
    let in_use = all.len() - gone;
    let looked_for = text.to_lowercase();
    let fits = |part: &str| part.to_lowercase().contains(&looked_for);
    all.retain(|one| {
        let whose = one.owner.as_deref().unwrap_or_default();
        one.is_removed() == removed && (fits(&one.name) || fits(whose) || fits(&one.connector))
    });
    let healths = Healths::read(&web, None).await?;
    let mut rows: Vec<_> = all.iter().map(|endpoint| row(&web, endpoint, &healths)).collect();
    rows.sort_by(|a, b| (!a.health.needs_a_look(), &a.name).cmp(&(!b.health.needs_a_look(), &b.name)));
    // A page is a stretch of a list that may change in between: what needs a look stands on the first.
    let from: usize = asked.given("from").and_then(|text| text.parse().ok()).unwrap_or(0);
    let more = rows.len() > from.saturating_add(PAGE);
    let rows: Vec<_> = rows.into_iter().skip(from).take(PAGE).collect();
    let next = more.then(|| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(removed.then_some(("state", "removed")));
        query.extend_pairs((!text.is_empty()).then_some(("q", &text)));
        query.append_pair("from", &(from + PAGE).to_string());
        format!("/connectors?{}", query.finish())
    });
    let page = Page {
        frame: visitor.frame(&web, "Connectors", Section::Connectors),
        rows,
        text,
        removed,
        in_use,
        gone,
        next,
        lately: LATELY_OF_ALL,
        runs: visitor.can(Permission::RunConnectors),
    };
    Ok(respond::page(&visitor, &page))
}

fn row(web: &Web, endpoint: &Endpoint, healths: &Healths) -> Row {
    let definition = web.app.connectors.get(&endpoint.connector);
    Row {
        to: super::address(&endpoint.name),
        name: endpoint.name.clone(),
        connector: definition.map_or_else(|| endpoint.connector.clone(), |known| known.title.clone()),
        whose: Whose::of(web, endpoint),
        reason: endpoint.reason.clone().filter(|_| !endpoint.is_removed()),
        health: healths.of(web, endpoint),
    }
}
