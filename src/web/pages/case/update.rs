//! What the filer can add or correct: first what the decision lacks, then the rest.

use serde_json::{Map, Value, json};

use super::Open;
use super::view::Faults;
use crate::cases::reaches_participant;
use crate::mail::Words;
use crate::triage::decision::{CandidateKind, Decision};
use crate::web::pages::filled::Filled;

/// The texts that the filer may change, as paths of the eSR; the participant's case number comes beside them.
const TEXTS: [&str; 7] = [
    "platform.product",
    "platform.release",
    "platform.patch",
    "third_party.company",
    "third_party.solution",
    "third_party.release",
    "feature",
];
const NUMBER: &str = "participant_case.number";

/// One text field.
#[derive(Debug)]
pub(in crate::web::pages) struct Field {
    pub(in crate::web::pages) path: &'static str,
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) value: String,
    /// Names in the registry that it is near to.
    pub(in crate::web::pages) near: Vec<String>,
    pub(in crate::web::pages) wrong: Option<String>,
}

impl Field {
    /// An id that stands for the path in HTML.
    pub(in crate::web::pages) fn id(&self) -> String {
        self.path.replace('.', "-")
    }
}

/// The form.
#[derive(Debug)]
pub(in crate::web::pages) struct Form {
    /// What the case waits for.
    pub(in crate::web::pages) asked: Vec<Field>,
    /// What can be corrected besides.
    pub(in crate::web::pages) more: Vec<Field>,
    /// Whether access to the system is what is asked for.
    pub(in crate::web::pages) access_asked: bool,
    pub(in crate::web::pages) access: Option<bool>,
    /// What is wrong with all of it.
    pub(in crate::web::pages) wrong: Option<String>,
}

/// What stood where a field's path leads.
pub(super) fn text_at<'a>(body: &'a Value, path: &str) -> &'a str {
    let found = path.split('.').try_fold(body, |value, key| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default()
}

/// Which field a near name belongs in.
pub(in crate::web::pages) fn field_of(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Company => "third_party.company",
        CandidateKind::Solution => "third_party.solution",
        CandidateKind::Platform => "platform.product",
        CandidateKind::Feature => "feature",
    }
}

impl Form {
    /// The form for this case; `typed` is what somebody filled in before.
    pub(super) fn new(open: &Open, typed: Option<&Filled>, faults: &Faults, wrong: Option<String>) -> Self {
        let words = open.seat.words();
        let (decision, body) = (&open.esr.decision, &open.esr.body);
        let field = |path: &'static str, label: String| {
            let typed = typed.filter(|typed| typed.pairs().any(|(name, _)| name == path));
            let near = decision.candidates.iter().filter(|near| field_of(near.kind) == path);
            Field {
                path,
                label,
                value: typed.map_or_else(|| text_at(body, path), |typed| typed.text(path)).to_owned(),
                near: near.map(|near| near.name.clone()).collect(),
                wrong: faults.iter().find(|(name, _)| name == path).map(|(_, why)| why.clone()),
            }
        };
        let named = |path: &'static str| field(path, label(words, path));
        let (asked, more): (Vec<_>, Vec<_>) = TEXTS.into_iter().map(named).partition(|field| {
            field.wrong.is_some() || !field.near.is_empty() || decision.missing.iter().any(|path| path == field.path)
        });
        let mut form = Self {
            asked,
            more,
            access_asked: decision.stage == "awaiting_access",
            access: body.get("system_access").and_then(Value::as_bool),
            wrong,
        };
        let asks = asks_for_number(decision, body);
        // What was given can be corrected.
        if asks || (reaches_participant(&decision.route) && open.filed()) {
            let company = Some(text_at(body, "third_party.company")).filter(|name| !name.is_empty());
            let company = company.map_or_else(|| words.word("someone-participant"), str::to_owned);
            let number = field(NUMBER, words.say("page-update-number", &[("company", company.into())]));
            if asks { form.asked.insert(0, number) } else { form.more.insert(0, number) }
        }
        form
    }

    /// Whether anything is asked for.
    pub(in crate::web::pages) fn asks(&self) -> bool {
        self.access_asked || !self.asked.is_empty()
    }
}

/// What a field is called.
pub(in crate::web::pages) fn label(words: &Words, path: &str) -> String {
    words.word(&format!("page-field-{}", path.replace('.', "-")))
}

/// The filer opens the ticket at the participant's hotline: until its number is known, it is asked for.
fn asks_for_number(decision: &Decision, body: &Value) -> bool {
    reaches_participant(&decision.route) && text_at(body, NUMBER).trim().is_empty()
}

/// What a sent form changes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Update(Map<String, Value>);

impl Update {
    /// Reads a sent form; what the case says already is no change. A near name that was pressed stands for its field.
    pub(super) fn read(filled: &Filled, body: &Value) -> Self {
        let pressed = filled.given("use").and_then(|text| text.split_once('='));
        let mut update = Self::default();
        for path in TEXTS.into_iter().chain([NUMBER]) {
            let pressed = pressed.filter(|(name, _)| *name == path).map(|(_, value)| value.trim());
            let there = filled.pairs().any(|(name, _)| name == path);
            let Some(text) = pressed.or_else(|| there.then(|| filled.text(path))) else { continue };
            if text != text_at(body, path).trim() {
                update.set(path, if text.is_empty() { Value::Null } else { json!(text) });
            }
        }
        let access = match filled.text("system_access") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        if access.is_some() && access != body.get("system_access").and_then(Value::as_bool) {
            update.set("system_access", json!(access));
        }
        update
    }

    fn set(&mut self, path: &str, value: Value) {
        match path.split_once('.') {
            None => drop(self.0.insert(path.to_owned(), value)),
            Some((key, within)) => self.0.entry(key.to_owned()).or_insert_with(|| json!({}))[within] = value,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is said to the case.
    pub(super) fn said(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sent: &[u8], body: &Value) -> Value {
        Update::read(&Filled::parse(sent), body).said()
    }

    #[test]
    fn only_what_differs_is_said_and_an_emptied_field_is_taken_back() {
        let body = json!({ "platform": { "product": "OXE" }, "feature": "wake-up", "system_access": false });
        let said = read(b"platform.product=OXE&platform.release=R101.1&feature=&system_access=yes&reference=x", &body);
        let expected = json!({ "platform": { "release": "R101.1" }, "feature": null, "system_access": true });
        assert_eq!(said, expected);
        assert_eq!(read(b"platform.product=+OXE+&feature=wake-up&system_access=no", &body), json!({}));
    }

    #[test]
    fn a_near_name_that_is_pressed_stands_for_its_field_and_no_other_field_can_be_named() {
        let said = read(b"third_party.company=Hotelja&use=third_party.company%3DHotelia+Systems", &json!({}));
        assert_eq!(said, json!({ "third_party": { "company": "Hotelia Systems" } }));
        assert_eq!(read(b"use=severity%3D1&use=x", &json!({})), json!({}));
    }
}
