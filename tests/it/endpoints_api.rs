//! Endpoints over HTTP: who may have which, what they may be, new secrets, and a test.

use jiff::SignedDuration;
use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::config::Config;
use pointsman::store::DeliveryFilter;
use reqwest::Method;
use serde_json::{Value, json};

use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, settled};
use crate::server::{Answer, Key, NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_partner_adds_its_own_webhook_and_is_told_at_once,
    nobody_sees_or_changes_what_belongs_to_another,
    an_endpoint_that_cannot_work_is_refused_with_everything_that_is_wrong,
    a_forbidden_address_is_refused_in_one_sentence_whatever_it_is,
    secrets_are_never_shown_again,
    a_new_secret_signs_beside_the_old_one_for_a_day,
    a_disabled_endpoint_misses_nothing_that_a_replay_does_not_bring,
    a_removed_endpoint_counts_as_none_and_can_be_brought_back,
    what_an_agent_disabled_its_owner_does_not_enable,
    a_change_merges_settings_and_lets_what_was_held_up_go,
    a_test_is_marked_and_says_what_came_of_it,
    endpoints_are_listed_in_pages_by_name,
);

async fn started(db: &Database) -> Server {
    Server::start_at(db.store().await, SETTINGS, Clock::running_from(NOW.parse().unwrap())).await
}

fn webhook(name: &str, url: &str) -> Value {
    json!({"name": name, "connector": "webhook", "settings": {"url": url}})
}

async fn deleted(server: &Server, key: &Key, path: &str) -> Answer {
    Answer::to(server.request(Method::DELETE, path).bearer_auth(&key.bearer)).await
}

/// The signatures of the call that the official library would make with this secret.
fn signed_with(call: &crate::delivery::sink::Call, secret: &str) -> bool {
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let at = call.header("webhook-timestamp").parse().unwrap();
    let expected = webhook.sign(call.header("webhook-id"), at, &call.body).unwrap();
    call.header("webhook-signature").split(' ').any(|signature| signature == expected)
}

async fn a_partner_adds_its_own_webhook_and_is_told_at_once(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let acme = server.partner("acme").await;
    let mut said = webhook("acme-hooks", &sink.url);
    said["contact"] = json!("ops@acme.example");
    said["events"] = json!(["esr.decided"]);
    let added = server.post(&acme, "/v1/endpoints", &said).await;
    assert_eq!(added.status, 201, "{:#}", added.body);
    let shown = &added.body;
    assert_eq!((&shown["side"], &shown["owner"]), (&json!("business_partner"), &json!("acme")));
    assert_eq!((&shown["state"], &shown["secrets"]), (&json!("enabled"), &json!(["signing_secret"])));
    assert_eq!((&shown["hook"], &shown["lane"]), (&json!("/v1/hooks/acme-hooks"), &Value::Null));
    let secret = shown["new_secrets"]["signing_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    server.file(&acme, "BP-1").await;
    sink.next().await.verify(&secret);
    settled(&server.store).await;
    let shown = server.get(&acme, "/v1/endpoints/acme-hooks").await.body;
    assert!(shown["last_delivered_at"].is_string(), "{shown:#}");
    assert_eq!(shown["lane"]["circuit"]["state"], "closed");
    assert_eq!(shown.get("new_secrets"), None);
    assert!(server.stop().await);
}

async fn nobody_sees_or_changes_what_belongs_to_another(db: &Database) {
    let server = started(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let hotelia = server.key(Role::Participant, "Hotelia Systems", Some("hotelia")).await;
    let other = server.key(Role::Participant, "acme2", Some("acme")).await;
    assert_eq!(server.post(&hotelia, "/v1/endpoints", &webhook("theirs", "http://127.0.0.1:1/")).await.status, 201);
    let theirs = server.get(&hotelia, "/v1/endpoints/theirs").await.body;
    assert_eq!((&theirs["side"], &theirs["owner"]), (&json!("participant"), &json!("hotelia")));
    for key in [&acme, &other] {
        server.get(key, "/v1/endpoints/theirs").await.is_problem(404);
        server.patch(key, "/v1/endpoints/theirs", &json!({"concurrency": 1})).await.is_problem(404);
        deleted(&server, key, "/v1/endpoints/theirs").await.is_problem(404);
        for act in ["enable", "disable", "rotate", "test"] {
            server.post(key, &format!("/v1/endpoints/theirs/{act}"), &json!({})).await.is_problem(404);
        }
        assert_eq!(server.get(key, "/v1/endpoints").await.body["items"], json!([]));
    }
    // Sides come from the credential, and the connectors from what the operator leaves to anybody.
    let mut said = webhook("mine", "http://127.0.0.1:1/");
    said["side"] = json!("ale");
    said["owner"] = json!("hotelia");
    let refused = server.post(&acme, "/v1/endpoints", &said).await;
    refused.is_problem(422);
    assert_eq!(refused.paths(), ["side", "owner"]);
    let refused = server.post(&acme, "/v1/endpoints", &json!({"name": "sn", "connector": "servicenow"})).await;
    refused.is_problem(403);
    assert!(refused.body["detail"].as_str().unwrap().contains("webhook, email"));
    let taken = server.post(&acme, "/v1/endpoints", &webhook("theirs", "http://127.0.0.1:1/")).await;
    taken.is_problem(409);
    assert_eq!(server.get(&agent, "/v1/endpoints?side=participant").await.body["items"].as_array().unwrap().len(), 1);
    assert!(server.stop().await);
}

async fn an_endpoint_that_cannot_work_is_refused_with_everything_that_is_wrong(db: &Database) {
    let server = started(db).await;
    let agent = server.agent().await;
    let refused = async |said: Value| {
        let refused = server.post(&agent, "/v1/endpoints", &said).await;
        refused.is_problem(422);
        let all = refused.body["errors"].as_array().unwrap().clone();
        all.iter()
            .map(|e| format!("{} {}", e["path"].as_str().unwrap(), e["message"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let wrong = json!({"name": "Not So", "side": "moon", "connector": "webhok", "concurency": 4, "events": ["esr.deleted"],
        "language": "de", "concurrency": 65, "per_second": -1, "contact": "nobody"});
    let found = refused(wrong).await.join("\n");
    for part in [
        "concurency is nothing that an endpoint has; did you mean `concurrency`?",
        "name must be 1 to 64 small letters, digits and hyphens",
        "side must be one of business_partner, participant, ale, agent, finance",
        "connector is no connector; did you mean `webhook`?",
        "events must be words out of esr.decided",
        "language must be one of en, fr",
        "concurrency must be a whole number from 1 to 64",
        "per_second must be a whole number from 0",
        "contact must be a mail address",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let found =
        refused(json!({"name": "n", "side": "ale", "connector": "webhook", "settings": {"ulr": "https://a.example"}}))
            .await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("settings cannot be used: there is no setting \"ulr\"; the nearest known one is \"url\"")
    );
    assert!(found[1].contains("`url` is missing"));
    let with_secret = json!({"name": "n", "side": "ale", "connector": "webhook", "settings": {"url": "https://a.example"},
        "secrets": {"signing_secret": "too short"}});
    assert!(refused(with_secret).await[0].contains("secrets.signing_secret cannot be used"));
    let of_nobody = json!({"name": "n", "side": "participant", "owner": "hotela", "connector": "webhook",
        "settings": {"url": "http://127.0.0.1:1"}});
    assert!(refused(of_nobody).await[0].contains("owner is no participant of the registry; did you mean `hotelia`?"));
    let desk = json!({"name": "n", "side": "ale", "owner": "me", "connector": "webhook", "settings": {"url": "http://127.0.0.1:1"}});
    assert!(refused(desk).await[0].starts_with("owner is for partners and participants"));
    assert!(server.stop().await);
}

async fn a_forbidden_address_is_refused_in_one_sentence_whatever_it_is(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let mut said = std::collections::BTreeSet::new();
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3:99/x",
        "https://[::ffff:169.254.169.254]/",
        "https://2130706433/",
    ] {
        let refused = server.post(&acme, "/v1/endpoints", &webhook("mine", url)).await;
        refused.is_problem(422);
        assert_eq!(refused.paths(), ["settings.url"]);
        said.insert(refused.body["errors"][0]["message"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        said.into_iter().collect::<Vec<_>>(),
        ["must be a public address that begins with https://; the operator can allow others."]
    );
    assert_eq!(
        server.post(&acme, "/v1/endpoints", &webhook("mine", "https://hooks.acme.example/x?k=1")).await.status,
        201
    );
    assert!(server.stop().await);
}

async fn secrets_are_never_shown_again(db: &Database) {
    let server = started(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let mut said = webhook("mine", "http://127.0.0.1:1/");
    said["secrets"] = json!({"signing_secret": secret});
    let mut answers = vec![server.post(&acme, "/v1/endpoints", &said).await];
    assert_eq!(answers[0].body.get("new_secrets"), None, "it was given, so it is known");
    answers.push(server.get(&acme, "/v1/endpoints/mine").await);
    answers.push(server.get(&agent, "/v1/endpoints").await);
    answers.push(server.patch(&acme, "/v1/endpoints/mine", &json!({"per_second": 5})).await);
    answers.push(server.post(&agent, "/v1/endpoints/mine/test", &json!({})).await);
    for answer in answers {
        assert!(answer.status.is_success() && !answer.body.to_string().contains("MDEyMzQ1"), "{:#}", answer.body);
    }
    assert!(server.stop().await);
}

async fn a_new_secret_signs_beside_the_old_one_for_a_day(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let acme = server.partner("acme").await;
    let added = server.post(&acme, "/v1/endpoints", &webhook("mine", &sink.url)).await.body;
    let old = added["new_secrets"]["signing_secret"].as_str().unwrap();
    let rotated = server.post(&acme, "/v1/endpoints/mine/rotate", &json!({})).await;
    assert_eq!(rotated.status, 200, "{:#}", rotated.body);
    let new = rotated.body["new_secrets"]["signing_secret"].as_str().unwrap();
    assert!(rotated.body["old_secrets_until"].as_str().unwrap().starts_with("2026-11-23T09:0"));
    server.file(&acme, "BP-1").await;
    let call = sink.next().await;
    assert!(new != old && signed_with(&call, old) && signed_with(&call, new));
    let soon = server.app.clock.now() + SignedDuration::from_hours(23);
    assert_eq!(server.store.forget_old_secrets(soon).await.unwrap(), 0);
    assert_eq!(server.store.forget_old_secrets(soon + SignedDuration::from_hours(2)).await.unwrap(), 1);
    server.app.refresh_directory().await.unwrap();
    server.file(&acme, "BP-2").await;
    let call = sink.next().await;
    assert!(!signed_with(&call, old) && signed_with(&call, new));
    let wrong = server.post(&acme, "/v1/endpoints/mine/rotate", &json!({"name": "signing_secrt"})).await;
    wrong.is_problem(422);
    assert!(wrong.body["detail"].as_str().unwrap().contains("did you mean `signing_secret`?"));
    server.post(&acme, "/v1/endpoints/mine/rotate", &json!({"value": "too short"})).await.is_problem(422);
    assert!(server.stop().await);
}

async fn a_disabled_endpoint_misses_nothing_that_a_replay_does_not_bring(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.post(&acme, "/v1/endpoints", &webhook("mine", &sink.url)).await;
    let off = server.post(&acme, "/v1/endpoints/mine/disable", &json!({"reason": "We move house."})).await.body;
    assert_eq!((&off["state"], &off["reason"]), (&json!("disabled"), &json!("Disabled by its owner: We move house.")));
    server.file(&acme, "BP-1").await;
    settled(&server.store).await;
    assert_eq!(sink.calls().len(), 0);
    let on = server.post(&acme, "/v1/endpoints/mine/enable", &json!({})).await.body;
    assert_eq!((&on["state"], &on["reason"]), (&json!("enabled"), &Value::Null));
    let again = server.post(&agent, "/v1/deliveries/replay", &json!({"since": NOW, "endpoint": "mine"})).await.body;
    assert_eq!(again["replayed"], 1);
    assert_eq!(sink.next().await.json()["data"]["reference"], "BP-1");
    assert!(server.stop().await);
}

async fn a_removed_endpoint_counts_as_none_and_can_be_brought_back(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let acme = server.partner("acme").await;
    server.post(&acme, "/v1/endpoints", &webhook("mine", &sink.url)).await;
    let gone = deleted(&server, &acme, "/v1/endpoints/mine").await;
    assert_eq!((gone.status.as_u16(), &gone.body["reason"]), (200, &json!("removed")));
    let id = server.file(&acme, "BP-1").await;
    let filter = DeliveryFilter { esr_id: Some(id), ..DeliveryFilter::default() };
    let told = server.store.deliveries(&filter, None, 10).await.unwrap().items;
    assert!(told.iter().all(|told| told.endpoint.is_none()), "as if it were not there: {told:?}");
    let again = server.post(&acme, "/v1/endpoints", &webhook("mine", &sink.url)).await;
    again.is_problem(409);
    assert!(again.body["detail"].as_str().unwrap().contains("/v1/endpoints/mine/enable"));
    server.post(&acme, "/v1/endpoints/mine/enable", &json!({})).await;
    server.file(&acme, "BP-2").await;
    assert_eq!(sink.next().await.json()["data"]["reference"], "BP-2");
    let agent = server.agent().await;
    deleted(&server, &agent, "/v1/endpoints/email").await.is_problem(409);
    server.patch(&agent, "/v1/endpoints/email", &json!({"settings": {"to": "a@b.example"}})).await.is_problem(409);
    assert_eq!(server.patch(&agent, "/v1/endpoints/email", &json!({"concurrency": 2})).await.body["concurrency"], 2);
    assert!(server.stop().await);
}

async fn what_an_agent_disabled_its_owner_does_not_enable(db: &Database) {
    let server = started(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.post(&acme, "/v1/endpoints", &webhook("mine", "http://127.0.0.1:1/")).await;
    let off = server.post(&agent, "/v1/endpoints/mine/disable", &json!({"reason": "It is flooded."})).await.body;
    assert_eq!(off["reason"], "Disabled by an agent or operator: It is flooded.");
    server.post(&acme, "/v1/endpoints/mine/enable", &json!({})).await.is_problem(403);
    deleted(&server, &acme, "/v1/endpoints/mine").await.is_problem(403);
    assert_eq!(server.post(&agent, "/v1/endpoints/mine/enable", &json!({})).await.status, 200);
    assert!(server.stop().await);
}

async fn a_change_merges_settings_and_lets_what_was_held_up_go(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.post(&acme, "/v1/endpoints", &webhook("mine", "http://127.0.0.1:1/hook")).await;
    server.file(&acme, "BP-1").await;
    for _ in 0..100 {
        if server.get(&agent, "/v1/deliveries/summary").await.body["held_up"] != json!([]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let said = json!({"settings": {"url": sink.url}, "payload": "thin", "language": "fr", "contact": null});
    let after = server.patch(&acme, "/v1/endpoints/mine", &said).await;
    assert_eq!(after.status, 200, "{:#}", after.body);
    assert_eq!((&after.body["payload"], &after.body["language"]), (&json!("thin"), &json!("fr")));
    let call = sink.next().await;
    assert_eq!(
        call.json()["data"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "reference", "revision", "status"]
    );
    let fixed = server.patch(&acme, "/v1/endpoints/mine", &json!({"name": "yours", "connector": "email"})).await;
    fixed.is_problem(422);
    assert_eq!(fixed.paths(), ["name", "connector"]);
    server.patch(&acme, "/v1/endpoints/mine", &json!({"settings": {"url": null}})).await.is_problem(422);
    assert!(server.stop().await);
}

async fn a_test_is_marked_and_says_what_came_of_it(db: &Database) {
    let (sink, server) = (Sink::start().await, started(db).await);
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.post(&acme, "/v1/endpoints", &webhook("mine", &sink.url)).await;
    let good = server.post(&acme, "/v1/endpoints/mine/test", &json!({})).await.body;
    assert_eq!(good, json!({"arrived": true, "summary": "The other side took the test, answering 200."}));
    let call = sink.next().await;
    assert_eq!((&call.json()["test"], &call.json()["type"]), (&json!(true), &json!("esr.escalated")));
    sink.answers([404, 404]);
    let bad = server.post(&acme, "/v1/endpoints/mine/test", &json!({})).await.body;
    assert_eq!((&bad["arrived"], bad.get("calls")), (&json!(false), None));
    assert_eq!(bad["summary"], "The other side did not take the test, answering 404.");
    let bad = server.post(&agent, "/v1/endpoints/mine/test", &json!({})).await.body;
    assert_eq!((&bad["calls"][0]["status"], &bad["calls"][0]["answer"]), (&json!(404), &json!("thank you")));
    assert_eq!(server.store.delivery_counts().await.unwrap().delivered, 0, "a test is no delivery");
    assert!(server.stop().await);
}

async fn endpoints_are_listed_in_pages_by_name(db: &Database) {
    let server = started(db).await;
    let agent = server.agent().await;
    for name in ["b", "a-1", "a", "c"] {
        let mut said = webhook(name, "http://127.0.0.1:1/");
        said["side"] = json!("ale");
        assert_eq!(server.post(&agent, "/v1/endpoints", &said).await.status, 201);
    }
    let (mut path, mut names) = ("/v1/endpoints?limit=2&side=ale".to_owned(), Vec::new());
    loop {
        let page = server.get(&agent, &path).await.body;
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/endpoints?limit=2&side=ale&after={next}");
    }
    assert_eq!(names, ["a", "a-1", "b", "c"]);
    server.get(&agent, "/v1/endpoints?state=on&limit=0").await.is_problem(400);
    assert_eq!(Config::defaults().unwrap().delivery.self_service, ["webhook", "email"]);
    assert!(server.stop().await);
}
