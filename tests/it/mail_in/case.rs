//! A case that waits for the participant, and the mails about it.

use pointsman::cases::Status;
use pointsman::mail::address::Correspondent;
use pointsman::mail::inbound::{self, Outcome};
use pointsman::mail::{Letter, MailKey, MailSettings, compose};
use pointsman::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use pointsman::store::DeliveryFilter;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use crate::server::{Key, Server};
use crate::support::Database;

/// The secret that addresses are signed with.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A running server with one case.
pub(crate) struct Case {
    pub(crate) server: Server,
    /// Who filed it.
    pub(crate) partner: Key,
    /// Its id.
    pub(crate) id: String,
}

impl Case {
    /// Filed by `acme`, with Hotelia first.
    pub(crate) async fn filed(db: &Database) -> Self {
        Self::filed_with(db, "").await
    }

    /// The same with more settings.
    pub(crate) async fn filed_with(db: &Database, settings: &str) -> Self {
        let mail = format!("[mail]\nfrom_address = \"esr@cases.example\"\nsecret = \"{SECRET}\"\n{settings}");
        let server = Server::start_with(db, &mail).await;
        let partner = server.partner("acme").await;
        let id = server.file(&partner, "BP-2026-00417").await;
        let filed = server.store.esr(&id).await.unwrap().unwrap();
        assert_eq!((filed.status, filed.decision.stage.as_str()), (Status::WaitingPartner, "participant_first"));
        Self { server, partner, id }
    }

    /// Where that party's letters on the case are answered at.
    pub(crate) fn address(&self, side: Side, party: &str) -> String {
        let key = MailKey::new(SECRET).unwrap();
        Correspondent::new(&self.id, side, party).unwrap().reply_address(&key, "cases.example")
    }

    /// Where Hotelia's are.
    pub(crate) fn reply_address(&self) -> String {
        self.address(Side::Participant, "hotelia")
    }

    /// The mail of that name in `fixtures/mails`, about this case.
    pub(crate) fn text(&self, name: &str) -> String {
        let path = format!("{}/fixtures/mails/{name}.eml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let address = self.reply_address();
        let token = address.strip_prefix("reply+").unwrap().split_once('@').unwrap().0.to_owned();
        let digits = self.id.strip_prefix("esr_").unwrap();
        let text = text.replace("TOKEN", &token);
        text.replace("msg_1.end_email@", &format!("msg_{digits}_1_esr_escalated.a1b2c3@"))
    }

    /// The same as it goes over the wire.
    pub(crate) fn mail(&self, name: &str) -> Vec<u8> {
        self.text(name).replace('\n', "\r\n").into_bytes()
    }

    /// The mail comes in.
    pub(crate) async fn receive(&self, name: &str) -> Outcome {
        inbound::receive(&self.server.app, &self.mail(name)).await.unwrap()
    }

    /// The case as its partner sees it.
    pub(crate) async fn shown(&self) -> Value {
        self.server.get(&self.partner, &format!("/v1/esrs/{}", self.id)).await.body
    }

    /// The letter that Hotelia got on the case: its text, and its HTML.
    pub(crate) async fn letter(&self, language: Language) -> (String, String) {
        let filter = DeliveryFilter { side: Some(Side::Participant), ..DeliveryFilter::default() };
        let told = self.server.store.deliveries(&filter, None, 10).await.unwrap().items.remove(0);
        let messages = self.server.store.messages(&self.id).await.unwrap();
        let message = messages.iter().find(|message| message.id == told.message_id).unwrap();
        let letter = Letter {
            message_id: &message.id,
            at: told.created_at,
            data: &message.payload["data"],
            notice: told.notice,
            side: told.side,
            party: &told.party,
            address: "support@hotelia.example",
            language,
            answer_by: None,
            test: false,
            counter: 0,
            linked_at: told.created_at,
        };
        let settings = MailSettings {
            from: "ALE <esr@cases.example>".parse().unwrap(),
            domain: "cases.example".to_owned(),
            key: MailKey::new(SECRET).unwrap(),
            public_url: "https://esr.example".to_owned(),
            link_life: jiff::SignedDuration::from_hours(24),
            dkim: None,
        };
        let written = compose(&letter, &settings).unwrap().formatted();
        let read = mail_parser::MessageParser::default().parse(&written).unwrap();
        (read.body_text(0).unwrap().into_owned(), read.body_html(0).unwrap().into_owned())
    }

    /// The partner gets a mailbox, and is told once more.
    pub(crate) async fn partners_mailbox(&self, address: &str) -> String {
        let now = self.server.app.clock.now();
        let settings = json!({ "to": address });
        let endpoint = Endpoint {
            id: "end_acme".to_owned(),
            name: "acme-mail".to_owned(),
            side: Side::BusinessPartner,
            owner: Some("acme".to_owned()),
            connector: "email".to_owned(),
            settings: settings.as_object().unwrap().clone(),
            secrets: Secrets::default(),
            events: vec![],
            payload: Payload::Full,
            language: Language::En,
            concurrency: 1,
            per_second: 1,
            contact: None,
            state: EndpointState::Enabled,
            reason: None,
            failing_since: None,
            created_at: now,
            updated_at: now,
        };
        self.server.store.put_endpoint(endpoint).await.unwrap();
        self.server.app.refresh_directory().await.unwrap();
        "end_acme".to_owned()
    }

    /// Stops the server.
    pub(crate) async fn end(self) {
        self.server.stop().await;
    }
}
