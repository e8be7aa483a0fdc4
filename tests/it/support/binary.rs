//! The binary itself, as an operator runs it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::store::{NewKey, SigningSecret};
use sha2::{Digest as _, Sha256};

use super::Database;

/// A running binary; ended for good when dropped.
pub(crate) struct Binary {
    child: Child,
    /// Where it listens.
    pub(crate) base: String,
}

impl Binary {
    /// Starts `pointsman serve` and waits until it says where it listens.
    pub(crate) fn start(db: &Database, directory: &std::path::Path, settings: &str) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_pointsman")), db, directory, settings)
    }

    /// The same, where no file may grow beyond so many bytes: a disk that is full.
    pub(crate) fn start_within(bytes: u64, db: &Database, directory: &std::path::Path) -> Self {
        let mut shell = Command::new("sh");
        // Over the limit a write is to fail, not to kill.
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_pointsman")]);
        Self::start_by(shell, db, directory, "")
    }

    fn start_by(mut program: Command, db: &Database, directory: &std::path::Path, settings: &str) -> Self {
        let config = directory.join("pointsman.toml");
        std::fs::write(&config, format!("[attachments]\ndir = {:?}\n{settings}", directory.join("files"))).unwrap();
        let mut child = program
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

    /// Sends it a signal: `-TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code, within ten seconds.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
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

/// A business partner's key, `acme`'s, stored.
pub(crate) async fn bearer(db: &Database) -> &'static str {
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

/// A client that goes nowhere but there.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
