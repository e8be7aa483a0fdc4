//! What another side's system or letter says of a case.

use serde_json::{Value, json};

use crate::cases::Actor;
use crate::store::Counterpart;
use crate::triage::outcome::Side;

/// What another side's system or letter said.
pub struct Heard<'a> {
    /// Which side.
    pub side: Side,
    /// What it says about the eSR, as an update.
    pub said: Option<&'a Value>,
    /// What became known of its ticket.
    pub ticket: Option<Ticket>,
    /// Whether it closed its ticket.
    pub closed: bool,
    /// Where it came from, and what else it said: for the timeline.
    pub note: Value,
    /// The endpoint that it came through; it is not told its own words.
    pub endpoint: Option<&'a str>,
}

/// Another side's ticket, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    /// The number that people use.
    pub number: Option<String>,
    /// What the other system calls it.
    pub remote_id: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The other side's own word for its state.
    pub status: Option<String>,
}

/// What is known of a side's ticket now, if that is anything new.
pub(super) fn known_now(
    heard: &Heard<'_>,
    esr_id: &str,
    actor: &Actor,
    at: jiff::Timestamp,
    before: &[Counterpart],
) -> Option<Counterpart> {
    let (ticket, endpoint) = heard.ticket.as_ref().zip(heard.endpoint)?;
    let known = before.iter().find(|known| known.endpoint_id == endpoint);
    let new = |new: &Option<String>, old: fn(&Counterpart) -> &Option<String>| {
        new.is_some() && known.is_none_or(|known| old(known) != new)
    };
    let anything = new(&ticket.number, |known| &known.number)
        || new(&ticket.remote_id, |known| &known.remote_id)
        || new(&ticket.url, |known| &known.url)
        || new(&ticket.status, |known| &known.status);
    let Ticket { number, remote_id, url, status } = ticket.clone();
    anything.then(|| Counterpart {
        esr_id: esr_id.to_owned(),
        endpoint_id: endpoint.to_owned(),
        side: heard.side,
        party: actor.name.clone(),
        number,
        remote_id,
        url,
        status,
        updated_at: at,
    })
}

pub(super) fn heard_data(heard: &Heard<'_>) -> Value {
    let ticket = heard.ticket.as_ref();
    json!({
        "side": heard.side,
        "said": heard.said,
        "number": ticket.and_then(|ticket| ticket.number.as_ref()),
        "status": ticket.and_then(|ticket| ticket.status.as_ref()),
        "closed": heard.closed,
        "note": heard.note,
    })
}
