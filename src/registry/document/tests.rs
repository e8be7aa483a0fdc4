use super::*;

fn faults_of(text: &str) -> Vec<String> {
    match parse("registry.json", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// The contract's own example, with one text replaced by another.
fn example_with(from: &str, to: &str) -> String {
    let example = include_str!("example.json");
    assert!(example.contains(from), "{from}");
    example.replacen(from, to, 1)
}

#[test]
fn the_contracts_example_is_read_and_written_back_the_same() {
    let document = parse("registry.json", include_bytes!("example.json")).unwrap();
    assert_eq!(document.reports[0].scope[0].name, "Wake-up call");
    assert_eq!(document.participants[0].assistance_tickets, 5);
    let written = serde_json::to_vec(&document).unwrap();
    assert_eq!(parse("again", &written), Ok(document));
}

#[test]
fn missing_and_null_sections_are_empty_and_a_byte_order_mark_is_no_fault() {
    assert_eq!(parse("x", b"\xef\xbb\xbf{}"), Ok(Document::default()));
    assert_eq!(parse("x", br#"{"reports": null, "platforms": []}"#), Ok(Document::default()));
}

#[test]
fn all_faults_of_a_file_are_reported_at_once_each_with_its_line() {
    let text = r#"{
  "platforms": [{"id": "oxe", "name": "OmniPCX Enterprise", "releases": [
      {"release": "R100", "codes": ["N1", "N2"]},
      {"release": "R101", "codes": ["n1"]}]}],
  "participants": [
    {"id": "hotelia", "name": "Hotelia Systems", "assistance_tickets": -1, "joined_on": "2020-01-01",
     "left_on": "2019-01-01"},
    {"id": "other", "name": "HOTELIA systems GmbH", "colour": "red", "aliases": [7, " "]}
  ],
  "solutions": [{"id": "pms", "participant": "hotelya", "name": "PMS"}],
  "reports": [
    {"id": "IWR-1", "edition": 0, "solution": "pms", "solution_releases": [], "platform": "oxe",
     "platform_releases": ["R101..R100", "-", "8.."], "verdict": "pased", "publishedon": "2026-01-01",
     "expires_on": "2026-02-30",
     "scope": [{"id": "a", "name": "A", "result": "ok"}, {"id": "b", "name": "a", "result": 3}],
     "limitations": [{"id": "L1", "feature": "c", "text": "t"}]},
    17,
    {"id": "IWR-2", "edition": 1, "solution": "pms", "solution_releases": ["8"], "platform": "ox",
     "platform_releases": "R101", "verdict": "passed", "published_on": "2026-01-01", "expires_on": "2026-01-01",
     "withdrawn_on": "2025-01-01"}
  ]
}"#;
    let expected = [
        "4: platforms[0].releases[1].codes[0]: \"n1\" is already a code of release R100; a code names one release.",
        "6: participants[0].assistance_tickets: -1 is less than none; the balance is 0 or more.",
        "7: participants[0].left_on: 2019-01-01 is before the day of joining, 2020-01-01.",
        "8: participants[1].aliases[0]: must be a text, not the number 7.",
        "8: participants[1].colour: unknown key; there are `id`, `name`, `aliases`, `membership`, `profiles`, `region`, \
         `joined_on`, `left_on`, `qualified_until`, `hotline`, `assistance_tickets` and `accreditations`.",
        "8: participants[1].aliases[1]: is blank; give a name.",
        "8: participants[1].name: \"HOTELIA systems GmbH\" also names participants[0] (\"hotelia\"); a name belongs to one entry.",
        "10: solutions[0].participant: no participant has the id \"hotelya\"; did you mean \"hotelia\"?",
        "12: reports[0].published_on: is missing.",
        "12: reports[0].edition: 0 is no edition; the first one is 1.",
        "12: reports[0].solution_releases: is empty; name at least one release.",
        "13: reports[0].verdict: unknown word \"pased\"; did you mean `passed`?",
        "13: reports[0].publishedon: unknown key; did you mean `published_on`?",
        "13: reports[0].platform_releases[0]: the range \"R101..R100\" is reversed; write the lower release first.",
        "13: reports[0].platform_releases[1]: \"-\" is no release: it holds no letter or digit.",
        "13: reports[0].platform_releases[2]: the range \"8..\" lacks an end; write it as 8.2..8.4.",
        "14: reports[0].expires_on: 2026-02-30 does not exist: that month has 28 days.",
        "15: reports[0].scope[1].result: must be a text, not the number 3.",
        "15: reports[0].scope[1].name: \"a\" also names reports[0].scope[0] (\"a\"); a name belongs to one entry.",
        "16: reports[0].limitations[0].feature: no scope entry of this report has the id \"c\".",
        "17: reports[1]: must be an object, not the number 17.",
        "18: reports[2].platform: no platform has the id \"ox\"; did you mean \"oxe\"?",
        "19: reports[2].platform_releases: must be a list, not the text \"R101\".",
        "19: reports[2].expires_on: 2026-01-01 is the first day without validity, so it must be after the day it was \
         published, 2026-01-01.",
        "20: reports[2].withdrawn_on: 2025-01-01 is before the day of publication, 2026-01-01.",
    ];
    let expected: Vec<String> = expected.iter().map(|fault| format!("registry.json:{fault}")).collect();
    assert_eq!(faults_of(text), expected);
}

#[test]
fn a_file_that_is_no_json_says_where_reading_stopped() {
    assert_eq!(faults_of("{\n\"platforms\": [,]}"), ["registry.json:2: is not JSON: expected value (column 15)."]);
    assert_eq!(faults_of(""), ["registry.json:1: is not JSON: the file is empty."]);
    assert_eq!(faults_of("[]"), ["registry.json:1: must be an object, not a list."]);
    assert!(faults_of(&"[".repeat(10_000))[0].starts_with("registry.json:1: is nested too deeply: "));
    let surrogate = faults_of(r#"{"platforms": [{"id": "\ud800", "name": "x"}]}"#);
    assert!(surrogate[0].contains("1: is not JSON: "), "{surrogate:?}");
    let latin1 = parse("r.json", b"{\n\"platforms\": [{\"name\": \"H\xf4tel\"}]}").unwrap_err();
    assert_eq!(latin1[0].to_string(), "r.json:2: is not UTF-8 text from here on; save the file as UTF-8.");
}

#[test]
fn a_repeated_key_is_a_fault_and_not_a_silent_choice() {
    let text = example_with("\"activity\": \"communication\"", "\"name\": \"Other\"");
    assert_eq!(faults_of(&text).len(), 1);
    assert!(faults_of(&text)[0].contains("platforms[0].name: is given twice"), "{:?}", faults_of(&text));
    assert!(faults_of(r#"{"reports": [], "reports": []}"#)[0].contains("reports: is given twice"));
}

#[test]
fn repeated_ids_are_faults_and_reports_are_identified_by_id_and_edition() {
    let twice = |text: &str| text.replacen("\"reports\": [", "\"reports\": [REPORT, ", 1);
    let report = r#"{"id": "IWR-0412", "edition": EDITION, "solution": "hotelia-pms", "solution_releases": ["9"],
        "platform": "oxe", "platform_releases": ["R101"], "verdict": "refused", "published_on": "2025-03-14"}"#;
    let text = twice(include_str!("example.json"));
    let second = faults_of(&text.replace("REPORT", &report.replace("EDITION", "2")));
    assert_eq!(second, Vec::<String>::new());
    let same = faults_of(&text.replace("REPORT", &report.replace("EDITION", "1")));
    assert!(same[0].contains("reports[1].edition: IWR-0412 edition 1 is already reports[0]."), "{same:?}");

    let solution = r#""solutions": [{"id": "hotelia-pms", "participant": "hotelia", "name": "Other"}, "#;
    let same = faults_of(&example_with("\"solutions\": [", solution));
    assert_eq!(same.len(), 1, "{same:?}");
    assert!(same[0].contains("solutions[1].id: the id \"hotelia-pms\" is already solutions[0]'s"), "{same:?}");
}

#[test]
fn an_entry_may_repeat_its_own_name_and_solutions_of_two_companies_may_share_one() {
    assert_eq!(
        faults_of(&example_with("[\"Hotelia\"]", "[\"hotelia\", \"Hotelia Systems SAS\"]")),
        Vec::<String>::new()
    );
    let both = |company: &str| {
        format!(
            r#"{{"participants": [{{"id": "a", "name": "Alpha"}}, {{"id": "b", "name": "Beta"}}],
            "solutions": [{{"id": "a-pms", "participant": "a", "name": "PMS"}},
                          {{"id": "b-pms", "participant": "{company}", "name": "P.M.S."}}]}}"#
        )
    };
    assert_eq!(faults_of(&both("b")), Vec::<String>::new());
    assert!(faults_of(&both("a"))[0].contains("solutions[1].name: \"P.M.S.\" also names solutions[0]"));
}

#[test]
fn an_id_that_could_not_be_read_does_not_make_its_references_dangle() {
    let faults = faults_of(&example_with("\"id\": \"hotelia\"", "\"id\": 4"));
    assert_eq!(faults.len(), 1, "{faults:?}");
    let faults = faults_of(&example_with("\"id\": \"oxe\"", "\"Id\": \"oxe\""));
    assert_eq!(faults.len(), 2, "missing and unknown: {faults:?}");
}

#[test]
fn a_day_on_which_a_state_may_begin_and_end_is_no_fault() {
    assert_eq!(
        faults_of(&example_with("\"withdrawn_on\": null", "\"withdrawn_on\": \"2025-03-14\"")),
        Vec::<String>::new()
    );
    assert_eq!(faults_of(&example_with("\"left_on\": null", "\"left_on\": \"2019-03-01\"")), Vec::<String>::new());
    assert_eq!(faults_of(&example_with("\"left_on\": null", "\"left_on\": \"2019-02-28\"")).len(), 1);
}

#[test]
fn a_document_that_came_from_no_file_is_checked_by_the_same_rules() {
    let mut document = parse("x", include_bytes!("example.json")).unwrap();
    assert_eq!(check(&document), []);
    document.solutions[0].participant = String::new();
    document.reports[0].limitations[0].id = "?".into();
    let faults: Vec<String> = check(&document).iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "solutions[0].participant: is blank; give the id of a participant.",
            "reports[0].limitations[0].id: \"?\" holds no letter or digit; give an id."
        ]
    );
}
