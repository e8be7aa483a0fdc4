//! One attempt: the token where one is needed, the look for a ticket where an earlier attempt may have made one, the request,
//! a second time with a new token where the first was no longer good, and what the answer means.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Read, Receipt};
use super::definition::Definition;
use super::render::{RenderError, Shown, Step};
use super::secrets::Secrets;
use super::token::{TokenError, Tokens};
use crate::deliver::http::{Answer, CallError, Client, Outgoing};

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
    /// The calls in their order, without those for tokens.
    pub calls: Vec<Call>,
    /// What the last answer was, whole; `None` when there was none.
    pub answer: Option<Answer>,
    /// What it all means.
    pub outcome: Result<Read, ExchangeError>,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which of the connector's requests.
    pub step: Step,
    /// What was sent; [`Definition::shown_call`] is for people.
    request: Outgoing,
    token: Option<Arc<str>>,
    /// The answer's status; `None` when none came.
    pub status: Option<u16>,
    /// The answer's body, or why there was none; secrets hidden.
    pub answer: String,
}

/// A call as people may see it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ShownCall {
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
        let outcome = run.with_token(step, attempt.context).await;
        Exchange { calls: run.calls, answer: run.answer, outcome }
    }

    /// A call as people may see it: secrets hidden.
    #[must_use]
    pub fn shown_call(&self, call: &Call, secrets: &Secrets) -> ShownCall {
        let request = self.shown(&call.request, secrets, call.token.as_deref());
        ShownCall { step: call.step, request, status: call.status, answer: call.answer.clone() }
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
        let context = self.attempt.context;
        let step = self.definition.step(context);
        if step != Step::Create || !self.definition.finds() || !(self.attempt.repeated || told_before(context)) {
            return self.with_token(step, context).await;
        }
        // A ticket may be there although we do not know it: the answer of an attempt got lost.
        let found = match self.with_token(Step::Find, context).await? {
            Read::Absent => return self.with_token(step, context).await,
            Read::Done(found) => found,
            read => return Ok(read),
        };
        if !told_before(context) {
            return Ok(Read::Done(found));
        }
        // It was made for an earlier message; this one's news are not in it.
        let mut known = context.clone();
        known["remote"] = json!(found);
        match self.definition.step(&known) {
            Step::Create => Ok(Read::Done(found)),
            step => Ok(match self.with_token(step, &known).await? {
                Read::Done(said) => Read::Done(Receipt {
                    id: said.id.or(found.id),
                    number: said.number.or(found.number),
                    url: said.url.or(found.url),
                }),
                read => read,
            }),
        }
    }

    /// One request; a token that is no longer good is renewed once.
    async fn with_token(&mut self, step: Step, context: &Value) -> Result<Read, ExchangeError> {
        let token = self.token().await?;
        let read = self.call(step, context, token.as_ref()).await?;
        let (Read::Expired, Some(stale)) = (&read, token) else { return Ok(read) };
        self.tokens.drop_token(self.definition, context, self.attempt.secrets, &stale).await;
        let token = self.token().await?;
        let read = self.call(step, context, token.as_ref()).await?;
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

    async fn call(&mut self, step: Step, context: &Value, token: Option<&Arc<str>>) -> Result<Read, ExchangeError> {
        let Attempt { secrets, now, deadline, .. } = self.attempt;
        let request = self.definition.render_step(step, context, secrets, token.map(AsRef::as_ref), now)?;
        let answered = self.client.call(request.clone(), deadline).await;
        let (status, text) = match &answered {
            Ok(answer) => (Some(answer.status), String::from_utf8_lossy(&answer.body).into_owned()),
            Err(error) => (None, error.to_string()),
        };
        let hidden = token.map(|token| secrets.with("a token", token));
        let hide = hidden.as_ref().unwrap_or(secrets);
        self.calls.push(Call { step, request, token: token.cloned(), status, answer: hide.redact(&text) });
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

/// Whether the case was told of before: a message of a later revision.
fn told_before(context: &Value) -> bool {
    context.pointer("/data/revision").and_then(Value::as_i64).is_some_and(|revision| revision > 1)
}
