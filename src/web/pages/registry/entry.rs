//! What stands on the page of an entry, by its kind.

use askama::filters::Safe;
use jiff::civil::Date;

use super::catalogue::{Catalogue, key_of};
use super::cell::{Cell, Table, link, mark, maybe, stands, text};
use super::list::row;
use super::standing::span;
use crate::registry::model::{Limitation, Participant, Platform, Report, Solution};
use crate::store::{Entry, EntryKind};
use crate::web::pages::pictures::validity::{Span, Validity};
use crate::web::pages::{links, words};

/// So many rows of another kind stand on an entry's page.
const MOST: usize = 50;

/// An entry as its page shows it.
pub(super) struct View {
    pub(super) title: String,
    pub(super) beside: Vec<Cell>,
    pub(super) facts: Vec<(&'static str, Vec<Cell>)>,
    pub(super) tables: Vec<Table>,
    /// The reports of it on a time line.
    pub(super) validity: Option<Safe<String>>,
}

/// The page of an entry on that day.
pub(super) fn view(catalogue: &Catalogue, entry: &Entry, today: Date) -> View {
    match entry {
        Entry::Participant(entry) => participant(catalogue, entry, today),
        Entry::Solution(entry) => solution(catalogue, entry, today),
        Entry::Platform(entry) => platform(catalogue, entry, today),
        Entry::Report(entry) => report(catalogue, entry, today),
    }
}

fn day(day: Option<Date>) -> Vec<Cell> {
    day.map(|day| text(words::day(day))).into_iter().collect()
}

fn all(texts: &[String]) -> Vec<Cell> {
    texts.iter().map(text_of).collect()
}

fn text_of(given: &String) -> Cell {
    text(given)
}

fn given(value: &Option<String>) -> Vec<Cell> {
    value.as_deref().map(text).into_iter().collect()
}

fn participant(catalogue: &Catalogue, entry: &Participant, today: Date) -> View {
    let solutions: Vec<&Solution> = catalogue.solutions_of(&entry.id).collect();
    let rows = solutions.iter().take(MOST).filter_map(|solution| {
        let at = catalogue.place(EntryKind::Solution, &solution.id)?;
        let mut row = row(catalogue, EntryKind::Solution, at, today);
        row.remove(2);
        Some(row)
    });
    let reports: Vec<&Report> = solutions.iter().flat_map(|solution| catalogue.reports_on(&solution.id)).collect();
    let state = if entry.left_on.is_some_and(|left| left <= today) {
        mark("Left", "bad")
    } else {
        mark("In the program", "good")
    };
    let accreditations = entry.accreditations.iter().map(|one| {
        let over = one.expires_on.is_some_and(|end| end <= today);
        let ahead = one.granted_on.is_some_and(|from| today < from);
        let stands = if over {
            mark("Over", "warn")
        } else if ahead {
            mark("Ahead", "")
        } else {
            mark("Held", "good")
        };
        let until = one.expires_on.map(words::last_day).unwrap_or_default();
        vec![
            text(one.name.as_deref().unwrap_or(&one.api)).with(&one.api),
            stands,
            text(one.granted_on.map(words::day).unwrap_or_default()),
            text(until),
        ]
    });
    View {
        validity: timeline(catalogue, &reports, None, today),
        title: entry.name.clone(),
        beside: vec![text("Participant"), text(&entry.id), state],
        facts: vec![
            ("Other names", all(&entry.aliases)),
            ("Membership", given(&entry.membership)),
            ("Profiles", entry.profiles.iter().map(|profile| text(words::spaced(profile))).collect()),
            ("Region", entry.region.as_deref().map(|region| text(words::spaced(region))).into_iter().collect()),
            ("In the program since", day(entry.joined_on)),
            ("Left on", day(entry.left_on)),
            ("Qualified until", entry.qualified_until.map(|end| text(words::last_day(end))).into_iter().collect()),
            ("Hotline: email", given(&entry.hotline.email)),
            ("Hotline: phone", given(&entry.hotline.phone)),
            ("Hotline: portal", given(&entry.hotline.url)),
            ("Hotline: hours", given(&entry.hotline.hours)),
            ("Hotline: how to open a case", given(&entry.hotline.process)),
            ("Assistance tickets", vec![text(entry.assistance_tickets.to_string())]),
        ],
        tables: vec![
            Table {
                title: "Solutions".into(),
                heads: vec!["Product", "State", "Kind", "Reports"],
                rows: rows.collect(),
                none: "It has none in the registry.",
                more: (solutions.len() > MOST).then(|| {
                    (format!("All {}", solutions.len()), format!("/registry/solutions?q={}", links::part(&entry.name)))
                }),
            },
            reports_table(catalogue, &reports, today, &entry.name),
            Table {
                title: "Accreditations".into(),
                heads: vec!["API", "State", "First day", "Last day"],
                rows: accreditations.collect(),
                none: "It holds none.",
                more: None,
            },
        ],
    }
}

fn solution(catalogue: &Catalogue, entry: &Solution, today: Date) -> View {
    let company = catalogue.participant(&entry.participant).map_or(&entry.participant, |known| &known.name);
    View {
        validity: timeline(catalogue, &catalogue.reports_on(&entry.id), None, today),
        title: entry.name.clone(),
        beside: vec![
            text("Solution"),
            text(&entry.id),
            link(company, links::entry(EntryKind::Participant, &entry.participant)),
        ],
        facts: vec![("Other names", all(&entry.aliases)), ("Kind", given(&entry.kind))],
        tables: vec![
            reports_table(catalogue, &catalogue.reports_on(&entry.id), today, &entry.name),
            releases(entry.releases.iter().map(|one| (one.release.clone(), None, one.end_of_life_on)), today),
        ],
    }
}

fn platform(catalogue: &Catalogue, entry: &Platform, today: Date) -> View {
    let count = catalogue.reports_of_platform(&entry.id);
    let all_reports = link(format!("{count} reports"), format!("/registry/reports?q={}", links::part(&entry.name)));
    View {
        validity: None,
        title: entry.name.clone(),
        beside: vec![text("Platform"), text(&entry.id), all_reports],
        facts: vec![("Other names", all(&entry.aliases)), ("Activity", given(&entry.activity))],
        tables: vec![releases(
            entry.releases.iter().map(|one| (one.release.clone(), Some(one.codes.join(", ")), one.end_of_life_on)),
            today,
        )],
    }
}

/// Releases with their codes and the end of their life.
fn releases(list: impl Iterator<Item = (String, Option<String>, Option<Date>)>, today: Date) -> Table {
    let mut heads = vec!["Release", "Codes", "End of life", "State"];
    let mut coded = false;
    let mut rows: Vec<Vec<Cell>> = list
        .map(|(release, codes, end)| {
            coded |= codes.is_some();
            let state = if end.is_some_and(|end| end <= today) {
                mark("End of life", "bad")
            } else {
                mark("Supported", "good")
            };
            vec![text(release), maybe(codes.as_deref()), text(end.map(words::day).unwrap_or_default()), state]
        })
        .collect();
    if !coded {
        heads.remove(1);
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
    }
    Table { title: "Releases".into(), heads, rows, none: "None is listed.", more: None }
}

fn reports_table(catalogue: &Catalogue, reports: &[&Report], today: Date, name: &str) -> Table {
    let rows = reports.iter().take(MOST).filter_map(|report| {
        let at = catalogue.place(EntryKind::Report, &key_of(report))?;
        Some(row(catalogue, EntryKind::Report, at, today))
    });
    let more = (reports.len() > MOST)
        .then(|| (format!("All {} reports", reports.len()), format!("/registry/reports?q={}", links::part(name))));
    Table {
        title: "Reports".into(),
        heads: vec!["Report", "State", "Product", "Platform", "In force"],
        rows: rows.collect(),
        none: "There is no report on it.",
        more,
    }
}

/// So many reports stand on a time line.
const BARS: usize = 14;

/// Reports on a time line, the newest first.
fn timeline(catalogue: &Catalogue, reports: &[&Report], chosen: Option<&Report>, today: Date) -> Option<Safe<String>> {
    let bar = |report: &&Report| {
        let at = catalogue.place(EntryKind::Report, &key_of(report))?;
        let product =
            catalogue.solution(&report.solution).map_or(report.solution.as_str(), |known| known.name.as_str());
        let label = match chosen {
            Some(_) => format!("{} edition {}", report.id, report.edition),
            None => format!("{} edition {}, {product}", report.id, report.edition),
        };
        let chosen = chosen.is_some_and(|chosen| key_of(chosen) == key_of(report));
        Some(span(report, catalogue.expires_on(at), catalogue.standing(at, today), label, chosen))
    };
    let spans: Vec<Span> = reports.iter().take(BARS).filter_map(bar).collect();
    (!spans.is_empty()).then(|| Validity { spans, today, received: None }.html())
}

/// What the feature of a limitation is called where the report names it.
fn feature(report: &Report, limitation: &Limitation) -> Cell {
    let given = limitation.feature.as_deref();
    let named = report.scope.iter().find(|one| Some(one.id.as_str()) == given);
    maybe(named.map(|one| one.name.as_str()).or(given))
}

fn report(catalogue: &Catalogue, entry: &Report, today: Date) -> View {
    let product = catalogue.solution(&entry.solution);
    let maker = product.and_then(|product| catalogue.participant(&product.participant));
    let system = catalogue.platform(&entry.platform);
    let product_name = product.map_or(&entry.solution, |product| &product.name);
    let stored = catalogue.report(&key_of(entry)) == Some(entry);
    let mut beside = vec![text("Report"), text(format!("edition {}", entry.edition))];
    if stored {
        beside.push(stands(catalogue.standing_of(entry, today)));
    }
    let expires = entry.expires_on.unwrap_or_else(|| crate::registry::index::default_expiry(entry.published_on));
    let scope = entry.scope.iter().map(|one| {
        let (result, class) = words::tested(one.result);
        vec![text(&one.name).with(&one.id), mark(result, class), text(one.aliases.join(", "))]
    });
    let limitations = entry.limitations.iter().map(|one| vec![text(&one.id), feature(entry, one), text(&one.text)]);
    let others = product.map(|product| catalogue.reports_on(&product.id)).unwrap_or_default();
    let others: Vec<&Report> = others.into_iter().filter(|other| key_of(other) != key_of(entry)).collect();
    let mut other_reports = reports_table(catalogue, &others, today, product_name);
    other_reports.title = "Other editions, and other reports on this product".into();
    other_reports.none = "There are none.";
    let mut shown = vec![entry];
    shown.extend(others.iter().filter(|other| other.platform == entry.platform));
    View {
        validity: timeline(catalogue, &shown, Some(entry), today),
        title: entry.id.clone(),
        beside,
        facts: vec![
            (
                "Product",
                vec![
                    link(product_name, links::entry(EntryKind::Solution, &entry.solution))
                        .with(maker.map_or_else(String::new, |maker| format!("of {}", maker.name))),
                ],
            ),
            ("Product releases", all(&entry.solution_releases)),
            (
                "Platform",
                vec![link(
                    system.map_or(&entry.platform, |known| &known.name),
                    links::entry(EntryKind::Platform, &entry.platform),
                )],
            ),
            ("Platform releases", all(&entry.platform_releases)),
            ("Verdict", vec![text(words::spaced(entry.verdict.as_str()))]),
            ("Published", day(Some(entry.published_on))),
            (
                "Last day of validity",
                vec![text(words::last_day(expires)).with(if entry.expires_on.is_none() {
                    "two years after publication"
                } else {
                    ""
                })],
            ),
            ("Withdrawn on", day(entry.withdrawn_on)),
            ("How to reach the hotline", given(&entry.escalation)),
        ],
        tables: vec![
            Table {
                title: "What was tested".into(),
                heads: vec!["Feature", "Result", "Other names"],
                rows: scope.collect(),
                none: "The report names no feature.",
                more: None,
            },
            Table {
                title: "Known limitations".into(),
                heads: vec!["Limitation", "Feature", "The report's words"],
                rows: limitations.collect(),
                none: "None.",
                more: None,
            },
            other_reports,
        ],
    }
}
