//! `db`, `key` and `replay` as an operator runs them, on a real database file.

use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use pointsman::cases::{Actor, Cause, Status};
use pointsman::intake::esr::{FiledBy, OwnCompany};
use pointsman::intake::parse;
use pointsman::registry::document;
use pointsman::registry::index::Registry;
use pointsman::store::{NewDecision, NewEsr, Options, RegistryWrite, Store, bearer_sha256};
use pointsman::triage::facts::Filer;
use pointsman::triage::rules::Rules;
use serde_json::{Value, json};

const REGISTRY: &str = "fixtures/registry.json";
const GOOD: &str = "fixtures/esrs/contract_example_participant_first.json";

fn run(database: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("POINTSMAN_DATABASE", database).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", err(output));
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_database_that_is_not_there_is_made_by_migrate_only() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new.db");
    for arguments in
        [&["db", "status"][..], &["key", "list"], &["key", "revoke", "key_1"], &["key", "rotate", "key_1"], &["replay"]]
    {
        let output = run(&file, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains("`pointsman db migrate` makes one"), "{arguments:?}: {}", err(&output));
        assert!(!file.exists(), "{arguments:?}");
    }
    assert_eq!(run(&file, &["db", "migrate"]).status.code(), Some(0));
    assert_eq!(run(&file, &["db", "migrate"]).status.code(), Some(0), "twice is fine");
    let status = run(&file, &["db", "status"]);
    assert_eq!(status.status.code(), Some(0));
    assert!(out(&status).contains("applied") && !out(&status).contains("missing"));
}

#[test]
fn a_file_that_is_no_database_is_named_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.db");
    std::fs::write(&text, "These are notes and no database at all. ".repeat(100)).unwrap();
    let nowhere = directory.path().join("none").join("new.db");
    for (file, says) in [
        (text.as_path(), "is no SQLite database"),
        (directory.path(), "it is a directory; name a file in it"),
        (nowhere.as_path(), "none; make it first"),
    ] {
        for arguments in [&["db", "migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let output = run(file, arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", err(&output));
            let said = err(&output);
            assert!(said.contains(&file.display().to_string()) && said.contains(says), "{arguments:?}: {said}");
            assert!(!said.contains("a stored row"), "{said}");
        }
    }
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.db");
    let made = lines(&run(
        &file,
        &["key", "create", "--role", "participant", "--owner", "Hotelia", "--participant", "hotelia", "--json"],
    ));
    let (id, bearer) = (made[0]["id"].as_str().unwrap(), made[0]["key"].as_str().unwrap());
    let stored = std::fs::read(&file).unwrap();
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    let hash: String = bearer_sha256(bearer).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(holds(&hash) && !holds(bearer));

    let listed = run(&file, &["key", "list"]);
    assert!(out(&listed).contains("Hotelia: participant") && !out(&listed).contains(bearer));
    let rotated = lines(&run(&file, &["key", "rotate", id, "--json"]));
    assert!(rotated[0]["signing_secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(run(&file, &["key", "revoke", id]).status.code(), Some(0));
    assert!(lines(&run(&file, &["key", "list", "--json"]))[0]["revoked_at"].is_string());
    let unknown = run(&file, &["key", "revoke", "key_1"]);
    assert_eq!((unknown.status.code(), err(&unknown).contains("there is no key \"key_1\"")), (Some(2), true));
}

#[test]
fn a_key_without_a_sound_role_owner_or_participant_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.db");
    let refused = [
        (&["--role", "boss", "--owner", "x"][..], "business_partner, participant, agent, operator"),
        (&["--role", "agent", "--owner", " "], "blank"),
        (&["--role", "participant", "--owner", "x"], "--participant"),
        (&["--role", "agent", "--owner", "x", "--participant", "hotelia"], "--role participant"),
    ];
    for (arguments, why) in refused {
        let output = run(&file, &[&["key", "create"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(why), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn a_key_of_a_participant_that_the_registry_does_not_have_is_made_with_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.db");
    assert_eq!(run(&file, &["registry", "import", REGISTRY]).status.code(), Some(0));
    let create = |id: &str| {
        run(&file, &["key", "create", "--role", "participant", "--owner", "x", "--participant", id, "--json"])
    };
    assert_eq!((lines(&create("hotelia")).len(), err(&create("hotelia"))), (1, String::new()));
    let misspelt = create("hotela");
    assert_eq!(lines(&misspelt).len(), 1);
    assert!(err(&misspelt).contains("no participant `hotela`"), "{}", err(&misspelt));
}

/// Stores eSRs as the server would have; the last one was then decided by an agent.
async fn store_three(file: &Path) {
    let store = Store::open(file.to_str().unwrap(), &Options::default()).await.unwrap();
    let known = document::parse(REGISTRY, &std::fs::read(REGISTRY).unwrap()).unwrap();
    let at: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    let write = RegistryWrite { by: "test".to_owned(), at, valid_from: None, expected_revision: None };
    store.replace_registry(known.clone(), write).await.unwrap();
    let registry = Registry::new(known);
    let filed_by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
    for n in 1..=3 {
        let mut body: Value = serde_json::from_slice(&std::fs::read(GOOD).unwrap()).unwrap();
        body["reference"] = json!(format!("BP-{n}"));
        let esr = parse::esr(&body).unwrap();
        let decision = pointsman::triage::decide(&esr, &filed_by, &registry, &Rules::embedded(), at);
        let cause = if n == 3 { Cause::Overridden } else { Cause::Filed };
        let new = NewEsr {
            id: format!("esr_{n}"),
            filer: "acme".to_owned(),
            filed_by: filed_by.clone(),
            content_hash: String::new(),
            body,
            esr,
            decision: NewDecision { decision, cause, actor: Actor::service(), at },
            status: Status::Open,
            events: vec![],
            outbox: vec![],
            deliveries: vec![],
            lease: None,
            first_answer: String::new(),
            received_at: at,
            webhook: None,
        };
        store.file_esr(new).await.unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn replay_finds_nobody_moving_under_the_same_rules_and_registry() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    store_three(&file).await;
    let told = lines(&run(&file, &["replay", "--json"]));
    assert_eq!(told.len(), 1, "a summary and no move");
    let summary = &told[0]["summary"];
    assert_eq!(
        (&summary["decided"], &summary["moved"], &summary["decided_by_hand"]),
        (&json!(2), &json!(0), &json!(1))
    );
    let people = out(&run(&file, &["replay"]));
    assert!(people.contains("2 eSRs decided again; none would move. 1 eSR left out: an agent decided."), "{people}");
    let later = lines(&run(&file, &["replay", "--json", "--since", "2026-11-23"]));
    assert_eq!(later[0]["summary"]["decided"], 0);
}

#[tokio::test]
async fn replay_shows_who_would_move_under_another_registry() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    store_three(&file).await;
    let empty = directory.path().join("empty.json");
    std::fs::write(&empty, r#"{"platforms": [], "participants": [], "solutions": [], "reports": []}"#).unwrap();
    let empty = empty.to_str().unwrap();
    let told = lines(&run(&file, &["replay", "--json", "--registry", empty]));
    assert_eq!(told.len(), 3);
    assert_eq!((&told[0]["reference"], &told[0]["from"]["route"]), (&json!("BP-1"), &json!("joint_investigation")));
    assert_ne!(told[0]["to"]["route"], told[0]["from"]["route"]);
    assert_eq!(told[2]["summary"]["groups"][0]["count"], 2);
    let people = out(&run(&file, &["replay", "--registry", empty]));
    assert!(
        people.contains("Joint investigation (participant first) -> ") && people.contains("BP-2, acme"),
        "{people}"
    );
    // As it was known before anything was imported: the same.
    let before = lines(&run(&file, &["replay", "--json", "--known-at", "2020-01-01"]));
    assert_eq!(before[2]["summary"]["moved"], 2);
}
