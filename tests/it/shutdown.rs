//! The binary, started as an operator does and stopped by a signal: what was accepted is finished and stays.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::store::{NewKey, SigningSecret};
use sha2::{Digest as _, Sha256};

use crate::server::esr;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_stopped_server_finishes_what_it_accepted,
    a_table_that_fails_is_refused_and_the_old_one_keeps_running
);

/// A running binary; ended for good when dropped.
struct Binary {
    child: Child,
    base: String,
}

impl Binary {
    /// Starts `pointsman serve` and waits until it says where it listens.
    fn start(db: &Database, directory: &std::path::Path, settings: &str) -> Self {
        let config = directory.join("pointsman.toml");
        std::fs::write(&config, format!("[attachments]\ndir = {:?}\n{settings}", directory.join("files"))).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_pointsman"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&config)
            .env("POINTSMAN_DATABASE", &db.url)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(directory.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_default().to_owned();
        assert!(!base.is_empty(), "it says where it listens: {line:?}");
        Self { child, base }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code, within ten seconds.
    async fn ended(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it did not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn bearer(db: &Database) -> &'static str {
    let store = db.store().await;
    let now = Clock::system().now();
    let key = NewKey {
        id: "key_1".to_owned(),
        sha256: Sha256::digest("pm_test").into(),
        role: Role::BusinessPartner,
        owner: "acme".to_owned(),
        participant: None,
        label: None,
        created_at: now,
    };
    let secret = SigningSecret {
        id: "sec_1".to_owned(),
        key_id: "key_1".to_owned(),
        secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(),
        created_at: now,
        expires_at: None,
    };
    store.create_key(key, secret).await.unwrap();
    store.close().await;
    "pm_test"
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

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
