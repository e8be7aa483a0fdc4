//! What the sides' own systems send back: believed, kept, counted once, and turned into updates of the case.

use jiff::{SignedDuration, Timestamp};
use pointsman::clock::Clock;
use pointsman::intake::signature::{Secret, sign};
use pointsman::notify::endpoint::{Endpoint, EndpointState, REMOVED, Secrets};
use pointsman::store::{Channel, EndpointSwitch, Inbound, InboundFilter, InboundState, NewInbound, Raw, Store};
use pointsman::triage::outcome::Side;
use reqwest::Method;
use serde_json::{Value, json};

use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, endpoint, server, settled};
use crate::server::{Answer, NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    the_other_sides_number_state_and_conclusion_move_the_case_on,
    a_repeat_counts_once_and_is_answered_as_the_first,
    what_is_not_believed_is_answered_alike_and_not_kept,
    an_unknown_type_or_word_fails_loudly_and_is_kept,
    a_side_speaks_of_its_own_cases_alone,
    a_case_is_found_by_the_filers_number_and_by_the_other_sides_own_key,
    a_ticket_that_is_closed_or_rejected_says_so_on_the_case,
    words_without_a_field_of_their_own_stand_in_the_timeline,
    what_a_killed_server_left_behind_is_looked_at_later,
);

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const TOKEN: &str = "a-word-between-us";

fn hotelia(url: &str) -> Endpoint {
    endpoint("hotelia", Side::Participant, Some("hotelia"), url)
}

fn servicenow(name: &str, side: Side, owner: Option<&str>) -> Endpoint {
    let settings = json!({"instance": "http://127.0.0.1:1", "username": "pointsman"});
    Endpoint {
        connector: "servicenow".to_owned(),
        settings: settings.as_object().unwrap().clone(),
        secrets: Secrets(json!({"password": "p", "callback_token": TOKEN}).as_object().unwrap().clone()),
        ..endpoint(name, side, owner, "")
    }
}

/// A signed callback of the webhook connector.
async fn calls(server: &Server, name: &str, id: &str, event: &str, data: &Value) -> Answer {
    let body = json!({"type": event, "timestamp": server.app.clock.now(), "data": data}).to_string();
    let at = server.app.clock.now();
    let signature = sign(&Secret::parse(SECRET).unwrap(), id, at, body.as_bytes()).unwrap();
    signed(server, name, id, at, &signature, body).await
}

async fn signed(server: &Server, name: &str, id: &str, at: Timestamp, signature: &str, body: String) -> Answer {
    let request = server.request(Method::POST, &format!("/v1/hooks/{name}"));
    let request = request.header("webhook-id", id).header("webhook-timestamp", at.as_second().to_string());
    Answer::to(request.header("webhook-signature", signature).header("content-type", "application/json").body(body))
        .await
}

/// A callback of the ServiceNow connector.
async fn incident(server: &Server, name: &str, body: &Value) -> Answer {
    let request = server.request(Method::POST, &format!("/v1/hooks/{name}")).header("x-pointsman-token", TOKEN);
    Answer::to(request.json(body)).await
}

async fn kept(store: &Store) -> Vec<Inbound> {
    store.list_inbound(&InboundFilter::default(), None, 50).await.unwrap().items
}

async fn the_other_sides_number_state_and_conclusion_move_the_case_on(db: &Database) {
    let (theirs, ours) = (Sink::start().await, Sink::start().await);
    let acme = endpoint("acme", Side::BusinessPartner, Some("acme"), &ours.url);
    let server = server(db, vec![hotelia(&theirs.url), acme]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let id = server.file(&acme, "BP-1").await;
    settled(&server.store).await;
    let told = theirs.calls().len();
    let data =
        json!({"id": id, "number": "HT-9912", "url": "https://desk.hotelia.example/HT-9912", "status": "in_progress"});
    let taken = calls(&server, "hotelia", "evt-1", "case.updated", &data).await;
    assert_eq!((taken.status.as_u16(), &taken.body["state"]), (200, &json!("applied")), "{:#}", taken.body);
    assert_eq!(taken.body["esr"], id);
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["decision"]["stage"], "participant_analysis");
    let number = json!({"side": "participant", "name": "Hotelia Systems", "number": "HT-9912",
        "url": "https://desk.hotelia.example/HT-9912", "status": "in_progress"});
    assert_eq!(case["numbers"][1], number);
    let heard = case["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "heard").unwrap();
    assert_eq!(heard["by"], json!({"role": "participant", "name": "Hotelia Systems"}));
    assert_eq!((&heard["data"]["number"], &heard["data"]["note"]["through"]), (&json!("HT-9912"), &json!("hotelia")));
    settled(&server.store).await;
    assert_eq!(ours.calls().last().unwrap().json()["data"]["numbers"][1], number, "both numbers stand in what is told");
    assert_eq!(theirs.calls().len(), told, "nobody is told his own words");

    let data = json!({"id": id, "conclusion": "ale_fault_shown", "findings": "The trunk drops at 30 s:\nsee trace."});
    assert_eq!(calls(&server, "hotelia", "evt-2", "case.updated", &data).await.body["state"], "applied");
    let case = server.get(&agent, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!((&case["decision"]["stage"], &case["status"]), (&json!("ale_engaged"), &json!("waiting_ale")));
    assert_eq!(case["esr"]["participant_case"]["findings"], "The trunk drops at 30 s:\nsee trace.");
    let states: Vec<_> = kept(&server.store).await.iter().map(|kept| (kept.state, kept.source.clone())).collect();
    assert_eq!(states, vec![(InboundState::Applied, "hotelia".to_owned()); 2]);
    assert!(server.stop().await);
}

async fn a_repeat_counts_once_and_is_answered_as_the_first(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![hotelia(&sink.url)]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let data = json!({"id": id, "number": "HT-1"});
    let first = calls(&server, "hotelia", "evt-1", "case.updated", &data).await;
    let revision = server.get(&acme, &format!("/v1/esrs/{id}")).await.body["revision"].clone();
    for _ in 0..2 {
        let again = calls(&server, "hotelia", "evt-1", "case.updated", &data).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
    let same_news = calls(&server, "hotelia", "evt-2", "case.updated", &data).await;
    assert_eq!((same_news.status.as_u16(), &same_news.body["state"]), (200, &json!("ignored")));
    assert_eq!(same_news.body["reason"], "It says nothing new.");
    let data = json!({"id": id, "number": "HT-1", "status": "waiting"});
    let many = (0..8).map(|_| calls(&server, "hotelia", "evt-3", "case.updated", &data));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!((answer.status.as_u16(), &answer.body["state"]), (200, &json!("applied")), "{:#}", answer.body);
    }
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["revision"].as_i64(), revision.as_i64().map(|before| before + 1));
    assert_eq!(kept(&server.store).await.len(), 3);
    assert!(server.stop().await);
}

async fn what_is_not_believed_is_answered_alike_and_not_kept(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![hotelia(&sink.url), endpoint("gone", Side::Ale, None, &sink.url)]).await;
    let (acme, at) = (server.partner("acme").await, server.app.clock.now());
    let change = EndpointSwitch {
        id: "end_gone".to_owned(),
        state: EndpointState::Disabled,
        reason: Some(REMOVED.to_owned()),
        at,
        tell: None,
    };
    server.store.switch_endpoint(change).await.unwrap();
    let id = server.file(&acme, "BP-1").await;
    let body = json!({"type": "case.updated", "data": {"id": id, "number": "HT-1"}}).to_string();
    let good = |at| sign(&Secret::parse(SECRET).unwrap(), "e", at, body.as_bytes()).unwrap();
    let old = at - SignedDuration::from_mins(6);
    let answers = [
        signed(&server, "hotelia", "e", at, "v1,AAAA", body.clone()).await,
        signed(&server, "hotelia", "e", at, &good(at), body.replace("HT-1", "HT-2")).await,
        signed(&server, "hotelia", "e", old, &good(old), body.clone()).await,
        signed(&server, "gone", "e", at, &good(at), body.clone()).await,
        signed(&server, "nobody", "e", at, &good(at), body.clone()).await,
        server.post(&acme, "/v1/hooks/hotelia", &json!({})).await,
    ];
    for answer in &answers {
        answer.is_problem(401);
        assert_eq!(answer.body["detail"], answers[0].body["detail"]);
    }
    assert_eq!(kept(&server.store).await, []);
    let large = "x".repeat(2 << 20);
    signed(&server, "hotelia", "e", at, &good(at), large).await.is_problem(413);
    // The connector's name will do where it says who is meant: by the secret.
    assert_eq!(signed(&server, "webhook", "e", at, &good(at), body.clone()).await.body["state"], "applied");
    assert!(server.stop().await);
}

async fn an_unknown_type_or_word_fails_loudly_and_is_kept(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![hotelia(&sink.url)]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let unknown = calls(&server, "hotelia", "e1", "case.exploded", &json!({"id": id})).await;
    unknown.is_problem(422);
    let detail = unknown.body["detail"].as_str().unwrap();
    for part in ["case.exploded", "Types that are known: case.", "case.updated", "It is kept"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    let word = calls(&server, "hotelia", "e2", "case.updated", &json!({"id": id, "status": "on_fire"})).await;
    word.is_problem(422);
    assert!(word.body["detail"].as_str().unwrap().contains("on_fire"));
    calls(&server, "hotelia", "e3", "case.updated", &json!({"number": "HT-1"})).await.is_problem(422);
    let at = server.app.clock.now();
    let broken = "{\"type\": \u{0}";
    let signature = sign(&Secret::parse(SECRET).unwrap(), "e4", at, broken.as_bytes()).unwrap();
    signed(&server, "hotelia", "e4", at, &signature, broken.to_owned()).await.is_problem(400);
    let all = kept(&server.store).await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|kept| kept.state == InboundState::Held && kept.reason.is_some()), "{all:?}");
    let again = calls(&server, "hotelia", "e1", "case.exploded", &json!({"id": id})).await;
    again.is_problem(422);
    assert_eq!(server.get(&acme, &format!("/v1/esrs/{id}")).await.body["revision"], 1);
    assert!(server.stop().await);
}

async fn a_side_speaks_of_its_own_cases_alone(db: &Database) {
    let sink = Sink::start().await;
    let endpoints = vec![
        endpoint("ambrelis", Side::Participant, Some("ambrelis"), &sink.url),
        endpoint("meridian", Side::BusinessPartner, Some("meridian"), &sink.url),
        endpoint("ale", Side::Ale, None, &sink.url),
    ];
    let server = server(db, endpoints).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let mut reasons = Vec::new();
    for (name, case) in [
        ("ambrelis", id.as_str()),
        ("meridian", &id),
        ("ambrelis", "BP-1"),
        ("ambrelis", "esr_none"),
        ("ale", "BP-404"),
    ] {
        let taken = calls(&server, name, case, "case.updated", &json!({"id": case, "number": "X-1"})).await;
        assert_eq!(
            (taken.status.as_u16(), &taken.body["state"], &taken.body["esr"]),
            (202, &json!("held"), &Value::Null)
        );
        reasons.push(taken.body["reason"].as_str().unwrap().to_owned());
    }
    reasons.dedup();
    assert_eq!(reasons, ["It names no case that this endpoint may speak of."], "whether it is there is not told");
    assert_eq!(server.get(&acme, &format!("/v1/esrs/{id}")).await.body["numbers"].as_array().unwrap().len(), 1);
    let taken = calls(&server, "ale", "e", "case.updated", &json!({"id": id, "number": "ALE-7"})).await;
    assert_eq!(taken.body["state"], "applied", "ALE's desk speaks of all");
    let numbers = server.get(&acme, &format!("/v1/esrs/{id}")).await.body["numbers"].clone();
    assert_eq!((&numbers[1]["side"], &numbers[1]["number"]), (&json!("ale"), &json!("ALE-7")));
    assert!(server.stop().await);
}

async fn a_case_is_found_by_the_filers_number_and_by_the_other_sides_own_key(db: &Database) {
    let endpoints =
        vec![servicenow("desk", Side::Participant, Some("hotelia")), servicenow("ale-desk", Side::Ale, None)];
    let server = server(db, endpoints).await;
    let (acme, other) = (server.partner("acme").await, server.partner("other").await);
    let (id, second) = (server.file(&acme, "BP-1").await, server.file(&other, "BP-2").await);
    let say = |count: &str, more: Value| {
        let mut body = json!({"event": "incident.updated", "sys_id": "c537", "sys_mod_count": count, "number": "INC7", "state": "2"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(incident(&server, "desk", &say("1", json!({"correlation_id": "BP-1"}))).await.body["esr"], id);
    let later = incident(&server, "desk", &say("2", json!({"state": "6", "close_notes": "Solved by a patch."}))).await;
    assert_eq!((&later.body["esr"], &later.body["state"]), (&json!(id), &json!("applied")), "by its own key alone");
    let own = incident(&server, "desk", &say("3", json!({"sys_updated_by": "pointsman"}))).await;
    assert_eq!((own.status.as_u16(), &own.body["state"]), (200, &json!("ignored")));
    let both = incident(&server, "desk", &say("4", json!({"correlation_id": second}))).await;
    assert_eq!((both.status.as_u16(), &both.body["state"]), (202, &json!("held")));
    assert!(both.body["reason"].as_str().unwrap().contains(&id), "{:#}", both.body);
    // Two filers with one number: nobody guesses which is meant.
    server.file(&other, "BP-1").await;
    let two = json!({"event": "incident.updated", "sys_id": "d1", "sys_mod_count": "1", "number": "INC8", "correlation_id": "BP-1"});
    assert!(incident(&server, "ale-desk", &two).await.body["reason"].as_str().unwrap().contains("Several filers"));
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["esr"]["participant_case"]["number"], "INC7");
    assert_eq!(case["esr"]["participant_case"]["findings"], "Solved by a patch.");
    assert!(server.stop().await);
}

async fn a_ticket_that_is_closed_or_rejected_says_so_on_the_case(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![hotelia(&sink.url), endpoint("ale", Side::Ale, None, &sink.url)]).await;
    let acme = server.partner("acme").await;
    let at_ales = {
        let mut said = crate::server::esr("BP-2");
        said.as_object_mut().unwrap().remove("third_party");
        server.post(&acme, "/v1/esrs", &said).await.body
    };
    assert_eq!(at_ales["decision"]["route"], "ale_support", "{at_ales:#}");
    let closed = calls(&server, "ale", "e1", "case.closed", &json!({"reference": "BP-2", "number": "A-1"})).await;
    assert_eq!(closed.body["state"], "applied");
    let status = async |id: &str| server.get(&acme, &format!("/v1/esrs/{id}")).await.body["status"].clone();
    assert_eq!(status(at_ales["id"].as_str().unwrap()).await, "closed");
    let rejected = server.file(&acme, "BP-3").await;
    let said = json!({"id": rejected, "number": "HT-3", "status": "rejected", "findings": "Not our product."});
    assert_eq!(calls(&server, "hotelia", "e2", "case.updated", &said).await.body["state"], "applied");
    assert_eq!(status(&rejected).await, "waiting_agent");
    let case = server.get(&acme, &format!("/v1/esrs/{rejected}")).await.body;
    let contested = case["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "contested").unwrap();
    assert_eq!(contested["data"]["reason"], "Hotelia Systems rejected its ticket: Not our product.");
    let unsaid = server.file(&acme, "BP-4").await;
    calls(&server, "hotelia", "e3", "case.closed", &json!({"id": unsaid, "number": "HT-4"})).await;
    assert_eq!(status(&unsaid).await, "waiting_agent", "closed without a conclusion: whose side is it?");
    assert!(server.stop().await);
}

async fn words_without_a_field_of_their_own_stand_in_the_timeline(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![endpoint("ale", Side::Ale, None, &sink.url)]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let said = json!({"id": id, "findings": "We look at the trunk."});
    for _ in 0..2 {
        assert_eq!(calls(&server, "ale", "e1", "case.updated", &said).await.body["state"], "applied");
    }
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await.body;
    let heard: Vec<_> = case["timeline"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "heard").collect();
    assert_eq!((heard.len(), &heard[0]["data"]["note"]["findings"]), (1, &json!("We look at the trunk.")));
    assert_eq!(case["revision"], 1);
    assert!(server.stop().await);
}

async fn what_a_killed_server_left_behind_is_looked_at_later(db: &Database) {
    let clock = Clock::running_from(NOW.parse().unwrap());
    let store = db.store().await;
    store.put_endpoint(hotelia("http://127.0.0.1:1/")).await.unwrap();
    let first = Server::start_at(store, SETTINGS, clock.clone()).await;
    let acme = first.partner("acme").await;
    let id = first.file(&acme, "BP-1").await;
    let body = json!({"type": "case.updated", "data": {"id": id, "number": "HT-1"}}).to_string();
    let left = |n: i64, body: &str| NewInbound {
        id: format!("inb_{n}"),
        channel: Channel::Hook,
        source: "hotelia".to_owned(),
        dedupe_key: format!("e{n}"),
        received_at: first.app.clock.now() - SignedDuration::from_mins(10),
        actor: "hotelia".to_owned(),
        summary: "case.updated".to_owned(),
        raw: Raw::Text(body.to_owned()),
    };
    first.store.add_inbound(left(1, &body)).await.unwrap();
    first.store.add_inbound(left(2, "{}")).await.unwrap();
    assert!(first.stop().await);
    let second = Server::start_at(db.store().await, SETTINGS, clock).await;
    for _ in 0..200 {
        let all = kept(&second.store).await;
        if all.iter().all(|kept| kept.state != InboundState::Received) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let states: Vec<_> = kept(&second.store).await.iter().map(|kept| (kept.id.clone(), kept.state)).collect();
    assert!(states.contains(&("inb_1".to_owned(), InboundState::Applied)), "{states:?}");
    assert!(states.contains(&("inb_2".to_owned(), InboundState::Held)), "{states:?}");
    assert_eq!(second.get(&acme, &format!("/v1/esrs/{id}")).await.body["decision"]["stage"], "participant_analysis");
    assert!(second.stop().await);
}
