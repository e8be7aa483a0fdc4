//! Which company, solution and platform an eSR means (contract section 2, "Which company and solution").
//!
//! Looked at in this order, the first that stops wins: company, solution, platform. A name that is only near
//! an entry stops as unresolved with its candidates; nothing is guessed.

use jiff::civil::Date;

use super::decision::{Candidate, CandidateKind};
use super::facts::Coverage;
use super::paths::{COMPANY, PRODUCT, SOLUTION};
use super::reason::Reason;
use crate::intake::esr::{PlatformNamed, ThirdParty};
use crate::registry::index::Registry;
use crate::registry::name_index::Found;
use crate::registry::names::Name;

/// Why the look-up ended before a report could be looked for.
#[derive(Debug)]
pub(super) struct Stop {
    pub coverage: Coverage,
    pub reason: Reason,
    pub candidates: Vec<Candidate>,
    pub missing: Vec<&'static str>,
}

impl Stop {
    fn outside(reason: Reason) -> Self {
        Self { coverage: Coverage::NotAParticipant, reason, candidates: Vec::new(), missing: Vec::new() }
    }

    pub(super) fn missing(reason: Reason, fields: &[&'static str]) -> Self {
        Self { coverage: Coverage::Incomplete, reason, candidates: Vec::new(), missing: fields.to_vec() }
    }

    pub(super) fn unresolved(reason: Reason, candidates: Vec<Candidate>) -> Self {
        Self { coverage: Coverage::Unresolved, reason, candidates, missing: Vec::new() }
    }
}

/// The company and, where the registry lists it, the solution; as the registry's numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Maker {
    pub participant: u32,
    pub solution: Option<u32>,
}

/// Finds who makes the third-party product.
///
/// `company` is set as soon as the company is known, also when a later step stops: whose assistance tickets count,
/// and whom the sentence names, does not depend on the product.
pub(super) fn maker(
    registry: &Registry,
    named: &ThirdParty,
    day: Date,
    company: &mut Option<u32>,
) -> Result<Maker, Stop> {
    let solution = named.solution.as_deref().and_then(Name::new);
    let Some(name) = named.company.as_deref().and_then(Name::company) else {
        return maker_by_solution(registry, solution.as_ref(), day, company);
    };
    let participant = match registry.company_names().find(&name) {
        Found::Equal(owners) if owners.len() == 1 => owners[0],
        Found::Equal(owners) => {
            return Err(Stop::unresolved(Reason::CompanyAmbiguous, companies(registry, equally(owners))));
        }
        Found::Near(near) => return Err(Stop::unresolved(Reason::CompanyNear, companies(registry, near))),
        Found::Nothing => return Err(unknown_company(registry, solution.as_ref())),
    };
    *company = Some(participant);
    joined(registry, participant, day)?;
    let Some(solution) = solution else {
        return Err(Stop::missing(Reason::NoSolution, &[SOLUTION]));
    };
    Ok(Maker { participant, solution: own_solution(registry, participant, &solution)? })
}

/// Before it joins a company is not in the program.
fn joined(registry: &Registry, participant: u32, day: Date) -> Result<(), Stop> {
    match registry.participant(participant).joined_on {
        Some(joined_on) if day < joined_on => Err(Stop::outside(Reason::NotYetJoined(joined_on))),
        _ => Ok(()),
    }
}

/// A company that is near nothing is not in the program, unless its product is one that the registry knows.
fn unknown_company(registry: &Registry, solution: Option<&Name>) -> Stop {
    let known = solution.map(|solution| registry.solution_names().equal(solution)).unwrap_or_default();
    if known.is_empty() {
        return Stop::outside(Reason::UnknownCompany);
    }
    Stop::unresolved(Reason::UnknownCompanyKnownSolution, solutions(registry, equally(known)))
}

/// A company's solution by name; `None` when nobody lists anything like it. A product near another company's is as
/// likely a slip of the pen as one near its own.
fn own_solution(registry: &Registry, participant: u32, name: &Name) -> Result<Option<u32>, Stop> {
    let known = registry.solution_names().equal(name);
    let own: Vec<u32> =
        known.iter().copied().filter(|&number| registry.solution(number).1.participant == participant).collect();
    match own[..] {
        [one] => return Ok(Some(one)),
        [] => {}
        _ => return Err(Stop::unresolved(Reason::SolutionAmbiguous, solutions(registry, equally(own)))),
    }
    if !known.is_empty() {
        let others = solutions(registry, equally(known));
        return Err(Stop::unresolved(Reason::SolutionOfAnotherCompany, others));
    }
    match registry.solution_names().find(name) {
        Found::Near(near) => Err(Stop::unresolved(Reason::SolutionNear, solutions(registry, near))),
        _ => Ok(None),
    }
}

/// A solution without a company is found by itself when only one company makes one of that name.
fn maker_by_solution(
    registry: &Registry,
    solution: Option<&Name>,
    day: Date,
    company: &mut Option<u32>,
) -> Result<Maker, Stop> {
    let Some(name) = solution else {
        return Err(Stop::missing(Reason::NoCompanyNoSolution, &[COMPANY, SOLUTION]));
    };
    match registry.solution_names().find(name) {
        Found::Equal(owners) if owners.len() == 1 => {
            let participant = registry.solution(owners[0]).1.participant;
            *company = Some(participant);
            joined(registry, participant, day)?;
            Ok(Maker { participant, solution: Some(owners[0]) })
        }
        Found::Equal(owners) => Err(Stop::unresolved(Reason::SolutionAmbiguous, solutions(registry, equally(owners)))),
        Found::Near(near) => Err(Stop::unresolved(Reason::SolutionNear, solutions(registry, near))),
        Found::Nothing => Err(Stop::missing(Reason::NoCompany, &[COMPANY])),
    }
}

/// Finds ALE's product.
pub(super) fn platform(registry: &Registry, named: Option<&PlatformNamed>) -> Result<u32, Stop> {
    let product = named.and_then(|platform| platform.product.as_deref());
    let Some(name) = product.and_then(Name::new) else {
        return Err(Stop::missing(Reason::NoPlatform, &[PRODUCT]));
    };
    match registry.platform_names().find(&name) {
        Found::Equal(owners) if owners.len() == 1 => Ok(owners[0]),
        Found::Equal(owners) => Err(Stop::unresolved(Reason::PlatformAmbiguous, platforms(registry, equally(owners)))),
        Found::Near(near) => Err(Stop::unresolved(Reason::PlatformNear, platforms(registry, near))),
        Found::Nothing => Err(Stop::unresolved(Reason::PlatformUnknown, Vec::new())),
    }
}

fn equally(numbers: Vec<u32>) -> Vec<(u32, f64)> {
    numbers.into_iter().map(|number| (number, 1.0)).collect()
}

fn companies(registry: &Registry, scored: Vec<(u32, f64)>) -> Vec<Candidate> {
    candidates(CandidateKind::Company, scored, |number| {
        let entry = registry.participant(number);
        (&entry.id, &entry.name)
    })
}

fn solutions(registry: &Registry, scored: Vec<(u32, f64)>) -> Vec<Candidate> {
    candidates(CandidateKind::Solution, scored, |number| {
        let (entry, _) = registry.solution(number);
        (&entry.id, &entry.name)
    })
}

fn platforms(registry: &Registry, scored: Vec<(u32, f64)>) -> Vec<Candidate> {
    candidates(CandidateKind::Platform, scored, |number| {
        let (entry, _) = registry.platform(number);
        (&entry.id, &entry.name)
    })
}

fn candidates<'r>(
    kind: CandidateKind,
    scored: Vec<(u32, f64)>,
    entry: impl Fn(u32) -> (&'r String, &'r String),
) -> Vec<Candidate> {
    let candidate = |(number, score): (u32, f64)| {
        let (id, name) = entry(number);
        Candidate { kind, id: id.clone(), name: name.clone(), score }
    };
    let mut list: Vec<Candidate> = scored.into_iter().map(candidate).collect();
    best_first(&mut list);
    list
}

/// Most candidates that are worth showing to a person.
const MOST_CANDIDATES: usize = 8;

/// Best first, equal ones by id, so that a registry from a file and one from a database give the same list.
pub(super) fn best_first(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    candidates.truncate(MOST_CANDIDATES);
}
