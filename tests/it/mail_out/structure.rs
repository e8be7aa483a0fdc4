//! How letters are made, whatever stands in them.

use std::collections::{BTreeMap, BTreeSet};

use mail_parser::{HeaderName, MessageParser};
use pointsman::intake::esr::Conclusion;
use pointsman::mail::address::{Correspondent, Kind, token_in};
use pointsman::mail::reply::understood::{self, Known};
use pointsman::mail::{BadLetter, Disabled, MailKey, compose, compose_disabled};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use pointsman::triage::rules::Rules;
use serde_json::{Value, json};

use super::letters::{fixtures, parts};
use super::shapes::hostile;
use super::{Desk, ESR, esr, letter, settings};

const SIDES: [Side; 5] = [Side::BusinessPartner, Side::Participant, Side::Ale, Side::Agent, Side::Finance];
const NOTICES: [Notice; 6] =
    [Notice::Decided, Notice::Escalated, Notice::YourTurn, Notice::ForInformation, Notice::Offer, Notice::Closed];

/// What links in a letter may lead to.
const LINKS: [&str; 4] = ["https://esr.ale.example/c/", "mailto:", "tel:", "https://"];

/// Asserts that the HTML is one that any mail program may show: one button, nothing that acts or is fetched.
#[track_caller]
pub(super) fn is_sound(html: &str) {
    let low = html.to_lowercase().replace("&#x2f;", "/");
    // Text of others has no "<" of its own left, so that these are the template's tags.
    let tags: Vec<&str> = low.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()).collect();
    for wrong in ["script", "img", "iframe", "form", "link", "object", "base", "video", "svg"] {
        assert!(!tags.iter().any(|tag| tag.split([' ', '/']).next() == Some(wrong)), "{wrong}: {html}");
    }
    for tag in &tags {
        for wrong in [" src=", " on", "javascript:", "url(", "expression("] {
            assert!(!tag.contains(wrong), "{wrong} in {tag}: {html}");
        }
    }
    assert!(!low.contains("@import") && !low.contains("@font-face"));
    assert_eq!(low.matches("class=\"button\"").count(), 1, "one button: {html}");
    let links: Vec<&str> = low.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.iter().filter(|link| link.starts_with(LINKS[0])).count() == 1, "{links:?}");
    assert!(links.iter().all(|link| LINKS.iter().any(|known| link.starts_with(known))), "{links:?}");
    assert!(
        html.contains("max-width:600px")
            && html.contains("prefers-color-scheme: dark")
            && html.contains("name=\"viewport\"")
    );
    assert!(html.len() < 60_000, "{} bytes", html.len());
}

/// A fixture for each outcome of the built-in rules.
fn by_outcome(desk: &Desk) -> BTreeMap<String, Value> {
    let rules = Rules::embedded();
    let mut found = BTreeMap::new();
    for esr in fixtures().values() {
        let data = desk.data(esr);
        let rule = rules.rules().iter().find(|rule| rule.id == data["decision"]["rule"].as_str().unwrap()).unwrap();
        found.entry(rules.outcome(rule).id.clone()).or_insert(data);
    }
    let all: BTreeSet<_> = rules.outcomes().iter().map(|outcome| outcome.id.clone()).collect();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), all, "the fixtures show every outcome");
    found
}

#[test]
fn every_letter_of_every_outcome_side_and_notice_is_whole_in_both_languages() {
    let (desk, settings) = (Desk::open(), settings(""));
    for (outcome, data) in by_outcome(&desk) {
        for side in SIDES {
            for notice in NOTICES {
                for language in [Language::En, Language::Fr] {
                    let what = format!("{outcome}, {side}, {notice}, {language}");
                    let (text, html) = parts(&compose(&letter(&data, notice, side, language), &settings).unwrap());
                    is_sound(&html);
                    assert!(html.contains(&format!("<html lang=\"{language}\">")), "{what}");
                    // No message is missing: its id would stand there.
                    for id in [
                        "headline-",
                        "place-",
                        "title-",
                        "label-",
                        "waits-",
                        "happened-",
                        "ask-",
                        "says-",
                        "because-",
                        "footer-",
                        "side-",
                        "severity-",
                        "analysis-",
                    ] {
                        let stray = text.split_whitespace().find(|word| word.starts_with(id));
                        assert_eq!(stray, None, "{what}: {text}");
                    }
                    assert!(!text.contains("{ $") && !text.contains("\n\n\n"), "{what}: {text}");
                    let reference = data["reference"].as_str().unwrap();
                    assert!(text.contains(reference) && html.contains("https://esr.ale.example/c/"), "{what}");
                    for clause in data["decision"]["clauses"].as_array().unwrap() {
                        assert!(text.contains(clause.as_str().unwrap()), "{what} names its clause: {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_letter_names_the_report_its_edition_and_dates_both_numbers_and_the_time_to_answer() {
    let desk = Desk::open();
    let data = desk.data(&esr(json!({ "participant_case": { "number": "HT-9912" } })));
    let mut letter = letter(&data, Notice::YourTurn, Side::Participant, Language::En);
    letter.answer_by = Some("2026-11-24T09:00:00Z".parse().unwrap());
    let (text, html) = parts(&compose(&letter, &settings("")).unwrap());
    for part in [
        "IWR-0412, edition 1",
        "14 March 2025",
        "14 March 2027",
        "9.2.3 case 3",
        "BP-2026-00417",
        "HT-9912",
        "Answer by 24 November 2026, 09:00 UTC",
        "Case: HT-9912",
        "Answer on the web",
    ] {
        assert!(text.contains(part) && html.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_letters_of_a_case_to_one_side_are_one_thread_and_the_same_message_is_the_same_letter() {
    let desk = Desk::open();
    let (data, settings) = (desk.data(&esr(json!({}))), settings(""));
    let first = letter(&data, Notice::Escalated, Side::Participant, Language::En);
    let written = compose(&first, &settings).unwrap().formatted();
    assert_eq!(written, compose(&first, &settings).unwrap().formatted());

    let later = pointsman::mail::Letter {
        message_id: "msg_0193f4c2a1b07c3d8e9f001122334455_2_esr_updated",
        notice: Notice::YourTurn,
        ..first
    };
    let other_side = letter(&data, Notice::Decided, Side::BusinessPartner, Language::En);
    let other_reader = pointsman::mail::Letter { address: "second@hotelia.example", ..first };
    let headers = |letter: &pointsman::mail::Letter<'_>| {
        let bytes = compose(letter, &settings).unwrap().formatted();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let text = |name: HeaderName<'static>| mail.header_raw(name).unwrap().trim().to_owned();
        (
            text(HeaderName::References),
            text(HeaderName::InReplyTo),
            text(HeaderName::MessageId),
            text(HeaderName::Subject),
        )
    };
    let (a, b, c, d) = (headers(&first), headers(&later), headers(&other_side), headers(&other_reader));
    assert_eq!((&a.0, &a.1, &a.3), (&b.0, &b.1, &b.3), "one thread, one subject");
    assert_eq!(a.0, format!("<{ESR}.participant@ale.example>"));
    assert_ne!(a.2, b.2);
    assert_ne!(a.0, c.0, "another side's thread is another");
    assert_ne!(a.2, d.2, "another reader's letter is another");
}

#[test]
fn a_letter_is_answerable_and_says_that_a_machine_wrote_it() {
    let desk = Desk::open();
    let data = desk.data(&esr(json!({})));
    let message = compose(
        &letter(&data, Notice::Escalated, Side::Participant, Language::En),
        &settings("domain = \"cases.ale.example\"\n"),
    )
    .unwrap();
    let bytes = message.formatted();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let raw = |name: &'static str| mail.header_raw(name).unwrap_or_default().trim().to_owned();
    assert_eq!(raw("Auto-Submitted"), "auto-generated");
    assert_eq!(raw("X-Auto-Response-Suppress"), "All");
    assert_eq!(raw("List-Id"), "eSR <esr.cases.ale.example>");
    assert_eq!(raw("X-Pointsman-Case"), ESR);
    let key = MailKey::new("0123456789abcdef0123456789abcdef").unwrap();
    let expected = Correspondent::new(ESR, Side::Participant, "hotelia");
    let reply_to = mail.reply_to().unwrap().first().unwrap().address().unwrap().to_owned();
    let bounces = message.envelope().from().unwrap().to_string();
    for (address, kind) in [(reply_to, Kind::Reply), (bounces, Kind::Bounce)] {
        let (found, token) = token_in(&address, "cases.ale.example").unwrap();
        assert_eq!((found, Correspondent::of_token(token, &key)), (kind, expected.clone()), "{address}");
    }
}

#[test]
fn what_a_letter_asks_to_be_written_is_understood_when_it_comes_back() {
    let desk = Desk::open();
    let data = desk.data(&esr(json!({})));
    for language in [Language::En, Language::Fr] {
        let (text, _) =
            parts(&compose(&letter(&data, Notice::Escalated, Side::Participant, language), &settings("")).unwrap());
        let example: Vec<&str> = text.lines().filter(|line| line.starts_with("    ")).map(str::trim).collect();
        let known = Known { ours: &["BP-2026-00417"], ..Known::default() };
        let found = understood::read("Re: [BP-2026-00417] Wake-up calls", &example.join("\n"), &known);
        assert_eq!(found.number.map(|(number, _)| number).as_deref(), Some("EXAMPLE-1"), "{example:?}");
        assert_eq!(found.conclusion, Some(Conclusion::Inconclusive), "{example:?}");
        assert_eq!(found.findings, None, "nothing is left over: {example:?}");

        let meanings: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
        assert_eq!(meanings.len(), Conclusion::ALL.len(), "{text}");
        for (meaning, conclusion) in meanings.iter().zip(Conclusion::ALL) {
            let word = meaning.split([':', '\u{a0}']).next().unwrap().trim();
            let found = understood::read("", &format!("Case: HT-1\nConclusion: {word}"), &known);
            assert_eq!(found.conclusion, Some(*conclusion), "{word}");
        }
    }
}

#[test]
fn hostile_text_adds_no_header_and_no_markup_and_stays_short() {
    let desk = Desk::open();
    let data = hostile(desk.data(&esr(json!({}))));
    for side in SIDES {
        for language in [Language::En, Language::Fr] {
            let message = compose(&letter(&data, Notice::Escalated, side, language), &settings("")).unwrap();
            let bytes = message.formatted();
            let (text, html) = parts(&message);
            is_sound(&html);
            assert!(!text.contains('\u{202e}') && text.len() < 30_000, "{side}: {} bytes", text.len());
            let source = String::from_utf8(bytes.clone()).unwrap();
            assert!(source.lines().all(|line| line.len() <= 998), "{side}");
            let (head, _) = source.split_once("\r\n\r\n").unwrap();
            let mut names: Vec<String> = head
                .lines()
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap().to_lowercase())
                .collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "no header stands there twice: {head}");
            assert!(!names.iter().any(|name| name == "bcc" || name == "x-evil"), "{head}");
            assert_eq!(message.envelope().to().len(), 1);
            let mail = MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(mail.to().unwrap().clone().into_list().len(), 1, "{head}");
        }
    }
}

#[test]
fn an_address_that_is_none_is_refused_and_one_in_another_script_is_written_for_mail_servers() {
    let desk = Desk::open();
    let data = desk.data(&esr(json!({})));
    let mut one = letter(&data, Notice::Escalated, Side::Participant, Language::En);
    for wrong in [
        "",
        "@",
        "support",
        "a@b.example\r\nBcc: x@y.example",
        "a b@c.example",
        "a@b c.example",
        "a@[127.0.0.1]",
        "a@",
        "a@b@",
    ] {
        one.address = wrong;
        let error = compose(&one, &settings("")).unwrap_err();
        assert!(matches!(error, BadLetter::Address(_)), "{wrong:?}: {error}");
    }
    one.address = "support@hôtel.example";
    let message = compose(&one, &settings("")).unwrap();
    assert_eq!(message.envelope().to()[0].to_string(), "support@xn--htel-vqa.example");
    assert!(message.formatted().is_ascii());
}

#[test]
fn a_test_says_that_it_is_one() {
    let desk = Desk::open();
    let data = desk.data(&esr(json!({})));
    for (language, words) in [(Language::En, "This is a test."), (Language::Fr, "Ceci est un essai.")] {
        let mut letter = letter(&data, Notice::Escalated, Side::Participant, language);
        letter.test = true;
        let (text, html) = parts(&compose(&letter, &settings("")).unwrap());
        assert!(text.contains(words) && html.contains(words));
    }
}

#[test]
fn an_operators_own_sentence_stays_as_it_is_in_both_languages() {
    let desk = Desk::open();
    let mut data = desk.data(&esr(json!({})));
    data["decision"]["because"] = json!("Our own desk looks first, as agreed with Hotelia Systems.");
    data["decision"]["next_steps"] = json!([{ "who": "participant", "do": "Ring us." }]);
    for language in [Language::En, Language::Fr] {
        let (text, _) =
            parts(&compose(&letter(&data, Notice::Escalated, Side::Participant, language), &settings("")).unwrap());
        assert!(
            text.contains("Our own desk looks first, as agreed with Hotelia Systems.") && text.contains("Ring us."),
            "{text}"
        );
    }
}

#[test]
fn an_endpoints_owner_is_told_in_a_letter_that_it_was_switched_off() {
    for (language, since, gone) in [
        (Language::En, "arrived since 20 November 2026", "it is gone"),
        (Language::Fr, "depuis le 20 novembre 2026", "n’existe plus"),
    ] {
        let mut letter = Disabled {
            id: "end_1",
            name: "hotelia-zendesk",
            failing_since: Some("2026-11-20T08:00:00Z".parse().unwrap()),
            answer: "503 <b>down</b>\r\nBcc: x@y.example",
            at: super::at(),
            address: "ops@hotelia.example",
            language,
        };
        let message = compose_disabled(&letter, &settings("")).unwrap();
        let (text, html) = parts(&message);
        assert!(text.contains(since) && text.contains("hotelia-zendesk") && text.contains("503"), "{text}");
        assert!(!html.contains("<b>down") && !html.contains("class=\"button\""), "{html}");
        assert_eq!(message.envelope().from().unwrap().to_string(), "esr@ale.example");
        letter.failing_since = None;
        let (text, _) = parts(&compose_disabled(&letter, &settings("")).unwrap());
        assert!(text.contains(gone), "{text}");
    }
}
