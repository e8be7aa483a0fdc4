//! Bad input, too much of it, and clients that go away: clear answers, nothing half-stored, and the server lives on.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Answer, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    bad_input_is_named_field_by_field_and_never_a_500,
    a_body_that_is_too_large_too_deep_or_of_another_kind_is_refused,
    unknown_paths_and_methods_are_problems,
    a_key_that_asks_too_much_is_told_when_to_come_back,
    two_servers_on_one_database_agree_on_the_registry,
);

async fn bad_input_is_named_field_by_field_and_never_a_500(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let long = "x".repeat(5_000);
    let cases: &[(&str, Value, &[&str])] = &[
        ("reference", json!(long), &["reference"]),
        ("reference", json!("a\u{0}b"), &["reference"]),
        ("reference", json!(7), &["reference"]),
        ("phase", json!("prodution"), &["phase"]),
        ("severity", json!(5), &["severity"]),
        ("severity", json!("2"), &["severity"]),
        ("occurred_at", json!("9999-12-31T23:59:59Z"), &["occurred_at"]),
        ("occurred_at", json!("yesterday"), &["occurred_at"]),
        ("third_party", json!([1]), &["third_party"]),
        (
            "third_party",
            json!({"company": {"name": "x"}, "release": 8.2}),
            &["third_party.company", "third_party.release"],
        ),
        (
            "participant_case",
            json!({"conclusion": "guilty", "traces": "x"}),
            &["participant_case.conclusion", "participant_case.traces"],
        ),
        ("system_access", json!("yes"), &["system_access"]),
    ];
    for (field, value, paths) in cases {
        let mut body = esr("BP-1");
        body[*field] = value.clone();
        let refused = server.post(&key, "/v1/esrs", &body).await;
        refused.is_problem(422);
        assert_eq!(refused.paths(), *paths, "{field}: {:#}", refused.body);
    }
    let nothing = server.post(&key, "/v1/esrs", &json!({})).await;
    assert_eq!(nothing.paths(), ["reference", "phase", "severity", "summary"], "all at once");
    for text in ["", "{", "[1,", "{\"reference\": \"\\ud800\"}", "nul", "{} {}", "\u{1}", "{\"a\": 1e999}"] {
        let refused = server.post_text(&key, "/v1/esrs", text).await;
        refused.is_problem(400);
        assert_eq!(refused.paths(), [""], "{text:?}: {:#}", refused.body);
    }
    server.post_text(&key, "/v1/esrs", vec![b'"', 0xff, b'"']).await.is_problem(400);
    for body in [json!([]), json!("x"), json!(null), json!([esr("BP-1")])] {
        server.post(&key, "/v1/esrs", &body).await.is_problem(422);
    }
    assert_eq!(server.store.count(None).await.unwrap(), 0);
    server.file(&key, "BP-1").await;
    server.stop().await;
}

async fn a_body_that_is_too_large_too_deep_or_of_another_kind_is_refused(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let mut large = esr("BP-1");
    large["description"] = json!("x".repeat(10 << 20));
    let refused = server.post(&key, "/v1/esrs", &large).await;
    refused.is_problem(413);
    assert!(refused.body["detail"].as_str().unwrap().contains("1048576"));
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    server.post_text(&key, "/v1/esrs", deep).await.is_problem(400);
    let mut nested = esr("BP-1");
    nested["extra"] = (0..40).fold(json!(1), |inner, _| json!([inner]));
    server.post(&key, "/v1/esrs", &nested).await.is_problem(400);
    let compressed = server.request(Method::POST, "/v1/esrs").bearer_auth(&key.bearer).json(&esr("BP-1"));
    Answer::to(compressed.header("content-encoding", "gzip")).await.is_problem(415);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = server.request(Method::POST, "/v1/esrs").bearer_auth(&key.bearer);
        let request = request.header("content-type", content_type).body(esr("BP-1").to_string());
        Answer::to(request).await.is_problem(415);
    }
    let many: Vec<Value> = (0..1_001).map(|n| json!({"reference": n.to_string()})).collect();
    server.post(&key, "/v1/esrs/batch", &json!(many)).await.is_problem(413);
    assert_eq!(server.store.count(None).await.unwrap(), 0);
    server.stop().await;
}

async fn unknown_paths_and_methods_are_problems(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    server.get(&key, "/v1/esr").await.is_problem(404);
    server.get(&key, "/nothing").await.is_problem(404);
    let person = Answer::to(server.request(Method::GET, "/nothing").header("accept", "text/html,*/*;q=0.8")).await;
    assert_eq!((person.status.as_u16(), person.header("content-type")), (404, "text/html; charset=utf-8"));
    let refused = Answer::to(server.request(Method::DELETE, "/v1/esrs").bearer_auth(&key.bearer)).await;
    refused.is_problem(405);
    assert!(refused.header("allow").contains("POST"), "{:?}", refused.headers);
    server.get(&key, "/v1/esrs/%FF").await.is_problem(400);
    server.get(&key, "/v1/esrs/a%00b").await.is_problem(404);
    server.get(&server.agent().await, "/v1/reports/IWR-1/first").await.is_problem(400);

    let named = server.request(Method::GET, "/healthz").header("x-request-id", "abc-123");
    assert_eq!(Answer::to(named).await.header("x-request-id"), "abc-123");
    assert_eq!(server.get(&key, "/readyz").await.body["status"], "ready");
    let figures = server.get(&key, "/metrics").await.body;
    assert!(figures.as_str().unwrap().contains("pointsman_http_requests_total"));
    let openapi = server.get(&key, "/openapi.json").await.body;
    assert_eq!(openapi["openapi"], "3.1.0");
    assert!(openapi["paths"]["/v1/esrs"]["post"]["responses"]["409"].is_object());
    let update =
        &openapi["paths"]["/v1/esrs/{id}/updates"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert!(update["properties"]["feature"].is_object() && update["required"].is_null(), "an update requires nothing");
    let one = &openapi["paths"]["/v1/participants/{id}"]["get"]["responses"];
    assert!(one["400"].is_object() && one["403"].is_object(), "{one:#}");
    let words = |name: &str| openapi["components"]["schemas"][name]["enum"].clone();
    assert_eq!(words("Phase"), json!(["production", "development"]), "as they are sent, not as the code calls them");
    assert_eq!(words("Urgency"), json!(["1", "2", "3", "4"]));
    assert_eq!(words("Status")[1], "waiting_partner");
    for (path, calls) in openapi["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/v1")) {
        for (method, call) in calls.as_object().unwrap() {
            assert!(call["summary"].is_string(), "{method} {path}");
            for status in ["401", "429", "503"] {
                let content = &call["responses"][status]["content"]["application/problem+json"];
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path} {status}");
            }
            // A side's own system shows what its connector asks for, not a key of ours.
            let own = path.starts_with("/v1/hooks/");
            assert_eq!(call["security"][0]["key"].is_array(), !own, "{method} {path}");
        }
    }
    let page = Answer::to(server.request(Method::GET, "/docs/")).await;
    assert!(page.body.as_str().unwrap().contains("swagger"));
    assert!(!page.body.as_str().unwrap().contains("https://"), "the page asks nobody else");
    server.stop().await;
}

async fn a_key_that_asks_too_much_is_told_when_to_come_back(db: &Database) {
    let server = Server::start_with(db, "[limits]\nrequests_per_second = 1\nburst = 5\n").await;
    let (greedy, other) = (server.partner("greedy").await, server.partner("other").await);
    for _ in 0..5 {
        assert_eq!(server.get(&greedy, "/v1/esrs").await.status, 200);
    }
    let refused = server.get(&greedy, "/v1/esrs").await;
    refused.is_problem(429);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(server.get(&other, "/v1/esrs").await.status, 200, "another key has its own");
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    assert_eq!(server.get(&greedy, "/v1/esrs").await.status, 200);
    server.stop().await;
}

async fn two_servers_on_one_database_agree_on_the_registry(db: &Database) {
    let settings = "[registry]\npoll_seconds = 1\n";
    let (one, two) = (Server::start_with(db, settings).await, Server::start_with(db, settings).await);
    let (agent, acme) = (one.agent().await, one.partner("acme").await);
    let mut hotelia = one.get(&agent, "/v1/participants/hotelia").await.body;
    hotelia["left_on"] = json!("2026-11-01");
    let changed = one.put(&agent, "/v1/participants/hotelia", &hotelia).await;
    assert_eq!(changed.status, 200, "{:#}", changed.body);
    for _ in 0..100 {
        let decided = two.post(&acme, "/v1/triage", &esr("BP-1")).await.body;
        if decided["registry_version"] == changed.body["registry_version"] {
            assert_eq!(decided["facts"]["coverage"], "withdrawn");
            assert!(one.stop().await && two.stop().await);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the other server never took over the change");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_in_mid_request_is_answered_503_and_the_server_lives_on() {
    let db = Database::postgres().await;
    let server = Server::start(&db).await;
    let key = server.partner("acme").await;
    let cut = async {
        let mut conn = PgConnection::connect(&db.url).await.unwrap();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let others = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sqlx::query(others).execute(&mut conn).await.unwrap();
        }
    };
    let load = futures_util::future::join_all((0..8).map(|n| {
        let (server, key) = (&server, &key);
        async move {
            let mut stored = Vec::new();
            for m in 0..15 {
                let reference = format!("BP-{n}-{m}");
                let answer = server.post(key, "/v1/esrs", &esr(&reference)).await;
                match answer.status.as_u16() {
                    201 => stored.push(reference),
                    _ => {
                        answer.is_problem(503);
                        assert!(!answer.header("retry-after").is_empty());
                    }
                }
            }
            stored
        }
    }));
    let (stored, ()) = futures_util::future::join(load, cut).await;
    for reference in stored.iter().flatten() {
        assert!(server.store.esr_by_reference("acme", reference).await.unwrap().is_some(), "{reference}");
    }
    for n in 0..20 {
        // A connection that died in the pool may cost one more answer.
        let answer = server.post(&key, "/v1/esrs", &esr(&format!("AFTER-{n}"))).await;
        if answer.status == 201 {
            assert!(server.stop().await);
            return db.remove().await;
        }
        answer.is_problem(503);
    }
    panic!("the server did not come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_elsewhere_decides_and_the_decision_says_how_fresh_it_is() {
    let (here, elsewhere) = (Database::sqlite().await, Database::sqlite().await);
    let other = Server::start(&elsewhere).await;
    let agent = other.agent().await;
    let mut hotelia = other.get(&agent, "/v1/participants/hotelia").await.body;
    hotelia["left_on"] = json!("2026-11-01");
    let changed = other.put(&agent, "/v1/participants/hotelia", &hotelia).await;
    let settings =
        format!("[registry.upstream]\nurl = \"{}/v1/registry\"\nbearer = \"{}\"\n", other.base, agent.bearer);
    let server = Server::start_with(&here, &settings).await;
    let acme = server.partner("acme").await;
    let decided = loop {
        let answer = server.post(&acme, "/v1/triage", &esr("BP-1")).await;
        if answer.status == 200 {
            break answer.body;
        }
        answer.is_problem(503);
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(decided["facts"]["coverage"], "withdrawn");
    assert_eq!(decided["registry_version"], changed.body["registry_version"]);
    assert_eq!(decided["registry_source"]["stale"], false);
    let filed = server.post(&acme, "/v1/esrs", &esr("BP-1")).await;
    assert_eq!(filed.body["decision"]["facts"]["coverage"], "withdrawn");
    assert!(server.stop().await && other.stop().await);
    here.remove().await;
    elsewhere.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_is_answered_507_and_nothing_is_half_stored() {
    let db = Database::sqlite().await;
    let options = pointsman::store::Options { max_pages: Some(700), ..Default::default() };
    let server = Server::start_on(db.store_with(&options).await, "").await;
    let key = server.partner("acme").await;
    let mut stored = 0;
    let full = loop {
        let mut body = esr(&format!("BP-{stored}"));
        body["description"] = json!("x".repeat(10_000));
        let answer = server.post(&key, "/v1/esrs", &body).await;
        if answer.status != 201 {
            break answer;
        }
        stored += 1;
        assert!(stored < 1_000, "the database grew beyond its limit");
    };
    full.is_problem(507);
    assert_eq!(server.store.count(None).await.unwrap(), stored);
    assert_eq!(server.get(&key, "/v1/esrs").await.status, 200, "what is there can be read");
    server.stop().await;
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_its_head_drop_by_drop_is_cut_off() {
    let db = Database::sqlite().await;
    let server = Server::start_with(&db, "[server]\nheader_seconds = 1\nrequest_seconds = 1\n").await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let mut read = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), slow.read_to_end(&mut read)).await;
    assert!(ended.is_ok(), "the connection was closed");

    let key = server.partner("acme").await;
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/esrs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{{",
        key.bearer
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut read = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(5), slow.read(&mut read)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&read[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    server.stop().await;
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_too_many_is_answered_503_and_the_next_one_after_it_served() {
    let db = Database::sqlite().await;
    let server = Server::start_with(&db, "[server]\nmax_connections = 2\n").await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let held = (TcpStream::connect(&address).await.unwrap(), TcpStream::connect(&address).await.unwrap());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut third = TcpStream::connect(&address).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 1"), "{answer}");
    drop(held);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(Answer::to(server.request(Method::GET, "/healthz")).await.status, 200);
    server.stop().await;
    db.remove().await;
}
