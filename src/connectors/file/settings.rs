//! `[settings.NAME]` and `[secrets.NAME]`: what an endpoint has to be given.

use super::{Reader, integer};
use crate::connectors::definition::{SecretSetting, Setting, SettingType};
use crate::triage::fault::unknown;
use crate::triage::toml_file::{Section, TomlFile};

const SETTING_KEYS: &[&str] = &["about", "required", "default", "type", "one_of"];
const SECRET_KEYS: &[&str] = &["about", "required", "type", "used_in"];
const USES: [&str; 2] = ["url", "body"];

impl Reader<'_, '_> {
    pub(super) fn settings(&mut self, root: &Section<'_, '_>) -> Vec<Setting> {
        let mut settings = Vec::new();
        let Some(section) = root.get("settings").and_then(|value| self.file.section("`settings`".to_owned(), value))
        else {
            return settings;
        };
        for (name, _, value) in &section.entries {
            let Some(entry) = self.file.section(format!("setting `{name}`"), value) else { continue };
            self.file.only(&entry, SETTING_KEYS);
            self.settings.push((*name).to_owned());
            let about = self.file.required(&entry, "about").map(|(about, _)| about.to_owned());
            let default = entry.get("default").and_then(|value| {
                let inner = value.get_ref();
                let found = inner.as_str().map(Into::into).or_else(|| inner.as_bool().map(Into::into));
                let found = found.or_else(|| integer(value).map(Into::into));
                if found.is_none() {
                    self.file.fault(value.span(), "a default has to be a text, a whole number, true or false");
                }
                found
            });
            let kind = match entry.get("type") {
                Some(_) => self.word(&entry, "type", SettingType::parse, &SettingType::words().collect::<Vec<_>>()),
                None => Some(SettingType::Text),
            };
            let required = match entry.get("required") {
                Some(_) => self.flag(&entry, "required"),
                None => default.is_none(),
            };
            if required && default.is_some() {
                self.file.fault(TomlFile::place(&entry), "a setting with a `default` is not required");
            }
            let one_of = self.texts(&entry, "one_of");
            if let (Some(about), Some(kind)) = (about, kind) {
                let setting = Setting { name: (*name).to_owned(), about, required, default, kind, one_of };
                if let Some(fault) = setting.default.as_ref().and_then(|default| setting.fault(default)) {
                    self.file.fault(TomlFile::place(&entry), format!("the default cannot be: {fault}"));
                }
                settings.push(setting);
            }
        }
        settings
    }

    pub(super) fn secrets(&mut self, root: &Section<'_, '_>) -> Vec<SecretSetting> {
        let mut secrets = Vec::new();
        let Some(section) = root.get("secrets").and_then(|value| self.file.section("`secrets`".to_owned(), value))
        else {
            return secrets;
        };
        for (name, place, value) in &section.entries {
            let Some(entry) = self.file.section(format!("secret `{name}`"), value) else { continue };
            self.file.only(&entry, SECRET_KEYS);
            if self.settings.iter().any(|setting| setting == name) {
                self.file.fault(place.clone(), format!("`{name}` is a setting already"));
            }
            let about = self.file.required(&entry, "about").map(|(about, _)| about.to_owned()).unwrap_or_default();
            let required = entry.get("required").is_none() || self.flag(&entry, "required");
            let full_url = match self.file.optional(&entry, "type") {
                Some(("full_url", _)) => true,
                Some(("text", _)) | None => false,
                Some((word, place)) => {
                    self.file.fault(place, unknown("type of a secret", word, ["text", "full_url"]));
                    false
                }
            };
            let uses = self.file.words(&entry, "used_in");
            for (word, place) in &uses {
                if !USES.contains(word) {
                    self.file.fault(place.clone(), unknown("use", word, USES));
                }
            }
            let used_in = |what: &str| uses.iter().any(|(word, _)| *word == what);
            let (in_url, in_body) = (used_in("url"), used_in("body"));
            self.secrets.push((*name).to_owned());
            if in_url {
                self.in_url.push((*name).to_owned());
            }
            if in_body {
                self.in_body.push((*name).to_owned());
            }
            secrets.push(SecretSetting { name: (*name).to_owned(), about, required, full_url, in_url, in_body });
        }
        secrets
    }
}
