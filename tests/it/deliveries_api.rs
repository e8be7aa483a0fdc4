//! The delivery log over HTTP: who was told what, when, did it arrive; and sending again.

use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::notify::endpoint::EndpointState;
use pointsman::store::EndpointSwitch;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, endpoint, server, settled};
use crate::server::{NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    an_agent_reads_at_a_glance_who_was_told_what_and_whether_it_arrived,
    a_delivery_shows_each_try_and_the_message,
    the_log_is_paged_and_filtered_and_every_wrong_parameter_is_named,
    a_dead_delivery_is_sent_again_under_the_same_id,
    what_is_under_way_or_goes_to_a_disabled_endpoint_is_not_replayed,
    what_had_no_channel_is_sent_once_there_is_one,
    a_time_range_is_replayed_whatever_was_tried_before,
    the_summary_counts_by_endpoint_and_names_who_is_held_up,
    only_agents_see_deliveries,
);

/// The one item of the page.
#[track_caller]
fn only(page: &Value) -> &Value {
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page:#}");
    &page["items"][0]
}

async fn an_agent_reads_at_a_glance_who_was_told_what_and_whether_it_arrived(db: &Database) {
    let sink = Sink::start().await;
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let id = server.file(&acme, "BP-1").await;
    settled(&server.store).await;
    let told = server.get(&agent, "/v1/deliveries?reference=BP-1&side=business_partner").await.body;
    let told = only(&told);
    let summary = told["summary"].as_str().unwrap();
    let begins = "acme (business_partner), esr.decided as decided through `acme`: arrived 2026-11-22T09:0";
    assert!(summary.starts_with(begins) && summary.ends_with("Z, 1 try."), "{summary}");
    assert_eq!(
        (&told["state"], &told["connector"], &told["esr"]),
        (&json!("delivered"), &json!("webhook"), &json!(id))
    );
    assert!(told["delivered_at"].as_str().unwrap() >= told["created_at"].as_str().unwrap());
    let missed = server.get(&agent, "/v1/deliveries?party=hotelia").await.body;
    assert_eq!(
        only(&missed)["summary"],
        "Hotelia Systems (participant), esr.escalated as escalated: was not sent. No channel to this side is known: give it \
         an endpoint, then replay."
    );
    // The same beside the case, for the agent and nobody else.
    let case = server.get(&agent, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(case["numbers"], json!([{"side": "business_partner", "name": "acme", "number": "BP-1"}]));
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!((case.get("deliveries"), case["numbers"].as_array().map(Vec::len)), (None, Some(1)));
    let of_case = server.get(&agent, &format!("/v1/esrs/{id}/deliveries?limit=1")).await.body;
    assert!(only(&of_case)["esr"] == id && of_case["next"].is_string());
    assert!(server.stop().await);
}

async fn a_delivery_shows_each_try_and_the_message(db: &Database) {
    let sink = Sink::start().await;
    sink.answers([503]);
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.file(&acme, "BP-1").await;
    settled(&server.store).await;
    let id = only(&server.get(&agent, "/v1/deliveries?endpoint=acme").await.body)["id"].as_str().unwrap().to_owned();
    let shown = server.get(&agent, &format!("/v1/deliveries/{id}")).await.body;
    let tries: Vec<_> = shown["tries"].as_array().unwrap().iter().map(|t| (&t["status"], &t["outcome"])).collect();
    assert_eq!(tries, [(&json!(503), &json!("server_error")), (&json!(200), &json!("delivered"))]);
    assert_eq!(shown["tries"][0]["because"], "The other side has a fault of its own.");
    assert_eq!(shown["tries"][1]["answer"], "thank you");
    assert!(shown["tries"][1]["took_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(shown["payload"], sink.calls()[1].json());
    assert_eq!(shown["message"], sink.calls()[1].header("webhook-id"));
    server.get(&agent, "/v1/deliveries/dlv_none").await.is_problem(404);
    assert!(server.stop().await);
}

async fn the_log_is_paged_and_filtered_and_every_wrong_parameter_is_named(db: &Database) {
    let server = Server::start_at(db.store().await, SETTINGS, Clock::running_from(NOW.parse().unwrap())).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    for n in 0..5 {
        server.file(&acme, &format!("BP-{n}")).await;
    }
    let (mut path, mut seen) = ("/v1/deliveries?limit=3".to_owned(), Vec::new());
    loop {
        let page = server.get(&agent, &path).await.body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/deliveries?limit=3&after={next}");
    }
    assert_eq!(seen.len(), 10, "two sides of each");
    seen.dedup();
    assert_eq!(seen.len(), 10);
    let count = async |query: &str| {
        server.get(&agent, &format!("/v1/deliveries?{query}")).await.body["items"].as_array().unwrap().len()
    };
    assert_eq!(count("state=unaddressed&side=participant").await, 5);
    assert_eq!(count("before=2026-11-22T09:00:00Z").await, 0);
    assert_eq!(count("since=2026-11-22T09:00:00Z&endpoint=email").await, 0);
    assert_eq!(count("esr=esr_none").await, 0);
    let wrong =
        server.get(&agent, "/v1/deliveries?state=lost&side=filer&since=now&endpoint=nobody&limit=0&sate=x").await;
    wrong.is_problem(400);
    let mut paths = wrong.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["endpoint", "limit", "sate", "side", "since", "state"]);
    server.get(&agent, "/v1/deliveries?after=nonsense").await.is_problem(400);
    assert!(server.stop().await);
}

async fn a_dead_delivery_is_sent_again_under_the_same_id(db: &Database) {
    let sink = Sink::start().await;
    let mut refuses = endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url);
    refuses.settings["url"] = json!("ftp://nowhere");
    let server = server(db, vec![refuses.clone()]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.file(&acme, "BP-1").await;
    settled(&server.store).await;
    let dead = server.get(&agent, "/v1/deliveries?state=dead").await.body;
    let dead = only(&dead);
    assert!(
        dead["summary"].as_str().unwrap().contains("did not arrive: The message cannot be put together"),
        "{dead:#}"
    );
    refuses.settings["url"] = json!(sink.url);
    server.store.put_endpoint(refuses).await.unwrap();
    server.app.refresh_directory().await.unwrap();
    let path = format!("/v1/deliveries/{}/replay", dead["id"].as_str().unwrap());
    let again = server.post(&agent, &path, &json!({})).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (202, &dead["id"]));
    assert_eq!(sink.next().await.header("webhook-id"), dead["message"].as_str().unwrap());
    settled(&server.store).await;
    let shown = server.get(&agent, &format!("/v1/deliveries/{}", dead["id"].as_str().unwrap())).await.body;
    assert_eq!((&shown["state"], &shown["attempts"], &shown["reason"]), (&json!("delivered"), &json!(2), &Value::Null));
    // What arrived is sent once more when somebody wants it, under the same id.
    assert_eq!(server.post(&agent, &path, &json!({})).await.status, 202);
    assert_eq!(sink.next().await.header("webhook-id"), dead["message"].as_str().unwrap());
    assert!(server.stop().await);
}

async fn what_is_under_way_or_goes_to_a_disabled_endpoint_is_not_replayed(db: &Database) {
    let sink = Sink::start().await;
    sink.stalls(std::time::Duration::from_millis(900));
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.file(&acme, "BP-1").await;
    sink.next().await;
    let pending = server.get(&agent, "/v1/deliveries?state=pending").await.body;
    assert_eq!((&only(&pending)["under_way"], &only(&pending)["next_try_at"]), (&json!(true), &Value::Null));
    let path = format!("/v1/deliveries/{}/replay", only(&pending)["id"].as_str().unwrap());
    let refused = server.post(&agent, &path, &json!({})).await;
    refused.is_problem(409);
    assert!(refused.body["detail"].as_str().unwrap().contains("sending this delivery just now"));
    settled(&server.store).await;
    let id = "end_acme".to_owned();
    let at = server.app.clock.now();
    server
        .store
        .switch_endpoint(EndpointSwitch { id, state: EndpointState::Disabled, reason: None, at, tell: None })
        .await
        .unwrap();
    for (path, body) in
        [(path.as_str(), json!({})), ("/v1/deliveries/replay", json!({"since": NOW, "endpoint": "acme"}))]
    {
        let refused = server.post(&agent, path, &body).await;
        refused.is_problem(409);
        assert!(refused.body["detail"].as_str().unwrap().contains("/v1/endpoints/acme/enable"), "{:#}", refused.body);
    }
    server.post(&agent, "/v1/deliveries/dlv_none/replay", &json!({})).await.is_problem(404);
    assert!(server.stop().await);
}

async fn what_had_no_channel_is_sent_once_there_is_one(db: &Database) {
    let server = server(db, vec![]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.file(&acme, "BP-1").await;
    let missed = server.get(&agent, "/v1/deliveries?party=hotelia").await.body;
    let path = format!("/v1/deliveries/{}/replay", only(&missed)["id"].as_str().unwrap());
    let refused = server.post(&agent, &path, &json!({})).await;
    refused.is_problem(409);
    assert!(refused.body["detail"].as_str().unwrap().contains("no channel to hotelia (participant)"));
    let sink = Sink::start().await;
    let hotelia = endpoint("hotelia", Side::Participant, Some("hotelia"), &sink.url);
    server.store.put_endpoint(hotelia).await.unwrap();
    server.app.refresh_directory().await.unwrap();
    let again = server.post(&agent, &path, &json!({})).await;
    assert_eq!((again.status.as_u16(), &again.body["endpoint"]), (202, &json!("hotelia")));
    assert_eq!(sink.next().await.json()["type"], "esr.escalated");
    settled(&server.store).await;
    assert!(server.stop().await);
}

async fn a_time_range_is_replayed_whatever_was_tried_before(db: &Database) {
    let (sink, theirs) = (Sink::start().await, Sink::start().await);
    sink.answers([410]);
    let server = server(db, vec![endpoint("acme", Side::BusinessPartner, Some("acme"), &sink.url)]).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.file(&acme, "BP-0").await;
    sink.next().await;
    settled(&server.store).await;
    for n in 1..4 {
        server.file(&acme, &format!("BP-{n}")).await;
    }
    let hotelia = endpoint("hotelia", Side::Participant, Some("hotelia"), &theirs.url);
    server.store.put_endpoint(hotelia).await.unwrap();
    let (id, at) = ("end_acme".to_owned(), server.app.clock.now());
    server
        .store
        .switch_endpoint(EndpointSwitch { id, state: EndpointState::Enabled, reason: None, at, tell: None })
        .await
        .unwrap();
    server.app.refresh_directory().await.unwrap();
    let nothing = server.post(&agent, "/v1/deliveries/replay", &json!({"since": NOW, "before": NOW})).await;
    assert_eq!(nothing.body, json!({"replayed": 0, "still_unaddressed": 0}));
    let ours = server.post(&agent, "/v1/deliveries/replay", &json!({"since": NOW, "endpoint": "acme"})).await;
    assert_eq!((ours.status.as_u16(), &ours.body["replayed"]), (202, &json!(4)), "once tried, three never");
    settled(&server.store).await;
    assert_eq!(sink.calls().len(), 5);
    let rest = server.post(&agent, "/v1/deliveries/replay", &json!({"since": NOW})).await;
    assert_eq!(rest.body, json!({"replayed": 4, "still_unaddressed": 0}));
    settled(&server.store).await;
    assert_eq!((sink.calls().len(), theirs.calls().len()), (5, 4));
    let again = json!({"since": NOW, "endpoint": "hotelia", "state": "delivered"});
    assert_eq!(server.post(&agent, "/v1/deliveries/replay", &again).await.body["replayed"], 4);
    settled(&server.store).await;
    assert_eq!(theirs.calls().len(), 8);
    let wrong = json!({"sinse": NOW, "endpoint": "acmee", "state": ["dead", "lost"], "before": "noon"});
    let wrong = server.post(&agent, "/v1/deliveries/replay", &wrong).await;
    wrong.is_problem(422);
    let mut paths = wrong.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["before", "endpoint", "since", "sinse", "state"]);
    assert!(server.stop().await);
}

async fn the_summary_counts_by_endpoint_and_names_who_is_held_up(db: &Database) {
    let (well, ill) = (Sink::start().await, Sink::start().await);
    ill.answers([500; 40]);
    let endpoints = vec![
        endpoint("well", Side::BusinessPartner, Some("acme"), &well.url),
        endpoint("ill", Side::BusinessPartner, Some("acme"), &ill.url),
    ];
    let server = server(db, endpoints).await;
    let (acme, operator) = (server.partner("acme").await, server.key(Role::Operator, "ops", None).await);
    for n in 0..6 {
        server.file(&acme, &format!("BP-{n}")).await;
    }
    let mut body = Value::Null;
    for _ in 0..250 {
        body = server.get(&operator, "/v1/deliveries/summary").await.body;
        if body["held_up"] != json!([]) && body["total"]["delivered"] == 6 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(body["held_up"][0]["endpoint"], "ill", "{body:#}");
    assert_eq!(body["held_up"][0]["circuit"]["state"], "open");
    assert_eq!((&body["total"]["unaddressed"], &body["total"]["pending"]), (&json!(6), &json!(6)));
    let rows = body["endpoints"].as_array().unwrap();
    let row = |name: Value| rows.iter().find(|row| row["endpoint"] == name).unwrap();
    assert_eq!((&row(json!("well"))["delivered"], &row(json!("well"))["pending"]), (&json!(6), &json!(0)));
    assert_eq!((&row(json!("ill"))["pending"], &row(Value::Null)["unaddressed"]), (&json!(6), &json!(6)));
    assert!(row(json!("ill"))["oldest_pending"].is_string());
    let figures = server.get(&operator, "/metrics").await.body;
    let figures = figures.as_str().unwrap();
    assert!(figures.contains("pointsman_undelivered{state=\"pending\"}"), "{figures}");
    assert!(figures.contains("pointsman_oldest_pending_seconds"));
    let _ = server.stop().await;
}

async fn only_agents_see_deliveries(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    for path in
        ["/v1/deliveries", "/v1/deliveries/summary", "/v1/deliveries/dlv_1", &format!("/v1/esrs/{id}/deliveries")]
    {
        server.get(&acme, path).await.is_problem(403);
    }
    for path in ["/v1/deliveries/replay", "/v1/deliveries/dlv_1/replay"] {
        server.post(&acme, path, &json!({"since": NOW})).await.is_problem(403);
    }
    assert!(server.stop().await);
}
