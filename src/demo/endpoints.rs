//! Who is told on which channel in the demo: two partners by webhook, one full and one thin, one partner and one participant
//! by mail in French, ALE in its ticket system. All others are written to by mail in English, as they are anywhere: the
//! hotlines of the registry, the desks of the rules.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::PARTNERS;
use super::book::Book;
use super::sink::{Receiver, TICKETS};
use crate::app::App;
use crate::clock::Clock;
use crate::intake::signature::Secret;
use crate::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use crate::registry::model::Document;
use crate::store::{EndpointSwitch, Store};
use crate::triage::outcome::Side;

/// The partner that gets mails, and its address.
const WRITTEN_TO: (&str, &str) = (PARTNERS[2].name, "support@maplegrove.example");
/// The participant that reads French, as the sample registry calls it.
const FRENCH: &str = "nereide";
/// The user that ALE's ticket system knows, and the password that it is shown: any would do.
const TICKET_USER: (&str, &str) = ("pointsman", "demo");

/// The demo's endpoints, and the systems behind those that are called.
pub(super) struct Channels {
    endpoints: Vec<Endpoint>,
    /// The systems that are called.
    pub(super) receivers: Vec<Receiver>,
    /// The word that ALE's ticket system shows when it calls us.
    pub(super) token: String,
}

impl Channels {
    /// The channels, with fresh secrets; `page` is where the systems listen: `http://HOST:PORT`.
    pub(super) fn new(clock: &Clock, page: &str, registry: &Document) -> anyhow::Result<Self> {
        let now = clock.now();
        let token = Secret::written(&clock.secret()?);
        let mut channels = Self { endpoints: Vec::new(), receivers: Vec::new(), token };
        channels.add_webhook(clock, page, "bluewater", PARTNERS[0].name, Payload::Full)?;
        channels.add_webhook(clock, page, "ostrava", PARTNERS[1].name, Payload::Thin)?;
        let token = channels.token.clone();
        channels.add_tickets(now, page, &token);
        let (partner, address) = WRITTEN_TO;
        channels.add_french(now, "maplegrove", Side::BusinessPartner, partner, (address, partner));
        let french = registry.participants.iter().find(|participant| participant.id == FRENCH);
        if let Some((participant, address)) = french.and_then(|known| Some((known, known.hotline.email.as_deref()?))) {
            channels.add_french(now, FRENCH, Side::Participant, FRENCH, (address, &participant.name));
        }
        Ok(channels)
    }

    /// Stores the endpoints in place of those of an earlier demo, all enabled.
    pub(super) async fn store(self, store: &Store, now: Timestamp) -> anyhow::Result<()> {
        for endpoint in self.endpoints {
            let switch = EndpointSwitch {
                id: endpoint.id.clone(),
                state: EndpointState::Enabled,
                reason: None,
                at: now,
                tell: None,
            };
            store.put_endpoint(endpoint).await?;
            store.switch_endpoint(switch).await?;
        }
        Ok(())
    }

    fn add_webhook(
        &mut self,
        clock: &Clock,
        page: &str,
        name: &str,
        partner: &str,
        payload: Payload,
    ) -> anyhow::Result<()> {
        let (key, side) = (clock.secret()?, Side::BusinessPartner);
        self.endpoints.push(Endpoint {
            settings: map(json!({ "url": format!("{page}/hooks/{name}") })),
            secrets: Secrets(map(json!({ "signing_secret": Secret::written(&key) }))),
            payload,
            ..endpoint(clock.now(), name, side, Some(partner), "webhook")
        });
        let secrets = vec![Secret::from_bytes(key.to_vec())?];
        self.receivers.push(Receiver { name: name.to_owned(), title: partner.to_owned(), side, secrets });
        Ok(())
    }

    fn add_tickets(&mut self, now: Timestamp, page: &str, token: &str) {
        let (user, password) = TICKET_USER;
        self.endpoints.push(Endpoint {
            settings: map(json!({ "instance": format!("{page}/tickets"), "username": user })),
            secrets: Secrets(map(json!({ "password": password, "callback_token": token }))),
            ..endpoint(now, TICKETS, Side::Ale, None, "servicenow")
        });
        let (name, title) = (TICKETS.to_owned(), "ALE's ticket system".to_owned());
        self.receivers.push(Receiver { name, title, side: Side::Ale, secrets: Vec::new() });
    }

    fn add_french(&mut self, now: Timestamp, name: &str, side: Side, owner: &str, (address, title): (&str, &str)) {
        self.endpoints.push(Endpoint {
            language: Language::Fr,
            settings: map(json!({ "to": address, "name": title })),
            ..endpoint(now, name, side, Some(owner), "email")
        });
    }
}

/// Who reads which mail.
pub(super) fn book(app: &App) -> Book {
    let (with, mut book) = (app.evaluator(), Book::default());
    let (partner, address) = WRITTEN_TO;
    book.enter(address, Side::BusinessPartner, partner);
    for participant in &with.registry.document().participants {
        if let Some(address) = &participant.hotline.email {
            book.enter(address, Side::Participant, &participant.name);
        }
    }
    for side in [Side::Agent, Side::Finance, Side::Ale] {
        if let Some(desk) = with.notices.desk(side)
            && let Some(address) = &desk.email
        {
            book.enter(address, side, &desk.name);
        }
    }
    // All other desks of the rules are ALE's own.
    for (_, desk) in with.rules.contacts() {
        if let Some(address) = &desk.email {
            book.enter(address, Side::Ale, &desk.name);
        }
    }
    book
}

fn endpoint(now: Timestamp, name: &str, side: Side, owner: Option<&str>, connector: &str) -> Endpoint {
    Endpoint {
        // The same at each start: the next demo on the same data replaces it.
        id: format!("end_demo_{}", name.replace('-', "_")),
        name: name.to_owned(),
        side,
        owner: owner.map(str::to_owned),
        connector: connector.to_owned(),
        settings: Map::new(),
        secrets: Secrets::default(),
        events: Vec::new(),
        payload: Payload::Full,
        language: Language::En,
        concurrency: 4,
        per_second: 0,
        contact: None,
        state: EndpointState::Enabled,
        reason: None,
        failing_since: None,
        created_at: now,
        updated_at: now,
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
