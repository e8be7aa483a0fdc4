//! `/overview`: where eSRs go, what arrives, what lapses, what is stuck, what comes back most.

mod figures;
mod flow;
mod pairs;
mod volume;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;

pub(super) use self::figures::Figures;
use self::flow::Flow;
use self::pairs::{Pair, pairs};
use self::volume::Volume;
use super::filled::InQuery;
use super::frame::{Frame, Section, since};
use super::registry::{Catalogue, SOON, key_of};
use super::sorry::Sorry;
use super::visitor::Visitor;
use super::{links, respond, words};
use crate::access::Permission;
use crate::cases::Status;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::EndpointState;
use crate::registry::name_index::Found;
use crate::registry::names::Name;
use crate::store::{EntryKind, Resting};
use crate::triage::decide::day_of;
use crate::web::Web;

/// The times that may be looked at, in days.
const WINDOWS: [i64; 4] = [7, 30, 90, 365];
/// So many pairs are listed.
const PAIRS: usize = 12;
/// So many reports are listed; the registry has all.
const LAPSING: usize = 20;

pub(super) fn pages() -> Router<Web> {
    Router::new().route("/overview", get(show))
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct Page {
    frame: Frame,
    at: Timestamp,
    days: i64,
    windows: [i64; 4],
    all: i64,
    flow: Flow,
    volume: Volume,
    pairs: Vec<Pair>,
    others: usize,
    waiting: Vec<Waits>,
    lapsing: Lapsing,
    troubles: Vec<Trouble>,
    missed: Vec<Miss>,
    may_alias: bool,
}

/// What waits for one side.
struct Waits {
    side: &'static str,
    tab: &'static str,
    all: i64,
    since: [i64; 4],
    longest: String,
}

/// Reports about to lapse.
struct Lapsing {
    /// The months to choose from: their word in the address, their name, how many.
    months: Vec<(String, String, usize)>,
    /// The chosen one; empty for the next 90 days.
    month: String,
    /// What is listed, in words.
    what: String,
    all: usize,
    rows: Vec<Lapse>,
}

struct Lapse {
    key: String,
    href: String,
    solution: String,
    solution_href: String,
    platform: String,
    last: String,
    left: String,
    resting: Resting,
}

/// Something about deliveries that somebody has to look at.
struct Trouble {
    what: String,
    why: String,
    href: String,
    mark: &'static str,
}

/// A name that nobody knows.
struct Miss {
    name: String,
    count: i64,
    /// What it may have meant.
    near: Vec<(String, String)>,
    /// It is known meanwhile.
    known: Option<(String, String)>,
}

async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let days = asked.text("days").parse().ok().filter(|days| WINDOWS.contains(days)).unwrap_or(30);
    let counted = web.kept.figures.of(&web.app, days).await?;
    let catalogue = web.kept.shelf.of(web.app.evaluator().registry).await;
    let frame = visitor.frame(&web, "Overview", Section::Overview);
    let mut all_pairs = pairs(&counted.pairs, &catalogue);
    let flow = Flow::of(&all_pairs);
    let volume = Volume::of(&counted);
    let others = all_pairs.len().saturating_sub(PAIRS);
    all_pairs.truncate(PAIRS);
    let tab = |status: Status| status.as_str().strip_prefix("waiting_").unwrap_or(status.as_str()).to_owned();
    let waiting = counted.waiting.iter().map(|waits| Waits {
        side: words::status(waits.status).trim_start_matches("Waits for "),
        tab: tab_of(&tab(waits.status)),
        all: waits.all(),
        since: waits.since,
        longest: since(frame.now.duration_since(waits.oldest)).replace(" ago", ""),
    });
    let page = Page {
        at: counted.at,
        days,
        windows: WINDOWS,
        all: volume.rows.iter().map(|row| row.all).sum(),
        flow,
        pairs: all_pairs,
        others,
        waiting: waiting.collect(),
        lapsing: lapsing(&web, &catalogue, asked.text("lapse")).await?,
        troubles: troubles(&web, &counted, frame.now),
        missed: missed(&counted, &web),
        may_alias: visitor.can(Permission::EditRegistry),
        volume,
        frame,
    };
    Ok(respond::page(&visitor, &page))
}

/// The queue's tab of a side.
fn tab_of(side: &str) -> &'static str {
    ["agent", "ale", "participant", "partner", "payment"].into_iter().find(|tab| *tab == side).unwrap_or("open")
}

async fn lapsing(web: &Web, catalogue: &Catalogue, month: &str) -> Result<Lapsing, Sorry> {
    let today = day_of(web.app.clock.now());
    let of_month = |first: Date| {
        let next = first.checked_add(1.month()).unwrap_or(Date::MAX);
        catalogue.lapsing(today, first, next)
    };
    let this = today.first_of_month();
    let months = (0..5_i32).filter_map(|ahead| {
        let first = this.checked_add(ahead.months()).ok()?;
        let named = first.strftime("%B %Y").to_string();
        let name = match ahead {
            0 => format!("This month, {named}"),
            1 => format!("Next month, {named}"),
            _ => named,
        };
        Some((first.strftime("%Y-%m").to_string(), name, of_month(first).len()))
    });
    let chosen: Option<Date> = format!("{month}-01").parse().ok();
    let soon = today.checked_add((SOON + 1).days()).unwrap_or(Date::MAX);
    let found = chosen.map_or_else(|| catalogue.lapsing(today, today, soon), of_month);
    let shown = &found[..found.len().min(LAPSING)];
    let keys: Vec<_> = shown.iter().map(|at| key_of(&catalogue.document().reports[*at])).collect();
    let resting = web.kept.figures.resting(&web.app, &keys).await?;
    let rows = shown.iter().zip(keys).zip(resting).map(|((at, key), resting)| {
        let report = &catalogue.document().reports[*at];
        let expires = catalogue.expires_on(*at);
        let left = today.until(expires).map_or(0, |left| left.get_days());
        Lapse {
            href: links::entry(EntryKind::Report, &key),
            key: format!("{} edition {}", report.id, report.edition),
            solution: catalogue.solution(&report.solution).map_or(report.solution.clone(), |known| known.name.clone()),
            solution_href: links::entry(EntryKind::Solution, &report.solution),
            platform: catalogue.platform(&report.platform).map_or(report.platform.clone(), |known| known.name.clone()),
            last: words::day(catalogue.last_day(*at)),
            left: match left {
                ..=0 => "over".to_owned(),
                1 => "last day today".to_owned(),
                left => format!("{} days left", left),
            },
            resting,
        }
    });
    Ok(Lapsing {
        months: months.collect(),
        month: chosen.map(|first| first.strftime("%Y-%m").to_string()).unwrap_or_default(),
        what: chosen
            .map_or_else(|| format!("in the next {SOON} days"), |first| format!("in {}", first.strftime("%B %Y"))),
        all: found.len(),
        rows: rows.collect(),
    })
}

fn troubles(web: &Web, counted: &figures::Counted, now: Timestamp) -> Vec<Trouble> {
    let directory = web.app.directory();
    let mut all = Vec::new();
    let name = |id: &str| directory.get(id).map_or_else(|| id.to_owned(), |receiver| receiver.endpoint.name.clone());
    let count = |count: i64| if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    for one in &counted.trouble {
        let oldest = since(now.duration_since(one.oldest));
        all.push(match (one.state, &one.endpoint_id) {
            (DeliveryState::Dead, Some(id)) => Trouble {
                what: format!("{} to {} did not arrive", count(one.count), name(id)),
                why: format!("the oldest from {oldest}"),
                href: format!("/deliveries?state=dead&endpoint={}", links::part(&name(id))),
                mark: "bad",
            },
            (state, _) => Trouble {
                what: format!("{} without a channel", count(one.count)),
                why: format!("nobody knows where to send them; the oldest from {oldest}"),
                href: format!("/deliveries?state={state}"),
                mark: "warn",
            },
        });
    }
    for receiver in directory.all() {
        let endpoint = &receiver.endpoint;
        if endpoint.state == EndpointState::Disabled && !endpoint.is_removed() {
            all.push(Trouble {
                what: format!("{} is disabled", endpoint.name),
                why: endpoint.reason.clone().unwrap_or_default(),
                href: format!("/connectors/{}", links::part(&endpoint.name)),
                mark: "warn",
            });
        }
    }
    for (id, seen) in web.app.lanes.held_up(now) {
        all.push(Trouble {
            what: format!("{} is not being sent to", name(&id)),
            why: match seen.circuit.next_probe {
                Some(next) => format!(
                    "{} failures in a row; tried again {}",
                    seen.circuit.failures,
                    since(now.duration_since(next))
                ),
                None => "it asked for a pause".to_owned(),
            },
            href: format!("/connectors/{}", links::part(&name(&id))),
            mark: "warn",
        });
    }
    all
}

fn missed(counted: &figures::Counted, web: &Web) -> Vec<Miss> {
    let registry = web.app.evaluator().registry;
    let miss = counted.missed.iter().map(|missed| {
        let name = Name::company(&missed.name);
        let entry = |number: u32| {
            let participant = registry.participant(number);
            (links::entry(EntryKind::Participant, &participant.id), participant.name.clone())
        };
        let (near, known) = match name.map(|name| registry.company_names().find(&name)) {
            Some(Found::Equal(found)) => (Vec::new(), found.first().map(|number| entry(*number))),
            Some(Found::Near(near)) => (near.into_iter().take(3).map(|(number, _)| entry(number)).collect(), None),
            Some(Found::Nothing) | None => (Vec::new(), None),
        };
        Miss { name: missed.name.clone(), count: missed.count, near, known }
    });
    miss.collect()
}

impl Page {
    fn count_of(&self, pair: &Pair, route: &str) -> i64 {
        crate::triage::outcome::Route::parse(route).map_or(0, |route| pair.routes[route.index()])
    }
}
