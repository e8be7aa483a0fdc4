//! What anybody outside may write, or let a registry or a system write, stands on pages as text, and breaks none.

use axum::http::StatusCode;
use pointsman::access::Role;
use pointsman::cases::Role as KeyRole;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use super::people::House;
use crate::delivery::endpoint;

/// Texts that would hurt where text is taken for something else.
fn texts() -> Vec<String> {
    vec![
        "<script>window.hurt=1</script><x-made onclick=\"window.hurt=1\">a</x-made>".to_owned(),
        "\"'><img src=x onerror=\"window.hurt=1\"><x-made>".to_owned(),
        "</textarea></title></style></script><x-made></x-made><svg onload=\"window.hurt=1\">".to_owned(),
        "\u{202e}drawkcab \u{2067}\u{200f} tfel \u{2066}<x-made>".to_owned(),
        "W".repeat(5_000),
        "🧨👩\u{200d}👩\u{200d}👧\u{200d}👦🏳\u{fe0f}\u{200d}🌈".repeat(300),
        "null undefined NaN {{7*7}} {%raw%} ${7*7} %00 \\0 &lt;x-made&gt; &#0; ]]>".to_owned(),
        "javascript:window.hurt=1//' OR 1=1; --".to_owned(),
    ]
}

/// Its first characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn hostile_esr(number: usize, text: &str) -> Value {
    let name = cut(text, 300);
    json!({
        "reference": format!("{}.", cut(&format!("H{number} {text}"), 190)), "phase": "production", "severity": 1, "summary": cut(text, 1_000),
        "description": text, "customer": { "name": name, "site": name, "country": name },
        "platform": { "product": "OXE", "release": "R101.1", "patch": name },
        "third_party": { "company": cut(&format!("P{number} {text}"), 300), "solution": cut(&format!("S{number} {text}"), 300), "release": "8.2" },
        "feature": name, "system_access": true,
        "participant_case": { "number": name, "conclusion": "inconclusive", "findings": text, "traces": [cut(text, 500)] },
    })
}

/// The sample registry with a company, a product and a report for each of the texts.
fn hostile_registry() -> Value {
    let mut registry: Value = serde_json::from_str(include_str!("../../../fixtures/registry.json")).unwrap();
    for (number, text) in texts().iter().enumerate() {
        let (company, solution) = (format!("p{number}"), format!("s{number}"));
        let mut add = |kind: &str, entry: Value| registry[kind].as_array_mut().unwrap().push(entry);
        let name = |prefix: &str| cut(&format!("{prefix}{number} {text}"), 300);
        add(
            "participants",
            json!({
                "id": company, "name": name("P"), "aliases": [name("PA")], "membership": "qualified", "profiles": [cut(text, 300)],
                "region": "europe", "joined_on": "2019-03-01",
                "hotline": { "email": "a@b.example", "phone": cut(text, 300), "url": null, "hours": cut(text, 300), "process": text },
                "assistance_tickets": 5, "accreditations": [{ "api": "x", "name": name("API"), "granted_on": "2025-06-01", "expires_on": "2027-06-01" }],
            }),
        );
        add(
            "solutions",
            json!({
                "id": solution, "participant": company, "name": name("S"), "aliases": [name("SA")], "kind": cut(text, 300),
                "releases": [{ "release": "8.2" }],
            }),
        );
        add(
            "reports",
            json!({
                "id": format!("H-{number}"), "edition": 1, "solution": solution, "solution_releases": ["8.2"], "platform": "oxe",
                "platform_releases": ["R101"], "verdict": "passed", "published_on": "2025-03-14",
                "scope": [{ "id": "wake", "name": name("F"), "aliases": [], "result": "ok" }],
                "limitations": [{ "id": "L1", "feature": "wake", "text": text }], "escalation": text,
            }),
        );
    }
    registry
}

/// A receiver that refuses everything with a hostile answer: its address.
async fn receiver() -> String {
    let answer = async || (StatusCode::BAD_REQUEST, texts().concat());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await.unwrap() });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_in_every_field_shows_as_text_and_breaks_no_page() {
    let url = receiver().await;
    let mut house = House::new(vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &url)]).await;
    house.with_password("eve", &cut(&texts().concat(), 300), &[Role::Lead, Role::Operator, Role::RegistryEditor]).await;
    house.outside("mallory", &cut(&texts()[0..4].concat(), 300)).await;
    let agent = house.server.agent().await;
    let registry = house.server.post(&agent, "/v1/registry", &hostile_registry()).await;
    assert_eq!(registry.status, 200, "{:#}", registry.body);
    let participant = house.server.key(KeyRole::Participant, "Hotelia Systems", Some("hotelia")).await;
    let mut links = Vec::new();
    for (number, text) in texts().iter().enumerate() {
        let filed = house.server.post(&house.acme, "/v1/esrs", &hostile_esr(number, text)).await;
        assert_eq!(filed.status, 201, "{:#}", filed.body);
        // And one that reaches a participant, which answers in kind.
        let reaches = json!({ "summary": cut(text, 1_000), "description": text });
        let id = house.file(&format!("R{number}"), reaches).await;
        let case = json!({ "participant_case": { "number": cut(text, 200), "conclusion": "ale_fault_shown", "findings": text } });
        let said = house.server.post(&participant, &format!("/v1/esrs/{id}/updates"), &case).await;
        assert_eq!(said.status, 200, "{:#}", said.body);
        let reason = json!({ "route": "ale_support", "reason": cut(text, 4_000) });
        for act in ["contest", "override"] {
            let key = if act == "contest" { &participant } else { &agent };
            let done = house
                .server
                .post(
                    key,
                    &format!("/v1/esrs/{id}/{act}"),
                    &if act == "contest" { json!({ "reason": cut(text, 4_000) }) } else { reason.clone() },
                )
                .await;
            assert!(done.status.is_success(), "{act}: {:#}", done.body);
        }
        links.push(house.link(&id));
    }
    let asked = house.file("R-OPEN", json!({})).await;
    house
        .walk("hostile.mjs", json!({ "texts": texts(), "links": links, "asked": house.link(&asked), "case": asked }))
        .await;
    house.leave().await;
}
