//! What letters say.

use std::collections::BTreeMap;

use lettre::Message;
use mail_parser::MessageParser;
use pointsman::mail::{compose, compose_text};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use super::{Desk, esr, fixture, letter, settings};

/// The text and the HTML of a letter as a mail program reads them.
pub(super) fn parts(message: &Message) -> (String, String) {
    let bytes = message.formatted();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    (mail.body_text(0).unwrap().into_owned(), mail.body_html(0).unwrap().into_owned())
}

/// Every fixture's eSR, by its name.
pub(super) fn fixtures() -> BTreeMap<String, Value> {
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&fixture("expected.json")).unwrap();
    let read = |name: &String| serde_json::from_slice(&fixture(&format!("esrs/{name}.json"))).unwrap();
    expected.keys().map(|name| (name.clone(), read(name))).collect()
}

const SIDES: [Side; 5] = [Side::BusinessPartner, Side::Participant, Side::Ale, Side::Agent, Side::Finance];

/// Writes letters to `target/letters`, to look at: `cargo test --test it letters_to_look_at -- --ignored`.
#[test]
#[ignore = "writes files for people to look at"]
fn letters_to_look_at() {
    let desk = Desk::open();
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/letters");
    std::fs::create_dir_all(&dir).unwrap();
    let case = |conclusion: &str| json!({ "participant_case": { "number": "HT-9912", "conclusion": conclusion, "findings": "The INVITE leaves our PMS link with the right room number (trace, packet 118).\nThe OXE answers 480 at once." } });
    let cases = [
        ("first", esr(json!({})), Notice::Escalated, Side::Participant),
        ("first", esr(json!({})), Notice::Decided, Side::BusinessPartner),
        ("insufficient", esr(case("inconclusive")), Notice::YourTurn, Side::Participant),
        ("shown", esr(case("ale_fault_shown")), Notice::Escalated, Side::Ale),
        ("shown", esr(case("ale_fault_shown")), Notice::ForInformation, Side::BusinessPartner),
        (
            "offer",
            esr(json!({"third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "9.0"}})),
            Notice::Offer,
            Side::BusinessPartner,
        ),
        (
            "offer",
            esr(json!({"third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "9.0"}})),
            Notice::Offer,
            Side::Finance,
        ),
        (
            "unresolved",
            esr(json!({"third_party": {"company": "Hotelai Systems", "solution": "Hotelia PMS", "release": "8.2"}})),
            Notice::YourTurn,
            Side::Agent,
        ),
        (
            "missing",
            esr(
                json!({"platform": {"product": "OXE"}, "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS"}}),
            ),
            Notice::Decided,
            Side::BusinessPartner,
        ),
        ("hostile", esr(json!({})), Notice::Escalated, Side::Participant),
    ];
    for (name, esr, notice, side) in cases {
        let mut data = desk.data(&esr);
        if name == "hostile" {
            data = super::shapes::hostile(data);
        }
        for language in [Language::En, Language::Fr] {
            let mut letter = letter(&data, notice, side, language);
            letter.answer_by = (side == Side::Participant).then(|| "2026-11-24T09:00:00Z".parse().unwrap());
            let message = compose(&letter, &settings("")).unwrap();
            let (text, html) = parts(&message);
            let name = format!("{name}-{side}-{language}");
            std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
            std::fs::write(dir.join(format!("{name}.txt")), text).unwrap();
            std::fs::write(dir.join(format!("{name}.eml")), message.formatted()).unwrap();
            let text = compose_text(&letter);
            std::fs::write(
                dir.join(format!("{name}.says")),
                format!("{}\n\n{}\n\n{}", text.title, text.lines.join("\n"), text.body),
            )
            .unwrap();
        }
    }
}

#[test]
fn a_french_reader_reads_no_english_sentence_in_any_letter_of_the_built_in_rules() {
    let desk = Desk::open();
    let (mut wrong, english) = (Vec::new(), [" the ", " is ", " was ", " has ", "your ", "You ", "The "]);
    for (name, esr) in fixtures() {
        let mut data = desk.data(&esr);
        // What the filer wrote and what the operator's desks say of themselves stays as it is.
        data["decision"]["contact"]["process"] = json!(null);
        data["decision"]["contact"]["name"] = json!("X");
        data["esr"]["summary"] = json!("X");
        data["esr"]["description"] = json!(null);
        data["esr"]["participant_case"]["findings"] = json!(null);
        let remark = data["decision"]["because"].as_str().unwrap().contains("Remark")
            || data["decision"]["because"].as_str().unwrap().contains("is a known limitation");
        for side in SIDES {
            let text = compose_text(&letter(&data, Notice::Decided, side, Language::Fr));
            for line in text.lines.iter().chain([&text.title]) {
                let found = english.iter().find(|word| format!(" {line} ").contains(**word));
                if found.is_some() && !remark {
                    wrong.push(format!("{name}, {side}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
