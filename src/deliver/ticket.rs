//! What the other side called its ticket becomes a part of the case.

use serde_json::json;

use crate::app::App;
use crate::cases::{Actor, Role};
use crate::connectors::Receipt;
use crate::flow::{self, Change, Heard, Refused, Ticket};
use crate::notify::endpoint::Endpoint;
use crate::store::Claimed;
use crate::triage::outcome::Side;

/// Remembers the ticket before the delivery counts as delivered: what came back is never lost, and heard twice it changes
/// nothing. A participant's number is what the decision waits for (9.2.3 case 3).
///
/// # Errors
/// When it cannot be stored.
pub(super) async fn remember(
    app: &App,
    endpoint: &Endpoint,
    delivery: &Claimed,
    receipt: Receipt,
) -> Result<(), Refused> {
    let Receipt { id, number, url } = receipt;
    if id.is_none() && number.is_none() && url.is_none() {
        return Ok(());
    }
    let said = match (endpoint.side, &number) {
        (Side::Participant, Some(number)) => {
            let esr = app.store.esr(&delivery.esr_id).await?.ok_or(Refused::NotFound)?;
            // A number that somebody gave before stays.
            let known = esr.body.pointer("/participant_case/number").and_then(|known| known.as_str());
            known
                .is_none_or(|known| known.trim().is_empty())
                .then(|| json!({ "participant_case": { "number": number } }))
        }
        _ => None,
    };
    let heard = Heard {
        side: endpoint.side,
        said: said.as_ref(),
        ticket: Some(Ticket { number, remote_id: id, url, status: None }),
        closed: false,
        note: json!({ "through": endpoint.name }),
        endpoint: Some(&endpoint.id),
    };
    let actor = actor(app, endpoint);
    flow::change(app, &delivery.esr_id, &actor, Change::Heard(heard), None).await.map(drop)
}

/// Who speaks through an endpoint.
pub(crate) fn actor(app: &App, endpoint: &Endpoint) -> Actor {
    let registry = app.evaluator().registry;
    let participant = endpoint.owner.as_deref().and_then(|owner| registry.participant_by_id(owner));
    let (role, name) = match endpoint.side {
        Side::Participant => (Some(Role::Participant), participant.map(|participant| participant.name.clone())),
        Side::BusinessPartner | Side::Filer => (Some(Role::BusinessPartner), None),
        Side::Ale | Side::Agent | Side::Finance => (None, None),
    };
    let name = name.or_else(|| endpoint.owner.clone()).unwrap_or_else(|| endpoint.name.clone());
    Actor { role, name, on_behalf_of: None }
}
