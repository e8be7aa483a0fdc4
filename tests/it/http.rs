//! The API as a partner's engineer uses it: filing, following, changing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, NOW, Server, esr};
use crate::support::{Database, on_both_databases};
use pointsman::cases::Role;

on_both_databases!(
    an_esr_is_filed_decided_and_read_back,
    the_same_again_gets_the_first_answer_and_other_content_a_conflict,
    two_simultaneous_filings_of_one_reference_store_one_case,
    each_caller_sees_only_its_own,
    an_update_decides_again_for_the_day_of_receipt_and_keeps_all_that_was_said,
    each_side_may_say_only_what_is_its_own,
    an_agent_files_for_a_partner_that_telephoned,
    a_batch_answers_each_in_order_and_one_bad_one_spoils_no_other,
    an_attachment_is_streamed_named_by_its_hash_and_read_back,
    an_override_is_added_as_a_decision_and_a_contest_waits_for_an_agent,
    an_override_and_a_contest_stand_until_there_is_something_new_to_decide_on,
    lists_come_in_pages_with_filters_and_full_text,
    triage_decides_without_storing,
    the_registry_is_kept_entry_by_entry_and_decides_at_once,
    several_entries_of_a_kind_are_put_together_or_not_at_all,
);

async fn an_esr_is_filed_decided_and_read_back(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let filed = server.post(&key, "/v1/esrs", &esr("BP-1")).await;
    assert_eq!(filed.status, 201, "{:#}", filed.body);
    assert_eq!(filed.body["reference"], "BP-1");
    assert_eq!(filed.body["received_at"], NOW);
    assert_eq!(filed.body["status"], "waiting_partner");
    assert_eq!(filed.body["decision"]["route"], "joint_investigation");
    assert_eq!(filed.body["decision"]["stage"], "participant_first");
    assert!(filed.body["id"].as_str().unwrap().starts_with("esr_"));

    let case = server.get(&key, &format!("/v1/esrs/{}", filed.body["id"].as_str().unwrap())).await;
    assert_eq!(case.status, 200);
    assert_eq!(case.body["esr"], esr("BP-1"));
    assert_eq!(case.body["decision"], filed.body["decision"]);
    let kinds: Vec<_> = case.body["timeline"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["filed", "decided"]);
    server.stop().await;
}

async fn the_same_again_gets_the_first_answer_and_other_content_a_conflict(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let first = server.post(&key, "/v1/esrs", &esr("BP-1")).await;
    let mut same = esr("BP-1");
    same["ticket_colour"] = json!("an unknown key");
    same["severity"] = json!(2.0);
    let again = server.post(&key, "/v1/esrs", &same).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body, first.body);

    let mut other = esr("BP-1");
    other["severity"] = json!(1);
    let conflict = server.post(&key, "/v1/esrs", &other).await;
    conflict.is_problem(409);
    assert!(conflict.body["detail"].as_str().unwrap().contains(first.body["id"].as_str().unwrap()));

    let somebody = server.partner("somebody").await;
    assert_eq!(server.post(&somebody, "/v1/esrs", &other).await.status, 201);
    server.stop().await;
}

async fn two_simultaneous_filings_of_one_reference_store_one_case(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    for round in 0..10 {
        let body = esr(&format!("BP-{round}"));
        let answers = futures_util::future::join_all((0..8).map(|_| server.post(&key, "/v1/esrs", &body))).await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(created, 1);
        assert!(answers.iter().all(|answer| answer.status.is_success() && answer.body == answers[0].body));
    }
    assert_eq!(server.store.count(None).await.unwrap(), 10);
    server.stop().await;
}

async fn each_caller_sees_only_its_own(db: &Database) {
    let server = Server::start(db).await;
    let (acme, other) = (server.partner("acme").await, server.partner("other").await);
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let stranger = server.key(Role::Participant, "Stranger", Some("stranger")).await;
    let agent = server.agent().await;
    let operator = server.key(Role::Operator, "ops", None).await;

    let id = server.file(&acme, "BP-1").await;
    let mut own = esr("BP-2");
    own["responsibility"] = json!("ale");
    let ale = server.post(&acme, "/v1/esrs", &own).await.body["id"].as_str().unwrap().to_owned();

    for (key, seen) in [(&acme, 2), (&other, 0), (&hotelia, 1), (&stranger, 0), (&agent, 2)] {
        let list = server.get(key, "/v1/esrs").await;
        assert_eq!(list.status, 200);
        assert_eq!(list.body["items"].as_array().unwrap().len(), seen, "{}", key.id);
    }
    let list = server.get(&operator, "/v1/esrs").await;
    list.is_problem(403);
    assert!(list.body["detail"].as_str().unwrap().contains("`business_partner` or `participant` or `agent`"));
    assert_eq!(server.get(&operator, "/readyz").await.status, 200);
    assert_eq!(server.get(&operator, "/v1/platforms").await.status, 200);
    let path = format!("/v1/esrs/{id}");
    for (key, status) in
        [(&acme, 200), (&other, 404), (&hotelia, 200), (&stranger, 404), (&agent, 200), (&operator, 404)]
    {
        assert_eq!(server.get(key, &path).await.status, status, "{}", key.id);
    }
    server.get(&hotelia, &format!("/v1/esrs/{ale}")).await.is_problem(404);
    let unknown = server.get(&other, "/v1/esrs/esr_00000000000000000000000000000999").await;
    let hidden = server.get(&other, &path).await;
    assert_eq!(unknown.body, hidden.body, "what is hidden looks like what is not there");
    for (suffix, body) in [
        ("updates", json!({"system_access": true})),
        ("contest", json!({"reason": "no"})),
        ("attachments?name=x", json!({})),
    ] {
        server.post(&other, &format!("{path}/{suffix}"), &body).await.is_problem(404);
    }
    server.post(&operator, "/v1/esrs", &esr("BP-9")).await.is_problem(403);
    server.stop().await;
}

async fn an_update_decides_again_for_the_day_of_receipt_and_keeps_all_that_was_said(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let id = server.file(&acme, "BP-1").await;
    let path = format!("/v1/esrs/{id}/updates");
    let opened = server.post(&acme, &path, &json!({"participant_case": {"number": "HT-9912"}})).await;
    assert_eq!(opened.status, 200, "{:#}", opened.body);
    assert_eq!(opened.body["decision"]["stage"], "participant_analysis");
    let shown = json!({"participant_case": {"conclusion": "ale_fault_shown", "findings": "The trace shows it"}});
    let shown = server.post(&hotelia, &path, &shown).await;
    assert_eq!(shown.body["decision"]["stage"], "ale_engaged", "{:#}", shown.body);
    assert_eq!(shown.body["decision"]["decided_at"], NOW);
    assert_eq!(shown.body["esr"]["participant_case"]["number"], "HT-9912", "objects merge key by key");
    assert_eq!(shown.body["status"], "waiting_ale");
    let decisions = shown.body["decisions"].as_array().unwrap();
    let stages: Vec<_> = decisions.iter().map(|taken| &taken["decision"]["stage"]).collect();
    assert_eq!(stages, ["participant_first", "participant_analysis", "ale_engaged"]);
    assert_eq!(decisions[2]["by"]["name"], "Hotelia");

    let taken_back = server.post(&acme, &path, &json!({"participant_case": null})).await;
    assert_eq!(taken_back.body["decision"]["stage"], "participant_first");
    assert_eq!(taken_back.body["revision"], 4);

    let answers = futures_util::future::join_all((0..8).map(|n| {
        let body = json!({"participant_case": {"number": format!("N-{n}")}});
        let (server, acme, path) = (&server, &acme, &path);
        async move { server.post(acme, path, &body).await }
    }));
    assert!(answers.await.iter().all(|answer| answer.status == 200), "simultaneous updates each find their place");
    let case = server.get(&acme, &format!("/v1/esrs/{id}")).await;
    assert_eq!(case.body["revision"], 12);
    assert_eq!(case.body["decisions"].as_array().unwrap().len(), 12);
    server.stop().await;
}

async fn each_side_may_say_only_what_is_its_own(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let agent = server.agent().await;
    let path = format!("/v1/esrs/{}/updates", server.file(&acme, "BP-1").await);

    let refused = server.post(&hotelia, &path, &json!({"system_access": false, "feature": "x"})).await;
    refused.is_problem(403);
    assert_eq!(refused.paths(), ["feature", "system_access"]);
    let refused = server.post(&acme, &path, &json!({"severity": 1, "sevrity": 2})).await;
    refused.is_problem(403);
    assert_eq!(refused.paths(), ["severity", "sevrity"]);
    let wrong = server.post(&acme, &path, &json!({"system_access": "yes", "feature": 7})).await;
    wrong.is_problem(422);
    assert_eq!(wrong.paths(), ["feature", "system_access"]);
    server.post(&agent, &path, &json!({"reference": "BP-2"})).await.is_problem(403);
    assert_eq!(server.post(&agent, &path, &json!({"severity": 1})).await.body["decision"]["priority"], 1);
    server.stop().await;
}

async fn an_agent_files_for_a_partner_that_telephoned(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let mut body = esr("TEL-1");
    server.post(&agent, "/v1/esrs", &body).await.is_problem(422);
    body["on_behalf_of"] = json!("acme");
    let filed = server.post(&agent, "/v1/esrs", &body).await;
    assert_eq!(filed.status, 201, "{:#}", filed.body);
    let case = server.get(&acme, &format!("/v1/esrs/{}", filed.body["id"].as_str().unwrap())).await;
    assert_eq!(case.body["filer"], "acme");
    assert_eq!(case.body["timeline"][0]["by"], json!({"role": "agent", "name": "desk", "on_behalf_of": "acme"}));
    server.post(&acme, "/v1/esrs", &body).await.is_problem(403);
    server.stop().await;
}

async fn a_batch_answers_each_in_order_and_one_bad_one_spoils_no_other(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    let batch = json!([esr("BP-1"), {"reference": "BP-2"}, esr("BP-1"), 7, esr("BP-3")]);
    let answer = server.post(&key, "/v1/esrs/batch", &batch).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    let statuses: Vec<_> = answer.body.as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, [201, 422, 200, 422, 201]);
    assert_eq!(answer.body[1]["body"]["errors"].as_array().unwrap().len(), 3);
    assert_eq!(answer.body[2]["body"], answer.body[0]["body"]);

    let lines = format!("{}\n\n{{\"broken\n{}\n", esr("BP-4"), esr("BP-5"));
    let request = server.request(Method::POST, "/v1/esrs/batch").bearer_auth(&key.bearer);
    let answer = Answer::to(request.header("content-type", "application/x-ndjson").body(lines)).await;
    let Value::String(text) = &answer.body else { panic!("{:#}", answer.body) };
    let statuses: Vec<_> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["status"].clone()).collect();
    assert_eq!(statuses, [201, 400, 201]);
    server.stop().await;
}

async fn an_attachment_is_streamed_named_by_its_hash_and_read_back(db: &Database) {
    let server = Server::start(db).await;
    let (acme, other) = (server.partner("acme").await, server.partner("other").await);
    let path = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    let send = |name: &str| {
        let request =
            server.request(Method::POST, &format!("{path}/attachments?name={name}")).bearer_auth(&acme.bearer);
        Answer::to(request.header("content-type", "application/vnd.tcpdump.pcap").body(bytes.clone()))
    };
    let stored = send("sip%20trace.pcap").await;
    assert_eq!(stored.status, 201, "{:#}", stored.body);
    assert_eq!(stored.body["name"], "sip trace.pcap");
    assert_eq!(stored.body["size"], 3_000_000);
    assert_eq!(send("sip%20trace.pcap").await.status, 200, "the same file again is stored once");
    send("").await.is_problem(400);
    let form = server.request(Method::POST, &format!("{path}/attachments?name=x")).bearer_auth(&acme.bearer);
    let form = Answer::to(form.header("content-type", "multipart/form-data; boundary=b").body("--b--")).await;
    form.is_problem(415);
    assert!(form.body["detail"].as_str().unwrap().contains("--data-binary"), "{:#}", form.body);

    let case = server.get(&acme, &path).await;
    assert_eq!(case.body["attachments"], json!([stored.body]));
    assert_eq!(case.body["timeline"][2]["kind"], "attachment_added");
    let one = format!("{path}/attachments/{}", stored.body["id"].as_str().unwrap());
    let back = server.request(Method::GET, &one).bearer_auth(&acme.bearer).send().await.unwrap();
    assert_eq!(back.headers()["content-type"], "application/vnd.tcpdump.pcap");
    assert_eq!(back.headers()["content-disposition"], "attachment; filename*=UTF-8''sip%20trace.pcap");
    assert_eq!(back.bytes().await.unwrap(), bytes);
    server.get(&other, &one).await.is_problem(404);
    server.stop().await;
}

async fn an_override_is_added_as_a_decision_and_a_contest_waits_for_an_agent(db: &Database) {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let agent = server.agent().await;
    let path = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);

    let wrong =
        server.post(&agent, &format!("{path}/override"), &json!({"route": "ale_support", "stage": "offer"})).await;
    wrong.is_problem(422);
    assert_eq!(wrong.paths(), ["stage", "reason"]);
    let wrong = server.post(&agent, &format!("{path}/override"), &json!({"route": "nowhere", "stage": 1})).await;
    assert_eq!(wrong.paths(), ["route", "stage", "reason"]);
    let choice = json!({"route": "ale_support", "stage": "open", "reason": "The partner is on the telephone"});
    server.post(&acme, &format!("{path}/override"), &choice).await.is_problem(403);
    let contested = server.post(&hotelia, &format!("{path}/contest"), &json!({"reason": "Not our product"})).await;
    assert_eq!(contested.status, 200, "{:#}", contested.body);
    assert_eq!(contested.body["status"], "waiting_agent");
    assert_eq!(contested.body["decision"]["route"], "joint_investigation", "the decision stays");
    server.post(&acme, &format!("{path}/contest"), &json!({"reason": " "})).await.is_problem(422);

    let chosen = server.post(&agent, &format!("{path}/override"), &choice).await;
    assert_eq!(chosen.status, 200, "{:#}", chosen.body);
    assert_eq!(chosen.body["decision"]["route"], "ale_support");
    assert_eq!(chosen.body["status"], "waiting_ale");
    let decisions = chosen.body["decisions"].as_array().unwrap();
    let causes: Vec<_> = decisions.iter().map(|taken| &taken["cause"]).collect();
    assert_eq!(causes, ["filed", "contested", "overridden"]);
    server.post(&hotelia, &format!("{path}/contest"), &json!({"reason": "x"})).await.is_problem(403);

    for (route, first) in [("ale_support", "open"), ("joint_investigation", "participant_first")] {
        let without_stage = json!({"route": route, "reason": "Agreed on the telephone"});
        let chosen = server.post(&agent, &format!("{path}/override"), &without_stage).await;
        assert_eq!(chosen.body["decision"]["stage"], first, "{:#}", chosen.body);
    }
    server.stop().await;
}

async fn an_override_and_a_contest_stand_until_there_is_something_new_to_decide_on(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let path = format!("/v1/esrs/{}", server.file(&acme, "BP-1").await);
    let updates = format!("{path}/updates");
    server.post(&acme, &format!("{path}/contest"), &json!({"reason": "It is ALE's fault"})).await;
    let nothing_new = server.post(&acme, &updates, &json!({"platform": {"release": "R101.1"}})).await;
    assert_eq!(nothing_new.body["status"], "waiting_agent", "{:#}", nothing_new.body);

    let choice = json!({"route": "ale_support", "stage": "open", "reason": "The partner is on the telephone"});
    server.post(&agent, &format!("{path}/override"), &choice).await;
    let back = json!({"route": "participant_hotline", "stage": "open", "reason": "The participant has it"});
    let back = server.post(&agent, &format!("{path}/override"), &back).await;
    assert_eq!(back.body["decision"]["contact"]["name"], "Hotelia Systems", "{:#}", back.body);
    let chosen = server.post(&agent, &format!("{path}/override"), &choice).await;
    assert_eq!(chosen.body["decision"]["contact"]["name"], "ALE Support Center", "the contact of the place chosen");
    let nothing_new = server.post(&acme, &updates, &json!({"platform": {"patch": "N4.521.4"}})).await;
    assert_eq!(nothing_new.body["decision"]["route"], "ale_support", "{:#}", nothing_new.body);
    assert_eq!(nothing_new.body["status"], "waiting_ale");
    let twice = server.post(&acme, &updates, &json!({"platform": {"patch": "N4.521.5"}})).await;
    assert_eq!(twice.body["decision"]["route"], "ale_support");

    let case = json!({"participant_case": {"number": "HT-1", "conclusion": "participant_fault_found"}});
    let news = server.post(&acme, &updates, &case).await;
    assert_eq!(news.body["decision"]["route"], "participant_hotline", "{:#}", news.body);
    assert_eq!(news.body["status"], "waiting_participant");
    server.stop().await;
}

async fn lists_come_in_pages_with_filters_and_full_text(db: &Database) {
    let server = Server::start(db).await;
    let key = server.partner("acme").await;
    for n in 0..5 {
        server.file(&key, &format!("BP-{n}")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/esrs?limit=2".to_owned();
    loop {
        let page = server.get(&key, &path).await;
        seen.extend(
            page.body["items"].as_array().unwrap().iter().map(|esr| esr["reference"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/v1/esrs?limit=2&after={next}");
    }
    assert_eq!(seen, ["BP-4", "BP-3", "BP-2", "BP-1", "BP-0"]);
    for (query, found) in [
        ("q=bellevue+wake", 5),
        ("q=unheard", 0),
        ("reference=BP-3", 1),
        ("status=waiting_partner&stage=participant_first", 5),
        ("stage=offer", 0),
        ("route=joint_investigation&severity=2&phase=production", 5),
        ("phase=development", 0),
        ("participant=hotelia", 5),
        ("participant=nobody", 0),
    ] {
        let page = server.get(&key, &format!("/v1/esrs?{query}")).await;
        assert_eq!(page.body["items"].as_array().map(Vec::len), Some(found), "{query}: {:#}", page.body);
    }
    let wrong = server.get(&key, "/v1/esrs?limit=0&status=asleep&severity=9&since=yesterday&q=%00").await;
    wrong.is_problem(400);
    assert_eq!(wrong.paths(), ["status", "severity", "limit", "since", "q"]);
    for (query, path, says) in [
        ("after=nonsense", "after", "must be the `next` of a page"),
        ("colour=red", "colour", "is no parameter of this call; there are limit, after"),
        ("statu=open", "statu", "is no parameter of this call; did you mean `status`?"),
        ("limit=1&limit=2", "limit", "is given more than once; give it once."),
        ("limit=many", "limit", "must be a number from 1 to 500, not `many`."),
        ("since=2026-02-30T00:00:00Z", "since", "must be a day that exists"),
        ("before=9999-12-31T00:00:00Z", "before", "must be 9999-12-30T22:00:00Z at the latest."),
        ("q=%00", "q", "must not hold control characters."),
    ] {
        let wrong = server.get(&key, &format!("/v1/esrs?{query}")).await;
        wrong.is_problem(400);
        assert_eq!(wrong.paths(), [path], "{query}");
        let message = wrong.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(says), "{query}: {message}");
    }
    let wrong = server.get(&key, "/v1/esrs?colour=red&severity=9&q=x&q=y").await;
    assert_eq!(wrong.paths(), ["colour", "q", "severity"], "all at once");
    let wrong = server.get(&key, "/v1/lookup?solutoin=x&at=yesterday").await;
    assert_eq!(wrong.paths(), ["solutoin", "at"]);
    let agent = server.agent().await;
    let wrong = server.get(&agent, "/v1/platforms?limit=many&befor=x").await;
    wrong.is_problem(400);
    assert_eq!(wrong.paths(), ["befor", "limit"]);
    server.stop().await;
}

async fn triage_decides_without_storing(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let operator = server.key(Role::Operator, "ops", None).await;
    let mut body = esr("BP-1");
    let decided = server.post(&acme, "/v1/triage", &body).await;
    assert_eq!(decided.status, 200, "{:#}", decided.body);
    assert_eq!(decided.body["stage"], "participant_first");
    assert_eq!(server.post(&operator, "/v1/triage", &body).await.body["facts"]["filer"], "other");
    body["filed_by"] = json!("participant");
    assert_eq!(server.post(&agent, "/v1/triage", &body).await.body["stage"], "business_partner_required");
    assert_eq!(server.post(&acme, "/v1/triage", &body).await.body["facts"]["filer"], "business_partner");
    body["filed_by"] = json!("nobody");
    body["severity"] = json!(9);
    assert_eq!(server.post(&agent, "/v1/triage", &body).await.paths(), ["severity", "filed_by"]);
    assert_eq!(server.store.count(None).await.unwrap(), 0);
    server.stop().await;
}

async fn the_registry_is_kept_entry_by_entry_and_decides_at_once(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.get(&acme, "/v1/participants").await.is_problem(403);
    let page = server.get(&agent, "/v1/participants?limit=3").await;
    assert_eq!(page.body["items"].as_array().unwrap().len(), 3);
    let next = server.get(&agent, &format!("/v1/participants?after={}", page.body["next"].as_str().unwrap())).await;
    assert_ne!(next.body["items"][0]["id"], page.body["items"][2]["id"]);

    let before = server.get(&agent, "/v1/participants/hotelia").await;
    let tag = before.header("etag").to_owned();
    let mut left = before.body.clone();
    left["left_on"] = json!("2026-11-01");
    let changed = server.put(&agent, "/v1/participants/hotelia", &left).await;
    assert_eq!(changed.status, 200, "{:#}", changed.body);
    let decided = server.post(&acme, "/v1/triage", &esr("BP-1")).await;
    assert_eq!(decided.body["facts"]["coverage"], "withdrawn");
    assert_eq!(decided.body["registry_version"], changed.body["registry_version"]);

    let stale = server.request(Method::PUT, "/v1/participants/hotelia").bearer_auth(&agent.bearer);
    Answer::to(stale.header("if-match", &tag).json(&before.body)).await.is_problem(412);
    let faulty = json!({"participant": "nobody", "name": "X", "kinds": "pms", "releases": [{"release": 8}]});
    let faulty = server.put(&agent, "/v1/solutions/new", &faulty).await;
    faulty.is_problem(422);
    assert_eq!(faulty.paths().len(), 2, "{:#}", faulty.body);
    let dangling = server.put(&agent, "/v1/solutions/new", &json!({"participant": "nobody", "name": "X"})).await;
    dangling.is_problem(422);
    assert_eq!(dangling.paths(), ["participant"]);

    let history = server.get(&agent, "/v1/participants/hotelia/history").await;
    assert_eq!(history.body.as_array().unwrap().len(), 2, "{:#}", history.body);
    let report = server.get(&agent, "/v1/reports?limit=1").await.body["items"][0].clone();
    let path = format!("/v1/reports/{}/{}", report["id"].as_str().unwrap(), report["edition"]);
    assert_eq!(server.get(&agent, &path).await.body, report);

    let query = "company=Hotelia%20Systems&solution=Hotelia%20PMS&release=8.2.1&platform=OXE&platform_release=R101.1";
    let now = server.get(&acme, &format!("/v1/lookup?{query}")).await;
    assert_eq!(now.body["coverage"], "withdrawn", "{:#}", now.body);
    let earlier = server.get(&acme, &format!("/v1/lookup?{query}&at=2026-10-31")).await;
    assert_eq!(earlier.body["coverage"], "valid", "{:#}", earlier.body);
    server.get(&acme, "/v1/lookup?at=soon&known_at=never").await.is_problem(400);

    let whole = server.get(&agent, "/v1/registry").await;
    assert_eq!(server.post(&agent, "/v1/registry", &whole.body).await.body["changed"], 0);
    let same = server.request(Method::GET, "/v1/registry").bearer_auth(&agent.bearer);
    assert_eq!(Answer::to(same.header("if-none-match", whole.header("etag"))).await.status, 304);
    server.post(&agent, "/v1/registry", &json!({"platforms": 7, "reports": [{"id": 1}]})).await.is_problem(422);
    server.stop().await;
}

async fn several_entries_of_a_kind_are_put_together_or_not_at_all(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let solution =
        |id: &str, participant: &str| json!({"id": id, "participant": participant, "name": format!("The {id}")});
    let faulty = json!([solution("first", "hotelia"), solution("second", "nobody"), {"id": "third", "colour": "red"}]);
    let refused = server.put(&agent, "/v1/solutions", &faulty).await;
    refused.is_problem(422);
    assert!(refused.paths().iter().all(|path| path.starts_with("[2].")), "{:#}", refused.body);
    let dangling = json!([solution("first", "hotelia"), solution("second", "nobody")]);
    let refused = server.put(&agent, "/v1/solutions", &dangling).await;
    refused.is_problem(422);
    assert_eq!(refused.paths(), ["[1].participant"]);
    server.get(&agent, "/v1/solutions/first").await.is_problem(404);

    server.put(&acme, "/v1/solutions", &solution("first", "hotelia")).await.is_problem(403);
    let both = server
        .put(&agent, "/v1/solutions", &json!([solution("first", "hotelia"), solution("second", "hotelia")]))
        .await;
    assert_eq!(both.status, 200, "{:#}", both.body);
    assert_eq!(both.body["added"], 2);
    let one = server.put(&agent, "/v1/solutions", &solution("first", "hotelia")).await;
    assert_eq!(one.status, 200, "{:#}", one.body);
    assert_eq!(one.body["changed"], 0, "the same again changes nothing");
    assert_eq!(server.get(&agent, "/v1/solutions/second").await.status, 200);
    server.stop().await;
}
