//! Tokens: fetched once for all that wait, renewed once when the other side no longer takes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use pointsman::connectors::{ExchangeError, Read};
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{PATIENT, Side, response};

const CONNECTOR: &str = "salesforce";
const WAITERS: usize = 40;

/// Gives `token-1`, `token-2`, ... and takes those from `good` on. Counts the tokens given.
async fn playing(server: &MockServer, side: &Side, good: usize) -> Arc<AtomicUsize> {
    let given = Arc::new(AtomicUsize::new(0));
    let (path, answer, counter) = (side.token_path.clone().unwrap(), response(&side.recorded()), Arc::clone(&given));
    let respond = move |request: &Request| {
        if request.url.path() == path {
            let token = format!("token-{}", counter.fetch_add(1, Ordering::SeqCst) + 1);
            // Slow enough that all of them wait for it.
            return ResponseTemplate::new(200)
                .set_body_json(json!({"access_token": token, "expires_in": 3600}))
                .set_delay(Duration::from_millis(150));
        }
        let shown = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let number: usize = shown.strip_prefix("Bearer token-").and_then(|number| number.parse().ok()).unwrap_or(0);
        if number >= good {
            return answer.clone();
        }
        ResponseTemplate::new(401)
            .set_body_json(json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]))
    };
    Mock::given(any()).respond_with(respond).mount(server).await;
    given
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_is_fetched_for_all_that_wait_and_kept() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    let given = playing(&server, &side, 1).await;
    for _ in 0..2 {
        let exchanges = join_all((0..WAITERS).map(|_| side.tell(false, PATIENT))).await;
        assert!(exchanges.iter().all(|exchange| matches!(exchange.outcome, Ok(Read::Done(_)))));
    }
    assert_eq!(given.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_for_all_that_wait() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    let given = playing(&server, &side, 2).await;
    let exchanges = join_all((0..WAITERS).map(|_| side.tell(false, PATIENT))).await;
    for exchange in &exchanges {
        assert!(matches!(exchange.outcome, Ok(Read::Done(_))), "{:?}", exchange.outcome);
    }
    assert_eq!(given.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_that_is_never_good_is_not_fetched_for_ever() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    let given = playing(&server, &side, 99).await;
    let exchange = side.tell(false, PATIENT).await;
    let Ok(Read::Retry(why)) = &exchange.outcome else { panic!("{:?}", exchange.outcome) };
    assert!(why.contains("a new token is not accepted either"), "{why}");
    assert_eq!(given.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_next_attempt_asks_again() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    let refused = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client"}));
    let first = Mock::given(any()).respond_with(refused).up_to_n_times(1);
    first.mount(&server).await;
    let exchange = side.tell(false, PATIENT).await;
    assert!(matches!(exchange.outcome, Err(ExchangeError::Token(_))), "{:?}", exchange.outcome);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    let text = format!("{:?} {:?}", exchange.outcome, exchange.calls);
    assert!(!text.contains("87C1E9F0A2B3"), "the client's secret shows: {text}");

    server.reset().await;
    playing(&server, &side, 1).await;
    let exchange = side.tell(false, PATIENT).await;
    assert!(matches!(exchange.outcome, Ok(Read::Done(_))), "{:?}", exchange.outcome);
}

#[tokio::test]
async fn another_secret_gives_another_token() {
    let server = MockServer::start().await;
    let mut side = Side::at(CONNECTOR, &server.uri());
    let given = playing(&server, &side, 1).await;
    side.tell(false, PATIENT).await;
    side.secrets = pointsman::connectors::Secrets::from_json(&json!({"client_secret": "a new one"}));
    side.tell(false, PATIENT).await;
    assert_eq!(given.load(Ordering::SeqCst), 2);
}
