//! What the words of the API and the database are called on pages.

use jiff::civil::Date;

use crate::cases::Status;
use crate::registry::model::ScopeResult;
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

/// A side by the word that the rules have for it.
pub(super) fn side_of(word: &str) -> String {
    Side::parse(word).map_or_else(|| spaced(word), |known| side(known).to_owned())
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
    dated(&text.replace(", as participant_case of this eSR", ""))
}

/// A fact, as briefly as a column of the routing table names it.
pub(super) fn fact(name: &str) -> &str {
    match name {
        "phase" => "Phase",
        "filer" => "Filed by",
        "coverage" => "Certification",
        "scope" => "Feature",
        "responsibility" => "Fault",
        "participant_analysis" => "Participant's analysis",
        "system_access" => "Access to the system",
        "assistance" => "Technical Assistance",
        "urgency" => "Severity",
        other => other,
    }
}

/// What a test of a feature came to, and how it is marked.
pub(super) fn tested(result: ScopeResult) -> (&'static str, &'static str) {
    match result {
        ScopeResult::Ok => ("tested, works", "good"),
        ScopeResult::OkBut => ("tested, works with a remark", "good"),
        ScopeResult::Nok => ("tested, does not work", "bad"),
        ScopeResult::NotTested => ("not tested", ""),
        ScopeResult::NotApplicable => ("not applicable", ""),
    }
}

/// A day, which no line breaks.
pub(super) fn day(day: Date) -> String {
    day.strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

/// The last day of what ends on this one: the first on which it counts no more.
pub(super) fn last_day(end: Date) -> String {
    day(end.yesterday().unwrap_or(end))
}

/// A text of the rules, with its days written as pages write them.
pub(super) fn dated(text: &str) -> String {
    const LENGTH: usize = "2026-11-23".len();
    let within = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let found = rest.get(..LENGTH).filter(|_| !within(before.as_ref()) && !within(rest.as_bytes().get(LENGTH)));
        if let Some(found) = found.and_then(|found| found.parse::<Date>().ok()) {
            out.push_str(&day(found));
            rest = &rest[LENGTH..];
            before = Some(b'0');
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            before = u8::try_from(first).ok();
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_a_sentence_are_written_as_pages_write_them_and_nothing_else_is_touched() {
        let said = dated("It was published on 2025-03-14 and expires on 2027-03-14.");
        assert_eq!(said, "It was published on 14\u{a0}Mar\u{a0}2025 and expires on 14\u{a0}Mar\u{a0}2027.");
        for kept in ["BP-2026-11-23", "2026-11-23T09:00:00Z", "2026-13-40", "2026-11-231", "é2026", "", "12026-11-23"]
        {
            assert_eq!(dated(kept), kept);
        }
        assert_eq!(dated("(2026-11-23)"), "(23\u{a0}Nov\u{a0}2026)");
    }
}
