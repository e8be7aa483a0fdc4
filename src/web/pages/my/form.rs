//! The form that files an eSR: its fields, and the eSR that they make.

use serde_json::{Map, Value, json};

use crate::intake::fields::FieldError;
use crate::mail::Words;
use crate::notify::endpoint::Language;
use crate::web::pages::filled::Filled;
use crate::web::problem::sentence;

/// Every field, as a path of the eSR.
const TEXTS: [&str; 19] = [
    "reference",
    "phase",
    "summary",
    "description",
    "customer.name",
    "customer.site",
    "customer.country",
    "platform.product",
    "platform.release",
    "platform.patch",
    "third_party.company",
    "third_party.solution",
    "third_party.release",
    "feature",
    "responsibility",
    "participant_case.number",
    "participant_case.conclusion",
    "participant_case.findings",
    "assistance_topic",
];

/// The form as it is filled in.
#[derive(Debug, Default)]
pub(super) struct Form {
    filled: Filled,
    /// A near name that was pressed, and the field that it belongs in.
    pressed: Option<(String, String)>,
    pub(super) faults: Vec<(String, String)>,
}

impl Form {
    /// What was sent.
    pub(super) fn new(filled: Filled) -> Self {
        let pressed = filled.given("use").and_then(|text| text.split_once('='));
        let pressed = pressed.map(|(path, name)| (path.to_owned(), name.to_owned()));
        Self { filled, pressed, faults: Vec::new() }
    }

    /// What stands in a field.
    pub(super) fn value(&self, path: &str) -> &str {
        match &self.pressed {
            Some((pressed, name)) if pressed == path => name,
            _ => self.filled.text(path),
        }
    }

    /// Whether a choice is made.
    pub(super) fn is(&self, path: &str, value: &str) -> bool {
        self.value(path) == value
    }

    /// What is wrong with a field.
    pub(super) fn fault(&self, path: &str) -> Option<&str> {
        self.faults.iter().find(|(name, _)| name == path).map(|(_, why)| why.as_str())
    }

    /// Whether anything stands in one of these fields.
    pub(super) fn any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| !self.value(path).is_empty() || self.fault(path).is_some())
    }

    /// Whether the products are begun, so that there is something to say on them.
    pub(super) fn names_products(&self) -> bool {
        self.any(&["platform.product", "third_party.company", "third_party.solution"])
    }

    /// The eSR that the form makes; what stands nowhere is left out.
    pub(super) fn body(&self) -> Value {
        let mut body = Map::new();
        let mut set = |path: &str, value: Value| match path.split_once('.') {
            None => drop(body.insert(path.to_owned(), value)),
            Some((key, within)) => body.entry(key.to_owned()).or_insert_with(|| json!({}))[within] = value,
        };
        for path in TEXTS {
            let text = self.value(path).replace("\r\n", "\n");
            if !text.is_empty() {
                set(path, json!(text));
            }
        }
        match self.value("severity").parse::<u8>() {
            Ok(severity) => set("severity", json!(severity)),
            Err(_) if self.value("severity").is_empty() => {}
            Err(_) => set("severity", json!(self.value("severity"))),
        }
        match self.value("system_access") {
            "yes" => set("system_access", json!(true)),
            "no" => set("system_access", json!(false)),
            _ => {}
        }
        let at = self.value("occurred_at");
        if !at.is_empty() {
            set("occurred_at", json!(utc(at)));
        }
        Value::Object(body)
    }

    /// The same with what every eSR needs, so that the rest can be looked at while it is being typed.
    pub(super) fn draft(&self) -> Value {
        let mut body = self.body();
        for (key, value) in
            [("reference", json!("-")), ("summary", json!("-")), ("severity", json!(3)), ("phase", json!("production"))]
        {
            if body.get(key).is_none_or(|given| given.as_str() == Some("")) {
                body[key] = value;
            }
        }
        body
    }

    /// Notes what is wrong, each with the name of its field.
    pub(super) fn blame(&mut self, errors: Vec<FieldError>) {
        self.faults = errors
            .into_iter()
            .map(|error| {
                let said = match error.message.starts_with("is required") {
                    true => "is needed".to_owned(),
                    false => error.message,
                };
                let why = sentence(&format!("{} {said}", label(&error.path)));
                (error.path, why)
            })
            .collect();
    }
}

/// A browser's local time, which the form asks for in UTC.
fn utc(at: &str) -> String {
    match at.len() {
        16 => format!("{at}:00Z"),
        19 => format!("{at}Z"),
        _ => at.to_owned(),
    }
}

/// What a field is called.
pub(super) fn label(path: &str) -> String {
    match path {
        "reference" => "Your reference".to_owned(),
        "phase" => "Where it happens".to_owned(),
        "severity" => "Severity".to_owned(),
        "summary" => "Summary".to_owned(),
        "description" => "Description".to_owned(),
        "occurred_at" => "Since when".to_owned(),
        "customer.name" => "Customer".to_owned(),
        "customer.site" => "Site".to_owned(),
        "customer.country" => "Country".to_owned(),
        "responsibility" => "Whose side the fault is on".to_owned(),
        "system_access" => "Access to the system".to_owned(),
        "participant_case.number" => "Ticket number at the third party".to_owned(),
        "participant_case.conclusion" => "Its conclusion".to_owned(),
        "participant_case.findings" => "Its findings".to_owned(),
        "assistance_topic" => "What the question is about".to_owned(),
        other => Words::of(Language::En).word(&format!("page-field-{}", other.replace('.', "-"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::parse;

    fn form(sent: &[u8]) -> Form {
        Form::new(Filled::parse(sent))
    }

    #[test]
    fn the_form_makes_the_esr_that_a_partners_system_would_send() {
        let sent = form(
            b"reference=BP-1&phase=production&severity=2&summary=S&description=a%0D%0Ab&platform.product=OXE&third_party.company=\
              &system_access=yes&occurred_at=2026-11-20T08:30&participant_case.conclusion=",
        );
        let expected = json!({
            "reference": "BP-1", "phase": "production", "severity": 2, "summary": "S", "description": "a\nb",
            "platform": { "product": "OXE" }, "system_access": true, "occurred_at": "2026-11-20T08:30:00Z",
        });
        assert_eq!(sent.body(), expected);
        assert!(parse::esr(&sent.body()).is_ok());
    }

    #[test]
    fn a_form_that_is_begun_can_be_looked_at_already_and_one_that_is_sent_names_what_is_missing() {
        let mut begun = form(b"third_party.company=Hotelja&use=third_party.company%3DHotelia+Systems&severity=");
        assert!(parse::esr(&begun.draft()).is_ok());
        assert_eq!(begun.draft()["third_party"]["company"], "Hotelia Systems");
        begun.blame(parse::esr(&begun.body()).unwrap_err());
        assert_eq!(begun.fault("reference"), Some("Your reference is needed."));
        assert_eq!(begun.fault("severity"), Some("Severity is needed."));
        assert_eq!(begun.fault("third_party.company"), None);
    }

    #[test]
    fn every_field_has_a_name() {
        for path in TEXTS {
            assert!(!label(path).starts_with("page-"), "{path}");
        }
    }
}
