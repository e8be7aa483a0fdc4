//! Letters: what they say, to whom, in both languages, and that they arrive and verify.

mod arrives;
mod dkim;
mod letters;
mod pages;
mod postfix;
mod shapes;
mod stalls;
mod structure;

use std::path::PathBuf;

use jiff::Timestamp;
use pointsman::config::Config;
use pointsman::intake::esr::FiledBy;
use pointsman::intake::parse;
use pointsman::mail::{Letter, MailSettings};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::registry::document;
use pointsman::registry::index::Registry;
use pointsman::triage::decide;
use pointsman::triage::outcome::Side;
use pointsman::triage::rules::Rules;
use serde_json::{Value, json};

const ESR: &str = "esr_0193f4c2a1b07c3d8e9f001122334455";

pub(crate) fn fixture(below: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(below);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Decides eSRs as the sample registry and the built-in rules say.
pub(crate) struct Desk {
    registry: Registry,
    rules: std::sync::Arc<Rules>,
}

impl Desk {
    pub(crate) fn open() -> Self {
        let document = document::parse("fixtures/registry.json", &fixture("registry.json")).unwrap();
        Self { registry: Registry::new(document), rules: Rules::embedded() }
    }

    /// A message's `data` on the eSR as filed.
    pub(crate) fn data(&self, value: &Value) -> Value {
        let esr = parse::esr(value).unwrap();
        let filed_by: FiledBy = parse::filed_by(value).unwrap();
        let decision = decide(&esr, &filed_by, &self.registry, &self.rules, at());
        let status = self.rules.outcome_of(&decision).map_or("open", |outcome| outcome.status.as_str());
        let mut numbers = vec![json!({ "side": "business_partner", "name": "acme", "number": esr.reference })];
        if let Some(number) = esr.participant_case.and_then(|case| case.number) {
            numbers.push(json!({ "side": "participant", "name": "Hotelia Systems", "number": number }));
        }
        json!({
            "id": ESR, "reference": esr.reference, "filer": "acme", "revision": 1, "status": status,
            "decision": decision, "esr": value, "numbers": numbers,
        })
    }
}

pub(crate) fn at() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

/// The contract's example, with what may be changed in it.
pub(crate) fn esr(changes: Value) -> Value {
    let mut value = json!({
        "reference": "BP-2026-00417", "phase": "production", "severity": 2,
        "summary": "Wake-up calls are not placed since the upgrade",
        "description": "Since the upgrade on Friday no wake-up call is placed from the PMS.\nCalls set on the phone itself work.\n\nNothing else was changed.",
        "occurred_at": "2026-11-20T08:30:00Z",
        "customer": { "name": "Hotel Bellevue", "site": "Lyon", "country": "FR" },
        "platform": { "product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3" },
        "third_party": { "company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1" },
        "feature": "wake-up call", "system_access": true,
    });
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    value
}

/// A letter on it.
pub(crate) fn letter(data: &Value, notice: Notice, side: Side, language: Language) -> Letter<'_> {
    let (party, address) = match side {
        Side::Participant => ("hotelia", "support@hotelia.example"),
        Side::BusinessPartner | Side::Filer => ("acme", "service@acme.example"),
        _ => (side.as_str(), "desk@ale.example"),
    };
    Letter {
        message_id: "msg_0193f4c2a1b07c3d8e9f001122334455_1_esr_escalated",
        at: at(),
        data,
        notice,
        side,
        party,
        address,
        language,
        answer_by: None,
        test: false,
        counter: 0,
        linked_at: at(),
    }
}

pub(crate) fn settings(more: &str) -> MailSettings {
    let text = format!(
        "[server]\npublic_url = \"https://esr.ale.example\"\n[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\n\
         from_address = \"esr@ale.example\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n{more}"
    );
    MailSettings::of(&Config::parse("p.toml", &text).unwrap()).unwrap().unwrap()
}
