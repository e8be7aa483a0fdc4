//! The queue: what waits for whom, the most urgent first.

mod asked;
mod many;
mod row;
mod views;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};

use self::asked::{Asked, Chip, Tab};
use self::row::Row;
use self::views::Kept;
use super::filled::{Filled, InQuery};
use super::frame::{Frame, Section};
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::Permission;
use crate::cases::Status;
use crate::store::{Filter, Order};
use crate::triage::outcome::{Route, Stage};
use crate::web::Web;

/// How many eSRs a page holds: with its style and scripts it stays below 100 kB.
const PAGE: u32 = 38;
/// Beyond so many, the number of those that wait says only "more": counting them would take longer than showing them.
const COUNTED: u64 = 1_000;
/// So long ways to ask for less are looked for.
const PROPOSING: SignedDuration = SignedDuration::from_millis(15);
/// So many ways to ask for less are tried when nothing is found.
const LOOSENED: usize = 6;

/// The queue's pages.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/queue", get(show))
        .route("/queue/rows", get(rows))
        .route("/queue/views", post(views::keep))
        .route("/queue/views/{id}/forget", post(views::forget))
        .route("/queue/resend", post(many::resend))
        .route("/queue/export.csv", get(many::export))
}

/// One tab.
struct Way {
    tab: Tab,
    here: bool,
    to: String,
    count: Option<String>,
}

#[derive(Template)]
#[template(path = "queue/queue.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    tabs: Vec<Way>,
    chips: Vec<Chip>,
    views: Vec<Kept>,
    may_share: bool,
    may_resend: bool,
    list: List,
}

/// The rows alone: what is asked for again when something happened.
#[derive(Template)]
#[template(path = "queue/queue.html", block = "rows")]
struct Rows {
    frame: Frame,
    asked: Asked,
    list: List,
}

/// A page of rows.
struct List {
    rows: Vec<Row>,
    /// The page after this one.
    next: Option<String>,
    /// More may fit: only those received since then were looked at, or only a part of what waits.
    read_until: Option<Timestamp>,
    /// What finds something where this finds nothing: in words, and the way.
    looser: Vec<(String, String)>,
}

async fn show(State(web): State<Web>, visitor: Visitor, InQuery(query): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let asked = Asked::read(&query).knowing(&web.app.evaluator().registry);
    if let Some(only) = by_reference(&web, &asked).await? {
        return Ok(respond::see_other(&format!("/esrs/{only}"), ""));
    }
    let (list, tabs, views) =
        tokio::try_join!(list(&web, &asked), tabs(&web, &asked), views::kept(&web, &visitor, &asked))?;
    let page = Page {
        frame: visitor.frame(&web, title(&asked), Section::Queue),
        chips: asked.chips(),
        tabs,
        views,
        may_share: visitor.can(Permission::ShareViews),
        may_resend: visitor.can(Permission::Replay),
        list,
        asked,
    };
    let mut response = respond::page(&visitor, &page);
    keep(response.headers_mut(), &page.asked);
    Ok(response)
}

/// The cookie that keeps how the queue was left, so that the way back from an eSR leads there.
const LEFT: &str = "pointsman_queue";
/// A longer address is not kept.
const KEPT: usize = 1_500;

fn keep(headers: &mut HeaderMap, asked: &Asked) {
    let query = asked.whole_query();
    if query.len() <= KEPT {
        respond::set_cookie(headers, &format!("{LEFT}={query}; Path=/esrs; HttpOnly; SameSite=Lax"));
    }
}

/// Where the queue is as its reader left it.
pub(super) fn left(headers: &HeaderMap) -> String {
    let query = respond::cookie(headers, LEFT).map(|query| Filled::parse(query.as_bytes()));
    query.map_or_else(|| "/queue".to_owned(), |query| Asked::read(&query).here())
}

/// The one eSR whose whole reference was asked for, as it is written or in capitals: found before anything is searched.
async fn by_reference(web: &Web, asked: &Asked) -> Result<Option<String>, Sorry> {
    let reference = asked.value("q").trim();
    if reference.is_empty() || asked.after.is_some() {
        return Ok(None);
    }
    let capitals = reference.to_uppercase();
    let spellings = [reference, &capitals].into_iter().take(if capitals == reference { 1 } else { 2 });
    for spelling in spellings {
        let filter = Filter { reference: Some(spelling.to_owned()), text: None, ..asked.filter() };
        let mut found = web.app.store.glance(&filter, None, 2).await?.items;
        if let Some(one) = found.pop() {
            // Several filers may use the same one: then they are listed.
            return Ok(found.is_empty().then_some(one.id));
        }
    }
    Ok(None)
}

async fn rows(State(web): State<Web>, visitor: Visitor, InQuery(query): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let asked = Asked::read(&query).knowing(&web.app.evaluator().registry);
    let list = list(&web, &asked).await?;
    let frame = visitor.frame(&web, "", Section::Queue);
    Ok(respond::html(axum::http::StatusCode::OK, &Rows { frame, asked, list }))
}

fn title(asked: &Asked) -> String {
    format!("Queue: {}", asked.tab().title().to_lowercase())
}

async fn list(web: &Web, asked: &Asked) -> Result<List, Sorry> {
    let store = &web.app.store;
    let page = store.queue(&asked.filter(), asked.order(), asked.after.as_deref(), PAGE).await?;
    let now = web.app.clock.now();
    let mut looser = Vec::new();
    // What is not looked at yet may have some: nothing else is proposed before that.
    if page.items.is_empty() && asked.after.is_none() && page.read_until.is_none() {
        for (words, less) in asked.looser().into_iter().take(LOOSENED) {
            // Nobody waits for proposals.
            if web.app.clock.now().duration_since(now) > PROPOSING {
                break;
            }
            if !store.glance(&less.filter(), None, 1).await?.items.is_empty() {
                looser.push((words, less.page(None)));
            }
        }
    }
    Ok(List {
        rows: page.items.into_iter().map(|queued| Row::of(queued, now)).collect(),
        read_until: page.read_until,
        next: page.next.map(|next| asked.page(Some(&next))),
        looser,
    })
}

async fn tabs(web: &Web, asked: &Asked) -> Result<Vec<Way>, Sorry> {
    let most = u32::try_from(COUNTED + 1).unwrap_or(u32::MAX);
    let counts = web.app.store.in_each_status(most).await?;
    let of = |status: Status| counts.get(status.index()).copied().unwrap_or_default();
    let open = || Status::ALL.iter().filter(|status| **status != Status::Closed).map(|status| of(*status)).sum();
    let way = |tab: Tab| {
        let count = match tab {
            Tab::All | Tab::Closed => None,
            Tab::Open => Some(open()),
            _ => tab.status().map(of),
        };
        Way { tab, here: tab == asked.tab(), to: asked.in_tab(tab), count: count.map(counted) }
    };
    Ok(Tab::ALL.iter().map(|tab| way(*tab)).collect())
}

/// A number for people; what was counted in part only has a plus.
fn counted(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        _ if count <= COUNTED => "1,000".to_owned(),
        _ => "1,000+".to_owned(),
    }
}

impl Page {
    fn routes(&self) -> impl Iterator<Item = &'static str> {
        Route::words()
    }

    fn stages(&self) -> impl Iterator<Item = &'static str> {
        Stage::words()
    }

    /// The orders that this tab has, each with its way; none where there is no choice.
    fn orders(&self) -> Vec<(&'static str, String, bool)> {
        if !self.asked.tab().has_urgency() || !self.asked.value("q").is_empty() {
            return Vec::new();
        }
        let order = |(order, title)| (title, self.asked.in_order(order), self.asked.order() == order);
        [(Order::Urgent, "Most urgent first"), (Order::Newest, "Newest first")].map(order).into()
    }
}
