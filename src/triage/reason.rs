//! Why a look-up ended as it did, in the words that go into a decision's sentence.

use jiff::civil::Date;

use super::decision::Candidate;
use super::paths::{self, PLATFORM_RELEASE};
use crate::intake::esr::Esr;

/// Why coverage was found to be what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// The coverage word says it all.
    Plain,
    /// The company's name is only near entries.
    CompanyNear,
    /// The company's name equals several entries.
    CompanyAmbiguous,
    /// The company is near nothing in the registry.
    UnknownCompany,
    /// The company is near nothing, but its product is known.
    UnknownCompanyKnownSolution,
    /// The company joins the program later than the decision's day.
    NotYetJoined(Date),
    /// Neither company nor product was given.
    NoCompanyNoSolution,
    /// A product near nothing, without a company.
    NoCompany,
    /// A company without a product.
    NoSolution,
    /// The product's name is only near entries.
    SolutionNear,
    /// The product's name equals entries of several companies.
    SolutionAmbiguous,
    /// The product is another company's.
    SolutionOfAnotherCompany,
    /// No platform was given.
    NoPlatform,
    /// The platform's name is only near entries.
    PlatformNear,
    /// The platform's name equals several entries.
    PlatformAmbiguous,
    /// The platform is near nothing.
    PlatformUnknown,
    /// Release and patch name different releases of the platform.
    ReleaseConflict,
    /// Releases that are missing, or coarser than what is listed.
    Releases {
        /// Fields without a release.
        missing: Vec<&'static str>,
        /// Fields with one that is too coarse to tell.
        coarse: Vec<&'static str>,
    },
    /// The company left the program (10.3.2).
    Left(Date),
    /// The company's qualified status was not renewed (11.3.2).
    QualificationLapsed(Date),
    /// The report was withdrawn.
    ReportWithdrawn(Date),
}

impl Reason {
    /// The field of the eSR that it is about, where it is about a single one that was filled in.
    pub(super) fn field(&self) -> Option<&'static str> {
        match self {
            Self::CompanyNear
            | Self::CompanyAmbiguous
            | Self::UnknownCompany
            | Self::UnknownCompanyKnownSolution
            | Self::NotYetJoined(_)
            | Self::Left(_)
            | Self::QualificationLapsed(_) => Some(paths::COMPANY),
            Self::SolutionNear | Self::SolutionAmbiguous | Self::SolutionOfAnotherCompany => Some(paths::SOLUTION),
            Self::PlatformNear | Self::PlatformAmbiguous | Self::PlatformUnknown => Some(paths::PRODUCT),
            Self::ReleaseConflict => Some(PLATFORM_RELEASE),
            Self::Plain
            | Self::NoCompanyNoSolution
            | Self::NoCompany
            | Self::NoSolution
            | Self::NoPlatform
            | Self::Releases { .. }
            | Self::ReportWithdrawn(_) => None,
        }
    }

    /// The sentence for an agent or filer, without a full stop; `None` where the coverage word says it all.
    #[must_use]
    pub(super) fn sentence(&self, esr: &Esr, candidates: &[Candidate], company: Option<&str>) -> Option<String> {
        let third_party = esr.third_party.as_ref();
        let named = third_party.and_then(|t| t.company.as_deref()).unwrap_or_default();
        let solution = third_party.and_then(|t| t.solution.as_deref()).unwrap_or_default();
        let platform = esr.platform.as_ref();
        let product = platform.and_then(|p| p.product.as_deref()).unwrap_or_default();
        let meant = || listed(candidates);
        let company = company.unwrap_or(named);
        Some(match self {
            Self::Plain | Self::UnknownCompany => return None,
            Self::CompanyNear => format!("The company \"{named}\" is not in the registry, but is close to {}", meant()),
            Self::CompanyAmbiguous => format!("The company \"{named}\" fits several entries equally well: {}", meant()),
            Self::UnknownCompanyKnownSolution => format!(
                "The company \"{named}\" is not in the registry, but \"{solution}\" is a known product: {}",
                meant()
            ),
            Self::NotYetJoined(day) => format!("it joins on {day}"),
            Self::NoCompanyNoSolution => "The third party's company and product are not given".into(),
            Self::NoCompany => format!("\"{solution}\" is not a known product and its company is not given"),
            Self::NoSolution => format!("It is not said which product of {company} is involved"),
            Self::SolutionNear => {
                format!("The product \"{solution}\" is not in the registry, but is close to {}", meant())
            }
            Self::SolutionAmbiguous => format!("The product \"{solution}\" fits several entries: {}", meant()),
            Self::SolutionOfAnotherCompany => {
                format!("\"{solution}\" is not a product of {company}, but of another company: {}", meant())
            }
            Self::NoPlatform => "It is not said which ALE platform is involved".into(),
            Self::PlatformNear => {
                format!("The platform \"{product}\" is not in the registry, but is close to {}", meant())
            }
            Self::PlatformAmbiguous => format!("The platform \"{product}\" fits several entries: {}", meant()),
            Self::PlatformUnknown => format!("The platform \"{product}\" is not in the registry"),
            Self::ReleaseConflict => format!(
                "Release \"{}\" and patch \"{}\" of the platform name different releases",
                platform.and_then(|p| p.release.as_deref()).unwrap_or_default(),
                platform.and_then(|p| p.patch.as_deref()).unwrap_or_default(),
            ),
            Self::Releases { missing, coarse } => releases(esr, missing, coarse),
            Self::Left(day) => format!("{company} left the program on {day}"),
            Self::QualificationLapsed(day) => {
                format!("the qualified status of {company} was not renewed and ended on {day}")
            }
            Self::ReportWithdrawn(day) => format!("the report was withdrawn on {day}"),
        })
    }
}

/// Up to three names, best first, as they stand in a sentence.
fn listed(candidates: &[Candidate]) -> String {
    let names: Vec<String> = candidates.iter().take(3).map(|c| format!("\"{}\" ({})", c.name, c.id)).collect();
    let more = if candidates.len() > 3 { " and others" } else { "" };
    names.join(", ") + more
}

fn releases(esr: &Esr, missing: &[&str], coarse: &[&str]) -> String {
    let said = |field: &str| match field {
        PLATFORM_RELEASE => esr.platform.as_ref().and_then(|p| p.release.as_deref().or(p.patch.as_deref())),
        _ => esr.third_party.as_ref().and_then(|t| t.release.as_deref()),
    };
    let product = |field: &str| if field == PLATFORM_RELEASE { "platform" } else { "third-party product" };
    let lacks = missing.iter().map(|field| format!("the {}'s release is not given", product(field)));
    let vague = coarse.iter().map(|field| {
        let said = said(field).unwrap_or_default();
        format!("the {}'s release \"{said}\" is less exact than the releases that were tested", product(field))
    });
    let sentence = lacks.chain(vague).collect::<Vec<_>>().join(", and ");
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
