//! Tokens for other companies' systems: fetched once for all that wait, kept until shortly before their end, and dropped when
//! the other side says that they are no longer good.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use moka::ops::compute::Op;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::excerpt;
use super::definition::{Definition, TokenRules};
use super::render::RenderError;
use super::secrets::Secrets;
use super::source::Incoming;
use crate::deliver::http::{Answer, CallError, Client};

/// How many tokens are kept: one for each endpoint that needs one.
const KEPT: u64 = 10_000;
/// A token is not used in its last minute: the call has to arrive while it is still good.
const MARGIN: Duration = Duration::from_secs(60);
/// No token is kept longer, whatever its answer says.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A token and how long it may be used.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: Arc<str>,
    pub(super) lives: Duration,
}

/// Why there is no token. Worth another try, all of them: an operator can put right what is wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// The request could not be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// No answer came.
    #[error("no token: {0}")]
    Call(#[from] CallError),
    /// The answer has no token in it.
    #[error("no token: the address that gives tokens answered {status}: {why}")]
    Refused {
        /// The answer's status.
        status: u16,
        /// The beginning of what it said, secrets hidden.
        why: String,
    },
}

/// The tokens of all endpoints.
#[derive(Clone)]
pub struct Tokens(Cache<[u8; 32], Token>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("kept", &self.0.entry_count()).finish()
    }
}

struct Lives;

impl Expiry<[u8; 32], Token> for Lives {
    fn expire_after_create(&self, _: &[u8; 32], token: &Token, _: Instant) -> Option<Duration> {
        Some(token.lives)
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).expire_after(Lives).build())
    }
}

impl Tokens {
    /// The endpoint's token: the one that is kept, or a new one, fetched once for all that wait. `None` where its
    /// authentication needs none.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn get(
        &self,
        definition: &Definition,
        context: &Value,
        secrets: &Secrets,
        client: &Client,
        deadline: Duration,
    ) -> Result<Option<Arc<str>>, TokenError> {
        let Some(rules) = definition.token_rules(context, secrets) else { return Ok(None) };
        let fetch = async {
            let request = definition.render_token(rules, context, secrets)?;
            let answer = client.call(request, deadline).await?;
            definition.read_token(rules, context, secrets, &answer)
        };
        let got = self.0.try_get_with(key(definition, context, secrets), fetch).await;
        got.map(|token| Some(token.text)).map_err(|error: Arc<TokenError>| (*error).clone())
    }

    /// Drops a token that the other side no longer takes; one that replaced it meanwhile stays.
    pub async fn drop_token(&self, definition: &Definition, context: &Value, secrets: &Secrets, stale: &str) {
        let entry = self.0.entry(key(definition, context, secrets));
        let is_stale = |kept: Option<moka::Entry<[u8; 32], Token>>| {
            let same = kept.is_some_and(|kept| *kept.value().text == *stale);
            std::future::ready(if same { Op::Remove } else { Op::Nop })
        };
        entry.and_compute_with(is_stale).await;
    }
}

/// What a token depends on: an endpoint that gets another secret or address gets another token.
fn key(definition: &Definition, context: &Value, secrets: &Secrets) -> [u8; 32] {
    let mut hash = Sha256::new();
    let endpoint = context.get("endpoint").unwrap_or(&Value::Null).to_string();
    for part in [definition.name.as_str(), &endpoint, &secrets.fingerprint()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

impl Definition {
    pub(super) fn read_token(
        &self,
        rules: &TokenRules,
        context: &Value,
        secrets: &Secrets,
        answer: &Answer,
    ) -> Result<Token, TokenError> {
        let values = json!({
            "headers": super::answer::headers(&answer.headers),
            "settings": self.filled(context.pointer("/endpoint/settings").unwrap_or(&Value::Null)),
            "body": serde_json::from_slice::<Value>(&answer.body).ok(),
        });
        let incoming = Incoming { values: &values, templates: &self.templates };
        let token = incoming.first(&rules.token).filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
        let taken = (200..300).contains(&answer.status);
        let Some(text) = token.filter(|_| taken) else {
            let why = secrets.redact(&excerpt(&answer.body));
            return Err(TokenError::Refused { status: answer.status, why });
        };
        let seconds = incoming.first(&rules.expires_in).and_then(|text| text.parse::<f64>().ok());
        let lives = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(rules.lifetime);
        // Half of a short life: a margin longer than the life would fetch a token for every call.
        let used = if lives < 2 * MARGIN { lives / 2 } else { lives - MARGIN };
        Ok(Token { text: text.into(), lives: used.min(LONGEST) })
    }
}
