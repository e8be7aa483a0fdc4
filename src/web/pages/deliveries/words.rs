//! What the words of deliveries are called on pages.

use crate::notify::delivery::DeliveryState;
use crate::notify::{EventType, Notice};
use crate::web::api::deliveries::DeliveryShown;

/// What a message tells, by its type.
pub(in crate::web::pages) fn event(event: EventType) -> &'static str {
    match event {
        EventType::EsrDecided => "Decision",
        EventType::EsrUpdated => "Update",
        EventType::EsrEscalated => "Escalation",
        EventType::DiagnosticOffered => "Diagnostic offered",
        EventType::DiagnosticPaid => "Diagnostic paid",
        EventType::CaseClosed => "Case closed",
    }
}

/// How a side is told.
pub(in crate::web::pages) fn notice(notice: Notice) -> &'static str {
    match notice {
        Notice::Record => "for its systems alone",
        Notice::ForInformation => "for information",
        Notice::Decided => "what was decided on its eSR",
        Notice::YourTurn => "its turn now",
        Notice::Escalated => "a case comes before it",
        Notice::Offer => "an offer of a diagnostic",
        Notice::Closed => "the case is over",
        Notice::EndpointDisabled => "its endpoint was disabled",
    }
}

/// How a side is told, where that says more than the event does.
pub(in crate::web::pages) fn beside(event: EventType, of: Notice) -> &'static str {
    match (event, of) {
        (EventType::EsrDecided, Notice::Decided)
        | (EventType::EsrEscalated, Notice::Escalated)
        | (EventType::DiagnosticOffered, Notice::Offer)
        | (EventType::CaseClosed, Notice::Closed) => "",
        _ => notice(of),
    }
}

/// How far a delivery is: a word and how it is marked.
pub(in crate::web::pages) fn state(shown: &DeliveryShown) -> (&'static str, &'static str) {
    match shown.state {
        DeliveryState::Delivered => ("arrived", "good"),
        DeliveryState::Pending if shown.under_way => ("being sent", ""),
        DeliveryState::Pending if shown.attempts == 0 => ("waits", ""),
        DeliveryState::Pending => ("will be tried again", "warn"),
        DeliveryState::Dead => ("did not arrive", "bad"),
        DeliveryState::Unaddressed => ("no channel", "bad"),
    }
}

/// A count with its noun.
pub(in crate::web::pages) fn count(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A time that something took, in milliseconds, for people.
pub(in crate::web::pages) fn took(milliseconds: f64) -> String {
    if milliseconds < 1_000.0 { format!("{milliseconds:.0} ms") } else { format!("{:.1} s", milliseconds / 1_000.0) }
}
