//! The sides that are written to.

use crate::closed::closed;

closed! {
    /// A side of a case that letters go to, and come back from.
    Side {
        /// The reseller that filed the eSR and looks after the site.
        BusinessPartner = "business_partner",
        /// The company of the third-party product: its hotline.
        Participant = "participant",
        /// ALE's own support.
        Ale = "ale",
        /// The triage desk.
        Agent = "agent",
        /// The desk for paid diagnostics.
        Finance = "finance",
    }
}

impl Side {
    /// The byte that stands for it in a token; never changed, or letters that were sent could not be answered.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::BusinessPartner => 1,
            Self::Participant => 2,
            Self::Ale => 3,
            Self::Agent => 4,
            Self::Finance => 5,
        }
    }

    /// The side that a token's byte stands for.
    pub(super) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|side| side.code() == code)
    }
}
