//! Every way an eSR's fields can be wrong, and what is let through.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::intake::content;

fn full() -> Value {
    json!({
        "reference": "BP-2026-00417", "phase": "production", "severity": 2, "summary": "No wake-up calls",
        "description": "a\tb\r\nc", "occurred_at": "2026-11-20T08:30:00Z",
        "customer": {"name": "Hotel Bellevue", "site": "Lyon", "country": "FR"},
        "platform": {"product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3"},
        "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"},
        "feature": "wake-up call", "responsibility": "undetermined", "system_access": true,
        "participant_case": {"number": "HT-9912", "conclusion": "ale_fault_shown", "findings": "f", "traces": ["t"]},
        "assistance_topic": "interface"
    })
}

/// The full eSR with one value replaced; the path is a JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = full();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

fn errors(body: &Value) -> Vec<(String, String)> {
    esr(body).unwrap_err().into_iter().map(|error| (error.path, error.message)).collect()
}

/// The one error of a body with one bad value.
fn error(pointer: &str, value: Value) -> String {
    let errors = errors(&with(pointer, value));
    assert_eq!(errors.len(), 1, "{errors:?}");
    let expected = pointer.trim_start_matches('/').replace('/', ".").replace("traces.0", "traces[0]");
    assert_eq!(errors[0].0, expected);
    errors[0].1.clone()
}

#[test]
fn a_full_esr_gives_every_key_back_and_the_known_keys_are_exactly_those() {
    let read = esr(&full()).unwrap();
    let written = serde_json::to_value(&read).unwrap();
    assert_eq!(written, full());
    let mut known: Vec<(&str, Vec<&str>)> = content::KEYS.iter().map(|(key, within)| (*key, within.to_vec())).collect();
    known.iter_mut().for_each(|(_, within)| within.sort_unstable());
    known.sort_unstable();
    let within =
        |value: &'static Value| value.as_object().map_or(Vec::new(), |map| map.keys().map(String::as_str).collect());
    let written: &'static Value = Box::leak(Box::new(written));
    let mut keys: Vec<(&str, Vec<&str>)> =
        written.as_object().unwrap().iter().map(|(key, value)| (key.as_str(), within(value))).collect();
    keys.iter_mut().for_each(|(_, within)| within.sort_unstable());
    keys.sort_unstable();
    assert_eq!(keys, known);
}

#[test]
fn the_four_required_fields_are_enough_and_unknown_keys_are_ignored() {
    let body = json!({"reference": "A", "phase": "development", "severity": 4, "summary": "S", "ticket": {"x": 1},
        "third_party": {"vendor": 5}});
    let read = esr(&body).unwrap();
    assert_eq!(read.third_party, Some(ThirdParty::default()));
    assert_eq!((read.customer, read.system_access, read.responsibility), (None, None, None));
}

#[test]
fn every_bad_field_is_named_at_once() {
    let body = json!({"reference": 5, "phase": "prod", "severity": "2", "description": ["x"], "customer": "Bellevue",
        "platform": {"release": 101.1}, "system_access": "yes", "participant_case": {"conclusion": "x", "traces": ["a", "b", 3]}});
    let paths: Vec<String> = errors(&body).into_iter().map(|(path, _)| path).collect();
    let expected = [
        "reference",
        "phase",
        "severity",
        "summary",
        "description",
        "customer",
        "platform.release",
        "system_access",
        "participant_case.conclusion",
        "participant_case.traces[2]",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn null_and_blank_count_as_missing_everywhere() {
    for blank in [json!(null), json!(""), json!(" \t\n"), json!("\u{a0}\u{3000}\u{200b}")] {
        for key in ["reference", "phase", "severity", "summary"] {
            assert_eq!(error(&format!("/{key}"), blank.clone()), "is required, but is missing or blank");
        }
        let body = json!({"reference": "A", "phase": "production", "severity": 1, "summary": "S", "description": blank,
            "occurred_at": blank, "customer": blank, "platform": {"product": blank, "release": "R1"}, "third_party": blank,
            "feature": blank, "responsibility": blank, "system_access": blank, "assistance_topic": blank,
            "participant_case": {"number": blank, "conclusion": blank, "findings": blank, "traces": [blank, "t", blank]}});
        let read = esr(&body).unwrap();
        let platform = PlatformNamed { release: Some("R1".into()), ..PlatformNamed::default() };
        let case = ParticipantCase { traces: vec!["t".into()], ..ParticipantCase::default() };
        let expected = Esr { platform: Some(platform), participant_case: Some(case), ..minimal() };
        assert_eq!(read, expected);
    }
}

fn minimal() -> Esr {
    esr(&json!({"reference": "A", "phase": "production", "severity": 1, "summary": "S"})).unwrap()
}

#[test]
fn a_severity_is_a_whole_number_from_1_to_4() {
    for (written, severity) in [("1", 1), ("4", 4), ("2.0", 2), ("3e0", 3)] {
        let body: Value = serde_json::from_str(written).unwrap();
        assert_eq!(esr(&with("/severity", body)).unwrap().severity, severity);
    }
    for bad in
        [json!(0), json!(5), json!(-1), json!(2.5), json!("2"), json!(true), json!([2]), json!(258), json!(1e300)]
    {
        assert!(error("/severity", bad.clone()).starts_with("must be a whole number from 1"), "{bad}");
    }
    assert!(error("/severity", json!("2")).ends_with("but the text \"2\" was found"));
}

#[test]
fn an_unknown_word_lists_the_allowed_ones_and_the_nearest() {
    assert_eq!(
        error("/phase", json!("Production")),
        "must be \"production\" or \"development\", but the text \"Production\" was found (did you mean \"production\"?)"
    );
    assert!(error("/participant_case/conclusion", json!("ale fault")).ends_with("(did you mean \"ale_fault_shown\"?)"));
    assert!(
        error("/responsibility", json!("nobody")).starts_with("must be \"ale\", \"participant\" or \"undetermined\"")
    );
    assert!(error("/assistance_topic", json!(1)).ends_with("but the number 1 was found"));
}

#[test]
fn wrong_types_say_what_was_found() {
    assert_eq!(error("/summary", json!(12)), "must be text, but the number 12 was found");
    assert_eq!(
        error("/system_access", json!("true")),
        "must be true or false without quotes, but the text \"true\" was found"
    );
    assert_eq!(error("/third_party", json!(["x"])), "must be an object, but an array was found");
    assert_eq!(
        error("/participant_case/traces", json!("a.pcap")),
        "must be an array of texts, but the text \"a.pcap\" was found"
    );
    assert_eq!(error("/participant_case/traces/0", json!({})), "must be text, but an object was found");
}

#[test]
fn the_top_level_must_be_an_object() {
    for (body, found) in
        [(json!([]), "an array"), (json!("x"), "the text"), (json!(null), "null"), (json!(5), "the number")]
    {
        let errors = esr(&body).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].to_string().contains(found) && errors[0].path.is_empty(), "{}", errors[0]);
    }
}

#[test]
fn lengths_are_counted_in_characters_up_to_their_limits() {
    for (pointer, limit) in [
        ("/reference", limits::REFERENCE),
        ("/summary", limits::SUMMARY),
        ("/description", limits::FREE_TEXT),
        ("/feature", limits::NAME),
        ("/third_party/release", limits::NAME),
        ("/participant_case/traces/0", limits::TRACE),
    ] {
        assert!(esr(&with(pointer, json!("é".repeat(limit)))).is_ok(), "{pointer}");
        let found = error(pointer, json!("é".repeat(limit + 1)));
        assert_eq!(found, format!("is {} characters long; at most {limit} are allowed", limit + 1));
    }
    assert!(error("/reference", json!("x".repeat(5_000))).contains("5000"));
    assert!(error("/description", json!("x".repeat(10_000_000))).len() < 100);
    assert!(error("/participant_case/traces", json!(vec!["t"; 201])).contains("at most 200"));
}

#[test]
fn control_characters_are_refused_but_line_breaks_and_tabs_in_text_are_not() {
    assert!(error("/description", json!("a\u{0}b")).starts_with("holds the control character U+0000 at character 2"));
    assert!(error("/third_party/company", json!("\u{1b}[31m")).contains("U+001B"));
    assert!(esr(&with("/description", json!("a\r\n\tb"))).is_ok());
}

#[test]
fn a_reference_that_would_not_survive_a_copy_is_refused() {
    for bad in [" A", "A ", "A\n", "\u{a0}A", "A\u{200b}"] {
        assert_eq!(error("/reference", json!(bad)), "must not begin or end with white space", "{bad:?}");
    }
    assert!(error("/reference", json!("A\tB")).contains("control characters"));
    assert!(error("/reference", json!("A\u{85}B")).contains("control characters"));
    assert_eq!(esr(&with("/reference", json!("Ä 1/2 #3"))).unwrap().reference, "Ä 1/2 #3");
}

#[test]
fn a_time_that_cannot_be_says_why() {
    let said = error("/occurred_at", json!("20 November 2026"));
    assert!(said.starts_with("must be an RFC 3339 time with its offset") && said.contains("20 November"), "{said}");
    assert!(
        error("/occurred_at", json!("2026-11-20T08:30:00")).starts_with("must be an RFC 3339 time with its offset")
    );
    assert!(error("/occurred_at", json!("2025-02-29T00:00:00Z")).starts_with("must be a day that exists"));
    assert!(
        error("/occurred_at", json!("9999-12-31T23:59:59Z")).starts_with("must be 9999-12-30T22:00:00Z at the latest")
    );
    assert!(error("/occurred_at", json!(1_763_627_400)).ends_with("but the number 1763627400 was found"));
}

#[test]
fn who_filed_it_is_a_business_partner_unless_said_otherwise() {
    let filer = |body: Value| filed_by(&body).map(|by| by.filer);
    assert_eq!(filer(json!({})), Ok(Filer::BusinessPartner));
    assert_eq!(filer(json!({"filed_by": null})), Ok(Filer::BusinessPartner));
    assert_eq!(filer(json!({"filed_by": "participant"})), Ok(Filer::Participant));
    assert_eq!(filer(json!({"filed_by": "other"})), Ok(Filer::Other));
    let error = filer(json!({"filed_by": "partner"})).unwrap_err();
    assert_eq!(error.path, "filed_by");
    assert!(error.message.contains("\"business_partner\", \"participant\" or \"other\""), "{error}");
}

#[test]
fn the_words_are_those_that_serde_writes() {
    for conclusion in Conclusion::ALL {
        assert_eq!(serde_json::to_value(conclusion).unwrap(), conclusion.as_str());
    }
    for topic in AssistanceTopic::ALL {
        assert_eq!(serde_json::to_value(topic).unwrap(), topic.as_str());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let key = prop_oneof![".{0,6}", proptest::sample::select(content::KEYS).prop_map(|(key, _)| key.to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_in_any_place_is_read_or_refused_at_its_own_path(pick in any::<proptest::sample::Index>(), value in any_json()) {
        let (key, _) = content::KEYS[pick.index(content::KEYS.len())];
        if let Err(errors) = esr(&with(&format!("/{key}"), value)) {
            prop_assert!(!errors.is_empty());
            prop_assert!(errors.iter().all(|error| error.path.split(['.', '[']).next() == Some(key)), "{:?}", errors);
        }
    }

    #[test]
    fn what_was_read_reads_back_the_same(value in any_json(), text in "[^\u{0}-\u{1f}\u{7f}]{0,30}", severity in 1_u8..=4) {
        let mut body = with("/description", json!(text));
        body["severity"] = json!(severity);
        body["customer"] = value;
        if let Ok(read) = esr(&body) {
            let again = esr(&serde_json::to_value(&read).unwrap());
            prop_assert_eq!(again, Ok(read));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(from_bytes(&bytes).is_err());
    }
}
