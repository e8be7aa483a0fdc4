//! `pointsman registry` as its users run it.

use std::path::Path;
use std::process::{Command, Output};

use pointsman::registry::document;

const EXAMPLE: &str = include_str!("../../src/registry/document/example.json");

/// Runs the command in a directory of its own, where the default database is made too.
fn registry(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    command.arg("registry").args(arguments).current_dir(directory).env_remove("POINTSMAN_DATABASE");
    command.output().unwrap()
}

/// What a command that has to succeed printed.
fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = registry(directory, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code and what stands on standard error.
fn failed(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = registry(directory, arguments);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

fn directory_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

#[test]
fn check_tells_sound_faulty_and_unreadable_apart_by_its_exit_code() {
    let faulty = EXAMPLE.replace("\"2025-03-14\"", "\"2025-02-30\"");
    let directory = directory_with(&[("good.json", EXAMPLE), ("bad.json", &faulty)]);
    let sound = done(directory.path(), &["check", "good.json"]);
    assert_eq!(sound, "good.json: sound. 1 platform, 1 participant, 1 solution, 1 report edition.\n");
    let (code, errors) = failed(directory.path(), &["check", "bad.json"]);
    assert_eq!(code, Some(1));
    let fault = "bad.json:13: reports[0].published_on: 2025-02-30 does not exist: that month has 28 days.";
    assert_eq!(errors, format!("{fault}\nerror: 1 fault.\n"));
    assert_eq!(failed(directory.path(), &["check", "none.json"]).0, Some(2));
}

#[test]
fn what_is_imported_comes_back_the_same_as_json_and_as_csv() {
    let directory = directory_with(&[("registry.json", EXAMPLE)]);
    let here = directory.path();
    assert!(
        done(here, &["import", "registry.json"]).contains("reports        1 added\n  + IWR-0412 edition 1\nImported.")
    );
    let exported = done(here, &["export"]);
    assert_eq!(document::parse("out", exported.as_bytes()), document::parse("in", EXAMPLE.as_bytes()));
    std::fs::write(here.join("again.json"), &exported).unwrap();
    assert!(done(here, &["import", "again.json"]).contains("Nothing changed"));
    done(here, &["export", "--format", "csv", "--out", "sheets"]);
    assert!(done(here, &["import", "sheets"]).contains("Nothing changed"));
    assert!(done(here, &["import", "sheets/scope.csv"]).contains("Nothing changed"), "its reports are read with it");
    assert_eq!(done(here, &["export"]), exported);
}

#[test]
fn a_key_that_was_left_out_or_null_comes_back_left_out_or_null() {
    let short = r#"{"platforms": [{"id": "oxe", "name": "OXE"}],
        "participants": [{"id": "h", "name": "Hotelia", "left_on": null, "hotline": {"email": "a@h.example"}}, {"id": "a", "name": "Ambrelis"}],
        "solutions": [{"id": "pms", "participant": "h", "name": "PMS", "releases": [{"release": "7"}]}],
        "reports": [{"id": "IWR-1", "edition": 2, "solution": "pms", "solution_releases": ["7"], "platform": "oxe",
            "platform_releases": ["R101"], "verdict": "passed", "published_on": "2025-03-14", "scope": [{"id": "w", "name": "W", "result": "ok"}]}]}"#;
    let directory = directory_with(&[("registry.json", short)]);
    done(directory.path(), &["import", "registry.json"]);
    assert_eq!(json(&done(directory.path(), &["export"])), json(short));
    std::fs::write(directory.path().join("null.json"), short.replace(r#""left_on": null, "#, "")).unwrap();
    let again = done(directory.path(), &["import", "null.json"]);
    assert!(again.contains("Nothing changed"), "null and left out say the same: {again}");
}

#[test]
fn a_dry_run_shows_the_changes_and_makes_none_not_even_a_database() {
    let changed =
        EXAMPLE.replace("\"expires_on\": null", "\"expires_on\": \"2026-01-01\"").replace("\"pms\"", "\"hotel\"");
    let directory = directory_with(&[("registry.json", EXAMPLE), ("changed.json", &changed), ("empty.json", "{}")]);
    let here = directory.path();
    assert!(done(here, &["import", "registry.json", "--dry-run"]).contains("this is a dry run"));
    assert!(!here.join("pointsman.db").exists());

    done(here, &["import", "registry.json"]);
    let before = done(here, &["export"]);
    let shown = done(here, &["import", "changed.json", "--dry-run"]);
    assert!(
        shown.contains("  ~ hotelia-pms: kind\n") && shown.contains("  ~ IWR-0412 edition 1: expires_on\n"),
        "{shown}"
    );
    assert!(done(here, &["import", "empty.json", "--dry-run"]).contains("  - hotelia-pms\n"));
    assert_eq!(done(here, &["export"]), before);
}

#[test]
fn a_faulty_file_changes_nothing_and_makes_no_database() {
    let directory = directory_with(&[("bad.json", "{\"platforms\": [{\"id\": \"oxe\"}]}")]);
    let (code, errors) = failed(directory.path(), &["import", "bad.json"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("platforms[0].name: is missing.") && errors.contains("Nothing was imported."), "{errors}");
    assert!(!directory.path().join("pointsman.db").exists());
    let (code, errors) = failed(directory.path(), &["export"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("there is no database at sqlite://pointsman.db"), "{errors}");
}

#[test]
fn a_sheet_of_one_kind_is_checked_against_what_the_database_holds() {
    let sheet = "id,participant,name,kind\nhotelia-pms,hotelia,Hotelia PMS,pms\nnew,nobody,New,\n";
    let directory = directory_with(&[("registry.json", EXAMPLE), ("solutions.csv", sheet)]);
    done(directory.path(), &["import", "registry.json"]);
    let (code, errors) = failed(directory.path(), &["import", "solutions.csv"]);
    assert_eq!(code, Some(2));
    assert!(errors.starts_with("solutions.csv:3: participant: no participant has the id \"nobody\".\n"), "{errors}");
    std::fs::write(directory.path().join("solutions.csv"), sheet.replace("nobody", "hotelia")).unwrap();
    let shown = done(directory.path(), &["import", "solutions.csv"]);
    assert!(shown.contains("  + new\n  ~ hotelia-pms: aliases, releases\n"), "{shown}");
}

#[test]
fn the_registry_can_be_exported_and_asked_as_it_was_known() {
    let changed = EXAMPLE.replace("\"withdrawn_on\": null", "\"withdrawn_on\": \"2025-06-01\"");
    let directory = directory_with(&[("registry.json", EXAMPLE), ("changed.json", &changed)]);
    let here = directory.path();
    done(here, &["import", "registry.json"]);
    let between = pointsman::clock::Clock::system().now().to_string();
    done(here, &["import", "changed.json", "--by", "a test"]);
    let ask = |more: &[&str]| {
        let names = ["--company", "Hotelia", "--solution", "HPMS", "--release", "8.2", "--platform", "OXE"];
        let rest = ["--platform-release", "R101", "--at", "2026-11-22", "--json"];
        json(&done(here, &[&["lookup"][..], &names, &rest, more].concat()))["coverage"].clone()
    };
    assert_eq!(ask(&[]), "withdrawn");
    assert_eq!(ask(&["--known-at", &between]), "valid");
    assert_eq!(ask(&["--registry", "registry.json"]), "valid");
    assert_eq!(json(&done(here, &["export", "--known-at", &between]))["reports"][0]["withdrawn_on"], json("null"));
}

#[test]
fn lookup_explains_to_a_person_what_triage_would_say() {
    let directory = directory_with(&[("registry.json", EXAMPLE)]);
    let ask = |more: &[&str]| {
        done(directory.path(), &[&["lookup", "--registry", "registry.json", "--at", "2026-11-22"], more].concat())
    };
    let names = ["--company", "hotelia sas", "--solution", "hotelia pms", "--platform", "OXE", "--release", "8.2.1"];
    let text = ask(&[&names[..], &["--platform-release", "R101.1", "--feature", "wake-up call"]].concat());
    for said in [
        "Certified and valid  on 2026-11-22",
        "IWR-0412 edition 1 covers",
        "Hotelia PMS (hotelia-pms), release 8.2",
        "-> IWR-0412 edition 1: passed, 2025-03-14 to 2027-03-13",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let near = ask(&["--company", "Hotelai Systems", "--platform", "OXE"]);
    assert!(near.contains("Did you mean  Hotelia Systems (hotelia)"), "{near}");
    assert!(ask(&names).contains("Missing       --platform-release"), "the option is named, not the eSR's field");
    assert!(text.lines().chain(near.lines()).all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours off a terminal");
}
