//! Who has a case before them, and what they may do there.

use serde_json::{Value, json};

use crate::cases::{Actor, Status, reaches_participant};
use crate::flow::numbers;
use crate::intake::esr::{Filer, OwnCompany};
use crate::intake::parse;
use crate::mail::{Content, Letter, Words};
use crate::notify::Notice;
use crate::notify::endpoint::Language;
use crate::store::{DeliveryFilter, StoreError, StoredEsr};
use crate::triage::outcome::Side;
use crate::web::Web;

/// Somebody outside, at one case.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Seat {
    /// On which side: a participant, the filer (as a business partner), an agent, or a desk that only looks.
    pub(in crate::web::pages) side: Side,
    /// Who: the filer's name, a participant's id, a desk.
    pub(in crate::web::pages) party: String,
    /// As timelines name it.
    pub(in crate::web::pages) actor: Actor,
    /// What it reads.
    pub(in crate::web::pages) language: Language,
    /// Where the page is, without a query.
    pub(in crate::web::pages) base: String,
    /// Whether a letter's link opened it; else somebody is signed in.
    pub(in crate::web::pages) by_link: bool,
}

impl Seat {
    pub(in crate::web::pages) fn words(&self) -> &'static Words {
        Words::of(self.language)
    }

    /// The address of one of the page's acts; the language goes along where nobody is signed in to have one.
    pub(in crate::web::pages) fn to(&self, act: &str) -> String {
        let lang = if self.by_link { format!("?lang={}", self.language) } else { String::new() };
        format!("{}{act}{lang}", self.base)
    }
}

/// Whether that participant, by its id, filed the case itself.
pub(super) fn is_filer(esr: &StoredEsr, participant: &str) -> bool {
    esr.filed_by.filer == Filer::Participant
        && matches!(&esr.filed_by.own_company, OwnCompany::Participant(id) if id == participant)
}

/// A case that somebody opened.
pub(in crate::web::pages) struct Open {
    pub(in crate::web::pages) seat: Seat,
    pub(in crate::web::pages) esr: StoredEsr,
    /// As messages tell it.
    data: Value,
    /// Until when this side is to answer.
    answer_by: Option<jiff::Timestamp>,
}

impl Open {
    /// The case before whoever sits there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::web::pages) async fn new(web: &Web, seat: Seat, esr: StoredEsr) -> Result<Self, StoreError> {
        let told = DeliveryFilter {
            esr_id: Some(esr.id.clone()),
            side: Some(seat.side),
            party: Some(seat.party.clone()),
            ..DeliveryFilter::default()
        };
        let (tickets, told) =
            tokio::try_join!(web.app.store.counterparts(&esr.id), web.app.store.deliveries(&told, None, 5))?;
        let numbers = parse::esr(&esr.body).map(|read| numbers(&read, &esr.filer, &tickets)).unwrap_or_default();
        let data = json!({
            "id": esr.id, "reference": esr.decision.reference, "filer": esr.filer, "revision": esr.revision,
            "status": esr.status, "decision": esr.decision, "esr": esr.body, "numbers": numbers,
        });
        let answer_by = told.items.iter().find_map(|delivery| delivery.answer_by);
        Ok(Self { seat, esr, data, answer_by })
    }

    /// Whether the case waits for this side.
    pub(in crate::web::pages) fn waits(&self) -> bool {
        let side = self.seat.side;
        match self.esr.status {
            Status::WaitingPartner | Status::WaitingPayment => side == Side::BusinessPartner || self.filed(),
            Status::WaitingParticipant => side == Side::Participant,
            Status::WaitingAle => side == Side::Ale,
            Status::WaitingAgent => side == Side::Agent,
            Status::Open | Status::Closed => false,
        }
    }

    /// Whether this side filed the case.
    pub(in crate::web::pages) fn filed(&self) -> bool {
        match self.seat.side {
            Side::BusinessPartner | Side::Filer => true,
            Side::Participant => is_filer(&self.esr, &self.seat.party),
            _ => false,
        }
    }

    /// What there is to say, and whether the participant's answer moves the case on.
    fn said(&self) -> (Content, bool) {
        let notice = match self.esr.status {
            Status::Closed => Notice::Closed,
            _ if self.filed() && self.esr.decision.route == "on_demand_diagnostic" => Notice::Offer,
            _ if self.waits() => Notice::YourTurn,
            _ => Notice::ForInformation,
        };
        crate::mail::page(&Letter {
            message_id: "",
            at: self.esr.updated_at,
            data: &self.data,
            notice,
            side: self.seat.side,
            party: &self.seat.party,
            address: "",
            language: self.seat.language,
            answer_by: self.answer_by.filter(|_| self.waits()),
            test: false,
            counter: 0,
            linked_at: self.esr.updated_at,
        })
    }

    /// What there is to say.
    pub(super) fn content(&self) -> Content {
        self.said().0
    }

    /// Whether this side is the participant whose answer moves the case on.
    pub(super) fn may_answer(&self) -> bool {
        self.said().1
    }

    /// Whether this side may correct what was filed.
    pub(super) fn may_update(&self) -> bool {
        self.filed() && self.esr.status != Status::Closed
    }

    /// Whether this side may dispute where the case goes: the filer, whatever the route, and a participant that has it.
    pub(super) fn may_contest(&self) -> bool {
        let has_it = self.seat.side == Side::Participant && reaches_participant(&self.esr.decision.route);
        self.esr.status != Status::Closed && (self.filed() || has_it)
    }

    /// Whether this side may add files; an agent who is signed in may as long as the case is open.
    pub(super) fn may_attach(&self) -> bool {
        let agent = self.seat.side == Side::Agent && !self.seat.by_link;
        self.may_contest() || (agent && self.esr.status != Status::Closed)
    }
}
