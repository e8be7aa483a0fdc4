//! The lists: participants, solutions, reports, platforms; searched, filtered, in pages.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::catalogue::{Catalogue, Listed, key_of};
use super::cell::{Cell, link, mark, maybe, stands, text};
use super::standing::Standing;
use super::title_of;
use crate::access::Permission;
use crate::registry::names::fold;
use crate::store::EntryKind;
use crate::triage::decide::day_of;
use crate::web::Web;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond, words};

/// How many entries a page holds.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "registry/list.html")]
struct Page {
    frame: Frame,
    kind: EntryKind,
    heads: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
    asked: Asked,
    /// The states to choose from: word, name, how many.
    states: Vec<(&'static str, &'static str, usize)>,
    months: Vec<(String, String)>,
    found: usize,
    next: Option<String>,
    may_edit: bool,
}

/// What is asked for.
pub(super) struct Asked {
    pub(super) q: String,
    pub(super) state: String,
    pub(super) lapse: String,
    pub(super) after: String,
    pub(super) by_end: bool,
}

impl Asked {
    fn of(query: &Filled) -> Self {
        let text = |name| query.text(name).to_owned();
        let by_end = query.text("sort") == "end" || (query.given("sort").is_none() && query.given("lapse").is_some());
        Self { q: text("q"), state: text("state"), lapse: text("lapse"), after: text("after"), by_end }
    }

    /// The same query with another state, or at another place.
    pub(super) fn with(&self, state: &str, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let sort = if self.by_end { "end" } else { "" };
        let pairs = [("q", self.q.as_str()), ("state", state), ("lapse", &self.lapse), ("sort", sort)];
        for (name, value) in pairs.into_iter().chain(after.map(|after| ("after", after))) {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    fn is_filtered(&self) -> bool {
        !(self.q.is_empty() && self.state.is_empty() && self.lapse.is_empty())
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    kind: EntryKind,
    InQuery(query): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    let asked = Asked::of(&query);
    let catalogue = web.kept.shelf.of(web.app.evaluator().registry).await;
    let today = day_of(web.app.clock.now());
    let words: Vec<String> = asked.q.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
    let month: Option<(Date, Date)> = format!("{}-01", asked.lapse).parse().ok().map(|first: Date| {
        let next = first.checked_add(1.month()).unwrap_or(Date::MAX);
        (first, next)
    });
    let matches = |listed: &&Listed| words.iter().all(|word| listed.found_by.contains(word.as_str()));
    let found: Vec<&Listed> = catalogue.list(kind).iter().filter(matches).collect();
    let mut states: Vec<_> = states(kind).iter().map(|(word, name)| (*word, *name, 0)).collect();
    let mut kept = Vec::new();
    for listed in found {
        let state = state(&catalogue, kind, listed.at, today);
        if month.is_some_and(|(first, next)| !lapses(&catalogue, kind, listed.at, first, next)) {
            continue;
        }
        for (word, _, count) in &mut states {
            if is_state(word, state) {
                *count += 1;
            }
        }
        if asked.state.is_empty() || is_state(&asked.state, state) {
            kept.push(listed);
        }
    }
    let by_end = asked.by_end && kind == EntryKind::Report;
    let place = |listed: &Listed| match by_end {
        true => (catalogue.expires_on(listed.at).to_string(), listed.at),
        false => (String::new(), listed.at),
    };
    if by_end {
        kept.sort_by_cached_key(|listed| place(listed));
    }
    // The page goes on behind the entry that the one before ended with, wherever that stands now.
    let start = match kept.iter().position(|listed| key(&catalogue, kind, listed.at) == asked.after) {
        Some(at) if !asked.after.is_empty() => at + 1,
        _ => 0,
    };
    let shown = &kept[start..kept.len().min(start + PAGE)];
    let next = (start + shown.len() < kept.len()).then(|| shown.last().map(|listed| key(&catalogue, kind, listed.at)));
    let this = today.first_of_month();
    let months = (0..12_i32).filter_map(|ahead| {
        let first = this.checked_add(ahead.months()).ok()?;
        Some((first.strftime("%Y-%m").to_string(), first.strftime("%b %Y").to_string()))
    });
    let page = Page {
        kind,
        heads: heads(kind),
        rows: shown.iter().map(|listed| row(&catalogue, kind, listed.at, today)).collect(),
        states: states.into_iter().filter(|(_, _, count)| *count > 0).collect(),
        months: months.collect(),
        found: kept.len(),
        next: next.flatten(),
        may_edit: visitor.can(Permission::EditRegistry),
        frame: visitor.frame(&web, format!("{}s", title_of(kind)), Section::Registry),
        asked,
    };
    Ok(respond::page(&visitor, &page))
}

fn key(catalogue: &Catalogue, kind: EntryKind, at: usize) -> String {
    let document = catalogue.document();
    match kind {
        EntryKind::Platform => document.platforms[at].id.clone(),
        EntryKind::Participant => document.participants[at].id.clone(),
        EntryKind::Solution => document.solutions[at].id.clone(),
        EntryKind::Report => key_of(&document.reports[at]),
    }
}

/// The states that a kind's list is filtered by.
fn states(kind: EntryKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        EntryKind::Report => &[
            ("force", "In force"),
            ("lapsing", "Lapse within 90 days"),
            ("ahead", "Not yet published"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
            ("superseded", "Superseded"),
            ("postponed", "Postponed"),
            ("refused", "Refused"),
        ],
        EntryKind::Participant => &[("in", "In the program"), ("left", "Left"), ("unqualified", "No longer qualified")],
        EntryKind::Solution => &[("certified", "With a report in force"), ("uncertified", "Without")],
        EntryKind::Platform => &[],
    }
}

/// The state of an entry: its word.
fn state(catalogue: &Catalogue, kind: EntryKind, at: usize, today: Date) -> &'static str {
    let over = |end: Option<Date>| end.is_some_and(|end| end <= today);
    match kind {
        EntryKind::Report => catalogue.standing(at, today).as_str(),
        EntryKind::Participant => {
            let participant = &catalogue.document().participants[at];
            match (over(participant.left_on), over(participant.qualified_until)) {
                (true, _) => "left",
                (false, true) => "unqualified",
                (false, false) => "in",
            }
        }
        EntryKind::Solution => {
            let reports = catalogue.reports_on(&catalogue.document().solutions[at].id);
            let held = reports.iter().any(|report| is_state("force", catalogue.standing_of(report, today).as_str()));
            if held { "certified" } else { "uncertified" }
        }
        EntryKind::Platform => "",
    }
}

fn is_state(asked: &str, state: &str) -> bool {
    asked == state || (asked == "force" && matches!(state, "valid" | "lapsing"))
}

fn lapses(catalogue: &Catalogue, kind: EntryKind, at: usize, first: Date, next: Date) -> bool {
    kind == EntryKind::Report
        && (first..next).contains(&catalogue.last_day(at))
        && catalogue.document().reports[at].verdict.certifies()
}

fn heads(kind: EntryKind) -> &'static [&'static str] {
    match kind {
        EntryKind::Participant => &["Company", "State", "Membership", "Solutions", "Accreditations"],
        EntryKind::Solution => &["Product", "State", "Company", "Kind", "Reports"],
        EntryKind::Report => &["Report", "State", "Product", "Platform", "In force"],
        EntryKind::Platform => &["Platform", "Activity", "Releases", "Reports"],
    }
}

/// An entry's row; the first cell is its link.
pub(super) fn row(catalogue: &Catalogue, kind: EntryKind, at: usize, today: Date) -> Vec<Cell> {
    let document = catalogue.document();
    let here = |name: &str| link(name, links::entry(kind, &key(catalogue, kind, at)));
    match kind {
        EntryKind::Participant => {
            let entry = &document.participants[at];
            let state = match state(catalogue, kind, at, today) {
                "in" => mark("In the program", "good"),
                "left" => mark("Left", "bad"),
                _ => mark("No longer qualified", "bad"),
            };
            let accredited = entry.accreditations.iter().filter(|one| {
                one.granted_on.is_none_or(|from| from <= today) && one.expires_on.is_none_or(|end| today < end)
            });
            let count = accredited.count();
            vec![
                here(&entry.name).with(&entry.id),
                state,
                maybe(entry.membership.as_deref()),
                text(catalogue.solutions_of(&entry.id).count().to_string()),
                text(if count == 0 { String::new() } else { count.to_string() }),
            ]
        }
        EntryKind::Solution => {
            let entry = &document.solutions[at];
            let reports = catalogue.reports_on(&entry.id).len();
            let state = match state(catalogue, kind, at, today) {
                "certified" => mark("Certified", "good"),
                _ => mark("No report in force", ""),
            };
            let company = catalogue.participant(&entry.participant).map_or(&entry.participant, |known| &known.name);
            vec![
                here(&entry.name).with(&entry.id),
                state,
                link(company, links::entry(EntryKind::Participant, &entry.participant)),
                maybe(entry.kind.as_deref()),
                text(reports.to_string()),
            ]
        }
        EntryKind::Report => {
            let entry = &document.reports[at];
            let standing = catalogue.standing(at, today);
            let product = catalogue.solution(&entry.solution);
            let maker = product.and_then(|product| catalogue.participant(&product.participant));
            let name = product.map_or(&entry.solution, |product| &product.name);
            let system = catalogue.platform(&entry.platform).map_or(&entry.platform, |known| &known.name);
            vec![
                here(&entry.id).with(format!("edition {}", entry.edition)),
                stands(standing),
                link(name, links::entry(EntryKind::Solution, &entry.solution)).with(format!(
                    "{} · {}",
                    entry.solution_releases.join(", "),
                    maker.map_or("", |maker| &maker.name)
                )),
                link(system, links::entry(EntryKind::Platform, &entry.platform))
                    .with(entry.platform_releases.join(", ")),
                text(match standing {
                    Standing::Postponed | Standing::Refused => format!("published {}", words::day(entry.published_on)),
                    _ => format!("{} to {}", words::day(entry.published_on), words::last_day(catalogue.expires_on(at))),
                }),
            ]
        }
        EntryKind::Platform => {
            let entry = &document.platforms[at];
            let releases: Vec<_> = entry.releases.iter().map(|release| release.release.as_str()).collect();
            vec![
                here(&entry.name).with(&entry.id),
                maybe(entry.activity.as_deref()),
                text(releases.join(", ")),
                text(catalogue.reports_of_platform(&entry.id).to_string()),
            ]
        }
    }
}
