//! What the provider says of itself, its keys, and the way there and out again.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use url::Url;

use super::OidcError;
use super::call::Caller;
use super::settings::{BadSettings, Settings};
use crate::clock::Clock;
use crate::config::Config;

/// What the provider says of itself, and its keys, are asked for again after so long.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// A provider that gave no answer is left alone for so long: those who wait for it do not wait one after the other.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(1);

/// The identity provider.
pub struct Provider {
    pub(super) settings: Settings,
    pub(super) secret: Option<String>,
    /// Where it sends people back to, signed in and signed out.
    pub(super) back: String,
    out: String,
    pub(super) caller: Caller,
    pub(super) clock: Clock,
    known: Mutex<Known>,
}

impl fmt::Debug for Provider {
    /// The secret never prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<CoreJsonWebKeySet>)>,
    failed: Option<(Timestamp, OidcError)>,
}

/// What stands at `/.well-known/openid-configuration`.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<Url>,
    #[serde(default)]
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// Somebody leaves for the provider: what has to be known again when it comes back, each 43 characters that nobody guesses.
#[derive(Clone)]
pub struct Leaving {
    /// Comes back in the address.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Is shown for the code; the provider knows its hash from the beginning (PKCE).
    pub verifier: String,
}

impl Leaving {
    /// New ones.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(clock: &Clock) -> Result<Self, impl std::error::Error> {
        let random = || clock.secret().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        random().and_then(|state| Ok(Self { state, nonce: random()?, verifier: random()? }))
    }
}

impl Provider {
    /// The provider of these settings; `None` where people do not sign in at one. It is not called yet: the service starts
    /// without it.
    ///
    /// # Errors
    /// When the settings cannot work.
    pub fn of(config: &Config, clock: &Clock) -> Result<Option<Self>, BadSettings> {
        let settings = &config.login.oidc;
        if !settings.is_given() {
            return Ok(None);
        }
        let here = config.public_url();
        Ok(Some(Self {
            secret: settings.secret()?,
            settings: settings.clone(),
            back: format!("{here}/login/oidc/callback"),
            out: format!("{here}/login"),
            caller: Caller::new(settings.timeout_seconds)?,
            clock: clock.clone(),
            known: Mutex::default(),
        }))
    }

    /// What it is called on pages.
    #[must_use]
    pub fn name(&self) -> String {
        self.settings.shown()
    }

    /// The provider's page on which somebody signs in; `anew` asks again whom it knows already.
    ///
    /// # Errors
    /// When it does not say where that is.
    pub async fn way_there(&self, leaving: &Leaving, anew: bool) -> Result<String, OidcError> {
        let mut url = self.metadata().await?.authorization_endpoint.clone();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(leaving.verifier.as_bytes()));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.settings.client_id.trim())
            .append_pair("redirect_uri", &self.back)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &leaving.state)
            .append_pair("nonce", &leaving.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if anew {
            url.query_pairs_mut().append_pair("prompt", "login");
        }
        Ok(url.into())
    }

    /// The provider's page on which somebody signs out there too; none where it has no such page, is not asked to, or gives no
    /// answer just now.
    pub async fn way_out(&self, id_token: Option<&str>) -> Option<String> {
        if !self.settings.sign_out_there {
            return None;
        }
        let metadata = match self.metadata().await {
            Ok(metadata) => metadata,
            Err(error) => {
                tracing::warn!(%error, "somebody signed out here alone");
                return None;
            }
        };
        let mut url = metadata.end_session_endpoint.clone()?;
        if let Some(token) = id_token {
            url.query_pairs_mut().append_pair("id_token_hint", token);
        }
        url.query_pairs_mut()
            .append_pair("client_id", self.settings.client_id.trim())
            .append_pair("post_logout_redirect_uri", &self.out);
        Some(url.into())
    }

    /// What it says of itself: as it was said within the hour, else asked again; once for all who wait.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, metadata)) = &known.metadata
            && now.duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(metadata));
        }
        if let Some((at, error)) = &known.failed
            && now.duration_since(*at) < LEFT_ALONE
        {
            return Err(error.clone());
        }
        match self.asked().await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.metadata = Some((now, Arc::clone(&metadata)));
                known.failed = None;
                Ok(metadata)
            }
            Err(error) => match &mut known.metadata {
                // What it said before holds until it says something else.
                Some((at, metadata)) => {
                    tracing::warn!(%error, "what the identity provider said of itself before goes on");
                    *at = now;
                    Ok(Arc::clone(metadata))
                }
                None => {
                    known.failed = Some((now, error.clone()));
                    Err(error)
                }
            },
        }
    }

    async fn asked(&self) -> Result<Metadata, OidcError> {
        const WHAT: &str = "the description";
        let issuer = self.settings.issuer.trim();
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|error| OidcError::Nonsense(format!("{WHAT}: {error}")))?;
        let metadata: Metadata = self.caller.send(WHAT, self.caller.get(&url)).await?.json()?;
        if metadata.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
            return Err(OidcError::Nonsense(format!(
                "it calls itself {:?}, and login.oidc.issuer is {issuer:?}",
                metadata.issuer.chars().take(300).collect::<String>()
            )));
        }
        let ways = [Some(&metadata.authorization_endpoint), metadata.end_session_endpoint.as_ref()];
        // A browser is sent there: only to pages.
        if ways.into_iter().flatten().any(|url| !super::settings::safe(url)) {
            return Err(OidcError::Nonsense("its pages have addresses that are not https".to_owned()));
        }
        Ok(metadata)
    }

    /// Its keys, asked for again when they are old, or when a token came that none of them signed (`anew`).
    pub(super) async fn keys(&self, anew: bool) -> Result<Arc<CoreJsonWebKeySet>, OidcError> {
        let metadata = self.metadata().await?;
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, keys)) = &known.keys
            && !anew
            && now.duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(keys));
        }
        let answer = self.caller.send("the list of keys", self.caller.get(&metadata.jwks_uri)).await?;
        let keys: Arc<CoreJsonWebKeySet> = Arc::new(answer.json()?);
        known.keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }
}
