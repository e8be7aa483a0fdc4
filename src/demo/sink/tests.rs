use std::time::Duration;

use super::*;
use crate::config::Config;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const A_WHILE: SignedDuration = SignedDuration::from_secs(60);

struct Running {
    sink: Arc<Sink>,
    url: String,
    client: reqwest::Client,
    _stop: tokio_util::sync::DropGuard,
}

async fn running() -> Running {
    let receiver =
        |name: &str, secrets| Receiver { name: name.into(), title: name.into(), side: Side::BusinessPartner, secrets };
    let sink = Sink::new(
        vec![receiver("blue", vec![Secret::parse(SECRET).unwrap()]), receiver(TICKETS, vec![])],
        Clock::system(),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = tokio_util::sync::CancellationToken::new();
    let (router, serving, config) = (sink.router(), stop.clone(), Config::defaults().unwrap().server);
    tokio::spawn(async move { crate::web::server::serve(listener, router, &config, serving).await });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Running { sink, url, client, _stop: stop.drop_guard() }
}

impl Running {
    /// Sends a message that the official library signed; a status, and the answer.
    async fn send(&self, id: &str, secret: &str) -> (u16, HeaderMap) {
        let body = r#"{"type":"esr.decided","data":{"reference":"BP-1"}}"#;
        let now = Clock::system().now().as_second();
        let signature = standardwebhooks::Webhook::new(secret).unwrap().sign(id, now, body.as_bytes()).unwrap();
        let request = self.client.post(format!("{}/hooks/blue", self.url)).body(body);
        let request =
            request.header("webhook-id", id).header("webhook-timestamp", now).header("webhook-signature", signature);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.headers().clone())
    }

    async fn ticket(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}/tickets/api/now/table/{path}", self.url));
        let answer = request.basic_auth("demo", Some("demo")).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn last(&self) -> Arc<Call> {
        self.sink.calls().get(self.sink.calls().count()).unwrap()
    }
}

#[tokio::test]
async fn what_the_official_library_signs_is_taken_once_and_shown_as_a_repeat_afterwards() {
    let here = running().await;
    assert_eq!(here.send("msg_1", SECRET).await.0, 200);
    assert_eq!((here.last().check.clone(), here.last().repeat_of), (Check::SignatureHolds, None));
    assert_eq!((here.last().what().as_str(), here.last().case().as_deref()), ("esr.decided", Some("BP-1")));
    assert_eq!(here.send("msg_1", SECRET).await.0, 200);
    assert_eq!(here.last().repeat_of, Some(1));
    assert_eq!(here.send("msg_2", SECRET).await.0, 200);
    assert_eq!(here.last().repeat_of, None);
}

#[tokio::test]
async fn what_another_signed_is_not_believed() {
    let here = running().await;
    assert_eq!(here.send("msg_1", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.0, 401);
    assert!(here.last().check.sentence().starts_with("not believed: no v1 signature"), "{:?}", here.last().check);
    let unsigned = here.client.post(format!("{}/hooks/blue", here.url)).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    assert_eq!(here.last().check, Check::Refused("the header webhook-id is missing".to_owned()));
    assert_eq!(here.send("msg_1", SECRET).await.0, 200, "a forged message takes nobody's place");
    assert_eq!(here.last().repeat_of, None);
    for unknown in ["red", TICKETS] {
        let answer = here.client.post(format!("{}/hooks/{unknown}", here.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404);
    }
}

#[tokio::test]
async fn a_system_can_be_told_to_fail_and_what_it_failed_to_take_is_no_repeat() {
    let here = running().await;
    for (mood, status) in [(Mood::Failing, 500), (Mood::Busy, 429), (Mood::Refusing, 422), (Mood::Gone, 410)] {
        assert!(here.sink.set_mood("blue", mood, A_WHILE));
        let (answered, headers) = here.send("msg_1", SECRET).await;
        assert_eq!(answered, status);
        assert_eq!(headers.contains_key("retry-after"), mood == Mood::Busy);
        assert_eq!((here.last().status, here.last().check.clone()), (Some(status), Check::SignatureHolds));
    }
    here.sink.set_mood("blue", Mood::Stalling, A_WHILE);
    let stalled = tokio::time::timeout(Duration::from_millis(200), here.send("msg_1", SECRET)).await;
    assert!(stalled.is_err(), "no answer comes");
    assert_eq!(here.last().status, None);
    here.sink.set_mood("blue", Mood::Failing, SignedDuration::ZERO);
    assert_eq!(here.send("msg_1", SECRET).await.0, 200, "its time is over");
    assert_eq!(here.last().repeat_of, None);
    assert!(!here.sink.set_mood("nobody", Mood::Well, A_WHILE));
}

#[tokio::test]
async fn the_ticket_system_gives_numbers_and_finds_and_changes_tickets() {
    let here = running().await;
    let (status, made) = here
        .ticket(Method::POST, "incident", json!({ "short_description": "Silent", "correlation_id": "esr_1" }))
        .await;
    assert_eq!((status, made["result"]["number"].as_str()), (201, Some("INC0010001")));
    assert_eq!(here.last().header("authorization"), Some("Basic (hidden)"));
    let id = made["result"]["sys_id"].as_str().unwrap();
    let (_, found) = here.ticket(Method::GET, "incident?correlation_id=esr_1&sysparm_limit=1", Value::Null).await;
    assert_eq!(found["result"][0]["sys_id"], id);
    let (_, none) = here.ticket(Method::GET, "incident?sysparm_query=correlation_id%3Desr_2", Value::Null).await;
    assert_eq!(none["result"], json!([]));
    let (status, changed) = here.ticket(Method::PATCH, &format!("incident/{id}"), json!({ "state": "6" })).await;
    assert_eq!((status, changed["result"]["state"].as_str()), (200, Some("6")));
    assert_eq!(here.ticket(Method::PATCH, "incident/none", json!({})).await.0, 404);
    assert_eq!(here.ticket(Method::POST, "sys_user", json!({})).await.0, 400);
    let bare = here.client.post(format!("{}/tickets/api/now/table/incident", here.url)).send().await.unwrap();
    assert_eq!(bare.status(), 401);
}
