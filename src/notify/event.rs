//! What can be told: the types of messages, and the notices that people get of them.

use crate::cases::{reaches_ale, reaches_participant};
use crate::closed::closed;
use crate::triage::outcome::{Route, Stage};

closed! {
    /// The type of an outgoing message (contract section 6).
    EventType {
        /// A new eSR was decided.
        EsrDecided = "esr.decided",
        /// Something new was said, and the case decided again.
        EsrUpdated = "esr.updated",
        /// The case came before a side that had not seen it: the participant, or ALE's support.
        EsrEscalated = "esr.escalated",
        /// An On-Demand Diagnostic is offered (9.2.3, 9.3).
        DiagnosticOffered = "diagnostic.offered",
        /// An On-Demand Diagnostic was paid for; its eight hours begin (9.2.3).
        DiagnosticPaid = "diagnostic.paid",
        /// The case is over.
        CaseClosed = "case.closed",
    }
}
closed! {
    /// How a side is told of a message: the weightier, the further down.
    Notice {
        /// For a side's systems alone; no letter is written.
        Record = "record",
        /// Somebody else's turn.
        ForInformation = "for_information",
        /// What was decided on the eSR that this side filed.
        Decided = "decided",
        /// The case waits for this side now.
        YourTurn = "your_turn",
        /// The case comes before this side for the first time.
        Escalated = "escalated",
        /// A paid diagnostic is offered.
        Offer = "offer",
        /// The case is over.
        Closed = "closed",
        /// An endpoint was disabled; its owner is told.
        EndpointDisabled = "endpoint_disabled",
    }
}

impl EventType {
    /// Whether messages of this type can be at that place.
    #[must_use]
    pub fn occurs_at(self, route: Route, stage: Stage) -> bool {
        match self {
            Self::EsrDecided | Self::EsrUpdated | Self::CaseClosed => true,
            Self::EsrEscalated => reaches_participant(route.as_str()) || reaches_ale(route.as_str(), stage.as_str()),
            Self::DiagnosticOffered => route == Route::OnDemandDiagnostic,
            // Nothing is paid yet: the diagnostic's life comes with the case's.
            Self::DiagnosticPaid => false,
        }
    }
}
