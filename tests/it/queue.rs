//! The queue's pages and their live events, as somebody of the service's own people uses them.

use std::time::Duration;

use futures_util::StreamExt as _;
use pointsman::access;
use pointsman::cases::Role;
use pointsman::store::{ChangeViews, Filter, Order, View};
use reqwest::Method;
use serde_json::json;

use crate::server::{Answer, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    each_tab_shows_what_waits_for_whom_with_a_link_to_it,
    filters_leave_what_fits_and_each_can_be_taken_away,
    pages_in_either_order_skip_and_repeat_nothing_while_esrs_arrive,
    an_empty_page_says_what_to_loosen,
    hostile_text_is_shown_as_text,
    open_pages_are_told_what_happens,
    a_view_is_its_owners_and_shared_ones_are_everybodys,
    several_esrs_are_exported_as_text_and_their_dead_messages_sent_again,
);

/// Somebody who may do everything that is done here.
async fn lead(server: &Server) -> String {
    server.signed_in(&[access::Role::Lead], None, None).await
}

async fn get(server: &Server, path: &str) -> Answer {
    Answer::to(server.request(Method::GET, path).header("cookie", lead(server).await)).await
}

async fn html(server: &Server, path: &str) -> String {
    let answer = get(server, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body.as_str().unwrap().to_owned()
}

/// The ids of the rows.
fn rows(html: &str) -> Vec<String> {
    html.split("<tr data-id=\"").skip(1).map(|row| row.split('"').next().unwrap().to_owned()).collect()
}

/// The address of the next page.
fn next(html: &str) -> Option<String> {
    let (before, _) = html.split_once("\" rel=\"next\"")?;
    Some(before.rsplit_once("href=\"")?.1.replace("&#38;", "&"))
}

async fn each_tab_shows_what_waits_for_whom_with_a_link_to_it(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let mut unknown = esr("BP-2");
    unknown["third_party"]["company"] = json!("Hotelai Systems");
    let answer = server.post(&acme, "/v1/esrs", &unknown).await;
    let other = answer.body["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.body["status"], "waiting_agent", "{:#}", answer.body);
    let agents = html(&server, "/queue").await;
    assert_eq!(rows(&agents), [other.as_str()]);
    assert!(agents.contains(&format!("<a href=\"/esrs/{other}\" data-row>")), "{agents}");
    assert!(agents.contains("Hotelai Systems") && agents.contains("BP-2") && agents.contains("acme"));
    assert_eq!(rows(&html(&server, "/queue?tab=all").await).len(), 2);
    assert_eq!(rows(&html(&server, "/queue?tab=closed").await).len(), 0);
    let all = server.store.esr(&id).await.unwrap().unwrap();
    let tab = all.status.as_str().strip_prefix("waiting_").unwrap().to_owned();
    assert!(rows(&html(&server, &format!("/queue?tab={tab}")).await).contains(&id));
    assert!(html(&server, "/queue?tab=mine").await.contains("is not known here and was left out"));
    server.stop().await;
}

async fn filters_leave_what_fits_and_each_can_be_taken_away(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let (acme, other) = (server.partner("acme").await, server.partner("other").await);
    let mut first = esr("BP-1");
    first["severity"] = json!(1);
    first["customer"] = json!({"name": "Auberge Étoilée", "site": "Dijon"});
    let answer = server.post(&acme, "/v1/esrs", &first).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let route = answer.body["decision"]["route"].as_str().unwrap().to_owned();
    server.file(&other, "OT-1").await;
    for filter in ["filer=acme", "severity=1", "q=etoil%20DIJON", "q=bp-1%20dijon"] {
        assert_eq!(rows(&html(&server, &format!("/queue?tab=all&{filter}")).await), [id.as_str()], "{filter}");
    }
    let me = lead(&server).await;
    let whole = Answer::to(server.request(Method::GET, "/queue?tab=all&q=bp-1").header("cookie", &me)).await;
    assert_eq!(whole.header("location"), format!("/esrs/{id}"), "a whole reference opens its eSR");
    for filter in
        [format!("route={route}"), "participant=hotelia".into(), "since=2026-11-22".into(), "before=2026-11-23".into()]
    {
        assert_eq!(rows(&html(&server, &format!("/queue?tab=all&{filter}")).await).len(), 2, "{filter}");
    }
    for filter in ["since=2026-11-23", "before=2026-11-22", "filer=nobody", "phase=development", "q=%2A%22"] {
        assert_eq!(rows(&html(&server, &format!("/queue?tab=all&{filter}")).await).len(), 0, "{filter}");
    }
    let page = html(&server, "/queue?tab=all&filer=acme&severity=1").await;
    for without in ["/queue?tab=all&#38;filer=acme", "/queue?tab=all&#38;severity=1"] {
        assert!(page.contains(&format!("<a href=\"{without}\"")), "{without}: {page}");
    }
    server.stop().await;
}

async fn pages_in_either_order_skip_and_repeat_nothing_while_esrs_arrive(db: &Database) {
    let clock = pointsman::clock::Clock::running_from(crate::server::NOW.parse().unwrap());
    let server = Server::start_at(db.store().await, "[delivery]\nenabled = false\n", clock).await;
    let acme = server.partner("acme").await;
    let mut filed = Vec::new();
    for number in 0..120 {
        let mut body = esr(&format!("BP-{number}"));
        body["severity"] = json!(number % 4 + 1);
        let answer = server.post(&acme, "/v1/esrs", &body).await;
        filed.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    for order in ["newest", "urgent"] {
        let (mut path, mut seen, mut arrived) = (Some(format!("/queue?tab=open&order={order}")), Vec::new(), 0);
        while let Some(at) = path {
            let page = html(&server, &at).await;
            seen.extend(rows(&page));
            path = next(&page);
            server.file(&acme, &format!("NEW-{order}-{arrived}")).await;
            arrived += 1;
        }
        let mut found: Vec<_> = seen.iter().filter(|id| filed.contains(id)).cloned().collect();
        found.sort();
        let mut all = filed.clone();
        all.sort();
        assert_eq!(found, all, "{order}");
    }
    let open = Filter { open: true, ..Filter::default() };
    let urgent = server.store.queue(&open, Order::Urgent, None, 200).await.unwrap();
    let places: Vec<_> = urgent.items.into_iter().map(|one| (one.esr.priority, one.esr.received_at)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_ne!(get(&server, "/queue?tab=open&after=nonsense").await.status, 200);
    server.stop().await;
}

async fn an_empty_page_says_what_to_loosen(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-1").await;
    let page = html(&server, "/queue?tab=all&filer=acme&severity=4&q=bp").await;
    assert!(rows(&page).is_empty());
    assert!(
        page.contains("<a href=\"/queue?tab=all&#38;q=bp&#38;filer=acme\"><bdi>without severity “4”</bdi></a>"),
        "{page}"
    );
    assert!(!page.contains("without filed by"), "{page}");
    server.stop().await;
}

async fn hostile_text_is_shown_as_text(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let acme = server.partner("<b>acme</b>").await;
    let mut body = esr("BP-<script>alert(1)</script>");
    body["summary"] = json!("<img src=x onerror=alert(2)> \u{202e}drawkcab 🙂");
    body["customer"] = json!({"name": "\"><script>alert(3)</script>", "site": "x".repeat(200)});
    body["third_party"]["company"] = json!("</td><script>alert(4)</script>");
    let answer = server.post(&acme, "/v1/esrs", &body).await;
    assert_eq!(answer.status, 201, "{:#}", answer.body);
    let attack = "/queue?tab=all&q=%22%3E%3Cscript%3Ealert(5)%3C/script%3E&filer=%3Cscript%3E";
    for path in ["/queue?tab=all", "/queue/rows?tab=all", attack] {
        let page = html(&server, path).await;
        for bad in ["<script>", "<img", "<b>acme", "</td><s"] {
            assert!(!page.contains(bad), "{bad} in {path}: {page}");
        }
    }
    assert_eq!(rows(&html(&server, "/queue?tab=all").await).len(), 1);
    server.stop().await;
}

async fn open_pages_are_told_what_happens(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n[events]\nstreams = 1\n").await;
    let acme = server.key(Role::BusinessPartner, "acme", None).await;
    let response = server.request(Method::GET, "/live").header("cookie", lead(&server).await).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let mut stream = response.bytes_stream();
    let mut text = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.starts_with("retry: "), "{text}");
    assert_eq!(get(&server, "/live").await.status, 503, "no more streams than may be");
    let id = server.file(&acme, "BP-1").await;
    while !text.contains("\"kind\":\"decided\"") {
        let more = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&more).unwrap());
    }
    assert!(
        text.contains(&format!("event: case\ndata: {{\"id\":\"{id}\",\"reference\":\"BP-1\",\"kind\":\"filed\"")),
        "{text}"
    );
    assert!(text.contains("\"route\":\"joint_investigation\"") && !text.contains("filer"), "{text}");
    server.stop().await;
}

async fn post(server: &Server, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = server.request(Method::POST, path).header("cookie", cookie);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    Answer::to(request.body(body)).await
}

async fn a_view_is_its_owners_and_shared_ones_are_everybodys(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let at = server.app.clock.now();
    for (id, owner, name, shared) in [("view_a", "per_ada", "Mine", false), ("view_b", "per_bob", "Ours <b>", true)] {
        let [id, owner, name] = [id, owner, name].map(str::to_owned);
        let view = View { id, owner, name, query: "tab=ale".to_owned(), shared };
        assert!(server.store.change_views(ChangeViews::Keep(view, at)).await.unwrap());
    }
    let names = async |owner| -> Vec<String> {
        server.store.views(owner).await.unwrap().into_iter().map(|view| view.name).collect()
    };
    assert_eq!(names("per_ada").await, ["Mine", "Ours <b>"]);
    assert_eq!(names("per_bob").await, ["Ours <b>"]);
    let forget = |owner: &str| ChangeViews::Forget { id: "view_a".to_owned(), owner: owner.to_owned() };
    assert!(!server.store.change_views(forget("per_bob")).await.unwrap());
    assert!(server.store.change_views(forget("per_ada")).await.unwrap());
    let me = lead(&server).await;
    let kept =
        post(&server, &me, "/queue/views", &[("name", "Night"), ("query", "tab=ale&severity=1&after=x&evil=1")]).await;
    assert!(kept.status.as_u16() < 400, "{}", kept.body);
    let page = Answer::to(server.request(Method::GET, "/queue").header("cookie", &me)).await;
    let page = page.body.as_str().unwrap();
    assert!(page.contains("<a href=\"/queue?tab=ale&#38;severity=1\"><bdi>Night</bdi>"), "{page}");
    assert!(page.contains("Ours &#60;b&#62;") && !page.contains("Mine"), "{page}");
    assert_eq!(post(&server, &me, "/queue/views", &[("name", " "), ("query", "tab=ale")]).await.status, 422);
    assert_eq!(post(&server, &me, "/queue/views/view_b/forget", &[]).await.status, 404);
    server.stop().await;
}

async fn several_esrs_are_exported_as_text_and_their_dead_messages_sent_again(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let acme = server.partner("acme").await;
    let mut body = esr("BP-1");
    body["summary"] = json!("=HYPERLINK(\"x\")");
    let answer = server.post(&acme, "/v1/esrs", &body).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    server.file(&acme, "BP-2").await;
    let all = html(&server, "/queue/export.csv?tab=all").await;
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{all}");
    let one = html(&server, &format!("/queue/export.csv?tab=all&esr={id}")).await;
    assert!(one.lines().count() == 2 && one.contains("BP-1"), "{one}");
    let me = lead(&server).await;
    let nothing = post(&server, &me, "/queue/resend", &[("back", "tab=all")]).await;
    assert_eq!((nothing.status.as_u16(), nothing.header("location")), (303, "/queue?tab=all"));
    assert!(nothing.header("set-cookie").contains("Nothing+was+chosen"));
    let sent = post(&server, &me, "/queue/resend", &[("back", "tab=all"), ("esr", &id)]).await;
    assert!(sent.status.as_u16() < 400, "{}", sent.body);
    server.stop().await;
}
