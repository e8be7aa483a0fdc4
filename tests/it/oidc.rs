//! Signing in at an identity provider: npm's `oidc-provider`, unmodified, on loopback (`oidc/provider.mjs`).

mod browser;
mod provider;

use jiff::SignedDuration;
use pointsman::access::{Act, ActOutcome, Person, PersonState, Role};
use pointsman::clock::Clock;
use pointsman::store::{Account, AuditEntry, AuditFilter, ChangePerson, Identity, NewAccount, SignIn};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::browser::Browser;
use self::provider::Provider;
use crate::server::Server;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    somebody_signs_in_there_and_has_the_account_and_the_roles_that_it_gives,
    a_sign_in_counts_once_in_its_own_browser_within_its_time,
    a_code_of_another_sign_in_is_worth_nothing,
    a_token_that_does_not_hold_lets_nobody_in,
    a_new_key_of_the_provider_is_fetched_when_a_token_is_signed_with_it,
    somebody_without_a_role_is_told_so_and_one_that_lost_it_is_out_everywhere,
    whom_somebody_here_disabled_stays_out,
    a_login_that_somebody_has_here_is_not_taken_over,
    a_provider_that_does_not_answer_or_talks_nonsense_is_told_from_one_that_refuses,
    signing_out_here_signs_out_there_too,
    passwords_can_be_switched_off_where_there_is_a_provider,
);

async fn start(db: &Database, provider: &Provider, more: &str) -> Server {
    Server::start_at(db.store().await, &provider.settings(more), Clock::system()).await
}

async fn known(server: &Server, provider: &Provider, subject: &str) -> Option<Account> {
    let identity = Identity { issuer: provider.issuer.clone(), subject: subject.to_owned() };
    server.store.account_by_identity(&identity).await.unwrap()
}

async fn log(server: &Server, act: Act) -> Vec<AuditEntry> {
    let filter = AuditFilter { act: Some(act), ..AuditFilter::default() };
    server.store.audit(&filter, None, 100).await.unwrap().items
}

fn noor(groups: &[&str]) -> serde_json::Value {
    json!({"sub": "s-noor", "name": "Noor Haddad", "preferred_username": "Noor", "email": "noor@acme.example", "groups": groups})
}

async fn somebody_signs_in_there_and_has_the_account_and_the_roles_that_it_gives(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support", "chess"])).await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/login?to=/queue?tab=all").await;
    assert!(page.text().contains("href=\"/login/oidc?to=%2Fqueue%3Ftab%3Dall\""), "{}", page.text());
    assert!(page.text().contains("Sign in with Acme ID") && page.text().contains("name=\"password\""));
    let inside = browser.sign_in("/queue?tab=all").await;
    assert_eq!((inside.status, inside.location()), (303, "/queue?tab=all"), "{}", inside.text());
    assert_eq!(browser.get("/queue").await.status, 200);
    let asked = provider.asked_with().await;
    assert_eq!((&asked["code_challenge_method"], &asked["response_type"]), (&json!("S256"), &json!("code")), "{asked}");
    assert_eq!(asked["redirect_uri"], "http://pages.test/login/oidc/callback");

    let account = known(&server, &provider, "s-noor").await.unwrap();
    let Person { login, name, email, roles, .. } = &account.person;
    assert_eq!((login.as_str(), name.as_str(), email.as_deref()), ("noor", "Noor Haddad", Some("noor@acme.example")));
    assert_eq!((roles.as_slice(), account.has_password), (&[Role::Agent][..], false));
    let begun = log(&server, Act::SignedIn).await;
    assert_eq!((begun[0].entry.who.name.as_str(), &begun[0].entry.details["how"]), ("noor", &json!("oidc")));
    assert_eq!(log(&server, Act::PersonAdded).await.len(), 1);

    // The second time it is the same account, as the provider has it now.
    let promoted = json!({"sub": "s-noor", "name": "Noor Haddad-Weber", "preferred_username": "other", "groups": ["support", "support-leads"]});
    provider.sits_there(promoted).await;
    let mut another = Browser::new(&server);
    assert_eq!(another.sign_in("/").await.location(), "/");
    let after = known(&server, &provider, "s-noor").await.unwrap().person;
    assert_eq!((after.id, after.login), (account.person.id, "noor".to_owned()), "the login stays");
    assert_eq!((after.name.as_str(), after.roles.as_slice()), ("Noor Haddad-Weber", &[Role::Agent, Role::Lead][..]));
    let changed = log(&server, Act::PersonChanged).await;
    assert_eq!(changed[0].entry.details["after"]["roles"], json!(["agent", "lead"]));
    assert_eq!(browser.get("/audit").await.status, 200, "a new role holds for the sessions that go on");
    server.stop().await;

    // A public client, which has no secret.
    let settings = provider.settings("").replace("client_id = \"pointsman\"", "client_id = \"public\"");
    let settings = settings.lines().filter(|line| !line.starts_with("client_secret")).collect::<Vec<_>>().join("\n");
    let server = Server::start_at(db.store().await, &settings, Clock::system()).await;
    assert_eq!(Browser::new(&server).sign_in("/queue").await.location(), "/queue");
    server.stop().await;
}

async fn a_sign_in_counts_once_in_its_own_browser_within_its_time(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    let there = browser.leave("/queue").await;
    let back = browser.at_provider(&there).await;
    // Somebody else gets hold of the address.
    let stolen = Browser::new(&server).get(&back).await;
    assert!(stolen.status == 400 && stolen.text().contains("This sign-in is over"), "{}", stolen.text());
    assert!(stolen.session().is_none());
    let used = browser.get(&back).await;
    assert_eq!(used.status, 400, "it counted once, whoever it was");
    let there = browser.leave("/queue").await;
    let back = browser.at_provider(&there).await;
    let forged = back.replace("state=", "state=x");
    assert_eq!(browser.get(&forged).await.status, 400);
    assert_eq!(browser.get("/login/oidc/callback").await.status, 400);
    assert_eq!(browser.get(&back).await.location(), "/queue", "a forged one used nothing up");
    assert_eq!(browser.get(&back).await.status, 400, "replayed");
    assert!(log(&server, Act::SignInFailed).await.is_empty(), "what anybody can send fills no log");
    // One that took too long.
    let hash = |text: &str| pointsman_hex(&Sha256::digest(text));
    let now = server.app.clock.now();
    let (state, verifier, nonce) = ("a-state".to_owned(), "v".to_owned(), "n".to_owned());
    let ends_at = now - SignedDuration::from_secs(1);
    let late =
        SignIn { state: hash(&state), browser: hash("cookie"), nonce, verifier, goes_to: "/".to_owned(), ends_at };
    server.store.begin_sign_in(late).await.unwrap();
    browser.ours.insert("pointsman_leaving".to_owned(), "cookie".to_owned());
    assert_eq!(browser.get("/login/oidc/callback?state=a-state&code=c").await.status, 400);
    server.stop().await;
}

fn pointsman_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn a_code_of_another_sign_in_is_worth_nothing(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    let (first, second) = (browser.leave("/").await, browser.leave("/").await);
    let (first, second) = (browser.at_provider(&first).await, browser.at_provider(&second).await);
    let part = |path: &str, name: &str| {
        let (_, query) = path.split_once('?').unwrap();
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let mixed = first.replace(&part(&first, "code"), &part(&second, "code"));
    let refused = browser.get(&mixed).await;
    assert_eq!(refused.status, 502, "{}", refused.text());
    assert!(refused.text().contains("invalid_grant"), "PKCE stops it at the provider: {}", refused.text());
    assert!(refused.session().is_none());
    let other = second.replace("iss=http", "iss=https");
    let refused = browser.get(&other).await;
    assert!(refused.status == 403 && refused.text().contains("another issuer"), "{}", refused.text());
    let failed = log(&server, Act::SignInFailed).await;
    assert_eq!((failed.len(), failed[0].outcome), (2, ActOutcome::Failed));
    assert_eq!(failed[0].entry.who.name, "somebody unknown");
    server.stop().await;
}

async fn a_token_that_does_not_hold_lets_nobody_in(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    for (mischief, status) in [
        ("tampered", 403),
        ("expired", 403),
        ("other_audience", 403),
        ("other_issuer", 403),
        ("other_nonce", 403),
        ("no_nonce", 403),
        ("unsigned", 403),
        ("by_shared_secret", 403),
        ("by_a_stranger", 403),
        ("nonsense", 502),
    ] {
        provider.does(mischief).await;
        let answer = Browser::new(&server).sign_in("/queue").await;
        assert_eq!(answer.status, status, "{mischief}: {}", answer.text());
        assert!(answer.session().is_none(), "{mischief}");
        assert!(answer.text().contains("What went wrong"), "{mischief}: {}", answer.text());
    }
    assert!(known(&server, &provider, "s-noor").await.is_none());
    assert_eq!(log(&server, Act::SignInFailed).await.len(), 10);
    server.stop().await;
}

async fn a_new_key_of_the_provider_is_fetched_when_a_token_is_signed_with_it(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    for _ in 0..3 {
        assert_eq!(Browser::new(&server).sign_in("/queue").await.location(), "/queue");
    }
    assert_eq!(provider.control(json!({})).await["keys"], 1, "they are kept");
    provider.does("by_the_next_key").await;
    for _ in 0..2 {
        assert_eq!(Browser::new(&server).sign_in("/queue").await.location(), "/queue");
    }
    assert_eq!(provider.control(json!({})).await["keys"], 2, "once more, and kept again");
    server.stop().await;
}

async fn somebody_without_a_role_is_told_so_and_one_that_lost_it_is_out_everywhere(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["chess"])).await;
    let mut browser = Browser::new(&server);
    let refused = browser.sign_in("/queue").await;
    assert_eq!(refused.status, 403);
    for said in ["There is no role for you here", "signed in as noor", "/login/oidc?as=another"] {
        assert!(refused.text().contains(said), "{said}: {}", refused.text());
    }
    assert!(known(&server, &provider, "s-noor").await.is_none());
    assert_eq!(browser.get("/queue").await.status, 303);
    let failed = log(&server, Act::SignInFailed).await;
    assert_eq!(failed[0].entry.details["said"], json!(["chess"]), "for the operator who has to map it");

    // As somebody else: the provider asks again.
    let logins = provider.control(json!({})).await["logins"].clone();
    provider.sits_there(noor(&["support"])).await;
    let there = browser.leave("/queue&as=another").await;
    assert!(there.contains("prompt=login"), "{there}");
    let back = browser.at_provider(&there).await;
    assert_eq!(browser.get(&back).await.location(), "/queue");
    assert_ne!(provider.control(json!({})).await["logins"], logins);

    provider.sits_there(noor(&[])).await;
    assert_eq!(Browser::new(&server).sign_in("/queue").await.status, 403);
    assert_eq!(browser.get("/queue").await.status, 303, "signed out where it was signed in");
    assert!(known(&server, &provider, "s-noor").await.unwrap().person.roles.is_empty());
    provider.sits_there(noor(&["support"])).await;
    assert_eq!(Browser::new(&server).sign_in("/queue").await.location(), "/queue", "and back again with a role");

    // A partner needs a company.
    let partner = json!({"sub": "s-bea", "preferred_username": "bea", "groups": ["partners"]});
    provider.sits_there(partner.clone()).await;
    let refused = Browser::new(&server).sign_in("/").await;
    assert!(refused.text().contains("needs a company"), "{}", refused.text());
    let mut partner = partner;
    partner["company"] = json!("acme");
    provider.sits_there(partner).await;
    let mut browser = Browser::new(&server);
    assert_eq!(browser.sign_in("/my").await.location(), "/my");
    assert_eq!(browser.get("/my").await.status, 200);

    provider.control(json!({"person": null})).await;
    let denied = Browser::new(&server).sign_in("/").await;
    assert!(denied.status == 403 && denied.text().contains("You did not sign in there"), "{}", denied.text());
    server.stop().await;
}

async fn whom_somebody_here_disabled_stays_out(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    browser.sign_in("/queue").await;
    let person = known(&server, &provider, "s-noor").await.unwrap().person;
    let disabled = Person { state: PersonState::Disabled, ..person };
    let now = server.app.clock.now();
    server.store.change_person(ChangePerson { person: disabled, now }).await.unwrap();
    assert_eq!(browser.get("/queue").await.status, 303);
    let refused = browser.sign_in("/queue").await;
    assert!(refused.status == 403 && refused.text().contains("is disabled"), "{}", refused.text());
    assert!(refused.session().is_none());
    let after = known(&server, &provider, "s-noor").await.unwrap().person;
    assert_eq!((after.state, after.roles), (PersonState::Disabled, vec![Role::Agent]));
    server.stop().await;
}

async fn a_login_that_somebody_has_here_is_not_taken_over(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    let mut local = Person {
        id: "per_local".to_owned(),
        login: "noor".to_owned(),
        name: "Another Noor".to_owned(),
        email: Some("noor@acme.example".to_owned()),
        roles: vec![Role::Operator],
        company: None,
        participant: None,
        state: PersonState::Active,
    };
    let now = server.app.clock.now();
    let new = NewAccount { person: local.clone(), password: None, identity: None, created_at: now };
    assert!(server.store.add_person(new).await.unwrap());
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    assert_eq!(browser.sign_in("/queue").await.location(), "/queue");
    let theirs = known(&server, &provider, "s-noor").await.unwrap().person;
    assert_eq!((theirs.login.as_str(), theirs.roles.as_slice()), ("noor@127.0.0.1", &[Role::Agent][..]));
    assert_eq!(browser.get("/people").await.status, 403, "an agent, not the operator of that login");
    local = server.store.account("per_local").await.unwrap().unwrap().person;
    assert_eq!(local.name, "Another Noor");
    server.stop().await;
}

async fn a_provider_that_does_not_answer_or_talks_nonsense_is_told_from_one_that_refuses(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    provider.control(json!({"down": true})).await;
    let down = browser.get("/login/oidc").await;
    assert!(down.status == 502 && down.text().contains("Acme ID gives no answer just now"), "{}", down.text());
    assert!(down.text().contains("Back to signing in"), "{}", down.text());
    assert_eq!(browser.get("/login").await.status, 200, "passwords work on");
    provider.control(json!({"down": false})).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let there = browser.leave("/queue").await;
    let back = browser.at_provider(&there).await;
    provider.control(json!({"down": true})).await;
    let down = browser.get(&back).await;
    assert!(down.status == 502 && down.text().contains("the token endpoint"), "{}", down.text());
    provider.control(json!({"down": false})).await;
    assert_eq!(browser.sign_in("/queue").await.location(), "/queue");
    server.stop().await;

    let wrong = provider.settings("").replace("a: s3cret", "a: wrong");
    let server = Server::start_at(db.store().await, &wrong, Clock::system()).await;
    let refused = Browser::new(&server).sign_in("/queue").await;
    assert_eq!(refused.status, 502);
    assert!(
        refused.text().contains("invalid_client") && refused.text().contains("client_secret"),
        "{}",
        refused.text()
    );
    server.stop().await;

    let elsewhere = provider.settings("").replace(&provider.issuer, &format!("{}/realms/x", provider.issuer));
    let server = Server::start_at(db.store().await, &elsewhere, Clock::system()).await;
    let nonsense = Browser::new(&server).get("/login/oidc").await;
    assert!(nonsense.status == 502 && nonsense.text().contains("login.oidc"), "{}", nonsense.text());
    server.stop().await;
}

async fn signing_out_here_signs_out_there_too(db: &Database) {
    let provider = Provider::start().await;
    let server = start(db, &provider, "").await;
    provider.sits_there(noor(&["support"])).await;
    let mut browser = Browser::new(&server);
    browser.sign_in("/queue").await;
    let out = browser.post("/logout", &[]).await;
    let page = out.text().to_owned();
    assert!(out.status == 200 && page.contains("You are signed out"), "{page}");
    let end = page.split("http-equiv=\"refresh\" content=\"0; url=").nth(1).unwrap().split('"').next().unwrap();
    let end = end.replace("&#38;", "&").replace("&amp;", "&");
    assert!(end.starts_with(&format!("{}/session/end?id_token_hint=ey", provider.issuer)), "{end}");
    assert_eq!(browser.get("/queue").await.status, 303);
    assert_eq!(browser.signs_out_there(&end).await, "http://pages.test/login");
    let logins = provider.control(json!({})).await["logins"].as_u64().unwrap();
    browser.sign_in("/queue").await;
    assert_eq!(provider.control(json!({})).await["logins"].as_u64().unwrap(), logins + 1, "it asks who one is again");
    server.stop().await;

    let server = start(db, &provider, "sign_out_there = false").await;
    let mut browser = Browser::new(&server);
    browser.sign_in("/queue").await;
    assert_eq!(browser.post("/logout", &[]).await.location(), "/login");
    server.stop().await;
}

async fn passwords_can_be_switched_off_where_there_is_a_provider(db: &Database) {
    let provider = Provider::start().await;
    let settings = provider.settings("").replace("[login]", "[login]\npasswords = false");
    let server = Server::start_at(db.store().await, &settings, Clock::system()).await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/login").await;
    assert!(page.text().contains("Sign in with Acme ID") && !page.text().contains("name=\"password\""));
    let refused = browser.post("/login", &[("login", "noor"), ("password", "correct horse battery")]).await;
    assert_eq!(refused.status, 404);
    provider.sits_there(noor(&["support"])).await;
    assert_eq!(browser.sign_in("/queue").await.location(), "/queue");
    server.stop().await;
}
