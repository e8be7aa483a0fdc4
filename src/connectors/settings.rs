//! Whether an endpoint was given what its connector wants.

use serde_json::{Map, Value};
use url::Url;

use super::definition::{Definition, Setting, SettingType};
use super::secrets::Secrets;
use crate::triage::fault::unknown;

impl Definition {
    /// Everything that is wrong with an endpoint's settings and secrets, in sentences; empty: they will do.
    #[must_use]
    pub fn faults(&self, settings: &Value, secrets: &Secrets) -> Vec<String> {
        let mut faults = Vec::new();
        let none = Map::new();
        let given = settings.as_object().unwrap_or_else(|| {
            faults.push("the settings have to be a JSON object".to_owned());
            &none
        });
        for key in given.keys() {
            if !self.settings.iter().any(|setting| setting.name == *key) {
                faults.push(unknown("setting", key, self.settings.iter().map(|setting| setting.name.as_str())));
            }
        }
        for setting in &self.settings {
            match given.get(&setting.name).filter(|value| !blank(value)) {
                Some(value) => faults.extend(setting.fault(value)),
                None if setting.required => faults.push(format!("`{}` is missing: {}", setting.name, setting.about)),
                None => {}
            }
        }
        for name in secrets.names() {
            if !self.secrets.iter().any(|secret| secret.name == name) {
                faults.push(unknown("secret", name, self.secrets.iter().map(|secret| secret.name.as_str())));
            }
        }
        for wanted in &self.secrets {
            match secrets.get(&wanted.name) {
                Some(text) if text.chars().any(char::is_control) => {
                    faults.push(format!("the secret `{}` has a character in it that cannot be sent", wanted.name));
                }
                Some(text) if wanted.full_url && address(text, true).is_err() => {
                    faults.push(format!("the secret `{}` has to be an https address", wanted.name));
                }
                None if wanted.required => {
                    faults.push(format!("the secret `{}` is missing: {}", wanted.name, wanted.about));
                }
                _ => {}
            }
        }
        if faults.is_empty() && !self.auth.is_empty() && self.usable_auth(&self.filled(settings), secrets).is_none() {
            let ways: Vec<String> =
                self.auth.iter().map(|auth| format!("{} ({})", auth.how.word(), auth.needs.join(", "))).collect();
            faults.push(format!("nothing authenticates the calls: give what one of these needs: {}", ways.join("; ")));
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
