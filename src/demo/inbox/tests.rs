use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use lettre::message::{MultiPart, header};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tower::ServiceExt as _;

use super::*;
use crate::demo::sink::{Receiver, TICKETS};
use crate::demo::smtp::{Catcher, Script};
use crate::intake::signature::Secret;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const HOSTILE: &str = "<html><body onload=\"document.title='scripted'\"><h1>Réveil</h1><script>parent.document.title='scripted'</script>\
    <a href=\"javascript:alert(1)\">x</a></body></html>";

struct Here {
    catcher: Catcher,
    router: Router,
    handed: Arc<std::sync::Mutex<Vec<Vec<u8>>>>,
}

async fn here() -> Here {
    let clock = Clock::system();
    let catcher = Catcher::on_a_free_port(Script::sound()).await.unwrap();
    let receiver = Receiver {
        name: "blue".into(),
        title: "Bluewater <Telecom>".into(),
        side: Side::BusinessPartner,
        secrets: vec![Secret::parse(SECRET).unwrap()],
    };
    let tickets = Receiver { name: TICKETS.into(), title: "Tickets".into(), side: Side::Ale, secrets: vec![] };
    let sink = Sink::new(vec![receiver, tickets], clock.clone());
    let mut book = Book::default();
    book.enter("Support@hotelia.example", Side::Participant, "Hotelia Systems");
    let handed = Arc::new(std::sync::Mutex::new(Vec::new()));
    let inbound: Inbound = {
        let handed = Arc::clone(&handed);
        Arc::new(move |mail| {
            handed.lock().unwrap().push(mail);
            Box::pin(async { Ok("It moved the case on.".to_owned()) })
        })
    };
    let callback: Callback = {
        let called = Arc::clone(&handed);
        Arc::new(move |news: Value| {
            called.lock().unwrap().push(news.to_string().into_bytes());
            Box::pin(async { Err("It was <not> believed.".to_owned()) })
        })
    };
    let hooks = sink.router();
    let inbox = Inbox {
        mails: Arc::clone(catcher.mails()),
        sink,
        book,
        inbound: Some(inbound),
        callback: Some(callback),
        guide: Guide {
            server: "http://127.0.0.1:8080".into(),
            keys: vec![("business_partner".into(), "Bluewater Telecom".into(), "pm_key".into())],
            lines: vec![("File an eSR".into(), "curl -sS 'http://127.0.0.1:8080/v1/esrs' -d '{\"a\": 1}'".into())],
        },
        clock,
        stop: CancellationToken::new(),
    };
    Here { router: inbox.router().merge(hooks), catcher, handed }
}

impl Here {
    /// Sends a letter with both alternatives through the catcher.
    async fn send(&self, to: &str, subject: &str, html: &str) {
        let message = Message::builder()
            .from("pointsman <support@ale.example>".parse().unwrap())
            .to(to.parse().unwrap())
            .reply_to("reply+abc@ale.example".parse().unwrap())
            .message_id(Some("<one@ale.example>".into()))
            .header(header::References::from("<zero@ale.example>".to_owned()))
            .subject(subject);
        let message = message.multipart(MultiPart::alternative_plain_html(
            "Case <b>BP-1</b> waits for you.".to_owned(),
            html.to_owned(),
        ));
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1");
        transport.port(self.catcher.address().port()).build().send(message.unwrap()).await.unwrap();
    }

    async fn call(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, HeaderMap, String) {
        self.call(Request::get(path).header("host", "127.0.0.1:8081").body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, origin: &str, body: &str) -> StatusCode {
        let request = Request::post(path).header("host", "127.0.0.1:8081").header("origin", origin);
        self.call(request.body(Body::from(body.to_owned())).unwrap()).await.0
    }
}

#[tokio::test]
async fn a_mail_stands_on_the_page_of_its_reader_with_all_of_it_escaped() {
    let here = here().await;
    here.send("support@hotelia.example", "<script>alert(1)</script> Your turn", HOSTILE).await;
    here.send("stranger@elsewhere.example", "Second", "<p>x</p>").await;
    let (status, headers, page) = here.get("/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(
        page.contains("Hotelia Systems") && page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt; Your turn"),
        "{page}"
    );
    assert!(page.contains("Case &lt;b&gt;BP-1&lt;&#x2f;b&gt; waits for you."), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    assert!(page.find("id=\"mail-2\"") < page.find("id=\"mail-1\""), "the newest on top");
    let (_, _, participants) = here.get("/?side=participant").await;
    assert!(participants.contains("id=\"mail-1\"") && !participants.contains("id=\"mail-2\""));
}

#[tokio::test]
async fn a_mails_html_runs_nothing_and_loads_nothing() {
    let here = here().await;
    here.send("support@hotelia.example", "Hostile", HOSTILE).await;
    let (_, headers, html) = here.get("/mails/1/html").await;
    assert!(html.ends_with(HOSTILE), "{html}");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox allow-same-origin allow-popups"),
        "{policy}"
    );
    assert!(!policy.contains("allow-scripts") && !policy.contains("script-src"), "{policy}");
    let (_, headers, source) = here.get("/mails/1/source").await;
    assert_eq!(
        (headers["content-type"].to_str().unwrap(), &headers["x-content-type-options"]),
        ("text/plain; charset=utf-8", &"nosniff".parse().unwrap())
    );
    assert!(source.contains("Reply-To: reply+abc@ale.example"), "{source}");
    for missing in ["/mails/2", "/mails/2/html", "/calls/1", "/mails/x"] {
        assert!(here.get(missing).await.0.is_client_error(), "{missing}");
    }
}

#[tokio::test]
async fn a_reader_answers_with_a_real_mail_in_the_same_thread() {
    let here = here().await;
    here.send("support@hotelia.example", "Your turn", "<p>x</p>").await;
    let same = "http://127.0.0.1:8081";
    assert_eq!(here.post("/mails/1/answer", same, "said=+").await, StatusCode::BAD_REQUEST);
    assert_eq!(
        here.post("/mails/1/answer", same, "said=Case+number%3A+HT-9912%0D%0AWir+pr%C3%BCfen.").await,
        StatusCode::OK
    );
    let sent = here.handed.lock().unwrap()[0].clone();
    let mail = mail_parser::MessageParser::default().parse(&sent).unwrap();
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("support@hotelia.example"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("reply+abc@ale.example"));
    assert_eq!(mail.subject(), Some("Re: Your turn"));
    assert_eq!(mail.in_reply_to().as_text(), Some("one@ale.example"));
    assert_eq!(mail.references().as_text_list().map(|ids| ids.len()), Some(2));
    let text = mail.body_text(0).unwrap();
    assert!(text.starts_with("Case number: HT-9912\r\nWir prüfen.\r\n\r\nOn "), "{text}");
    assert!(text.contains("\r\n> Case <b>BP-1</b> waits for you."), "{text}");
}

#[tokio::test]
async fn a_call_stands_on_the_page_and_a_system_is_told_to_fail_from_it() {
    let here = here().await;
    let request = Request::post("/hooks/blue")
        .body(Body::from("{\"type\":\"<esr>\",\"data\":{\"reference\":\"BP-1\"}}"))
        .unwrap();
    assert_eq!(here.call(request).await.0, StatusCode::UNAUTHORIZED);
    let (_, _, page) = here.get("/").await;
    assert!(
        page.contains("&lt;esr&gt; · BP-1") && page.contains("not believed: the header webhook-id is missing"),
        "{page}"
    );
    assert!(page.contains("Bluewater &lt;Telecom&gt;"), "{page}");
    assert!(here.get("/calls/1").await.2.contains("&quot;reference&quot;: &quot;BP-1&quot;"));
    let same = "http://127.0.0.1:8081";
    assert_eq!(here.post("/systems/blue/mood", same, "mood=failing").await, StatusCode::SEE_OTHER);
    assert!(here.get("/").await.2.contains("Fail: 500, "));
    assert_eq!(here.post("/systems/red/mood", same, "mood=failing").await, StatusCode::NOT_FOUND);
    assert_eq!(here.post("/systems/blue/mood", same, "mood=angry").await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_engineer_works_on_a_ticket_and_its_system_tells_us() {
    let here = here().await;
    let made = Request::post("/tickets/api/now/table/incident").header("authorization", "Basic x");
    let made = made.body(Body::from(r#"{"short_description": "<b>Silent</b>", "correlation_id": "esr_1"}"#)).unwrap();
    let (_, _, made) = here.call(made).await;
    let id = serde_json::from_str::<Value>(&made).unwrap()["result"]["sys_id"].as_str().unwrap().to_owned();
    let (status, headers, _) = here.get(&format!("/tickets/incident.do?sys_id={id}")).await;
    let path = format!("/ticket/incident/{id}");
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, path.as_str()));
    let (_, _, page) = here.get(&path).await;
    assert!(page.contains("INC0010001 · &lt;b&gt;Silent"), "{page}");
    let same = "http://127.0.0.1:8081";
    assert_eq!(here.post(&path, same, "state=7&notes=Done").await, StatusCode::OK);
    let told: Value = serde_json::from_slice(&here.handed.lock().unwrap()[0]).unwrap();
    assert_eq!(
        (&told["state"], &told["correlation_id"], &told["close_notes"]),
        (&json!("7"), &json!("esr_1"), &json!("Done"))
    );
    assert_eq!((&told["number"], &told["sys_mod_count"]), (&json!("INC0010001"), &json!("1")));
    assert_eq!(here.post(&path, same, "state=99").await, StatusCode::BAD_REQUEST);
    assert_eq!(here.get("/ticket/incident/none").await.0, StatusCode::NOT_FOUND);
    assert_eq!(here.get("/tickets/incident.do?sys_id=none").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_sites_page_can_neither_read_it_nor_press_its_buttons() {
    let here = here().await;
    for host in ["evil.example", "127.0.0.1.evil.example:8081", "localhost.evil.example", ""] {
        let request = Request::get("/").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(here.call(request).await.0, StatusCode::FORBIDDEN, "{host}");
    }
    for host in ["localhost:8081", "[::1]:8081", "localhost", "[::1]"] {
        let request = Request::get("/").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(here.call(request).await.0, StatusCode::OK, "{host}");
    }
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(here.post("/systems/blue/mood", origin, "mood=failing").await, StatusCode::FORBIDDEN, "{origin}");
    }
    let request =
        Request::post("/systems/blue/mood").header("host", "127.0.0.1:8081").header("sec-fetch-site", "cross-site");
    assert_eq!(here.call(request.body(Body::from("mood=failing")).unwrap()).await.0, StatusCode::FORBIDDEN);
}

/// The page with something on it, to look at: `POINTSMAN_LOOK=127.0.0.1:8099 cargo test --lib to_look_at -- --ignored`
#[tokio::test]
#[ignore = "runs until it is stopped"]
async fn the_page_to_look_at() {
    let here = here().await;
    here.send("support@hotelia.example", "BP-2026-00001: your analysis is needed", HOSTILE).await;
    here.send(
        "support@elsewhere.example",
        "A very long subject that goes on and on, until no telephone has room for it in one line",
        "<p>Hello</p>",
    )
    .await;
    let listener = tokio::net::TcpListener::bind(std::env::var("POINTSMAN_LOOK").unwrap()).await.unwrap();
    let config = crate::config::Config::defaults().unwrap().server;
    crate::web::server::serve(listener, here.router.clone(), &config, CancellationToken::new()).await;
}
