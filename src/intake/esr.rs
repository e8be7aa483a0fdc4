//! The eSR as filed (contract section 1), after every field was checked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::closed::closed;

/// An electronic Service Request. Blank strings were read as missing; unknown keys were ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "reference": "BP-2026-00417", "phase": "production", "severity": 2,
    "summary": "Wake-up calls are not placed since the upgrade",
    "platform": {"product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3"},
    "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"},
    "feature": "wake-up call", "system_access": true
}))]
pub struct Esr {
    /// The filer's own number, unique for that filer.
    pub reference: String,
    /// Production or development.
    pub phase: Phase,
    /// 1 (production down) to 4 (information).
    pub severity: u8,
    /// One line on what is wrong.
    pub summary: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it happened; never used for validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// The end customer's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// ALE's product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformNamed>,
    /// The other product; missing when none is involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_party: Option<ThirdParty>,
    /// What does not work, as the report's scope names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// Whose side the fault is on; undetermined when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsibility: Option<Responsibility>,
    /// Whether ALE gets access to the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_access: Option<bool>,
    /// The case at the participant's hotline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_case: Option<ParticipantCase>,
    /// What a development question is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assistance_topic: Option<AssistanceTopic>,
}

/// The end customer's site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Customer {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// ISO 3166-1 alpha-2 code, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// ALE's product as the filer names it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlatformNamed {
    /// Product name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Marketing release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Patch or build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// The third-party product as the filer names it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ThirdParty {
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    /// Release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}

/// The case at the participant's hotline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ParticipantCase {
    /// The participant's case number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What its analysis came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
    /// Findings, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// Names of traces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<String>,
}

closed! {
    /// Whether the issue is met at a customer's site or while developing.
    Phase {
        /// A live site (clauses 9.1 to 9.3).
        Production = "production",
        /// Development work (clauses 5.3, 5.4.1).
        Development = "development",
    }
}
closed! {
    /// Whose side the fault is on, as the filer states it.
    Responsibility {
        /// Wholly ALE's (9.2.3 case 1).
        Ale = "ale",
        /// Wholly the participant's (9.2.3 case 2).
        Participant = "participant",
        /// Not established (9.2.3 case 3).
        Undetermined = "undetermined",
    }
}
closed! {
    /// What the participant's analysis came to.
    Conclusion {
        /// Nothing could be shown.
        Inconclusive = "inconclusive",
        /// A fault on ALE's side is shown.
        AleFaultShown = "ale_fault_shown",
        /// The participant needs ALE.
        AleHelpRequested = "ale_help_requested",
        /// The fault is the participant's.
        ParticipantFaultFound = "participant_fault_found",
    }
}
closed! {
    /// What a development question is about (5.3, 5.4.1).
    AssistanceTopic {
        /// An interface and its use.
        Interface = "interface",
        /// Dynamic behaviour.
        Behaviour = "behaviour",
        /// Limits.
        Limits = "limits",
        /// The participant's own source code: not covered.
        SourceCode = "source_code",
    }
}

closed! {
    /// Who filed the eSR; comes from the credential, never from the body.
    Filer {
        /// An ALE reseller, the only party that may file in production (9.2.2).
        BusinessPartner = "business_partner",
        /// A company of the program.
        Participant = "participant",
        /// Anybody else.
        Other = "other",
    }
}

/// Who filed an eSR, as the credential (or on the command line `filed_by`) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledBy {
    /// Which side.
    pub filer: Filer,
    /// Whose assistance tickets count.
    pub own_company: OwnCompany,
}

/// Whose assistance tickets count for a development request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnCompany {
    /// The company that `third_party` names: the command line, and an agent who asks on somebody's behalf.
    AsNamed,
    /// The participant that the credential belongs to, by id.
    Participant(String),
    /// The credential belongs to no participant.
    None,
}
