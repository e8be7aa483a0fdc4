//! `pointsman endpoint` as an operator runs it, on a real database file.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn run(database: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    command.env("NO_COLOR", "1").env("POINTSMAN_DATABASE", database).args(["endpoint"]).args(arguments);
    command.output().unwrap()
}

#[track_caller]
fn text(output: &Output, code: i32) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{all}");
    all
}

#[track_caller]
fn said(output: &Output) -> Value {
    serde_json::from_str(&text(output, 0)).unwrap()
}

/// A database that is there.
fn database(directory: &Path) -> std::path::PathBuf {
    let file = directory.join("p.db");
    let mut migrate = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    assert!(migrate.args(["db", "migrate"]).env("POINTSMAN_DATABASE", &file).output().unwrap().status.success());
    file
}

#[test]
fn an_endpoint_is_added_shown_switched_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let db = database(directory.path());
    let add = ["add", "hooks", "--side", "business_partner", "--owner", "acme", "--connector", "webhook"];
    let with = ["--setting", "url=https://hooks.acme.example/p?k=1", "--event", "esr.decided", "--per-second", "5"];
    let added = text(&run(&db, &[&add[..], &with[..]].concat()), 0);
    for part in [
        "hooks",
        "Business partner acme",
        "https://hooks.acme.example/p?k=1",
        "esr.decided",
        "16 at once, 5 a second",
        "signing_secret: whsec_",
        "shown this one time",
    ] {
        assert!(added.contains(part), "{part}: {added}");
    }
    let shown = text(&run(&db, &["show", "hooks"]), 0);
    assert!(shown.contains("a secret is set") && !shown.contains("whsec_"), "{shown}");
    let off = text(&run(&db, &["disable", "hooks", "--reason", "They move house."]), 0);
    assert!(off.contains("Disabled. hooks"), "{off}");
    let listed = text(&run(&db, &["list"]), 0);
    assert!(listed.contains("hooks  disabled") && listed.contains("They move house."), "{listed}");
    assert!(listed.contains("the mail system"), "{listed}");
    assert_eq!(said(&run(&db, &["enable", "hooks", "--json"]))["state"], "enabled");
    assert_eq!(said(&run(&db, &["remove", "hooks", "--json"]))["reason"], "removed");
    assert!(text(&run(&db, &["remove", "email"]), 2).contains("the mail system itself"));
    let again = text(&run(&db, &[&add[..], &with[..]].concat()), 2);
    assert!(again.contains("there is an endpoint hooks already"), "{again}");
    let unknown = text(&run(&db, &["show", "hoks"]), 2);
    assert!(unknown.contains("did you mean hooks?"), "{unknown}");
}

#[test]
fn secrets_come_from_files_and_are_replaced_beside_the_old_ones() {
    let directory = tempfile::tempdir().unwrap();
    let db = database(directory.path());
    let file = directory.path().join("secret");
    std::fs::write(&file, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").unwrap();
    let secret_file = format!("signing_secret={}", file.display());
    let add = ["add", "desk", "--side", "ale", "--connector", "webhook", "--setting", "url=https://desk.ale.example/"];
    let added = said(&run(&db, &[&add[..], &["--secret-file", &secret_file, "--json"][..]].concat()));
    assert_eq!((&added["secrets"], added.get("new_secrets")), (&json!(["signing_secret"]), None));
    let rotated = said(&run(&db, &["rotate", "desk", "--json"]));
    assert!(rotated["new_secrets"]["signing_secret"].as_str().unwrap().starts_with("whsec_"), "{rotated}");
    let rotated = text(&run(&db, &["rotate", "desk"]), 0);
    assert!(rotated.contains("The secrets before it sign and are believed until"), "{rotated}");
    let wrong = text(&run(&db, &["rotate", "desk", "--secret", "pasword=x"]), 2);
    assert!(wrong.contains("is no secret of this connector"), "{wrong}");
    let missing = text(&run(&db, &["rotate", "desk", "--secret-file", "signing_secret=/nowhere"]), 2);
    assert!(missing.contains("the file /nowhere of the secret signing_secret cannot be read"), "{missing}");
}

#[test]
fn what_cannot_work_is_refused_with_everything_that_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let db = database(directory.path());
    let refused = text(
        &run(
            &db,
            &[
                "add",
                "Bad Name",
                "--side",
                "moon",
                "--connector",
                "webhok",
                "--concurrency",
                "99",
                "--event",
                "esr.gone",
            ],
        ),
        2,
    );
    for part in [
        "the endpoint was not added",
        "name must be 1 to 64",
        "side must be one of",
        "did you mean `webhook`?",
        "concurrency must be a whole number from 1 to 64",
        "events must be words out of",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let inner = ["add", "inner", "--side", "ale", "--connector", "webhook", "--setting", "url=https://10.0.0.1/"];
    let refused = text(&run(&db, &inner), 2);
    assert!(
        refused.contains("10.0.0.1 is a private address") && refused.contains("unless the operator allows it"),
        "{refused}"
    );
    let config = directory.path().join("p.toml");
    std::fs::write(&config, "[delivery]\nallow_ranges = [\"10.0.0.0/8\"]\n").unwrap();
    text(&run(&db, &[&inner[..], &["--config", &config.display().to_string()][..]].concat()), 0);
    let stranger = [
        "add",
        "p",
        "--side",
        "participant",
        "--owner",
        "nobody",
        "--connector",
        "webhook",
        "--setting",
        "url=https://p.example/",
    ];
    assert!(text(&run(&db, &stranger), 0).contains("warning: the registry has no participant `nobody`"));
}
