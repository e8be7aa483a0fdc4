//! `pointsman account` as an operator runs it, on a real database file.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use pointsman::access::{Act, Origin, SignedInBy};
use pointsman::clock::Clock;
use pointsman::store::{AuditFilter, NewSession, Options, Store};
use serde_json::Value;

fn run(database: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman"));
    command.env("NO_COLOR", "1").env("POINTSMAN_DATABASE", database).args(["account"]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever asks for no password leaves it.
    let _ = child.stdin.take().unwrap().write_all(b"correct horse battery\n");
    child.wait_with_output().unwrap()
}

#[track_caller]
fn text(output: &Output, code: i32) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{all}");
    all
}

fn store<T>(database: &Path, work: impl AsyncFnOnce(Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&format!("sqlite://{}", database.display()), &Options::default()).await.unwrap();
        let done = work(store.clone()).await;
        store.close().await;
        done
    })
}

/// A session of the person with that login.
fn sign_in(database: &Path, login: &str, id: &str) {
    let now = Clock::system().now();
    store(database, async |store| {
        let (account, _) = store.account_by_login(login).await.unwrap().unwrap();
        let new = NewSession {
            id: id.to_owned(),
            sha256: [id.len() as u8; 32],
            person_id: account.person.id,
            how: SignedInBy::Password,
            origin: Origin { address: "192.0.2.1".to_owned(), agent: "Firefox".to_owned() },
            id_token: None,
            created_at: now,
            ends_at: now + jiff::SignedDuration::from_hours(1),
            replaces: None,
        };
        assert!(store.start_session(new).await.unwrap());
    });
}

fn acts(database: &Path) -> Vec<(Act, String)> {
    store(database, async |store| {
        let page = store.audit(&AuditFilter::default(), None, 50).await.unwrap();
        page.items.into_iter().map(|one| (one.entry.act, one.entry.who.name)).collect()
    })
}

#[test]
fn people_are_added_listed_given_roles_and_switched() {
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("p.db");
    let added = text(&run(&db, &["add", "Noor", "--name", "Noor Haddad", "--role", "agent", "--role", "lead"]), 0);
    assert!(added.contains("Added. Noor Haddad signs in as noor, Agent and Lead."), "{added}");
    let taken = text(&run(&db, &["add", "noor", "--name", "Noor", "--role", "agent"]), 2);
    assert!(taken.contains("somebody has the login \"noor\" already"), "{taken}");
    let listed = text(&run(&db, &["list"]), 0);
    assert!(listed.contains("noor\n") && listed.contains("Noor Haddad: agent, lead"), "{listed}");

    let changed = text(&run(&db, &["role", "noor", "operator", "auditor"]), 0);
    assert!(changed.contains("Changed. noor is Operator and Auditor from now on."), "{changed}");
    let wrong = text(&run(&db, &["role", "noor", "business_partner"]), 2);
    assert!(wrong.contains("needs a company (ROLE, --company, --participant)"), "{wrong}");
    let unknown = text(&run(&db, &["role", "noor", "chef"]), 2);
    assert!(unknown.contains("the roles are agent, lead"), "{unknown}");
    let outside = text(&run(&db, &["role", "noor", "participant", "--company", "Acme", "--participant", "acme"]), 0);
    assert!(outside.contains("warning: the registry has no participant `acme`"), "{outside}");
    text(&run(&db, &["role", "noor", "agent"]), 0);
    let listed = text(&run(&db, &["list", "--json"]), 0);
    let person: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&person["roles"], &person["company"]), (&serde_json::json!(["agent"]), &Value::Null), "{person}");

    sign_in(&db, "noor", "ses_1");
    let off = text(&run(&db, &["disable", "noor"]), 0);
    assert!(off.contains("Disabled. noor signs in no more; its sessions have ended."), "{off}");
    assert!(text(&run(&db, &["sessions", "noor"]), 0).contains("noor is signed in nowhere."));
    assert!(text(&run(&db, &["list"]), 0).contains("noor  disabled"));
    let refused = text(&run(&db, &["link", "noor"]), 2);
    assert!(refused.contains("pointsman account enable noor"), "{refused}");
    assert!(text(&run(&db, &["enable", "noor"]), 0).contains("Enabled. noor may sign in again."));
    let nobody = text(&run(&db, &["disable", "nobody"]), 2);
    assert!(nobody.contains("there is no person \"nobody\"") && nobody.contains("account list"), "{nobody}");

    let acts = acts(&db);
    assert!(acts.iter().all(|(_, who)| who == "command line"), "{acts:?}");
    assert_eq!(acts.iter().filter(|(act, _)| *act == Act::PersonChanged).count(), 5, "{acts:?}");
}

#[test]
fn sessions_are_listed_and_ended_one_or_all() {
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("p.db");
    text(&run(&db, &["add", "noor", "--name", "Noor Haddad", "--role", "agent"]), 0);
    for id in ["ses_1", "ses_22", "ses_333"] {
        sign_in(&db, "noor", id);
    }
    let listed = text(&run(&db, &["sessions", "noor"]), 0);
    assert!(listed.contains("ses_22\n  Firefox from 192.0.2.1\n  since "), "{listed}");
    assert_eq!(text(&run(&db, &["sessions", "noor", "--json"]), 0).lines().count(), 3);
    assert!(text(&run(&db, &["sessions", "noor", "--end", "ses_22"]), 0).contains("Ended."));
    let again = text(&run(&db, &["sessions", "noor", "--end", "ses_22"]), 2);
    assert!(again.contains("no session \"ses_22\" that goes on"), "{again}");
    let all = text(&run(&db, &["sessions", "noor", "--end-all"]), 0);
    assert!(all.contains("All 2 sessions of noor have ended."), "{all}");
    assert!(text(&run(&db, &["sessions", "noor", "--end-all"]), 0).contains("was signed in nowhere"));
    assert_eq!(acts(&db).iter().filter(|(act, _)| *act == Act::SessionEnded).count(), 4);
}

#[test]
fn a_password_is_set_or_left_to_the_person_by_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("p.db");
    text(&run(&db, &["add", "noor", "--name", "Noor Haddad", "--role", "agent"]), 0);
    assert!(text(&run(&db, &["password", "noor"]), 0).contains("All sessions of noor have ended."));
    let config = directory.path().join("p.toml");
    std::fs::write(&config, "[server]\npublic_url = \"https://esr.example\"\n").unwrap();
    let made = text(&run(&db, &["link", "noor", "--config", config.to_str().unwrap()]), 0);
    let link =
        made.lines().find(|line| line.starts_with("https://esr.example/password/")).unwrap_or_else(|| panic!("{made}"));
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(token.len(), 43, "{made}");
    let whose = store(&db, async |store| {
        let hash = pointsman::store::bearer_sha256(token);
        store.password_link(&hash, Clock::system().now()).await.unwrap().map(|account| account.person.login)
    });
    assert_eq!(whose.as_deref(), Some("noor"));
    let made = text(&run(&db, &["link", "noor"]), 0);
    assert!(made.contains("\nhttp://127.0.0.1:8080/password/"), "{made}");
    std::fs::write(&config, "[login]\npasswords = false\n").unwrap();
    let refused = text(&run(&db, &["link", "noor", "--config", config.to_str().unwrap()]), 2);
    assert!(refused.contains("nobody has a password there"), "{refused}");
    assert_eq!(acts(&db)[0].0, Act::PasswordLinkMade);
}
