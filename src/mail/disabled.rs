//! The letter to whoever looks after an endpoint that was disabled.

use super::content::{Content, Reader};
use super::letter::Letter;

/// What it says, in place of what the case's own letter would: what happened to the endpoint, and what to do.
pub(super) fn content(reader: &Reader<'_>, of_case: Content, letter: &Letter<'_>) -> Content {
    let case = &reader.case;
    let endpoint = case.name("/endpoint/name");
    let since = case.time("/endpoint/failing_since").unwrap_or(letter.at);
    let words = reader.words;
    let say = |id: &str| {
        let args = [
            ("endpoint", endpoint.as_str().into()),
            ("since", words.time(since).into()),
            ("reason", case.text("/endpoint/reason", 300).into()),
        ];
        words.say(id, &args)
    };
    let gone = letter.data.pointer("/endpoint/gone").and_then(serde_json::Value::as_bool) == Some(true);
    let headline = say("disabled-headline");
    let happened = vec![say(if gone { "disabled-happened-gone" } else { "disabled-happened" }), say("disabled-reason")];
    Content {
        subject: say("disabled-subject"),
        preheader: headline.clone(),
        headline,
        happened,
        ask: vec![say("disabled-ask")],
        ask_title: words.word("title-ask"),
        summary: String::new(),
        description: String::new(),
        description_lines: Vec::new(),
        details: Vec::new(),
        findings: None,
        due: None,
        ask_details: Vec::new(),
        answer: None,
        why: Vec::new(),
        proofs: Vec::new(),
        numbers: Vec::new(),
        contact: None,
        ..of_case
    }
}
