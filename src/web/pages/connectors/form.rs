//! The form of an endpoint, made from what its connector's own file asks for; and what it says, as the API takes it.

use serde_json::{Map, Value};

use super::label;
use crate::connectors::{Definition, Setting, SettingType};
use crate::notify::EventType;
use crate::notify::endpoint::{Endpoint, Language, MAIL_SYSTEM, Payload};
use crate::notify::policy::TOLD;
use crate::web::pages::deliveries::words as told;
use crate::web::pages::filled::Filled;
use crate::web::pages::words;

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// A line of text, of this type in HTML.
    Line(&'static str),
    /// Several lines.
    Lines,
    /// One of some words.
    Choice,
    /// Something that is never shown.
    Secret,
}

/// One field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) input: Input,
    pub(super) value: String,
    /// The words of a choice, and what each is called.
    pub(super) options: Vec<(String, String)>,
    pub(super) required: bool,
    /// What is wrong with it.
    pub(super) wrong: Vec<String>,
    /// Whether it is there and can be taken away.
    pub(super) clears: bool,
}

impl Field {
    /// The ids of what is said about it.
    pub(super) fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let wrong = (!self.wrong.is_empty()).then(|| format!("{}-wrong", self.name));
        hint.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }
}

/// Fields that belong together.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) fields: Vec<Field>,
}

/// A whole form.
pub(super) struct Form {
    pub(super) groups: Vec<Group>,
    /// The events it can be told: the word, what it is called, whether it is ticked. None where that is not asked.
    pub(super) events: Vec<(&'static str, &'static str, bool)>,
    /// What is wrong, of no single field.
    pub(super) wrong: Vec<String>,
    /// The fields that are wrong, for the list at the top: name and label.
    pub(super) marked: Vec<(String, String)>,
}

impl Form {
    /// The form of an endpoint of this connector: of a new one where `endpoint` is none. `typed` is what was filled in.
    pub(super) fn of(
        definition: &Definition,
        endpoint: Option<&Endpoint>,
        typed: Option<&Filled>,
        faults: &[(String, String)],
    ) -> Self {
        let known = |name: &str| typed.map_or_else(|| stored(endpoint, name), |typed| typed.text(name).to_owned());
        let asked = groups(definition, endpoint);
        let mut form = Self { groups: Vec::new(), events: Vec::new(), wrong: Vec::new(), marked: Vec::new() };
        for (title, fields) in asked {
            let fill = |mut field: Field| {
                if field.input != Input::Secret {
                    field.value = known(&field.name);
                }
                field.wrong =
                    faults.iter().filter(|(path, _)| *path == field.name).map(|(_, why)| why.clone()).collect();
                field
            };
            let fields: Vec<_> = fields.into_iter().map(fill).collect();
            if !fields.is_empty() {
                form.groups.push(Group { title, fields });
            }
        }
        for field in form.groups.iter().flat_map(|group| &group.fields).filter(|field| !field.wrong.is_empty()) {
            form.marked.push((field.name.clone(), field.label.clone()));
        }
        let named = |path: &str| form.marked.iter().any(|(name, _)| name == path);
        form.wrong = faults.iter().filter(|(path, _)| !named(path)).map(|(_, why)| why.clone()).collect();
        if endpoint.is_none_or(|endpoint| endpoint.id != MAIL_SYSTEM) {
            let ticked = |event: &EventType| match (typed, endpoint) {
                (Some(typed), _) => typed.all("events").any(|word| word == event.as_str()),
                (None, Some(endpoint)) => endpoint.events.contains(event),
                (None, None) => false,
            };
            let all = EventType::ALL.iter();
            form.events = all.map(|event| (event.as_str(), told::event(*event), ticked(event))).collect();
        }
        form
    }
}

/// The form's fields, without what stands in them.
fn groups(definition: &Definition, endpoint: Option<&Endpoint>) -> Vec<(&'static str, Vec<Field>)> {
    let mail_system = endpoint.is_some_and(|endpoint| endpoint.id == MAIL_SYSTEM);
    let mut groups = Vec::new();
    if endpoint.is_none() {
        groups.push(("Whose it is", whose()));
    }
    if !mail_system {
        groups.push(("Where it is", definition.settings.iter().map(setting).collect()));
        groups.push(("What lets us in", secrets(definition, endpoint)));
        let words = |all: &[(&str, &str)]| -> Vec<(String, String)> {
            all.iter().map(|(word, title)| ((*word).to_owned(), (*title).to_owned())).collect()
        };
        let full = Payload::Full.as_str();
        let payload = [(full, "Everything"), (Payload::Thin.as_str(), "The ids and the status alone")];
        let languages = [(Language::En.as_str(), "English"), (Language::Fr.as_str(), "French")];
        groups.push((
            "What it is told",
            vec![
                Field { options: words(&payload), ..field("payload", "How much", "", Input::Choice) },
                Field { options: words(&languages), ..field("language", "Language", "Of sentences.", Input::Choice) },
            ],
        ));
    }
    let mut pace = vec![
        field("concurrency", "At once", "Deliveries under way at once, on each node: 1 to 64.", Input::Line("number")),
        field(
            "per_second",
            "A second",
            "Deliveries that may begin in a second; 0 for no limit.",
            Input::Line("number"),
        ),
    ];
    if !mail_system {
        let hint = "The mail address that is told when the endpoint is disabled. Optional.";
        pace.push(field("contact", "Contact", hint, Input::Line("email")));
    }
    groups.push(("How fast, and who looks after it", pace));
    groups
}

fn whose() -> Vec<Field> {
    let sides = TOLD.iter().map(|side| (side.as_str().to_owned(), words::side(*side).to_owned()));
    let first = (String::new(), "Choose…".to_owned());
    vec![
        Field {
            required: true,
            ..field(
                "name",
                "Name",
                "What people and addresses call it: small letters, digits and hyphens.",
                Input::Line("text"),
            )
        },
        Field {
            required: true,
            options: std::iter::once(first).chain(sides).collect(),
            ..field("side", "Side", "Who is told through it.", Input::Choice)
        },
        field(
            "owner",
            "Company",
            "A partner as its keys name it, or a participant's id in the registry; empty for the operator's own desks.",
            Input::Line("text"),
        ),
    ]
}

fn field(name: &str, label: &str, hint: &str, input: Input) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        input,
        value: String::new(),
        options: Vec::new(),
        required: false,
        wrong: Vec::new(),
        clears: false,
    }
}

/// What the connector's file says of a setting, as a field.
fn setting(setting: &Setting) -> Field {
    let default = setting.default.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let mut hint = sentence(&setting.about);
    match &default {
        Some(default) => hint.push_str(&format!(" {default} when left empty.")),
        None if !setting.required => hint.push_str(" Optional."),
        None => {}
    }
    let mut options: Vec<_> = setting.one_of.iter().map(|word| (word.clone(), word.clone())).collect();
    if setting.kind == SettingType::Flag {
        options = ["true", "false"].map(|word| (word.to_owned(), word.to_owned())).into();
    }
    let input = match setting.kind {
        _ if !options.is_empty() => Input::Choice,
        SettingType::Url | SettingType::FullUrl => Input::Line("url"),
        SettingType::Email => Input::Line("email"),
        SettingType::Number => Input::Line("number"),
        SettingType::Json => Input::Lines,
        SettingType::Text | SettingType::Flag => Input::Line("text"),
    };
    if input == Input::Choice {
        let none = default.map_or("Choose…".to_owned(), |default| format!("As usual: {default}"));
        options.insert(0, (String::new(), none));
    }
    let required = setting.required && setting.default.is_none();
    Field { required, options, ..field(&format!("settings.{}", setting.name), &label(&setting.name), &hint, input) }
}

fn secrets(definition: &Definition, endpoint: Option<&Endpoint>) -> Vec<Field> {
    let signing = definition.signing_secret();
    // The one that signs is replaced by rotating it, so that the one before is believed for a while.
    let asked = definition.secrets.iter().filter(|one| endpoint.is_none() || signing != Some(one.name.as_str()));
    let shown = asked.map(|secret| {
        let there = endpoint.is_some_and(|endpoint| endpoint.secrets.0.contains_key(&secret.name));
        let made = signing == Some(secret.name.as_str());
        let mut hint = sentence(&secret.about);
        hint.push_str(match (there, made, secret.required) {
            (true, ..) => " It is set; leave this empty to keep it.",
            (_, true, _) => " Made here when left empty.",
            (_, _, false) => " Optional.",
            _ => "",
        });
        let name = format!("secrets.{}", secret.name);
        Field {
            required: secret.required && !there && !made,
            clears: there && !secret.required,
            ..field(&name, &label(&secret.name), &hint, Input::Secret)
        }
    });
    shown.collect()
}

/// What a connector's file says of a setting, with a capital and a full stop.
fn sentence(about: &str) -> String {
    let mut letters = about.trim().trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    format!("{}.", first.unwrap_or_default())
}

/// What stands in a field of an endpoint that is there, or of a new one.
fn stored(endpoint: Option<&Endpoint>, name: &str) -> String {
    let Some(endpoint) = endpoint else {
        return match name {
            "payload" => Payload::Full.as_str(),
            "language" => Language::En.as_str(),
            "concurrency" => "16",
            "per_second" => "0",
            _ => "",
        }
        .to_owned();
    };
    if let Some(setting) = name.strip_prefix("settings.") {
        return match endpoint.settings.get(setting) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                serde_json::to_string_pretty(value).unwrap_or_default()
            }
            Some(value) => value.to_string(),
        };
    }
    match name {
        "payload" => endpoint.payload.to_string(),
        "language" => endpoint.language.to_string(),
        "concurrency" => endpoint.concurrency.to_string(),
        "per_second" => endpoint.per_second.to_string(),
        "contact" => endpoint.contact.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

/// What the form says, as the API takes it: a whole new endpoint, or what changes of one that is there.
pub(super) fn said(filled: &Filled, definition: &Definition, endpoint: Option<&Endpoint>) -> Value {
    let mut said = Map::new();
    let text = |name: &str| filled.given(name).map(Value::from);
    // A number that is none is named by whoever judges it.
    let number =
        |name: &str| filled.given(name).map(|text| text.parse::<u64>().map_or_else(|_| text.into(), Value::from));
    for name in ["concurrency", "per_second"] {
        said.extend(number(name).map(|value| (name.to_owned(), value)));
    }
    if endpoint.is_some_and(|endpoint| endpoint.id == MAIL_SYSTEM) {
        return Value::Object(said);
    }
    if endpoint.is_none() {
        said.insert("connector".to_owned(), definition.name.as_str().into());
        for name in ["name", "side", "owner"] {
            said.extend(text(name).map(|value| (name.to_owned(), value)));
        }
    }
    for name in ["payload", "language"] {
        said.extend(text(name).map(|value| (name.to_owned(), value)));
    }
    said.insert("contact".to_owned(), text("contact").unwrap_or(Value::Null));
    said.insert("events".to_owned(), filled.all("events").map(Value::from).collect());
    let mut settings = Map::new();
    for setting in &definition.settings {
        let there = endpoint.is_some_and(|endpoint| endpoint.settings.contains_key(&setting.name));
        match filled.given(&format!("settings.{}", setting.name)) {
            Some(text) => drop(settings.insert(setting.name.clone(), setting.typed(text))),
            None if there => drop(settings.insert(setting.name.clone(), Value::Null)),
            None => {}
        }
    }
    let mut secrets = Map::new();
    for secret in &definition.secrets {
        let name = format!("secrets.{}", secret.name);
        match filled.given(&name) {
            Some(text) => drop(secrets.insert(secret.name.clone(), text.into())),
            None if filled.all("clear").any(|cleared| cleared == name) => {
                secrets.insert(secret.name.clone(), Value::Null);
            }
            None => {}
        }
    }
    said.insert("settings".to_owned(), settings.into());
    said.insert("secrets".to_owned(), secrets.into());
    Value::Object(said)
}

/// What of a form the audit log keeps: everything but what is secret, of which the names.
pub(super) fn logged(said: &Value) -> Value {
    let mut kept = said.clone();
    if let Some(secrets) = said.get("secrets").and_then(Value::as_object) {
        kept["secrets"] = secrets.keys().map(|name| Value::from(name.as_str())).collect();
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors::Definitions;

    #[test]
    fn every_connector_s_form_asks_for_all_that_it_needs() {
        for definition in Definitions::embedded().iter() {
            let form = Form::of(definition, None, None, &[]);
            let asked: Vec<_> = form.groups.iter().flat_map(|group| &group.fields).map(|field| &field.name).collect();
            for setting in &definition.settings {
                assert!(
                    asked.contains(&&format!("settings.{}", setting.name)),
                    "{}: {}",
                    definition.name,
                    setting.name
                );
            }
            for secret in &definition.secrets {
                assert!(asked.contains(&&format!("secrets.{}", secret.name)), "{}: {}", definition.name, secret.name);
            }
        }
    }

    #[test]
    fn what_is_typed_becomes_what_the_connector_wants_and_secrets_stay_out_of_the_log() {
        let all = Definitions::embedded();
        let definition = all.get("webhook").unwrap();
        let filled = Filled::parse(
            b"name=a&side=ale&settings.url=https%3A%2F%2Fa.example&secrets.signing_secret=whsec_x&concurrency=many&events=esr.decided",
        );
        let said = said(&filled, definition, None);
        assert_eq!(said["settings"], json!({ "url": "https://a.example" }));
        assert_eq!((&said["concurrency"], &said["events"]), (&json!("many"), &json!(["esr.decided"])));
        assert_eq!(logged(&said)["secrets"], json!(["signing_secret"]));
        assert!(!logged(&said).to_string().contains("whsec_x"));
    }
}
