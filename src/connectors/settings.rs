//! Whether an endpoint was given what its connector wants.

use serde_json::{Map, Value};
use url::Url;

use super::definition::{Definition, Setting, SettingType};
use super::secrets::Secrets;
use crate::triage::fault::unknown;

/// What is wrong with an endpoint's settings or secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFault {
    /// What it is about: `settings.url`, `secrets.token`; `settings` or `secrets` where that is no one of them.
    pub path: String,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl Definition {
    /// Everything that is wrong with an endpoint's settings and secrets; empty: they will do.
    #[must_use]
    pub fn faults(&self, settings: &Value, secrets: &Secrets) -> Vec<SettingFault> {
        let mut faults = Vec::new();
        let mut refuse = |path: String, message: String| faults.push(SettingFault { path, message });
        let none = Map::new();
        let given = settings.as_object().unwrap_or_else(|| {
            refuse("settings".to_owned(), "the settings have to be a JSON object".to_owned());
            &none
        });
        for key in given.keys() {
            if !self.settings.iter().any(|setting| setting.name == *key) {
                let known = self.settings.iter().map(|setting| setting.name.as_str());
                refuse("settings".to_owned(), unknown("setting", key, known));
            }
        }
        for setting in &self.settings {
            let path = || format!("settings.{}", setting.name);
            match given.get(&setting.name).filter(|value| !blank(value)) {
                Some(value) => {
                    if let Some(fault) = setting.fault(value) {
                        refuse(path(), fault);
                    }
                }
                None if setting.required => refuse(path(), format!("`{}` is missing: {}", setting.name, setting.about)),
                None => {}
            }
        }
        for name in secrets.names() {
            if !self.secrets.iter().any(|secret| secret.name == name) {
                let known = self.secrets.iter().map(|secret| secret.name.as_str());
                refuse("secrets".to_owned(), unknown("secret", name, known));
            }
        }
        for wanted in &self.secrets {
            let path = || format!("secrets.{}", wanted.name);
            match secrets.get(&wanted.name) {
                Some(text) if text.chars().any(char::is_control) => {
                    refuse(path(), format!("the secret `{}` has a character in it that cannot be sent", wanted.name));
                }
                Some(text) if wanted.full_url && address(text, true).is_err() => {
                    refuse(path(), format!("the secret `{}` has to be an https address", wanted.name));
                }
                None if wanted.required => {
                    refuse(path(), format!("the secret `{}` is missing: {}", wanted.name, wanted.about));
                }
                _ => {}
            }
        }
        if faults.is_empty() && !self.auth.is_empty() && self.usable_auth(&self.filled(settings), secrets).is_none() {
            let ways: Vec<String> =
                self.auth.iter().map(|auth| format!("{} ({})", auth.how.word(), auth.needs.join(", "))).collect();
            let message = format!("nothing authenticates the calls: give what one of these needs: {}", ways.join("; "));
            faults.push(SettingFault { path: "secrets".to_owned(), message });
        }
        faults
    }

    /// The settings with defaults filled in; optional ones that were not given are null.
    pub(super) fn filled(&self, given: &Value) -> Map<String, Value> {
        self.settings
            .iter()
            .map(|setting| {
                let said = given.get(&setting.name).filter(|value| !blank(value)).cloned();
                let value = said.or_else(|| setting.default.clone()).unwrap_or(Value::Null);
                let value = match (setting.kind, value.as_str()) {
                    (SettingType::Url, Some(text)) => Value::from(text.trim().trim_end_matches('/')),
                    (_, Some(text)) => Value::from(text.trim()),
                    _ => value,
                };
                (setting.name.clone(), value)
            })
            .collect()
    }
}

impl Setting {
    /// A value that somebody typed, as the connector wants it; what is none stays a text, and is named as wrong then.
    #[must_use]
    pub fn typed(&self, text: &str) -> Value {
        match self.kind {
            SettingType::Number => text.trim().parse::<u64>().map_or_else(|_| text.into(), Value::from),
            SettingType::Json => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            SettingType::Flag => text.trim().parse::<bool>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }

    /// What is wrong with a value.
    pub(super) fn fault(&self, value: &Value) -> Option<String> {
        let name = &self.name;
        let wrong = |what: &str| Some(format!("`{name}` has to be {what}"));
        match self.kind {
            SettingType::Number => return if value.is_u64() { None } else { wrong("a whole number") },
            SettingType::Json => return None,
            SettingType::Flag => return if value.is_boolean() { None } else { wrong("true or false") },
            _ => {}
        }
        let Some(text) = value.as_str().map(str::trim) else { return wrong("a text") };
        if text.chars().any(char::is_control) {
            return wrong("a text without line breaks and the like");
        }
        match self.kind {
            SettingType::Url => address(text, false).err().map(|why| format!("`{name}` {why}")),
            SettingType::FullUrl => address(text, true).err().map(|why| format!("`{name}` {why}")),
            SettingType::Email if text.parse::<lettre::Address>().is_err() => wrong("an email address"),
            _ if !self.one_of.is_empty() && !self.one_of.iter().any(|word| word == text) => {
                wrong(&format!("one of {}", self.one_of.join(", ")))
            }
            _ => None,
        }
    }
}

fn blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Checks an address that others are built on. Whether it may be called is the client's to decide, not ours.
pub(super) fn address(text: &str, with_query: bool) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "has to be a whole address, such as https://example.com")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err("has to be an https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user or password; secrets have a place of their own");
    }
    if url.fragment().is_some() || text.contains(char::is_whitespace) {
        return Err("must not contain a fragment or a space");
    }
    if !with_query && url.query().is_some() {
        return Err("must not contain a query");
    }
    Ok(())
}
