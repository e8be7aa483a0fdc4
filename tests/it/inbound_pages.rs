//! The pages of what came in: what waits, what is in it, applying it and putting it aside; letters that came back.

use pointsman::access::Role;
use pointsman::store::{Channel, DeliveryFilter, InboundState, NewInbound, Raw, Settled};
use pointsman::triage::outcome::Side;
use reqwest::Method;

use crate::connector_pages::Site;
use crate::mail_in::case::Case;
use crate::server::esr;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    what_waits_is_listed_with_its_reason_and_applied_to_its_case,
    a_callback_without_a_case_is_applied_to_the_one_that_is_named,
    what_is_put_aside_says_why_and_stays_in_the_log,
    a_letter_that_came_back_is_shown_at_its_delivery,
    who_works_no_cases_reads_and_settles_nothing,
    hostile_mail_is_shown_as_text,
);

/// A case that waits for the participant, and somebody signed in beside it.
struct Desk {
    site: Site,
    id: String,
}

impl Desk {
    /// A mail about the case comes in: its id.
    async fn received(db: &Database, mails: &[&str]) -> (Self, Vec<String>) {
        let case = Case::filed(db).await;
        let mut ids = Vec::new();
        for name in mails {
            ids.push(case.receive(name).await.id);
        }
        let id = case.id.clone();
        (Self { site: Site::of(case.server, &[Role::Agent]).await, id }, ids)
    }

    /// A callback that waits for an agent.
    async fn callback(&self, id: &str, actor: &str, summary: &str, raw: &str) {
        let (store, at) = (&self.site.server.store, self.site.server.app.clock.now());
        let new = NewInbound {
            id: id.to_owned(),
            channel: Channel::Hook,
            source: "hotelia-hooks".to_owned(),
            dedupe_key: id.to_owned(),
            received_at: at,
            actor: actor.to_owned(),
            summary: summary.to_owned(),
            raw: Raw::Text(raw.to_owned()),
        };
        store.add_inbound(new).await.unwrap();
        let (state, reason) = (InboundState::Held, Some(format!("It names no case: {summary}")));
        let held = Settled { id: id.to_owned(), state, reason, esr_id: None, delivery_id: None, by: None, at };
        assert!(store.settle_inbound(held).await.unwrap());
    }
}

async fn what_waits_is_listed_with_its_reason_and_applied_to_its_case(db: &Database) {
    let (desk, ids) = Desk::received(db, &["forged_by_a_stranger", "gmail_case_number"]).await;
    let (site, held) = (&desk.site, &ids[0]);
    let list = site.get("/inbound").await;
    list.is(200).has(&format!("href=\"/inbound/{held}\"")).has("is not an address of hotelia").lacks(&ids[1]);
    list.has("1<span class=\"unseen\"> held</span>");
    site.get("/inbound?state=applied").await.has(&ids[1]).lacks(held);
    let of_case = site.get(&format!("/inbound?esr={}", desk.id)).await;
    of_case.is(200).has(held).has(&ids[1]).has("BP-2026-00417");
    site.get("/inbound?esr=esr_none").await.is(404);

    let one = site.get(&format!("/inbound/{held}")).await;
    one.is(200).has("is not an address of hotelia").has("What it says").has(&format!("value=\"{}\"", desk.id));
    let applied =
        site.post(&format!("/inbound/{held}/apply"), &[("esr", "BP-2026-00417"), ("side", "participant")]).await;
    applied.is(200).has("Applied to BP-2026-00417");
    assert_eq!(applied.to, format!("/esrs/{}", desk.id));
    site.get("/inbound").await.has("Nothing waits for an agent");
    let settled = site.get(&format!("/inbound/{held}")).await;
    settled.has("applied").lacks("/apply").has("Somebody");
    site.post(&format!("/inbound/{held}/apply"), &[("esr", &desk.id)]).await.is(409);
    site.get("/inbound/inb_none").await.is(404);
    assert!(desk.site.server.stop().await);
}

async fn a_callback_without_a_case_is_applied_to_the_one_that_is_named(db: &Database) {
    let (desk, _) = Desk::received(db, &[]).await;
    let site = &desk.site;
    desk.callback(
        "inb_call",
        "hotelia-hooks",
        "case.updated",
        "{\"type\":\"case.updated\",\"data\":{\"number\":\"HT-1\"}}",
    )
    .await;
    site.get("/inbound/inb_call").await.is(200).has("Callback from").has("&#34;number&#34;: &#34;HT-1&#34;");
    site.post("/inbound/inb_call/apply", &[]).await.is(422).has("Say which eSR it belongs to").has("id=\"esr-wrong\"");
    let none = site.post("/inbound/inb_call/apply", &[("esr", "zzz-nothing")]).await;
    none.is(422).has("There is no eSR of this reference or id").has("value=\"zzz-nothing\"");
    // Another filer has the same reference.
    let other = site.server.partner("other").await;
    let second =
        site.server.post(&other, "/v1/esrs", &esr("BP-2026-00417")).await.body["id"].as_str().unwrap().to_owned();
    let several = site.post("/inbound/inb_call/apply", &[("esr", "BP-2026-00417")]).await;
    several.is(422).has("Choose one of these").has(&desk.id).has(&second);
    let applied = site.post("/inbound/inb_call/apply", &[("esr", &second)]).await;
    assert_eq!(applied.is(200).to, format!("/esrs/{second}"));
    assert!(desk.site.server.stop().await);
}

async fn what_is_put_aside_says_why_and_stays_in_the_log(db: &Database) {
    let (mut desk, ids) = Desk::received(db, &["forged_by_a_stranger"]).await;
    let path = format!("/inbound/{}/dismiss", ids[0]);
    desk.site.post(&path, &[("reason", " ")]).await.is(422).has("id=\"reason-wrong\"");
    let aside = desk.site.post(&path, &[("reason", "a stranger")]).await;
    aside.is(200).has("Put aside.");
    assert_eq!(aside.to, "/inbound");
    desk.site.get("/inbound?state=ignored").await.has(&ids[0]).has("a stranger");
    desk.site.post(&path, &[("reason", "again")]).await.is(409);
    desk.site.other(&[Role::Lead]).await;
    desk.site.get("/audit").await.has("Answer dismissed");
    assert!(desk.site.server.stop().await);
}

async fn a_letter_that_came_back_is_shown_at_its_delivery(db: &Database) {
    let (desk, ids) = Desk::received(db, &["bounce_user_unknown", "bounce_delayed"]).await;
    let site = &desk.site;
    let filter =
        DeliveryFilter { esr_id: Some(desk.id.clone()), side: Some(Side::Participant), ..DeliveryFilter::default() };
    let told = site.server.store.deliveries(&filter, None, 10).await.unwrap().items.remove(0);
    let report = site.get(&format!("/inbound/{}", ids[0])).await;
    report.is(200).has("A letter of ours came back").has("5.1.1").has(&format!("href=\"/deliveries/{}\"", told.id));
    let delivery = site.get(&format!("/deliveries/{}", told.id)).await;
    delivery.has("It came back.").has(&format!("href=\"/inbound/{}\"", ids[0]));
    delivery.lacks(&format!("href=\"/inbound/{}\"", ids[1]));
    site.get(&format!("/esrs/{}", desk.id)).await.has("came back").has(&format!("href=\"/inbound/{}\"", ids[0]));
    site.get("/deliveries?state=all").await.has("came back").has(&format!("href=\"/inbound/{}\"", ids[0]));
    assert!(desk.site.server.stop().await);
}

async fn who_works_no_cases_reads_and_settles_nothing(db: &Database) {
    let (mut desk, ids) = Desk::received(db, &["forged_by_a_stranger"]).await;
    let id = &ids[0];
    for role in [Role::Operator, Role::Auditor, Role::RegistryEditor] {
        desk.site.other(&[role]).await;
        desk.site.get("/inbound").await.is(200).has(id);
        desk.site.get(&format!("/inbound/{id}")).await.is(200).lacks(&format!("/inbound/{id}/apply"));
        desk.site.post(&format!("/inbound/{id}/apply"), &[("esr", &desk.id)]).await.is(403);
        desk.site.post(&format!("/inbound/{id}/dismiss"), &[("reason", "x")]).await.is(403);
    }
    let server = &desk.site.server;
    let hotelia = server.signed_in(&[Role::Participant], Some("Hotelia Systems"), Some("hotelia")).await;
    for path in ["/inbound".to_owned(), format!("/inbound/{id}")] {
        let asked = server.request(Method::GET, &path).header("cookie", &hotelia).send().await.unwrap();
        assert_eq!(asked.status(), 403, "{path}");
    }
    let kept = server.store.inbound(id).await.unwrap().unwrap();
    assert_eq!(kept.state, InboundState::Held);
    assert!(desk.site.server.stop().await);
}

async fn hostile_mail_is_shown_as_text(db: &Database) {
    let (desk, _) = Desk::received(db, &[]).await;
    let site = &desk.site;
    let script = "<script>alert(1)</script>";
    let mail = format!(
        "From: \"{script}\" <evil@evil.example>\r\nSubject: {script} \u{202e}live {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=xx\r\n\r\n--xx\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{script}\r\n\
         <img src=x onerror=alert(1)>\r\n--xx\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Disposition: attachment; filename=\"<img src=x>.html\"\r\n\r\n<b>x</b>\r\n--xx--\r\n",
        "x".repeat(300)
    );
    let id = pointsman::mail::inbound::receive(&site.server.app, mail.as_bytes()).await.unwrap().id;
    let raw = format!("{{\"type\": \"{script}\", \"x\": \"{}\"}}", "y".repeat(5_000));
    desk.callback("inb_evil", script, script, &raw).await;
    for path in ["/inbound".to_owned(), format!("/inbound/{id}"), "/inbound/inb_evil".to_owned()] {
        let page = site.get(&path).await;
        page.is(200).lacks(script).lacks("<img src=x").has("&#60;script&#62;alert(1)");
    }
    let typed = site.post("/inbound/inb_evil/apply", &[("esr", "\"><img src=x>")]).await;
    typed.is(422).lacks("<img src=x>");
    assert!(desk.site.server.stop().await);
}
