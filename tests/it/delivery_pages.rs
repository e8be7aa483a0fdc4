//! The pages of deliveries: what is in trouble, one with its tries, sending one, several or all again; who may.

use pointsman::access::Role;
use pointsman::clock::Clock;
use pointsman::notify::delivery::DeliveryState;
use pointsman::store::{Delivery, DeliveryFilter};
use pointsman::triage::outcome::Side;
use reqwest::Method;

use crate::connector_pages::Site;
use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, endpoint, settled};
use crate::server::{NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    what_did_not_arrive_comes_first_and_says_what_to_do,
    lists_are_narrowed_by_their_address_and_say_what_they_did_not_understand,
    one_delivery_shows_each_try_and_is_sent_again,
    several_and_all_are_sent_again_after_a_look,
    who_may_send_again_is_the_role_s_matter,
    hostile_references_are_shown_as_text,
);

/// A server with a webhook of acme's on a receiver, and an agent's lead signed in.
async fn started(db: &Database) -> (Sink, Site) {
    let sink = Sink::start().await;
    let server = Server::start_at(db.store().await, SETTINGS, Clock::running_from(NOW.parse().unwrap())).await;
    server.store.put_endpoint(endpoint("acme-hooks", Side::BusinessPartner, Some("acme"), &sink.url)).await.unwrap();
    server.app.refresh_directory().await.unwrap();
    (sink, Site::of(server, &[Role::Lead, Role::Operator]).await)
}

/// Files eSRs while the endpoint is disabled: what was not sent to it.
async fn missed(site: &Site, references: &[&str]) -> Vec<Delivery> {
    site.post("/connectors/acme-hooks/disable", &[("reason", "their upgrade")]).await.is(200);
    let acme = site.server.partner("acme").await;
    for reference in references {
        site.server.file(&acme, reference).await;
    }
    let filter = DeliveryFilter {
        endpoint_id: Some("end_acme-hooks".to_owned()),
        state: Some(DeliveryState::Dead),
        ..DeliveryFilter::default()
    };
    for _ in 0..100 {
        let found = site.server.store.deliveries(&filter, None, 50).await.unwrap().items;
        if found.len() >= references.len() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nothing was given up")
}

async fn what_did_not_arrive_comes_first_and_says_what_to_do(db: &Database) {
    let (_sink, site) = started(db).await;
    site.get("/deliveries").await.is(200).has("Nothing is in trouble");
    missed(&site, &["BP-1", "BP-2"]).await;
    let page = site.get("/deliveries").await;
    page.has("Where it stands still")
        .has("href=\"/connectors/acme-hooks\"")
        .has("2 did not arrive")
        .has("their upgrade");
    page.has("Enable acme-hooks").lacks("Send all again…");
    site.post("/connectors/acme-hooks/enable", &[]).await.is(200);
    site.get("/deliveries").await.has("Send all again…").has("BP-1").has("BP-2");
    assert!(site.server.stop().await);
}

async fn lists_are_narrowed_by_their_address_and_say_what_they_did_not_understand(db: &Database) {
    let (_sink, site) = started(db).await;
    missed(&site, &["BP-1", "BP-2"]).await;
    site.get("/deliveries?state=dead&reference=BP-1").await.has(">BP-1<").lacks(">BP-2<");
    site.get("/deliveries?state=dead&endpoint=acme-hooks&side=business_partner").await.has(">BP-1<").has(">BP-2<");
    site.get("/deliveries?state=dead&endpoint=nobody").await.has("was not understood").has("No message fits");
    site.get("/deliveries?state=moon&side=moon&since=moon").await.is(200).has("State").has("Side").has("From");
    site.get("/deliveries?state=dead&until=2020-01-01").await.has("No message fits");
    site.get("/deliveries?state=all&after=nonsense").await.is(400);
    assert!(site.server.stop().await);
}

async fn one_delivery_shows_each_try_and_is_sent_again(db: &Database) {
    let (sink, site) = started(db).await;
    let acme = site.server.partner("acme").await;
    sink.answers([500]);
    site.server.file(&acme, "BP-1").await;
    sink.next().await;
    sink.next().await;
    settled(&site.server.store).await;
    let filter = DeliveryFilter { endpoint_id: Some("end_acme-hooks".to_owned()), ..DeliveryFilter::default() };
    let told = site.server.store.deliveries(&filter, None, 10).await.unwrap().items.remove(0);
    let path = format!("/deliveries/{}", told.id);
    let page = site.get(&path).await;
    page.is(200)
        .has("server error")
        .has("taken")
        .has("500")
        .has("arrived")
        .has("The message")
        .has("It arrived already");
    let again = site.post(&format!("{path}/replay"), &[]).await;
    again.is(200).has("It will be sent again now.");
    assert_eq!(sink.next().await.header("webhook-id"), told.message_id, "a receiver knows it by its id");
    site.get("/deliveries/dlv_none").await.is(404);
    assert!(site.server.stop().await);
}

async fn several_and_all_are_sent_again_after_a_look(db: &Database) {
    let (sink, site) = started(db).await;
    let dead = missed(&site, &["BP-1", "BP-2", "BP-3"]).await;
    let ids: Vec<_> = dead.iter().take(2).map(|one| ("id", one.id.as_str())).collect();
    let query = format!("/deliveries/replay?state=dead&id={}&id={}", ids[0].1, ids[1].1);
    let stuck = site.get(&query).await;
    stuck.is(200).has("Nothing can be sent yet").has("is disabled: what goes there is left alone");
    stuck.has("action=\"/connectors/acme-hooks/enable\"").lacks("Send 2 again");
    // Ticked ones do not speak for all: others may go elsewhere.
    site.get(&format!("{query}&all=yes"))
        .await
        .has("messages again?")
        .has("is disabled: what goes there is left alone");
    let left = site.post("/deliveries/replay", &ids).await;
    left.has("2 left alone: the endpoint is disabled").has("class=\"note warn\" role=\"status\"");
    site.post("/connectors/acme-hooks/enable", &[]).await.is(200);
    site.get("/deliveries/replay?state=dead").await.has("Nothing was chosen");
    site.post("/deliveries/replay", &ids).await.has("2 messages are sent again now");
    for _ in 0..2 {
        sink.next().await;
    }
    let all = site.get("/deliveries/replay?state=dead&endpoint=acme-hooks&all=yes").await;
    all.is(200).has("Send 1 message again?").has("BP-");
    let before = all.between("name=\"before\" value=\"", "\"").to_owned();
    let form = [("state", "dead"), ("endpoint", "acme-hooks"), ("all", "yes"), ("before", before.as_str())];
    site.post("/deliveries/replay", &form).await.has("1 message is sent again now");
    sink.next().await;
    settled(&site.server.store).await;
    site.get("/deliveries/replay?state=dead&endpoint=acme-hooks&all=yes").await.has("Nothing to send again");
    site.get("/audit").await.has("Replayed many");
    assert!(site.server.stop().await);
}

async fn who_may_send_again_is_the_role_s_matter(db: &Database) {
    let (_sink, mut site) = started(db).await;
    let dead = missed(&site, &["BP-1", "BP-2"]).await;
    let one = format!("/deliveries/{}", dead[0].id);
    let ids: Vec<_> = dead.iter().map(|one| ("id", one.id.as_str())).collect();
    site.other(&[Role::Agent]).await;
    site.get(&one).await.is(200).has("Send again");
    site.get("/deliveries/replay?state=dead&all=yes").await.is(403);
    site.post("/deliveries/replay", &ids).await.is(403);
    site.post("/deliveries/replay", &[("state", "dead"), ("all", "yes")]).await.is(403);
    for role in [Role::Auditor, Role::RegistryEditor] {
        site.other(&[role]).await;
        site.get("/deliveries?state=dead").await.is(200).has("BP-1").lacks("Send the ticked ones");
        site.get(&one).await.is(200).lacks("Send again");
        site.post(&format!("{one}/replay"), &[]).await.is(403);
        site.post("/deliveries/replay", &ids[..1]).await.is(403);
    }
    let partner = site.server.signed_in(&[Role::BusinessPartner], Some("acme"), None).await;
    for path in ["/deliveries", one.as_str()] {
        let asked = site.server.request(Method::GET, path).header("cookie", &partner).send().await.unwrap();
        assert_eq!(asked.status(), 403, "{path}");
    }
    assert!(site.server.stop().await);
}

async fn hostile_references_are_shown_as_text(db: &Database) {
    let (_sink, site) = started(db).await;
    let hostile = "<script>alert(1)</script>\u{202e}\"'";
    let dead = missed(&site, &[hostile]).await;
    let paths = [
        "/deliveries".to_owned(),
        format!("/deliveries/{}", dead[0].id),
        "/deliveries/replay?state=dead&all=yes".to_owned(),
    ];
    for path in paths {
        site.get(&path).await.is(200).lacks("<script>alert").has("&#60;script&#62;alert(1)");
    }
    site.get("/deliveries?state=all&reference=%22%3E%3Cimg%20src%3Dx%3E").await.is(200).lacks("<img src=x>");
    assert!(site.server.stop().await);
}
