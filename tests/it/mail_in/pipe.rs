//! `pointsman mail receive`, as a mail server runs it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use pointsman::store::InboundState;

use super::case::{Case, SECRET};
use crate::support::{Database, on_both_databases};

on_both_databases!(a_mail_servers_pipe_hands_a_mail_over, what_cannot_be_taken_stays_with_the_mail_server);

/// Runs the command on these bytes: its exit code.
fn receive(url: &str, directory: &std::path::Path, settings: &str, mail: &[u8]) -> Option<i32> {
    let config = directory.join("mail.toml");
    let settings = format!(
        "[attachments]\ndir = {:?}\n[mail]\nfrom_address = \"esr@cases.example\"\nsecret = \"{SECRET}\"\n{settings}",
        directory.join("files")
    );
    std::fs::write(&config, settings).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pointsman"))
        .args(["mail", "receive", "--config"])
        .arg(&config)
        .env("POINTSMAN_DATABASE", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It may refuse before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(mail);
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty(), "a mail server may send it to the sender");
    output.status.code()
}

async fn a_mail_servers_pipe_hands_a_mail_over(db: &Database) {
    let case = Case::filed(db).await;
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(receive(&db.url, directory.path(), "", &case.mail("gmail_case_number")), Some(0));
    assert_eq!(receive(&db.url, directory.path(), "", &case.mail("gmail_case_number")), Some(0));
    let shown = case.shown().await;
    assert_eq!((&shown["esr"]["participant_case"]["number"], &shown["revision"]), (&"HT-9912".into(), &2.into()));
    assert_eq!(receive(&db.url, directory.path(), "", &case.mail("forged_by_a_stranger")), Some(0));
    let all = case.server.store.list_inbound(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!(all.iter().map(|kept| kept.state).collect::<Vec<_>>(), [InboundState::Held, InboundState::Applied]);
    case.end().await;
}

async fn what_cannot_be_taken_stays_with_the_mail_server(db: &Database) {
    let case = Case::filed(db).await;
    let directory = tempfile::tempdir().unwrap();
    let mail = case.mail("gmail_case_number");
    let away = "postgres://nobody@127.0.0.1:1/nothing";
    assert_eq!(receive(away, directory.path(), "", &mail), Some(75), "the database is away");
    assert_eq!(receive("sqlite:///nowhere/p.db", directory.path(), "", &mail), Some(75), "there is no database");
    assert_eq!(receive(&db.url, directory.path(), "[inbound]\nmial_bytes = 1\n", &mail), Some(75), "a wrong setting");
    assert_eq!(receive(&db.url, directory.path(), "[inbound]\nmail_bytes = 100\n", &mail), Some(65), "too large");
    std::fs::write(directory.path().join("files"), "in the way").unwrap();
    assert_eq!(receive(&db.url, directory.path(), "", &mail), Some(75), "it cannot be written");
    assert_eq!(case.shown().await["revision"], 1);
    case.end().await;
}
