//! What templates see: the context that delivery gives, with every key there that `integrations/README.md` promises.

use minijinja::value::Serde;
use serde_json::{Map, Value, json};

use super::definition::{Definition, SecretSetting, Setting, SettingType};
use super::secrets::Secrets;

/// The keys of the context that are always there, null (or an object of nulls) where nothing is known.
const ESR: &[&str] = &[
    "reference",
    "phase",
    "severity",
    "summary",
    "description",
    "occurred_at",
    "feature",
    "responsibility",
    "system_access",
    "assistance_topic",
];
const ESR_PARTS: &[(&str, &[&str])] = &[
    ("customer", &["name", "site", "country"]),
    ("platform", &["product", "release", "patch"]),
    ("third_party", &["company", "solution", "release"]),
    ("participant_case", &["number", "conclusion", "findings", "traces"]),
];
const DECISION: &[&str] = &[
    "reference",
    "route",
    "stage",
    "priority",
    "rule",
    "clauses",
    "because",
    "facts",
    "missing",
    "candidates",
    "would_change",
    "next_steps",
    "rules_version",
    "registry_version",
    "decided_at",
];
const DECISION_PARTS: &[(&str, &[&str])] = &[
    (
        "evidence",
        &[
            "report",
            "edition",
            "published_on",
            "expires_on",
            "platform_release",
            "solution_release",
            "scope_entry",
            "limitation",
            "accreditation",
            "participant",
            "solution",
            "platform",
            "closest",
        ],
    ),
    ("contact", &["name", "email", "phone", "url", "hours", "process"]),
];
const TOP: &[(&str, &[&str])] = &[
    ("notice", &["id", "kind", "type", "timestamp", "test"]),
    ("text", &["title", "lines", "body"]),
    ("data", &["id", "reference", "filer", "revision", "status"]),
    ("endpoint", &["name", "language"]),
];

/// Fills in what the context lacks.
pub(super) fn complete(context: &Value) -> Value {
    let mut context = context.clone();
    if !context.is_object() {
        context = json!({});
    }
    for (part, keys) in TOP {
        object(&mut context, part, keys);
    }
    object(&mut context, "esr", ESR);
    object(&mut context, "decision", DECISION);
    for (of, parts) in [("esr", ESR_PARTS), ("decision", DECISION_PARTS)] {
        for (part, keys) in parts {
            if let Some(of) = context.get_mut(of) {
                object(of, part, keys);
            }
        }
    }
    if let Some(all) = context.as_object_mut() {
        for (key, usual) in
            [("link", Value::Null), ("remote", Value::Null), ("message", json!({})), ("numbers", json!([]))]
        {
            all.entry(key).or_insert(usual);
        }
        if all.get("remote").is_some_and(|remote| !remote.is_null()) {
            object(&mut context, "remote", &["id", "number", "url"]);
        }
    }
    context
}

/// Makes `of[part]` an object that has these keys.
fn object(of: &mut Value, part: &str, keys: &[&str]) {
    let Some(of) = of.as_object_mut() else { return };
    let value = of.entry(part).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    if let Some(found) = value.as_object_mut() {
        for key in keys {
            found.entry(*key).or_insert(Value::Null);
        }
    }
}

/// The contexts that one request's templates get: the same but for the secrets in reach.
pub(super) struct Contexts {
    pub(super) url: minijinja::Value,
    pub(super) header: minijinja::Value,
    pub(super) body: minijinja::Value,
}

impl Definition {
    /// The contexts for an endpoint's request, from the context that delivery gives; `plain`: settings and secrets alone.
    pub(super) fn contexts(&self, context: &Value, secrets: &Secrets, plain: bool) -> Contexts {
        let settings = self.filled(context.pointer("/endpoint/settings").unwrap_or(&Value::Null));
        let whole = if plain { Value::Null } else { complete(context) };
        // Laid out once; what the three have in common they share.
        let given: Vec<(&str, minijinja::Value)> = whole
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "endpoint")
            .map(|(key, value)| (key.as_str(), minijinja::Value::from(Serde(value))))
            .collect();
        let base = |settings: &minijinja::Value, secrets: minijinja::Value| {
            let endpoint = |key: &str| minijinja::Value::from(Serde(context.pointer(&format!("/endpoint/{key}"))));
            let endpoint = minijinja::Value::from_pairs([
                ("name", endpoint("name")),
                ("language", endpoint("language")),
                ("settings", settings.clone()),
            ]);
            let own = [("settings", settings.clone()), ("secrets", secrets), ("endpoint", endpoint)];
            minijinja::Value::from_pairs(given.iter().cloned().chain(own))
        };
        let plain = minijinja::Value::from(Serde(&settings));
        // In addresses, settings that were checked to be addresses stand as they are.
        let addresses = minijinja::Value::from_pairs(settings.iter().map(|(name, value)| {
            let is_address = self.settings.iter().any(|setting| setting.name == *name && setting.is_address());
            let value = match value.as_str() {
                Some(text) if is_address => minijinja::Value::from_safe_string(text.to_owned()),
                _ => minijinja::Value::from(Serde(value)),
            };
            (name.as_str(), value)
        }));
        let chosen = |keep: fn(&SecretSetting) -> bool, in_url: bool| {
            let value = |secret: &SecretSetting| match secrets.get(&secret.name) {
                Some(text) if in_url && secret.full_url => minijinja::Value::from_safe_string(text.to_owned()),
                Some(text) => minijinja::Value::from(text),
                None => minijinja::Value::from(()),
            };
            let kept = self.secrets.iter().filter(|secret| keep(secret));
            minijinja::Value::from_pairs(kept.map(|secret| (secret.name.as_str(), value(secret))))
        };
        Contexts {
            url: base(&addresses, chosen(|secret| secret.in_url, true)),
            header: base(&plain, chosen(|_| true, false)),
            body: base(&plain, chosen(|secret| secret.in_body, false)),
        }
    }
}

impl Setting {
    fn is_address(&self) -> bool {
        matches!(self.kind, SettingType::Url | SettingType::FullUrl)
    }
}
