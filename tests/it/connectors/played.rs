//! The other side as its reference describes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pointsman::connectors::Read;
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use super::{PATIENT, Side, callers, file, path_of, response};

#[tokio::test]
async fn every_connector_tells_the_other_side_and_reads_its_number() {
    for name in callers() {
        let server = MockServer::start().await;
        let side = Side::at(&name, &server.uri());
        let recorded = side.recorded();
        side.answering(&server, response(&recorded)).await;

        let exchange = side.tell(false, PATIENT).await;
        let Ok(Read::Done(receipt)) = &exchange.outcome else { panic!("{name}: {:?}", exchange.outcome) };
        let expected = &recorded["read"]["done"];
        assert_eq!(
            (json!(receipt.id), json!(receipt.number)),
            (expected["id"].clone(), expected["number"].clone()),
            "{name}"
        );

        let golden = file(&format!("{name}/sample/create_request.json")).unwrap();
        let requests = server.received_requests().await.unwrap();
        let told = requests.last().unwrap();
        assert_eq!(told.method.as_str(), golden["method"], "{name}");
        // An address that is a secret shows in no golden.
        if let Some(url) = golden["url"].as_str().filter(|url| url.starts_with("https://")) {
            assert_eq!(told.url.path(), path_of(url), "{name}");
        }
        let calls = usize::from(side.token_path.is_some()) + 1;
        assert_eq!(requests.len(), calls, "{name}");
    }
}

#[tokio::test]
async fn a_side_that_repeats_our_secrets_to_us_does_not_get_them_into_the_log() {
    for name in callers() {
        let server = MockServer::start().await;
        let side = Side::at(&name, &server.uri());
        let mut words: Vec<String> =
            side.written.iter().flat_map(|word| [word.clone(), STANDARD.encode(word)]).collect();
        let token = file(&format!("{name}/sample/token_answer.json"));
        words.extend(token.and_then(|token| token["read"]["token"].as_str().map(str::to_owned)));
        let echo = words.join(" and ");
        side.answering(&server, ResponseTemplate::new(422).set_body_json(json!({"message": echo, "error": echo})))
            .await;

        let exchange = side.tell(false, PATIENT).await;
        let call = exchange.calls.last().unwrap();
        let shown = side.definition().shown_call(call, &side.secrets);
        let logged = format!("{} {:?} {}", call.answer, exchange.outcome, serde_json::to_string(&shown).unwrap());
        for word in words {
            assert!(!logged.contains(&word), "{name} shows {word}: {logged}");
        }
    }
}
