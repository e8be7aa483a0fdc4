//! Who may: signing in and out, what ends a session, what roles refuse, and what the audit log keeps of it.

use jiff::SignedDuration;
use pointsman::access::{Act, ActOutcome, Permission, Person, PersonState, Role, password};
use pointsman::cases;
use pointsman::clock::Clock;
use pointsman::store::{AuditEntry, AuditFilter, ChangePerson, NewAccount, SignIn};
use reqwest::Method;
use serde_json::json;
use sha2::Digest as _;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

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
    what_was_typed_for_a_login_that_nobody_has_is_stored_nowhere,
    guessing_many_logins_waits_by_address_and_makes_nobody_else_wait,
    an_address_is_a_proxys_to_say_only_where_the_proxy_is_trusted,
    behind_https_cookies_are_for_this_host_over_tls_alone,
    a_link_sets_a_password_once_and_only_while_it_is_the_newest,
    what_agents_do_with_keys_is_in_the_audit_log,
    what_has_ended_is_forgotten_in_time,
);

const PASSWORD: &str = "correct horse battery";

const BEHIND_A_PROXY: &str = "[login]\naddress_header = \"x-forwarded-for\"\ntrusted_proxies = [\"127.0.0.1\"]\n";

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
    let created_at = Clock::system().now() - SignedDuration::from_hours(1);
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

/// The path of a link that a page shows.
fn shown_link(page: &str) -> String {
    let link = page.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    link.split_once("/password/").map(|(_, token)| format!("/password/{token}")).unwrap()
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
    let server = Server::start_with(db, BEHIND_A_PROXY).await;
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
    let given = post(&server, &mine, &format!("{at}/link"), &[]).await;
    let page = given.body.as_str().unwrap();
    assert!(page.contains("&#60;b&#62;Bea") && !page.contains("<b>Bea"), "{page}");
    let link = shown_link(page);
    assert_eq!(post(&server, "", &link, &[("new", PASSWORD), ("again", PASSWORD)]).await.status, 303);
    let theirs = cookie(&sign_in(&server, "bea", PASSWORD).await);
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
    person(&server, "=cmd|calc", &[Role::Agent]).await;
    person(&server, "<script>alert(1)</script>", &[Role::Agent]).await;
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

/// Everything in one column of a table.
async fn column(db: &Database, sql: &'static str) -> Vec<String> {
    if db.is_postgres() {
        let mut conn = PgConnection::connect(&db.url).await.unwrap();
        return sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
    }
    let mut conn = SqliteConnection::connect(&db.url).await.unwrap();
    sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap()
}

async fn what_was_typed_for_a_login_that_nobody_has_is_stored_nowhere(db: &Database) {
    let server = Server::start(db).await;
    person(&server, "noor", &[Role::Agent]).await;
    let typed = "tr0ub4dor&3 with more";
    for _ in 0..5 {
        assert_eq!(sign_in(&server, typed, "").await.status, 422);
    }
    assert_eq!(sign_in(&server, typed, "").await.status, 429, "it waits as a login that somebody has");
    assert_eq!(sign_in(&server, "noor", "wrong horse battery").await.status, 422);
    let tries = column(db, "SELECT whom FROM sign_in_tries").await;
    let audit =
        column(db, "SELECT who || ' ' || details || ' ' || about_id || ' ' || COALESCE(why, '') FROM audit").await;
    assert!(tries.len() == 3 && audit.len() == 6, "{tries:?} {audit:?}");
    let plain = sha2::Sha256::digest(typed).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for kept in tries.iter().chain(&audit) {
        assert!(!kept.contains("tr0ub4dor") && !kept.contains(&plain), "{kept}");
    }
    let who: Vec<_> = log(&server).await.into_iter().map(|one| one.entry.who.name).collect();
    assert_eq!((who[0].as_str(), who[1].as_str()), ("noor", "somebody unknown"));
    server.stop().await;
}

async fn try_from(server: &Server, address: &str, login: &str, password: &str) -> u16 {
    let fields = [("login", login), ("password", password)];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = server.request(Method::POST, "/login").header("x-forwarded-for", address);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    Answer::to(request).await.status.as_u16()
}

async fn guessing_many_logins_waits_by_address_and_makes_nobody_else_wait(db: &Database) {
    let server = Server::start_with(db, BEHIND_A_PROXY).await;
    for login in ["noor", "marek", "ines", "ruth", "jonas"] {
        person(&server, login, &[Role::Agent]).await;
    }
    // A new address each time, of the network that one client has to itself.
    for number in 0..20 {
        let login = ["noor", "marek", "ines", "ruth", "jonas"][number % 5];
        assert_eq!(try_from(&server, &format!("2001:db8::{number:x}"), login, "wrong horse battery").await, 422);
    }
    assert_eq!(try_from(&server, "2001:db8::ffff", "noor", PASSWORD).await, 429);
    for _ in 0..5 {
        assert_eq!(try_from(&server, "2001:db8::1", "noor", "wrong horse battery").await, 429, "counted for nobody");
    }
    assert_eq!(try_from(&server, "2001:db8:0:1::1", "noor", PASSWORD).await, 303, "the person, from elsewhere");
    // Whoever sits on a login that waits makes its office wait no longer for that.
    assert_eq!(try_from(&server, "192.0.2.9", "marek", "wrong horse battery").await, 422, "the fifth time");
    for _ in 0..30 {
        assert_eq!(try_from(&server, "192.0.2.9", "marek", "wrong horse battery").await, 429);
    }
    assert_eq!(try_from(&server, "192.0.2.9", "ruth", PASSWORD).await, 303);
    server.stop().await;
}

async fn an_address_is_a_proxys_to_say_only_where_the_proxy_is_trusted(db: &Database) {
    let settings = "[login]\naddress_header = \"x-forwarded-for\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n";
    let server = Server::start_with(db, settings).await;
    person(&server, "noor", &[Role::Agent]).await;
    assert_eq!(try_from(&server, "192.0.2.1", "noor", PASSWORD).await, 303);
    assert_eq!(log(&server).await[0].entry.origin.address, "127.0.0.1", "the peer is no trusted proxy");
    server.stop().await;
    let server = Server::start_at(db.store().await, BEHIND_A_PROXY, Clock::system()).await;
    assert_eq!(try_from(&server, "6.6.6.6, 192.0.2.1", "noor", PASSWORD).await, 303);
    assert_eq!(log(&server).await[0].entry.origin.address, "192.0.2.1");
    // Whoever moves from address to address writes nothing with each request.
    let request = server.request(Method::POST, "/login").header("x-forwarded-for", "192.0.2.1");
    let body = "login=noor&password=correct+horse+battery";
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let mine = cookie(&Answer::to(request).await);
    let request =
        server.request(Method::GET, "/account").header("x-forwarded-for", "192.0.2.77").header("cookie", &mine);
    assert_eq!(Answer::to(request).await.status, 200);
    let kept = column(db, "SELECT address FROM sessions").await;
    assert!(!kept.contains(&"192.0.2.77".to_owned()), "{kept:?}");
    server.stop().await;
}

async fn behind_https_cookies_are_for_this_host_over_tls_alone(db: &Database) {
    let server = Server::start_with(db, "[server]\npublic_url = \"https://esr.example\"\n").await;
    person(&server, "noor", &[Role::Agent]).await;
    let inside = sign_in(&server, "noor", PASSWORD).await;
    let set = inside.header("set-cookie");
    assert!(
        set.starts_with("__Host-pointsman=")
            && set.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"),
        "{set}"
    );
    let mine = set.split(';').next().unwrap();
    assert_eq!(get(&server, mine, "/queue").await.status, 200);
    let bare = mine.replace("__Host-pointsman", "pointsman_session");
    assert_eq!(get(&server, &bare, "/queue").await.status, 303, "another site of the domain could have set that one");
    let out = post(&server, mine, "/logout", &[]).await;
    assert!(
        out.header("set-cookie").starts_with("__Host-pointsman=; Path=/; Max-Age=0;"),
        "{}",
        out.header("set-cookie")
    );
    server.stop().await;
}

async fn a_link_sets_a_password_once_and_only_while_it_is_the_newest(db: &Database) {
    let server = Server::start(db).await;
    let noor = person(&server, "noor", &[Role::Agent]).await;
    let before = cookie(&sign_in(&server, "noor", PASSWORD).await);
    let mine = server.signed_in(&[Role::Operator], None, None).await;
    let make = async || {
        let page = post(&server, &mine, &format!("/people/{}/link", noor.id), &[]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        shown_link(page.body.as_str().unwrap())
    };
    let (old, link) = (make().await, make().await);
    assert_eq!(get(&server, "", &old).await.status, 404, "a newer one took its place");
    let page = get(&server, "", &link).await;
    assert!(page.status == 200 && page.body.as_str().unwrap().contains("Name of noor"), "{}", page.body);
    let set = async |new: &str, again: &str| post(&server, "", &link, &[("new", new), ("again", again)]).await;
    let short = set("short", "shorter").await;
    assert_eq!(short.status, 422);
    let text = short.body.as_str().unwrap();
    assert!(text.contains("new-wrong") && text.contains("again-wrong"), "{text}");
    assert_eq!(get(&server, &before, "/queue").await.status, 200, "nothing has happened so far");
    let done = set("quite another password", "quite another password").await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/login"));
    let said = done.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(get(&server, &said, "/login").await.body.as_str().unwrap().contains("Your password is set"));
    assert_eq!(set("yet another password", "yet another password").await.status, 404, "once");
    assert_eq!(get(&server, &before, "/queue").await.status, 303, "other sessions have ended");
    assert_eq!(sign_in(&server, "noor", PASSWORD).await.status, 422);
    assert_eq!(sign_in(&server, "noor", "quite another password").await.status, 303);
    let acts: Vec<_> = log(&server).await.into_iter().map(|one| (one.entry.act, one.entry.details)).collect();
    assert_eq!(acts.iter().filter(|(act, _)| *act == Act::PasswordLinkMade).count(), 2);
    assert!(acts.contains(&(Act::PasswordChanged, json!({"by": "link"}))), "{acts:?}");
    let token = link.split('/').next_back().unwrap();
    assert!(acts.iter().all(|(_, details)| !details.to_string().contains(token)));

    let link = make().await;
    let disabled = Person { state: PersonState::Disabled, ..noor.clone() };
    let now = server.app.clock.now();
    server.store.change_person(ChangePerson { person: disabled, now }).await.unwrap();
    assert_eq!(get(&server, "", &link).await.status, 404);
    assert_eq!(post(&server, &mine, &format!("/people/{}/link", noor.id), &[]).await.status, 409);
    let agent = server.signed_in(&[Role::Agent], None, None).await;
    assert_eq!(post(&server, &agent, &format!("/people/{}/link", noor.id), &[]).await.status, 403);
    server.stop().await;
}

async fn what_agents_do_with_keys_is_in_the_audit_log(db: &Database) {
    let server = Server::start_with(db, "[delivery]\nenabled = false\n").await;
    let (partner, desk) = (server.partner("acme").await, server.key(cases::Role::Agent, "Support Desk", None).await);
    let id = server.file(&partner, "BP-1").await;
    let esr = format!("/v1/esrs/{id}");
    assert_eq!(server.post(&partner, &format!("{esr}/updates"), &json!({"system_access": false})).await.status, 200);
    assert!(log(&server).await.is_empty(), "what a partner says of its own case stands in the case");
    assert_eq!(server.post(&desk, &format!("{esr}/updates"), &json!({"severity": 1})).await.status, 200);
    let elsewhere = json!({"route": "ale_support", "reason": "It is ours."});
    assert_eq!(server.post(&desk, &format!("{esr}/override"), &elsewhere).await.status, 200);
    let endpoint = json!({"name": "hooks", "side": "business_partner", "owner": "acme", "connector": "webhook",
        "settings": {"url": "https://hooks.acme.example/p"}});
    assert_eq!(server.post(&desk, "/v1/endpoints", &endpoint).await.status, 201);
    assert_eq!(server.post(&desk, "/v1/endpoints/hooks/disable", &json!({"reason": "They move."})).await.status, 200);
    assert_eq!(
        server.post(&desk, "/v1/deliveries/replay", &json!({"since": "2026-01-01T00:00:00Z"})).await.status,
        202
    );
    let platform = json!({"id": "new", "name": "New platform", "aliases": [], "activity": "network", "releases": []});
    assert_eq!(server.put(&desk, "/v1/platforms/new", &platform).await.status, 200);
    let refused = server.put(&desk, "/v1/platforms/other", &json!({"id": "other", "name": "New platform"})).await;
    assert!(refused.status.is_client_error(), "{}", refused.body);
    let acts = log(&server).await;
    let wanted = [
        (Act::Updated, id.as_str()),
        (Act::Override, id.as_str()),
        (Act::EndpointAdded, "hooks"),
        (Act::EndpointChanged, "hooks"),
        (Act::ReplayedMany, ""),
        (Act::RegistryChanged, "new"),
    ];
    for (act, about) in wanted {
        let found = acts.iter().find(|one| one.entry.act == act && one.outcome == ActOutcome::Done);
        let found = found.unwrap_or_else(|| panic!("{act}: {acts:#?}"));
        assert_eq!(found.entry.about.id, about, "{act}");
        assert_eq!((found.entry.who.name.as_str(), &found.entry.who.key_id), ("Support Desk", &Some(desk.id.clone())));
        assert_eq!(found.entry.origin.address, "127.0.0.1");
    }
    let auditor = server.signed_in(&[Role::Auditor], None, None).await;
    let page = get(&server, &auditor, "/audit?who=Support+Desk&act=override").await;
    assert!(page.body.as_str().unwrap().contains(&format!("by key <bdi>{}</bdi>", desk.id)), "{}", page.body);
    server.stop().await;
}

async fn what_has_ended_is_forgotten_in_time(db: &Database) {
    let server = Server::start(db).await;
    let now = server.app.clock.now();
    let sign_in = |state: &str, ends_at| SignIn {
        state: state.to_owned(),
        browser: "b".to_owned(),
        nonce: "n".to_owned(),
        verifier: "v".to_owned(),
        goes_to: "/".to_owned(),
        ends_at,
    };
    server.store.begin_sign_in(sign_in("over", now - SignedDuration::from_secs(1))).await.unwrap();
    server.store.begin_sign_in(sign_in("goes on", now + SignedDuration::from_mins(5))).await.unwrap();
    pointsman::web::Web::new(std::sync::Arc::clone(&server.app)).tidy().await;
    assert_eq!(column(db, "SELECT state FROM sign_ins").await, ["goes on"]);
    server.stop().await;
}
