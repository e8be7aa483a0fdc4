//! Systems whose callbacks say only that something is new: how their ticket stands is asked then, and read like a callback.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Read, headers};
use super::callback::{Callback, CallbackError};
use super::cut;
use super::definition::Definition;
use super::exchange::{Attempt, ExchangeError};
use super::render::Step;
use super::secrets::Secrets;
use super::source::Incoming;
use super::token::Tokens;
use crate::deliver::http::{Answer, Client};

/// Whom is asked.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The endpoint as it stands in a notice's context: `name`, `language`, `settings`.
    pub endpoint: &'a Value,
    /// Its secrets.
    pub secrets: &'a Secrets,
    /// Goes into signatures.
    pub now: Timestamp,
    /// For each call by itself.
    pub deadline: Duration,
}

/// Why it is not known how the ticket stands.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LookError {
    /// No answer, or one that is worth another try: the other side had better send its callback again.
    #[error("how the ticket stands cannot be asked now: {0}")]
    Later(String),
    /// The callback has to be kept, and an agent looks.
    #[error("how the ticket stands was asked in vain: {0}")]
    Never(String),
    /// The answer is not understood: likewise.
    #[error(transparent)]
    NotUnderstood(#[from] CallbackError),
}

impl Definition {
    /// Whether its callbacks say only that something is new, so that [`Self::look`] has to be called with each that gives
    /// something to do.
    #[must_use]
    pub fn looks(&self) -> bool {
        self.look.is_some()
    }

    /// Asks how the ticket of a callback stands; the callback with what is new.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn look(
        &self,
        client: &Client,
        tokens: &Tokens,
        look: Look<'_>,
        callback: &Callback,
    ) -> Result<Callback, LookError> {
        let remote = json!({ "id": callback.remote_id, "number": null, "url": null });
        let context = json!({ "endpoint": look.endpoint, "remote": remote, "data": { "id": callback.case } });
        let Look { endpoint, secrets, now, deadline } = look;
        let attempt = Attempt { context: &context, secrets, repeated: false, now, deadline };
        let exchange = self.ask(Step::Look, client, tokens, attempt).await;
        let settings = endpoint.get("settings").unwrap_or(&Value::Null);
        match (exchange.outcome, exchange.answer) {
            (Ok(Read::Done(_)), Some(answer)) => Ok(self.read_look(settings, callback, &answer)?),
            (Ok(Read::Retry(why)), _) => Err(LookError::Later(why)),
            (Ok(Read::Refused(why)), _) => Err(LookError::Never(why)),
            (Ok(other), _) => Err(LookError::Never(format!("{other:?}"))),
            (Err(ExchangeError::Render(error)), _) => Err(LookError::Never(error.to_string())),
            (Err(error), _) => Err(LookError::Later(error.to_string())),
        }
    }

    /// The callback with what the answer to `look` says is new.
    ///
    /// # Errors
    /// [`CallbackError`]: it has to be kept and looked at.
    pub fn read_look(&self, settings: &Value, callback: &Callback, answer: &Answer) -> Result<Callback, CallbackError> {
        let rules = self.callback.as_ref().ok_or_else(|| CallbackError::OneWay(self.name.clone()))?;
        if callback.change.is_none() {
            return Ok(callback.clone());
        }
        let body = serde_json::from_slice::<Value>(&answer.body);
        let body = body.or_else(|fault| answer.truncated.then(|| cut::beginning(&answer.body)).flatten().ok_or(fault));
        let values = json!({
            "headers": headers(&answer.headers),
            "query": {},
            "settings": self.filled(settings),
            "body": body.map_err(|error| CallbackError::BadBody(format!("no JSON: {error}")))?,
        });
        let incoming = Incoming { values: &values, templates: &self.templates };
        let own = rules.own(&callback.event)?;
        let case = incoming.first(rules.sources(own, |fields| &fields.case)).or_else(|| callback.case.clone());
        Ok(Callback { case, change: Some(rules.change(own, &incoming)?), ..callback.clone() })
    }
}
