//! What counts as "the same content" when a filer sends the same reference again (contract section 6).

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::hash::hex;

/// The eSR's own keys and, for those that hold objects, the keys within.
pub const KEYS: &[(&str, &[&str])] = &[
    ("reference", &[]),
    ("phase", &[]),
    ("severity", &[]),
    ("summary", &[]),
    ("description", &[]),
    ("occurred_at", &[]),
    ("customer", &["name", "site", "country"]),
    ("platform", &["product", "release", "patch"]),
    ("third_party", &["company", "solution", "release"]),
    ("feature", &[]),
    ("responsibility", &[]),
    ("system_access", &[]),
    ("participant_case", &["number", "conclusion", "findings", "traces"]),
    ("assistance_topic", &[]),
];

/// SHA-256, in hex, over the eSR's own keys: equal JSON values give equal hashes, whatever the order of keys, the
/// white space, the way numbers are written (2 and 2.0) and the unknown keys at any level.
#[must_use]
pub fn content_hash(value: &Value) -> String {
    let mut canonical = String::new();
    match value.as_object() {
        Some(map) => write_known(map, &mut canonical),
        None => write_value(value, &mut canonical),
    }
    hex(&Sha256::digest(canonical))
}

fn write_known(map: &Map<String, Value>, out: &mut String) {
    let known = KEYS.iter().filter_map(|(key, within)| Some((*key, *within, map.get(*key)?)));
    write_object(known, out, |(key, within, value), out| {
        write_key(key, out);
        match value.as_object() {
            Some(map) if !within.is_empty() => {
                let known = within.iter().filter_map(|key| Some((*key, map.get(*key)?)));
                write_object(known, out, |(key, value), out| {
                    write_key(key, out);
                    write_value(value, out);
                });
            }
            _ => write_value(value, out),
        }
    });
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            write_object(entries.into_iter(), out, |(key, value), out| {
                write_key(key, out);
                write_value(value, out);
            });
        }
        Value::Array(list) => {
            out.push('[');
            for (index, entry) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(entry, out);
            }
            out.push(']');
        }
        Value::Number(number) => out.push_str(&canonical_number(number)),
        // serde_json writes a string, a boolean and null in one way only.
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn write_object<T>(entries: impl Iterator<Item = T>, out: &mut String, mut entry: impl FnMut(T, &mut String)) {
    out.push('{');
    for (index, item) in entries.enumerate() {
        if index > 0 {
            out.push(',');
        }
        entry(item, out);
    }
    out.push('}');
}

fn write_key(key: &str, out: &mut String) {
    let _ = write!(out, "{}:", Value::from(key));
}

/// Numbers of one value are written alike: 2.0 as 2, -0.0 as 0.
fn canonical_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 => format!("{:.0}", value + 0.0),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hash(text: &str) -> String {
        content_hash(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn order_white_space_unknown_keys_and_the_way_numbers_are_written_do_not_count() {
        let plain = hash(r#"{"reference":"A","severity":2,"third_party":{"company":"X","release":"8"}}"#);
        assert_eq!(
            plain,
            hash(r#" {"third_party": {"release": "8", "company": "X"}, "severity": 2.0, "reference": "A"} "#)
        );
        assert_eq!(plain, hash(r#"{"reference":"\u0041","severity":2e0,"third_party":{"company":"X","release":"8"}}"#));
        assert_eq!(
            plain,
            hash(r#"{"x":[1],"reference":"A","severity":2,"third_party":{"y":{},"company":"X","release":"8"}}"#)
        );
        assert_eq!(plain.len(), 64);
    }

    #[test]
    fn every_known_value_counts() {
        let base = json!({"reference": "A", "severity": 2, "participant_case": {"traces": ["a", "b"], "number": "1"}});
        let others = [
            json!({"reference": "B", "severity": 2, "participant_case": {"traces": ["a", "b"], "number": "1"}}),
            json!({"reference": "A", "severity": 3, "participant_case": {"traces": ["a", "b"], "number": "1"}}),
            json!({"reference": "A", "severity": "2", "participant_case": {"traces": ["a", "b"], "number": "1"}}),
            json!({"reference": "A", "severity": 2, "participant_case": {"traces": ["b", "a"], "number": "1"}}),
            json!({"reference": "A", "severity": 2, "participant_case": {"traces": ["a", "b"], "number": 1}}),
            json!({"reference": "A", "severity": 2, "participant_case": {"traces": ["a,b"], "number": "1"}}),
            json!({"reference": "A", "severity": 2, "number": "1", "participant_case": {"traces": ["a", "b"]}}),
            json!({"reference": "A", "severity": 2}),
        ];
        for other in others {
            assert_ne!(content_hash(&base), content_hash(&other), "{other}");
        }
    }

    #[test]
    fn a_quote_in_a_text_cannot_pass_for_a_key() {
        assert_ne!(hash(r#"{"reference":"A\",\"summary\":\"B"}"#), hash(r#"{"reference":"A","summary":"B"}"#));
    }

    proptest! {
        #[test]
        fn whole_numbers_hash_alike_with_and_without_a_fraction(number in any::<i32>()) {
            prop_assert_eq!(hash(&format!("{{\"severity\":{number}}}")), hash(&format!("{{\"severity\":{number}.0}}")));
        }

        #[test]
        fn different_texts_differ(a in ".{0,20}", b in ".{0,20}") {
            let equal = content_hash(&json!({"summary": a})) == content_hash(&json!({"summary": b}));
            prop_assert_eq!(equal, a == b);
        }
    }
}
