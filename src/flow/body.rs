//! The eSR's body, with what is said put in place of what was said.

use serde_json::{Value, json};

/// What has to be said for a trace to be among those of the participant's case; `None` when it is.
pub(super) fn with_trace(body: &Value, name: &str) -> Option<Value> {
    let traces = body["participant_case"]["traces"].as_array();
    let mut traces = traces.cloned().unwrap_or_default();
    if traces.iter().any(|known| known == name) {
        return None;
    }
    traces.push(name.into());
    Some(json!({ "participant_case": { "traces": traces } }))
}

/// What stood where something is said now; null where nothing did.
pub(super) fn replaced(before: &Value, said: &Value) -> Value {
    match said {
        Value::Object(map) => {
            let old = map.iter().map(|(key, value)| (key.clone(), replaced(&before[key.as_str()], value)));
            let old: serde_json::Map<_, _> = old.filter(|(_, value)| !value.is_null()).collect();
            if old.is_empty() { Value::Null } else { Value::Object(old) }
        }
        _ => before.clone(),
    }
}

/// What was said, with the new keys in place of the old; objects merge key by key, null takes away.
pub(crate) fn merged(before: &Value, said: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, said) else { return said.clone() };
    let mut all = old.clone();
    for (key, value) in new {
        if value.is_null() {
            all.remove(key);
        } else {
            let value = match all.get(key) {
                Some(old @ Value::Object(_)) if value.is_object() => merged(old, value),
                _ => merged(&json!({}), value),
            };
            all.insert(key.clone(), value);
        }
    }
    Value::Object(all)
}
