//! What a rule can say: the routes and their stages (a closed list), and the operator's words for each outcome.

use super::decision::Contact;
use super::template::Template;
use crate::closed::closed;

closed! {
    /// Where an eSR goes (contract section 3).
    Route {
        /// ALE's own support (9.1, 9.2.3 case 1).
        AleSupport = "ale_support",
        /// The participant's hotline (9.2.3 case 2).
        ParticipantHotline = "participant_hotline",
        /// Both, the participant first (9.2.3 case 3).
        JointInvestigation = "joint_investigation",
        /// The paid diagnostic (9.3).
        OnDemandDiagnostic = "on_demand_diagnostic",
        /// DSPP Technical Assistance (5.4.1).
        TechnicalAssistance = "technical_assistance",
        /// Back to the filer, with what is missing or where to go.
        Returned = "returned",
        /// A person decides.
        AgentReview = "agent_review",
    }
}
closed! {
    /// How far along its route an eSR is.
    Stage {
        /// Work can begin.
        Open = "open",
        /// Work waits for access to the system (9.2.3 note 2).
        AwaitingAccess = "awaiting_access",
        /// No case at the participant yet.
        ParticipantFirst = "participant_first",
        /// The participant analyses.
        ParticipantAnalysis = "participant_analysis",
        /// The participant's analysis shows nothing.
        AnalysisInsufficient = "analysis_insufficient",
        /// ALE works on it too.
        AleEngaged = "ale_engaged",
        /// The paid diagnostic is offered.
        Offer = "offer",
        /// The report's own text answers.
        KnownLimitation = "known_limitation",
        /// Only a business partner can file this.
        BusinessPartnerRequired = "business_partner_required",
        /// Something has to be said first.
        InformationRequired = "information_required",
        /// A ticket has to be bought first.
        AssistanceTicketRequired = "assistance_ticket_required",
        /// Source code is written on quote.
        ProfessionalServices = "professional_services",
        /// The public forum answers.
        CommunityForum = "community_forum",
        /// An agent looks at the names and releases.
        Coverage = "coverage",
        /// An agent looks at the feature.
        Scope = "scope",
    }
}
closed! {
    /// Whom a case waits for (contract section 6).
    Status {
        /// Nobody in particular.
        Open = "open",
        /// The filing partner.
        WaitingPartner = "waiting_partner",
        /// The participant.
        WaitingParticipant = "waiting_participant",
        /// ALE.
        WaitingAle = "waiting_ale",
        /// An agent's decision.
        WaitingAgent = "waiting_agent",
        /// A payment.
        WaitingPayment = "waiting_payment",
        /// Nobody: it is over.
        Closed = "closed",
    }
}
closed! {
    /// A side of a case.
    Side {
        /// The ALE reseller.
        BusinessPartner = "business_partner",
        /// The third-party company.
        Participant = "participant",
        /// ALE's support.
        Ale = "ale",
        /// The agent at the triage desk.
        Agent = "agent",
        /// The desk that quotes and bills the On-Demand Diagnostic.
        Finance = "finance",
        /// Whoever filed the eSR.
        Filer = "filer",
    }
}

/// The stages that each route has.
pub const STAGES: &[(Route, &[Stage])] = &[
    (Route::AleSupport, &[Stage::Open, Stage::AwaitingAccess]),
    (Route::ParticipantHotline, &[Stage::Open]),
    (
        Route::JointInvestigation,
        &[
            Stage::ParticipantFirst,
            Stage::ParticipantAnalysis,
            Stage::AnalysisInsufficient,
            Stage::AleEngaged,
            Stage::AwaitingAccess,
        ],
    ),
    (Route::OnDemandDiagnostic, &[Stage::Offer]),
    (Route::TechnicalAssistance, &[Stage::Open]),
    (
        Route::Returned,
        &[
            Stage::KnownLimitation,
            Stage::BusinessPartnerRequired,
            Stage::InformationRequired,
            Stage::AssistanceTicketRequired,
            Stage::ProfessionalServices,
            Stage::CommunityForum,
        ],
    ),
    (Route::AgentReview, &[Stage::Coverage, Stage::Scope]),
];

/// What a rule says: route and stage, and what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name in the table.
    pub id: String,
    /// Where the eSR goes.
    pub route: Route,
    /// How far along.
    pub stage: Stage,
    /// Whom the case then waits for.
    pub status: Status,
    /// Why, in plain sentences; stands after the sentences on coverage and scope.
    pub because: Template,
    /// What each side does now.
    pub next_steps: Vec<Step>,
    /// Where to turn.
    pub contact: Option<Turn>,
}

/// What one side does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The side.
    pub who: Side,
    /// What it does.
    pub what: Template,
}

/// Where an outcome sends people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// To the hotline of the participant that the eSR names.
    Participant,
    /// To a desk of the operator's.
    Desk(Contact),
}
