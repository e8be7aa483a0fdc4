//! The pages of endpoints: how each does, a test, adding, changing, switching; who may.

use pointsman::access::Role;
use pointsman::clock::Clock;
use pointsman::deliver::lane::Limits;
use pointsman::notify::endpoint::{EndpointState, MAIL_SYSTEM};
use pointsman::notify::retry::{Outcome, Reason};
use pointsman::store::EndpointSwitch;
use pointsman::triage::outcome::Side;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, endpoint, settled};
use crate::server::{NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    an_endpoint_is_added_by_a_form_and_its_page_says_how_it_does,
    a_test_is_marked_and_its_answer_is_shown,
    what_is_wrong_with_a_form_is_said_at_its_field_and_secrets_are_not_shown_again,
    an_endpoint_is_changed_switched_and_removed_and_the_audit_log_says_so,
    a_circuit_that_opened_is_shown_with_its_next_probe,
    who_does_not_run_connectors_looks_and_changes_nothing,
    hostile_text_of_an_endpoint_is_shown_as_text,
);

/// Somebody signed in on a server.
pub(crate) struct Site {
    pub(crate) server: Server,
    cookie: String,
}

/// A page, and where it is.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text} is not in {}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text} is in {}", self.text);
        self
    }

    /// What stands between these two for the first time.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("{before} is not in {}", self.text));
        rest.split_once(after).unwrap().0
    }
}

impl Site {
    pub(crate) async fn of(server: Server, roles: &[Role]) -> Self {
        let cookie = server.signed_in(roles, None, None).await;
        Self { server, cookie }
    }

    /// Somebody else on the same server.
    pub(crate) async fn other(&mut self, roles: &[Role]) {
        self.cookie = self.server.signed_in(roles, None, None).await;
    }

    /// Sends it as that person's browser would, and goes where the answer leads.
    async fn send(&self, mut request: reqwest::RequestBuilder, path: &str) -> Page {
        let mut to = path.to_owned();
        let mut said = String::new();
        loop {
            let response = request.header("cookie", format!("{}{said}", self.cookie)).send().await.unwrap();
            let status = response.status();
            if status != StatusCode::SEE_OTHER {
                return Page { status, to, text: response.text().await.unwrap() };
            }
            let set = response.headers().get_all("set-cookie").into_iter().filter_map(|one| one.to_str().ok());
            said = set.map(|cookie| format!("; {}", cookie.split(';').next().unwrap())).collect();
            response.headers()["location"].to_str().unwrap().clone_into(&mut to);
            request = self.server.request(Method::GET, &to);
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(self.server.request(Method::GET, path), path).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            self.server.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body), path).await
    }

    /// A form with files: each a field's name, a file's name where it is one, and the text.
    pub(crate) async fn upload(&self, path: &str, parts: &[(&str, Option<&str>, &str)]) -> Page {
        let mut body = String::new();
        for (field, file, text) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body += &format!("--xx\r\ncontent-disposition: form-data; name=\"{field}\"{file}\r\n\r\n{text}\r\n");
        }
        let request =
            self.server.request(Method::POST, path).header("content-type", "multipart/form-data; boundary=xx");
        self.send(request.body(format!("{body}--xx--\r\n")), path).await
    }
}

async fn started(db: &Database, roles: &[Role]) -> Site {
    let server = Server::start_at(db.store().await, SETTINGS, Clock::running_from(NOW.parse().unwrap())).await;
    Site::of(server, roles).await
}

const ADD: &str = "/connectors/new";

/// The form of a webhook for acme, as it is filled in.
fn webhook(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("connector", "webhook"),
        ("name", "acme-hooks"),
        ("side", "business_partner"),
        ("owner", "acme"),
        ("settings.url", url),
        ("payload", "full"),
        ("language", "en"),
        ("concurrency", "4"),
        ("per_second", "0"),
    ]
}

async fn an_endpoint_is_added_by_a_form_and_its_page_says_how_it_does(db: &Database) {
    let (sink, site) = (Sink::start().await, started(db, &[Role::Operator]).await);
    site.get(ADD).await.is(200).has("?connector=webhook").has("ServiceNow incident");
    site.get("/connectors/new?connector=webhook")
        .await
        .has("name=\"settings.url\"")
        .has("name=\"secrets.signing_secret\"");
    site.get("/connectors/new?connector=none").await.is(404);
    let added = site.post(ADD, &webhook(&sink.url)).await;
    added.is(200).has("shown this one time").has("Send a test");
    let secret = added.between("<code class=\"secret\">", "</code>").to_owned();
    site.get("/connectors/acme-hooks")
        .await
        .lacks(&secret)
        .has("nothing sent lately")
        .has("Nothing was sent there yet");

    let acme = site.server.partner("acme").await;
    site.server.file(&acme, "BP-1").await;
    sink.next().await.verify(&secret);
    settled(&site.server.store).await;
    let one = site.get("/connectors/acme-hooks").await;
    one.is(200).has("works").has("1 taken, 0 failed").has("BP-1").has("/v1/hooks/acme-hooks").has(&sink.url);
    let list = site.get("/connectors").await;
    list.has("href=\"/connectors/acme-hooks\"").has("works").has("Signed webhook").has("The mail system");
    let again = site.post(ADD, &webhook(&sink.url)).await;
    again.is(422).has("There is an endpoint of this name already").has("id=\"name-wrong\"");
    assert!(site.server.stop().await);
}

async fn a_test_is_marked_and_its_answer_is_shown(db: &Database) {
    let (sink, mut site) = (Sink::start().await, started(db, &[Role::Operator]).await);
    site.post(ADD, &webhook(&sink.url)).await.is(200);
    let taken = site.post("/connectors/acme-hooks/test", &[]).await;
    taken.is(200).has("The test <span class=\"tag good\">taken</span>").has("answered 200").has("secrets hidden");
    assert_eq!(sink.next().await.json()["test"], true);
    sink.answers([500]);
    let refused = site.post("/connectors/acme-hooks/test", &[]).await;
    refused.has("<span class=\"tag bad\">not taken</span>").has("answered 500").has("Ask whoever runs the other side");
    // Somebody reloads the address of the answer.
    assert_eq!(site.get("/connectors/acme-hooks/test").await.to, "/connectors/acme-hooks");
    site.post("/connectors/email/test", &[]).await.is(422).has("say where the test goes").has("id=\"to-wrong\"");
    site.post("/connectors/email/test", &[("to", "nobody")]).await.is(422).has("This is no mail address");
    site.post("/connectors/nowhere/test", &[]).await.is(404);
    site.other(&[Role::Auditor]).await;
    site.get("/audit").await.has("Connector tested");
    assert!(site.server.stop().await);
}

async fn what_is_wrong_with_a_form_is_said_at_its_field_and_secrets_are_not_shown_again(db: &Database) {
    let site = started(db, &[Role::Operator]).await;
    let wrong = [
        ("connector", "webhook"),
        ("name", "Not So"),
        ("settings.url", "nonsense"),
        ("secrets.signing_secret", "too-short-a-secret"),
        ("concurrency", "many"),
        ("contact", "nobody"),
    ];
    let page = site.post(ADD, &wrong).await;
    page.is(422).has("Nothing was stored").lacks("too-short-a-secret");
    for field in ["name", "side", "concurrency", "contact"] {
        page.has(&format!("id=\"{field}-wrong\"")).has(&format!("href=\"#{field}\""));
    }
    page.has("value=\"Not So\"").has("value=\"nonsense\"").has("value=\"many\"").has("aria-invalid=\"true\"");
    let mut missing = webhook("");
    missing.retain(|(name, _)| *name != "settings.url");
    site.post(ADD, &missing).await.is(422).has("id=\"settings.url-wrong\"").has("is missing");
    let mut forbidden = webhook("https://10.0.0.1/");
    forbidden.push(("secrets.signing_secret", "too-short-a-secret"));
    let page = site.post(ADD, &forbidden).await;
    page.is(422).has("id=\"secrets.signing_secret-wrong\"").has("Must be a public address").lacks("too-short-a-secret");
    assert_eq!(site.server.store.endpoints().await.unwrap().len(), 1);
    assert!(site.server.stop().await);
}

async fn an_endpoint_is_changed_switched_and_removed_and_the_audit_log_says_so(db: &Database) {
    let (sink, site) = (Sink::start().await, started(db, &[Role::Operator]).await);
    let added = site.post(ADD, &webhook(&sink.url)).await;
    let secret = added.between("<code class=\"secret\">", "</code>").to_owned();
    let base = "/connectors/acme-hooks";
    site.post(&format!("{base}/disable"), &[]).await.is(422).has("id=\"reason-wrong\"");
    site.post(&format!("{base}/disable"), &[("reason", "their upgrade")])
        .await
        .is(200)
        .has("their upgrade")
        .has("disabled");
    site.post(&format!("{base}/enable"), &[]).await.is(200).lacks("their upgrade").has("Enabled.");

    let form = site.get(&format!("{base}/edit")).await;
    form.is(200).has(&format!("value=\"{}\"", sink.url)).lacks("name=\"name\"").lacks("secrets.signing_secret");
    let mut change = webhook(&sink.url);
    change.retain(|(name, _)| !matches!(*name, "name" | "side" | "owner" | "per_second"));
    change.extend([("per_second", "7"), ("events", "esr.decided"), ("contact", "ops@acme.example")]);
    let changed = site.post(&format!("{base}/edit"), &change).await;
    changed.is(200).has("7 a second").has("decision").has("ops@acme.example");
    change.push(("settings.url", "x"));
    change.retain(|(name, value)| *name != "settings.url" || *value == "x");
    site.post(&format!("{base}/edit"), &change).await.is(422).has("id=\"settings.url-wrong\"").has("value=\"x\"");

    let rotated = site.post(&format!("{base}/rotate"), &[("secret", "signing_secret")]).await;
    let new = rotated.is(200).between("<code class=\"secret\">", "</code>").to_owned();
    assert_ne!(new, secret);
    site.get(base).await.lacks(&new).has("the one before is believed too");
    let own = [("secret", "signing_secret"), ("value", "nonsense-of-a-secret")];
    site.post(&format!("{base}/rotate"), &own).await.is(422).has("id=\"value-wrong\"").lacks("nonsense-of-a-secret");

    site.get(&format!("{base}/remove")).await.is(200).has("Remove acme-hooks?");
    site.post(&format!("{base}/remove"), &[]).await.is(200).has("Bring it back");
    site.get("/connectors").await.lacks("href=\"/connectors/acme-hooks\"").has("Removed");
    site.get("/connectors?state=removed").await.has("href=\"/connectors/acme-hooks\"");
    site.post("/connectors/email/remove", &[]).await.is(409).has("mail system itself");
    let pace = [("concurrency", "3"), ("per_second", "2")];
    site.post("/connectors/email/edit", &pace).await.is(200).has("3 at once, 2 a second");

    let log = site.get("/audit").await;
    log.has("Endpoint added").has("Endpoint changed").has("Endpoint rotated").lacks(&secret).lacks(&new);
    assert!(site.server.stop().await);
}

async fn a_circuit_that_opened_is_shown_with_its_next_probe(db: &Database) {
    let (sink, site) = (Sink::start().await, started(db, &[Role::Operator]).await);
    site.post(ADD, &webhook(&sink.url)).await.is(200);
    let id = site.server.store.endpoints().await.unwrap().into_iter().find(|one| one.name == "acme-hooks").unwrap().id;
    let lanes = &site.server.app.lanes;
    for _ in 0..5 {
        let now = site.server.app.clock.now();
        let permit = lanes.begin(&id, &Limits::default(), now).unwrap();
        lanes.finish(permit, &Outcome::later(Reason::Unreachable), now);
    }
    site.get("/connectors/acme-hooks").await.has("left alone just now").has("5 failed in a row").has("the next probe");
    let list = site.get("/connectors").await;
    let (first, _) = list.text.split_once("href=\"/connectors/email\"").unwrap();
    assert!(first.contains("acme-hooks"), "what needs a look comes first");
    assert!(site.server.stop().await);
}

async fn who_does_not_run_connectors_looks_and_changes_nothing(db: &Database) {
    let (sink, mut site) = (Sink::start().await, started(db, &[Role::Operator]).await);
    site.post(ADD, &webhook(&sink.url)).await.is(200);
    for role in [Role::Agent, Role::Lead, Role::Auditor, Role::RegistryEditor] {
        site.other(&[role]).await;
        site.get("/connectors").await.is(200).has("acme-hooks").lacks("href=\"/connectors/new\"");
        site.get("/connectors/acme-hooks").await.is(200).lacks("/connectors/acme-hooks/test").lacks("/edit");
        for path in [ADD, "/connectors/acme-hooks/edit", "/connectors/acme-hooks/remove"] {
            site.get(path).await.is(403);
        }
        for act in ["edit", "enable", "disable", "rotate", "test", "remove"] {
            site.post(&format!("/connectors/acme-hooks/{act}"), &[("reason", "x")]).await.is(403);
        }
        site.post(ADD, &webhook("https://a.example/")).await.is(403);
    }
    let partner = site.server.signed_in(&[Role::BusinessPartner], Some("acme"), None).await;
    let outside = site.server.request(Method::GET, "/connectors").header("cookie", partner).send().await.unwrap();
    assert_eq!(outside.status(), 403);
    let all = site.server.store.endpoints().await.unwrap();
    assert!(all.iter().all(|one| one.state == EndpointState::Enabled) && all.len() == 2, "{all:?}");
    assert!(site.server.stop().await);
}

async fn hostile_text_of_an_endpoint_is_shown_as_text(db: &Database) {
    let site = started(db, &[Role::Operator]).await;
    let script = "<script>alert(1)</script>";
    let mut hostile = endpoint("hostile", Side::BusinessPartner, Some("<b>acme</b>\u{202e}"), "https://a.example/");
    hostile.settings =
        json!({ "url": format!("https://a.example/{script}"), script: "\"><img src=x>" }).as_object().unwrap().clone();
    hostile.contact = Some("\"><img src=x>@a.example".to_owned());
    let id = hostile.id.clone();
    site.server.store.put_endpoint(hostile).await.unwrap();
    let (at, reason) = (site.server.app.clock.now(), Some(format!("{script}{}", "x".repeat(5_000))));
    let off = EndpointSwitch { id, state: EndpointState::Disabled, reason, at, tell: None };
    site.server.store.switch_endpoint(off).await.unwrap();
    for path in ["/connectors", "/connectors/hostile", "/connectors/hostile/edit"] {
        site.get(path).await.is(200).lacks(script).lacks("<img src=x>").lacks("<b>acme");
    }
    let kept = site.server.store.endpoints().await.unwrap();
    assert!(kept.iter().any(|one| one.id == MAIL_SYSTEM));
    assert!(site.server.stop().await);
}
