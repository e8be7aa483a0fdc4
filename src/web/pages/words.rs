//! What the words of the API and the database are called on pages.

use crate::cases::Status;
use crate::triage::outcome::Side;

/// A route.
pub(super) fn route(word: &str) -> &str {
    match word {
        "ale_support" => "ALE Support",
        "participant_hotline" => "Participant's hotline",
        "joint_investigation" => "Joint investigation",
        "on_demand_diagnostic" => "On-Demand Diagnostic",
        "technical_assistance" => "Technical Assistance",
        "returned" => "Returned",
        "agent_review" => "Agent review",
        other => other,
    }
}

/// A stage of a route.
pub(super) fn stage(word: &str) -> &str {
    match word {
        "open" => "open",
        "awaiting_access" => "awaiting access",
        "participant_first" => "participant first",
        "participant_analysis" => "participant analyses",
        "analysis_insufficient" => "analysis insufficient",
        "ale_engaged" => "ALE engaged",
        "offer" => "offered",
        "known_limitation" => "known limitation",
        "business_partner_required" => "a business partner has to file",
        "information_required" => "information required",
        "assistance_ticket_required" => "assistance ticket required",
        "professional_services" => "professional services",
        "community_forum" => "community forum",
        "coverage" => "which products?",
        "scope" => "which feature?",
        other => other,
    }
}

/// Whom a case waits for.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "Open",
        Status::WaitingPartner => "Waits for the partner",
        Status::WaitingParticipant => "Waits for the participant",
        Status::WaitingAle => "Waits for ALE",
        Status::WaitingAgent => "Waits for an agent",
        Status::WaitingPayment => "Waits for payment",
        Status::Closed => "Closed",
    }
}

/// A side.
pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::BusinessPartner => "Business partner",
        Side::Participant => "Participant",
        Side::Ale => "ALE",
        Side::Agent => "Agents",
        Side::Finance => "Diagnostic desk",
        Side::Filer => "Filer",
    }
}

/// The name of whoever is on a side; a desk has none beside what it is.
pub(super) fn party(side: Side, party: &str) -> &str {
    match side {
        Side::BusinessPartner | Side::Participant | Side::Filer => party,
        Side::Ale | Side::Agent | Side::Finance => "",
    }
}

/// What the rules tell systems, as people read it: without the names of fields.
pub(super) fn for_people(text: &str) -> String {
    let text = text.replace(", as participant_case.number of this eSR", "");
    text.replace(", as participant_case of this eSR", "")
}

/// Any other word with underscores, as words.
pub(super) fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// A word of the API as words; any other text as it is.
pub(super) fn spaced_word(text: &str) -> String {
    let is_word = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { spaced(text) } else { text.to_owned() }
}
