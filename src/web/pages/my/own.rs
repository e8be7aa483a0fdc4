//! Whose eSRs a visitor sees, and as whom the visitor acts: its company, on one side.

use axum::http::StatusCode;

use crate::access::Permission;
use crate::cases::{Actor, Role, Status};
use crate::intake::esr::{FiledBy, Filer, OwnCompany};
use crate::notify::endpoint::Language;
use crate::store::{SeenBy, StoredEsr};
use crate::triage::outcome::Side;
use crate::web::pages::case::Seat;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// A visitor's company.
#[derive(Debug, Clone)]
pub(super) struct Own {
    /// What it files under.
    pub(super) company: String,
    /// Its id in the registry, where it is a participant.
    pub(super) participant: Option<String>,
}

impl Own {
    /// The visitor's.
    ///
    /// # Errors
    /// For somebody who is with no company, or may follow none's eSRs.
    pub(super) fn of(visitor: &Visitor) -> Result<Self, Sorry> {
        if !visitor.can(Permission::AnswerOwn) {
            visitor.may(Permission::FileOwn)?;
        }
        let Some(company) = visitor.person.company.clone().filter(|company| !company.trim().is_empty()) else {
            let why = "Your account is with no company, so there are no eSRs of yours. Somebody who manages people can change that.";
            return Err(Sorry::new(StatusCode::FORBIDDEN, "No company", why));
        };
        let participant = visitor.person.participant.clone().filter(|_| visitor.can(Permission::AnswerOwn));
        Ok(Self { company, participant })
    }

    /// Which eSRs it sees.
    pub(super) fn sees(&self) -> SeenBy {
        match &self.participant {
            Some(id) => SeenBy::Participant { id: id.clone(), owner: self.company.clone() },
            None => SeenBy::Filer(self.company.clone()),
        }
    }

    /// As whom it files.
    pub(super) fn filed_by(&self) -> FiledBy {
        match &self.participant {
            Some(id) => FiledBy { filer: Filer::Participant, own_company: OwnCompany::Participant(id.clone()) },
            None => FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None },
        }
    }

    /// As timelines name it: the company, as with a key of its own. Who in person stands in the audit log.
    pub(super) fn actor(&self) -> Actor {
        let role = if self.participant.is_some() { Role::Participant } else { Role::BusinessPartner };
        Actor { role: Some(role), name: self.company.clone(), on_behalf_of: None }
    }

    /// The statuses in which a case waits for it.
    pub(super) fn waits(&self) -> &'static [Status] {
        match self.participant {
            Some(_) => &[Status::WaitingParticipant],
            None => &[Status::WaitingPartner, Status::WaitingPayment],
        }
    }

    /// Its place at a case; `None` when the case is not for it.
    pub(super) fn seat(&self, esr: &StoredEsr) -> Option<Seat> {
        let reached = self.participant.as_ref().is_some_and(|id| esr.reached.contains(id));
        let filed = esr.filer == self.company;
        let (side, party) = match &self.participant {
            Some(id) if reached || filed => (Side::Participant, id.clone()),
            None if filed => (Side::BusinessPartner, self.company.clone()),
            _ => return None,
        };
        let base = format!("/my/{}", esr.id);
        Some(Seat { side, party, actor: self.actor(), language: Language::En, base, by_link: false })
    }
}
