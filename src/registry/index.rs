//! The registry as it is asked: immutable, indexed, swapped whole on change.

use std::collections::HashMap;
use std::io::Write;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::model::{Document, Participant, Platform, Report, Solution};
use super::name_index::{Found, NameIndex};
use super::names::Name;
use super::releases::{Listed, Release};

/// How long a report is valid when it does not say (8.1, 8.4).
const VALIDITY_YEARS: i16 = 2;

/// One registry document and its index.
#[derive(Debug)]
pub struct Registry {
    document: Document,
    version: String,
    index: Index,
}

/// Everything that is looked up, by the numbers of the document's entries.
#[derive(Debug)]
struct Index {
    platform_names: NameIndex,
    company_names: NameIndex,
    solution_names: NameIndex,
    platforms: Vec<IndexedPlatform>,
    solutions: Vec<IndexedSolution>,
    reports: Vec<IndexedReport>,
    participants_by_id: HashMap<String, u32>,
}

/// A release that the registry lists for a product, with its end of life.
#[derive(Debug)]
pub struct ListedRelease {
    /// As written.
    pub text: String,
    /// Made comparable.
    pub listed: Listed,
    /// First day of its end of life.
    pub end_of_life_on: Option<Date>,
}

/// A platform, its releases made comparable.
#[derive(Debug, Default)]
pub struct IndexedPlatform {
    /// The releases that the registry lists.
    pub releases: Vec<ListedRelease>,
    /// Patch codes, folded, with the release that each names.
    codes: HashMap<String, Release>,
    /// Whether a release is listed anywhere, here or in a report; a platform without any (a cloud service) has
    /// no release to ask for.
    pub has_releases: bool,
}

/// A release and a patch that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DifferentReleases;

/// A solution, its releases made comparable.
#[derive(Debug)]
pub struct IndexedSolution {
    /// Its company's number.
    pub participant: u32,
    /// The releases that the registry lists.
    pub releases: Vec<ListedRelease>,
    /// Numbers of its reports that certify, in the registry's order.
    pub reports: Vec<u32>,
    /// Numbers of its reports that were postponed or refused: they count as none, but explain.
    pub refused: Vec<u32>,
}

/// A certifying report, dates completed.
#[derive(Debug)]
pub struct IndexedReport {
    /// Its platform's number.
    pub platform: u32,
    /// Platform releases: as written, and comparable.
    pub platform_releases: Vec<(String, Listed)>,
    /// Solution releases: as written, and comparable.
    pub solution_releases: Vec<(String, Listed)>,
    /// First day without validity, the default filled in.
    pub expires_on: Date,
    /// First day on which a higher edition stands in its place.
    superseded_on: Option<Date>,
    published_on: Date,
}

impl IndexedReport {
    /// Whether this edition exists, and is the one that counts, on a day.
    #[must_use]
    pub fn counts_on(&self, day: Date) -> bool {
        self.published_on <= day && self.superseded_on.is_none_or(|superseded| day < superseded)
    }
}

/// The first day without validity of a report published on `published_on`: the same day two years later, and
/// for 29 February 1 March.
#[must_use]
pub fn default_expiry(published_on: Date) -> Date {
    let year = published_on.year().saturating_add(VALIDITY_YEARS);
    Date::new(year, published_on.month(), published_on.day()).or_else(|_| Date::new(year, 3, 1)).unwrap_or(Date::MAX)
}

impl Registry {
    /// Indexes a document that was checked (`document::check`); what does not fit together is left out.
    #[must_use]
    pub fn new(document: Document) -> Self {
        // Hashing takes about as long as indexing.
        let (version, index) = std::thread::scope(|threads| {
            let version = threads.spawn(|| version(&document));
            let index = Index::of(&document);
            (version.join().unwrap_or_default(), index)
        });
        Self { document, version, index }
    }

    /// Platforms by name.
    pub(crate) fn platform_names(&self) -> &NameIndex {
        &self.index.platform_names
    }

    /// Companies by name, legal suffixes aside.
    pub(crate) fn company_names(&self) -> &NameIndex {
        &self.index.company_names
    }

    /// All solutions by name; one name may belong to several companies.
    pub(crate) fn solution_names(&self) -> &NameIndex {
        &self.index.solution_names
    }

    /// The document that was indexed.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// `sha256:` over the document, whatever the order of its entries.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The company of that id.
    #[must_use]
    pub fn participant_by_id(&self, id: &str) -> Option<&Participant> {
        self.index.participants_by_id.get(id).map(|&number| self.participant(number))
    }

    /// The number of the one platform of that name; `None` where the name is near several, or only near.
    pub(crate) fn platform_named(&self, product: &str) -> Option<u32> {
        match self.platform_names().find(&Name::new(product)?) {
            Found::Equal(owners) if owners.len() == 1 => Some(owners[0]),
            _ => None,
        }
    }

    pub(crate) fn participant(&self, number: u32) -> &Participant {
        &self.document.participants[number as usize]
    }

    pub(crate) fn platform(&self, number: u32) -> (&Platform, &IndexedPlatform) {
        (&self.document.platforms[number as usize], &self.index.platforms[number as usize])
    }

    pub(crate) fn solution(&self, number: u32) -> (&Solution, &IndexedSolution) {
        (&self.document.solutions[number as usize], &self.index.solutions[number as usize])
    }

    pub(crate) fn report(&self, number: u32) -> (&Report, &IndexedReport) {
        (&self.document.reports[number as usize], &self.index.reports[number as usize])
    }
}

impl Index {
    fn of(document: &Document) -> Self {
        let participants_by_id = numbers(document.participants.iter().map(|p| &p.id));
        let platform_numbers = numbers(document.platforms.iter().map(|p| &p.id));
        let solution_numbers = numbers(document.solutions.iter().map(|s| &s.id));
        let mut platforms: Vec<_> = document.platforms.iter().map(IndexedPlatform::new).collect();
        let mut solutions: Vec<_> = document
            .solutions
            .iter()
            .map(|solution| IndexedSolution::new(solution, participants_by_id.get(&solution.participant)))
            .collect();
        let superseded = superseding_days(&document.reports);
        let mut reports = Vec::with_capacity(document.reports.len());
        for (report, superseded_on) in document.reports.iter().zip(superseded) {
            let platform = platform_numbers.get(&report.platform).copied().unwrap_or(u32::MAX);
            let indexed = IndexedReport::new(report, platform, superseded_on);
            if let Some(platform) = platforms.get_mut(platform as usize) {
                platform.has_releases |= !indexed.platform_releases.is_empty();
            }
            if let Some(&solution) = solution_numbers.get(&report.solution) {
                let solution: &mut IndexedSolution = &mut solutions[solution as usize];
                let list = if report.verdict.certifies() { &mut solution.reports } else { &mut solution.refused };
                list.push(reports.len() as u32);
            }
            reports.push(indexed);
        }
        Self {
            platform_names: name_index(NameIndex::default(), &document.platforms, Name::new, |p| {
                (&p.id, &p.name, &p.aliases)
            }),
            company_names: name_index(NameIndex::of_companies(), &document.participants, Name::company, |p| {
                (&p.id, &p.name, &p.aliases)
            }),
            solution_names: name_index(NameIndex::default(), &document.solutions, Name::new, |s| {
                (&s.id, &s.name, &s.aliases)
            }),
            platforms,
            solutions,
            reports,
            participants_by_id,
        }
    }
}

impl IndexedPlatform {
    fn new(platform: &Platform) -> Self {
        let listed = |release: &super::model::PlatformRelease| listed(&release.release, release.end_of_life_on);
        let codes = platform.releases.iter().flat_map(|release| {
            let named = Release::parse(&release.release);
            release.codes.iter().filter_map(move |code| Some((fold_code(code), named.clone()?)))
        });
        Self {
            codes: codes.collect(),
            has_releases: !platform.releases.is_empty(),
            releases: platform.releases.iter().filter_map(listed).collect(),
        }
    }

    /// The release that a release or patch string names by the code before its first dot (`N4.521.3` is R101.1).
    #[must_use]
    pub fn named_by_code(&self, text: &str) -> Option<&Release> {
        let code = text.split('.').next().unwrap_or(text);
        self.codes.get(&fold_code(code))
    }

    /// The release that a release and a patch name together, the narrower where one lies inside the other; a patch counts
    /// only by its code.
    ///
    /// # Errors
    /// When they name different releases.
    pub fn named_by(&self, release: Option<&str>, patch: Option<&str>) -> Result<Option<Release>, DifferentReleases> {
        let release = release.and_then(|text| self.named_by_code(text).cloned().or_else(|| Release::parse(text)));
        let patch = patch.and_then(|text| self.named_by_code(text).cloned());
        match (release, patch) {
            (Some(release), Some(patch)) if release.covers(&patch) => Ok(Some(patch)),
            (Some(release), Some(patch)) if patch.covers(&release) => Ok(Some(release)),
            (Some(_), Some(_)) => Err(DifferentReleases),
            (release, patch) => Ok(release.or(patch)),
        }
    }
}

impl IndexedSolution {
    fn new(solution: &Solution, participant: Option<&u32>) -> Self {
        Self {
            participant: participant.copied().unwrap_or(u32::MAX),
            releases: solution.releases.iter().filter_map(|r| listed(&r.release, r.end_of_life_on)).collect(),
            reports: Vec::new(),
            refused: Vec::new(),
        }
    }
}

impl IndexedReport {
    fn new(report: &Report, platform: u32, superseded_on: Option<Date>) -> Self {
        let releases = |texts: &[String]| {
            texts.iter().filter_map(|text| Some((text.clone(), Listed::parse(text)?))).collect::<Vec<_>>()
        };
        Self {
            platform,
            platform_releases: releases(&report.platform_releases),
            solution_releases: releases(&report.solution_releases),
            expires_on: report.expires_on.unwrap_or_else(|| default_expiry(report.published_on)),
            superseded_on,
            published_on: report.published_on,
        }
    }
}

fn listed(text: &str, end_of_life_on: Option<Date>) -> Option<ListedRelease> {
    Some(ListedRelease { text: text.to_owned(), listed: Listed::parse(text)?, end_of_life_on })
}

fn fold_code(code: &str) -> String {
    super::names::fold(code)
}

fn numbers<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, u32> {
    ids.cloned().zip(0..).collect()
}

/// For each report the day on which a higher certifying edition of the same report was first published.
fn superseding_days(reports: &[Report]) -> Vec<Option<Date>> {
    let mut editions: HashMap<&str, Vec<(u32, Date)>> = HashMap::new();
    for report in reports.iter().filter(|report| report.verdict.certifies()) {
        editions.entry(&report.id).or_default().push((report.edition, report.published_on));
    }
    let first_above = |report: &Report| {
        let higher = editions.get(report.id.as_str())?.iter().filter(|(edition, _)| *edition > report.edition);
        higher.map(|(_, published_on)| *published_on).min()
    };
    reports.iter().map(first_above).collect()
}

fn name_index<T>(
    mut index: NameIndex,
    entries: &[T],
    comparable: fn(&str) -> Option<Name>,
    names: fn(&T) -> (&String, &String, &Vec<String>),
) -> NameIndex {
    for (number, entry) in (0..).zip(entries) {
        let (id, name, aliases) = names(entry);
        for name in [id, name].into_iter().chain(aliases).filter_map(|text| comparable(text)) {
            index.add(number, name);
        }
    }
    index
}

/// Entries are hashed in the order of their ids, so that a file and a database that say the same agree.
fn version(document: &Document) -> String {
    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    fn entries<'a, T: serde::Serialize, K: Ord>(out: &mut impl Write, list: &'a [T], key: impl Fn(&'a T) -> K) {
        let mut sorted: Vec<&T> = list.iter().collect();
        sorted.sort_by_key(|entry| key(entry));
        // Writing into a hash cannot fail, and the model has no map with keys other than strings.
        serde_json::to_writer(out, &sorted).unwrap_or_default();
    }
    let mut out = std::io::BufWriter::new(Hashing(Sha256::new()));
    entries(&mut out, &document.platforms, |p| &p.id);
    entries(&mut out, &document.participants, |p| &p.id);
    entries(&mut out, &document.solutions, |s| &s.id);
    entries(&mut out, &document.reports, |r| (&r.id, r.edition));
    out.into_inner().map(|hashing| crate::hash::version(hashing.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_valid_for_two_years_and_a_leap_day_ends_on_the_first_of_march() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(default_expiry(day("2025-03-14")), day("2027-03-14"));
        assert_eq!(default_expiry(day("2024-02-29")), day("2026-03-01"));
        assert_eq!(default_expiry(day("2022-02-28")), day("2024-02-28"));
        assert_eq!(default_expiry(day("9999-01-01")), Date::MAX);
    }

    #[test]
    fn the_version_does_not_depend_on_the_order_of_entries_but_on_their_content() {
        let platform = |id: &str, name: &str| Platform {
            id: id.into(),
            name: name.into(),
            aliases: vec![],
            activity: None,
            releases: vec![],
        };
        let version = |platforms: Vec<Platform>| Registry::new(Document { platforms, ..Document::default() }).version;
        let ab = version(vec![platform("a", "A"), platform("b", "B")]);
        assert_eq!(ab, version(vec![platform("b", "B"), platform("a", "A")]));
        assert_ne!(ab, version(vec![platform("a", "A"), platform("b", "C")]));
        assert!(ab.starts_with("sha256:") && ab.len() == 7 + 64);
    }
}
