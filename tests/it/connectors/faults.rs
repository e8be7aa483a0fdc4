//! What goes wrong on the way or at the other side, for each connector.

use std::time::Duration;

use pointsman::connectors::{ExchangeError, Read};
use pointsman::deliver::http::CallError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::{MockServer, ResponseTemplate};

use super::{PATIENT, Side, callers, file, response};

/// What every connector makes of one answer.
async fn all(
    answer: impl Fn(&Side) -> ResponseTemplate,
    deadline: Duration,
) -> Vec<(Side, pointsman::connectors::Exchange)> {
    let mut made = Vec::new();
    for name in callers() {
        let server = MockServer::start().await;
        let side = Side::at(&name, &server.uri());
        side.answering(&server, answer(&side)).await;
        let exchange = side.tell(false, deadline).await;
        made.push((side, exchange));
    }
    made
}

#[tokio::test]
async fn being_asked_to_wait_is_worth_another_try_and_says_until_when() {
    let busy = |_: &Side| ResponseTemplate::new(429).insert_header("retry-after", "7").set_body_string("slow down");
    for (side, exchange) in all(busy, PATIENT).await {
        assert!(matches!(exchange.outcome, Ok(Read::Retry(_))), "{}: {:?}", side.name, exchange.outcome);
        assert_eq!(exchange.answer.unwrap().headers["retry-after"], "7", "{}", side.name);
    }
}

#[tokio::test]
async fn a_fault_of_the_other_side_is_worth_another_try() {
    for status in [500, 502, 503, 504] {
        let broken = |_: &Side| ResponseTemplate::new(status).set_body_string("<h1>Service Unavailable</h1>");
        for (side, exchange) in all(broken, PATIENT).await {
            let Ok(Read::Retry(why)) = &exchange.outcome else { panic!("{}: {:?}", side.name, exchange.outcome) };
            assert!(why.starts_with(&status.to_string()), "{}: {why}", side.name);
        }
    }
}

#[tokio::test]
async fn gone_is_gone() {
    for (side, exchange) in all(|_| ResponseTemplate::new(410), PATIENT).await {
        assert!(matches!(exchange.outcome, Ok(Read::Gone)), "{}: {:?}", side.name, exchange.outcome);
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_none() {
    let slow = |side: &Side| response(&side.recorded()).set_delay(Duration::from_secs(30));
    for (side, exchange) in all(slow, Duration::from_millis(700)).await {
        let timed_out = matches!(exchange.outcome, Err(ExchangeError::Call(CallError::TimedOut)));
        assert!(timed_out, "{}: {:?}", side.name, exchange.outcome);
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_not_taken_for_one_where_something_has_to_be_read() {
    for nonsense in ["{\"half\": ", "<html>log in first</html>", "[]", "{}", "null"] {
        let nonsense = |side: &Side| {
            let status = u16::try_from(side.recorded()["status"].as_u64().unwrap()).unwrap();
            ResponseTemplate::new(status).set_body_string(nonsense)
        };
        for (side, exchange) in all(nonsense, PATIENT).await {
            match &exchange.outcome {
                // One that only says "ok" may say so in an unknown way, which is refused; nothing is taken for granted.
                Ok(Read::Retry(_) | Read::Refused(_)) => assert!(side.reads(), "{}", side.name),
                Ok(Read::Done(_)) => assert!(!side.reads(), "{}", side.name),
                other => panic!("{}: {other:?}", side.name),
            }
        }
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for name in callers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let side = Side::at(&name, &format!("http://{}", listener.local_addr().unwrap()));
        let token_path = side.token_path.clone();
        let token = file(&format!("{name}/sample/token_answer.json")).map(|token| token["body"].to_string());
        let server = tokio::spawn(async move {
            loop {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let mut head = vec![0; 64 * 1024];
                let read = stream.read(&mut head).await.unwrap();
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let for_token = token_path.as_ref().is_some_and(|path| head.contains(path.as_str()));
                let answer = match &token {
                    Some(token) if for_token => {
                        format!(
                            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{token}",
                            token.len()
                        )
                    }
                    _ => "HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"id\": 1, ".to_owned(),
                };
                // The other side may have hung up already.
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        let exchange = side.tell(false, PATIENT).await;
        server.abort();
        let broken = matches!(exchange.outcome, Err(ExchangeError::Call(CallError::Broken(_))));
        assert!(broken, "{name}: {:?}", exchange.outcome);
    }
}

#[tokio::test]
async fn an_address_that_must_not_be_called_is_not() {
    let server = MockServer::start().await;
    let mut side = Side::at("webhook", &server.uri());
    side.client = pointsman::deliver::http::Client::new(&pointsman::deliver::http::Allowed::default()).unwrap();
    let exchange = side.tell(false, PATIENT).await;
    assert!(matches!(exchange.outcome, Err(ExchangeError::Call(_))), "{:?}", exchange.outcome);
    assert!(server.received_requests().await.unwrap().is_empty());
}
