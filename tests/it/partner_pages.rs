//! The pages of companies outside: filing by form, following one's own eSRs, answering what is asked.

use pointsman::access::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Answer, Key, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_partner_files_by_form_and_the_same_form_again_is_the_same_esr,
    a_form_that_is_not_right_keeps_what_was_typed_and_names_each_field,
    what_stands_there_while_typing_is_what_triage_decides,
    a_near_name_is_taken_by_pressing_it_without_a_script,
    a_company_sees_its_own_alone,
    a_partner_does_what_is_asked_of_it,
    a_participant_answers_what_reached_it,
    what_waits_stands_first_and_the_rest_comes_in_pages,
    hostile_text_is_shown_as_text,
    another_site_cannot_act_for_somebody_who_is_signed_in,
);

/// Somebody who is signed in.
struct Somebody<'a> {
    server: &'a Server,
    cookie: String,
}

impl<'a> Somebody<'a> {
    async fn partner(server: &'a Server, company: &str) -> Self {
        Self { server, cookie: server.signed_in(&[Role::BusinessPartner], Some(company), None).await }
    }

    async fn participant(server: &'a Server) -> Self {
        let cookie = server.signed_in(&[Role::Participant], Some("Hotelia Systems"), Some("hotelia")).await;
        Self { server, cookie }
    }

    async fn agent(server: &'a Server) -> Self {
        Self { server, cookie: server.signed_in(&[Role::Agent], None, None).await }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.request(method, path).header("cookie", &self.cookie)
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let answer = Answer::to(request.body(body)).await;
        if answer.status == 303 { self.get(answer.header("location")).await } else { answer }
    }

    async fn upload(&self, id: &str, name: &str, body: &'static [u8]) -> Answer {
        let request = self.request(Method::POST, &format!("/my/{id}/files?name={name}"));
        Answer::to(request.header("content-type", "application/octet-stream").body(body)).await
    }
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

/// A sound form, as a browser sends it: with all the fields that nobody filled in.
fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("reference", "BP-1"),
        ("summary", "Wake-up calls are not placed"),
        ("severity", "2"),
        ("description", ""),
        ("platform.product", "OmniPCX Enterprise"),
        ("platform.release", "R101.1"),
        ("platform.patch", ""),
        ("third_party.company", "Hotelia Systems"),
        ("third_party.solution", "Hotelia PMS"),
        ("third_party.release", "8.2.1"),
        ("feature", "wake-up call"),
        ("system_access", "yes"),
        ("responsibility", ""),
        ("participant_case.number", ""),
        ("participant_case.conclusion", ""),
        ("phase", "production"),
        ("assistance_topic", ""),
        ("occurred_at", ""),
        ("do", "file"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

async fn filed(server: &Server, key: &Key, reference: &str) -> Value {
    let found = server.get(key, &format!("/v1/esrs?reference={reference}")).await.body;
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{found:#}");
    server.get(key, &format!("/v1/esrs/{}", items[0]["id"].as_str().unwrap())).await.body
}

async fn a_partner_files_by_form_and_the_same_form_again_is_the_same_esr(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let partner = Somebody::partner(&server, "acme").await;
    says(&partner.get("/my/new").await, 200, &["name=\"reference\"", "name=\"platform.product\"", "data-certified"]);
    let done = partner.post("/my/new", &form(&[])).await;
    says(&done, 200, &["Please open a ticket at Hotelia Systems", "IWR-0412", "9.2.3 case 3"]);
    let case = filed(&server, &key, "BP-1").await;
    assert_eq!(case["filer"], "acme");
    assert_eq!(case["timeline"][0]["by"], json!({ "role": "business_partner", "name": "acme" }));
    let expected = json!({
        "reference": "BP-1", "phase": "production", "severity": 2, "summary": "Wake-up calls are not placed",
        "platform": { "product": "OmniPCX Enterprise", "release": "R101.1" },
        "third_party": { "company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1" },
        "feature": "wake-up call", "system_access": true,
    });
    assert_eq!(case["esr"], expected);

    says(&partner.post("/my/new", &form(&[])).await, 200, &["Please open a ticket"]);
    assert_eq!(filed(&server, &key, "BP-1").await["revision"], 1);
    let other = partner.post("/my/new", &form(&[("summary", "Something else")])).await;
    let link = format!("href=\"/my/{}\"", case["id"].as_str().unwrap());
    says(&other, 422, &["You filed another eSR under this reference", &link, "value=\"Something else\""]);
    server.stop().await;
}

async fn a_form_that_is_not_right_keeps_what_was_typed_and_names_each_field(db: &Database) {
    let server = Server::start(db).await;
    let partner = Somebody::partner(&server, "acme").await;
    let long = "y".repeat(301);
    let fields =
        form(&[("reference", ""), ("severity", ""), ("feature", &long), ("description", "kept <b>\nas it is")]);
    let wrong = partner.post("/my/new", &fields).await;
    says(
        &wrong,
        422,
        &["Your reference is needed.", "Severity is needed.", "Feature concerned is 301 characters long"],
    );
    says(
        &wrong,
        422,
        &["kept &#60;b&#62;\nas it is", &long, "id=\"reference-wrong\"", "aria-describedby=\"feature-wrong\""],
    );
    says(&partner.post("/my/new", &form(&[("occurred_at", "soon")])).await, 422, &["Since when"]);
    says(&partner.get("/my").await, 200, &["There are no eSRs yet"]);
    server.stop().await;
}

async fn what_stands_there_while_typing_is_what_triage_decides(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let partner = Somebody::partner(&server, "acme").await;
    for changes in [
        &[][..],
        &[("third_party.company", "Hotelai Systems")],
        &[("third_party.company", "Nobody Ltd")],
        &[("third_party.release", "7.0")],
        &[("third_party.release", "")],
        &[("system_access", "no"), ("responsibility", "ale")],
        &[("feature", "minibar billing")],
        &[("third_party.company", ""), ("third_party.solution", ""), ("third_party.release", "")],
    ] {
        let fields = form(changes);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let live = partner.get(&format!("/my/certified?{body}")).await;
        let mut asked = esr("x");
        for (path, value) in &fields {
            let value = match (*path, *value) {
                (_, "") => Value::Null,
                ("system_access", given) => json!(given == "yes"),
                ("severity", _) => json!(2),
                (_, given) => json!(given),
            };
            match path.split_once('.') {
                Some((key, within)) if key != "participant_case" => asked[key][within] = value,
                None if !matches!(*path, "do" | "occurred_at" | "assistance_topic") => asked[*path] = value,
                _ => {}
            }
        }
        if asked["third_party"].as_object().unwrap().values().all(Value::is_null) {
            asked["third_party"] = Value::Null;
        }
        let decided = server.post(&key, "/v1/triage", &asked).await;
        assert_eq!(decided.status, 200, "{:#}", decided.body);
        let route = format!("data-route=\"{}\"", decided.body["route"].as_str().unwrap());
        says(&live, 200, &[&route]);
        for near in decided.body["candidates"].as_array().unwrap() {
            says(&live, 200, &["Did you mean", near["name"].as_str().unwrap()]);
        }
        // The same again as a page, for who has no script.
        let mut check = fields.clone();
        check.retain(|(name, _)| *name != "do");
        check.push(("do", "check"));
        says(&partner.post("/my/new", &check).await, 200, &[&route]);
    }
    says(&partner.get("/my/certified").await, 200, &["Name the products"]);
    says(&partner.get("/my").await, 200, &["There are no eSRs yet"]);
    server.stop().await;
}

async fn a_near_name_is_taken_by_pressing_it_without_a_script(db: &Database) {
    let server = Server::start(db).await;
    let partner = Somebody::partner(&server, "acme").await;
    let mut fields = form(&[("third_party.company", "Hotelai Systems"), ("do", "check")]);
    let near = partner.post("/my/new", &fields).await;
    says(&near, 200, &["name=\"use\" value=\"third_party.company=Hotelia Systems\""]);
    fields.retain(|(name, _)| *name != "do");
    fields.push(("use", "third_party.company=Hotelia Systems"));
    let taken = partner.post("/my/new", &fields).await;
    says(&taken, 200, &["value=\"Hotelia Systems\"", "certified and valid", "value=\"Wake-up calls are not placed\""]);
    server.stop().await;
}

async fn a_company_sees_its_own_alone(db: &Database) {
    let server = Server::start(db).await;
    let (acme, other) = (server.partner("acme").await, server.partner("other").await);
    let (own, others) = (server.file(&acme, "BP-1").await, server.file(&other, "OT-1").await);
    let partner = Somebody::partner(&server, "acme").await;
    let list = partner.get("/my").await;
    says(&list, 200, &["BP-1"]);
    assert!(!html(&list).contains("OT-1") && !html(&list).contains(&others));
    says(&partner.get(&format!("/my/{own}")).await, 200, &["Hotel Bellevue"]);
    let trace = Somebody::partner(&server, "other").await.upload(&others, "a.log", b"x").await;
    assert_eq!(trace.status, 201, "{:#}", trace.body);
    let files = server.get(&other, &format!("/v1/esrs/{others}")).await.body["attachments"].clone();
    let file = files[0]["id"].as_str().unwrap();
    for path in [
        format!("/my/{others}"),
        format!("/my/{own}/files/{file}"),
        format!("/my/{others}/files/{file}"),
        "/my/x".to_owned(),
    ] {
        assert_eq!(partner.get(&path).await.status, 404, "{path}");
    }
    for act in ["contest", "update", "answer", "files"] {
        let answer = partner.post(&format!("/my/{others}/{act}"), &[("reason", "mine"), ("feature", "x")]).await;
        assert_eq!(answer.status, 404, "{act}");
    }
    assert_eq!(partner.upload(&others, "b.log", b"x").await.status, 404);
    says(&partner.get("/my?q=OT-1").await, 200, &["Nothing fits"]);
    let agent = Somebody::agent(&server).await;
    for path in ["/my", "/my/new", "/my/certified", &format!("/my/{own}")] {
        assert_eq!(agent.get(path).await.status, 403, "{path}");
    }
    server.stop().await;
}

async fn a_partner_does_what_is_asked_of_it(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let partner = Somebody::partner(&server, "acme").await;
    let mut body = esr("BP-1");
    body["third_party"]["release"] = json!("8");
    body["system_access"] = json!(false);
    body["responsibility"] = json!("ale");
    let id = server.post(&key, "/v1/esrs", &body).await.body["id"].as_str().unwrap().to_owned();
    let to = |act: &str| format!("/my/{id}{act}");
    says(&partner.get(&to("")).await, 200, &["Release of the third-party product", "Fill in what is missing below"]);
    says(&partner.post(&to("/update"), &[("third_party.release", "8")]).await, 422, &["Fill in at least one field"]);
    let released = partner.post(&to("/update"), &[("third_party.release", "8.2.1")]).await;
    says(&released, 200, &["Please give ALE access to the system", "name=\"system_access\" value=\"yes\""]);
    let access = partner.post(&to("/update"), &[("system_access", "yes")]).await;
    says(&access, 200, &["ALE Support takes the case", "You gave ALE access to the system"]);

    assert_eq!(partner.upload(&id, "a.log", b"OmniPCX").await.status, 201);
    says(&partner.get(&to("?part=files")).await, 200, &["a.log"]);
    says(&partner.get(&to("?part=happened")).await, 200, &["You added a.log"]);
    says(&partner.post(&to("/contest"), &[("reason", "It is the switch.")]).await, 200, &["The route was contested"]);
    let case = server.get(&key, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["status"], "waiting_agent");
    let kinds: Vec<_> =
        case["timeline"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"contested") && kinds.contains(&"attachment_added"), "{kinds:?}");
    let by_link = case["timeline"].as_array().unwrap().iter().any(|event| event["data"].get("via").is_some());
    assert!(!by_link, "nobody came by a link");
    server.stop().await;
}

async fn a_participant_answers_what_reached_it(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let id = server.file(&key, "BP-1").await;
    let mut elsewhere = esr("BP-2");
    elsewhere["third_party"] = Value::Null;
    server.post(&key, "/v1/esrs", &elsewhere).await;
    let participant = Somebody::participant(&server).await;
    let list = participant.get("/my").await;
    says(&list, 200, &["BP-1", "what reached you"]);
    assert!(!html(&list).contains("BP-2"));
    says(
        &participant.get(&format!("/my/{id}")).await,
        200,
        &["You will get a ticket for this case", "name=\"conclusion\""],
    );
    let to = format!("/my/{id}/answer");
    says(&participant.post(&to, &[("number", ""), ("findings", "f")]).await, 422, &["Give your case number"]);
    let fields = [("number", "HT-1"), ("conclusion", "ale_fault_shown"), ("findings", "Packet 118.")];
    says(&participant.post(&to, &fields).await, 200, &["ALE works on this case with you"]);
    let case = server.get(&key, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["decision"]["stage"], "ale_engaged");
    let updated = case["timeline"].as_array().unwrap().iter().find(|event| event["kind"] == "updated").unwrap();
    assert_eq!(updated["by"], json!({ "role": "participant", "name": "Hotelia Systems" }));
    // The participant files its own questions, from development.
    let question = form(&[("reference", "Q-1"), ("phase", "development"), ("assistance_topic", "interface")]);
    says(&participant.post("/my/new", &question).await, 200, &["Technical Assistance answers the question"]);
    server.stop().await;
}

async fn what_waits_stands_first_and_the_rest_comes_in_pages(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let waits = server.file(&key, "WAITS-1").await;
    let mut body = esr("x");
    body["third_party"] = Value::Null;
    let many: Vec<Value> = (0..60)
        .map(|number| {
            let mut one = body.clone();
            one["reference"] = json!(format!("ALE-{number:03}"));
            one
        })
        .collect();
    assert_eq!(server.post(&key, "/v1/esrs/batch", &json!(many)).await.status, 200);
    let partner = Somebody::partner(&server, "acme").await;
    let first = partner.get("/my").await;
    says(&first, 200, &["Waits for you", "Older ones"]);
    let page = html(&first);
    assert_eq!(page.matches(&waits).count(), 1, "it is not repeated among the others");
    assert!(page.find("WAITS-1").unwrap() < page.find("ALE-059").unwrap());
    let next = page.split("href=\"/my?").find(|part| part.contains("rel=\"next\"")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = partner.get(&format!("/my?{next}")).await;
    says(&second, 200, &["ALE-000", "WAITS-1", "First page"]);
    let seen = |page: &str| page.matches("data-row").count();
    assert_eq!(seen(page) + seen(html(&second)), 62, "every eSR once, and what waits once more in its own place");
    says(&partner.get("/my?status=waiting_partner").await, 200, &["WAITS-1", "Show all"]);
    let found = partner.get("/my?q=ALE-007&status=").await;
    says(&found, 200, &["ALE-007", "value=\"ALE-007\""]);
    assert!(!html(&found).contains("ALE-008"));
    assert_eq!(partner.get("/my?after=nonsense").await.status, 400);
    server.stop().await;
}

async fn hostile_text_is_shown_as_text(db: &Database) {
    let server = Server::start(db).await;
    let partner = Somebody::partner(&server, "acme").await;
    let hostile = "\"'><script>alert(1)</script>\u{202e}{{ 7*7 }}</textarea>🦊";
    let wide = "w".repeat(900);
    let fields = form(&[
        ("reference", hostile),
        ("summary", &wide),
        ("description", hostile),
        ("customer.name", hostile),
        ("customer.site", hostile),
        ("platform.patch", hostile),
        ("third_party.company", hostile),
        ("feature", hostile),
    ]);
    let safe = |answer: &Answer| {
        says(answer, 200, &["&#60;script&#62;alert(1)"]);
        let inside = html(answer).replace("<script type=\"module\" src=\"/assets/", "");
        assert!(!inside.contains("<script") && !inside.contains("</textarea>🦊"), "{inside}");
    };
    let mut check = fields.clone();
    check.push(("use", "third_party.company=\"><script>alert(1)</script>"));
    safe(&partner.post("/my/new", &check).await);
    safe(&partner.post("/my/new", &fields).await);
    safe(&partner.get("/my").await);
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", hostile).finish();
    safe(&partner.get(&format!("/my?{query}")).await);
    server.stop().await;
}

async fn another_site_cannot_act_for_somebody_who_is_signed_in(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let id = server.file(&key, "BP-1").await;
    let partner = Somebody::partner(&server, "acme").await;
    for path in ["/my/new", &format!("/my/{id}/contest"), &format!("/my/{id}/files?name=a.log")] {
        let request = partner.request(Method::POST, path).header("sec-fetch-site", "cross-site");
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body("reason=x&reference=X-1");
        assert_eq!(Answer::to(request).await.status, 403, "{path}");
    }
    let case = server.get(&key, &format!("/v1/esrs/{id}")).await.body;
    assert_eq!(case["revision"], 1);
    server.stop().await;
}
