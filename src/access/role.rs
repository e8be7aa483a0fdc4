//! Roles, and the one table of what they permit.

use crate::closed::closed;

closed! {
    /// What a person is to the service.
    Role {
        /// Reads, questions and overrides decisions.
        Agent = "agent",
        /// An agent who also shares views, and sends many messages again at once.
        Lead = "lead",
        /// Keeps the registry of certification reports.
        RegistryEditor = "registry_editor",
        /// Runs the service: connectors, deliveries, rules, who may sign in.
        Operator = "operator",
        /// Reads everything, the audit log too, and changes nothing.
        Auditor = "auditor",
        /// Somebody at an ALE reseller: files eSRs and follows its company's own.
        BusinessPartner = "business_partner",
        /// Somebody at a company of the program: follows what reached it, and answers.
        Participant = "participant",
    }
}

closed! {
    /// One thing that a person may be allowed to do.
    Permission {
        /// Read every case.
        SeeCases = "see_cases",
        /// Update, override, contest and annotate cases, settle near names, file on behalf of a partner.
        WorkCases = "work_cases",
        /// Share saved views with everybody.
        ShareViews = "share_views",
        /// Read the registry, its history, and ask it.
        SeeRegistry = "see_registry",
        /// Remember another name for an entry.
        AddAlias = "add_alias",
        /// Change and import the registry.
        EditRegistry = "edit_registry",
        /// Read the routing table, try facts and candidate tables on it.
        SeeRules = "see_rules",
        /// Read what was sent to whom, and what came back.
        SeeDeliveries = "see_deliveries",
        /// Send one message again.
        Replay = "replay",
        /// Send many messages again at once.
        ReplayMany = "replay_many",
        /// Add, change, switch and test connectors' endpoints.
        RunConnectors = "run_connectors",
        /// Add people, give roles, end sessions.
        ManagePeople = "manage_people",
        /// Read and export the audit log.
        SeeAudit = "see_audit",
        /// File eSRs for one's own company, follow them and answer what is asked.
        FileOwn = "file_own",
        /// Follow and answer the cases that reached one's own company.
        AnswerOwn = "answer_own",
    }
}

impl Role {
    /// What it is called, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Lead => "Lead",
            Self::RegistryEditor => "Registry editor",
            Self::Operator => "Operator",
            Self::Auditor => "Auditor",
            Self::BusinessPartner => "Business partner",
            Self::Participant => "Participant",
        }
    }

    /// What it permits.
    #[must_use]
    pub fn permits(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::BusinessPartner => permission == P::FileOwn,
            Self::Participant => permission == P::AnswerOwn,
            // Everybody who works here reads the same; they differ in what they may change.
            _ if matches!(permission, P::SeeCases | P::SeeRegistry | P::SeeRules | P::SeeDeliveries) => true,
            Self::Agent => matches!(permission, P::WorkCases | P::AddAlias | P::Replay),
            Self::Lead => {
                matches!(
                    permission,
                    P::WorkCases | P::AddAlias | P::Replay | P::ReplayMany | P::ShareViews | P::SeeAudit
                )
            }
            Self::RegistryEditor => matches!(permission, P::AddAlias | P::EditRegistry),
            Self::Operator => {
                matches!(permission, P::Replay | P::ReplayMany | P::RunConnectors | P::ManagePeople | P::SeeAudit)
            }
            Self::Auditor => permission == P::SeeAudit,
        }
    }

    /// Whether it is one of the service's own people, not of a company outside.
    #[must_use]
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::BusinessPartner | Self::Participant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_somebodys_and_companies_outside_have_their_own_alone() {
        for permission in Permission::ALL {
            assert!(Role::ALL.iter().any(|role| role.permits(*permission)), "{permission}");
        }
        let outside = |role: Role| Permission::ALL.iter().filter(|one| role.permits(**one)).count();
        assert_eq!((outside(Role::BusinessPartner), outside(Role::Participant)), (1, 1));
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let may: Vec<_> = Permission::ALL.iter().filter(|one| Role::Auditor.permits(**one)).collect();
        assert!(may.iter().all(|permission| permission.as_str().starts_with("see_")), "{may:?}");
    }
}
