//! The provider as a process, and what it is told to do.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A provider that runs until it is dropped.
pub(super) struct Provider {
    pub(super) issuer: String,
    child: Child,
    /// What it goes on to say; it would end if nobody could hear it.
    _out: BufReader<ChildStdout>,
    client: reqwest::Client,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        assert!(
            std::env::var("POINTSMAN_TEST_NODE").is_ok(),
            "POINTSMAN_TEST_NODE is not set: run tests/run, which installs the identity provider"
        );
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/oidc/provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let mut out = BufReader::new(out);
            // It may warn of a Node.js that it was not made for.
            while !line.starts_with('{') {
                line.clear();
                assert_ne!(out.read_line(&mut line).unwrap(), 0, "the identity provider did not start");
            }
            (line, out)
        });
        let (line, out) = line.await.unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { issuer: said["issuer"].as_str().unwrap().to_owned(), child, _out: out, client }
    }

    /// Settings of a server whose people sign in there.
    pub(super) fn settings(&self, more: &str) -> String {
        format!(
            "[server]\npublic_url = \"http://pages.test\"\n[login]\n[login.oidc]\nissuer = \"{}\"\nname = \"Acme ID\"\n\
             client_id = \"pointsman\"\nclient_secret = \"a: s3cret/with+odd%chars\"\n\
             scopes = [\"openid\", \"profile\", \"email\", \"groups\"]\nroles_claim = \"groups\"\ncompany_claim = \"company\"\n{more}\n\
             [login.oidc.roles]\nagent = [\"support\"]\nlead = [\"support-leads\"]\nbusiness_partner = [\"partners\"]\n",
            self.issuer
        )
    }

    /// Tells it something; how it stands then.
    pub(super) async fn control(&self, said: Value) -> Value {
        let request = self.client.post(format!("{}/control", self.issuer)).body(said.to_string());
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    /// Who sits at the browser, with these claims.
    pub(super) async fn sits_there(&self, person: Value) {
        self.control(json!({ "person": person })).await;
    }

    /// What it does to the tokens.
    pub(super) async fn does(&self, mischief: &str) {
        self.control(json!({ "mischief": mischief })).await;
    }

    /// The parameters with which somebody came last.
    pub(super) async fn asked_with(&self) -> Value {
        self.control(json!({})).await["parameters"].clone()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
