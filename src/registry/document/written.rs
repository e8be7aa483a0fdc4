//! How the entries of a registry file were written, so that an export gives the same back: a key that was left out stays
//! out, one that was null stays null.

use std::collections::HashMap;

use serde_json::Value;

/// Entries as they were written, by section and key within it.
#[derive(Debug, Clone, Default)]
pub struct Written(HashMap<(String, String), String>);

impl Written {
    /// The entries of a document that was read without faults; none of anything else.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let sections: HashMap<String, Vec<Value>> = serde_json::from_slice(bytes).unwrap_or_default();
        let entries = sections.into_iter().flat_map(|(section, entries)| {
            entries.into_iter().filter_map(move |entry| Some(((section.clone(), key(&entry)?), entry.to_string())))
        });
        Self(entries.collect())
    }

    /// The entry of a section by its key: the id, for a report `id/edition`.
    #[must_use]
    pub fn entry(&self, section: &str, key: &str) -> Option<&str> {
        self.0.get(&(section.to_owned(), key.to_owned())).map(String::as_str)
    }
}

fn key(entry: &Value) -> Option<String> {
    let id = entry.get("id")?.as_str()?;
    Some(entry.get("edition").map_or_else(|| id.to_owned(), |edition| format!("{id}/{edition}")))
}
