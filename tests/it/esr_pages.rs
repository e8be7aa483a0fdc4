//! The eSR's page: what an agent reads there, and does.

use pointsman::access;
use pointsman::cases::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    the_page_says_where_it_goes_and_why_with_the_report_and_the_way,
    an_override_takes_a_place_and_a_reason_and_keeps_what_was_typed_until_it_has_both,
    what_changed_since_the_page_was_opened_is_shown_before_anything_is_done_on_it,
    a_correction_decides_again_and_names_what_is_wrong_with_it,
    a_note_stays_among_the_services_own_people,
    a_near_name_is_settled_in_one_click_and_remembered,
    a_patch_that_names_another_release_is_settled_in_one_click,
    a_feature_that_is_not_said_is_chosen_among_those_that_were_tested,
    hostile_text_is_shown_as_text,
    an_override_says_before_it_is_sent_who_would_be_told,
    an_agent_adds_files_by_form_and_by_script_and_is_told_which_are_not_taken,
    the_timeline_says_what_stood_there_before,
    the_way_back_leads_to_the_queue_as_it_was_left,
    a_long_story_is_cut_and_goes_on_on_pages_of_its_own,
);

async fn started(db: &Database) -> Server {
    Server::start_with(db, "[delivery]\nenabled = false\n").await
}

async fn get(server: &Server, path: &str) -> String {
    let cookie = server.signed_in(&[access::Role::Lead], None, None).await;
    let answer = Answer::to(server.request(Method::GET, path).header("cookie", cookie)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body.as_str().unwrap().to_owned()
}

async fn send(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request =
        client.post(format!("{}{path}", server.base)).header("content-type", "application/x-www-form-urlencoded");
    let cookie = server.signed_in(&[access::Role::Lead], None, None).await;
    Answer::to(request.header("cookie", cookie).body(body)).await
}

fn text(answer: &Answer) -> &str {
    answer.body.as_str().unwrap()
}

async fn the_page_says_where_it_goes_and_why_with_the_report_and_the_way(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let page = get(&server, &format!("/esrs/{id}")).await;
    let decision = server.store.esr(&id).await.unwrap().unwrap().decision;
    for shown in [
        "<h1><bdi>Hotelia Systems analyses this first</bdi></h1>",
        "data-route=\"joint_investigation\"",
        "Clause 9.2.3 case 3",
        "/registry/reports/IWR-0412/1",
        "by rule <a href=\"/rules#rule-case-3-participant-first\">",
        "the nearest other way",
        "What would change this",
        "This eSR is decided by what was certified on 22\u{a0}Nov\u{a0}2026",
        "BP-1",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for change in &decision.would_change {
        assert!(page.contains(&format!("data-route=\"{}\"", change.route)), "{change:?}");
    }
    let cookie = server.signed_in(&[access::Role::Lead], None, None).await;
    let unknown = Answer::to(server.request(Method::GET, "/esrs/esr_none").header("cookie", cookie)).await;
    assert_eq!(unknown.status, 404);
    assert!(text(&unknown).contains("<h1>Not found</h1>"));
    server.stop().await;
}

async fn an_override_takes_a_place_and_a_reason_and_keeps_what_was_typed_until_it_has_both(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let path = format!("/esrs/{id}/override");
    let refused = send(&server, &path, &[("revision", "1"), ("place", ""), ("reason", "They <called>")]).await;
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("They &#60;called&#62;</textarea>") && text(&refused).contains("Choose where"));
    let refused = send(&server, &path, &[("revision", "1"), ("place", "ale_support/open"), ("reason", " ")]).await;
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("<option value=\"ale_support/open\" selected>"), "{}", refused.body);
    assert_eq!(server.store.esr(&id).await.unwrap().unwrap().revision, 1, "nothing was stored");
    let fields = [("revision", "1"), ("place", "ale_support/open"), ("reason", "They called")];
    let done = send(&server, &path, &fields).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, format!("/esrs/{id}").as_str()));
    let page = get(&server, &format!("/esrs/{id}")).await;
    assert!(page.contains("ALE Support takes the case") && page.contains("They called"), "{page}");
    assert!(page.contains("An agent chose this route") && page.contains("Earlier decisions"));
    server.stop().await;
}

async fn what_changed_since_the_page_was_opened_is_shown_before_anything_is_done_on_it(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let fields = [("revision", "1"), ("place", "ale_support/open"), ("reason", "first")];
    assert_eq!(send(&server, &format!("/esrs/{id}/override"), &fields).await.status, 303);
    let fields = [("revision", "1"), ("seen", "2026-01-01T00:00:00Z"), ("reason", "second, on what is gone")];
    let stale = send(&server, &format!("/esrs/{id}/contest"), &fields).await;
    assert_eq!(stale.status, 409);
    assert!(text(&stale).contains("changed since you opened it") && text(&stale).contains("second, on what is gone"));
    assert!(text(&stale).contains("name=\"revision\" value=\"2\""), "sent again, it is on what is there");
    let news = text(&stale).split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(news.contains("sent it to ALE Support: open"), "{news}");
    assert_eq!(server.store.esr(&id).await.unwrap().unwrap().revision, 2);
    server.stop().await;
}

async fn a_correction_decides_again_and_names_what_is_wrong_with_it(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let path = format!("/esrs/{id}/update");
    let wrong = send(&server, &path, &[("revision", "1"), ("severity", "9")]).await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("id=\"severity-wrong\""), "{}", wrong.body);
    let fields = [("revision", "1"), ("responsibility", "ale"), ("third_party.release", "8.2.1")];
    assert_eq!(send(&server, &path, &fields).await.status, 303);
    let now = server.store.esr(&id).await.unwrap().unwrap();
    assert_eq!((now.decision.route.as_str(), &now.body["responsibility"]), ("ale_support", &json!("ale")));
    let same = send(&server, &path, &[("revision", "2"), ("responsibility", "ale")]).await;
    assert_eq!(same.status, 422);
    assert!(text(&same).contains("Nothing differs"));
    server.stop().await;
}

async fn a_note_stays_among_the_services_own_people(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let agent = server.key(Role::Agent, "desk", None).await;
    let id = server.file(&acme, "BP-1").await;
    let before = server.store.message_counts().await.unwrap();
    let noted = send(&server, &format!("/esrs/{id}/note"), &[("text", "They never call back")]).await;
    assert_eq!(noted.status, 303);
    assert!(get(&server, &format!("/esrs/{id}")).await.contains("They never call back"));
    let path = format!("/v1/esrs/{id}");
    let seen = |answer: &Answer| {
        let timeline: &Vec<Value> = answer.body["timeline"].as_array().unwrap();
        timeline.iter().filter(|entry| entry["kind"] == "noted").count()
    };
    assert_eq!(seen(&server.get(&agent, &path).await), 1);
    let partner = server.get(&acme, &path).await;
    assert_eq!(seen(&partner), 0);
    assert!(!partner.body.to_string().contains("never call back"));
    assert_eq!(server.store.message_counts().await.unwrap(), before, "nobody is told");
    server.stop().await;
}

async fn a_near_name_is_settled_in_one_click_and_remembered(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let mut misspelt = esr("BP-1");
    misspelt["third_party"]["company"] = json!("Hotelai Systems");
    let answer = server.post(&acme, "/v1/esrs", &misspelt).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let page = get(&server, &format!("/esrs/{id}")).await;
    let button = "name=\"entry\" value=\"company:hotelia\"";
    assert!(page.contains(button) && page.contains("analyses this first"), "where it leads is said first: {page}");
    assert!(page.contains("it depends on what is asked next"), "and the way promises nothing else: {page}");
    let other = send(&server, &format!("/esrs/{id}/settle"), &[("revision", "1"), ("entry", "company:none")]).await;
    assert_eq!(other.status, 422);
    let fields = [("revision", "1"), ("entry", "company:hotelia"), ("remember", "yes")];
    assert_eq!(send(&server, &format!("/esrs/{id}/settle"), &fields).await.status, 303);
    let settled = server.store.esr(&id).await.unwrap().unwrap().decision;
    assert_eq!((settled.route.as_str(), settled.candidates.len()), ("joint_investigation", 0));
    misspelt["reference"] = json!("BP-2");
    let again = server.post(&acme, "/v1/esrs", &misspelt).await;
    assert_eq!(again.body["decision"]["route"], "joint_investigation", "nobody is asked a second time: {}", again.body);
    server.stop().await;
}

async fn a_patch_that_names_another_release_is_settled_in_one_click(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let mut ids = Vec::new();
    for reference in ["BP-1", "BP-2"] {
        let mut body = esr(reference);
        body["platform"] = json!({"product": "OXE", "release": "R101.0", "patch": "N4.521.3"});
        let filed = server.post(&acme, "/v1/esrs", &body).await;
        assert_eq!(filed.body["decision"]["facts"]["coverage"], "unresolved");
        ids.push(filed.body["id"].as_str().unwrap().to_owned());
    }
    let page = get(&server, &format!("/esrs/{}", ids[0])).await;
    assert!(page.contains("value=\"release:patch\"") && page.contains("value=\"release:stated\""), "{page}");
    assert!(!page.contains("Remember this spelling"), "no name is in doubt");
    for (id, entry, runs) in [
        (&ids[0], "release:patch", json!({"product": "OXE", "release": "R101.1", "patch": "N4.521.3"})),
        (&ids[1], "release:stated", json!({"product": "OXE", "release": "R101.0"})),
    ] {
        let fields = [("revision", "1"), ("entry", entry)];
        assert_eq!(send(&server, &format!("/esrs/{id}/settle"), &fields).await.status, 303);
        let now = server.store.esr(id).await.unwrap().unwrap();
        assert_eq!(now.body["platform"], runs);
        assert_ne!(now.decision.facts.coverage.as_str(), "unresolved", "{entry}");
    }
    server.stop().await;
}

async fn a_feature_that_is_not_said_is_chosen_among_those_that_were_tested(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let mut body = esr("BP-1");
    body.as_object_mut().unwrap().remove("feature");
    let filed = server.post(&acme, "/v1/esrs", &body).await;
    assert_eq!(filed.body["decision"]["stage"], "scope", "{}", filed.body);
    let id = filed.body["id"].as_str().unwrap().to_owned();
    let page = get(&server, &format!("/esrs/{id}")).await;
    assert!(page.contains("Wake-up call</bdi></button>") && page.contains("tested, works"), "{page}");
    let chosen = page.split("value=\"feature:").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let fields = [("revision", "1"), ("entry", &*format!("feature:{chosen}"))];
    assert_eq!(send(&server, &format!("/esrs/{id}/settle"), &fields).await.status, 303);
    let now = server.store.esr(&id).await.unwrap().unwrap();
    assert_ne!(now.decision.route, "agent_review");
    assert!(now.body["feature"].is_string());
    server.stop().await;
}

async fn hostile_text_is_shown_as_text(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let hostile = "<script>alert(1)</script>\u{202e}\"'><img src=x onerror=alert(1)>";
    let mut body = esr("BP-1");
    body["summary"] = json!(hostile);
    body["description"] = json!(format!("{hostile}{}", "x".repeat(5_000)));
    body["customer"] = json!({"name": hostile, "site": hostile});
    body["feature"] = json!(hostile);
    body["third_party"]["company"] = json!(format!("Hotelai {hostile}"));
    let answer = server.post(&acme, "/v1/esrs", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap();
    send(&server, &format!("/esrs/{id}/note"), &[("text", "<b>bold</b>")]).await;
    let page = get(&server, &format!("/esrs/{id}")).await;
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>bold"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)"));
    server.stop().await;
}

async fn an_override_says_before_it_is_sent_who_would_be_told(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let page = get(&server, &format!("/esrs/{id}")).await;
    let option = |place: &str| {
        let rest = page.split(&format!("<option value=\"{place}\">")).nth(1).unwrap();
        rest.split("</option>").next().unwrap().to_owned()
    };
    assert_eq!(option("ale_support/open"), "ALE Support: open (tells acme, Hotelia Systems, ALE Support Center)");
    let filter = pointsman::store::DeliveryFilter { esr_id: Some(id.clone()), ..Default::default() };
    let before = server.store.deliveries(&filter, None, 50).await.unwrap().items;
    let (place, reason) = ("ale_support/open", "They called");
    send(&server, &format!("/esrs/{id}/override"), &[("revision", "1"), ("place", place), ("reason", reason)]).await;
    let after = server.store.deliveries(&filter, None, 50).await.unwrap().items;
    let told = after.iter().filter(|one| before.iter().all(|known| known.id != one.id));
    let mut sides: Vec<_> = told.map(|one| one.side.as_str()).collect();
    sides.sort_unstable();
    sides.dedup();
    assert_eq!(sides, ["ale", "business_partner", "participant"], "it told those whom it said it would tell");
    server.stop().await;
}

async fn an_agent_adds_files_by_form_and_by_script_and_is_told_which_are_not_taken(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let path = format!("/esrs/{id}/files");
    let cookie = server.signed_in(&[access::Role::Agent], None, None).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let post = |query: &str| client.post(format!("{}{path}{query}", server.base)).header("cookie", &cookie);
    let form = |name: &str, content: &str| {
        let part = format!("content-disposition: form-data; name=\"files\"; filename=\"{name}\"");
        let body = format!("--b\r\n{part}\r\ncontent-type: text/plain\r\n\r\n{content}\r\n--b--\r\n");
        post("").header("content-type", "multipart/form-data; boundary=b").body(body)
    };
    assert_eq!(Answer::to(form("trace.txt", "wake-up at 6")).await.status, 303);
    let refused = Answer::to(form("tool.exe", "MZ")).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(text(&refused).contains("tool.exe"), "{}", refused.body);
    let by_script = post("?name=more.log").header("content-type", "text/plain").body("more");
    assert_eq!(Answer::to(by_script).await.status, 201);
    let files = server.store.attachments(&id).await.unwrap();
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["trace.txt", "more.log"]);
    let page = get(&server, &format!("/esrs/{id}?part=files")).await;
    assert!(page.contains("trace.txt") && !page.contains("<html"), "{page}");
    // The participant's own account may not use the service's own page.
    let cookie = server.signed_in(&[], None, Some("hotelia")).await;
    let outside = client.post(format!("{}{path}", server.base)).header("cookie", cookie).body("x");
    assert_eq!(Answer::to(outside).await.status, 403);
    server.stop().await;
}

async fn the_timeline_says_what_stood_there_before(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let was = server.store.esr(&id).await.unwrap().unwrap().body["platform"]["release"].as_str().unwrap().to_owned();
    let fields = [("revision", "1"), ("platform.release", "R999")];
    assert_eq!(send(&server, &format!("/esrs/{id}/update"), &fields).await.status, 303);
    let page = get(&server, &format!("/esrs/{id}")).await;
    assert!(page.contains(&format!("<del><bdi>{was}</bdi></del> <bdi>R999</bdi>")), "{page}");
    server.stop().await;
}

async fn the_way_back_leads_to_the_queue_as_it_was_left(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let cookie = server.signed_in(&[access::Role::Agent], None, None).await;
    let get = async |path: &str, cookies: String| {
        Answer::to(server.request(Method::GET, path).header("cookie", cookies)).await
    };
    let queue = get("/queue?tab=participant&filer=acme", cookie.clone()).await;
    let left = queue.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = get(&format!("/esrs/{id}"), format!("{cookie}; {left}")).await;
    assert!(text(&page).contains("<a href=\"/queue?tab=participant&#38;filer=acme\">Queue</a>"), "{}", page.body);
    let hostile = format!("{cookie}; pointsman_queue=tab=%22%3E%3Cscript%3E&x=//evil.example");
    let page = get(&format!("/esrs/{id}"), hostile).await;
    assert!(text(&page).contains("<a href=\"/queue?tab=agent\">Queue</a>"), "{}", page.body);
    server.stop().await;
}

/// Where the page's link of these words leads.
fn link(page: &str, words: &str) -> String {
    let (before, _) = page.split_once(&format!(">{words}</a>")).unwrap_or_else(|| panic!("no {words}: {page}"));
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.split('"').next().unwrap().replace("&#38;", "&")
}

async fn a_long_story_is_cut_and_goes_on_on_pages_of_its_own(db: &Database) {
    let server = started(db).await;
    let acme = server.partner("acme").await;
    let id = server.file(&acme, "BP-1").await;
    let path = format!("/esrs/{id}");
    for n in 1..=33 {
        let (revision, place) = (n.to_string(), ["ale_support/open", "returned/known_limitation"][n % 2]);
        let fields = [("revision", revision.as_str()), ("place", place), ("reason", &format!("reason {n}."))];
        assert_eq!(send(&server, &format!("{path}/override"), &fields).await.status, 303);
    }
    let page = get(&server, &path).await;
    assert_eq!(page.matches("<details><summary class=\"small\">What was different").count(), 5);
    assert!(page.contains("decision 33,") && page.contains("decision 29,") && !page.contains("decision 28,"));
    let more = get(&server, &link(&page, "Still earlier decisions")).await;
    assert!(more.contains("decision 28,") && more.contains("decision 4,") && !more.contains("decision 3,"), "{more}");
    let last = get(&server, &link(&more, "Still earlier decisions")).await;
    assert!(last.contains("decision 3,") && last.contains("decision 1,") && !last.contains("Still earlier"), "{last}");
    assert!(page.contains("reason 33.") && page.contains("reason 20.") && !page.contains("reason 5."), "{page}");
    let older = get(&server, &link(&page, "Older entries")).await;
    assert!(older.contains("reason 5.") && older.contains("filed the eSR") && !older.contains("reason 33."), "{older}");
    let whole = get(&server, &link(&older, "Newest")).await;
    assert!(whole.contains("reason 33.") && whole.contains("filed the eSR"), "{whole}");
    server.stop().await;
}
