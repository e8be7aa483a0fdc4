//! What attached traces say about the platform, and what kinds of file are taken.

use pointsman::cases::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Key, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_trace_that_names_another_release_is_shown_with_its_line_and_in_the_timeline,
    a_trace_that_agrees_or_names_nothing_adds_nothing_to_the_timeline,
    a_corrected_release_takes_the_disagreement_back,
    a_packet_capture_is_looked_through_too,
    only_listed_kinds_are_taken_and_never_a_program,
    what_the_participant_attaches_counts_as_a_trace_of_its_analysis,
    a_trace_that_came_before_the_case_number_counts_when_the_number_comes,
    traces_that_are_sent_at_once_all_count,
);

const OLD: &str =
    "INVITE sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nUser-Agent: OmniPCX Enterprise R100.0 n1.291.16\r\n";
const OWN: &str = "SIP/2.0 200 OK\r\nServer: OmniPCX Enterprise R101.1 n4.521.3\r\n";

async fn send(server: &Server, key: &Key, case: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    let request = server.request(Method::POST, &format!("{case}/attachments?name={name}")).bearer_auth(&key.bearer);
    Answer::to(request.body(bytes.into())).await
}

fn kinds(case: &Value) -> Vec<&str> {
    case["timeline"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

async fn a_trace_that_names_another_release_is_shown_with_its_line_and_in_the_timeline(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let stored = send(&server, &acme, &case, "sip.txt", OLD).await;
    assert_eq!(stored.status, 201, "{:#}", stored.body);
    let banner = &stored.body["banner"];
    assert_eq!(banner["file"], "sip.txt");
    assert_eq!(banner["line"], 3);
    assert_eq!(banner["text"], "User-Agent: OmniPCX Enterprise R100.0 n1.291.16");
    assert_eq!(banner["names"], "R100.0");
    assert_eq!(banner["declared"], "R101.1 (N4.521.3)");
    assert_eq!(banner["verdict"], "disagrees");
    assert!(banner["sentence"].as_str().unwrap().contains("where the eSR declares R101.1"), "{banner:#}");

    let shown = server.get(&acme, &case).await.body;
    assert_eq!(shown["attachments"], json!([stored.body]));
    assert_eq!(kinds(&shown), ["filed", "decided", "attachment_added", "version_disagrees"]);
    let event = &shown["timeline"][3];
    assert_eq!(event["data"]["attachment"], stored.body["id"]);
    assert_eq!(event["data"]["banner"], *banner);
    assert_eq!(event["by"]["name"], "pointsman");
    assert_eq!(
        send(&server, &acme, &case, "sip.txt", OLD).await.body,
        stored.body,
        "the same file again says the same"
    );
    assert_eq!(kinds(&server.get(&acme, &case).await.body).len(), 4);
    server.stop().await;
}

async fn a_trace_that_agrees_or_names_nothing_adds_nothing_to_the_timeline(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    assert_eq!(send(&server, &acme, &case, "own.log", OWN).await.body["banner"]["verdict"], "agrees");
    assert_eq!(send(&server, &acme, &case, "none.log", "nothing here").await.body["banner"], Value::Null);
    assert_eq!(
        kinds(&server.get(&acme, &case).await.body),
        ["filed", "decided", "attachment_added", "attachment_added"]
    );
    server.stop().await;
}

async fn a_corrected_release_takes_the_disagreement_back(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    send(&server, &acme, &case, "sip.txt", OLD).await;
    let said = json!({"platform": {"release": "R100", "patch": null}});
    let shown = server.post(&acme, &format!("{case}/updates"), &said).await.body;
    assert_eq!(shown["attachments"][0]["banner"]["verdict"], "agrees", "{shown:#}");
    assert_eq!(kinds(&shown)[3], "version_disagrees", "what was seen then stays in the timeline");
    server.stop().await;
}

async fn a_packet_capture_is_looked_through_too(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let mut capture = b"\xD4\xC3\xB2\xA1\x02\0\x04\0\0\0\0\0\0\0\0\0\xFF\xFF\0\0\x01\0\0\0".to_vec();
    capture.resize(300_000, 0x1F);
    capture.extend_from_slice(OLD.as_bytes());
    let banner = send(&server, &acme, &case, "sip.pcap", capture).await.body["banner"].take();
    assert_eq!((&banner["verdict"], &banner["line"]), (&json!("disagrees"), &Value::Null), "{banner:#}");
    assert_eq!(banner["byte"], 300_000 + OLD.find("User-Agent").unwrap());
    server.stop().await;
}

async fn only_listed_kinds_are_taken_and_never_a_program(db: &Database) {
    let server =
        Server::start_with(db, "[attachments]\ntypes = [\"application/octet-stream\", \".txt\", \".com\"]\n").await;
    let acme = server.partner("acme").await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    assert_eq!(send(&server, &acme, &case, "a.txt", "text").await.status, 201);
    let by_name = send(&server, &acme, &case, "a.pcap", "text").await;
    by_name.is_problem(415);
    assert!(by_name.body["detail"].as_str().unwrap().contains("attachments.types"), "{:#}", by_name.body);
    let program = send(&server, &acme, &case, "a.com", b"MZ\x90\0\x03\0\0\0".to_vec()).await;
    program.is_problem(415);
    assert!(program.body["detail"].as_str().unwrap().contains("a program for Windows"), "{:#}", program.body);
    let request = server.request(Method::POST, &format!("{case}/attachments?name=b.txt")).bearer_auth(&acme.bearer);
    Answer::to(request.header("content-type", "text/plain").body("x")).await.is_problem(415);
    assert_eq!(server.get(&acme, &case).await.body["attachments"].as_array().unwrap().len(), 1);
    server.stop().await;
}

async fn what_the_participant_attaches_counts_as_a_trace_of_its_analysis(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let updates = format!("{case}/updates");
    let shown_fault = json!({"participant_case": {"number": "HT-1", "conclusion": "ale_fault_shown"}});

    send(&server, &acme, &case, "of-the-partner.log", OWN).await;
    let shown = server.post(&hotelia, &updates, &shown_fault).await.body;
    assert_eq!(shown["decision"]["stage"], "analysis_insufficient", "the partner's file is not the participant's");

    let stored = send(&server, &hotelia, &case, "sip.log", OWN).await;
    assert_eq!(stored.status, 201, "{:#}", stored.body);
    let shown = server.get(&acme, &case).await.body;
    assert_eq!(shown["decision"]["stage"], "ale_engaged", "{:#}", shown["decision"]);
    assert_eq!(shown["esr"]["participant_case"]["traces"], json!(["sip.log"]));
    let by = shown["timeline"].as_array().unwrap().iter().rfind(|event| event["kind"] == "updated").unwrap();
    assert_eq!(
        (&by["by"]["name"], &by["data"]["said"]),
        (&json!("Hotelia"), &json!({"participant_case": {"traces": ["sip.log"]}}))
    );

    let revision = shown["revision"].clone();
    assert_eq!(send(&server, &hotelia, &case, "sip.log", OWN).await.status, 200);
    assert_eq!(server.get(&acme, &case).await.body["revision"], revision, "the same file counts once");
    server.stop().await;
}

async fn a_trace_that_came_before_the_case_number_counts_when_the_number_comes(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let agent = server.agent().await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    send(&server, &agent, &case, "of-the-agent.log", OWN).await;
    let before = server.get(&acme, &case).await.body;
    assert_eq!(
        before["esr"]["participant_case"],
        Value::Null,
        "there is no participant's case that it could belong to"
    );
    send(&server, &hotelia, &case, "sip.log", OWN).await;
    assert_eq!(server.get(&acme, &case).await.body["decision"]["stage"], "participant_first");
    let said = json!({"participant_case": {"number": "HT-1", "conclusion": "ale_fault_shown"}});
    let shown = server.post(&hotelia, &format!("{case}/updates"), &said).await.body;
    assert_eq!(shown["decision"]["stage"], "ale_engaged", "{:#}", shown["decision"]);
    send(&server, &agent, &case, "by-telephone.log", OWN).await;
    let traces = server.get(&acme, &case).await.body["esr"]["participant_case"]["traces"].take();
    assert_eq!(traces, json!(["sip.log", "by-telephone.log"]));
    server.stop().await;
}

async fn traces_that_are_sent_at_once_all_count(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let case = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let names: Vec<String> = (0..6).map(|n| format!("{n}.log")).collect();
    let sent = names.iter().map(|name| send(&server, &hotelia, &case, name, OWN));
    assert!(futures_util::future::join_all(sent).await.iter().all(|answer| answer.status == 201));
    let mut traces = server.get(&acme, &case).await.body["esr"]["participant_case"]["traces"].take();
    traces.as_array_mut().unwrap().sort_by_key(|name| name.as_str().unwrap().to_owned());
    assert_eq!(traces, json!(names));
    server.stop().await;
}
