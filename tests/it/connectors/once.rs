//! A ticket is made once, also when the answer that named it got lost.

use pointsman::connectors::Read;
use serde_json::json;
use wiremock::matchers::{method, path_regex, query_param};
use wiremock::{Mock, MockServer};

use super::{PATIENT, Side, file, response};

const CONNECTOR: &str = "servicenow";

fn answer(name: &str) -> wiremock::ResponseTemplate {
    response(&file(&format!("{CONNECTOR}/sample/{name}.json")).unwrap())
}

async fn methods(server: &MockServer) -> Vec<String> {
    server.received_requests().await.unwrap().iter().map(|request| request.method.to_string()).collect()
}

#[tokio::test]
async fn a_repeated_create_looks_for_the_ticket_first_and_makes_no_second() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    let id = side.context["data"]["id"].as_str().unwrap();
    let find = Mock::given(method("GET")).and(query_param("correlation_id", id));
    find.respond_with(answer("find_answer")).mount(&server).await;

    let exchange = side.tell(true, PATIENT).await;
    let Ok(Read::Done(receipt)) = exchange.outcome else { panic!("{:?}", exchange.outcome) };
    assert_eq!(receipt.number.as_deref(), Some("INC0010002"));
    assert_eq!(methods(&server).await, ["GET"]);
}

#[tokio::test]
async fn a_repeated_create_makes_the_ticket_when_there_is_none() {
    let server = MockServer::start().await;
    let side = Side::at(CONNECTOR, &server.uri());
    Mock::given(method("GET")).respond_with(answer("find_answer_nothing")).mount(&server).await;
    Mock::given(method("POST")).respond_with(answer("create_answer")).mount(&server).await;
    assert!(matches!(side.tell(true, PATIENT).await.outcome, Ok(Read::Done(_))));
    assert_eq!(methods(&server).await, ["GET", "POST"]);
    assert!(matches!(side.tell(false, PATIENT).await.outcome, Ok(Read::Done(_))));
    assert_eq!(methods(&server).await, ["GET", "POST", "POST"]);
}

#[tokio::test]
async fn later_news_go_to_the_ticket_whose_number_never_arrived() {
    let server = MockServer::start().await;
    let mut side = Side::at(CONNECTOR, &server.uri());
    side.context["data"]["revision"] = json!(3);
    Mock::given(method("GET")).respond_with(answer("find_answer")).mount(&server).await;
    let update = Mock::given(method("PATCH")).and(path_regex("/c537bae64f411200adf9f8e18110c76e$"));
    update.respond_with(answer("update_answer")).mount(&server).await;
    let exchange = side.tell(false, PATIENT).await;
    let Ok(Read::Done(receipt)) = exchange.outcome else { panic!("{:?}", exchange.outcome) };
    assert_eq!(receipt.number.as_deref(), Some("INC0010002"));
    assert_eq!(methods(&server).await, ["GET", "PATCH"]);
}
