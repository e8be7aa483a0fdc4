//! Reads what the other side sends by itself. Pure; whether it is believed is decided in `authenticate`.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::headers as plain_headers;
use super::definition::{CallbackFields, CallbackRules, Definition, TicketStatus};
use super::file::ONLY_EVENT;
use super::source::{Incoming, Source};
use crate::deliver::http::HeaderMap;
use crate::hash::hex;
use crate::intake::esr::Conclusion;
use crate::triage::fault::unknown;

/// A callback that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Tells a repeat: the same for the same event.
    pub event_id: String,
    /// The event's type, as the other side calls it.
    pub event: String,
    /// Our id or reference of the case, where the other side echoes one.
    pub case: Option<String>,
    /// Its own key of the ticket, as [`super::Receipt`]'s `id`.
    pub remote_id: Option<String>,
    /// What is new; `None` for what is known and gives nothing to do.
    pub change: Option<Change>,
}

/// What a callback says about the other side's ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its number, for people.
    pub number: Option<String>,
    /// Where people look at it.
    pub url: Option<String>,
    /// Its state.
    pub status: Option<TicketStatus>,
    /// The state in the other side's own words.
    pub status_said: Option<String>,
    /// What the analysis came to.
    pub conclusion: Option<Conclusion>,
    /// Findings, in words.
    pub findings: Option<String>,
    /// Whether the state is one that ends the ticket.
    pub closed: bool,
}

/// Why a callback was not understood. It is kept, and an agent looks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The connector has no callback.
    #[error("the connector {0} takes no callbacks")]
    OneWay(String),
    /// The body is not what it should be.
    #[error("the body is {0}")]
    BadBody(String),
    /// The event's type is missing.
    #[error("the callback does not say its type")]
    NoEvent,
    /// A word is not on the connector's lists.
    #[error("{0}")]
    UnknownWord(String),
    /// Nothing says which case it is about.
    #[error("the callback names no case: neither ours nor its own")]
    NoCase,
}

/// A part of the update.
pub(super) type Field = fn(&CallbackFields) -> &Option<Vec<Source>>;

impl Definition {
    /// Reads a callback. `settings` are those of the endpoint that it was believed for.
    ///
    /// # Errors
    /// [`CallbackError`]: it has to be kept and looked at.
    pub fn read_callback(
        &self,
        settings: &Value,
        headers: &HeaderMap,
        query: &[(String, String)],
        body: &[u8],
    ) -> Result<Callback, CallbackError> {
        let rules = self.callback.as_ref().ok_or_else(|| CallbackError::OneWay(self.name.clone()))?;
        let query: Map<String, Value> = query.iter().rev().map(|(name, value)| (name.clone(), json!(value))).collect();
        let values = json!({
            "headers": plain_headers(headers),
            "query": query,
            "settings": self.filled(settings),
            "body": parsed(rules, body)?,
        });
        let incoming = Incoming { values: &values, templates: &self.templates };
        let event = if rules.event.is_empty() {
            ONLY_EVENT.to_owned()
        } else {
            incoming.first(&rules.event).ok_or(CallbackError::NoEvent)?
        };
        let own = rules.own(&event)?;
        let usual_id = || hex(&Sha256::digest(body));
        let event_id = incoming.first(&rules.event_id).unwrap_or_else(usual_id);
        let read = |of: Field| incoming.first(rules.sources(own, of));
        let (case, remote_id) = (read(|fields| &fields.case), read(|fields| &fields.remote_id));
        let ignored = rules.ignores(&event) || read(|fields| &fields.ignore_when).as_deref() == Some("true");
        if ignored {
            return Ok(Callback { event_id, event, case, remote_id, change: None });
        }
        if case.is_none() && remote_id.is_none() {
            return Err(CallbackError::NoCase);
        }
        let change = if rules.look { Change::default() } else { rules.change(own, &incoming)? };
        Ok(Callback { event_id, event, case, remote_id, change: Some(change) })
    }
}

impl CallbackRules {
    /// What is said of a type of event.
    pub(super) fn own(&self, event: &str) -> Result<&CallbackFields, CallbackError> {
        let own = self.events.iter().find(|(known, _)| known == event).map(|(_, own)| &own.fields);
        let known = self.events.iter().map(|(known, _)| known.as_str());
        own.ok_or_else(|| CallbackError::UnknownWord(unknown("event", event, known)))
    }

    /// Whether a type of event gives nothing to do.
    fn ignores(&self, event: &str) -> bool {
        self.events.iter().any(|(known, own)| known == event && own.ignore)
    }

    /// Where a part of the update stands, for a type of event.
    pub(super) fn sources<'r>(&'r self, own: &'r CallbackFields, of: Field) -> &'r [Source] {
        of(own).as_ref().or(of(&self.fields).as_ref()).map_or(&[], Vec::as_slice)
    }

    /// What is new about the other side's ticket.
    pub(super) fn change(&self, own: &CallbackFields, incoming: &Incoming<'_>) -> Result<Change, CallbackError> {
        let read = |of: Field| incoming.first(self.sources(own, of));
        let status_said = read(|fields| &fields.status);
        let status = listed("status", status_said.as_deref(), &self.status_words)?;
        let said = read(|fields| &fields.conclusion);
        let conclusion = listed("conclusion", said.as_deref(), &self.conclusion_words)?;
        Ok(Change {
            number: read(|fields| &fields.number),
            url: read(|fields| &fields.url),
            closed: status.is_some_and(|status| self.closes.contains(&status)),
            status,
            status_said,
            conclusion,
            findings: read(|fields| &fields.findings),
        })
    }
}

fn parsed(rules: &CallbackRules, body: &[u8]) -> Result<Value, CallbackError> {
    if rules.form {
        let fields = url::form_urlencoded::parse(body);
        return Ok(Value::Object(fields.map(|(name, value)| (name.into_owned(), json!(value))).collect()));
    }
    serde_json::from_slice(body).map_err(|error| CallbackError::BadBody(format!("no JSON: {error}")))
}

/// Our word for theirs, upper and lower case aside. A word that is not listed is never guessed.
fn listed<T: Copy>(what: &str, said: Option<&str>, words: &[(String, T)]) -> Result<Option<T>, CallbackError> {
    let Some(said) = said else { return Ok(None) };
    let found = words.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(said));
    let known = words.iter().map(|(theirs, _)| theirs.as_str());
    found.map(|(_, ours)| Some(*ours)).ok_or_else(|| CallbackError::UnknownWord(unknown(what, said, known)))
}
