//! A code becomes an id token, and the token is believed or not: signed by a key of the provider, from this issuer, for this
//! service, not over, with the nonce that was sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::{AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::OidcError;
use super::claims::Told;
use super::provider::{Leaving, Metadata, Provider};

/// How far the provider's clock may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Signatures that only the provider can make; one by a shared secret, or none, is not taken.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// Who came back, believed.
#[derive(Clone)]
pub struct Verified {
    /// What the provider says of it.
    pub told: Told,
    /// The token itself: the provider wants to see it when the person signs out.
    pub id_token: String,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    access_token: Option<String>,
}

/// What it answers when it refuses.
#[derive(Deserialize)]
struct NoTokens {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Provider {
    /// Who came back with this code, to what was remembered when it left. `iss` is the issuer as the address says it.
    ///
    /// # Errors
    /// [`OidcError`], when nobody is to be believed.
    pub async fn verified(&self, code: &str, iss: Option<&str>, left: &Leaving) -> Result<Verified, OidcError> {
        let metadata = self.metadata().await?;
        // RFC 9207: the answer of another provider is not taken to this one.
        let other = iss.is_some_and(|iss| iss != metadata.issuer);
        if other || (iss.is_none() && metadata.authorization_response_iss_parameter_supported) {
            return Err(OidcError::Unsound("the answer names another issuer, or none".to_owned()));
        }
        let Tokens { id_token, access_token } = self.exchanged(&metadata, code, &left.verifier).await?;
        let text = id_token.ok_or_else(|| {
            OidcError::Nonsense("its answer holds no id token; does login.oidc.scopes hold \"openid\"?".to_owned())
        })?;
        let token: CoreIdToken =
            text.parse().map_err(|_| OidcError::Nonsense("its id token cannot be read".to_owned()))?;
        let access = access_token.as_deref();
        let mut keys = self.keys(false).await?;
        let subject = match self.believed(&metadata, &token, access, &left.nonce, &keys) {
            // It may be signed by a key that is newer than those known.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                keys = self.keys(true).await?;
                self.believed(&metadata, &token, access, &left.nonce, &keys)
            }
            done => done,
        };
        let subject = subject.map_err(|error| OidcError::Unsound(in_words(&error)))?;
        let mut claims = payload(&text)?;
        self.complete(&metadata, access, &subject, &mut claims).await?;
        let told = Told::read(&self.settings, &metadata.issuer, &subject, &claims);
        Ok(Verified { told, id_token: text })
    }

    async fn exchanged(&self, metadata: &Metadata, code: &str, verifier: &str) -> Result<Tokens, OidcError> {
        let id = self.settings.client_id.trim();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.back.as_str()),
            ("code_verifier", verifier),
        ];
        let ways = metadata.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let takes = |way: &str| ways.iter().any(|known| known == way);
        let basic = self.secret.as_deref().filter(|_| takes("client_secret_basic") || !takes("client_secret_post"));
        if basic.is_none() {
            form.push(("client_id", id));
            form.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        }
        let mut request = self.caller.post(&metadata.token_endpoint, &form);
        if let Some(secret) = basic {
            // RFC 6749, 2.3.1: both are encoded as in a form before.
            let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let both = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
            request = request.header("authorization", format!("Basic {both}"));
        }
        let answer = self.caller.send("the token endpoint", request).await?;
        if let Ok(NoTokens { error, error_description }) = serde_json::from_slice(&answer.body)
            && answer.status != 200
        {
            let says = one_line(&format!("{error} {error_description}"));
            return Err(OidcError::Refused(match error.as_str() {
                "invalid_client" | "unauthorized_client" => {
                    format!("{says}; do login.oidc.client_id and client_secret fit what is registered there?")
                }
                _ => says,
            }));
        }
        answer.json()
    }

    /// The subject of a token that holds.
    fn believed(
        &self,
        metadata: &Metadata,
        token: &CoreIdToken,
        access: Option<&str>,
        nonce: &str,
        keys: &CoreJsonWebKeySet,
    ) -> Result<String, ClaimsVerificationError> {
        let other = |error: &dyn std::fmt::Display| ClaimsVerificationError::Other(error.to_string());
        let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(|error| other(&error))?;
        let client = ClientId::new(self.settings.client_id.trim().to_owned());
        let early = (self.clock.now() - SKEW).to_string().parse().map_err(|_| other(&"the time is not known"))?;
        let latest = self.clock.now() + SKEW;
        let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, keys.clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || early)
            .set_issue_time_verifier_fn(move |at| match at.timestamp() <= latest.as_second() {
                true => Ok(()),
                false => Err("it was issued in the future".to_owned()),
            });
        let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned()))?;
        if let (Some(expected), Some(access)) = (claims.access_token_hash(), access) {
            let (algorithm, key) = (token.signing_alg(), token.signing_key(&verifier));
            let key = key.map_err(ClaimsVerificationError::SignatureVerification)?;
            let algorithm = algorithm.map_err(ClaimsVerificationError::SignatureVerification)?;
            let access = AccessToken::new(access.to_owned());
            let found = AccessTokenHash::from_token(&access, algorithm, key).map_err(|error| other(&error))?;
            if found != *expected {
                return Err(other(&"it came with another access token"));
            }
        }
        Ok(claims.subject().to_string())
    }

    /// Adds what only the userinfo endpoint says, where the token does not say all that is asked for.
    async fn complete(
        &self,
        metadata: &Metadata,
        access: Option<&str>,
        subject: &str,
        claims: &mut Map<String, Value>,
    ) -> Result<(), OidcError> {
        let settings = &self.settings;
        let asked = [&settings.roles_claim, &settings.login_claim, &settings.name_claim, &settings.email_claim];
        let all = asked.into_iter().chain([&settings.company_claim, &settings.participant_claim]);
        let missing =
            all.into_iter().any(|name| !name.trim().is_empty() && super::claims::claim(claims, name).is_none());
        let (Some(url), Some(access), true) = (&metadata.userinfo_endpoint, access, missing) else { return Ok(()) };
        let request = self.caller.get(url).bearer_auth(access);
        let more: Map<String, Value> = self.caller.send("the userinfo endpoint", request).await?.json()?;
        if more.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(OidcError::Unsound("its userinfo endpoint speaks of somebody else".to_owned()));
        }
        for (name, value) in more {
            // What is signed goes before.
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }
}

/// What a token says; to be read once it is believed.
fn payload(token: &str) -> Result<Map<String, Value>, OidcError> {
    let part = token.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('='));
    let claims = bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    claims.ok_or_else(|| OidcError::Nonsense("its id token cannot be read".to_owned()))
}

fn in_words(error: &ClaimsVerificationError) -> String {
    match error {
        ClaimsVerificationError::SignatureVerification(_) => {
            "its signature is by none of the provider's keys".to_owned()
        }
        ClaimsVerificationError::Expired(_) => "it is over already; do the clocks there and here agree?".to_owned(),
        ClaimsVerificationError::InvalidAudience(_) => "it is for another service than login.oidc.client_id".to_owned(),
        ClaimsVerificationError::InvalidIssuer(_) => "it is from another issuer".to_owned(),
        ClaimsVerificationError::InvalidNonce(_) => "it answers another sign-in than this one".to_owned(),
        error => one_line(&error.to_string()),
    }
}

/// What somebody else wrote, for a sentence of ours.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.trim().trim_end_matches('.').to_owned()
}
