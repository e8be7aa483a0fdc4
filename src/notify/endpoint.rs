//! Who is told on which channel: the endpoints that a side chose.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::event::EventType;
use crate::closed::closed;
use crate::triage::outcome::Side;

/// The endpoint that stands for the mail system itself: a side without an endpoint of its own is written to through it.
pub const MAIL_SYSTEM: &str = "end_email";

/// Why an endpoint is disabled that its owner removed: it is kept for the log, and counts as none for new messages.
pub const REMOVED: &str = "removed";

closed! {
    /// How much of a message a webhook gets.
    Payload {
        /// Everything: the eSR, the decision, both sides' numbers.
        Full = "full",
        /// The ids and the status alone; the receiver asks for the rest.
        Thin = "thin",
    }
}
closed! {
    /// The language that a side is written to in.
    Language {
        /// English.
        En = "en",
        /// French.
        Fr = "fr",
    }
}
closed! {
    /// Whether an endpoint is sent to.
    EndpointState {
        /// It is.
        Enabled = "enabled",
        /// It is not, until somebody enables it: it failed for days, answered 410, or was disabled by hand.
        Disabled = "disabled",
    }
}

/// Secrets of an endpoint by name: each a text, or a list of texts while one is being replaced, the newest first. They never print.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(pub Map<String, Value>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A receiver of a side.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Its id (`end_...`).
    pub id: String,
    /// What people and URLs call it: lower-case letters, digits and dashes.
    pub name: String,
    /// The side that it belongs to.
    pub side: Side,
    /// Whose it is: a business partner's owner name, a participant's id; none for the operator's own desks.
    pub owner: Option<String>,
    /// The connector that speaks to it: a name in `integrations/`.
    pub connector: String,
    /// What the connector wants to know: address, project, queue.
    pub settings: Map<String, Value>,
    /// What it needs to be let in, and what signs.
    pub secrets: Secrets,
    /// The events that it takes; empty for all.
    pub events: Vec<EventType>,
    /// How much it gets.
    pub payload: Payload,
    /// The language of its sentences.
    pub language: Language,
    /// How many deliveries may be under way at once, on each node.
    pub concurrency: u32,
    /// How many deliveries may begin in a second, on each node; 0 for no limit.
    pub per_second: u32,
    /// Who is told by mail when it is disabled.
    pub contact: Option<String>,
    /// Whether it is sent to.
    pub state: EndpointState,
    /// Why it is disabled.
    pub reason: Option<String>,
    /// Since when nothing succeeded there.
    pub failing_since: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// Whether its owner removed it.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.state == EndpointState::Disabled && self.reason.as_deref() == Some(REMOVED)
    }

    /// Whether it takes messages of that type.
    #[must_use]
    pub fn takes(&self, event: EventType) -> bool {
        self.events.is_empty() || self.events.contains(&event)
    }
}
