//! A decision as everybody sees it (contract section 3): the route, why, and what would change it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use crate::registry::upstream::RegistrySource;

/// What was decided for one eSR, with everything that explains it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decision {
    /// The filer's own number of the eSR.
    pub reference: String,
    /// Where the eSR goes.
    pub route: String,
    /// How far along that route.
    pub stage: String,
    /// 1 (most urgent) to 4 in production: the severity. 5 in development (9.2.1).
    pub priority: u8,
    /// Id of the rule in `rules/escalation.md` that decided.
    pub rule: String,
    /// The policy's clauses that the rule cites; never empty.
    pub clauses: Vec<String>,
    /// One or two plain sentences that name the report, its edition and dates.
    pub because: String,
    /// The nine facts that the decision was taken on.
    pub facts: Facts,
    /// The registry entries that the facts rest on.
    pub evidence: Evidence,
    /// Entries that a name was only near to, best first.
    pub candidates: Vec<Candidate>,
    /// The eSR's fields that the decision lacked, as paths (`third_party.release`).
    pub missing: Vec<String>,
    /// Where the route says to turn.
    pub contact: Option<Contact>,
    /// The single-fact changes that would give another route or stage; those a party can still bring about first.
    pub would_change: Vec<WouldChange>,
    /// What each side does now.
    pub next_steps: Vec<NextStep>,
    /// Where each fact came from: which field, which entry, which score.
    #[serde(default)]
    pub provenance: Vec<Provenance>,
    /// Hash of the rules that decided.
    pub rules_version: String,
    /// Hash of the registry that was looked up.
    pub registry_version: String,
    /// Set when the registry is kept elsewhere: how old the answer is that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_source: Option<RegistrySource>,
    /// When the decision was taken; its UTC day is the day that validity was measured on.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
}

/// The registry entries that a decision rests on, as written there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// Id of the report found.
    pub report: Option<String>,
    /// Its edition.
    pub edition: Option<u32>,
    /// First day that the edition exists.
    #[schema(value_type = Option<String>, format = Date)]
    pub published_on: Option<Date>,
    /// First day without validity (of the report, or of the accreditation).
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
    /// The report's platform release that covers the eSR's.
    pub platform_release: Option<String>,
    /// The report's solution release that covers the eSR's.
    pub solution_release: Option<String>,
    /// Id of the scope entry, or accredited API, that the feature met.
    pub scope_entry: Option<String>,
    /// Id of the limitation that answers.
    pub limitation: Option<String>,
    /// Id of the accredited API that coverage rests on, where there is no report.
    #[serde(default)]
    pub accreditation: Option<String>,
    /// Ids of the entries that the names were resolved to.
    #[serde(default)]
    pub participant: Option<String>,
    /// Id of the solution.
    #[serde(default)]
    pub solution: Option<String>,
    /// Id of the platform.
    #[serde(default)]
    pub platform: Option<String>,
    /// The closest miss, where no report covers both releases: its id and edition.
    #[serde(default)]
    pub closest: Option<String>,
}

/// What kind of entry a name was near to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// A participant.
    Company,
    /// A participant's solution.
    Solution,
    /// A platform of ALE.
    Platform,
    /// A scope entry, limitation or accredited API.
    Feature,
}

/// An entry that a name might have meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    /// What kind of entry.
    pub kind: CandidateKind,
    /// Its id in the registry or report.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How near, 0 to 1.
    pub score: f64,
}

/// Where to turn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Company or desk.
    pub name: String,
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
    /// How the report says to reach it.
    #[serde(default)]
    pub process: Option<String>,
}

/// A single-fact change and where it would lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WouldChange {
    /// The fact.
    pub fact: Cow<'static, str>,
    /// The value that it would have to take.
    pub to: Cow<'static, str>,
    /// The route then.
    pub route: Cow<'static, str>,
    /// The stage then.
    pub stage: Cow<'static, str>,
}

/// What one side does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextStep {
    /// `business_partner`, `participant`, `ale`, `agent` or `filer`.
    pub who: String,
    /// What to do.
    #[serde(rename = "do")]
    pub what: String,
}

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Provenance {
    /// The fact.
    pub fact: Cow<'static, str>,
    /// Its value.
    pub value: Cow<'static, str>,
    /// The eSR's field (or `credential`) that it was found from, as a path.
    pub from: Option<Cow<'static, str>>,
    /// What stood there.
    pub said: Option<String>,
    /// The registry entry that it led to.
    pub entry: Option<String>,
    /// How well the entry fits: 1 is equal after normalisation.
    pub score: Option<f64>,
    /// Anything else worth knowing, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
