//! The registry as its pages list it: sorted, linked both ways, folded for searching. Built once for each registry, since a
//! large one has 50,000 reports.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::civil::Date;

use super::standing::{Standing, standing};
use crate::registry::index::Registry;
use crate::registry::model::{Document, Participant, Platform, Report, Solution};
use crate::registry::names::fold;
use crate::store::EntryKind;

/// An entry in a list: its place in the document, what it is found by, and what it is sorted by.
pub(in crate::web::pages) struct Listed {
    pub(super) at: usize,
    pub(super) found_by: String,
    pub(super) order: String,
}

/// One registry, ready to be listed.
pub(in crate::web::pages) struct Catalogue {
    pub(super) registry: Arc<Registry>,
    lists: [Vec<Listed>; 4],
    places: [HashMap<String, usize>; 4],
    solutions_of: HashMap<usize, Vec<usize>>,
    reports_on: HashMap<usize, Vec<usize>>,
    reports_of: HashMap<usize, Vec<usize>>,
}

/// The catalogue that was built last.
#[derive(Default)]
pub(in crate::web::pages) struct Shelf(RwLock<Option<Arc<Catalogue>>>);

impl Shelf {
    /// The catalogue of this registry.
    pub(in crate::web::pages) async fn of(&self, registry: Arc<Registry>) -> Arc<Catalogue> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.registry, &registry)) {
            return known;
        }
        // Some tenths of a second for a large registry: not on a thread that serves requests.
        let again = Arc::clone(&registry);
        let built = tokio::task::spawn_blocking(move || Catalogue::new(registry)).await;
        let built = Arc::new(built.unwrap_or_else(|_| Catalogue::empty(again)));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&built));
        built
    }
}

impl Catalogue {
    fn empty(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            lists: Default::default(),
            places: Default::default(),
            solutions_of: HashMap::new(),
            reports_on: HashMap::new(),
            reports_of: HashMap::new(),
        }
    }

    pub(super) fn new(registry: Arc<Registry>) -> Self {
        let mut new = Self::empty(Arc::clone(&registry));
        let document = registry.document();
        let names = |name: &str, id: &str, aliases: &[String]| {
            let all: Vec<_> = [name, id].into_iter().chain(aliases.iter().map(String::as_str)).map(fold).collect();
            all.join(" ")
        };
        for (at, entry) in document.platforms.iter().enumerate() {
            new.add(
                EntryKind::Platform,
                at,
                &entry.id,
                fold(&entry.name),
                names(&entry.name, &entry.id, &entry.aliases),
            );
        }
        for (at, entry) in document.participants.iter().enumerate() {
            let found_by = names(&entry.name, &entry.id, &entry.aliases);
            new.add(EntryKind::Participant, at, &entry.id, fold(&entry.name), found_by);
        }
        for (at, entry) in document.solutions.iter().enumerate() {
            let maker = new.participant(&entry.participant);
            let company = maker.map(|maker| names(&maker.name, &maker.id, &maker.aliases)).unwrap_or_default();
            let found_by = format!("{} {company}", names(&entry.name, &entry.id, &entry.aliases));
            if let Some(maker) = new.place(EntryKind::Participant, &entry.participant) {
                new.solutions_of.entry(maker).or_default().push(at);
            }
            new.add(EntryKind::Solution, at, &entry.id, fold(&entry.name), found_by);
        }
        for (at, entry) in document.reports.iter().enumerate() {
            let product = new.place(EntryKind::Solution, &entry.solution);
            let system = new.place(EntryKind::Platform, &entry.platform);
            if let Some(product) = product {
                new.reports_on.entry(product).or_default().push(at);
            }
            if let Some(system) = system {
                new.reports_of.entry(system).or_default().push(at);
            }
            let mut found_by = fold(&entry.id);
            for (kind, place) in [(EntryKind::Solution, product), (EntryKind::Platform, system)] {
                let listed = place.and_then(|place| new.lists[kind.index()].get(place));
                if let Some(listed) = listed {
                    found_by.push(' ');
                    found_by.push_str(&listed.found_by);
                }
            }
            new.add(EntryKind::Report, at, &key_of(entry), format!("{} {:09}", entry.id, entry.edition), found_by);
        }
        for list in &mut new.lists {
            list.sort_by(|a, b| a.order.cmp(&b.order).then(a.at.cmp(&b.at)));
        }
        new
    }

    fn add(&mut self, kind: EntryKind, at: usize, key: &str, order: String, found_by: String) {
        self.places[kind.index()].insert(key.to_owned(), at);
        self.lists[kind.index()].push(Listed { at, found_by, order });
    }

    pub(in crate::web::pages) fn document(&self) -> &Document {
        self.registry.document()
    }

    /// A kind's entries in the order of their names.
    pub(super) fn list(&self, kind: EntryKind) -> &[Listed] {
        &self.lists[kind.index()]
    }

    /// Where in the document the entry of that key is.
    pub(super) fn place(&self, kind: EntryKind, key: &str) -> Option<usize> {
        self.places[kind.index()].get(key).copied()
    }

    pub(in crate::web::pages) fn participant(&self, id: &str) -> Option<&Participant> {
        self.document().participants.get(self.place(EntryKind::Participant, id)?)
    }

    pub(in crate::web::pages) fn solution(&self, id: &str) -> Option<&Solution> {
        self.document().solutions.get(self.place(EntryKind::Solution, id)?)
    }

    pub(in crate::web::pages) fn platform(&self, id: &str) -> Option<&Platform> {
        self.document().platforms.get(self.place(EntryKind::Platform, id)?)
    }

    pub(super) fn report(&self, key: &str) -> Option<&Report> {
        self.document().reports.get(self.place(EntryKind::Report, key)?)
    }

    /// The solutions of a participant.
    pub(super) fn solutions_of(&self, participant: &str) -> impl Iterator<Item = &Solution> {
        let places = self.place(EntryKind::Participant, participant).and_then(|at| self.solutions_of.get(&at));
        places.into_iter().flatten().filter_map(|at| self.document().solutions.get(*at))
    }

    /// The reports on a solution, the newest first.
    pub(super) fn reports_on(&self, solution: &str) -> Vec<&Report> {
        let places = self.place(EntryKind::Solution, solution).and_then(|at| self.reports_on.get(&at));
        let mut found: Vec<_> =
            places.into_iter().flatten().filter_map(|at| self.document().reports.get(*at)).collect();
        found.sort_by(|a, b| (b.published_on, b.edition).cmp(&(a.published_on, a.edition)).then(a.id.cmp(&b.id)));
        found
    }

    /// How many reports name a platform.
    pub(super) fn reports_of_platform(&self, platform: &str) -> usize {
        self.place(EntryKind::Platform, platform).and_then(|at| self.reports_of.get(&at)).map_or(0, Vec::len)
    }

    /// How a report stands on a day.
    pub(super) fn standing(&self, at: usize, day: Date) -> Standing {
        let (report, indexed) = self.registry.report(at as u32);
        let maker = self.solution(&report.solution).and_then(|solution| self.participant(&solution.participant));
        standing(report, indexed, maker, day)
    }

    /// How the report of that key stands on a day.
    pub(super) fn standing_of(&self, report: &Report, day: Date) -> Standing {
        self.place(EntryKind::Report, &key_of(report)).map_or(Standing::Refused, |at| self.standing(at, day))
    }

    /// The first day without validity.
    pub(in crate::web::pages) fn expires_on(&self, at: usize) -> Date {
        self.registry.report(at as u32).1.expires_on
    }

    /// The last day of validity.
    pub(in crate::web::pages) fn last_day(&self, at: usize) -> Date {
        let expires = self.expires_on(at);
        expires.yesterday().unwrap_or(expires)
    }

    /// The reports in force whose last day is one of these, the soonest first: their places.
    pub(in crate::web::pages) fn lapsing(&self, day: Date, from: Date, until: Date) -> Vec<usize> {
        let reports = 0..self.document().reports.len();
        let mut lapsing: Vec<_> = reports
            .filter(|at| (from..until).contains(&self.last_day(*at)))
            .filter(|at| matches!(self.standing(*at, day), Standing::Valid | Standing::Lapsing | Standing::Ahead))
            .collect();
        lapsing.sort_by_key(|at| (self.expires_on(*at), &self.document().reports[*at].id));
        lapsing
    }
}

/// What identifies a report: `id/edition`.
pub(in crate::web::pages) fn key_of(report: &Report) -> String {
    format!("{}/{}", report.id, report.edition)
}
