//! Pairs of products and where their eSRs went, with the names that the registry has for them.

use std::collections::HashMap;

use crate::store::{EntryKind, PairCount};
use crate::triage::outcome::Route;
use crate::web::pages::links;
use crate::web::pages::registry::Catalogue;

/// How many eSRs took each route, in the routes' order.
pub(super) type ByRoute = [i64; Route::ALL.len()];

/// A pair of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// The third party's product, or what is known of it.
    pub(super) name: String,
    /// Its company and the platform, or why there is none.
    pub(super) beside: String,
    /// Where the registry shows it.
    pub(super) href: Option<String>,
    /// How many eSRs.
    pub(super) all: i64,
    /// By route.
    pub(super) routes: ByRoute,
}

impl Pair {
    /// The routes that were taken, with their counts and shares of the whole.
    pub(super) fn taken(&self) -> Vec<(&'static str, i64)> {
        let taken = Route::ALL.iter().map(|route| (route.as_str(), self.routes[route.index()]));
        taken.filter(|(_, count)| *count > 0).collect()
    }

    /// The same as pieces of a bar: route, count, where it begins and how wide it is, in percent.
    pub(super) fn pieces(&self) -> Vec<(&'static str, i64, String, String)> {
        let mut before = 0;
        let pieces = self.taken().into_iter().map(|(route, count)| {
            let part = |count: i64| format!("{:.2}%", count as f64 * 100.0 / self.all.max(1) as f64);
            let piece = (route, count, part(before), part(count));
            before += count;
            piece
        });
        pieces.collect()
    }
}

/// The pairs, the most frequent first.
pub(super) fn pairs(counts: &[PairCount], catalogue: &Catalogue) -> Vec<Pair> {
    type Products<'a> = [&'a Option<String>; 4];
    let mut all: HashMap<Products<'_>, ByRoute> = HashMap::new();
    for one in counts {
        let Some(route) = Route::parse(&one.route) else { continue };
        let routes = all.entry([&one.platform, &one.participant, &one.solution, &one.without]).or_default();
        routes[route.index()] += one.count;
    }
    let named = all.into_iter().map(|([platform, participant, solution, without], routes)| {
        let (name, beside, href) = names(platform, participant, solution, without, catalogue);
        Pair { name, beside, href, all: routes.iter().sum(), routes }
    });
    let mut pairs: Vec<_> = named.collect();
    pairs.sort_by(|a, b| b.all.cmp(&a.all).then_with(|| (&a.name, &a.beside).cmp(&(&b.name, &b.beside))));
    pairs
}

fn names(
    platform: &Option<String>,
    participant: &Option<String>,
    solution: &Option<String>,
    without: &Option<String>,
    catalogue: &Catalogue,
) -> (String, String, Option<String>) {
    let system = platform.as_ref().map(|id| catalogue.platform(id).map_or(id.clone(), |known| known.name.clone()));
    let on = system.map(|name| format!("with {name}"));
    let Some(participant) = participant else {
        let name = match without.as_deref() {
            Some("not_involved") => "No third party",
            Some("not_a_participant") => "Companies outside the program",
            Some("unresolved") => "Names that are unclear",
            Some("incomplete") => "No product named",
            _ => "Unknown",
        };
        return (name.to_owned(), on.unwrap_or_default(), None);
    };
    let company = catalogue.participant(participant).map_or(participant.clone(), |known| known.name.clone());
    let beside = |first: &str| [Some(first.to_owned()), on.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    match solution {
        Some(id) => {
            let known = catalogue.solution(id);
            let href = known.map(|_| links::entry(EntryKind::Solution, id));
            (known.map_or(id.clone(), |known| known.name.clone()), beside(&company), href)
        }
        None => {
            let known = catalogue.participant(participant);
            let href = known.map(|_| links::entry(EntryKind::Participant, participant));
            (company, beside("no listed product"), href)
        }
    }
}
