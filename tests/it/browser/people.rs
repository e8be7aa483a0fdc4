//! A server with the sample registry, and somebody of each kind who may sign in.

use jiff::{SignedDuration, Timestamp};
use pointsman::access::{Person, PersonState, Role, password};
use pointsman::clock::Clock;
use pointsman::mail::link::Link;
use pointsman::mail::{MailKey, address::Correspondent};
use pointsman::notify::endpoint::Endpoint;
use pointsman::store::NewAccount;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use super::walk::walk;
use crate::delivery::SETTINGS;
use crate::server::{Key, NOW, Server, esr};
use crate::support::Database;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PASSWORD: &str = "a lamp in the signal box";

/// A server, who can be signed in there, and what a script is told.
pub(super) struct House {
    pub(super) server: Server,
    pub(super) acme: Key,
    db: Database,
    people: Value,
}

impl House {
    /// One whose clock runs from [`NOW`], and that sends to these endpoints; with none it sends nothing.
    pub(super) async fn new(endpoints: Vec<Endpoint>) -> Self {
        let db = Database::sqlite().await;
        let delivery = if endpoints.is_empty() { "[delivery]\nenabled = false\n" } else { SETTINGS };
        let mail = format!(
            "[mail]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nfrom_address = \"esr@ale.example\"\nsecret = \"{SECRET}\"\n"
        );
        let clock = Clock::running_from(NOW.parse().unwrap());
        let server = Server::start_at(db.store().await, &format!("{delivery}{mail}"), clock).await;
        for endpoint in endpoints {
            server.store.put_endpoint(endpoint).await.unwrap();
        }
        server.app.refresh_directory().await.unwrap();
        let acme = server.partner("acme").await;
        let mut people = json!({});
        for (login, roles, company, participant) in [
            ("agent", &[Role::Agent][..], None, None),
            ("lead", &[Role::Lead], None, None),
            ("editor", &[Role::RegistryEditor], None, None),
            ("partner", &[Role::BusinessPartner], Some("acme"), None),
            ("participant", &[Role::Participant], Some("Hotelia Systems"), Some("hotelia")),
        ] {
            people[login] = json!({ "cookie": server.signed_in(roles, company, participant).await });
        }
        Self { server, acme, db, people }
    }

    /// Somebody who can sign in by the form.
    pub(super) async fn with_password(&mut self, login: &str, name: &str, roles: &[Role]) {
        let clock = &self.server.app.clock;
        let hashed = password::hash(PASSWORD, &clock.secret().unwrap()).unwrap();
        let person = Person {
            id: clock.id("per"),
            login: login.to_owned(),
            name: name.to_owned(),
            email: None,
            roles: roles.to_vec(),
            company: None,
            participant: None,
            state: PersonState::Active,
        };
        let new = NewAccount { person, password: Some(hashed), identity: None, created_at: clock.now() };
        assert!(self.server.store.add_person(new).await.unwrap());
        self.people[login] = json!({ "password": PASSWORD });
    }

    /// A business partner of that name, signed in.
    pub(super) async fn outside(&mut self, login: &str, company: &str) {
        let cookie = self.server.signed_in(&[Role::BusinessPartner], Some(company), None).await;
        self.people[login] = json!({ "cookie": cookie });
    }

    /// Files an eSR that goes to the participant first, with these changes: the case's id.
    pub(super) async fn file(&self, reference: &str, changes: Value) -> String {
        let mut body = esr(reference);
        for (path, value) in changes.as_object().unwrap() {
            match path.split_once('.') {
                None => body[path] = value.clone(),
                Some((key, within)) => body[key][within] = value.clone(),
            }
        }
        let answer = self.server.post(&self.acme, "/v1/esrs", &body).await;
        assert_eq!(answer.status, 201, "{:#}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Where the participant's letter on a case leads.
    pub(super) fn link(&self, id: &str) -> String {
        let correspondent = Correspondent::new(id, Side::Participant, "hotelia").unwrap();
        let until = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(720);
        let link = Link { correspondent, counter: 0, until };
        format!("/c/{}", link.token(&MailKey::new(SECRET).unwrap()))
    }

    /// Walks through its pages; the script is told where they are, who may sign in, and these things more.
    pub(super) async fn walk(&self, script: &'static str, more: Value) {
        let mut told = json!({ "base": self.server.base, "people": self.people });
        told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        walk(script, told).await;
    }

    /// Stops the server.
    pub(super) async fn leave(self) {
        self.server.stop().await;
        self.db.remove().await;
    }
}
