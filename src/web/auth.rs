//! Who is calling: a bearer key, or a Standard Webhooks signature with the key's id.

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

use super::problem::{Kind, Problem};
use super::{Web, body};
use crate::cases::{Actor, Role};
use crate::intake::signature::{self, Secret};
use crate::store::{Key, WebhookId};

/// A caller whose credential was checked.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Id of the key.
    pub(super) key_id: String,
    /// What it may do.
    pub(super) role: Role,
    /// Whose key it is: what one filer is, however often keys are changed.
    pub(super) owner: String,
    /// The participant in the registry that the owner is.
    pub(super) participant: Option<String>,
    /// The signed message that this call came as; it counts once.
    pub(super) webhook: Option<WebhookId>,
}

impl Caller {
    /// The caller as the timeline names it.
    pub(super) fn actor(&self) -> Actor {
        Actor { role: Some(self.role), name: self.owner.clone(), on_behalf_of: None }
    }

    /// Refuses a caller of another role.
    ///
    /// # Errors
    /// Names the roles that may.
    pub(super) fn must_be(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let needed: Vec<_> = roles.iter().map(|role| format!("`{role}`")).collect();
        Err(Problem::new(
            Kind::Forbidden,
            format!("This needs a key of the role {}; this one is of the role `{}`.", needed.join(" or "), self.role),
        ))
    }

    /// Uses up the id of the signed message, for calls whose effect does not commit together with it.
    ///
    /// # Errors
    /// When it was used before, or cannot be stored.
    pub(super) async fn use_up(&self, web: &Web) -> Result<(), Problem> {
        let Some(id) = self.webhook.clone() else { return Ok(()) };
        match web.app.store.remember_webhook_id(id, web.app.clock.now()).await? {
            true => Ok(()),
            false => Err(reused()),
        }
    }
}

/// What a signed message that was taken before is answered with.
pub(super) fn reused() -> Problem {
    Problem::new(
        Kind::SignatureReused,
        "A message with this webhook-id was taken before, and each counts once. To send again, sign again with a fresh \
         webhook-id; filing the same reference with the same content again is safe.",
    )
}

/// A credential before the body is known: a signature can only be checked with it.
enum Claim {
    Bearer(Key),
    Signed(Key, Vec<Secret>),
}

/// The caller and the body, of at most `limit` bytes.
///
/// # Errors
/// Without a valid credential, over the key's rate, or with a body that is too large.
pub(super) async fn call(web: &Web, request: Request, limit: usize) -> Result<(Caller, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let claim = claim(web, &parts.headers).await?;
    let bytes = body::read(&parts.headers, body, limit).await?;
    let caller = settle(web, claim, &parts.headers, &bytes)?;
    Ok((caller, bytes))
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    /// For calls without a body: a signature is over nothing.
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let claim = claim(web, &parts.headers).await?;
        let caller = settle(web, claim, &parts.headers, &[])?;
        caller.use_up(web).await?;
        Ok(caller)
    }
}

/// The caller of an upload, whose body is too large to hold: only a bearer key will do.
///
/// # Errors
/// Without a valid bearer key, or over the key's rate.
pub(super) async fn uploader(web: &Web, headers: &HeaderMap) -> Result<Caller, Problem> {
    match claim(web, headers).await? {
        claim @ Claim::Bearer(_) => settle(web, claim, headers, &[]),
        Claim::Signed(..) => Err(unauthenticated(
            "An attachment is streamed and cannot be signed as a whole: send `Authorization: Bearer <key>` for it.",
        )),
    }
}

async fn claim(web: &Web, headers: &HeaderMap) -> Result<Claim, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|value| value.split_once(' '));
        let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Err(unauthenticated("The header `Authorization` must be `Bearer <key>`."));
        };
        let sha256: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
        let key = web.app.store.key_by_sha256(&sha256).await?;
        return live(web, key).map(Claim::Bearer).ok_or_else(|| unauthenticated("This key is unknown or revoked."));
    }
    if headers.contains_key("webhook-signature") || headers.contains_key("webhook-id") {
        let Some(id) = text("pointsman-key") else {
            return Err(unauthenticated(
                "A signed call names its key's id in the header `pointsman-key`; it is missing.",
            ));
        };
        // An unknown key is answered like a wrong signature: ids cannot be probed.
        let key = web.app.store.key(id).await?;
        let Some(key) = live(web, key) else { return Err(no_match()) };
        let stored = web.app.store.signing_secrets(&key.id, web.app.clock.now()).await?;
        let secrets = stored.iter().filter_map(|secret| Secret::parse(&secret.secret).ok()).collect();
        return Ok(Claim::Signed(key, secrets));
    }
    Err(unauthenticated(
        "Send `Authorization: Bearer <key>`, or sign the call as Standard Webhooks says and name the key in `pointsman-key`.",
    ))
}

fn live(web: &Web, key: Option<Key>) -> Option<Key> {
    let now = web.app.clock.now();
    key.filter(|key| key.revoked_at.is_none_or(|revoked| revoked > now))
}

/// Checks the signature, if it is one, and counts the call.
fn settle(web: &Web, claim: Claim, headers: &HeaderMap, body: &[u8]) -> Result<Caller, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (key, webhook) = match claim {
        Claim::Bearer(key) => (key, None),
        Claim::Signed(key, secrets) => {
            let given = signature::Headers {
                id: text("webhook-id"),
                timestamp: text("webhook-timestamp"),
                signature: text("webhook-signature"),
            };
            signature::verify(&secrets, given, body, web.app.clock.now())
                .map_err(|error| unauthenticated(&format!("The signature does not hold: {error}.")))?;
            let webhook = text("webhook-id").map(|id| WebhookId { key_id: key.id.clone(), id: id.to_owned() });
            (key, webhook)
        }
    };
    web.rates.count(&key.id)?;
    Ok(Caller { key_id: key.id, role: key.role, owner: key.owner, participant: key.participant, webhook })
}

fn no_match() -> Problem {
    unauthenticated(&format!("The signature does not hold: {}.", signature::SignatureError::NoMatch))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}
