//! The page that a link in a letter leads to.

use jiff::{SignedDuration, Timestamp};
use pointsman::mail::link::Link;
use pointsman::mail::{Letter, MailKey, address::Correspondent, link_for};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use reqwest::Method;
use serde_json::json;

use crate::server::{Answer, NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    the_participant_answers_in_the_form_and_the_case_moves_on,
    a_link_shows_its_reader_the_case_and_nobody_else_a_thing,
    a_page_is_kept_from_caches_other_sites_and_scripts,
);

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn settings() -> String {
    format!("[mail]\nsecret = \"{SECRET}\"\n")
}

fn key() -> MailKey {
    MailKey::new(SECRET).unwrap()
}

/// The path of the link that a letter of this case would have for that reader.
fn path(id: &str, side: Side, party: &str, language: Language) -> String {
    let data = json!({ "id": id });
    let letter = Letter {
        message_id: "msg_1",
        at: NOW.parse().unwrap(),
        data: &data,
        notice: Notice::Escalated,
        side,
        party,
        address: "x@y.example",
        language,
        answer_by: None,
        test: false,
        counter: 0,
        linked_at: NOW.parse().unwrap(),
    };
    link_for(&letter, &key(), "", SignedDuration::from_hours(720)).unwrap()
}

async fn get(server: &Server, path: &str) -> Answer {
    Answer::to(server.request(Method::GET, path)).await
}

fn html(answer: &Answer) -> &str {
    answer.body.as_str().unwrap()
}

/// Sends the form as a browser does: where it was sent on to, and what stands there.
async fn send(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = server.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    let answer = Answer::to(request.body(body)).await;
    if answer.status == 303 { get(server, answer.header("location")).await } else { answer }
}

async fn the_participant_answers_in_the_form_and_the_case_moves_on(db: &Database) {
    let server = Server::start_with(db, &settings()).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = path(&id, Side::Participant, "hotelia", Language::En);
    let page = get(&server, &path).await;
    assert_eq!(page.status, 200);
    for part in
        ["<form method=\"post\"", "name=\"number\"", "Wake-up calls are not placed", "9.2.3 case 3", "IWR-0412", "BP-1"]
    {
        assert!(html(&page).contains(part), "{part}: {}", html(&page));
    }

    let empty = send(&server, &path, &[("number", " "), ("findings", "<b>kept</b>")]).await;
    assert_eq!(empty.status, 422);
    assert!(html(&empty).contains("Give your case number"), "{}", html(&empty));
    assert!(html(&empty).contains("&#60;b&#62;kept&#60;"), "what was typed stays: {}", html(&empty));

    let shown = send(&server, &path, &[("number", "HT-9912"), ("conclusion", "ale_fault_shown")]).await;
    assert_eq!(shown.status, 422, "a fault is shown with findings");
    let fields = [("number", "HT-9912"), ("conclusion", "ale_fault_shown"), ("findings", "Packet 118 has no SDP.")];
    let done = send(&server, &path, &fields).await;
    assert_eq!(done.status, 200, "after the redirect");
    assert!(html(&done).contains("Thank you"), "{}", html(&done));

    let case = server.get(&partner, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["decision"]["stage"], "ale_engaged");
    assert_eq!(case["esr"]["participant_case"]["number"], "HT-9912");
    let updated = case["timeline"].as_array().unwrap().iter().find(|event| event["kind"] == "updated").unwrap();
    assert_eq!(updated["by"], json!({ "role": "participant", "name": "hotelia" }));

    // Pressed twice, it counts once.
    assert_eq!(send(&server, &path, &fields).await.status, 200);
    let again = server.get(&partner, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(again["revision"], case["revision"]);
    server.stop().await;
}

async fn a_link_shows_its_reader_the_case_and_nobody_else_a_thing(db: &Database) {
    let server = Server::start_with(db, &settings()).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    for (side, party, forms) in
        [(Side::BusinessPartner, "acme", true), (Side::Ale, "ale", false), (Side::Agent, "agent", false)]
    {
        let path = path(&id, side, party, Language::Fr);
        let page = get(&server, &path).await;
        assert_eq!(page.status, 200, "{side}");
        assert!(html(&page).contains("lang=\"fr\"") && html(&page).contains("Numéros de dossier"));
        assert!(!html(&page).contains("name=\"conclusion\""), "{side} has no conclusion to give");
        assert_eq!(html(&page).contains("<form"), forms, "{side}");
        assert_eq!(send(&server, &path, &[("number", "HT-1")]).await.status, 409, "{side}");
    }
    for (side, party) in [(Side::BusinessPartner, "somebody"), (Side::Participant, "comtel")] {
        let page = get(&server, &path(&id, side, party, Language::En)).await;
        assert_eq!(page.status, 403, "{side} {party}");
        assert!(!html(&page).contains("Wake-up"), "{}", html(&page));
    }
    let token = |until: &str, key: &MailKey| {
        let correspondent = Correspondent::new(&id, Side::Participant, "hotelia").unwrap();
        Link { correspondent, counter: 0, until: until.parse::<Timestamp>().unwrap() }.token(key)
    };
    let expired = get(&server, &format!("/c/{}", token("2026-11-22T08:59:00Z", &key()))).await;
    assert_eq!(expired.status, 410);
    assert!(html(&expired).contains("It worked until 22 November 2026"), "{}", html(&expired));
    let other = MailKey::new("another secret, just as long as that").unwrap();
    let forged = get(&server, &format!("/c/{}?lang=fr", token("2027-01-01T00:00:00Z", &other))).await;
    assert_eq!(forged.status, 404);
    assert!(html(&forged).contains("Ce lien n’est pas valable"), "{}", html(&forged));
    assert_eq!(get(&server, "/c/x").await.status, 404);
    let long = Answer::to(server.request(Method::POST, &format!("/c/{}", "a".repeat(5_000))).body("x")).await;
    assert_eq!(long.status, 404);
    server.stop().await;
}

async fn a_page_is_kept_from_caches_other_sites_and_scripts(db: &Database) {
    let server = Server::start_with(db, &settings()).await;
    let partner = server.partner("acme").await;
    let mut body = crate::server::esr("BP-1");
    body["summary"] = json!("<script>alert(1)</script>\"'&");
    body["description"] = json!("</textarea><img src=x onerror=alert(1)>");
    let filed = server.post(&partner, "/v1/esrs", &body).await;
    let id = filed.body["id"].as_str().unwrap();
    for path in [path(id, Side::Participant, "hotelia", Language::En), "/c/x".to_owned()] {
        let page = get(&server, &path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("form-action 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let html = html(&page);
        let inline = html.replace("<script type=\"module\" src=\"/assets/", "");
        assert!(!inline.contains("<script") && !html.contains("<img") && !html.contains(" style=\""), "{html}");
    }
    let page = get(&server, &path(id, Side::Participant, "hotelia", Language::En)).await;
    assert!(html(&page).contains("&#60;script&#62;alert(1)"), "{}", html(&page));
    server.stop().await;
}

/// Writes pages to `target/letters`, to look at: `cargo test --test it pages_to_look_at -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes files for people to look at"]
async fn pages_to_look_at() {
    let db = Database::sqlite().await;
    let server = Server::start_with(&db, &settings()).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/letters");
    std::fs::create_dir_all(&dir).unwrap();
    for language in [Language::En, Language::Fr] {
        let form = path(&id, Side::Participant, "hotelia", language);
        let write = |name: &str, page: &Answer| {
            std::fs::write(dir.join(format!("page-{name}-{language}.html")), html(page)).unwrap()
        };
        write("form", &get(&server, &form).await);
        write("wrong", &send(&server, &form, &[("number", ""), ("conclusion", "ale_fault_shown")]).await);
        write("partner", &get(&server, &path(&id, Side::BusinessPartner, "acme", language)).await);
        write("unknown", &get(&server, &format!("/c/x?lang={language}")).await);
        let fields = [("number", "HT-9912"), ("conclusion", "inconclusive"), ("findings", "Nothing yet.")];
        write("sent", &send(&server, &form, &fields).await);
    }
    server.stop().await;
    db.remove().await;
}
