//! Credentials: bearer keys, and signatures made by the official Standard Webhooks library.

use jiff::{SignedDuration, Timestamp};
use pointsman::cases::Role;
use pointsman::store::SigningSecret;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::server::{Answer, Key, NOW, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    without_a_valid_key_nothing_is_answered,
    a_key_of_the_wrong_role_is_told_which_is_needed,
    a_call_signed_by_the_official_library_is_believed_once,
    a_signed_call_that_was_changed_or_is_out_of_time_is_refused,
    an_id_is_used_up_only_by_what_was_done,
    either_secret_verifies_while_one_is_replaced,
);

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The request signed with the key's secret, as the official library does it.
fn signed(server: &Server, key: &Key, secret: &str, id: &str, at: Timestamp, path: &str, body: &str) -> RequestBuilder {
    let signature = standardwebhooks::Webhook::new(secret).unwrap().sign(id, at.as_second(), body.as_bytes()).unwrap();
    let request = server.request(Method::POST, path).header("content-type", "application/json").body(body.to_owned());
    request
        .header("pointsman-key", &key.id)
        .header("webhook-id", id)
        .header("webhook-timestamp", at.as_second())
        .header("webhook-signature", signature)
}

async fn without_a_valid_key_nothing_is_answered(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let bare = |path: &str| server.request(Method::GET, path);
    for request in [
        bare("/v1/esrs"),
        bare("/v1/esrs").bearer_auth("pm_wrong"),
        bare("/v1/esrs").bearer_auth(""),
        bare("/v1/esrs").header("authorization", "Basic YTpi"),
        bare("/v1/esrs").header("authorization", "Bearer"),
        bare("/v1/esrs").header("webhook-id", "msg_1").header("webhook-signature", "v1,x"),
        bare("/v1/participants"),
        bare("/v1/lookup"),
        server.request(Method::POST, "/v1/esrs").json(&esr("BP-1")),
        server.request(Method::POST, "/v1/esrs/esr_1/attachments?name=x").body("x"),
    ] {
        let refused = Answer::to(request).await;
        refused.is_problem(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"pointsman\"");
    }
    assert_eq!(server.get(&key, "/v1/esrs").await.status, 200);
    server.store.revoke_key(&key.id, now()).await.unwrap();
    server.get(&key, "/v1/esrs").await.is_problem(401);
    server.stop().await;
}

async fn a_key_of_the_wrong_role_is_told_which_is_needed(db: &Database) {
    let server = Server::start(db).await;
    let (acme, operator) = (server.partner("acme").await, server.key(Role::Operator, "ops", None).await);
    let refused = server.post(&operator, "/v1/esrs", &esr("BP-1")).await;
    refused.is_problem(403);
    assert!(refused.body["detail"].as_str().unwrap().contains("`business_partner` or `participant` or `agent`"));
    let refused = server.put(&acme, "/v1/platforms/oxe", &json!({})).await;
    refused.is_problem(403);
    assert!(refused.body["detail"].as_str().unwrap().contains("`agent`"));
    server.stop().await;
}

async fn a_call_signed_by_the_official_library_is_believed_once(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let body = esr("BP-1").to_string();
    let send = |id: &'static str| Answer::to(signed(&server, &key, &key.secret, id, now(), "/v1/esrs", &body));
    let filed = send("msg_1").await;
    assert_eq!(filed.status, 201, "{:#}", filed.body);
    let reused = send("msg_1").await;
    reused.is_problem(401);
    assert_eq!(reused.body["type"], "urn:pointsman:problem:signature-reused");
    assert!(reused.body["detail"].as_str().unwrap().contains("fresh"));
    let again = send("msg_2").await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body, filed.body);

    let update = json!({"system_access": false}).to_string();
    let path = format!("/v1/esrs/{}/updates", filed.body["id"].as_str().unwrap());
    let send = |id: &'static str| Answer::to(signed(&server, &key, &key.secret, id, now(), &path, &update));
    assert_eq!(send("msg_3").await.status, 200);
    send("msg_3").await.is_problem(401);

    let path = format!("/v1/esrs/{}/attachments?name=trace.pcap", filed.body["id"].as_str().unwrap());
    let trace = "packet ".repeat(100_000);
    let send = |id: &'static str, sent: String| {
        Answer::to(signed(&server, &key, &key.secret, id, now(), &path, &trace).body(sent))
    };
    send("msg_4", format!("{trace} ")).await.is_problem(401);
    assert_eq!(send("msg_4", trace.clone()).await.status, 201, "a signed file is checked while it streams");

    let answers = futures_util::future::join_all((0..8).map(|n| {
        let body = esr(&format!("SIM-{n}")).to_string();
        Answer::to(signed(&server, &key, &key.secret, "msg_same", now(), "/v1/esrs", &body))
    }));
    let created = answers.await.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "of eight simultaneous calls with one id one is taken");

    let none = signed(&server, &key, &key.secret, "msg_get", now(), "/v1/esrs", "").build().unwrap();
    let mut list = server.request(Method::GET, "/v1/esrs");
    for (name, value) in none.headers() {
        list = list.header(name, value);
    }
    assert_eq!(Answer::to(list).await.status, 200, "a call without a body is signed over nothing");
    server.stop().await;
}

async fn a_signed_call_that_was_changed_or_is_out_of_time_is_refused(db: &Database) {
    let server = Server::start(db).await;
    let (key, other) = (server.partner("acme").await, server.partner("other").await);
    let body = esr("BP-1").to_string();
    let minutes = |minutes: i64| now() + SignedDuration::from_mins(minutes);
    let unknown = Key { id: "key_nobody".to_owned(), ..key.clone() };
    for (what, request) in [
        ("another body", signed(&server, &key, &key.secret, "m1", now(), "/v1/esrs", &body).body(format!("{body} "))),
        ("another's secret", signed(&server, &key, &other.secret, "m2", now(), "/v1/esrs", &body)),
        ("an unknown key", signed(&server, &unknown, &key.secret, "m3", now(), "/v1/esrs", &body)),
        ("six minutes old", signed(&server, &key, &key.secret, "m4", minutes(-6), "/v1/esrs", &body)),
        ("six minutes ahead", signed(&server, &key, &key.secret, "m5", minutes(6), "/v1/esrs", &body)),
        ("no timestamp", {
            let mut request = signed(&server, &key, &key.secret, "m6", now(), "/v1/esrs", &body).build().unwrap();
            request.headers_mut().remove("webhook-timestamp");
            RequestBuilder::from_parts(reqwest::Client::new(), request)
        }),
    ] {
        let refused = Answer::to(request).await;
        assert_eq!(refused.status, 401, "{what}: {:#}", refused.body);
    }
    for (id, at) in [("m7", minutes(-5)), ("m8", minutes(5))] {
        let taken = Answer::to(signed(&server, &key, &key.secret, id, at, "/v1/esrs", &body)).await;
        assert!(taken.status.is_success(), "five minutes either way are tolerated: {:#}", taken.body);
    }
    server.stop().await;
}

async fn an_id_is_used_up_only_by_what_was_done(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let wrong = json!({"reference": "BP-1"}).to_string();
    let send =
        async |body: String| Answer::to(signed(&server, &key, &key.secret, "msg_1", now(), "/v1/esrs", &body)).await;
    send(wrong).await.is_problem(422);
    assert_eq!(send(esr("BP-1").to_string()).await.status, 201);
    send(esr("BP-1").to_string()).await.is_problem(401);
    server.stop().await;
}

async fn either_secret_verifies_while_one_is_replaced(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let old = key.secret.clone();
    let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned();
    let secret = SigningSecret {
        id: "sec_2".to_owned(),
        key_id: key.id.clone(),
        secret: new.clone(),
        created_at: now(),
        expires_at: None,
    };
    server.store.add_signing_secret(secret, now() + SignedDuration::from_hours(1)).await.unwrap();
    for (id, secret) in [("m1", &old), ("m2", &new)] {
        let body = esr(id).to_string();
        assert_eq!(Answer::to(signed(&server, &key, secret, id, now(), "/v1/esrs", &body)).await.status, 201);
    }
    let both = signed(&server, &key, &old, "m3", now(), "/v1/triage", &esr("x").to_string()).build().unwrap();
    let signature = both.headers()["webhook-signature"].to_str().unwrap().to_owned();
    let mut several = server.request(Method::POST, "/v1/triage").body(esr("x").to_string());
    for name in ["content-type", "pointsman-key", "webhook-id", "webhook-timestamp"] {
        several = several.header(name, &both.headers()[name]);
    }
    let several = several.header("webhook-signature", format!("v1,bm9wZQ== v1a,other {signature}"));
    assert_eq!(Answer::to(several).await.status, 200, "one of several signatures suffices");
    server.stop().await;
}
