//! Who gets which message on which channel: the deliveries that commit with a decision. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::endpoint::{Endpoint, EndpointState, Language, MAIL_SYSTEM};
use super::event::{EventType, Notice};
use super::message::{OutboxRow, Told};
use super::policy::{Policy, Telling};
use crate::cases::{Status, reaches_participant};
use crate::intake::esr::{FiledBy, OwnCompany};
use crate::registry::index::Registry;
use crate::triage::outcome::Side;

/// An endpoint, and how its connector takes messages.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    /// A person reads it: nothing that is only for the record, nothing that moved nothing.
    pub mail: bool,
    /// It takes every message. Otherwise one decision gives it one message, the weightiest.
    pub every_message: bool,
}

/// All endpoints, by whose they are.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    by_party: HashMap<(Side, Option<String>), Vec<Receiver>>,
    by_id: HashMap<String, Receiver>,
}

impl Directory {
    /// The directory of these receivers.
    #[must_use]
    pub fn new(receivers: Vec<Receiver>) -> Self {
        let mut directory = Self::default();
        for receiver in receivers {
            let endpoint = &receiver.endpoint;
            if endpoint.id != MAIL_SYSTEM && !endpoint.is_removed() {
                let party = (endpoint.side, endpoint.owner.clone());
                directory.by_party.entry(party).or_default().push(receiver.clone());
            }
            directory.by_id.insert(endpoint.id.clone(), receiver);
        }
        directory
    }

    /// The endpoint of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Receiver> {
        self.by_id.get(id)
    }

    /// Every endpoint.
    pub fn all(&self) -> impl Iterator<Item = &Receiver> {
        self.by_id.values()
    }

    fn of(&self, side: Side, owner: Option<&str>) -> &[Receiver] {
        self.by_party.get(&(side, owner.map(str::to_owned))).map_or(&[], Vec::as_slice)
    }
}

/// A message for one receiver, to be stored with the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id (`dlv_...`).
    pub id: String,
    /// The message.
    pub message_id: String,
    /// Order among the deliveries of a case to one receiver.
    pub seq: i64,
    /// The side that is told.
    pub side: Side,
    /// Who that is: a partner's owner name, a participant's id, a desk.
    pub party: String,
    /// How it is told.
    pub notice: Notice,
    /// The endpoint; none when no channel to this side is known.
    pub endpoint_id: Option<String>,
    /// The mail address, where the mail system is the channel.
    pub address: String,
    /// The language of its sentences.
    pub language: Language,
    /// Until when this side is to answer.
    pub answer_by: Option<Timestamp>,
    /// Why it cannot be sent: its endpoint is disabled. It waits for a replay.
    pub disabled: bool,
}

/// What recipients are found with.
#[derive(Clone, Copy)]
pub struct To<'a> {
    /// Who is told what.
    pub policy: &'a Policy,
    /// On which channel.
    pub directory: &'a Directory,
    /// Where a participant's hotline is.
    pub registry: &'a Registry,
    /// Who filed.
    pub filed_by: &'a FiledBy,
    /// The participants that the case reached before.
    pub reached: &'a [String],
    /// The endpoint that the news came from: it is not told its own words.
    pub origin: Option<&'a str>,
    /// The language of those who chose none.
    pub language: Language,
    /// Whether mail can be sent.
    pub mail: bool,
}

/// A side of this case.
struct Party<'a> {
    side: Side,
    name: String,
    receivers: &'a [Receiver],
    /// The address that is written to when it has no endpoint.
    address: Option<String>,
}

/// The deliveries of these messages. `id` gives a new delivery's id.
#[must_use]
pub fn deliveries(
    told: &Told<'_>,
    messages: &[OutboxRow],
    to: &To<'_>,
    mut id: impl FnMut() -> String,
) -> Vec<NewDelivery> {
    let mut all: Vec<NewDelivery> = Vec::new();
    let tellings: Vec<_> = messages
        .iter()
        .map(|message| to.policy.telling(message.event_type, &told.decision.route, &told.decision.stage))
        .collect();
    for side in super::policy::TOLD {
        let mut notices: Vec<(usize, Notice)> = Vec::new();
        for (at, telling) in tellings.iter().enumerate() {
            let notice = telling.and_then(|telling| telling.sides.iter().find(|(told, _)| *told == side));
            notices.extend(notice.map(|(_, notice)| (at, *notice)));
        }
        if side == Side::Agent && notices.is_empty() && needs_agent(told) {
            notices.push((0, Notice::YourTurn));
        }
        if notices.is_empty() {
            continue;
        }
        let desk = tellings.iter().flatten().find_map(|telling| telling.desk.as_ref());
        let Some(party) = party(side, told, to, desk.and_then(|desk| desk.email.clone())) else { continue };
        let mut add = |at: usize, notice: Notice, receiver: Option<&Receiver>| {
            let (endpoint_id, address) = match (receiver, &party.address) {
                (Some(receiver), _) => (Some(receiver.endpoint.id.clone()), String::new()),
                (None, Some(address)) => (Some(MAIL_SYSTEM.to_owned()), address.clone()),
                (None, None) => (None, String::new()),
            };
            let message = &messages[at];
            let twice = all.iter().any(|other| {
                other.message_id == message.id
                    && endpoint_id.is_some()
                    && other.endpoint_id == endpoint_id
                    && other.address == address
            });
            if twice || (receiver.is_some() && endpoint_id.as_deref() == to.origin) {
                return;
            }
            all.push(NewDelivery {
                id: id(),
                message_id: message.id.clone(),
                seq: told.revision * 16 + at as i64,
                side: party.side,
                party: party.name.clone(),
                notice,
                endpoint_id,
                address,
                language: receiver.map_or(to.language, |receiver| receiver.endpoint.language),
                answer_by: answer_by(told, side, tellings[at]),
                disabled: receiver.is_some_and(|receiver| receiver.endpoint.state == EndpointState::Disabled),
            });
        };
        for receiver in party.receivers {
            let takes = |&&(at, _): &&(usize, Notice)| receiver.endpoint.takes(messages[at].event_type);
            if receiver.every_message {
                notices.iter().filter(takes).for_each(|(at, notice)| add(*at, *notice, Some(receiver)));
            } else if let Some((at, notice)) = weightiest(notices.iter().filter(takes), messages, told, receiver.mail) {
                add(at, notice, Some(receiver));
            }
        }
        if party.receivers.is_empty()
            && let Some((at, notice)) = weightiest(notices.iter(), messages, told, true)
        {
            add(at, notice, None);
        }
    }
    all
}

/// Whether the case begins to wait for an agent.
fn needs_agent(told: &Told<'_>) -> bool {
    told.status == Status::WaitingAgent && told.status_before != Some(Status::WaitingAgent)
}

/// The one notice that a receiver of one message a decision gets.
fn weightiest<'a>(
    notices: impl Iterator<Item = &'a (usize, Notice)>,
    messages: &[OutboxRow],
    told: &Told<'_>,
    mail: bool,
) -> Option<(usize, Notice)> {
    let quiet = |at: usize| messages[at].event_type == EventType::EsrUpdated && !told.moved();
    notices
        .filter(|(at, notice)| !mail || (*notice != Notice::Record && !quiet(*at)))
        .max_by_key(|(_, notice)| *notice)
        .copied()
}

/// Until when a side is to answer: only the side that the case waits for.
fn answer_by(told: &Told<'_>, side: Side, telling: Option<&Telling>) -> Option<Timestamp> {
    let whose = match told.status {
        Status::WaitingPartner | Status::WaitingPayment => Side::BusinessPartner,
        Status::WaitingParticipant => Side::Participant,
        Status::WaitingAle => Side::Ale,
        Status::WaitingAgent => Side::Agent,
        Status::Open | Status::Closed => return None,
    };
    let time = telling?.answer_by.filter(|_| whose == side)?;
    told.at.checked_add(time).ok()
}

/// Who a side is in this case; none where it has no part in it.
fn party<'a>(side: Side, told: &Told<'_>, to: &To<'a>, desk: Option<String>) -> Option<Party<'a>> {
    let named = |side: Side, name: &str| {
        let (receivers, address) = ways(side, name, desk, to);
        Party { side, name: name.to_owned(), receivers, address }
    };
    match side {
        Side::BusinessPartner | Side::Filer => Some(match &to.filed_by.own_company {
            OwnCompany::Participant(id) => named(Side::Participant, id),
            _ => named(Side::BusinessPartner, told.filer),
        }),
        Side::Participant => {
            let id = told.decision.evidence.participant.as_deref()?;
            let reached = reaches_participant(&told.decision.route) || to.reached.iter().any(|reached| reached == id);
            reached.then(|| named(side, id))
        }
        Side::Ale | Side::Agent | Side::Finance => Some(named(side, side.as_str())),
    }
}

/// The endpoints of a party, and the mail address that it is written to where it has none.
fn ways<'a>(side: Side, party: &str, desk: Option<String>, to: &To<'a>) -> (&'a [Receiver], Option<String>) {
    let email = || to.policy.desk(side).and_then(|desk| desk.email.clone());
    let (owner, address) = match side {
        Side::BusinessPartner | Side::Filer => (Some(party), None),
        Side::Participant => {
            (Some(party), to.registry.participant_by_id(party).and_then(|known| known.hotline.email.clone()))
        }
        Side::Ale => (None, desk.or_else(email)),
        Side::Agent | Side::Finance => (None, email()),
    };
    (to.directory.of(side, owner), address.filter(|_| to.mail))
}

/// Where a party that had no channel when a message was stored is reached now: the endpoint, and the address where that
/// is the mail system.
#[must_use]
pub fn channel(
    side: Side,
    party: &str,
    event: EventType,
    (route, stage): (&str, &str),
    to: &To<'_>,
) -> Option<(String, String)> {
    let desk = to.policy.telling(event, route, stage).and_then(|telling| telling.desk.as_ref());
    let (receivers, address) = ways(side, party, desk.and_then(|desk| desk.email.clone()), to);
    if receivers.is_empty() {
        return address.map(|address| (MAIL_SYSTEM.to_owned(), address));
    }
    let takes =
        |receiver: &&Receiver| receiver.endpoint.state == EndpointState::Enabled && receiver.endpoint.takes(event);
    receivers.iter().find(takes).map(|receiver| (receiver.endpoint.id.clone(), String::new()))
}

#[cfg(test)]
mod tests;
