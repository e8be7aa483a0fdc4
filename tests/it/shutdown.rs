//! The binary, started as an operator does and stopped by a signal: what was accepted is finished and stays.

use std::time::Duration;

use crate::server::esr;
use crate::support::binary::{Binary, bearer, client};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_stopped_server_finishes_what_it_accepted,
    a_table_that_fails_is_refused_and_the_old_one_keeps_running
);

async fn a_stopped_server_finishes_what_it_accepted(db: &Database) {
    let bearer = bearer(db).await;
    let directory = tempfile::tempdir().unwrap();
    let mut server = Binary::start(db, directory.path(), "");
    let (client, url) = (client(), format!("{}/v1/esrs", server.base));
    let file = async |worker: usize| {
        let mut stored = Vec::new();
        for n in 0.. {
            let reference = format!("BP-{worker}-{n}");
            match client.post(&url).bearer_auth(bearer).json(&esr(&reference)).send().await {
                Ok(answer) if answer.status() == 201 => stored.push(reference),
                Ok(answer) => assert_eq!(answer.status(), 503, "busy or stopping, nothing else"),
                Err(_) => break,
            }
        }
        stored
    };
    let stop = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.signal("-TERM");
    };
    let (stored, ()) = futures_util::future::join(futures_util::future::join_all((0..8).map(&file)), stop).await;
    assert_eq!(server.ended().await, Some(0));
    let stored: Vec<String> = stored.into_iter().flatten().collect();
    assert!(!stored.is_empty());
    let store = db.store().await;
    for reference in &stored {
        assert!(store.esr_by_reference("acme", reference).await.unwrap().is_some(), "{reference} was answered 201");
    }
    let more = store.count(None).await.unwrap() - stored.len() as u64;
    assert!(more <= 8, "at most the one at hand of each client was stored without its answer being read");
    store.close().await;
}

async fn a_table_that_fails_is_refused_and_the_old_one_keeps_running(db: &Database) {
    let bearer = bearer(db).await;
    let directory = tempfile::tempdir().unwrap();
    let rules = directory.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), rules.join(file.file_name())).unwrap();
    }
    let mut server = Binary::start(db, directory.path(), &format!("[rules]\ndir = {rules:?}\n"));
    let (client, base) = (client(), server.base.clone());
    let version = async || -> String {
        let answer = client.get(format!("{base}/readyz")).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()["rules_version"].as_str().unwrap().to_owned()
    };
    let before = version().await;
    let table = rules.join("escalation.md");
    let good = std::fs::read_to_string(&table).unwrap();
    let log = directory.path().join("log");
    let logged = async |text: &str| {
        for _ in 0..250 {
            if std::fs::read_to_string(&log).unwrap().contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{text:?} was not logged: {}", std::fs::read_to_string(&log).unwrap());
    };

    let last_row = good.lines().rfind(|line| line.starts_with('|')).unwrap();
    std::fs::write(&table, good.replace(last_row, "")).unwrap();
    server.signal("-HUP");
    logged("the rules were refused").await;
    assert_eq!(version().await, before);
    let filed = client.post(format!("{base}/v1/triage")).bearer_auth(bearer).json(&esr("BP-1")).send().await.unwrap();
    assert_eq!(filed.status(), 200);

    std::fs::write(&table, format!("{good}\nA note to the reader.\n")).unwrap();
    server.signal("-HUP");
    logged("the rules were read again").await;
    assert_ne!(version().await, before);
    server.signal("-INT");
    assert_eq!(server.ended().await, Some(0));
}
