//! One attempt: the token where one is needed, the look for a ticket where an earlier attempt may have made one, the request,
//! a second time with a new token where the first was no longer good, and what the answer means.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Read;
use super::definition::Definition;
use super::render::{RenderError, Shown, Step};
use super::secrets::Secrets;
use super::token::{TokenError, Tokens};
use crate::deliver::http::{Answer, CallError, Client};

/// What is sent, to whom.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The context of the notice, as `integrations/README.md` describes it.
    pub context: &'a Value,
    /// The endpoint's secrets.
    pub secrets: &'a Secrets,
    /// Whether an earlier attempt may have arrived although its answer did not.
    pub repeated: bool,
    /// Goes into signatures.
    pub now: Timestamp,
    /// For each call by itself.
    pub deadline: Duration,
}

/// What one attempt came to.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The calls in their order (without those for tokens), for people: secrets hidden.
    pub calls: Vec<Call>,
    /// What the last answer was, whole; `None` when there was none.
    pub answer: Option<Answer>,
    /// What it all means.
    pub outcome: Result<Read, ExchangeError>,
}

/// One call, for people.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Call {
    /// Which of the connector's requests.
    pub step: Step,
    /// What was sent.
    pub request: Shown,
    /// The answer's status; `None` when none came.
    pub status: Option<u16>,
    /// The answer's body, or why there was none.
    pub answer: String,
}

/// Why an attempt came to no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExchangeError {
    /// The request could not be made: trying again makes no difference.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// No token was to be had: worth another try.
    #[error(transparent)]
    Token(TokenError),
    /// No answer came; the client says why.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl From<TokenError> for ExchangeError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Render(error) => Self::Render(error),
            error => Self::Token(error),
        }
    }
}

impl Definition {
    /// Makes one attempt to tell the other side.
    pub async fn exchange(&self, client: &Client, tokens: &Tokens, attempt: Attempt<'_>) -> Exchange {
        let mut run = Run { definition: self, client, tokens, attempt, calls: Vec::new(), answer: None };
        let outcome = run.all().await;
        Exchange { calls: run.calls, answer: run.answer, outcome }
    }

    /// Makes one of the connector's requests by itself.
    pub(super) async fn ask(&self, step: Step, client: &Client, tokens: &Tokens, attempt: Attempt<'_>) -> Exchange {
        let mut run = Run { definition: self, client, tokens, attempt, calls: Vec::new(), answer: None };
        let outcome = run.with_token(step).await;
        Exchange { calls: run.calls, answer: run.answer, outcome }
    }
}

struct Run<'a> {
    definition: &'a Definition,
    client: &'a Client,
    tokens: &'a Tokens,
    attempt: Attempt<'a>,
    calls: Vec<Call>,
    answer: Option<Answer>,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<Read, ExchangeError> {
        let step = self.definition.step(self.attempt.context);
        if step == Step::Create && self.attempt.repeated && self.definition.finds() {
            match self.with_token(Step::Find).await? {
                Read::Absent => {}
                found => return Ok(found),
            }
        }
        self.with_token(step).await
    }

    /// One request; a token that is no longer good is renewed once.
    async fn with_token(&mut self, step: Step) -> Result<Read, ExchangeError> {
        let token = self.token().await?;
        let read = self.call(step, token.as_ref()).await?;
        let (Read::Expired, Some(stale)) = (&read, token) else { return Ok(read) };
        let Attempt { context, secrets, .. } = self.attempt;
        self.tokens.drop_token(self.definition, context, secrets, &stale).await;
        let token = self.token().await?;
        let read = self.call(step, token.as_ref()).await?;
        let status = self.answer.as_ref().map_or(0, |answer| answer.status);
        Ok(if read == Read::Expired {
            Read::Retry(format!("{status}: a new token is not accepted either"))
        } else {
            read
        })
    }

    async fn token(&self) -> Result<Option<Arc<str>>, ExchangeError> {
        let Attempt { context, secrets, deadline, .. } = self.attempt;
        Ok(self.tokens.get(self.definition, context, secrets, self.client, deadline).await?)
    }

    async fn call(&mut self, step: Step, token: Option<&Arc<str>>) -> Result<Read, ExchangeError> {
        let Attempt { context, secrets, now, deadline, .. } = self.attempt;
        let token = token.map(AsRef::as_ref);
        let request = self.definition.render_step(step, context, secrets, token, now)?;
        let shown = self.definition.shown(&request, secrets, token);
        let answered = self.client.call(request, deadline).await;
        let (status, text) = match &answered {
            Ok(answer) => (Some(answer.status), String::from_utf8_lossy(&answer.body).into_owned()),
            Err(error) => (None, error.to_string()),
        };
        let hide = token.map_or_else(|| secrets.clone(), |token| secrets.with("a token", token));
        self.calls.push(Call { step, request: shown, status, answer: hide.redact(&text) });
        let answer = answered?;
        let read = self.definition.read_step(step, context, &answer);
        let expired =
            self.definition.token_rules(context, secrets).is_some_and(|rules| rules.expired.contains(&answer.status));
        self.answer = Some(answer);
        Ok(match read {
            Read::Retry(_) | Read::Refused(_) if expired => Read::Expired,
            Read::Retry(why) => Read::Retry(hide.redact(&why)),
            Read::Refused(why) => Read::Refused(hide.redact(&why)),
            read => read,
        })
    }
}
