//! An endpoint's secrets: what they are, and how they are kept out of what people see.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::Url;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[secret]";
/// Shorter texts are not searched for: they would tear holes into everything else.
const SHORTEST: usize = 4;
/// From this length on, a value in the query of an address may be a key.
const KEY: usize = 12;

/// Secrets by name. They never print.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Vec<String>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}

impl From<&crate::notify::endpoint::Secrets> for Secrets {
    /// The secrets that an endpoint keeps.
    fn from(kept: &crate::notify::endpoint::Secrets) -> Self {
        Self::read(&kept.0)
    }
}

impl Secrets {
    /// Reads the JSON object that an endpoint keeps; a value is a text, or a list of texts of which the first is used and
    /// all are believed. Other values and blank ones count as missing.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        value.as_object().map(Self::read).unwrap_or_default()
    }

    fn read(object: &Map<String, Value>) -> Self {
        let mut secrets = BTreeMap::new();
        for (name, value) in object {
            let texts: Vec<String> = match value {
                Value::String(text) => vec![text.clone()],
                Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
                _ => vec![],
            };
            let texts: Vec<String> =
                texts.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
            if !texts.is_empty() {
                secrets.insert(name.clone(), texts);
            }
        }
        Self(secrets)
    }

    /// The secret to use.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|all| all.first()).map(String::as_str)
    }

    /// All that are believed, each to the letter: a secret that people chose may have spaces, and no word of it is one.
    pub(super) fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The same for secrets that have no spaces: one text may hold several, separated by spaces.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.get(name).into_iter().flatten().flat_map(|text| text.split_whitespace()).collect()
    }

    /// The names of those that are given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text with every secret taken out, in the spellings in which it may have been sent: as it is, percent-encoded,
    /// base64, inside JSON.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // The longest first: a secret may be part of another.
        let mut spellings: Vec<String> = self.0.values().flatten().flat_map(|secret| spellings(secret)).collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        for spelling in spellings {
            if text.contains(&spelling) {
                text = text.replace(&spelling, HIDDEN);
            }
        }
        text
    }

    /// A text that is another for other secrets, to be hashed.
    pub(super) fn fingerprint(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// These and one more, which came about on the way: a token, the value of a header.
    pub(super) fn with(&self, name: &str, secret: &str) -> Self {
        let mut more = self.clone();
        more.0.insert(name.to_owned(), vec![secret.to_owned()]);
        more
    }
}

fn spellings(secret: &str) -> Vec<String> {
    let parts = secret.split_whitespace().map(str::to_owned);
    let mut all: Vec<String> = std::iter::once(secret.to_owned()).chain(parts).collect();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let path: String = secret
        .bytes()
        .map(|byte| {
            let plain = byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
            if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        })
        .collect();
    let json = Value::from(secret).to_string();
    all.extend([form, path, STANDARD.encode(secret), json.trim_matches('"').to_owned()]);
    // An address is sent as it is understood: without the usual port, say.
    if let Some(url) = Url::parse(secret).ok().filter(Url::has_host) {
        let place = url.as_str().trim_start_matches(url.origin().ascii_serialization().as_str());
        all.extend(Some(place.to_owned()).filter(|place| place.len() >= 8));
        all.push(url.into());
    }
    // Of an address that is a secret, each value in its query may open the door by itself.
    let address = url::Url::parse(secret).ok().filter(url::Url::has_host);
    for (_, value) in address.iter().flat_map(url::Url::query_pairs).filter(|(_, value)| value.len() >= KEY) {
        all.push(value.into_owned());
    }
    all.retain(|spelling| spelling.len() >= SHORTEST);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_spelling() {
        let secrets = Secrets::from_json(&json!({"a": "pa\"ss/wörd", "b": ["one-secret", "two-secret"], "short": "x"}));
        let text = "pa\"ss/wörd pa\\\"ss/wörd pa%22ss%2Fw%C3%B6rd cGEic3Mvd8O2cmQ= one-secret two-secret x";
        assert_eq!(secrets.redact(text), "[secret] [secret] [secret] [secret] [secret] [secret] x");
    }

    #[test]
    fn an_address_that_is_a_secret_is_taken_out_as_it_is_called_too() {
        let secrets = Secrets::from_json(&json!({"url": "https://Hooks.example:443/workflows/7f?sig=abc"}));
        let text = "https://hooks.example/workflows/7f?sig=abc, https://Hooks.example:443/workflows/7f?sig=abc, /workflows/7f?sig=abc";
        assert_eq!(secrets.redact(text), "[secret], [secret], [secret]");
    }

    #[test]
    fn of_an_address_that_is_a_secret_its_key_is_taken_out_too() {
        let secrets = Secrets::from_json(&json!({"url": "https://hook.example/in/7?v=1.0&sig=teams-signature%2F7"}));
        let text = "POST https://hook.example/in/7?v=1.0&sig=teams-signature%2F7: sig teams-signature/7, v 1.0";
        assert_eq!(secrets.redact(text), "POST [secret]: sig [secret], v 1.0");
    }

    #[test]
    fn secrets_never_print_and_blank_ones_are_missing() {
        let secrets = Secrets::from_json(&json!({"key": "hidden-value", "blank": "  ", "number": 7}));
        assert_eq!(format!("{secrets:?}"), r#"Secrets(["key"])"#);
        assert_eq!(secrets.get("blank"), None);
        assert_eq!(secrets.get("key"), Some("hidden-value"));
    }
}
