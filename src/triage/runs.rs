//! Which releases the site runs, and whether they are told exactly enough (contract section 2, "Releases").

use super::parties::Stop;
use super::paths::{PLATFORM_RELEASE, SOLUTION_RELEASE};
use super::reason::Reason;
use crate::intake::esr::{PlatformNamed, ThirdParty};
use crate::registry::index::{IndexedPlatform, IndexedReport, ListedRelease};
use crate::registry::releases::{Listed, Relation, Release};

/// What the site runs.
#[derive(Debug)]
pub(super) struct Runs {
    /// `None` only for a platform that has no releases (a cloud service).
    pub platform: Option<Release>,
    /// The third-party product's.
    pub solution: Release,
}

/// Reads both releases against what is listed for the platform, the solution and the reports about both.
pub(super) fn runs(
    platform: (&IndexedPlatform, Option<&PlatformNamed>),
    solution: (&[ListedRelease], &ThirdParty),
    reports: &[&IndexedReport],
) -> Result<Runs, Stop> {
    let (indexed, named) = platform;
    let (solution_releases, third_party) = solution;
    let platform_run = named_platform_release(indexed, named)?;
    let solution_run = third_party.release.as_deref().and_then(Release::parse);

    let listed_platform = || {
        let reported = reports.iter().flat_map(|report| &report.platform_releases).map(|(_, listed)| listed);
        indexed.releases.iter().map(|release| &release.listed).chain(reported)
    };
    let listed_solution = || {
        let reported = reports.iter().flat_map(|report| &report.solution_releases).map(|(_, listed)| listed);
        solution_releases.iter().map(|release| &release.listed).chain(reported)
    };
    let mut missing = Vec::new();
    let mut coarse = Vec::new();
    match &platform_run {
        None if indexed.has_releases => missing.push(PLATFORM_RELEASE),
        Some(run) if too_coarse(run, listed_platform()) => coarse.push(PLATFORM_RELEASE),
        _ => {}
    }
    match &solution_run {
        None => missing.push(SOLUTION_RELEASE),
        Some(run) if too_coarse(run, listed_solution()) => coarse.push(SOLUTION_RELEASE),
        Some(_) => {}
    }
    match solution_run {
        Some(solution) if missing.is_empty() && coarse.is_empty() => Ok(Runs { platform: platform_run, solution }),
        _ => {
            let fields: Vec<_> = missing.iter().chain(&coarse).copied().collect();
            Err(Stop::missing(Reason::Releases { missing, coarse }, &fields))
        }
    }
}

/// The release that `release` and `patch` name together.
fn named_platform_release(platform: &IndexedPlatform, named: Option<&PlatformNamed>) -> Result<Option<Release>, Stop> {
    let (release, patch) = named.map_or((None, None), |named| (named.release.as_deref(), named.patch.as_deref()));
    platform.named_by(release, patch).map_err(|_| Stop::unresolved(Reason::ReleaseConflict, Vec::new()))
}

/// Whether a release touches listed ones, all of them finer: then it cannot be told which one the site runs.
fn too_coarse<'a>(run: &Release, listed: impl Iterator<Item = &'a Listed>) -> bool {
    let mut finer = false;
    for entry in listed {
        match entry.relation(run) {
            Relation::Covers => return false,
            Relation::Finer => finer = true,
            Relation::Apart => {}
        }
    }
    finer
}
