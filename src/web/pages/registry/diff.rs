//! What differs between two versions of an entry, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::store::Entry;

/// So much of a value is shown.
const SHOWN: usize = 160;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// Which: `releases R101.1, codes`.
    pub(super) field: String,
    pub(super) was: Option<String>,
    pub(super) now: Option<String>,
}

/// An entry as JSON.
pub(super) fn json(entry: &Entry) -> Value {
    match entry {
        Entry::Platform(entry) => serde_json::json!(entry),
        Entry::Participant(entry) => serde_json::json!(entry),
        Entry::Solution(entry) => serde_json::json!(entry),
        Entry::Report(entry) => serde_json::json!(entry),
    }
}

/// The fields that differ; all of them where there is one side alone.
pub(super) fn diff(before: Option<&Entry>, after: Option<&Entry>) -> Vec<Changed> {
    let flat = |entry: Option<&Entry>| {
        let mut fields = BTreeMap::new();
        if let Some(entry) = entry {
            flatten("", &json(entry), &mut fields);
        }
        fields
    };
    let (before, mut after) = (flat(before), flat(after));
    let mut changed = Vec::new();
    for (field, was) in before {
        match after.remove(&field) {
            Some(now) if now == was => {}
            now => changed.push(Changed { field, was: Some(cut(&was)), now: now.map(|now| cut(&now)) }),
        }
    }
    changed.extend(after.into_iter().map(|(field, now)| Changed { field, was: None, now: Some(cut(&now)) }));
    changed.sort_by(|a, b| a.field.cmp(&b.field));
    changed
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let beneath =
        |key: &str| if path.is_empty() { key.replace('_', " ") } else { format!("{path}, {}", key.replace('_', " ")) };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(&beneath(key), value, into);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                // What names a row, so that a row in another place is the same row.
                let name = ["id", "release", "api"].iter().find_map(|key| item.get(key)?.as_str());
                let mut place = format!("{path} {}", name.map_or_else(|| (at + 1).to_string(), str::to_owned));
                while into.keys().any(|known| known.starts_with(&format!("{place}, "))) {
                    place.push('\'');
                }
                flatten(&place, item, into);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            into.insert(path.to_owned(), texts.join(" | "));
        }
        Value::String(text) => drop(into.insert(path.to_owned(), text.clone())),
        other => drop(into.insert(path.to_owned(), other.to_string())),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(releases: Value, name: &str) -> Entry {
        let value = serde_json::json!({"id": "oxe", "name": name, "releases": releases});
        Entry::Platform(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn a_row_in_another_place_is_no_change_and_a_field_of_it_is_one() {
        let one = serde_json::json!([{"release": "R1", "codes": ["A"]}, {"release": "R2"}]);
        let other = serde_json::json!([{"release": "R2"}, {"release": "R1", "codes": ["A", "B"]}]);
        let found = diff(Some(&platform(one, "OXE")), Some(&platform(other, "OXE")));
        let (field, was, now) = ("releases R1, codes".to_owned(), Some("A".to_owned()), Some("A | B".to_owned()));
        assert_eq!(found, [Changed { field, was, now }]);
    }
}
