//! The registry's entries: platforms, participants, solutions and certification reports (contract section 4).
//!
//! These are the validated entries, dates parsed. Reading a file with all its faults is `document`'s work.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::closed::closed;

/// The whole registry as one document: what is imported, exported, stored and hashed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// ALE's platforms.
    #[serde(default)]
    pub platforms: Vec<Platform>,
    /// The program's companies.
    #[serde(default)]
    pub participants: Vec<Participant>,
    /// Their products.
    #[serde(default)]
    pub solutions: Vec<Solution>,
    /// The certification reports (IWR).
    #[serde(default)]
    pub reports: Vec<Report>,
}

/// A platform of ALE: communication, network or Rainbow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Stable id.
    pub id: String,
    /// Marketing name.
    pub name: String,
    /// Other names that partners write.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `communication`, `network` or `rainbow`; free text.
    #[serde(default)]
    pub activity: Option<String>,
    /// Known releases.
    #[serde(default)]
    pub releases: Vec<PlatformRelease>,
}

/// A platform's release and the patch codes that name it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformRelease {
    /// As written: `R101.1`.
    pub release: String,
    /// What stands before the first dot of a build of this release: `N4`.
    #[serde(default)]
    pub codes: Vec<String>,
    /// First day of its end of life (8.4 note).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub end_of_life_on: Option<Date>,
}

/// A company of the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// Stable id.
    pub id: String,
    /// Company name.
    pub name: String,
    /// Other names that partners write.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `registered`, `qualified` or `premium` (11).
    #[serde(default)]
    pub membership: Option<String>,
    /// `solution_vendor`, `expert_developer`, or both (4).
    #[serde(default)]
    pub profiles: Vec<String>,
    /// `north_america` is billed in USD, any other word in EUR (5.6).
    #[serde(default)]
    pub region: Option<String>,
    /// First day in the program.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub joined_on: Option<Date>,
    /// First day out of it (10.3.2).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub left_on: Option<Date>,
    /// First day on which the qualified status no longer holds (11.3.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub qualified_until: Option<Date>,
    /// How to reach its support.
    #[serde(default)]
    pub hotline: Hotline,
    /// Balance of Technical Assistance tickets (5.4.1).
    #[serde(default)]
    pub assistance_tickets: i64,
    /// Accreditations, in place of reports (9.2.1, 11.3.1).
    #[serde(default)]
    pub accreditations: Vec<Accreditation>,
}

/// How to reach a participant's support.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// Email address.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// Portal.
    #[serde(default)]
    pub url: Option<String>,
    /// Hours of service.
    #[serde(default)]
    pub hours: Option<String>,
    /// How to open a ticket there.
    #[serde(default)]
    pub process: Option<String>,
}

/// A company's accreditation on an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accreditation {
    /// Id of the API.
    pub api: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// First day of the accreditation.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub granted_on: Option<Date>,
    /// First day without it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
}

/// A participant's product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// Stable id.
    pub id: String,
    /// Id of the participant that makes it.
    pub participant: String,
    /// Product name.
    pub name: String,
    /// Other names that partners write.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Free text: `pms`, `sip terminal`, ...
    #[serde(default)]
    pub kind: Option<String>,
    /// Known releases.
    #[serde(default)]
    pub releases: Vec<SolutionRelease>,
}

/// A solution's release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SolutionRelease {
    /// As written.
    pub release: String,
    /// First day of its end of life (8.4 note).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub end_of_life_on: Option<Date>,
}

/// A certification report (Inter-Working Report), one edition of it (8.1, 8.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The report's number, shared by its editions.
    pub id: String,
    /// Edition; a higher one supersedes the lower ones from its publication on.
    pub edition: u32,
    /// Id of the solution.
    pub solution: String,
    /// Releases of the solution that it names; `8.2..8.4` is an inclusive range.
    pub solution_releases: Vec<String>,
    /// Id of the platform.
    pub platform: String,
    /// Releases of the platform that it names.
    pub platform_releases: Vec<String>,
    /// What the test came to.
    pub verdict: Verdict,
    /// First day that it exists.
    #[schema(value_type = String, format = Date)]
    pub published_on: Date,
    /// First day without validity; two years after publication when not given (8.4).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
    /// First day on which it is withdrawn.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub withdrawn_on: Option<Date>,
    /// What was tested, with which result.
    #[serde(default)]
    pub scope: Vec<ScopeEntry>,
    /// Known limitations.
    #[serde(default)]
    pub limitations: Vec<Limitation>,
    /// How to reach the participant's hotline, in the report's words.
    #[serde(default)]
    pub escalation: Option<String>,
}

closed! {
    /// A report's verdict.
    Verdict {
        /// Passed.
        Passed = "passed",
        /// Passed with restriction.
        PassedWithRestriction = "passed_with_restriction",
        /// Postponed: counts as no report.
        Postponed = "postponed",
        /// Refused: counts as no report.
        Refused = "refused",
    }
}

impl Verdict {
    /// Whether a report of this verdict certifies anything.
    #[must_use]
    pub fn certifies(self) -> bool {
        matches!(self, Self::Passed | Self::PassedWithRestriction)
    }
}

/// A tested feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// Id within the report.
    pub id: String,
    /// Name.
    pub name: String,
    /// Other names that partners write.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What the test came to.
    pub result: ScopeResult,
}

closed! {
    /// The result of testing one feature.
    ScopeResult {
        /// Works.
        Ok = "ok",
        /// Works, with a remark.
        OkBut = "ok_but",
        /// Does not work.
        Nok = "nok",
        /// Not tested.
        NotTested = "not_tested",
        /// Not applicable.
        NotApplicable = "not_applicable",
    }
}

/// A known limitation, as the report states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limitation {
    /// Id within the report.
    pub id: String,
    /// Id of the scope entry that it limits.
    #[serde(default)]
    pub feature: Option<String>,
    /// The report's own text.
    pub text: String,
}
