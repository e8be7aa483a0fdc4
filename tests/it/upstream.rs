//! A registry that lives elsewhere: the other company's server answers well, late, wrongly, or not at all.

use std::time::{Duration, Instant};

use pointsman::clock::Clock;
use pointsman::registry::upstream::{Asked, Copied, Mode, Question, Secret, Source, Upstream, UpstreamError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const EXAMPLE: &str = include_str!("../../src/registry/document/example.json");
const QUESTION: Question<'static> =
    Question { company: "Hotelia Systems", solution: "Hotelia PMS", platform: "OXE", participant: "" };

fn settings(url: impl Into<String>, mode: Mode) -> Upstream {
    Upstream { timeout: Duration::from_millis(600), ..Upstream::new(url, mode) }
}

fn copied(server: &MockServer) -> Copied {
    Copied::new(&settings(format!("{}/registry.json", server.uri()), Mode::Sync), Clock::system()).unwrap()
}

fn asked(settings: &Upstream) -> Asked {
    Asked::new(settings, Clock::system()).unwrap()
}

async fn answer_with(server: &MockServer, response: ResponseTemplate) {
    server.reset().await;
    Mock::given(method("GET")).respond_with(response).mount(server).await;
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(EXAMPLE).insert_header("etag", "\"one\"")
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// A server that sends these bytes to everybody, then waits a while and closes.
async fn raw_server(bytes: &'static [u8], then: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(bytes).await;
                tokio::time::sleep(then).await;
            });
        }
    });
    url
}

#[tokio::test]
async fn a_copy_is_fetched_again_only_when_it_changed() {
    let server = MockServer::start().await;
    answer_with(&server, good()).await;
    let copied = copied(&server);
    assert!(matches!(copied.current(), Err(UpstreamError::NotYet { .. })));
    let first = copied.refresh().await.unwrap();
    assert_eq!(first.registry.document().reports.len(), 1);

    server.reset().await;
    let unchanged = Mock::given(header("if-none-match", "\"one\"")).respond_with(ResponseTemplate::new(304));
    unchanged.expect(1).mount(&server).await;
    let second = copied.refresh().await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.registry, &second.registry));
    assert!(second.source.fetched_at > first.source.fetched_at, "it is known to be fresh again");
    assert!(!second.source.stale);
}

#[tokio::test]
async fn whatever_goes_wrong_the_last_good_copy_stays_and_says_that_it_is_stale() {
    let server = MockServer::start().await;
    answer_with(&server, good()).await;
    let copied = copied(&server);
    let good_one = copied.refresh().await.unwrap();

    let dangling = EXAMPLE.replace("\"participant\": \"hotelia\"", "\"participant\": \"nobody\"");
    let bad = [
        (ResponseTemplate::new(500), "answered with status 500."),
        (ResponseTemplate::new(401), "status 401; check registry.upstream.bearer."),
        (ResponseTemplate::new(302).insert_header("location", "/elsewhere"), "redirects are not followed"),
        (ResponseTemplate::new(404), "status 404"),
        (ResponseTemplate::new(200).set_body_string("[1, 2]"), "sent a faulty document, which is refused: http://"),
        (ResponseTemplate::new(200).set_body_string("{\"platforms\": ["), "the file ends in the middle of a value."),
        (ResponseTemplate::new(200).set_body_string(dangling), "no participant has the id \"nobody\""),
        (good().set_delay(Duration::from_secs(5)), "did not answer within 0.6 s."),
    ];
    for (response, said) in bad {
        answer_with(&server, response).await;
        let error = copied.refresh().await.unwrap_err().to_string();
        assert!(error.contains(said), "{said}: {error}");
        let current = copied.current().unwrap();
        assert!(current.source.stale, "{said}");
        assert_eq!(current.source.fetched_at, good_one.source.fetched_at, "{said}");
        assert_eq!(current.registry.version(), good_one.registry.version(), "{said}");
    }
    answer_with(&server, good()).await;
    assert!(!copied.refresh().await.unwrap().source.stale);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_announced_or_not() {
    let server = MockServer::start().await;
    answer_with(&server, good()).await;
    let small = Upstream { max_bytes: 1000, ..settings(server.uri(), Mode::Sync) };
    let error = Copied::new(&small, Clock::system()).unwrap().refresh().await.unwrap_err();
    assert!(matches!(error, UpstreamError::TooLarge { max_bytes: 1000, .. }), "{error}");

    let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
        40\r\n                                                                \r\n\
        40\r\n                                                                \r\n";
    let url = raw_server(endless, Duration::from_secs(5)).await;
    let small = Upstream { max_bytes: 100, ..settings(url, Mode::Sync) };
    let error = Copied::new(&small, Clock::system()).unwrap().refresh().await.unwrap_err();
    assert!(matches!(error, UpstreamError::TooLarge { max_bytes: 100, .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_never_ends_is_an_error_within_the_deadline() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"platforms\": []";
    let url = raw_server(cut, Duration::ZERO).await;
    let error = Copied::new(&settings(url, Mode::Sync), Clock::system()).unwrap().refresh().await.unwrap_err();
    assert!(matches!(error, UpstreamError::Unreachable { .. }), "{error}");

    let url = raw_server(cut, Duration::from_secs(30)).await;
    let started = Instant::now();
    let error = Copied::new(&settings(url, Mode::Sync), Clock::system()).unwrap().refresh().await.unwrap_err();
    assert!(matches!(error, UpstreamError::Slow { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5), "the deadline holds for the body too");
}

#[tokio::test]
async fn fifty_who_ask_the_same_wait_for_one_request() {
    let server = MockServer::start().await;
    answer_with(&server, good().set_delay(Duration::from_millis(200))).await;
    let asked = std::sync::Arc::new(asked(&settings(server.uri(), Mode::Lookup)));
    let spellings = ["Hotelia Systems", "HOTELIA SYSTEMS S.A.S.", "hotelia-systems"];
    let waiting: Vec<_> = (0..50)
        .map(|nth| {
            let asked = asked.clone();
            let question = Question { company: spellings[nth % 3], ..QUESTION };
            tokio::spawn(async move { asked.ask(&question).await.unwrap().registry.version().to_owned() })
        })
        .collect();
    for answer in waiting {
        assert!(answer.await.unwrap().starts_with("sha256:"));
    }
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn the_question_names_the_products_and_shows_the_key() {
    let server = MockServer::start().await;
    let expected = Mock::given(path("/base/v1/registry/fragment"))
        .and(query_param("company", "Hôtelia & Co"))
        .and(query_param("solution", "PMS/2"))
        .and(query_param("platform", "OXE"))
        .and(query_param("participant", "hotelia"))
        .and(header("authorization", "Bearer k-1"));
    expected.respond_with(good()).expect(1).mount(&server).await;
    let bearer = Some(Secret::new("k-1".into()));
    let settings = Upstream { bearer, ..settings(format!("{}/base/", server.uri()), Mode::Lookup) };
    let question = Question { company: "Hôtelia & Co", solution: "PMS/2", platform: "OXE", participant: "hotelia" };
    assert_eq!(asked(&settings).ask(&question).await.unwrap().registry.document().solutions.len(), 1);
    assert!(!format!("{settings:?}").contains("k-1"), "a secret never prints");
}

#[tokio::test]
async fn answers_and_nothing_there_are_kept_each_for_its_own_time() {
    let server = MockServer::start().await;
    let (ttl, negative_ttl) = (Duration::from_millis(900), Duration::from_millis(250));
    let asked = asked(&Upstream { ttl, negative_ttl, ..settings(server.uri(), Mode::Lookup) });

    for nothing in [ResponseTemplate::new(404), ResponseTemplate::new(200).set_body_string("{}")] {
        answer_with(&server, nothing).await;
        for _ in 0..3 {
            let answer = asked.ask(&QUESTION).await.unwrap();
            assert!(answer.registry.document().participants.is_empty() && !answer.source.stale);
        }
        assert_eq!(requests(&server).await, 1);
        tokio::time::sleep(negative_ttl * 2).await;
    }

    answer_with(&server, good()).await;
    asked.ask(&QUESTION).await.unwrap();
    tokio::time::sleep(negative_ttl * 2).await;
    asked.ask(&QUESTION).await.unwrap();
    assert_eq!(requests(&server).await, 1, "a real answer lives longer");
    tokio::time::sleep(ttl).await;
    asked.ask(&QUESTION).await.unwrap();
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn while_the_other_registry_is_down_its_last_good_answer_is_used_and_marked() {
    let server = MockServer::start().await;
    answer_with(&server, good()).await;
    let ttl = Duration::from_millis(100);
    let asked = asked(&Upstream { ttl, ..settings(server.uri(), Mode::Lookup) });
    let good_one = asked.ask(&QUESTION).await.unwrap();
    assert!(!good_one.source.stale);

    for down in [ResponseTemplate::new(503), ResponseTemplate::new(200).set_body_string("<html>")] {
        answer_with(&server, down).await;
        tokio::time::sleep(ttl * 2).await;
        let old = asked.ask(&QUESTION).await.unwrap();
        assert!(old.source.stale);
        assert_eq!(old.source.fetched_at, good_one.source.fetched_at);
        assert_eq!(old.registry.version(), good_one.registry.version());
    }
    let other = Question { company: "Somebody Else", ..QUESTION };
    assert!(asked.ask(&other).await.is_err(), "never guessed where nothing was ever answered");

    answer_with(&server, good()).await;
    tokio::time::sleep(ttl * 2).await;
    assert!(!asked.ask(&QUESTION).await.unwrap().source.stale, "back again");
}

#[tokio::test]
async fn without_a_third_party_nothing_is_asked() {
    let asked = asked(&settings("http://127.0.0.1:9", Mode::Lookup));
    let question = Question { platform: "OXE", ..Question::default() };
    assert!(asked.ask(&question).await.is_ok());
    let error = asked.ask(&QUESTION).await.unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:9/ could not be reached"), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_the_reason() {
    let refused = |url: &str| Source::open(&settings(url, Mode::Sync), Clock::system()).unwrap_err().to_string();
    assert!(refused("ftp://x.example/r").contains("must begin with http"));
    assert!(refused("http://user:pw@x.example/r").contains("use bearer or bearer_file"));
    assert!(!refused("http://user:pw@x.example/r").contains("pw@"));
    assert!(refused("nonsense").contains("url is no address"));
    let parse = |text: &str| serde_json::from_str::<Upstream>(text);
    assert!(parse(r#"{"url": "http://x.example", "mode": "lookup", "ttl_seconds": 0.5}"#).is_ok());
    assert!(parse(r#"{"url": "http://x.example", "mode": "lookup", "ttl_seconds": 0}"#).is_err());
    assert!(parse(r#"{"url": "http://x.example", "mode": "lookup", "ttl": 1}"#).is_err());
}
