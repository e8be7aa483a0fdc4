//! What people come for, each a walk from its beginning to its end, and what is stored then.

use pointsman::access::Role;
use pointsman::triage::outcome::Side;
use serde_json::json;

use super::people::House;
use crate::delivery::endpoint;
use crate::delivery::sink::Sink;
use crate::server::esr;

/// A company whose name is only near an entry: an agent has to look.
fn near() -> serde_json::Value {
    json!({ "third_party.company": "Hotelai Systems" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_files_by_form_and_an_agent_reads_why_it_went_there() {
    let house = House::new(vec![]).await;
    house.walk("file.mjs", json!({})).await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_overrides_with_a_reason_and_settles_a_near_name_for_good() {
    let house = House::new(vec![]).await;
    let sent = house.file("BP-1", json!({})).await;
    let misspelt = house.file("BP-2", near()).await;
    house.walk("agent.mjs", json!({ "sent": sent, "misspelt": misspelt })).await;
    let settled = house.server.store.esr(&misspelt).await.unwrap().unwrap();
    assert_eq!(settled.decision.route.as_str(), "joint_investigation");
    // The next one with that spelling needs nobody.
    let again = house.file("BP-3", near()).await;
    let again = house.server.store.esr(&again).await.unwrap().unwrap();
    assert_eq!(again.decision.route.as_str(), "joint_investigation", "the spelling is remembered");
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_participant_answers_on_a_phone_by_the_link_in_either_language() {
    let house = House::new(vec![]).await;
    let mut told = json!({});
    for language in ["en", "fr"] {
        let answered = house.file(&format!("BP-{language}-1"), json!({})).await;
        let contested = house.file(&format!("BP-{language}-2"), json!({})).await;
        told[language] = json!({ "answered": house.link(&answered), "contested": house.link(&contested) });
        told[language]["ids"] = json!([answered, contested]);
    }
    house.walk("participant.mjs", json!({ "links": told })).await;
    for language in ["en", "fr"] {
        let [answered, contested] = [0, 1].map(|at| told[language]["ids"][at].as_str().unwrap().to_owned());
        let answered = house.server.store.esr(&answered).await.unwrap().unwrap();
        assert_eq!(answered.decision.stage.as_str(), "ale_engaged", "{language}");
        assert_eq!(
            answered.body["participant_case"]["findings"], "The PBX drops the order: <wakeup room=\"12\">",
            "{language}"
        );
        let contested = house.server.store.esr(&contested).await.unwrap().unwrap();
        assert_eq!(contested.status.as_str(), "waiting_agent", "{language}");
    }
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_pages_follow_what_happens_and_nobody_loses_their_place() {
    let house = House::new(vec![]).await;
    for number in 0..40 {
        house.file(&format!("BP-{number}"), near()).await;
    }
    let watched = house.file("BP-W", json!({})).await;
    let mut told = json!({ "watched": watched, "link": house.link(&watched), "key": house.acme.bearer });
    told["esr"] = esr("BP-NEW");
    told["esr"]["third_party"]["company"] = json!("Hotelai Systems");
    told["esr"]["severity"] = json!(1);
    told["esr"]["summary"] = json!("The newest of all");
    house.walk("live.mjs", told).await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_does_a_nights_work_by_keyboard_alone() {
    let mut house = House::new(vec![]).await;
    house.with_password("noor", "Noor Haddad", &[Role::Lead]).await;
    for number in 0..5 {
        house.file(&format!("BP-{number}"), near()).await;
    }
    house.walk("keyboard.mjs", json!({})).await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_matters_is_done_without_scripts() {
    let sink = Sink::start().await;
    let mut acme = endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url);
    acme.settings["url"] = json!("ftp://nowhere");
    let mut house = House::new(vec![acme.clone()]).await;
    house.with_password("noor", "Noor Haddad", &[Role::Lead]).await;
    let dead = house.file("BP-DEAD", json!({})).await;
    let agent = house.server.agent().await;
    let path = format!("/v1/deliveries?esr={dead}&endpoint=acme");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while house.server.get(&agent, &path).await.body["items"][0]["state"] != "dead" {
        assert!(std::time::Instant::now() < deadline, "it is not given up");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    acme.settings["url"] = json!(sink.url);
    house.server.store.put_endpoint(acme).await.unwrap();
    house.server.app.refresh_directory().await.unwrap();
    let misspelt = house.file("BP-NEAR", near()).await;
    let answered = house.file("BP-ANSWER", json!({})).await;
    let told = json!({ "dead": dead, "misspelt": misspelt, "link": house.link(&answered) });
    house.walk("plain.mjs", told).await;
    let again = house.server.get(&agent, &path).await.body["items"][0]["message"].clone();
    assert!(sink.calls().iter().any(|call| call.header("webhook-id") == again), "it was sent again");
    assert_eq!(
        house.server.store.esr(&misspelt).await.unwrap().unwrap().decision.route.as_str(),
        "joint_investigation"
    );
    assert_eq!(house.server.store.esr(&answered).await.unwrap().unwrap().decision.stage.as_str(), "ale_engaged");
    house.leave().await;
}
