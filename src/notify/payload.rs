//! What a webhook's receiver gets of a message, full or thin, and the JSON Schema of each.
//!
//! The schemas are files, which receivers can read and generate code from: `integrations/webhook/schemas/`. They share
//! `definitions.json` there; the server publishes each with these definitions in it, so that it stands alone.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::endpoint::Payload;
use super::event::EventType;

/// What a thin message says.
const THIN: [&str; 4] = ["id", "reference", "revision", "status"];

/// A stored message as an endpoint gets it.
#[must_use]
pub fn payload(message: &Value, how_much: Payload) -> Cow<'_, Value> {
    match how_much {
        Payload::Full => Cow::Borrowed(message),
        Payload::Thin => Cow::Owned(thin(message)),
    }
}

/// A message cut to the ids and the status: a receiver that may not keep more asks for the rest, with its own credential.
#[must_use]
pub fn thin(message: &Value) -> Value {
    let kept = |from: &Value, keys: &[&str]| -> Map<String, Value> {
        let found = keys.iter().filter_map(|key| Some(((*key).to_owned(), from.get(key)?.clone())));
        found.collect()
    };
    let mut cut = kept(message, &["type", "timestamp"]);
    cut.insert("data".to_owned(), kept(&message["data"], &THIN).into());
    cut.into()
}

const DEFINITIONS: &str = include_str!("../../integrations/webhook/schemas/definitions.json");

macro_rules! schemas {
    ($($event:ident = $name:literal),+ $(,)?) => {
        fn text(event: EventType, how_much: Payload) -> &'static str {
            match (event, how_much) {
                $((EventType::$event, Payload::Full) =>
                    include_str!(concat!("../../integrations/webhook/schemas/", $name, ".json")),
                (EventType::$event, Payload::Thin) =>
                    include_str!(concat!("../../integrations/webhook/schemas/", $name, ".thin.json")),)+
            }
        }
    };
}

schemas! {
    EsrDecided = "esr.decided",
    EsrUpdated = "esr.updated",
    EsrEscalated = "esr.escalated",
    DiagnosticOffered = "diagnostic.offered",
    DiagnosticPaid = "diagnostic.paid",
    CaseClosed = "case.closed",
}

/// The name of a schema's file: `esr.decided.thin.json`.
#[must_use]
pub fn schema_name(event: EventType, how_much: Payload) -> String {
    match how_much {
        Payload::Full => format!("{event}.json"),
        Payload::Thin => format!("{event}.thin.json"),
    }
}

/// The JSON Schema (2020-12) of a message, with the definitions that it needs in it.
///
/// # Errors
/// Never, as long as the files are what the tests saw.
pub fn schema(event: EventType, how_much: Payload) -> serde_json::Result<Value> {
    let mut schema: Value = serde_json::from_str(&text(event, how_much).replace("\"definitions.json#", "\"#"))?;
    let definitions: Value = serde_json::from_str(DEFINITIONS)?;
    schema["$defs"] = definitions["$defs"].clone();
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thin_message_has_the_ids_and_the_status_and_nothing_else() {
        let data =
            json!({ "id": "esr_1", "reference": "BP-1", "revision": 2, "status": "open", "esr": {}, "filer": "acme" });
        let message = json!({ "type": "esr.updated", "timestamp": "1970-01-01T00:00:00Z", "data": data });
        let cut = json!({ "id": "esr_1", "reference": "BP-1", "revision": 2, "status": "open" });
        let cut = json!({ "type": "esr.updated", "timestamp": "1970-01-01T00:00:00Z", "data": cut });
        assert_eq!(thin(&message), cut);
        assert_eq!(*payload(&message, Payload::Thin), cut);
        assert_eq!(*payload(&message, Payload::Full), message);
    }

    #[test]
    fn every_schema_stands_alone_and_is_of_its_own_type() {
        for &event in EventType::ALL {
            for &how_much in Payload::ALL {
                let schema = schema(event, how_much).unwrap();
                assert_eq!(schema["properties"]["type"]["const"], event.as_str());
                assert!(!schema.to_string().contains("definitions.json"));
            }
        }
    }
}
