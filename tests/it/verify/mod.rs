//! Signatures, outgoing and incoming, against the official Standard Webhooks libraries, unmodified: the Rust crate, and the
//! npm and PyPI packages, which `tests/run` installs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use pointsman::clock::Clock;
use pointsman::notify::endpoint::{Endpoint, Payload, Secrets};
use pointsman::triage::outcome::Side;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::delivery::sink::{Call, Sink};
use crate::delivery::{SETTINGS, endpoint};
use crate::server::{Answer, Server, esr};
use crate::support::Database;

const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NEW: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const OTHER: &str = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMDA=";

/// What a library is asked: to verify these headers and this body, or to sign the body.
#[derive(Serialize, Clone)]
struct Question {
    secret: String,
    headers: BTreeMap<String, String>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign: Option<Sign>,
}

#[derive(Serialize, Clone)]
struct Sign {
    id: String,
    seconds: i64,
}

/// A library that is asked a list of questions.
type Library = fn(&[Question]) -> Vec<Value>;

const LIBRARIES: [(&str, Library); 3] =
    [("the Rust crate", ask_rust), ("the npm package", ask_npm), ("the PyPI package", ask_pypi)];

fn ask_rust(questions: &[Question]) -> Vec<Value> {
    let answer = |question: &Question| {
        let webhook = standardwebhooks::Webhook::new(&question.secret).unwrap();
        if let Some(Sign { id, seconds }) = &question.sign {
            return json!(webhook.sign(id, *seconds, question.body.as_bytes()).unwrap());
        }
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in &question.headers {
            headers.insert(axum::http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        match webhook.verify(question.body.as_bytes(), &headers) {
            Ok(()) => json!({ "said": serde_json::from_str::<Value>(&question.body).unwrap() }),
            Err(error) => json!({ "refused": error.to_string() }),
        }
    };
    questions.iter().map(answer).collect()
}

fn ask_npm(questions: &[Question]) -> Vec<Value> {
    installed("POINTSMAN_TEST_NODE");
    ask(Command::new("node").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/verify/library.mjs")), questions)
}

fn ask_pypi(questions: &[Question]) -> Vec<Value> {
    let python = format!("{}/bin/python", installed("POINTSMAN_TEST_VENV"));
    ask(Command::new(python).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/verify/library.py")), questions)
}

fn installed(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run tests/run, which installs the official libraries"))
}

fn ask(command: &mut Command, questions: &[Question]) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(questions).unwrap()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{command:?} failed");
    serde_json::from_slice(&done.stdout).unwrap()
}

/// A call as it came in, to be verified with that secret.
fn question(call: &Call, secret: &str) -> Question {
    let header = |name: &str| (name.to_owned(), call.header(name).to_owned());
    let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header).into();
    Question { secret: secret.to_owned(), headers, body: String::from_utf8(call.body.to_vec()).unwrap(), sign: None }
}

/// The calls that a partner with two live secrets gets of a case: full ones and thin ones.
async fn calls(db: &Database) -> Vec<Call> {
    let (full, thin) = (Sink::start().await, Sink::start().await);
    let store = db.store().await;
    for (name, sink, payload) in [("full", &full, Payload::Full), ("thin", &thin, Payload::Thin)] {
        let secrets = Secrets([("signing_secret".to_owned(), json!([NEW, OLD]))].into_iter().collect());
        let endpoint = endpoint(name, Side::BusinessPartner, Some("acme"), &sink.url);
        store.put_endpoint(Endpoint { secrets, payload, ..endpoint }).await.unwrap();
    }
    let server = Server::start_at(store, SETTINGS, Clock::system()).await;
    let acme = server.partner("acme").await;
    let mut body = esr("BP-1");
    body["summary"] = json!("Les réveils ne partent pas \u{1F600} \"quoted\" \\ \u{2028} end");
    let id = server.post(&acme, "/v1/esrs", &body).await.body["id"].as_str().unwrap().to_owned();
    let said = json!({ "participant_case": { "number": "HT-1" } });
    assert_eq!(server.post(&acme, &format!("/v1/esrs/{id}/updates"), &said).await.status, 200);
    let calls = vec![full.next().await, full.next().await, thin.next().await, thin.next().await];
    server.stop().await;
    calls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_verifies_with_each_official_library_and_each_of_two_live_secrets() {
    let db = Database::sqlite().await;
    let calls = calls(&db).await;
    for call in &calls {
        assert_eq!(call.header("webhook-signature").split(' ').count(), 2, "a signature for each secret");
    }
    let questions: Vec<Question> =
        calls.iter().flat_map(|call| [OLD, NEW].map(|secret| question(call, secret))).collect();
    for (name, library) in LIBRARIES {
        let answers = library(&questions);
        for (question, answer) in questions.iter().zip(answers) {
            let sent: Value = serde_json::from_str(&question.body).unwrap();
            assert_eq!(answer["refused"], Value::Null, "{name}");
            for pointer in ["/type", "/data/id", "/data/revision", "/data/esr/summary"] {
                assert_eq!(answer["said"].pointer(pointer), sent.pointer(pointer), "{name} {pointer}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_on_its_way_is_refused_by_each_official_library() {
    let db = Database::sqlite().await;
    let call = calls(&db).await.swap_remove(0);
    let good = question(&call, NEW);
    let seconds: i64 = call.header("webhook-timestamp").parse().unwrap();
    let with = |name: &str, value: String| {
        let mut changed = good.clone();
        changed.headers.insert(name.to_owned(), value);
        changed
    };
    let spoiled = [
        Question { secret: OTHER.to_owned(), ..good.clone() },
        Question { body: good.body.replace("BP-1", "BP-2"), ..good.clone() },
        Question { body: format!("{} ", good.body), ..good.clone() },
        with("webhook-id", format!("{}x", call.header("webhook-id"))),
        with("webhook-timestamp", (seconds + 1).to_string()),
        with("webhook-timestamp", (seconds - 3600).to_string()),
        with("webhook-signature", "v1,AAAA".to_owned()),
    ];
    for (name, library) in LIBRARIES {
        assert!(library(std::slice::from_ref(&good))[0]["said"].is_object(), "{name} does not believe what was sent");
        for (nth, answer) in library(&spoiled).iter().enumerate() {
            assert!(answer["refused"].is_string(), "{name} believed number {nth}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_official_library_signs_is_believed() {
    let db = Database::sqlite().await;
    let clock = Clock::system();
    let server = Server::start_at(db.store().await, "", clock.clone()).await;
    let acme = server.partner("acme").await;
    for (nth, (name, library)) in LIBRARIES.iter().enumerate() {
        let mut body = esr(&format!("BP-{nth}"));
        body["summary"] = json!("Les réveils ne partent pas \u{1F600}");
        let (id, seconds) = (format!("msg_{nth}"), clock.now().as_second());
        let sign = Some(Sign { id: id.clone(), seconds });
        let question = Question { secret: acme.secret.clone(), headers: BTreeMap::new(), body: body.to_string(), sign };
        let signature = library(std::slice::from_ref(&question))[0].as_str().unwrap().to_owned();
        let request = server.request(Method::POST, "/v1/esrs").header("content-type", "application/json");
        let request = request.header("pointsman-key", &acme.id).header("webhook-id", id);
        let request = request.header("webhook-timestamp", seconds).header("webhook-signature", signature);
        let filed = Answer::to(request.body(question.body)).await;
        assert_eq!(filed.status, 201, "{name}: {:#}", filed.body);
    }
    server.stop().await;
}
