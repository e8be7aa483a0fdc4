//! Who may: signing in and out, what ends a session, what roles refuse, and what the audit log keeps of it.

use jiff::SignedDuration;
use pointsman::access::{Act, ActOutcome, Permission, Person, PersonState, Role, password};
use pointsman::store::{AuditEntry, AuditFilter, ChangePerson, NewAccount};
use reqwest::Method;

use crate::server::{Answer, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    somebody_signs_in_goes_where_it_wanted_and_signs_out,
    a_wrong_password_and_an_unknown_login_are_told_apart_by_nothing,
    guessing_waits_by_login_and_one_who_is_known_here_still_gets_in,
    a_session_that_was_ended_is_worth_nothing_from_then_on,
    another_site_cannot_act_for_somebody_who_is_signed_in,
    each_part_is_for_the_roles_that_may_alone,
    people_are_added_changed_and_disabled_on_pages,
    a_changed_password_ends_the_other_sessions,
    the_audit_log_is_filtered_exported_and_keeps_that_it_was,
);

const PASSWORD: &str = "correct horse battery";

async fn person(server: &Server, login: &str, roles: &[Role]) -> Person {
    let person = Person {
        id: format!("per_{login}"),
        login: login.to_owned(),
        name: format!("Name of {login}"),
        email: None,
        roles: roles.to_vec(),
        company: None,
        participant: None,
        state: PersonState::Active,
    };
    let password = Some(password::hash(PASSWORD, &[7; 32]).unwrap());
    let created_at = pointsman::clock::Clock::system().now() - SignedDuration::from_hours(1);
    let new = NewAccount { person: person.clone(), password, identity: None, created_at };
    assert!(server.store.add_person(new).await.unwrap());
    person
}

async fn get(server: &Server, cookie: &str, path: &str) -> Answer {
    Answer::to(server.request(Method::GET, path).header("cookie", cookie)).await
}

async fn post(server: &Server, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = server.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    Answer::to(request.header("cookie", cookie).body(body)).await
}

async fn sign_in(server: &Server, login: &str, password: &str) -> Answer {
    post(server, "", "/login", &[("login", login), ("password", password), ("to", "/queue?tab=all")]).await
}

/// The cookie that was set.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let session = set.into_iter().find(|set| set.starts_with("pointsman_session=")).unwrap();
    session.split(';').next().unwrap().to_owned()
}

async fn log(server: &Server) -> Vec<AuditEntry> {
    server.store.audit(&AuditFilter::default(), None, 100).await.unwrap().items
}

async fn somebody_signs_in_goes_where_it_wanted_and_signs_out(db: &Database) {
    let server = Server::start(db).await;
    person(&server, "noor", &[Role::Agent]).await;
    let away = get(&server, "", "/queue?tab=all").await;
    assert_eq!((away.status.as_u16(), away.header("location")), (303, "/login?to=%2Fqueue%3Ftab%3Dall"));
    assert_eq!(post(&server, "", "/my/new", &[]).await.status, 401);
    let page = get(&server, "", away.header("location")).await;
    assert!(page.body.as_str().unwrap().contains("value=\"/queue?tab=all\""), "{}", page.body);
    let inside = sign_in(&server, "Noor", PASSWORD).await;
    assert_eq!((inside.status.as_u16(), inside.header("location")), (303, "/queue?tab=all"));
    let set = inside.header("set-cookie").to_owned();
    assert!(set.contains("; HttpOnly; SameSite=Lax") && set.contains("; Path=/"), "{set}");
    let mine = cookie(&inside);
    assert_eq!(get(&server, &mine, "/queue").await.status, 200);
    assert_eq!(get(&server, &mine, "/").await.header("location"), "/queue");
    let again = post(&server, &mine, "/login", &[("login", "noor"), ("password", PASSWORD)]).await;
    assert_ne!(cookie(&again), mine, "a new session each time");
    assert_eq!(get(&server, &mine, "/queue").await.status, 303, "and the one before has ended");
    let mine = cookie(&again);
    assert_eq!(post(&server, &mine, "/logout", &[]).await.header("location"), "/login");
    assert_eq!(get(&server, &mine, "/queue").await.status, 303);
    let acts: Vec<_> = log(&server).await.iter().map(|one| (one.entry.act, one.outcome)).collect();
    assert_eq!(acts.iter().filter(|act| **act == (Act::SignedIn, ActOutcome::Done)).count(), 2);
    assert!(acts.contains(&(Act::SignedOut, ActOutcome::Done)), "{acts:?}");
    let evil =
        post(&server, "", "/login", &[("login", "noor"), ("password", PASSWORD), ("to", "//evil.example")]).await;
    assert_eq!(evil.header("location"), "/");
    server.stop().await;
}

async fn a_wrong_password_and_an_unknown_login_are_told_apart_by_nothing(db: &Database) {
    let server = Server::start(db).await;
    person(&server, "noor", &[Role::Agent]).await;
    let mut gone = person(&server, "gone", &[Role::Agent]).await;
    gone.state = PersonState::Disabled;
    server.store.change_person(ChangePerson { person: gone, now: server.app.clock.now() }).await.unwrap();
    let mut answers = Vec::new();
    for (login, password) in
        [("noor", "wrong horse battery"), ("nobody", PASSWORD), ("gone", PASSWORD), ("nul\0", PASSWORD)]
    {
        let answer = sign_in(&server, login, password).await;
        assert_eq!(answer.status, 422, "{login}");
        assert!(answer.headers.get("set-cookie").is_none());
        let shown: String = login.chars().filter(|c| *c != '\0').collect();
        answers.push(answer.body.as_str().unwrap().replace(login, "").replace(&shown, ""));
    }
    assert!(answers[0].contains("aria-invalid") && answers[0].contains("do not belong together"));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    let failed = log(&server).await.iter().filter(|one| one.entry.act == Act::SignInFailed).count();
    assert_eq!(failed, 4);
    server.stop().await;
}

async fn guessing_waits_by_login_and_one_who_is_known_here_still_gets_in(db: &Database) {
    let server = Server::start_with(db, "[login]\naddress_header = \"x-forwarded-for\"\n").await;
    person(&server, "noor", &[Role::Agent]).await;
    let from = async |address: &str, password: &str| {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("login", "noor"), ("password", password)])
            .finish();
        let request = server.request(Method::POST, "/login").header("x-forwarded-for", address);
        Answer::to(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    };
    assert_eq!(from("192.0.2.1", PASSWORD).await.status, 303);
    for _ in 0..5 {
        assert_eq!(from("6.6.6.6, 192.0.2.66", "wrong horse battery").await.status, 422);
    }
    let waits = from("192.0.2.66", PASSWORD).await;
    assert_eq!(waits.status, 429, "the right one too: guessing learns nothing");
    assert!(waits.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(from("192.0.2.67", PASSWORD).await.status, 429, "from wherever a stranger comes");
    assert_eq!(from("192.0.2.1", PASSWORD).await.status, 303, "the person itself is not locked out");
    server.stop().await;
}

async fn a_session_that_was_ended_is_worth_nothing_from_then_on(db: &Database) {
    let server = Server::start(db).await;
    let noor = person(&server, "noor", &[Role::Agent]).await;
    let (one, other) =
        (cookie(&sign_in(&server, "noor", PASSWORD).await), cookie(&sign_in(&server, "noor", PASSWORD).await));
    let now = server.app.clock.now();
    let sessions = server.store.sessions(&noor.id, now, SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let page = get(&server, &one, "/account").await;
    let ends: Vec<&str> = page.body.as_str().unwrap().split("action=\"/account/sessions/ses_").skip(1).collect();
    assert_eq!(ends.len(), 1, "its own is marked instead");
    let id = ends[0].split('/').next().unwrap();
    assert_eq!(post(&server, &one, &format!("/account/sessions/ses_{id}/end"), &[]).await.status, 303);
    assert_eq!(get(&server, &other, "/account").await.status, 303);
    assert_eq!(get(&server, &one, "/account").await.status, 200);
    let disabled = Person { state: PersonState::Disabled, ..noor };
    server.store.change_person(ChangePerson { person: disabled, now }).await.unwrap();
    assert_eq!(get(&server, &one, "/account").await.status, 303);
    server.stop().await;
}

async fn another_site_cannot_act_for_somebody_who_is_signed_in(db: &Database) {
    let server = Server::start(db).await;
    let mine = server.signed_in(&[Role::Operator], None, None).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = server.request(Method::POST, "/logout").header("cookie", &mine).header(name, value);
        let refused = Answer::to(request).await;
        assert_eq!(refused.status, 403, "{name}");
        assert!(refused.header("content-type").starts_with("text/html"), "{}", refused.body);
        assert!(refused.body.as_str().unwrap().contains("Not from here"), "{}", refused.body);
    }
    assert_eq!(get(&server, &mine, "/account").await.status, 200);
    server.stop().await;
}

async fn each_part_is_for_the_roles_that_may_alone(db: &Database) {
    let server = Server::start(db).await;
    let parts = [
        ("/queue", Permission::SeeCases),
        ("/overview", Permission::SeeCases),
        ("/registry", Permission::SeeRegistry),
        ("/people", Permission::ManagePeople),
        ("/people/new", Permission::ManagePeople),
        ("/audit", Permission::SeeAudit),
    ];
    for role in Role::ALL {
        let company = (!role.is_staff()).then_some("Hotelia Systems");
        let participant = (*role == Role::Participant).then_some("hotelia");
        let cookie = server.signed_in(&[*role], company, participant).await;
        for (path, permission) in parts {
            let answer = get(&server, &cookie, path).await;
            let wanted = if role.permits(permission) { [200, 303] } else { [403, 403] };
            assert!(wanted.contains(&answer.status.as_u16()), "{role} at {path}: {}", answer.status);
        }
        let own = get(&server, &cookie, "/my").await;
        assert_eq!(own.status == 200, !role.is_staff(), "{role} at /my: {}", own.status);
        let (people, audit) = (role.permits(Permission::ManagePeople), role.permits(Permission::SeeAudit));
        assert_eq!(post(&server, &cookie, "/people/new", &[]).await.status, if people { 422 } else { 403 }, "{role}");
        assert_eq!(post(&server, &cookie, "/audit/export", &[]).await.status, if audit { 200 } else { 403 }, "{role}");
        assert_eq!(get(&server, &cookie, "/account").await.status, 200, "{role}");
        let first = get(&server, &cookie, "/").await;
        assert_eq!(first.header("location"), if role.is_staff() { "/queue" } else { "/my" });
    }
    server.stop().await;
}

async fn people_are_added_changed_and_disabled_on_pages(db: &Database) {
    let server = Server::start(db).await;
    let mine = server.signed_in(&[Role::Operator], None, None).await;
    let wrong =
        post(&server, &mine, "/people/new", &[("login", "bea"), ("name", "Bea"), ("role", "business_partner")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.as_str().unwrap().contains("needs a company"), "{}", wrong.body);
    let fields = [("login", "Bea"), ("name", "<b>Bea</b>"), ("role", "business_partner"), ("company", "acme")];
    let added = post(&server, &mine, "/people/new", &fields).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let at = added.header("location").to_owned();
    assert_eq!(post(&server, &mine, "/people/new", &fields).await.status, 422, "the login is taken");
    let given = post(&server, &mine, &format!("{at}/password"), &[]).await;
    let page = given.body.as_str().unwrap();
    assert!(page.contains("&#60;b&#62;Bea") && !page.contains("<b>Bea"), "{page}");
    let password = page.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let theirs = cookie(&sign_in(&server, "bea", &password).await);
    assert_eq!(get(&server, &theirs, "/my").await.status, 200);
    let list = get(&server, &mine, "/people?q=bea").await;
    assert!(list.body.as_str().unwrap().contains("Business partner"), "{}", list.body);
    let fields = [("name", "Bea"), ("role", "business_partner"), ("company", "acme"), ("disabled", "yes")];
    assert_eq!(post(&server, &mine, &at, &fields).await.status, 303);
    assert_eq!(get(&server, &theirs, "/my").await.status, 303, "at once");
    let me = log(&server).await.into_iter().find(|one| one.entry.act == Act::PersonAdded).unwrap();
    let own = format!("/people/{}", me.entry.who.person_id.unwrap());
    assert_eq!(post(&server, &mine, &own, &[("name", "Me"), ("role", "agent")]).await.status, 422, "not from oneself");
    assert_eq!(get(&server, &mine, "/people/per_nobody").await.status, 404);
    server.stop().await;
}

async fn a_changed_password_ends_the_other_sessions(db: &Database) {
    let server = Server::start(db).await;
    person(&server, "noor", &[Role::Agent]).await;
    let (one, other) =
        (cookie(&sign_in(&server, "noor", PASSWORD).await), cookie(&sign_in(&server, "noor", PASSWORD).await));
    let change = async |current: &str, new: &str| {
        post(&server, &one, "/account/password", &[("current", current), ("new", new)]).await.status.as_u16()
    };
    assert_eq!(change("wrong horse battery", "quite another password").await, 422);
    assert_eq!(change(PASSWORD, "short").await, 422);
    assert_eq!(change(PASSWORD, "quite another password").await, 303);
    assert_eq!(
        (get(&server, &one, "/account").await.status, get(&server, &other, "/account").await.status.as_u16()),
        (reqwest::StatusCode::OK, 303)
    );
    assert_eq!(sign_in(&server, "noor", PASSWORD).await.status, 422);
    assert_eq!(sign_in(&server, "noor", "quite another password").await.status, 303);
    server.stop().await;
}

async fn the_audit_log_is_filtered_exported_and_keeps_that_it_was(db: &Database) {
    let server = Server::start(db).await;
    sign_in(&server, "=cmd|calc", "wrong horse battery").await;
    sign_in(&server, "<script>alert(1)</script>", "wrong horse battery").await;
    let mine = server.signed_in(&[Role::Auditor], None, None).await;
    let page = get(&server, &mine, "/audit?act=sign_in_failed").await;
    let text = page.body.as_str().unwrap();
    assert!(
        text.contains("=cmd|calc") && text.contains("&#60;script&#62;") && !text.contains("<script>alert"),
        "{text}"
    );
    let none = get(&server, &mine, "/audit?act=signed_out&who=x&from=2020-01-01&to=2020-01-02").await;
    assert!(none.body.as_str().unwrap().contains("Nothing fits"), "{}", none.body);
    assert_eq!(get(&server, &mine, "/audit?after=nonsense").await.status, 400);
    let csv = post(&server, &mine, "/audit/export", &[("format", "csv"), ("act", "sign_in_failed")]).await;
    let text = csv.body.as_str().unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("\"'=cmd|calc\""), "{text}");
    let lines = server
        .request(Method::POST, "/audit/export")
        .header("cookie", &mine)
        .body("format=ndjson")
        .send()
        .await
        .unwrap();
    let lines: Vec<serde_json::Value> =
        lines.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().filter(|line| line["act"] == "audit_exported").count(),
        2,
        "itself, begun, and the one before"
    );
    let done = log(&server).await.into_iter().filter(|one| one.entry.act == Act::AuditExported).collect::<Vec<_>>();
    assert!(done.len() == 2 && done.iter().all(|one| one.outcome == ActOutcome::Done && one.ended_at.is_some()));
    server.stop().await;
}
