//! What a decision means for the case: whom it waits for, and what its timeline says. Pure.

use serde::{Deserialize, Serialize};

use crate::closed::closed;
use crate::triage::outcome::Side;
pub use crate::triage::outcome::Status;

closed! {
    /// What a timeline entry tells.
    EventKind {
        /// The eSR was filed.
        Filed = "filed",
        /// The rules decided.
        Decided = "decided",
        /// A party said something new.
        Updated = "updated",
        /// An agent chose another route.
        Overridden = "overridden",
        /// A side disputes the route.
        Contested = "contested",
        /// A file was added.
        AttachmentAdded = "attachment_added",
        /// A side's own system, or its letter, said something.
        Heard = "heard",
        /// A file that was added shows another release of the platform than the eSR declares.
        VersionDisagrees = "version_disagrees",
        /// One of the service's own people noted something, for the others of them alone.
        Noted = "noted",
    }
}
closed! {
    /// Why a decision was taken.
    Cause {
        /// The eSR was filed.
        Filed = "filed",
        /// Something new was said.
        Updated = "updated",
        /// An agent decided.
        Overridden = "overridden",
        /// A side disputes the route: an agent looks.
        Contested = "contested",
    }
}
closed! {
    /// What a credential may do.
    Role {
        /// An ALE reseller: files, and sees its own.
        BusinessPartner = "business_partner",
        /// A company of the program: files, and sees what reached it.
        Participant = "participant",
        /// ALE's support desk: sees all.
        Agent = "agent",
        /// Runs the service: metrics, keys.
        Operator = "operator",
    }
}

/// Who did something to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    /// The credential's role; `None` is the service itself.
    pub role: Option<Role>,
    /// The credential's owner.
    pub name: String,
    /// For whom an agent acted: telephone and email reach support too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

impl Actor {
    /// The service itself: rules that decided, clocks that ran out.
    #[must_use]
    pub fn service() -> Self {
        Self { role: None, name: "pointsman".to_owned(), on_behalf_of: None }
    }
}

/// Whether a route and stage bring the case before the participant.
#[must_use]
pub fn reaches_participant(route: &str) -> bool {
    matches!(route, "participant_hotline" | "joint_investigation")
}

/// Whether a route and stage bring the case before ALE's support.
#[must_use]
pub fn reaches_ale(route: &str, stage: &str) -> bool {
    match route {
        "ale_support" | "technical_assistance" => true,
        "joint_investigation" => matches!(stage, "ale_engaged" | "awaiting_access"),
        _ => false,
    }
}

/// What becomes of a case whose ticket the other side closed: it is over when the side that has it says so. A participant
/// that closes without a conclusion leaves the question open whose side the fault is on: an agent looks (9.2.3 case 3).
#[must_use]
pub fn when_closed_by(side: Side, route: &str, stage: &str, status: Status) -> Status {
    match side {
        Side::Ale if reaches_ale(route, stage) => Status::Closed,
        Side::Participant if route == "participant_hotline" => Status::Closed,
        Side::Participant
            if matches!(stage, "participant_first" | "participant_analysis" | "analysis_insufficient") =>
        {
            Status::WaitingAgent
        }
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_parses_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(*status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(serde_json::from_value::<Status>(status.as_str().into()).unwrap(), *status);
            assert_eq!(status.to_string(), status.as_str());
        }
        assert_eq!(Role::parse("Agent"), None);
    }

    #[test]
    fn a_case_is_over_when_the_side_that_has_it_closes_its_ticket() {
        let closed = |side, route, stage| when_closed_by(side, route, stage, Status::Open);
        assert_eq!(closed(Side::Ale, "ale_support", "open"), Status::Closed);
        assert_eq!(closed(Side::Ale, "joint_investigation", "participant_first"), Status::Open);
        assert_eq!(closed(Side::Participant, "participant_hotline", "open"), Status::Closed);
        assert_eq!(closed(Side::Participant, "joint_investigation", "participant_analysis"), Status::WaitingAgent);
        assert_eq!(closed(Side::Participant, "joint_investigation", "ale_engaged"), Status::Open);
    }

    #[test]
    fn a_joint_investigation_reaches_ale_only_once_ale_is_engaged() {
        assert!(!reaches_ale("joint_investigation", "participant_first"));
        assert!(reaches_ale("joint_investigation", "ale_engaged"));
        assert!(reaches_participant("joint_investigation"));
        assert!(!reaches_participant("ale_support"));
    }
}
