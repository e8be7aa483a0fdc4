//! Clients that mean harm: they take what is others', pretend to be somebody, or never take their answer.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Answer, Key, Server};
use crate::support::Database;
use crate::support::binary::{Binary, bearer, client};

async fn on_sqlite(settings: &str) -> (Database, Server) {
    let db = Database::sqlite().await;
    let server = Server::start_with(&db, settings).await;
    (db, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_disk_has_no_room_for_is_refused_also_when_only_its_end_has_none() {
    let db = Database::sqlite().await;
    let bearer = bearer(&db).await;
    let directory = tempfile::tempdir().unwrap();
    let most = 8 << 20;
    let server = Binary::start_within(most, &db, directory.path());
    let (client, base) = (client(), &server.base);
    let filed = client.post(format!("{base}/v1/esrs")).bearer_auth(bearer).json(&crate::server::esr("BP-1"));
    let filed: serde_json::Value = filed.send().await.unwrap().json().await.unwrap();
    let url = format!("{base}/v1/esrs/{}/attachments", filed["id"].as_str().unwrap());
    for (over, expected) in [(0, 201), (1, 507), (10, 507), (1 << 20, 507)] {
        let file = vec![b'x'; most as usize + over];
        let sent = client.post(format!("{url}?name={over}.pcap")).bearer_auth(bearer).body(file).send().await.unwrap();
        assert_eq!(sent.status(), expected, "{over} bytes too many");
    }
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_claims_a_key_learns_nothing_of_its_cases() {
    let (db, server) = on_sqlite("").await;
    let key = server.partner("acme").await;
    let id = server.file(&key, "BP-1").await;
    let forged = async |path: &str| {
        let request = server.request(Method::POST, path).header("pointsman-key", &key.id).header("webhook-id", "m1");
        let now = crate::server::NOW.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
        let request = request.header("webhook-timestamp", now).header("webhook-signature", "v1,AAAA").body("x");
        Answer::to(request).await
    };
    let there = forged(&format!("/v1/esrs/{id}/attachments?name=x")).await;
    for path in ["/v1/esrs/esr_nope/attachments?name=x", &format!("/v1/esrs/{id}/attachments")] {
        let refused = forged(path).await;
        refused.is_problem(401);
        assert_eq!(refused.body, there.body, "{path}");
    }
    server.stop().await;
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_cannot_take_all_the_room_there_is() {
    let (db, server) = on_sqlite("[server]\nmax_in_flight = 8\n").await;
    let (greedy, other) = (server.partner("greedy").await, server.partner("other").await);
    let (mut slow, mut refused) = (vec![begun(&server, &greedy).await], server.get(&greedy, "/v1/esrs").await);
    while refused.status == 200 && slow.len() < 20 {
        slow.push(begun(&server, &greedy).await);
        refused = server.get(&greedy, "/v1/esrs").await;
    }
    refused.is_problem(429);
    assert!(!refused.header("retry-after").is_empty());
    // Of those that came last, the refused ones leave their places within a moment.
    answered(&server, &other, 200).await;
    drop(slow);
    answered(&server, &greedy, 200).await;
    server.stop().await;
    db.remove().await;
}

/// Asks until the answer is the expected one; a machine with much to do may need seconds to take the requests before it.
async fn answered(server: &Server, key: &Key, expected: u16) -> Answer {
    let mut answer = server.get(key, "/v1/esrs").await;
    for _ in 0..400 {
        if answer.status == expected {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = server.get(key, "/v1/esrs").await;
    }
    panic!("not {expected} but {}: {}", answer.status, answer.body);
}

/// A filing of which most is still to come.
async fn begun(server: &Server, key: &Key) -> TcpStream {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /v1/esrs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000\r\n\r\n{{",
        key.bearer
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_takes_its_answers_is_cut_off() {
    let (db, server) = on_sqlite("[server]\nrequest_seconds = 1\n").await;
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    let asked = 400;
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(asked);
    stream.write_all(requests.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut taken = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut taken)).await;
    assert!(ended.is_ok(), "the connection still stands");
    let answers = String::from_utf8_lossy(&taken).matches("HTTP/1.1 200").count();
    assert!(answers < asked, "all were answered, although nobody took them");
    server.stop().await;
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_bounded_in_each_of_its_parts_and_a_long_answer_in_what_it_names() {
    let (db, server) = on_sqlite("").await;
    let (key, agent) = (server.partner("acme").await, server.agent().await);
    let many = format!("[{}1]", "1,".repeat(1_000_000));
    let refused = server.post_text(&key, "/v1/esrs/batch", many).await;
    refused.is_problem(413);
    assert!(refused.body["detail"].as_str().unwrap().contains("1000001 eSRs"));
    let mut large = crate::server::esr("BP-1");
    large["extra"] = json!("x".repeat(2 << 20));
    let answers = server.post(&key, "/v1/esrs/batch", &json!([large, crate::server::esr("BP-2")])).await;
    assert_eq!((&answers.body[0]["status"], &answers.body[1]["status"]), (&json!(413), &json!(201)));
    let refused = server.put(&agent, "/v1/participants", &json!(vec![json!({}); 3_000])).await;
    assert_eq!(refused.paths().len(), 1_000);
    assert!(refused.body["detail"].as_str().unwrap().contains("the first 1000"), "{}", refused.body["detail"]);
    server.stop().await;
    db.remove().await;
}
