//! What a connector's templates see of one delivery.

use serde_json::{Value, json};

use crate::app::App;
use crate::mail::{Letter, compose_text, link_for};
use crate::notify::endpoint::{Endpoint, Payload};
use crate::notify::payload::thin;
use crate::store::{Claimed, Counterpart, StoreError};

/// The context of a delivery, as `integrations/README.md` describes it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(app: &App, endpoint: &Endpoint, delivery: &Claimed) -> Result<Value, StoreError> {
    let message: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
    let definition = app.connectors.get(&endpoint.connector);
    let known = match definition.is_some_and(|definition| definition.follows_up()) {
        true => app.store.counterparts(&delivery.esr_id).await?,
        false => Vec::new(),
    };
    let remote = known.iter().find(|known| known.endpoint_id == delivery.endpoint_id).map(remote);
    let data = &message["data"];
    let settings = app.letters.as_ref();
    // A receiver of messages as they are has no use for sentences, which take longer to write than all the rest.
    let sentences = definition.is_none_or(|definition| !definition.takes_messages());
    let counter = if sentences && settings.is_some() { counter(app, delivery).await? } else { 0 };
    let letter = letter(delivery, &message, counter);
    let link =
        settings.filter(|_| sentences).and_then(|set| link_for(&letter, &set.key, &set.public_url, set.link_life));
    Ok(json!({
        "notice": {
            "id": delivery.message_id,
            "kind": delivery.notice,
            "type": delivery.event_type,
            "timestamp": message["timestamp"],
            "test": false,
        },
        "text": sentences.then(|| compose_text(&letter)),
        "link": link,
        "esr": data["esr"],
        "decision": data["decision"],
        "numbers": data["numbers"],
        "data": data,
        "remote": remote,
        "endpoint": { "name": endpoint.name, "language": endpoint.language, "settings": endpoint.settings },
        "message": if endpoint.payload == Payload::Thin { thin(&message) } else { message.clone() },
    }))
}

fn remote(known: &Counterpart) -> Value {
    json!({ "id": known.remote_id, "number": known.number, "url": known.url })
}

/// The counter of the links of whom a delivery is for.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn counter(app: &App, delivery: &Claimed) -> Result<u16, StoreError> {
    app.store.link_counter(&delivery.esr_id, delivery.side, &delivery.party).await
}

/// The delivery as a letter; `message` is its payload, `counter` that of the reader's links.
pub(super) fn letter<'a>(delivery: &'a Claimed, message: &'a Value, counter: u16) -> Letter<'a> {
    Letter {
        message_id: &delivery.message_id,
        at: message["timestamp"].as_str().and_then(|at| at.parse().ok()).unwrap_or(delivery.tried_from),
        data: &message["data"],
        notice: delivery.notice,
        side: delivery.side,
        party: &delivery.party,
        address: &delivery.address,
        language: delivery.language,
        answer_by: delivery.answer_by,
        test: false,
        counter,
        linked_at: delivery.tried_from,
    }
}
