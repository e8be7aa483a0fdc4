//! What a connector's templates see of one delivery.

use serde_json::{Value, json};

use crate::app::App;
use crate::notify::endpoint::{Endpoint, Payload};
use crate::notify::payload::thin;
use crate::store::{Claimed, Counterpart, StoreError};

/// The context of a delivery, as `integrations/README.md` describes it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(app: &App, endpoint: &Endpoint, delivery: &Claimed) -> Result<Value, StoreError> {
    let message: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
    let needs_remote = app.connectors.get(&endpoint.connector).is_some_and(|definition| definition.follows_up());
    let known = match needs_remote {
        true => app.store.counterparts(&delivery.esr_id).await?,
        false => Vec::new(),
    };
    let remote = known.iter().find(|known| known.endpoint_id == delivery.endpoint_id).map(remote);
    let data = &message["data"];
    Ok(json!({
        "notice": {
            "id": delivery.message_id,
            "kind": delivery.notice,
            "type": delivery.event_type,
            "timestamp": message["timestamp"],
            "test": false,
        },
        "text": text(delivery, data),
        "link": Value::Null,
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

/// The sentences for a person.
fn text(delivery: &Claimed, data: &Value) -> Value {
    let _ = delivery;
    let text = |at: &str| data.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = format!("eSR {}: {}", text("/reference"), text("/esr/summary"));
    let lines = vec![text("/decision/because")];
    json!({ "title": title, "body": lines.join("\n"), "lines": lines })
}
