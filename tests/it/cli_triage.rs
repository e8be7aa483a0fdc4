//! `pointsman triage` as a partner's engineer or a program runs it: exit codes, order, what is named where.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Output, Stdio};

use pointsman::registry::document;
use pointsman::store::{Changed, Options, RegistryWrite, Store};
use serde_json::{Value, json};

const REGISTRY: &str = "fixtures/registry.json";
const NOW: &str = "2026-11-22T09:00:00Z";
const GOOD: &str = "fixtures/esrs/contract_example_participant_first.json";
const OTHER: &str = "fixtures/esrs/company_one_letter_off.json";

fn pointsman() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "POINTSMAN_DATABASE"] {
        command.env_remove(name);
    }
    command.arg("triage");
    command
}

fn sample() -> Command {
    let mut command = pointsman();
    command.args(["--registry", REGISTRY, "--at", NOW]);
    command
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn decisions(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn references(output: &Output) -> Vec<String> {
    decisions(output).iter().map(|decision| decision["reference"].as_str().unwrap().to_owned()).collect()
}

fn esr(reference: &str) -> Value {
    let mut esr: Value = serde_json::from_slice(&std::fs::read(GOOD).unwrap()).unwrap();
    esr["reference"] = json!(reference);
    esr
}

/// Runs with a text on standard input.
fn fed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

fn from_stdin(input: &[u8]) -> Output {
    let mut command = sample();
    command.args(["--json", "-"]);
    fed(command, input)
}

#[test]
fn one_decision_a_line_in_the_order_given() {
    let output = sample().args(["--json", OTHER, GOOD]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(output.stderr.is_empty());
    assert_eq!(references(&output), ["BP-2026-00932", "BP-2026-00417"]);
    let decision = &decisions(&output)[1];
    assert_eq!(decision["route"], "joint_investigation");
    assert_eq!(decision["stage"], "participant_first");
    assert_eq!(decision["clauses"], json!(["9.2.3 case 3"]));
    assert_eq!(decision["evidence"]["report"], "IWR-0412");
    assert_eq!(decision["decided_at"], NOW);
    assert_eq!(decision["facts"]["urgency"], "2");
}

#[test]
fn standard_input_holds_one_esr_an_array_or_lines() {
    let (a, b) = (esr("A"), esr("B"));
    let one = serde_json::to_string_pretty(&a).unwrap();
    assert_eq!(references(&from_stdin(one.as_bytes())), ["A"]);
    assert_eq!(references(&from_stdin(json!([a, b]).to_string().as_bytes())), ["A", "B"]);
    assert_eq!(references(&from_stdin(format!("{a}\r\n\r\n{b}").as_bytes())), ["A", "B"]);
    let none = from_stdin(b"[]");
    assert_eq!((none.status.code(), out(&none).as_str()), (Some(0), ""));
}

#[test]
fn a_bad_item_is_named_with_all_its_fields_and_the_others_are_decided() {
    let bad =
        json!({"reference": "B", "phase": "prod", "severity": "2", "third_party": {"release": 8.2}, "filed_by": "me"});
    let output = from_stdin(json!([esr("A"), bad, esr("C"), 5]).to_string().as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(references(&output), ["A", "C"]);
    let said = err(&output);
    assert!(said.contains("standard input[1] (B): 5 fields are wrong"), "{said}");
    for field in
        ["phase must be", "severity must be", "summary is required", "third_party.release must be", "filed_by must be"]
    {
        assert!(said.contains(field), "{field}: {said}");
    }
    assert!(said.contains("did you mean \"production\"?"), "{said}");
    assert!(
        said.contains("standard input[3]") && said.contains("must be a JSON object, but the number 5 was found"),
        "{said}"
    );
    assert!(!said.contains("Err(") && !said.contains("Some("), "{said}");
}

#[test]
fn a_bad_file_is_named_and_the_others_are_decided() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.json");
    std::fs::write(&broken, "{\"reference\": \"A\",\n \"phase\" \"production\"}").unwrap();
    let missing = dir.path().join("missing.json");
    let output = sample().arg("--json").args([&broken, &missing]).args([GOOD]).arg(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(references(&output), ["BP-2026-00417"]);
    let said = err(&output);
    assert!(said.contains("broken.json: it is not valid JSON at line 2, column 10: a colon is missing"), "{said}");
    assert!(said.contains("missing.json: it cannot be read"), "{said}");
}

#[test]
fn hostile_input_is_refused_item_by_item() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let long =
        json!({"reference": "x".repeat(5_000), "phase": "production", "severity": 1, "summary": "y".repeat(1_000_000)});
    let lines = [
        esr("A").to_string(),
        format!("{{\"summary\": {deep}}}"),
        "{\"reference\": \"\\ud800\"}".to_owned(),
        long.to_string(),
        "{\"reference\": \"B\", \"phase".to_owned(),
        esr("Z").to_string(),
    ];
    let output = from_stdin(lines.join("\n").as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(references(&output), ["A", "Z"]);
    let said = err(&output);
    for expected in [
        "line 2: arrays or objects are nested too deeply",
        "line 3: it is not valid JSON",
        "surrogate",
        "reference is 5000 characters long; at most 200",
        "summary is 1000000 characters long",
        "line 5: it breaks off",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(said.len() < 2_000, "an error does not repeat the input");
}

#[test]
fn a_text_for_people_has_no_escape_codes_in_a_pipe() {
    let output = sample().args([GOOD, OTHER]).output().unwrap();
    let text = out(&output);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for expected in [
        "BP-2026-00417  Joint investigation: participant first  priority 2",
        "9.2.3 case 3",
        "IWR-0412 edition 1, published on 2025-03-14",
        "Next steps",
        "What would change it",
        "fault shown on ALE's side",
        "support@hotelia.example",
        "Did you mean",
        "Hotelia Systems (company hotelia, 9",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("Where the facts come from"));
}

#[test]
fn what_would_change_a_decision_is_asked_once_for_each_fact() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("opened.json");
    let mut esr: Value = serde_json::from_slice(&std::fs::read(GOOD).unwrap()).unwrap();
    esr["participant_case"] = serde_json::json!({"number": "HT-1"});
    std::fs::write(&file, esr.to_string()).unwrap();
    let text = out(&sample().arg(&file).output().unwrap());
    let asked: Vec<&str> = text.lines().filter(|line| line.ends_with('?')).collect();
    let once: std::collections::HashSet<&&str> = asked.iter().collect();
    assert!(asked.len() > 2 && asked.len() == once.len(), "{text}");
    assert!(text.contains("no case at the participant"), "an answer out of reach: {text}");
}

#[test]
fn colour_can_be_forced_and_no_color_wins() {
    let forced = sample().arg(GOOD).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(out(&forced).contains("\u{1b}[1m"));
    let both = sample().arg(GOOD).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!out(&both).contains('\u{1b}'));
    let json = sample().args(["--json", GOOD]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(!out(&json).contains('\u{1b}'));
}

#[test]
fn why_shows_each_fact_with_its_field() {
    let text = out(&sample().args(["--why", GOOD]).output().unwrap());
    assert!(text.contains("third_party.release \"8.2.1\" -> 8.2"), "{text}");
    assert!(text.contains("responsibility not said"), "{text}");
}

#[test]
fn what_partners_wrote_cannot_act_on_the_terminal() {
    let mut hostile = esr("A");
    hostile["third_party"]["company"] = json!("Hotelia\u{9b}31m\u{202e} Sistems");
    let text = out(&fed(
        {
            let mut command = sample();
            command.arg("-");
            command
        },
        hostile.to_string().as_bytes(),
    ));
    assert!(text.contains("Hotelia"), "{text}");
    assert!(!text.contains(['\u{9b}', '\u{202e}']), "{text:?}");
}

#[test]
fn the_day_may_be_a_date_and_a_bad_one_is_named() {
    let at = |at: &str| pointsman().args(["--registry", REGISTRY, "--json", "--at", at, GOOD]).output().unwrap();
    assert_eq!(decisions(&at("2027-03-13"))[0]["facts"]["coverage"], "valid");
    assert_eq!(decisions(&at("2027-03-14"))[0]["facts"]["coverage"], "expired");
    assert_eq!(decisions(&at("2027-03-14T01:00:00+02:00"))[0]["facts"]["coverage"], "valid");
    let bad = at("14.03.2027");
    assert_eq!(bad.status.code(), Some(2));
    assert!(err(&bad).contains("write a date such as"), "{}", err(&bad));
}

#[test]
fn who_filed_it_is_read_from_each_esr() {
    let mut filed = esr("A");
    filed["filed_by"] = json!("participant");
    let output = from_stdin(json!([filed, esr("B")]).to_string().as_bytes());
    let stages: Vec<Value> = decisions(&output).iter().map(|decision| decision["stage"].clone()).collect();
    assert_eq!(stages, ["business_partner_required", "participant_first"]);
}

#[test]
fn without_a_registry_it_says_which_option_to_pass() {
    let output = pointsman().arg(GOOD).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(err(&output).contains("pass --registry FILE"), "{}", err(&output));
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("none.db");
    let output = pointsman().arg("--database").arg(format!("sqlite://{}", file.display())).arg(GOOD).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--registry"), "{}", err(&output));
    assert!(!file.exists());
}

/// A database with the sample registry in it.
fn database(file: &std::path::Path) -> String {
    let url = format!("sqlite://{}", file.display());
    let document = document::parse(REGISTRY, &std::fs::read(REGISTRY).unwrap()).unwrap();
    let at: jiff::Timestamp = NOW.parse().unwrap();
    let write = RegistryWrite { by: "test".to_owned(), at, valid_from: None, expected_revision: None };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&url, &Options::default()).await.unwrap();
        assert!(matches!(store.replace_registry(document, write).await.unwrap(), Changed::Done(_)));
        store.close().await;
    });
    url
}

#[test]
fn the_registry_of_a_database_answers_as_its_file_does() {
    let dir = tempfile::tempdir().unwrap();
    let url = database(&dir.path().join("pointsman.db"));
    let of_file = sample().args(["--json", GOOD, OTHER]).output().unwrap();
    let args = ["--at", NOW, "--json", GOOD, OTHER];
    let by_option = pointsman().args(["--database", &url]).args(args).output().unwrap();
    assert_eq!(out(&by_option), out(&of_file), "{}", err(&by_option));
    let by_variable = pointsman().env("POINTSMAN_DATABASE", &url).args(args).output().unwrap();
    assert_eq!(out(&by_variable), out(&of_file), "{}", err(&by_variable));
}

#[test]
fn a_faulty_registry_or_rules_directory_is_refused_with_its_faults() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("registry.json");
    std::fs::write(&file, r#"{"solutions": [{"id": "s", "participant": "nobody", "name": "S"}]}"#).unwrap();
    let output = pointsman().arg("--registry").arg(&file).arg(GOOD).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("registry.json") && err(&output).contains("nobody"), "{}", err(&output));
    let output = sample().arg("--rules").arg(dir.path()).arg(GOOD).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("escalation.md"), "{}", err(&output));
    let output = sample().args(["--json", "--rules", "rules", GOOD]).output().unwrap();
    assert_eq!(references(&output), ["BP-2026-00417"], "{}", err(&output));
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let many: Vec<Value> = (0..2_000).map(|number| esr(&format!("R{number}"))).collect();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("many.json");
    std::fs::write(&file, json!(many).to_string()).unwrap();
    let mut child = sample().arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("R0  "), "{first}");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn a_large_array_keeps_its_order() {
    let many: Vec<Value> = (0..2_000).map(|number| esr(&format!("R{number}"))).collect();
    let output = from_stdin(json!(many).to_string().as_bytes());
    let expected: Vec<String> = (0..2_000).map(|number| format!("R{number}")).collect();
    assert_eq!(references(&output), expected);
}
