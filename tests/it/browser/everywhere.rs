//! Every page of everybody, in the demo's data: whole, readable and quiet, in each width and both themes.

use serde_json::{Value, json};

use super::people::House;
use super::walk::walk;
use crate::demo::Demo;

/// Everybody of the demo with their password.
fn people(demo: &Demo, only: &[&str]) -> Value {
    only.iter().map(|login| ((*login).to_owned(), json!({ "password": demo.password() }))).collect()
}

async fn every_page_of(who: &'static [&'static str]) {
    let demo = tokio::task::spawn_blocking(|| Demo::start(&[])).await.unwrap();
    // One endpoint stands still: what is to be done about it has to be seen, too.
    let off = format!("{}/v1/endpoints/ale-tickets/disable", demo.server());
    // Servers of tests install it when they start; this one is a process of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(off).bearer_auth(demo.key("Support Desk")).json(&json!({ "reason": "its upgrade" }));
    assert!(request.send().await.unwrap().status().is_success());
    let told = json!({ "base": demo.server(), "people": people(&demo, who), "who": who });
    walk("every_page.mjs", told).await;
    demo.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_those_who_work_here_is_whole_in_each_width_and_both_themes() {
    every_page_of(&["lead", "operator", "editor", "auditor", "agent"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_those_outside_is_whole_in_each_width_and_both_themes() {
    every_page_of(&["partner", "participant"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_for_strangers_and_pages_that_say_no_are_whole_too() {
    let house = House::new(vec![]).await;
    let id = house.file("BP-1", json!({})).await;
    let link = house.link(&id);
    let page = |who: Option<&str>, path: &str, status: u16, says: &str| json!({ "who": who, "path": path, "status": status, "says": says });
    let pages = [
        page(None, "/login", 200, "Sign in"),
        page(None, &link, 200, "ticket"),
        page(None, &format!("{link}?lang=fr"), 200, "ticket"),
        page(None, "/c/nonsense", 404, "not valid"),
        page(Some("agent"), "/esrs/esr_none", 404, "Not found"),
        page(Some("agent"), "/registry/participants/nobody", 404, "Not found"),
        page(Some("partner"), "/people", 403, "Not for"),
        page(Some("partner"), &format!("/my/{id}"), 200, "Hotelia"),
    ];
    house.walk("strangers.mjs", json!({ "pages": pages })).await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queue_search_and_esr_pages_weigh_less_than_100_kilobytes() {
    let house = House::new(vec![]).await;
    let mut last = String::new();
    for number in 0..60 {
        last = house.file(&format!("BP-2026-{number:05}"), json!({ "third_party.company": "Hotelai Systems" })).await;
    }
    house
        .walk("weight.mjs", json!({ "pages": ["/queue", "/queue?tab=all&q=bellevue", format!("/esrs/{last}")] }))
        .await;
    house.leave().await;
}
