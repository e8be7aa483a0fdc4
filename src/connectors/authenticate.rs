//! Whether a callback comes from whom it says. Pure; takes as long for a wrong credential as for the right one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use minijinja::value::Serde;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::definition::{CallbackAuth, Definition, Signed};
use super::secrets::Secrets;
use crate::deliver::http::HeaderMap;
use crate::hash::hex;
use crate::intake::signature::{Headers, Secret, TOLERANCE_SECONDS, Verifier};

/// Why a callback is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotBelieved {
    /// The connector takes no callbacks.
    #[error("this connector takes no callbacks")]
    OneWay,
    /// The endpoint has no secret for it.
    #[error("no endpoint has the secret that callbacks of this connector are checked with")]
    NoSecret,
    /// The credential is missing or wrong.
    #[error("the callback's signature or token is missing or wrong, or its time is more than five minutes off")]
    Wrong,
}

/// What came in.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The query's parameters, decoded, in their order.
    pub query: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl Received<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Definition {
    /// Whether one endpoint's secrets show that it sent this; `settings` are that endpoint's.
    ///
    /// # Errors
    /// [`NotBelieved`].
    pub fn authenticate(
        &self,
        settings: &Value,
        secrets: &Secrets,
        received: Received<'_>,
        now: Timestamp,
    ) -> Result<(), NotBelieved> {
        let rules = self.callback.as_ref().ok_or(NotBelieved::OneWay)?;
        let usable: Vec<&CallbackAuth> =
            rules.auth.iter().filter(|auth| secrets.get(auth.secret()).is_some()).collect();
        if usable.is_empty() {
            return Err(NotBelieved::NoSecret);
        }
        let believed = usable.into_iter().any(|auth| self.believes(auth, settings, secrets, received, now));
        if believed { Ok(()) } else { Err(NotBelieved::Wrong) }
    }

    fn believes(
        &self,
        auth: &CallbackAuth,
        settings: &Value,
        secrets: &Secrets,
        received: Received<'_>,
        now: Timestamp,
    ) -> bool {
        match auth {
            CallbackAuth::StandardWebhooks { secret } => {
                let keys: Vec<Secret> =
                    secrets.all(secret).into_iter().filter_map(|text| Secret::parse(text).ok()).collect();
                let headers = Headers {
                    id: received.header("webhook-id"),
                    timestamp: received.header("webhook-timestamp"),
                    signature: received.header("webhook-signature"),
                };
                Verifier::new(&keys, headers, now).is_ok_and(|mut verifier| {
                    verifier.update(received.body);
                    verifier.finish().is_ok()
                })
            }
            CallbackAuth::Hmac { secret, header, prefix, base64, over, timestamp } => {
                let fresh =
                    timestamp.as_ref().is_none_or(|name| received.header(name).is_some_and(|at| recent(at, now)));
                let signatures = received.header(header).filter(|_| fresh).unwrap_or_default();
                // Several stand side by side while a secret is being replaced.
                signatures.split(',').filter_map(|one| one.trim().strip_prefix(prefix.as_str())).any(|said| {
                    // Hexadecimal digits are as good in either case; base64 is not.
                    let said = if *base64 { said.to_owned() } else { said.to_ascii_lowercase() };
                    any(secrets.each(secret).map(|key| mac(key, over, *base64, received)), &said)
                })
            }
            CallbackAuth::Token { secret, header, query, prefix } => {
                let in_query = |name: &String| {
                    received.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
                };
                let said = header
                    .as_ref()
                    .and_then(|name| received.header(name))
                    .or_else(|| query.as_ref().and_then(in_query));
                let Some(said) = said.and_then(|said| said.strip_prefix(prefix.as_str())) else { return false };
                any(secrets.each(secret).map(|token| Some(token.to_owned())), said)
            }
            CallbackAuth::Basic { user, secret } => {
                let user = self.callback_user(user, settings);
                let said = received.header("authorization").and_then(|value| value.strip_prefix("Basic "));
                let (Some(user), Some(said)) = (user, said) else { return false };
                let expected = |password: &str| Some(STANDARD.encode(format!("{user}:{password}")));
                any(secrets.get(secret).into_iter().map(expected), said)
            }
        }
    }

    fn callback_user(&self, template: &str, settings: &Value) -> Option<String> {
        let settings = self.filled(settings);
        let context = minijinja::context! { settings => minijinja::Value::from(Serde(&settings)) };
        self.templates.strict(template, &context).ok().filter(|user| !user.is_empty())
    }

    /// The headers and query parameters that show who we are, for tests of a connector: what [`Self::authenticate`] asks for.
    pub(super) fn credential(
        &self,
        settings: &Value,
        secrets: &Secrets,
        received: Received<'_>,
        now: Timestamp,
    ) -> Vec<Credential> {
        let auth = self.callback.iter().flat_map(|rules| &rules.auth);
        let Some(auth) = auth.into_iter().find(|auth| secrets.get(auth.secret()).is_some()) else { return vec![] };
        let header = |name: &str, value: String| Credential { name: name.to_owned(), value, in_query: false };
        match auth {
            CallbackAuth::StandardWebhooks { secret } => {
                let key = secrets.all(secret).first().and_then(|text| Secret::parse(text).ok());
                let signed =
                    key.and_then(|key| crate::intake::signature::sign(&key, "sample", now, received.body).ok());
                vec![
                    header("webhook-id", "sample".to_owned()),
                    header("webhook-timestamp", now.as_second().to_string()),
                    header("webhook-signature", signed.unwrap_or_default()),
                ]
            }
            CallbackAuth::Hmac { secret, header: name, prefix, base64, over, timestamp } => {
                let mut headers = received.headers.clone();
                let mut all = Vec::new();
                if let Some(timestamp) = timestamp {
                    let at = now.as_second().to_string();
                    if let (Ok(name), Ok(value)) = (timestamp.parse::<axum::http::HeaderName>(), at.parse()) {
                        headers.insert(name, value);
                    }
                    all.push(header(timestamp, at));
                }
                let received = Received { headers: &headers, ..received };
                let key = secrets.get(secret).unwrap_or_default();
                let signed = mac(key, over, *base64, received).unwrap_or_default();
                all.push(header(name, format!("{prefix}{signed}")));
                all
            }
            CallbackAuth::Token { secret, header: name, query, prefix } => {
                let value = format!("{prefix}{}", secrets.get(secret).unwrap_or_default());
                let place = name.as_ref().or(query.as_ref());
                place
                    .map(|place| Credential { name: place.clone(), value, in_query: name.is_none() })
                    .into_iter()
                    .collect()
            }
            CallbackAuth::Basic { user, secret } => {
                let user = self.callback_user(user, settings).unwrap_or_default();
                let value = STANDARD.encode(format!("{user}:{}", secrets.get(secret).unwrap_or_default()));
                vec![header("authorization", format!("Basic {value}"))]
            }
        }
    }
}

/// A header or query parameter that authenticates.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) in_query: bool,
}

/// Whether one of the expected texts is what was said; looks at all of them.
fn any(expected: impl Iterator<Item = Option<String>>, said: &str) -> bool {
    let mut found = subtle::Choice::from(0);
    for expected in expected.flatten() {
        found |= expected.as_bytes().ct_eq(said.as_bytes());
    }
    found.into()
}

fn mac(key: &str, over: &[Signed], base64: bool, received: Received<'_>) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    for part in over {
        match part {
            Signed::Body => mac.update(received.body),
            Signed::Header(name) => mac.update(received.header(name)?.as_bytes()),
            Signed::Text(text) => mac.update(text.as_bytes()),
        }
    }
    let bytes = mac.finalize().into_bytes();
    Some(if base64 { STANDARD.encode(bytes) } else { hex(&bytes) })
}

/// Seconds since 1970 or RFC 3339, within the tolerance.
fn recent(at: &str, now: Timestamp) -> bool {
    let seconds =
        at.trim().parse::<i64>().ok().or_else(|| at.trim().parse::<Timestamp>().ok().map(Timestamp::as_second));
    seconds.is_some_and(|seconds| now.as_second().abs_diff(seconds) <= TOLERANCE_SECONDS.unsigned_abs())
}
