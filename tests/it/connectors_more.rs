//! Zendesk, Jira Service Management, Freshdesk, Zammad, GLPI, TSANet Connect, Microsoft Teams and Rainbow: each of them played
//! by a local server from its samples, with the faults that such systems have.

use std::collections::BTreeSet;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac as _};
use pointsman::connectors::{
    Attempt, Change, Definition, Definitions, Exchange, ExchangeError, Look, LookError, Read, Received, Secrets, Step,
    TicketStatus, Tokens,
};
use pointsman::deliver::http::{Allowed, Client, HeaderMap};
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The connectors tried here, and whether they make a ticket with a number.
const SYSTEMS: [(&str, bool); 8] = [
    ("zendesk", true),
    ("jira-service-management", true),
    ("freshdesk", true),
    ("zammad", true),
    ("glpi", true),
    ("tsanet-connect", true),
    ("microsoft-teams", false),
    ("rainbow", false),
];

/// One system, played by a local server.
struct System {
    server: MockServer,
    definition: &'static Definition,
    /// Where the samples say that the system is.
    vendor: String,
    settings: Value,
    secrets: Value,
    remote: Value,
    tokens: Tokens,
    client: Client,
}

fn sample(connector: &str, file: &str) -> Value {
    let path = format!("{}/integrations/{connector}/sample/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl System {
    async fn start(connector: &str) -> Self {
        let server = MockServer::start().await;
        let all: &'static Definitions = Box::leak(Box::new(Definitions::embedded()));
        let sample = sample(connector, "settings");
        let (mut settings, mut secrets) = (sample["settings"].clone(), sample["secrets"].clone());
        let vendor = match connector {
            "tsanet-connect" => "https://connect2.tsanet.org".to_owned(),
            "rainbow" => "https://openrainbow.com".to_owned(),
            "microsoft-teams" => {
                let url = secrets["url"].as_str().unwrap();
                let vendor = url::Url::parse(url).unwrap().origin().ascii_serialization();
                // The origin leaves the usual port out; the address has it.
                secrets["url"] = url.replace(":443", "").replace(&vendor, &server.uri()).into();
                vendor
            }
            _ => settings["url"].as_str().unwrap().to_owned(),
        };
        if connector == "tsanet-connect" {
            // Entra's address is fixed; the API user's login is the system's own.
            for key in ["tenant_id", "scope"] {
                settings.as_object_mut().unwrap().remove(key);
            }
            settings["user"] = "api@ale.example".into();
            secrets = json!({ "password": "tsanet-password", "webhook_secret": secrets["webhook_secret"] });
        }
        if connector != "microsoft-teams" {
            settings["url"] = server.uri().into();
        }
        Self {
            definition: all.get(connector).unwrap(),
            vendor,
            settings,
            secrets,
            remote: sample["remote"].clone(),
            tokens: Tokens::default(),
            client: Client::new(&Allowed { http: true, ranges: vec!["127.0.0.0/8".parse().unwrap()] }).unwrap(),
            server,
        }
    }

    fn context(&self, remote: Option<&Value>) -> Value {
        let text = std::fs::read_to_string(format!("{}/integrations/sample.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let mut context: Value = serde_json::from_str(&text).unwrap();
        context["endpoint"] = json!({ "name": "side", "language": "en", "settings": self.settings });
        context["remote"] = remote.cloned().unwrap_or(Value::Null);
        context
    }

    async fn attempt(&self, context: &Value, repeated: bool) -> Exchange {
        self.attempt_within(Duration::from_secs(5), context, repeated).await
    }

    async fn attempt_within(&self, deadline: Duration, context: &Value, repeated: bool) -> Exchange {
        let attempt = Attempt {
            context,
            secrets: &Secrets::from_json(&self.secrets),
            repeated,
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            deadline,
        };
        self.definition.exchange(&self.client, &self.tokens, attempt).await
    }

    /// Method and path of one of the connector's requests, as its golden shows them.
    fn request(&self, connector: &str, step: &str) -> (String, String) {
        let golden = sample(connector, &format!("{step}_request"));
        let url = golden["url"].as_str().unwrap();
        // A whole address that is a secret is not shown.
        let url =
            url::Url::parse(url).unwrap_or_else(|_| url::Url::parse(self.secrets["url"].as_str().unwrap()).unwrap());
        (golden["method"].as_str().unwrap().to_owned(), url.path().to_owned())
    }

    /// The system answers one of the requests as a sample shows.
    async fn answers(&self, connector: &str, step: &str, file: &str) {
        let (verb, place) = self.request(connector, step);
        let answer = template(&self.played(connector, file));
        Mock::given(method(verb.as_str())).and(path(place)).respond_with(answer).mount(&self.server).await;
    }

    /// A sample with this server in the system's place.
    fn played(&self, connector: &str, file: &str) -> Value {
        let text = sample(connector, file).to_string().replace(&self.vendor, &self.server.uri());
        serde_json::from_str(&text).unwrap()
    }

    async fn gives_tokens(&self, connector: &str) {
        match connector {
            "tsanet-connect" => {
                let token = json!({ "accessToken": "tsanet-jwt", "tokenType": "Bearer", "expiresIn": 3600 });
                let answer = ResponseTemplate::new(200).set_body_json(token);
                Mock::given(method("POST")).and(path("/v1/login")).respond_with(answer).mount(&self.server).await;
            }
            "zendesk" | "glpi" | "rainbow" => self.answers(connector, "token", "token_answer").await,
            _ => {}
        }
    }

    async fn received(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }

    /// What a sample is read as.
    fn read(&self, connector: &str, file: &str) -> Value {
        self.played(connector, file)["read"].clone()
    }
}

fn template(answer: &Value) -> ResponseTemplate {
    let mut template = ResponseTemplate::new(u16::try_from(answer["status"].as_u64().unwrap()).unwrap());
    template = match &answer["body"] {
        Value::String(text) => template.set_body_raw(text.clone(), "text/plain"),
        body => template.set_body_json(body),
    };
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        template = template.insert_header(name.as_str(), value.as_str().unwrap());
    }
    template
}

fn done(exchange: &Exchange) -> Value {
    match &exchange.outcome {
        Ok(Read::Done(receipt)) => json!({ "done": receipt }),
        other => panic!("not done: {other:?}\n{:#?}", exchange.calls),
    }
}

#[tokio::test]
async fn each_system_gets_a_ticket_and_its_number_is_read() {
    for (connector, _) in SYSTEMS {
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        system.answers(connector, "create", "create_answer").await;
        let exchange = system.attempt(&system.context(None), false).await;
        assert_eq!(done(&exchange), system.read(connector, "create_answer"), "{connector}");
        let sent = system.received().await.pop().unwrap();
        let golden = sample(connector, "create_request");
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        if connector != "tsanet-connect" {
            assert_eq!(body, golden["body"], "{connector}");
        }
        let all = String::from_utf8_lossy(&sent.body).into_owned();
        for said in ["BP-2026-00417", "Wake-up calls"] {
            assert!(all.contains(said), "{connector} is not told {said}: {all}");
        }
    }
}

#[tokio::test]
async fn a_second_notice_goes_to_the_same_ticket() {
    for (connector, has_ticket) in SYSTEMS {
        if !has_ticket {
            continue;
        }
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        system.answers(connector, "update", "update_answer").await;
        let exchange = system.attempt(&system.context(Some(&system.remote)), false).await;
        assert_eq!(done(&exchange), system.read(connector, "update_answer"), "{connector}");
        let id = system.remote["id"].as_str().unwrap();
        let sent = system.received().await.pop().unwrap();
        let told = format!("{} {}", sent.url, String::from_utf8_lossy(&sent.body));
        assert!(told.contains(id), "{connector}: {told}");
        // What tells our own words from theirs when they come back.
        assert!(told.contains("(pointsman msg_"), "{connector}: {told}");
    }
}

#[tokio::test]
async fn a_ticket_whose_answer_never_came_is_found_and_not_made_twice() {
    for (connector, has_ticket) in SYSTEMS {
        if !has_ticket {
            continue;
        }
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        system.answers(connector, "find", "find_answer").await;
        let exchange = system.attempt(&system.context(None), true).await;
        assert_eq!(done(&exchange), system.read(connector, "find_answer"), "{connector}");
        let steps: Vec<Step> = exchange.calls.iter().map(|call| call.step).collect();
        assert_eq!(steps, [Step::Find], "{connector}");

        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        system.answers(connector, "find", "find_answer_none").await;
        system.answers(connector, "create", "create_answer").await;
        let exchange = system.attempt(&system.context(None), true).await;
        assert_eq!(done(&exchange), system.read(connector, "create_answer"), "{connector}");
        let steps: Vec<Step> = exchange.calls.iter().map(|call| call.step).collect();
        assert_eq!(steps, [Step::Find, Step::Create], "{connector}");
    }
}

#[tokio::test]
async fn a_ticket_that_was_made_too_slowly_is_found_by_the_next_attempt() {
    let system = System::start("zammad").await;
    let (verb, place) = system.request("zammad", "create");
    let slow = template(&system.played("zammad", "create_answer")).set_delay(Duration::from_secs(2));
    Mock::given(method(verb.as_str())).and(path(place)).respond_with(slow).expect(1).mount(&system.server).await;
    system.answers("zammad", "find", "find_answer").await;
    let context = system.context(None);
    let exchange = system.attempt_within(Duration::from_millis(300), &context, false).await;
    assert!(matches!(&exchange.outcome, Err(ExchangeError::Call(_))), "{:?}", exchange.outcome);
    let exchange = system.attempt(&context, true).await;
    assert_eq!(done(&exchange), system.read("zammad", "find_answer"));
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let html = ("text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>");
    let faults = [
        (ResponseTemplate::new(429).insert_header("Retry-After", "17"), "429"),
        (ResponseTemplate::new(500).set_body_json(json!({ "message": "Error processing request" })), "500"),
        (ResponseTemplate::new(502).set_body_raw(html.1, html.0), "502"),
        (ResponseTemplate::new(503), "503"),
    ];
    for (connector, _) in SYSTEMS {
        for (answer, status) in &faults {
            let system = System::start(connector).await;
            system.gives_tokens(connector).await;
            let (verb, place) = system.request(connector, "create");
            Mock::given(method(verb.as_str()))
                .and(path(place))
                .respond_with(answer.clone())
                .mount(&system.server)
                .await;
            let exchange = system.attempt(&system.context(None), false).await;
            assert!(matches!(&exchange.outcome, Ok(Read::Retry(_))), "{connector}, {status}: {:?}", exchange.outcome);
            if *status == "429" {
                let answer = exchange.answer.unwrap();
                assert_eq!(answer.headers.get("retry-after").unwrap(), "17", "{connector}");
            }
        }
    }
}

#[tokio::test]
async fn a_success_without_a_ticket_in_it_is_not_believed() {
    for (connector, has_ticket) in SYSTEMS {
        let good = sample(connector, "create_answer");
        let status = u16::try_from(good["status"].as_u64().unwrap()).unwrap();
        let text = good["body"].to_string();
        let half = &text[..text.len() / 8];
        let answers = [
            ("half an answer", ResponseTemplate::new(status).set_body_raw(half.to_owned(), "application/json")),
            ("nothing", ResponseTemplate::new(status)),
            ("other JSON", ResponseTemplate::new(status).set_body_json(json!({ "unexpected": true }))),
            ("a list", ResponseTemplate::new(status).set_body_json(json!([]))),
            ("an error", ResponseTemplate::new(status).set_body_json(json!({ "error": { "message": "not today" } }))),
            ("a login page", ResponseTemplate::new(status).set_body_raw("<html>Sign in</html>", "text/html")),
        ];
        for (what, answer) in answers {
            let system = System::start(connector).await;
            system.gives_tokens(connector).await;
            let (verb, place) = system.request(connector, "create");
            Mock::given(method(verb.as_str())).and(path(place)).respond_with(answer).mount(&system.server).await;
            let exchange = system.attempt(&system.context(None), false).await;
            if has_ticket {
                assert!(matches!(&exchange.outcome, Ok(Read::Retry(_))), "{connector}, {what}: {:?}", exchange.outcome);
            } else {
                assert!(matches!(&exchange.outcome, Ok(Read::Done(_))), "{connector}, {what}: {:?}", exchange.outcome);
            }
        }
    }
}

/// Zendesk repeats what it was told, in the ticket and in its audit, Freshdesk as HTML and as text, Jira in the fields.
#[tokio::test]
async fn a_number_is_read_out_of_an_answer_that_is_longer_than_what_is_read() {
    let long = r#"it goes on, \"and on\", {[ "#.repeat(2_000);
    let answers = [
        ("zendesk", format!(r#"{{"ticket":{{"url":"x","id":35436,"description":"{long}"}},"audit":{{"id":7}}}}"#)),
        (
            "freshdesk",
            format!(r#"{{"cc_emails":[],"id":1,"tags":["a"],"description":"{long}","description_text":"{long}"}}"#),
        ),
        (
            "jira-service-management",
            format!(
                r#"{{"issueId":"107001","issueKey":"HELPDESK-1","requestFieldValues":[{{"value":"{long}"}}],"_links":{{}}}}"#
            ),
        ),
    ];
    for (connector, answer) in answers {
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        let (verb, place) = system.request(connector, "create");
        let answer = ResponseTemplate::new(201).set_body_raw(answer, "application/json");
        Mock::given(method(verb.as_str())).and(path(place)).respond_with(answer).mount(&system.server).await;
        let exchange = system.attempt(&system.context(None), false).await;
        let read = system.read(connector, "create_answer");
        assert_eq!(done(&exchange)["done"]["id"], read["done"]["id"], "{connector}");
        assert_eq!(done(&exchange)["done"]["number"], read["done"]["number"], "{connector}");
        assert!(exchange.answer.unwrap().truncated, "{connector}");
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_renewed_once_and_the_call_made_again() {
    for (connector, expired) in [
        ("zendesk", json!({ "error": "invalid_token", "error_description": "The access token provided is expired" })),
        ("glpi", json!(["ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid"])),
        ("tsanet-connect", json!({ "title": "Unauthorized", "status": 401, "detail": "Token expired" })),
        ("rainbow", json!({ "errorCode": 401, "errorMsg": "Unauthorized", "errorDetailsCode": 401_523 })),
    ] {
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        let (verb, place) = system.request(connector, "create");
        let over = ResponseTemplate::new(401).set_body_json(expired);
        Mock::given(method(verb.as_str()))
            .and(path(place))
            .respond_with(over)
            .up_to_n_times(1)
            .mount(&system.server)
            .await;
        system.answers(connector, "create", "create_answer").await;
        let exchange = system.attempt(&system.context(None), false).await;
        assert_eq!(done(&exchange), system.read(connector, "create_answer"), "{connector}");
        assert_eq!(exchange.calls.len(), 2, "{connector}");
        assert_eq!(system.received().await.len(), 4, "{connector}: two tokens and two calls");
        for call in &exchange.calls {
            let shown = system.definition.shown_call(call, &Secrets::from_json(&system.secrets));
            let shown = serde_json::to_string(&shown).unwrap();
            for secret in system.secrets.as_object().unwrap().values().filter_map(Value::as_str) {
                assert!(!shown.contains(secret), "{connector} shows a secret: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_worth_another_try_and_says_so() {
    let system = System::start("tsanet-connect").await;
    let answer = ResponseTemplate::new(500).set_body_json(json!({ "message": "Error processing request" }));
    Mock::given(method("POST")).and(path("/v1/login")).respond_with(answer).mount(&system.server).await;
    let exchange = system.attempt(&system.context(None), false).await;
    let Err(ExchangeError::Token(error)) = &exchange.outcome else { panic!("{:?}", exchange.outcome) };
    assert!(error.to_string().contains("Error processing request"), "{error}");
    assert!(!error.to_string().contains("tsanet-password"), "{error}");
}

#[tokio::test]
async fn each_system_is_shown_who_calls_in_its_own_way() {
    let wanted = [
        ("zendesk", "authorization", "Bearer zendesk-access-token"),
        ("jira-service-management", "authorization", "Basic cG9pbnRzbWFuQGFsZS5leGFtcGxlOmF0bGFzc2lhbi1hcGktdG9rZW4="),
        ("freshdesk", "authorization", "Basic ZnJlc2hkZXNrLWFwaS1rZXk6WA=="),
        ("zammad", "authorization", "Token token=zammad-access-token"),
        ("glpi", "session-token", "83af7e620c83a50a18d3eac2f6ed05a3ca0bea62"),
        ("tsanet-connect", "authorization", "Bearer tsanet-jwt"),
        ("rainbow", "authorization", "Bearer rainbow-jwt"),
    ];
    for (connector, name, value) in wanted {
        let system = System::start(connector).await;
        system.gives_tokens(connector).await;
        let (verb, place) = system.request(connector, "create");
        let answer = template(&system.played(connector, "create_answer"));
        let shown = Mock::given(method(verb.as_str())).and(path(place)).and(header(name, value));
        shown.respond_with(answer).expect(1).mount(&system.server).await;
        done(&system.attempt(&system.context(None), false).await);
    }
}

/// <https://hub.openrainbow.com/api/authentication/>: `Basic base64(appId:sha256(appSecret + password))`.
#[tokio::test]
async fn rainbow_is_shown_the_account_and_the_application() {
    let system = System::start("rainbow").await;
    system.gives_tokens("rainbow").await;
    system.answers("rainbow", "create", "create_answer").await;
    done(&system.attempt(&system.context(None), false).await);
    let login = system.received().await.remove(0);
    assert_eq!(login.headers["authorization"], "Basic cG9pbnRzbWFuQGFsZS5leGFtcGxlOlBhc3N3b3JkXzEyMzQ1Ng==");
    assert_eq!(
        login.headers["x-rainbow-app-auth"],
        "Basic NzhlOThlZTA5YmFkMTFlOGI4ZWRlYmI1MGQ2NzlkZjY6ZDFkOWU5ZTFiNTgzNDNlNDVmYjg1ZGZiYzVlZjA1NTQ1NzE2M2UwYjAyODk3OTM5ZTU3MWNjNmE1YzIxNzNkZA=="
    );
}

#[tokio::test]
async fn a_channel_of_rainbow_is_published_to_without_a_connection() {
    let mut system = System::start("rainbow").await;
    let settings = system.settings.as_object_mut().unwrap();
    settings.remove("connection");
    settings.remove("conversation");
    settings.insert("channel".to_owned(), "5b6a".into());
    system.gives_tokens("rainbow").await;
    let answer = ResponseTemplate::new(201).set_body_json(json!({ "data": {} }));
    let place = "/api/rainbow/channels/v1.0/channels/5b6a/publish";
    Mock::given(method("POST")).and(path(place)).respond_with(answer).expect(1).mount(&system.server).await;
    done(&system.attempt(&system.context(None), false).await);
    let body: Value = serde_json::from_slice(&system.received().await.pop().unwrap().body).unwrap();
    assert_eq!(body["type"], "urn:xmpp:channels:basic");
    assert!(body["message"].as_str().unwrap().contains("BP-2026-00417"));
}

#[tokio::test]
async fn our_priority_and_phase_become_each_systems_own() {
    let wanted: [(&str, &str, [Value; 5]); 5] = [
        ("zendesk", "/ticket/priority", ["urgent", "high", "normal", "low", "low"].map(Value::from)),
        (
            "jira-service-management",
            "/requestFieldValues/priority/name",
            ["Highest", "High", "Medium", "Low", "Lowest"].map(Value::from),
        ),
        ("freshdesk", "/priority", [4, 3, 2, 1, 1].map(Value::from)),
        ("zammad", "/priority", ["3 high", "3 high", "2 normal", "1 low", "1 low"].map(Value::from)),
        ("glpi", "/input/urgency", [5, 4, 3, 2, 1].map(Value::from)),
    ];
    for (connector, pointer, words) in wanted {
        let system = System::start(connector).await;
        for (priority, word) in (1..).zip(words) {
            let mut context = system.context(None);
            context["decision"]["priority"] = priority.into();
            let secrets = Secrets::from_json(&system.secrets);
            let now = "2026-11-22T10:00:00Z".parse().unwrap();
            let request = system.definition.render(&context, &secrets, Some("t"), now).unwrap();
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body.pointer(pointer), Some(&word), "{connector}, {priority}");
        }
    }
}

/// TSANet's callbacks name the request and say no more.
#[tokio::test]
async fn what_a_callback_does_not_say_is_asked() {
    let connector = "tsanet-connect";
    let system = System::start(connector).await;
    system.gives_tokens(connector).await;
    let came = system.played(connector, "callback_accepted");
    let body = came["body"].to_string().into_bytes();
    let (headers, query) = (HeaderMap::new(), Vec::new());
    let callback = system.definition.read_callback(&system.settings, &headers, &query, &body).unwrap();
    assert!(system.definition.looks());
    assert_eq!(callback.change, Some(Change::default()), "nothing is known before it was asked");

    let endpoint = json!({ "name": "side", "language": "en", "settings": system.settings });
    let secrets = Secrets::from_json(&system.secrets);
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let look = Look { endpoint: &endpoint, secrets: &secrets, now, deadline: Duration::from_secs(5) };
    let ask = || system.definition.look(&system.client, &system.tokens, look, &callback);
    let later = ask().await.unwrap_err();
    assert!(matches!(&later, LookError::Never(why) if why.contains("404")), "{later}");

    let place = "/v1/collaboration-requests/tok-3472";
    let fault = ResponseTemplate::new(503);
    Mock::given(method("GET")).and(path(place)).respond_with(fault).up_to_n_times(1).mount(&system.server).await;
    let later = ask().await.unwrap_err();
    assert!(matches!(&later, LookError::Later(why) if why.contains("503")), "{later}");

    let answer = ResponseTemplate::new(200).set_body_json(&came["look"]);
    Mock::given(method("GET")).and(path(place)).respond_with(answer).mount(&system.server).await;
    let asked = ask().await.unwrap();
    let change = asked.change.unwrap();
    assert_eq!(change.status, Some(TicketStatus::Accepted));
    assert_eq!(change.number.as_deref(), Some("HT-9912"));
    assert_eq!(asked.case.as_deref(), Some("esr_0199"));
}

/// Signed here as each vendor's documentation describes, apart from the engine.
#[test]
fn what_comes_back_is_believed_when_it_is_signed_as_the_vendor_signs() {
    let mac = |secret: &str, text: String| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // https://developer.atlassian.com/cloud/jira/platform/webhooks/ gives this example.
    assert_eq!(
        hex(mac("It's a Secret to Everybody", "Hello World!".to_owned())),
        "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    );
    let body = "{\"event\": \"x\"}";
    let now: jiff::Timestamp = "2026-11-22T10:01:00Z".parse().unwrap();
    let at = "2026-11-22T10:00:00Z";
    let zendesk = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        mac("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", format!("{at}{body}")),
    );
    let jira = format!("sha256={}", hex(mac("It's a Secret to Everybody", body.to_owned())));
    let glpi = hex(mac("glpi-webhook-secret", format!("{body}1795345200")));
    let tsanet = format!("sha256={}", hex(mac("tsanet-webhook-secret", body.to_owned())));
    let stamp = "x-zendesk-webhook-signature-timestamp";
    let cases: [(&str, Vec<(&str, &str)>); 6] = [
        ("zendesk", vec![("x-zendesk-webhook-signature", &zendesk), (stamp, at)]),
        ("jira-service-management", vec![("x-hub-signature", &jira)]),
        ("glpi", vec![("x-glpi-signature", &glpi), ("x-glpi-timestamp", "1795345200")]),
        ("tsanet-connect", vec![("x-hub-signature-256", &tsanet)]),
        ("freshdesk", vec![("x-pointsman-key", "a-long-random-word")]),
        ("zammad", vec![("authorization", "Bearer zammad-bearer")]),
    ];
    let all = Definitions::embedded();
    for (connector, headers) in cases {
        let endpoint = sample(connector, "settings");
        let secrets = Secrets::from_json(&endpoint["secrets"]);
        let definition = all.get(connector).unwrap();
        let believed = |headers: &[(&str, &str)], body: &str| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let received = Received { headers: &headers, query: &[], body: body.as_bytes() };
            definition.authenticate(&endpoint["settings"], &secrets, received, now).is_ok()
        };
        assert!(believed(&headers, body), "{connector}");
        let signed = !["freshdesk", "zammad"].contains(&connector);
        assert_eq!(believed(&headers, "{\"event\": \"y\"}"), !signed, "{connector}: another body");
        for at in 0..headers.len() {
            let mut other = headers.clone();
            other[at].1 = "2026-11-22T09:00:00Z";
            assert!(!believed(&other, body), "{connector}: {other:?}");
            other.remove(at);
            assert!(!believed(&other, body), "{connector}: {other:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_is_written_in_the_endpoints_language() {
    let system = System::start("freshdesk").await;
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let secrets = Secrets::from_json(&system.secrets);
    for (language, said) in
        [("en", ["WHO DOES WHAT", "Business partner: Open"]), ("fr", ["CE QUI EST SIGNALÉ", "Fonction : wake-up call"])]
    {
        let mut context = system.context(None);
        context["endpoint"]["language"] = language.into();
        context["esr"]["description"] = "<script>alert(1)</script>\nsecond line".into();
        let request = system.definition.render(&context, &secrets, None, now).unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let html = body["description"].as_str().unwrap();
        for said in said {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;<br>second line"), "{html}");
    }
}

/// Teams refuses more than 28 KB, and what people filed must not be read as markup.
#[tokio::test]
async fn a_card_stays_small_and_shows_words_as_they_are() {
    let system = System::start("microsoft-teams").await;
    let mut context = system.context(None);
    let long = "[click](https://evil.example) **now** \u{1F600}\n".repeat(4_000);
    for at in ["/esr/summary", "/esr/customer/name", "/esr/platform/product", "/text/title", "/data/reference"] {
        *context.pointer_mut(at).unwrap() = long.clone().into();
    }
    context["text"]["lines"] = json!(vec![long; 200]);
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let request = system.definition.render(&context, &Secrets::from_json(&system.secrets), None, now).unwrap();
    assert!(request.body.len() < 28 * 1024, "{}", request.body.len());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let mut kinds = BTreeSet::new();
    kinds_of(&body["attachments"][0]["content"], &mut kinds);
    // A TextBlock or a FactSet would be read as Markdown.
    assert_eq!(
        kinds,
        BTreeSet::from(["Action.OpenUrl", "AdaptiveCard", "Container", "RichTextBlock", "TextRun"].map(str::to_owned))
    );
}

fn kinds_of(value: &Value, kinds: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| kinds_of(one, kinds)),
        Value::Object(all) => {
            kinds.extend(all.get("type").and_then(Value::as_str).map(str::to_owned));
            all.values().for_each(|one| kinds_of(one, kinds));
        }
        _ => {}
    }
}
