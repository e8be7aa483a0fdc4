//! What the participant says in the form: its case number, conclusion and findings.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::view::Faults;
use crate::intake::esr::Conclusion;
use crate::mail::Words;
use crate::web::pages::filled::Filled;

/// The longest findings, in characters. Longer ones are a file.
const FINDINGS: usize = 20_000;
/// The longest case number, in characters.
const NUMBER: usize = 200;

/// The form, as it is laid out.
#[derive(Debug)]
pub(in crate::web::pages) struct Form {
    pub(in crate::web::pages) number: String,
    pub(in crate::web::pages) findings: String,
    pub(in crate::web::pages) choices: Vec<Choice>,
    /// Something was said before.
    pub(in crate::web::pages) known: bool,
    pub(in crate::web::pages) longest_number: usize,
    pub(in crate::web::pages) longest_findings: usize,
}

/// One conclusion to choose.
#[derive(Debug)]
pub(in crate::web::pages) struct Choice {
    pub(in crate::web::pages) value: &'static str,
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) means: String,
    /// What happens when it is chosen.
    pub(in crate::web::pages) then: String,
    pub(in crate::web::pages) chosen: bool,
}

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web::pages) struct Said {
    number: String,
    conclusion: Option<Conclusion>,
    findings: String,
}

impl Said {
    /// Reads a sent form.
    pub(super) fn read(filled: &Filled) -> Self {
        Self {
            number: filled.text("number").to_owned(),
            conclusion: Conclusion::parse(filled.text("conclusion")),
            findings: filled.text("findings").replace("\r\n", "\n"),
        }
    }

    /// What the case says already (`participant_case`).
    pub(super) fn known(case: &Value) -> Self {
        let text = |key: &str| case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { number: text("number"), conclusion: Conclusion::parse(&text("conclusion")), findings: text("findings") }
    }

    /// The update that it makes of `participant_case`, beside what is known; `traces` when files came with it.
    ///
    /// # Errors
    /// Each field that is wrong, with the sentence that says how.
    pub(super) fn checked(&self, words: &Words, known: &Value, traces: bool) -> Result<Map<String, Value>, Faults> {
        let mut faults = Faults::new();
        let length = self.number.chars().count();
        if length == 0 || length > NUMBER || self.number.chars().any(char::is_control) {
            faults.push(("number".to_owned(), words.word("page-wrong-number")));
        }
        if self.findings.chars().count() > FINDINGS || self.findings.contains('\0') {
            let most: [(&str, Cow<'_, str>); 1] = [("most", FINDINGS.to_string().into())];
            faults.push(("findings".to_owned(), words.say("page-wrong-findings", &most)));
        }
        let traces = traces || known.get("traces").and_then(Value::as_array).is_some_and(|traces| !traces.is_empty());
        if self.conclusion == Some(Conclusion::AleFaultShown) && self.findings.is_empty() && !traces {
            faults.push(("findings".to_owned(), words.word("page-wrong-conclusion")));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        // null takes back what was said before.
        let mut update = Map::new();
        update.insert("number".to_owned(), json!(self.number));
        update.insert("conclusion".to_owned(), json!(self.conclusion));
        update.insert("findings".to_owned(), json!(Some(&self.findings).filter(|text| !text.is_empty())));
        Ok(update)
    }

    /// What there is of it, each with its name.
    pub(super) fn rows(&self, words: &Words) -> Vec<(String, String)> {
        let conclusion = self.conclusion.map(|conclusion| words.conclusion(conclusion)).unwrap_or_default();
        let rows = [
            ("page-case-number", self.number.clone()),
            ("page-conclusion", conclusion),
            ("page-findings", self.findings.clone()),
        ];
        rows.into_iter().filter(|(_, text)| !text.is_empty()).map(|(id, text)| (words.word(id), text)).collect()
    }

    /// The form with this in it.
    pub(super) fn form(&self, words: &Words, known: bool) -> Form {
        let choice = |conclusion: &Conclusion| Choice {
            value: conclusion.as_str(),
            // In a letter the participant writes it; here it is asked.
            label: match conclusion {
                Conclusion::ParticipantFaultFound => words.word("page-conclusion-participant_fault_found"),
                other => words.conclusion(*other),
            },
            means: words.word(&format!("conclusion-{conclusion}-means")),
            then: words.word(&format!("page-conclusion-{conclusion}-then")),
            chosen: self.conclusion == Some(*conclusion),
        };
        let none = Choice {
            value: "",
            label: words.word("page-conclusion-none"),
            means: String::new(),
            then: words.word("page-conclusion-none-then"),
            chosen: self.conclusion.is_none(),
        };
        Form {
            number: self.number.clone(),
            findings: self.findings.clone(),
            choices: [none].into_iter().chain(Conclusion::ALL.iter().map(choice)).collect(),
            known,
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

    fn read(body: &[u8]) -> Said {
        Said::read(&Filled::parse(body))
    }

    #[test]
    fn a_sent_form_becomes_an_update_and_saying_it_again_is_no_news() {
        let said = read(b"number=+HT-9912&conclusion=ale_fault_shown&findings=line+1%0D%0Aline%202&x=y");
        let update = said.checked(words(), &Value::Null, false).unwrap();
        let expected = json!({ "number": "HT-9912", "conclusion": "ale_fault_shown", "findings": "line 1\nline 2" });
        assert_eq!(Value::Object(update.clone()), expected);
        assert!(is_news(&update, &Value::Null));
        assert!(!is_news(&update, &expected));
        assert_eq!(Said::known(&expected), said);
    }

    #[test]
    fn what_is_left_empty_is_taken_back() {
        let update = read(b"number=7").checked(words(), &Value::Null, false).unwrap();
        assert_eq!(Value::Object(update.clone()), json!({ "number": "7", "conclusion": null, "findings": null }));
        assert!(!is_news(&update, &json!({ "number": "7" })));
        assert!(is_news(&update, &json!({ "number": "7", "findings": "x" })));
    }

    #[test]
    fn a_form_that_cannot_be_is_refused_with_a_sentence_for_each_field() {
        let long = format!("number=1&findings={}", "x".repeat(FINDINGS + 1));
        for (body, known, field, why) in [
            (&b""[..], Value::Null, "number", "Give your case number"),
            (b"number=a%00b", Value::Null, "number", "Give your case number"),
            (long.as_bytes(), Value::Null, "findings", "at most 20000 characters"),
            (b"number=1&conclusion=ale_fault_shown", json!({ "traces": [] }), "findings", "write your findings"),
        ] {
            let faults = read(body).checked(words(), &known, false).unwrap_err();
            assert!(faults.len() == 1 && faults[0].0 == field && faults[0].1.contains(why), "{faults:?}");
        }
        let shown = read(b"number=1&conclusion=ale_fault_shown");
        assert!(shown.checked(words(), &json!({ "traces": ["sip.pcap"] }), false).is_ok());
        assert!(shown.checked(words(), &Value::Null, true).is_ok(), "files that came with it show it too");
        assert_eq!(read(b"conclusion=ale_fault_shown").checked(words(), &Value::Null, false).unwrap_err().len(), 2);
    }
}
