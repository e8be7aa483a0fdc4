//! What is stored is sent: to whom it concerns, in order, again when it has to be, and never lost.

pub(crate) mod sink;

use std::time::Duration;

use pointsman::clock::Clock;
use pointsman::demo::smtp::{Catcher, Script};
use pointsman::notify::EventType;
use pointsman::notify::delivery::DeliveryState;
use pointsman::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use pointsman::store::{DeliveryFilter, Replay, Store};
use pointsman::triage::outcome::Side;
use serde_json::json;

use self::sink::{Call, Sink};
use crate::server::{NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_partner_is_told_by_a_signed_call_as_soon_as_its_esr_is_stored,
    what_fails_is_tried_again_with_the_same_id_until_it_arrives,
    what_fails_is_tried_again_however_busy_others_keep_the_server,
    messages_of_a_case_arrive_in_order_though_the_first_fails,
    an_endpoint_that_stalls_delays_nobody_else,
    an_endpoint_that_answers_410_is_disabled_and_a_replay_sends_what_it_missed,
    what_another_node_held_is_sent_when_its_lease_ends,
    a_participant_without_an_endpoint_is_written_to_at_its_hotline,
    whoever_looks_after_an_endpoint_is_told_when_it_is_disabled,
    the_number_that_a_participants_system_answers_moves_the_case_on_and_everybody_hears_it,
);

/// Plain http on loopback, short times.
pub(crate) const SETTINGS: &str = "[delivery]\nallow_http = true\nallow_ranges = [\"127.0.0.0/8\"]\nfirst_wait_seconds = 0.2\n\
    poll_milliseconds = 50\nlease_seconds = 3\ndeadline_seconds = 1.0\n";

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// An enabled endpoint of a side.
pub(crate) fn endpoint(name: &str, side: Side, owner: Option<&str>, url: &str) -> Endpoint {
    let at = NOW.parse().unwrap();
    Endpoint {
        id: format!("end_{name}"),
        name: name.to_owned(),
        side,
        owner: owner.map(str::to_owned),
        connector: "webhook".to_owned(),
        settings: json!({ "url": url }).as_object().unwrap().clone(),
        secrets: Secrets(json!({ "signing_secret": SECRET }).as_object().unwrap().clone()),
        events: vec![],
        payload: Payload::Full,
        language: Language::En,
        concurrency: 16,
        per_second: 0,
        contact: None,
        state: EndpointState::Enabled,
        reason: None,
        failing_since: None,
        created_at: at,
        updated_at: at,
    }
}

pub(crate) async fn server(db: &Database, endpoints: Vec<Endpoint>) -> Server {
    let store = db.store().await;
    for endpoint in endpoints {
        store.put_endpoint(endpoint).await.unwrap();
    }
    Server::start_at(store, SETTINGS, Clock::running_from(NOW.parse().unwrap())).await
}

/// Waits until no delivery is pending, at most ten seconds.
pub(crate) async fn settled(store: &Store) {
    for _ in 0..500 {
        if store.delivery_counts().await.unwrap().pending == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("deliveries still wait: {:?}", store.deliveries(&DeliveryFilter::default(), None, 20).await.unwrap().items);
}

async fn a_partner_is_told_by_a_signed_call_as_soon_as_its_esr_is_stored(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let call = sink.next().await;
    assert_eq!(call.header("webhook-id"), format!("msg_{}_1_esr_decided", &id[4..]));
    assert_eq!(call.json()["type"], "esr.decided");
    assert_eq!(call.json()["data"]["id"], id);
    assert_eq!(call.json()["data"]["esr"]["reference"], "BP-1");
    assert_eq!(call.json()["data"]["numbers"][0]["number"], "BP-1");
    call.verify(SECRET);
    settled(&server.store).await;
    let log = server.store.deliveries(&DeliveryFilter::default(), None, 10).await.unwrap().items;
    let told: Vec<_> = log.iter().map(|delivery| (delivery.side, delivery.state, delivery.event_type)).collect();
    assert!(told.contains(&(Side::BusinessPartner, DeliveryState::Delivered, EventType::EsrDecided)), "{told:?}");
    // The participant has no endpoint, and there is no mail here: that is said, not forgotten.
    assert!(told.contains(&(Side::Participant, DeliveryState::Unaddressed, EventType::EsrEscalated)), "{told:?}");
    let delivered = log.iter().find(|delivery| delivery.state == DeliveryState::Delivered).unwrap();
    let (_, attempts) = server.store.delivery(&delivered.id).await.unwrap().unwrap();
    assert_eq!((attempts.len(), attempts[0].attempt.status), (1, Some(200)));
    assert_eq!(attempts[0].attempt.answer, "thank you");
    assert!(server.stop().await);
}

async fn what_fails_is_tried_again_with_the_same_id_until_it_arrives(db: &Database) {
    let sink = Sink::start().await;
    sink.answers([500, 503]);
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-1").await;
    let calls: Vec<Call> = vec![sink.next().await, sink.next().await, sink.next().await];
    assert!(calls.iter().all(|call| call.header("webhook-id") == calls[0].header("webhook-id")));
    assert!(calls.iter().all(|call| call.body == calls[0].body));
    settled(&server.store).await;
    let filter = DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() };
    let delivered = server.store.deliveries(&filter, None, 10).await.unwrap().items;
    let (delivery, attempts) = server.store.delivery(&delivered[0].id).await.unwrap().unwrap();
    assert_eq!(delivery.attempts, 3);
    let log: Vec<_> = attempts.iter().map(|a| (a.number, a.attempt.status, a.attempt.outcome.as_str())).collect();
    assert_eq!(log, [(1, Some(500), "server_error"), (2, Some(503), "server_error"), (3, Some(200), "delivered")]);
    assert!(server.stop().await);
}

async fn what_fails_is_tried_again_however_busy_others_keep_the_server(db: &Database) {
    let (fails, busy) = (Sink::start().await, Sink::start().await);
    fails.answers([500]);
    let endpoints = vec![
        endpoint("fails", Side::BusinessPartner, Some("fails"), &fails.url),
        endpoint("busy", Side::BusinessPartner, Some("busy"), &busy.url),
    ];
    let server = server(db, endpoints).await;
    let (fails_key, busy_key) = (server.partner("fails").await, server.partner("busy").await);
    server.file(&fails_key, "F-1").await;
    fails.next().await;
    for n in 0..200 {
        server.file(&busy_key, &format!("B-{n}")).await;
        if fails.calls().len() == 2 {
            return assert!(server.stop().await);
        }
    }
    panic!("it was not tried again while others kept coming");
}

async fn messages_of_a_case_arrive_in_order_though_the_first_fails(db: &Database) {
    let sink = Sink::start().await;
    sink.answers([500, 500]);
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    for number in ["HT-1", "HT-2"] {
        let said = json!({ "participant_case": { "number": number } });
        assert_eq!(server.post(&acme, &format!("/v1/esrs/{id}/updates"), &said).await.status, 200);
    }
    settled(&server.store).await;
    let revisions: Vec<_> = sink.calls().iter().map(|call| call.json()["data"]["revision"].as_i64().unwrap()).collect();
    assert_eq!(revisions, [1, 1, 1, 2, 3], "twice in vain, then each in its turn");
    assert!(server.stop().await);
}

async fn an_endpoint_that_stalls_delays_nobody_else(db: &Database) {
    let (slow, fast) = (Sink::start().await, Sink::start().await);
    slow.stalls(Duration::from_secs(30));
    let endpoints = vec![
        endpoint("slow", Side::BusinessPartner, Some("slow"), &slow.url),
        endpoint("fast", Side::BusinessPartner, Some("fast"), &fast.url),
    ];
    let server = server(db, endpoints).await;
    let (slow_key, fast_key) = (server.partner("slow").await, server.partner("fast").await);
    for n in 0..40 {
        server.file(&slow_key, &format!("S-{n}")).await;
        server.file(&fast_key, &format!("F-{n}")).await;
    }
    for _ in 0..40 {
        fast.next().await;
    }
    assert_eq!(fast.calls().len(), 40);
    assert!(
        slow.calls().len() <= 24,
        "its lane lets 16 through, and few more until its circuit opens: {}",
        slow.calls().len()
    );
    let _ = server.stop().await;
}

async fn an_endpoint_that_answers_410_is_disabled_and_a_replay_sends_what_it_missed(db: &Database) {
    let sink = Sink::start().await;
    sink.answers([410]);
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-1").await;
    sink.next().await;
    settled(&server.store).await;
    let stored = server.store.endpoints().await.unwrap().into_iter().find(|endpoint| endpoint.name == "acme").unwrap();
    assert_eq!(stored.state, EndpointState::Disabled);
    // While it is disabled nothing is sent, and nothing forgotten.
    server.file(&acme, "BP-2").await;
    let filter = DeliveryFilter { state: Some(DeliveryState::Dead), ..DeliveryFilter::default() };
    let dead = server.store.deliveries(&filter, None, 10).await.unwrap().items;
    let reasons: Vec<_> =
        dead.iter().map(|delivery| (delivery.attempts, delivery.reason.as_deref().unwrap())).collect();
    assert_eq!(reasons, [(0, "endpoint_disabled"), (1, "gone")]);
    assert_eq!(sink.calls().len(), 1);

    let now = server.app.clock.now();
    let switch = pointsman::store::EndpointSwitch {
        id: stored.id.clone(),
        state: EndpointState::Enabled,
        reason: None,
        at: now,
        tell: None,
    };
    assert!(server.store.switch_endpoint(switch).await.unwrap());
    server.app.refresh_directory().await.unwrap();
    let replay = Replay::Range {
        endpoint_id: Some(stored.id),
        adopt: None,
        state: DeliveryState::Dead,
        since: NOW.parse().unwrap(),
        before: now,
        limit: 100,
        at: server.app.clock.now(),
    };
    assert_eq!(server.store.replay(replay).await.unwrap(), 2);
    server.app.dispatch.wake();
    settled(&server.store).await;
    let references: Vec<_> =
        sink.calls().iter().skip(1).map(|call| call.json()["data"]["reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(references.len(), 2);
    assert!(references.contains(&"BP-1".to_owned()) && references.contains(&"BP-2".to_owned()));
    assert!(server.stop().await);
}

async fn what_another_node_held_is_sent_when_its_lease_ends(db: &Database) {
    let sink = Sink::start().await;
    let store = db.store().await;
    store.put_endpoint(endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)).await.unwrap();
    // A node that stores and does not send, as if it went away in between; what it held has three seconds to live.
    let silent = format!("{SETTINGS}enabled = false\n");
    let first = Server::start_at(store, &silent, Clock::running_from(NOW.parse().unwrap())).await;
    let acme = first.partner("acme").await;
    drop(first.app.dispatch.open());
    first.file(&acme, "BP-1").await;
    let held = first.store.deliveries(&DeliveryFilter::default(), None, 10).await.unwrap().items;
    assert!(held.iter().any(|delivery| delivery.state == DeliveryState::Pending && delivery.under_way));
    assert!(first.stop().await);

    let clock = Clock::running_from(NOW.parse().unwrap());
    let second = Server::start_at(db.store().await, SETTINGS, clock).await;
    let call = sink.next().await;
    assert_eq!(call.json()["data"]["reference"], "BP-1");
    settled(&second.store).await;
    assert_eq!(sink.calls().len(), 1);
    assert!(second.stop().await);
}

/// The same with letters, which go to that catcher.
fn with_mail(catcher: &Catcher) -> String {
    format!(
        "{SETTINGS}[mail]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom_address = \"esr@ale.example\"\n\
         secret = \"only for tests, only for tests\"\n",
        catcher.address().port()
    )
}

/// The text of the letter number `number`, and to whom it went.
async fn letter(catcher: &Catcher, number: u64) -> (String, String) {
    tokio::time::timeout(Duration::from_secs(10), catcher.mails().reached(number)).await.expect("a letter comes in");
    let caught = catcher.mails().get(number).unwrap();
    let message = mail_parser::MessageParser::new().parse(&caught.source).unwrap();
    let text = format!("{}\n{}", message.subject().unwrap_or_default(), message.body_text(0).unwrap_or_default());
    (caught.to.join(","), text)
}

async fn a_participant_without_an_endpoint_is_written_to_at_its_hotline(db: &Database) {
    let catcher = Catcher::on_a_free_port(Script::sound()).await.unwrap();
    let clock = Clock::running_from(NOW.parse().unwrap());
    let server = Server::start_at(db.store().await, &with_mail(&catcher), clock).await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-1").await;
    let (to, text) = letter(&catcher, 1).await;
    assert_eq!(to, "support@hotelia.example");
    assert!(text.contains("BP-1") && text.contains("9.2.3") && text.contains("IWR-0412"), "{text}");
    settled(&server.store).await;
    let filter = DeliveryFilter { side: Some(Side::Participant), ..DeliveryFilter::default() };
    let told = server.store.deliveries(&filter, None, 10).await.unwrap().items;
    assert_eq!(
        (told.len(), told[0].state, told[0].address.as_str()),
        (1, DeliveryState::Delivered, "support@hotelia.example")
    );
    let (_, attempts) = server.store.delivery(&told[0].id).await.unwrap().unwrap();
    assert_eq!(attempts[0].attempt.status, Some(250));
    assert!(server.stop().await);
}

async fn whoever_looks_after_an_endpoint_is_told_when_it_is_disabled(db: &Database) {
    let (catcher, sink) = (Catcher::on_a_free_port(Script::sound()).await.unwrap(), Sink::start().await);
    sink.answers([410]);
    let store = db.store().await;
    let contact = Some("ops@acme.example".to_owned());
    let hook = Endpoint { contact, ..endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url) };
    store.put_endpoint(hook).await.unwrap();
    let clock = Clock::running_from(NOW.parse().unwrap());
    let server = Server::start_at(store, &with_mail(&catcher), clock).await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-1").await;
    let letters = [letter(&catcher, 1).await, letter(&catcher, 2).await];
    let (_, text) = letters.iter().find(|(to, _)| to == "ops@acme.example").expect("its contact hears of it");
    assert!(text.contains("switched off") && text.contains("acme"), "{text}");
    settled(&server.store).await;
    assert_eq!(catcher.mails().count(), 2, "once, and the participant its own letter");
    assert!(server.stop().await);
}

async fn the_number_that_a_participants_system_answers_moves_the_case_on_and_everybody_hears_it(db: &Database) {
    let (sink, desk) = (Sink::start().await, wiremock::MockServer::start().await);
    let created = wiremock::ResponseTemplate::new(201)
        .set_body_json(json!({ "result": { "sys_id": "c537bae64f411200adf9f8e18110c76e", "number": "INC0010002" } }));
    wiremock::Mock::given(wiremock::matchers::method("POST")).respond_with(created).expect(1).mount(&desk).await;
    let found = wiremock::ResponseTemplate::new(200).set_body_json(json!({ "result": [] }));
    wiremock::Mock::given(wiremock::matchers::method("GET")).respond_with(found).mount(&desk).await;
    let changed = wiremock::ResponseTemplate::new(200)
        .set_body_json(json!({ "result": { "sys_id": "c537bae64f411200adf9f8e18110c76e", "number": "INC0010002" } }));
    wiremock::Mock::given(wiremock::matchers::method("PATCH")).respond_with(changed).mount(&desk).await;
    let mut hotelia = endpoint("hotelia", Side::Participant, Some("hotelia"), "");
    hotelia.connector = "servicenow".to_owned();
    hotelia.settings = json!({ "instance": desk.uri(), "username": "pointsman" }).as_object().unwrap().clone();
    hotelia.secrets = Secrets(
        json!({ "username": "pointsman", "password": "not told", "user": "pointsman" }).as_object().unwrap().clone(),
    );
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url), hotelia]).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    assert_eq!(sink.next().await.json()["data"]["decision"]["stage"], "participant_first");
    let update = sink.next().await.json();
    assert_eq!(update["type"], "esr.updated", "{update:#}");
    assert_eq!(update["data"]["decision"]["stage"], "participant_analysis");
    assert_eq!(update["data"]["esr"]["participant_case"]["number"], "INC0010002");
    let numbers: Vec<_> = update["data"]["numbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number["number"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(numbers, ["BP-1", "INC0010002"], "both sides' numbers");
    settled(&server.store).await;
    let tickets = server.store.counterparts(&id).await.unwrap();
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].number.as_deref(), Some("INC0010002"));
    assert!(server.stop().await);
}
