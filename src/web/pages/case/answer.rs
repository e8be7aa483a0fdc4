//! What the participant says in the form: its case number, conclusion and findings.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::intake::esr::Conclusion;
use crate::mail::Words;

/// The longest body of an answer, in bytes.
pub(super) const MOST_BYTES: usize = 256 << 10;
/// The longest findings, in characters. Longer ones are a file.
const FINDINGS: usize = 20_000;
/// The longest case number, in characters.
const NUMBER: usize = 200;

/// How long findings may be, for the sentence on it.
pub(super) fn most() -> [(&'static str, Cow<'static, str>); 1] {
    [("most", FINDINGS.to_string().into())]
}

/// The form, as it is laid out.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    number: String,
    findings: String,
    choices: Vec<Choice>,
    wrong: Option<String>,
    longest_number: usize,
    longest_findings: usize,
}

#[derive(Debug, Serialize)]
struct Choice {
    value: &'static str,
    label: String,
    means: String,
    chosen: bool,
}

/// What stands in the form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    number: String,
    conclusion: Option<Conclusion>,
    findings: String,
}

impl Said {
    /// Reads a sent form (`application/x-www-form-urlencoded`).
    pub(super) fn read(body: &[u8]) -> Self {
        let mut said = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "number" => value.trim().clone_into(&mut said.number),
                "conclusion" => said.conclusion = Conclusion::parse(&value),
                "findings" => said.findings = value.replace("\r\n", "\n").trim().to_owned(),
                _ => {}
            }
        }
        said
    }

    /// What the case says already (`participant_case`).
    pub(super) fn known(case: &Value) -> Self {
        let text = |key: &str| case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { number: text("number"), conclusion: Conclusion::parse(&text("conclusion")), findings: text("findings") }
    }

    /// The update that it makes of `participant_case`, beside what is known.
    ///
    /// # Errors
    /// The sentence that says what is wrong.
    pub(super) fn checked(&self, words: &Words, known: &Value) -> Result<Map<String, Value>, String> {
        let length = self.number.chars().count();
        if length == 0 || length > NUMBER || self.number.chars().any(char::is_control) {
            return Err(words.word("page-wrong-number"));
        }
        if self.findings.chars().count() > FINDINGS || self.findings.contains('\0') {
            return Err(words.say("page-wrong-findings", &most()));
        }
        let traces = known.get("traces").and_then(Value::as_array).is_some_and(|traces| !traces.is_empty());
        if self.conclusion == Some(Conclusion::AleFaultShown) && self.findings.is_empty() && !traces {
            return Err(words.word("page-wrong-conclusion"));
        }
        // null takes back what was said before.
        let mut update = Map::new();
        update.insert("number".to_owned(), json!(self.number));
        update.insert("conclusion".to_owned(), json!(self.conclusion));
        update.insert("findings".to_owned(), json!(Some(&self.findings).filter(|text| !text.is_empty())));
        Ok(update)
    }

    /// The form with this in it.
    pub(super) fn form(&self, words: &Words, wrong: Option<String>) -> Form {
        let choice = |conclusion: &Conclusion| Choice {
            value: conclusion.as_str(),
            label: words.conclusion(*conclusion),
            means: words.word(&format!("conclusion-{conclusion}-means")),
            chosen: self.conclusion == Some(*conclusion),
        };
        let none = Choice {
            value: "",
            label: words.word("page-conclusion-none"),
            means: String::new(),
            chosen: self.conclusion.is_none(),
        };
        Form {
            number: self.number.clone(),
            findings: self.findings.clone(),
            choices: [none].into_iter().chain(Conclusion::ALL.iter().map(choice)).collect(),
            wrong,
            longest_number: NUMBER,
            longest_findings: FINDINGS,
        }
    }
}

/// Whether the update says anything that the case does not say already.
pub(super) fn is_news(update: &Map<String, Value>, known: &Value) -> bool {
    update.iter().any(|(key, value)| known.get(key).unwrap_or(&Value::Null) != value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::endpoint::Language;

    fn words() -> &'static Words {
        Words::of(Language::En)
    }

    #[test]
    fn a_sent_form_becomes_an_update_and_saying_it_again_is_no_news() {
        let said = Said::read(b"number=+HT-9912&conclusion=ale_fault_shown&findings=line+1%0D%0Aline%202&x=y");
        let update = said.checked(words(), &Value::Null).unwrap();
        let expected = json!({ "number": "HT-9912", "conclusion": "ale_fault_shown", "findings": "line 1\nline 2" });
        assert_eq!(Value::Object(update.clone()), expected);
        assert!(is_news(&update, &Value::Null));
        assert!(!is_news(&update, &expected));
        assert_eq!(Said::known(&expected), said);
    }

    #[test]
    fn what_is_left_empty_is_taken_back() {
        let update = Said::read(b"number=7").checked(words(), &Value::Null).unwrap();
        assert_eq!(Value::Object(update.clone()), json!({ "number": "7", "conclusion": null, "findings": null }));
        assert!(!is_news(&update, &json!({ "number": "7" })));
        assert!(is_news(&update, &json!({ "number": "7", "findings": "x" })));
    }

    #[test]
    fn a_form_that_cannot_be_is_refused_in_a_sentence() {
        let long = format!("number=1&findings={}", "x".repeat(FINDINGS + 1));
        for (body, known, why) in [
            (&b""[..], Value::Null, "Give your case number"),
            (b"number=a%00b", Value::Null, "Give your case number"),
            (long.as_bytes(), Value::Null, "at most 20000 characters"),
            (b"number=1&conclusion=ale_fault_shown", json!({ "traces": [] }), "write your findings"),
        ] {
            let said = Said::read(body);
            assert!(said.checked(words(), &known).unwrap_err().contains(why), "{why}");
        }
        let shown = Said::read(b"number=1&conclusion=ale_fault_shown");
        assert!(shown.checked(words(), &json!({ "traces": ["sip.pcap"] })).is_ok());
    }
}
