//! The page behind a letter's link, as a participant uses it: answers, files, contests; and what it keeps to itself.

use jiff::{SignedDuration, Timestamp};
use pointsman::mail::link::Link;
use pointsman::mail::{MailKey, address::Correspondent};
use pointsman::store::{LinkParty, RevokeLinks};
use pointsman::triage::outcome::Side;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::server::{Answer, Key, NOW, Server, esr};
use crate::support::binary::{Binary, bearer, client};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    an_answer_with_files_goes_in_one_plain_form,
    a_participant_contests_once_and_an_agent_is_asked,
    large_files_are_streamed_and_come_back_as_they_were,
    files_that_are_not_taken_say_why_in_the_readers_language,
    a_link_that_was_taken_back_opens_nothing_and_a_new_one_does,
    a_link_opens_its_own_case_and_keeps_itself_secret,
    a_partner_answers_by_its_link_too,
    hostile_text_is_shown_as_text_in_both_languages,
    a_link_that_is_used_by_a_program_is_slowed_down,
    a_link_never_stands_in_a_log,
);

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const BOUNDARY: &str = "----a-boundary-that-no-file-has";

fn settings(more: &str) -> String {
    format!(
        "{more}\n[delivery]\nenabled = false\n[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom_address = \"esr@ale.example\"\n\
         secret = \"{SECRET}\"\n"
    )
}

/// The path of a link to this case.
fn link(id: &str, side: Side, party: &str, counter: u16) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    let until = now + SignedDuration::from_hours(720);
    format!("/c/{}", token(id, side, party, counter, until))
}

fn token(id: &str, side: Side, party: &str, counter: u16, until: Timestamp) -> String {
    let correspondent = Correspondent::new(id, side, party).unwrap();
    Link { correspondent, counter, until }.token(&MailKey::new(SECRET).unwrap())
}

fn participants(id: &str) -> String {
    link(id, Side::Participant, "hotelia", 0)
}

async fn get(server: &Server, path: &str) -> Answer {
    Answer::to(server.request(Method::GET, path)).await
}

fn html(answer: &Answer) -> &str {
    answer.body.as_str().unwrap()
}

#[track_caller]
fn says(answer: &Answer, status: u16, parts: &[&str]) {
    assert_eq!(answer.status.as_u16(), status, "{}", html(answer));
    for part in parts {
        assert!(html(answer).contains(part), "{part}: {}", html(answer));
    }
}

/// A form as a browser sends it when it may hold files: texts, then files with their names and kinds.
async fn send(server: &Server, path: &str, texts: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").bytes(),
        );
    }
    for (name, kind, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let request = server.request(Method::POST, path);
    let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body);
    followed(server, request).await
}

/// Where a form leads, as a browser goes there.
async fn followed(server: &Server, request: reqwest::RequestBuilder) -> Answer {
    let answer = Answer::to(request).await;
    if answer.status == 303 { get(server, answer.header("location")).await } else { answer }
}

async fn plain(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = server.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    followed(server, request.body(body)).await
}

async fn upload(server: &Server, path: &str, name: &str, body: Vec<u8>) -> Answer {
    let request = server.request(Method::POST, &format!("{path}/files?lang=fr&name={name}"));
    Answer::to(request.header("content-type", "application/octet-stream").body(body)).await
}

async fn case(server: &Server, key: &Key, id: &str) -> Value {
    server.get(key, &format!("/v1/esrs/{id}")).await.body
}

async fn an_answer_with_files_goes_in_one_plain_form(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = participants(&id);
    says(
        &get(&server, &path).await,
        200,
        &["enctype=\"multipart/form-data\"", "type=\"file\"", "What we need from you"],
    );

    // A fault is shown by what comes with the answer, and a file that is not taken is named while the rest counts.
    let texts = [("number", "HT-9912"), ("conclusion", "ale_fault_shown"), ("findings", "")];
    let trace: &[u8] = b"\xD4\xC3\xB2\xA1 packets";
    let half = [("sip.pcap", "application/octet-stream", trace), ("run.exe", "application/octet-stream", b"MZ\0\0")];
    let sent = send(&server, &path, &texts, &half).await;
    says(&sent, 422, &["run.exe is not of a kind", "Added to the case: sip.pcap", "Your answer is part of the case"]);
    says(&sent, 422, &["value=\"HT-9912\"", "value=\"ale_fault_shown\" checked", "ALE works on this case with you"]);
    assert!(!html(&sent).contains("What you typed is kept"), "what was taken is not to be sent again");
    let now = case(&server, &partner, &id).await;
    assert_eq!(now["decision"]["stage"], "ale_engaged");
    assert_eq!(now["attachments"][0]["name"], "sip.pcap");
    assert_eq!(now["esr"]["participant_case"]["traces"], json!(["sip.pcap"]));
    for kind in ["attachment_added", "updated"] {
        let event = now["timeline"].as_array().unwrap().iter().find(|event| event["kind"] == kind).unwrap();
        assert_eq!(event["by"], json!({ "role": "participant", "name": "hotelia" }));
        assert_eq!(event["data"]["via"], "link", "{kind}");
    }

    // The same again changes nothing, and what is wrong keeps what was typed.
    let again = send(&server, &path, &texts, &[("", "application/octet-stream", b"")]).await;
    says(&again, 200, &["The case says this already"]);
    assert_eq!(case(&server, &partner, &id).await["revision"], now["revision"]);
    let wrong = send(&server, &path, &[("number", ""), ("findings", "seen <there>")], &[]).await;
    says(&wrong, 422, &["Give your case number", "aria-invalid=\"true\"", "seen &#60;there&#62;"]);
    says(&get(&server, &path).await, 200, &["sip.pcap", "by the link", "You gave the case number HT-9912"]);
    server.stop().await;
}

async fn a_participant_contests_once_and_an_agent_is_asked(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = format!("{}/contest", participants(&id));
    says(
        &plain(&server, &path, &[("reason", " ")]).await,
        422,
        &["Say why", "<details class=\"card contest\" id=\"contest\" open>"],
    );
    let long = "x".repeat(4_001);
    says(&plain(&server, &path, &[("reason", &long)]).await, 422, &["at most 4000", &long]);
    let done = plain(&server, &path, &[("reason", "The PMS sends the command.\r\nThe switch drops it.")]).await;
    says(&done, 200, &["An agent at ALE&#39;s triage desk looks", "The route was contested"]);
    assert!(!html(&done).contains("name=\"reason\""), "once is enough");
    let now = case(&server, &partner, &id).await;
    assert_eq!(now["status"], "waiting_agent");
    let event = now["timeline"].as_array().unwrap().iter().find(|event| event["kind"] == "contested").unwrap();
    assert_eq!(event["by"], json!({ "role": "participant", "name": "hotelia" }));
    assert_eq!(event["data"]["reason"], "The PMS sends the command.\nThe switch drops it.");
    assert_eq!(event["data"]["via"], "link");
    // Others read that it was contested, not in which words.
    let partners = get(&server, &link(&id, Side::BusinessPartner, "acme", 0)).await;
    says(&partners, 200, &["Hotelia Systems contested the route"]);
    assert!(!html(&partners).contains("drops it"));
    // Nobody else contests by a link: ALE's desk only looks.
    let desk = link(&id, Side::Ale, "ale", 0);
    says(&plain(&server, &format!("{desk}/contest"), &[("reason", "no")]).await, 409, &["the case has moved on"]);
    server.stop().await;
}

async fn large_files_are_streamed_and_come_back_as_they_were(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = participants(&id);
    let large: Vec<u8> = (0..24_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let sent = upload(&server, &path, "large.pcap", large.clone()).await;
    assert_eq!(sent.status, 201, "{:#}", sent.body);
    let now = case(&server, &partner, &id).await;
    assert_eq!(now["attachments"][0]["size"], large.len());
    let page = get(&server, &path).await;
    let from = html(&page).find("/files/att_").unwrap();
    let file: String = html(&page)[from..].chars().take_while(|c| *c != '"' && *c != '?').collect();
    let response = server.request(Method::GET, &format!("{path}{file}")).send().await.unwrap();
    assert!(response.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    assert_eq!(response.bytes().await.unwrap(), large);

    // One that breaks off leaves nothing behind.
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut broken = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head =
        format!("POST {path}/files?name=half.pcap HTTP/1.1\r\nhost: {address}\r\ncontent-length: 5000000\r\n\r\n");
    broken.write_all(head.as_bytes()).await.unwrap();
    broken.write_all(&large[..1_000_000]).await.unwrap();
    drop(broken);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(case(&server, &partner, &id).await["attachments"].as_array().unwrap().len(), 1);
    let incoming = server.app.config.attachments.dir.join("incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
    server.stop().await;
}

async fn files_that_are_not_taken_say_why_in_the_readers_language(db: &Database) {
    let server =
        Server::start_with(db, &settings("[limits]\nattachment_bytes = 100_000\nattachments_per_esr = 2")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = participants(&id);
    for (name, body, status, why) in [
        ("setup.exe", &b"x"[..], 415, "setup.exe n’est pas d’un type accepté"),
        ("run.txt", b"#!/bin/sh\n", 415, "run.txt est un programme"),
        ("big.log", &[b'x'; 100_001], 413, "big.log dépasse 97"),
        ("..", b"x", 400, "pas de nom utilisable"),
        ("a.log", b"a", 201, "a.log"),
        ("b.log", b"b", 201, "b.log"),
        ("c.log", b"c", 409, "c.log n’a pas été pris"),
    ] {
        let answer = upload(&server, &path, name, body.to_vec()).await;
        assert_eq!(answer.status, status, "{name}: {:#}", answer.body);
        let said = answer.body["said"].as_str().unwrap_or_default().replace('\u{a0}', " ");
        assert!(said.contains(why), "{name}: {said}");
    }
    let page = send(&server, &format!("{path}/files?lang=fr"), &[], &[("d.log", "text/plain", b"d")]).await;
    says(&page, 422, &["d.log n’a pas été pris", "lang=\"fr\""]);
    server.stop().await;
}

async fn a_link_that_was_taken_back_opens_nothing_and_a_new_one_does(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let whose = LinkParty { side: Side::Participant, party: "hotelia".to_owned() };
    let at: Timestamp = NOW.parse().unwrap();
    let revoke = RevokeLinks { esr_id: id.clone(), parties: vec![whose.clone()], by: "Ada".to_owned(), at };
    assert_eq!(get(&server, &participants(&id)).await.status, 200);
    assert!(server.store.revoke_links(revoke.clone()).await.unwrap());
    let gone = get(&server, &participants(&id)).await;
    says(&gone, 410, &["This link was taken back", "Ask for a new letter", "mailto:reply+"]);
    assert!(!html(&gone).contains("Wake-up"));
    assert_eq!(plain(&server, &participants(&id), &[("number", "1")]).await.status, 410);
    assert_eq!(upload(&server, &participants(&id), "a.log", b"a".to_vec()).await.status, 410);
    assert_eq!(get(&server, &link(&id, Side::Participant, "hotelia", 1)).await.status, 200);
    assert_eq!(get(&server, &link(&id, Side::Participant, "hotelia", 2)).await.status, 410);
    assert_eq!(get(&server, &link(&id, Side::BusinessPartner, "acme", 0)).await.status, 200, "others keep theirs");

    assert!(server.store.revoke_links(revoke.clone()).await.unwrap());
    assert_eq!(server.store.link_counter(&id, Side::Participant, "hotelia").await.unwrap(), 2);
    let known = server.store.revoked_links(&id).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((&known[0].whose, known[0].counter, known[0].at, known[0].by.as_str()), (&whose, 2, at, "Ada"));
    let nowhere = RevokeLinks { esr_id: "esr_0".to_owned(), ..revoke };
    assert!(!server.store.revoke_links(nowhere).await.unwrap());

    let old = token(&id, Side::Participant, "hotelia", 2, "2026-11-22T08:59:00Z".parse().unwrap());
    says(&get(&server, &format!("/c/{old}")).await, 410, &["It worked until 22 November 2026", "mailto:reply+"]);
    says(&get(&server, "/c/x?lang=fr").await, 404, &["mailto:esr@ale.example", "lang=\"fr\""]);
    server.stop().await;
}

async fn a_link_opens_its_own_case_and_keeps_itself_secret(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let (id, other) = (server.file(&partner, "BP-1").await, server.file(&partner, "BP-2").await);
    upload(&server, &participants(&other), "other.log", b"secret".to_vec()).await;
    let file = case(&server, &partner, &other).await["attachments"][0]["id"].as_str().unwrap().to_owned();
    let path = participants(&id);
    assert_eq!(get(&server, &format!("{path}/files/{file}")).await.status, 404);
    assert_eq!(get(&server, &format!("{}/files/{file}", participants(&other))).await.status, 200);

    // Another site's form, or a browser that names no origin, is no danger: who has the token may act, nobody else can.
    let request = server.request(Method::POST, &path).header("origin", "null");
    let form = request.header("content-type", "application/x-www-form-urlencoded").body("number=HT-1");
    assert_eq!(followed(&server, form).await.status, 200);
    let token = path.trim_start_matches("/c/");
    for path in [path.clone(), format!("{path}?lang=fr"), format!("/c/{token}x")] {
        let page = get(&server, &path).await;
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        let headers = page.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>();
        assert!(headers.iter().all(|line| !line.contains(token) && !line.starts_with("set-cookie")), "{headers:?}");
    }
    let french = server.request(Method::GET, &path).header("accept-language", "fr-CH, en;q=0.5");
    says(&Answer::to(french).await, 200, &["lang=\"fr\"", "?lang=en\" lang=\"en\""]);
    server.stop().await;
}

async fn a_partner_answers_by_its_link_too(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = link(&id, Side::BusinessPartner, "acme", 0);
    says(&get(&server, &path).await, 200, &["Ticket number at Hotelia Systems", "give its number below"]);
    let update = format!("{path}/update");
    says(&plain(&server, &update, &[("participant_case.number", "")]).await, 422, &["Fill in at least one field"]);
    let done = plain(&server, &update, &[("participant_case.number", "HT-7"), ("severity", "1")]).await;
    says(&done, 200, &["The case was decided again", "Hotelia Systems is analysing the case"]);
    let now = case(&server, &partner, &id).await;
    assert_eq!((&now["esr"]["severity"], &now["decision"]["stage"]), (&json!(2), &json!("participant_analysis")));

    let mut near = esr("BP-2");
    near["third_party"]["company"] = json!("Hotelai Systems");
    let filed = server.post(&partner, "/v1/esrs", &near).await;
    let path = link(filed.body["id"].as_str().unwrap(), Side::BusinessPartner, "acme", 0);
    says(&get(&server, &path).await, 200, &["Did you mean", "value=\"third_party.company=Hotelia Systems\""]);
    let settled = plain(&server, &format!("{path}/update"), &[("use", "third_party.company=Hotelia Systems")]).await;
    says(&settled, 200, &["Please open a ticket at Hotelia Systems"]);
    server.stop().await;
}

async fn hostile_text_is_shown_as_text_in_both_languages(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("<script>alert('acme')</script>").await;
    let hostile = "\"'><script>alert(1)</script>\u{202e}{{ 7*7 }}</textarea>🦊";
    let body = json!({
        "reference": format!("BP {hostile}"), "phase": "production", "severity": 2, "summary": hostile,
        "description": format!("{hostile}\n{}", "x".repeat(5_000)),
        "customer": { "name": hostile, "site": hostile, "country": hostile },
        "platform": { "product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3" },
        "third_party": { "company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1" },
        "feature": "wake-up call", "system_access": true,
        "participant_case": { "number": hostile, "conclusion": "inconclusive", "findings": hostile },
    });
    let filed = server.post(&partner, "/v1/esrs", &body).await;
    assert_eq!(filed.status, 201, "{:#}", filed.body);
    let id = filed.body["id"].as_str().unwrap();
    let name = url::form_urlencoded::byte_serialize(format!("{hostile}.log").as_bytes()).collect::<String>();
    upload(&server, &participants(id), &name, b"x".to_vec()).await;
    for path in [participants(id), link(id, Side::BusinessPartner, "<script>alert('acme')</script>", 0)] {
        for language in ["en", "fr"] {
            let page = get(&server, &format!("{path}?lang={language}")).await;
            says(&page, 200, &["&#60;script&#62;alert(1)"]);
            let inside = html(&page).replace("<script type=\"module\" src=\"/assets/", "");
            assert!(!inside.contains("<script") && !inside.contains("</textarea>🦊"), "{inside}");
        }
    }
    server.stop().await;
}

async fn a_link_that_is_used_by_a_program_is_slowed_down(db: &Database) {
    let server = Server::start_with(db, &settings("")).await;
    let partner = server.partner("acme").await;
    let id = server.file(&partner, "BP-1").await;
    let path = participants(&id);
    let mut refused = None;
    for _ in 0..400 {
        let page = get(&server, &path).await;
        if page.status != 200 {
            refused = Some(page);
            break;
        }
    }
    says(&refused.unwrap(), 429, &["Too many requests"]);
    assert_eq!(get(&server, &link(&id, Side::BusinessPartner, "acme", 0)).await.status, 200, "others are not slowed");
    server.stop().await;
}

async fn a_link_never_stands_in_a_log(db: &Database) {
    let bearer = bearer(db).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = settings("[log]\nlevel = \"debug\"");
    let mut server = Binary::start(db, directory.path(), &settings);
    let (client, base) = (client(), server.base.clone());
    let filed = client.post(format!("{base}/v1/esrs")).bearer_auth(bearer).json(&esr("BP-1")).send().await.unwrap();
    let filed: Value = filed.json().await.unwrap();
    let id = filed["id"].as_str().unwrap();
    let until = pointsman::clock::Clock::system().now() + SignedDuration::from_hours(1);
    let secret = token(id, Side::BusinessPartner, "acme", 0, until);
    let page = client.get(format!("{base}/c/{secret}")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    for (act, status) in [("", 409), ("/update", 422), ("/contest", 422), ("/files/att_1", 404), ("/nothing", 404)] {
        let url = format!("{base}/c/{secret}{act}");
        let request = if status == 404 { client.get(&url) } else { client.post(&url).body("number=1") };
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{act}");
    }
    server.signal("-TERM");
    server.ended().await;
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert!(log.contains("/c/{token}"), "{log}");
    assert!(!log.contains(&secret) && !log.contains(&secret[..20]), "{log}");
}
