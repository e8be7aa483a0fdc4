//! One call to the provider: no redirect, no proxy, one deadline, an answer of bounded size.
//!
//! Unlike the addresses that other companies give, the provider's is the operator's own choice, and often an address within
//! the house: private addresses are called, plain http only on this machine.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use url::Url;

use super::OidcError;
use super::settings::{BadSettings, safe};
use crate::client;

/// The largest answer that is read, in bytes: keys and claims are a few thousand.
const MOST: usize = 1 << 20;

/// The client.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    client: Client,
    seconds: u64,
}

/// What was answered, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    what: &'static str,
}

impl Caller {
    pub(super) fn new(seconds: u64) -> Result<Self, BadSettings> {
        let client = client::builder().timeout(Duration::from_secs(seconds)).build().map_err(|error| {
            BadSettings(format!("issuer: the client cannot be set up: {}.", client::in_words(&error)))
        })?;
        Ok(Self { client, seconds })
    }

    /// `GET`, for JSON.
    pub(super) fn get(&self, url: &Url) -> RequestBuilder {
        self.client.get(url.clone()).header("accept", "application/json")
    }

    /// `POST` of a form, for JSON.
    pub(super) fn post(&self, url: &Url, form: &[(&str, &str)]) -> RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(url.clone()).header("accept", "application/json");
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Makes the call; `what` is called in errors.
    pub(super) async fn send(&self, what: &'static str, request: RequestBuilder) -> Result<Answer, OidcError> {
        let broken = |error: &reqwest::Error| {
            let why = match error.is_timeout() {
                true => format!("no whole answer within {} seconds", self.seconds),
                false => client::in_words(error),
            };
            OidcError::Unreachable { what, why }
        };
        let (client, request) = request.build_split();
        let request = request.map_err(|error| broken(&error))?;
        if !safe(request.url()) {
            return Err(OidcError::Nonsense(format!("{what} has an address that is not https")));
        }
        let mut response = client.execute(request).await.map_err(|error| broken(&error))?;
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > MOST {
                return Err(OidcError::Nonsense(format!("{what} is larger than {MOST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        if status >= 500 {
            return Err(OidcError::Unreachable { what, why: format!("it answered {status}") });
        }
        Ok(Answer { status, body, what })
    }
}

impl Answer {
    /// What a good answer says.
    pub(super) fn json<T: DeserializeOwned>(self) -> Result<T, OidcError> {
        let Self { status, body, what } = self;
        if status != 200 {
            return Err(OidcError::Nonsense(format!("{what} was answered with {status}")));
        }
        serde_json::from_slice(&body).map_err(|error| OidcError::Nonsense(format!("{what}: {error}")))
    }
}
