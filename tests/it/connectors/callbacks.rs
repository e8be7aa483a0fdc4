//! What comes back is believed only from whom it says, and what goes out is verified by the official library.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use pointsman::clock::Clock;
use pointsman::connectors::{Definitions, NotBelieved, Received, Secrets};
use serde_json::json;
use sha2::Sha256;
use standardwebhooks::Webhook;
use wiremock::MockServer;

use super::{PATIENT, Side, response};

const SECRETS: [&str; 2] = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];

#[tokio::test]
async fn the_official_library_verifies_a_message_with_either_of_two_secrets() {
    let server = MockServer::start().await;
    let side = Side::at("webhook", &server.uri());
    side.answering(&server, response(&side.recorded())).await;
    side.tell(false, PATIENT).await.outcome.unwrap();
    let requests = server.received_requests().await.unwrap();
    for secret in SECRETS {
        let verifier = Webhook::new(secret).unwrap();
        verifier.verify(&requests[0].body, &requests[0].headers).unwrap();
    }
    let other = Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert!(other.verify(&requests[0].body, &requests[0].headers).is_err());
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, side.context["message"]);
}

#[test]
fn what_the_official_library_signs_is_believed_and_nothing_else() {
    let all = Definitions::embedded();
    let webhook = all.get("webhook").unwrap();
    let secrets = Secrets::from_json(&json!({"signing_secret": SECRETS}));
    let (now, body) = (Clock::system().now(), br#"{"type":"case.updated","data":{"id":"esr_1"}}"#);
    for secret in SECRETS {
        let signed = Webhook::new(secret).unwrap().sign("evt_1", now.as_second(), body).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "evt_1".parse().unwrap());
        headers.insert("webhook-timestamp", now.as_second().to_string().parse().unwrap());
        headers.insert("webhook-signature", signed.parse().unwrap());
        let ask = |body: &[u8], secrets: &Secrets, headers: &HeaderMap| {
            webhook.authenticate(&json!({}), secrets, Received { headers, query: &[], body }, now)
        };
        assert_eq!(ask(body, &secrets, &headers), Ok(()));
        assert_eq!(ask(b"{}", &secrets, &headers), Err(NotBelieved::Wrong));
        assert_eq!(ask(body, &Secrets::default(), &headers), Err(NotBelieved::NoSecret));
        assert_eq!(ask(body, &secrets, &HeaderMap::new()), Err(NotBelieved::Wrong));
        let callback = webhook.read_callback(&json!({}), &headers, &[], body).unwrap();
        assert_eq!((callback.event_id.as_str(), callback.case.as_deref()), ("evt_1", Some("esr_1")));
    }
}

#[test]
fn one_of_several_signatures_in_a_header_is_enough() {
    let all = Definitions::embedded();
    let pagerduty = all.get("pagerduty").unwrap();
    let secrets = Secrets::from_json(&json!({"webhook_secret": "the-right-one"}));
    let body = br#"{"event": {}}"#;
    let signature = |secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v1={hex}")
    };
    let ask = |value: String| {
        let mut headers = HeaderMap::new();
        headers.insert("x-pagerduty-signature", value.parse().unwrap());
        let received = Received { headers: &headers, query: &[], body };
        pagerduty.authenticate(&json!({}), &secrets, received, Clock::system().now())
    };
    assert_eq!(ask(signature("the-right-one")), Ok(()));
    assert_eq!(ask(format!("{},{}", signature("another"), signature("the-right-one"))), Ok(()));
    assert_eq!(ask(signature("another")), Err(NotBelieved::Wrong));
    assert_eq!(ask(signature("the-right-one").replace("v1=", "v2=")), Err(NotBelieved::Wrong));
    assert_eq!(ask(String::new()), Err(NotBelieved::Wrong));
}

#[test]
fn a_connector_without_callbacks_believes_nobody() {
    let all = Definitions::embedded();
    let slack = all.get("slack").unwrap();
    let received = Received { headers: &HeaderMap::new(), query: &[], body: b"{}" };
    let asked = slack.authenticate(&json!({}), &Secrets::default(), received, Clock::system().now());
    assert_eq!(asked, Err(NotBelieved::OneWay));
}
