//! What the registry says about an eSR's two products on a day: coverage, and scope against what was found.

use jiff::civil::Date;

use super::decision::Candidate;
use super::facts::{Coverage, Scope};
use super::parties::{self, Maker, Stop};
use super::paths::FEATURE;
use super::reason::Reason;
use super::runs::{Runs, runs};
use super::scope::{self, ScopeFound};
use crate::intake::esr::Esr;
use crate::registry::index::{IndexedReport, ListedRelease, Registry};
use crate::registry::model::{Accreditation, Participant, Platform, Report, Solution};
use crate::registry::releases::{Listed, Relation, Release};

/// Everything that was found out about the two products.
#[derive(Debug)]
pub(super) struct Finding<'r> {
    /// The coverage fact.
    pub coverage: Coverage,
    /// Why it is so.
    pub reason: Reason,
    /// The scope fact, with the entry that it rests on.
    pub scope: ScopeFound<'r>,
    /// The company, as far as it is known.
    pub participant: Option<&'r Participant>,
    /// The solution, where the registry lists it.
    pub solution: Option<&'r Solution>,
    /// The platform.
    pub platform: Option<&'r Platform>,
    /// The report found, also when it is no longer valid.
    pub report: Option<FoundReport<'r>>,
    /// The accreditations in force that coverage rests on.
    pub accreditations: Vec<&'r Accreditation>,
    /// The product and release whose end of life makes the report obsolete.
    pub obsolete: Option<(&'r str, &'r ListedRelease)>,
    /// The closest report that does not cover both releases, or what else came closest.
    pub closest: Option<Closest<'r>>,
    /// Entries that a name was only near to.
    pub candidates: Vec<Candidate>,
    /// Fields that the look-up lacked.
    pub missing: Vec<&'static str>,
}

/// A report that covers both releases, and by which of its entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundReport<'r> {
    /// The report.
    pub report: &'r Report,
    /// Its first day without validity.
    pub expires_on: Date,
    /// Its platform release, as written.
    pub platform_release: &'r str,
    /// Its solution release, as written.
    pub solution_release: &'r str,
}

/// What came closest to a certification.
#[derive(Debug, Clone, Copy)]
pub(super) enum Closest<'r> {
    /// A report for other releases, and its platform.
    Report(&'r Report, &'r Platform),
    /// A report that was refused or postponed.
    NotPassed(&'r Report),
    /// An accreditation that is over, or not yet granted.
    Accreditation(&'r Accreditation),
}

/// Finds coverage and scope of an eSR on a day.
#[must_use]
pub(super) fn find<'r>(registry: &'r Registry, esr: &Esr, day: Date) -> Finding<'r> {
    let mut finding = Finding::empty();
    if let Err(stop) = look_up(registry, esr, day, &mut finding) {
        finding.coverage = stop.coverage;
        finding.reason = stop.reason;
        finding.candidates = stop.candidates;
        finding.missing = stop.missing;
    }
    let feature = esr.feature.as_deref();
    finding.scope = match (&finding.report, &finding.accreditations[..]) {
        (Some(found), _) => scope::in_report(found.report, feature),
        (None, []) => ScopeFound::nothing_to_measure_against(),
        (None, accreditations) => scope::in_accreditations(accreditations, feature),
    };
    if finding.scope.scope == Scope::Unclear && (finding.report.is_some() || !finding.accreditations.is_empty()) {
        finding.candidates.append(&mut finding.scope.candidates);
        if finding.scope.feature_missing {
            finding.missing.push(FEATURE);
        }
    }
    finding
}

fn look_up<'r>(registry: &'r Registry, esr: &Esr, day: Date, finding: &mut Finding<'r>) -> Result<(), Stop> {
    let Some(third_party) = &esr.third_party else {
        finding.coverage = Coverage::NotInvolved;
        return Ok(());
    };
    let mut company = None;
    let maker = parties::maker(registry, third_party, day, &mut company);
    finding.participant = company.map(|number| registry.participant(number));
    let Maker { participant, solution } = maker?;
    let solution = solution.map(|number| registry.solution(number));
    finding.solution = solution.map(|(entry, _)| entry);
    let platform_number = parties::platform(registry, esr.platform.as_ref())?;
    let (platform, indexed_platform) = registry.platform(platform_number);
    finding.platform = Some(platform);

    let counting: Vec<_> = solution
        .iter()
        .flat_map(|(_, indexed)| &indexed.reports)
        .map(|&number| registry.report(number))
        .filter(|(_, indexed)| indexed.counts_on(day))
        .collect();
    let on_platform: Vec<&IndexedReport> = counting
        .iter()
        .filter(|(_, indexed)| indexed.platform == platform_number)
        .map(|(_, indexed)| *indexed)
        .collect();
    let solution_releases = solution.map_or(&[][..], |(_, indexed)| &indexed.releases);
    let runs = runs((indexed_platform, esr.platform.as_ref()), (solution_releases, third_party), &on_platform)?;

    finding.report = best(covering(&counting, platform_number, &runs), day);
    let participant = registry.participant(participant);
    if let Some(left_on) = participant.left_on.filter(|&left_on| left_on <= day) {
        finding.settle(Coverage::Withdrawn, Reason::Left(left_on));
    } else if let Some(found) = finding.report {
        let obsolete = at_end_of_life(&indexed_platform.releases, runs.platform.as_ref(), day)
            .map(|release| (platform.name.as_str(), release))
            .or_else(|| {
                let name = solution.map(|(entry, _)| entry.name.as_str()).unwrap_or_default();
                at_end_of_life(solution_releases, Some(&runs.solution), day).map(|release| (name, release))
            });
        finding.obsolete = obsolete;
        let (coverage, reason) = standing(&found, participant, obsolete.is_some(), day);
        finding.settle(coverage, reason);
    } else if !counting.is_empty() {
        finding.closest = closest(registry, &counting, platform_number, &runs);
        finding.settle(Coverage::ReleaseNotCertified, Reason::Plain);
    } else {
        without_reports(registry, participant, solution.map(|(_, indexed)| &indexed.refused[..]), day, finding);
    }
    Ok(())
}

/// A report's standing on a day, in the contract's order: withdrawn, obsolete, expired, valid.
fn standing(found: &FoundReport<'_>, participant: &Participant, obsolete: bool, day: Date) -> (Coverage, Reason) {
    if let Some(ended) = participant.qualified_until.filter(|&until| until <= day) {
        (Coverage::Withdrawn, Reason::QualificationLapsed(ended))
    } else if let Some(withdrawn_on) = found.report.withdrawn_on.filter(|&withdrawn_on| withdrawn_on <= day) {
        (Coverage::Withdrawn, Reason::ReportWithdrawn(withdrawn_on))
    } else if obsolete {
        (Coverage::Obsolete, Reason::Plain)
    } else if found.expires_on <= day {
        (Coverage::Expired, Reason::Plain)
    } else {
        (Coverage::Valid, Reason::Plain)
    }
}

/// Without any report an accreditation of the company counts (9.2.1, 11.3.1).
fn without_reports<'r>(
    registry: &'r Registry,
    participant: &'r Participant,
    refused: Option<&[u32]>,
    day: Date,
    finding: &mut Finding<'r>,
) {
    let in_force = |accreditation: &&Accreditation| {
        accreditation.granted_on.is_none_or(|granted_on| granted_on <= day)
            && accreditation.expires_on.is_none_or(|expires_on| day < expires_on)
    };
    finding.accreditations = participant.accreditations.iter().filter(in_force).collect();
    if !finding.accreditations.is_empty() {
        return finding.settle(Coverage::Accredited, Reason::Plain);
    }
    let refused = refused.unwrap_or_default().iter().map(|&number| registry.report(number).0);
    finding.closest = refused
        .filter(|report| report.published_on <= day)
        .max_by_key(|report| report.published_on)
        .map(Closest::NotPassed)
        .or_else(|| participant.accreditations.iter().max_by_key(|a| a.expires_on).map(Closest::Accreditation));
    finding.settle(Coverage::NoReport, Reason::Plain);
}

type Counting<'r> = (&'r Report, &'r IndexedReport);

/// The reports that cover both releases, each with the narrowest of its entries that do.
fn covering<'r>(counting: &[Counting<'r>], platform: u32, runs: &Runs) -> impl Iterator<Item = FoundReport<'r>> {
    counting.iter().filter(move |(_, indexed)| indexed.platform == platform).filter_map(|&(report, indexed)| {
        Some(FoundReport {
            report,
            expires_on: indexed.expires_on,
            platform_release: covering_entry(&indexed.platform_releases, runs.platform.as_ref()?)?,
            solution_release: covering_entry(&indexed.solution_releases, &runs.solution)?,
        })
    })
}

fn covering_entry<'r>(releases: &'r [(String, Listed)], run: &Release) -> Option<&'r str> {
    let covering = releases.iter().filter(|(_, listed)| listed.relation(run) == Relation::Covers);
    covering.max_by_key(|(_, listed)| listed.depth()).map(|(text, _)| text.as_str())
}

/// One that is valid that day, else the newest publication.
fn best<'r>(found: impl Iterator<Item = FoundReport<'r>>, day: Date) -> Option<FoundReport<'r>> {
    let valid = |found: &FoundReport<'_>| {
        day < found.expires_on && found.report.withdrawn_on.is_none_or(|withdrawn_on| day < withdrawn_on)
    };
    found.max_by(|a, b| {
        let key = |found: &FoundReport<'r>| (valid(found), found.report.published_on, found.report.edition);
        key(a).cmp(&key(b)).then_with(|| a.report.id.cmp(&b.report.id))
    })
}

/// The narrowest listed release that covers what the site runs, when it is at its end of life.
fn at_end_of_life<'r>(releases: &'r [ListedRelease], run: Option<&Release>, day: Date) -> Option<&'r ListedRelease> {
    let run = run?;
    let covering = releases.iter().filter(|release| release.listed.relation(run) == Relation::Covers);
    let narrowest = covering.max_by_key(|release| release.listed.depth())?;
    narrowest.end_of_life_on.is_some_and(|end| end <= day).then_some(narrowest)
}

/// The report that misses by least: same platform and one of the releases before others, then the nearest
/// releases, then the newest.
fn closest<'r>(registry: &'r Registry, counting: &[Counting<'r>], platform: u32, runs: &Runs) -> Option<Closest<'r>> {
    let nearest = |releases: &[(String, Listed)], run: &Release| {
        releases.iter().map(|(_, listed)| listed.closeness(run)).max().unwrap_or_default()
    };
    let rank = |(report, indexed): &Counting<'r>| {
        let same_platform = indexed.platform == platform;
        let platform_run = runs.platform.as_ref().filter(|_| same_platform);
        let covers =
            usize::from(platform_run.is_some_and(|run| covering_entry(&indexed.platform_releases, run).is_some()))
                + usize::from(covering_entry(&indexed.solution_releases, &runs.solution).is_some());
        let near = platform_run.map(|run| nearest(&indexed.platform_releases, run)).unwrap_or_default();
        (same_platform, covers, near, nearest(&indexed.solution_releases, &runs.solution), report.published_on)
    };
    let (report, indexed) = counting.iter().max_by_key(|counting| rank(counting))?;
    Some(Closest::Report(report, registry.platform(indexed.platform).0))
}

impl<'r> Finding<'r> {
    fn empty() -> Self {
        Self {
            coverage: Coverage::NotInvolved,
            reason: Reason::Plain,
            scope: ScopeFound::nothing_to_measure_against(),
            participant: None,
            solution: None,
            platform: None,
            report: None,
            accreditations: Vec::new(),
            obsolete: None,
            closest: None,
            candidates: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn settle(&mut self, coverage: Coverage, reason: Reason) {
        self.coverage = coverage;
        self.reason = reason;
    }
}
