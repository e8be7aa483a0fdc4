//! What entries of the right shape can still break (contract section 4).

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::node::shortened;
use super::shared_names::{self, Named};
use crate::registry::faults::{Fault, Faults, MOST_SUGGESTIONS, suggestion_near};
use crate::registry::model::{Document, Participant, Platform, Report, Solution};
use crate::registry::names;
use crate::registry::releases::{Listed, Release};

/// Which kinds' ids are fully known, so that a reference to another id is certainly dangling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) struct Known {
    pub(in crate::registry) platforms: bool,
    pub(in crate::registry) participants: bool,
    pub(in crate::registry) solutions: bool,
}

#[expect(non_upper_case_globals, reason = "reads as a variant")]
impl Known {
    pub(in crate::registry) const All: Self = Self { platforms: true, participants: true, solutions: true };

    /// Leaves out the kinds of which an id could not be read: what refers to it is no second fault.
    pub(super) fn without_faulty_ids(self, read: &[Fault]) -> Self {
        let faulty = |section: &str| {
            read.iter().filter_map(|fault| fault.path.strip_prefix(section)).any(|rest| {
                rest.is_empty() || rest.split_once(']').is_some_and(|(_, key)| key.is_empty() || key == ".id")
            })
        };
        Self {
            platforms: self.platforms && !faulty("platforms"),
            participants: self.participants && !faulty("participants"),
            solutions: self.solutions && !faulty("solutions"),
        }
    }
}

pub(super) fn check(document: &Document, known: Known, faults: &mut Faults) {
    let Document { platforms, participants, solutions, reports } = document;
    let named = platforms.iter().map(|p| Named {
        group: "",
        id_key: "id",
        id: &p.id,
        name: Some(&p.name),
        aliases: &p.aliases,
    });
    shared_names::check(&"platforms", named, names::fold, false, faults);
    let named = participants.iter().map(|p| Named {
        group: "",
        id_key: "id",
        id: &p.id,
        name: Some(&p.name),
        aliases: &p.aliases,
    });
    shared_names::check(&"participants", named, names::company, false, faults);
    let named = solutions.iter().map(|s| Named {
        group: &s.participant,
        id_key: "id",
        id: &s.id,
        name: Some(&s.name),
        aliases: &s.aliases,
    });
    shared_names::check(&"solutions", named, names::fold, false, faults);

    for (index, platform) in platforms.iter().enumerate() {
        check_platform(index, platform, faults);
    }
    for (index, participant) in participants.iter().enumerate() {
        check_participant(index, participant, faults);
    }
    let mut companies = known.participants.then(|| Ids::new("participant", participants.iter().map(|p| p.id.as_str())));
    for (index, solution) in solutions.iter().enumerate() {
        check_solution(index, solution, companies.as_mut(), faults);
    }
    let mut products = known.solutions.then(|| Ids::new("solution", solutions.iter().map(|s| s.id.as_str())));
    let mut systems = known.platforms.then(|| Ids::new("platform", platforms.iter().map(|p| p.id.as_str())));
    check_editions(reports, faults);
    for (index, report) in reports.iter().enumerate() {
        let place = |key: &str| format!("reports[{index}].{key}");
        if let Some(products) = &mut products {
            products.check(&report.solution, || place("solution"), faults);
        }
        if let Some(systems) = &mut systems {
            systems.check(&report.platform, || place("platform"), faults);
        }
        check_report(&place, report, faults);
    }
}

/// The ids of one kind that a reference may name.
struct Ids<'d> {
    kind: &'static str,
    ids: HashSet<&'d str>,
    /// How many suggestions may still be looked for.
    suggestions: usize,
}

impl<'d> Ids<'d> {
    fn new(kind: &'static str, ids: impl Iterator<Item = &'d str>) -> Self {
        Self { kind, ids: ids.collect(), suggestions: MOST_SUGGESTIONS }
    }

    fn check(&mut self, reference: &str, place: impl Fn() -> String, faults: &mut Faults) {
        if reference.trim().is_empty() {
            faults.add(place(), format!("is blank; give the id of a {}.", self.kind));
        } else if !self.ids.contains(reference) {
            let among = if self.suggestions > 0 { usize::MAX } else { 0 };
            self.suggestions = self.suggestions.saturating_sub(1);
            let near = suggestion_near(reference, self.ids.iter().copied().take(among));
            faults.add(place(), format!("no {} has the id \"{}\"{near}", self.kind, shortened(reference)));
        }
    }
}

fn check_platform(index: usize, platform: &Platform, faults: &mut Faults) {
    let list = format!("platforms[{index}].releases");
    check_releases(&list, platform.releases.iter().map(|release| release.release.as_str()), faults);
    let mut codes: HashMap<String, usize> = HashMap::new();
    for (at, release) in platform.releases.iter().enumerate() {
        for (nth, code) in release.codes.iter().enumerate() {
            let normal = names::fold(code);
            let place = || format!("{list}[{at}].codes[{nth}]");
            if release.release.contains("..") {
                faults.add(place(), "a code names one release, and this is a range.");
            }
            if normal.is_empty() {
                faults.add(place(), "is blank; give the code or leave it out.");
                continue;
            }
            let first = *codes.entry(normal).or_insert(at);
            if first != at {
                let other = &platform.releases[first].release;
                faults.add(
                    place(),
                    format!("\"{code}\" is already a code of release {other}; a code names one release."),
                );
            }
        }
    }
}

fn check_participant(index: usize, participant: &Participant, faults: &mut Faults) {
    let place = |key: &str| format!("participants[{index}].{key}");
    if let (Some(joined), Some(left)) = (participant.joined_on, participant.left_on)
        && left < joined
    {
        faults.add(place("left_on"), format!("{left} is before the day of joining, {joined}."));
    }
    if participant.assistance_tickets < 0 {
        let balance = participant.assistance_tickets;
        faults.add(place("assistance_tickets"), format!("{balance} is less than none; the balance is 0 or more."));
    }
    let list = place("accreditations");
    let named = participant.accreditations.iter().map(|accreditation| Named {
        group: "",
        id_key: "api",
        id: &accreditation.api,
        name: accreditation.name.as_deref(),
        aliases: &[],
    });
    shared_names::check(&list, named, names::fold, true, faults);
    for (at, accreditation) in participant.accreditations.iter().enumerate() {
        if let (Some(granted), Some(expires)) = (accreditation.granted_on, accreditation.expires_on)
            && expires <= granted
        {
            let message = never_valid(expires, "granted", granted);
            faults.add(format!("{list}[{at}].expires_on"), message);
        }
    }
}

fn check_solution(index: usize, solution: &Solution, companies: Option<&mut Ids<'_>>, faults: &mut Faults) {
    if let Some(companies) = companies {
        companies.check(&solution.participant, || format!("solutions[{index}].participant"), faults);
    }
    let list = format!("solutions[{index}].releases");
    check_releases(&list, solution.releases.iter().map(|release| release.release.as_str()), faults);
}

/// The releases under a platform or solution: each a release or a range, each once.
fn check_releases<'d>(list: &str, releases: impl Iterator<Item = &'d str>, faults: &mut Faults) {
    let mut seen: Vec<(Listed, &str)> = Vec::new();
    for (at, written) in releases.enumerate() {
        let place = || format!("{list}[{at}].release");
        let Some(listed) = Listed::parse(written) else {
            faults.add(place(), no_release(written));
            continue;
        };
        match seen.iter().find(|(other, _)| *other == listed) {
            Some((_, other)) => {
                faults.add(place(), format!("\"{}\" is the same release as \"{other}\" above.", shortened(written)));
            }
            None => seen.push((listed, written)),
        }
    }
}

fn check_editions(reports: &[Report], faults: &mut Faults) {
    let mut seen: HashMap<(&str, u32), usize> = HashMap::with_capacity(reports.len());
    for (index, report) in reports.iter().enumerate() {
        let place = |key: &str| format!("reports[{index}].{key}");
        if report.id.trim().is_empty() {
            faults.add(place("id"), "is blank; give an id.");
        } else if let Some(first) = seen.insert((&report.id, report.edition), index) {
            let (id, edition) = (shortened(&report.id), report.edition);
            faults.add(place("edition"), format!("{id} edition {edition} is already reports[{first}]."));
        }
        if report.edition == 0 {
            faults.add(place("edition"), "0 is no edition; the first one is 1.");
        }
    }
}

fn check_report(place: &dyn Fn(&str) -> String, report: &Report, faults: &mut Faults) {
    check_listed(place, "solution_releases", &report.solution_releases, faults);
    check_listed(place, "platform_releases", &report.platform_releases, faults);
    let published = report.published_on;
    if let Some(expires) = report.expires_on.filter(|expires| *expires <= published) {
        faults.add(place("expires_on"), never_valid(expires, "published", published));
    }
    if let Some(withdrawn) = report.withdrawn_on.filter(|withdrawn| *withdrawn < published) {
        faults.add(place("withdrawn_on"), format!("{withdrawn} is before the day of publication, {published}."));
    }
    let named = report.scope.iter().map(|entry| Named {
        group: "",
        id_key: "id",
        id: &entry.id,
        name: Some(&entry.name),
        aliases: &entry.aliases,
    });
    shared_names::check(&place("scope"), named, names::fold, false, faults);
    let named = report.limitations.iter().map(|limitation| Named {
        group: "",
        id_key: "id",
        id: &limitation.id,
        name: None,
        aliases: &[],
    });
    shared_names::check(&place("limitations"), named, names::fold, false, faults);
    for (at, limitation) in report.limitations.iter().enumerate() {
        let field = |key: &str| place(&format!("limitations[{at}].{key}"));
        if limitation.text.trim().is_empty() {
            faults.add(field("text"), "is blank; give the report's own words.");
        }
        if let Some(feature) = &limitation.feature
            && !report.scope.iter().any(|entry| entry.id == *feature)
        {
            let near = suggestion_near(feature, report.scope.iter().map(|entry| entry.id.as_str()));
            faults.add(
                field("feature"),
                format!("no scope entry of this report has the id \"{}\"{near}", shortened(feature)),
            );
        }
    }
}

/// The releases that a report names: at least one, each a release or a range.
fn check_listed(place: &dyn Fn(&str) -> String, key: &str, listed: &[String], faults: &mut Faults) {
    if listed.is_empty() {
        faults.add(place(key), "is empty; name at least one release.");
    }
    for (at, written) in listed.iter().enumerate().filter(|(_, written)| Listed::parse(written).is_none()) {
        faults.add(place(&format!("{key}[{at}]")), no_release(written));
    }
}

/// Why [`Listed::parse`] reads nothing.
fn no_release(written: &str) -> String {
    let shown = shortened(written.trim());
    match written.split_once("..").map(|(low, high)| (Release::parse(low), Release::parse(high))) {
        Some((Some(_), Some(_))) => format!("the range \"{shown}\" is reversed; write the lower release first."),
        Some(_) => format!("the range \"{shown}\" lacks an end; write it as 8.2..8.4."),
        None if shown.is_empty() => "is blank; give a release.".into(),
        None => format!("\"{shown}\" is no release: it holds no letter or digit."),
    }
}

fn never_valid(expires: Date, what: &str, since: Date) -> String {
    format!("{expires} is the first day without validity, so it must be after the day it was {what}, {since}.")
}
