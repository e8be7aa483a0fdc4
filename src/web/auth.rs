//! Who is calling: a bearer key, or a Standard Webhooks signature with the key's id.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::origin::origin;
use super::problem::{Kind, Problem};
use super::shares::Place;
use super::{Web, body};
use crate::access::{About, Act, Origin, Who};
use crate::cases::{Actor, Role};
use crate::intake::signature::{self, Secret, SignatureError, Verifier};
use crate::record;
use crate::store::{Key, WebhookId};

/// Whose requests signed calls count as until they are believed; no key has this id.
const UNPROVEN: &str = "";

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
    /// From where it calls.
    pub(super) origin: Origin,
    /// Its place among the requests at hand; a signed call gets the key's own when it is believed.
    _place: Arc<Place>,
}

impl Caller {
    /// The caller as the timeline names it.
    pub(super) fn actor(&self) -> Actor {
        Actor { role: Some(self.role), name: self.owner.clone(), on_behalf_of: None }
    }

    /// Does something, and leaves it in the audit log where an agent or operator does it: written down before, and afterwards
    /// what came of it. What companies outside do with their own cases stands in the cases' timelines.
    ///
    /// # Errors
    /// Those of what is done; and nothing is done when it cannot be written down.
    pub(super) async fn act<T>(
        &self,
        web: &Web,
        act: Act,
        about: &About,
        details: Value,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        if !matches!(self.role, Role::Agent | Role::Operator) {
            return doing.await;
        }
        let who = Who { person_id: None, key_id: Some(self.key_id.clone()), name: self.owner.clone() };
        let by = (who, self.origin.clone());
        record::act((&web.app.store, &web.app.clock), by, act, about, details, doing).await
    }

    /// Refuses a caller of another role.
    ///
    /// # Errors
    /// Names the roles that may.
    pub(super) fn must_be(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        Err(self.lacks(roles))
    }

    /// What a caller of none of these roles is answered.
    pub(super) fn lacks(&self, roles: &[Role]) -> Problem {
        let needed: Vec<_> = roles.iter().map(|role| format!("`{role}`")).collect();
        Problem::new(
            Kind::Forbidden,
            format!("This needs a key of the role {}; this one is of the role `{}`.", needed.join(" or "), self.role),
        )
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

/// A place for a call of somebody who is nobody yet: all such calls together have a part of the requests at once.
///
/// # Errors
/// When there are as many as there may be.
pub(super) fn unproven(web: &Web) -> Result<Place, Problem> {
    web.shares.enter(UNPROVEN)
}

/// A credential before the body is known: a signature can only be checked with it.
pub(super) struct Claim {
    caller: Caller,
    /// Still to see the body; `None` for a bearer key, which was checked already.
    signature: Option<Verifier>,
}

impl Claim {
    /// Who it claims to be; not to be believed before [`Self::settle`].
    pub(super) fn claimed(&self) -> &Caller {
        &self.caller
    }

    /// Whether the body decides.
    pub(super) fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// The next part of the body.
    pub(super) fn update(&mut self, part: &[u8]) {
        if let Some(signature) = &mut self.signature {
            signature.update(part);
        }
    }

    /// The caller, now that the whole body is known; the call counts against its rate.
    ///
    /// # Errors
    /// When the signature does not hold, or the key made too many calls.
    pub(super) fn settle(self, web: &Web) -> Result<Caller, Problem> {
        let Self { mut caller, signature } = self;
        if let Some(signature) = signature {
            signature.finish().map_err(|error| unsound(&error))?;
            caller._place = Arc::new(web.shares.enter(&caller.key_id)?);
        }
        web.rates.count(&caller.key_id)?;
        Ok(caller)
    }
}

/// The caller and the body, of at most `limit` bytes.
///
/// # Errors
/// Without a valid credential, over the key's rate, or with a body that is too large.
pub(super) async fn call(web: &Web, request: Request, limit: usize) -> Result<(Caller, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let mut claim = claim(web, &parts).await?;
    let bytes = body::read(&parts.headers, body, limit).await?;
    claim.update(&bytes);
    Ok((claim.settle(web)?, bytes))
}

/// A call with a JSON body of the usual size. The body is read when it is asked for: first a caller is told what it may not do.
pub(super) struct JsonCall {
    /// Who calls.
    pub(super) caller: Caller,
    bytes: Bytes,
    depth: usize,
}

impl JsonCall {
    /// What was sent.
    ///
    /// # Errors
    /// When it is no JSON.
    pub(super) fn body(&self) -> Result<Value, Problem> {
        body::json(&self.bytes, self.depth)
    }
}

impl JsonCall {
    /// What was sent; an empty object where nothing was.
    ///
    /// # Errors
    /// When it is something, and no JSON.
    pub(super) fn body_or_nothing(&self) -> Result<Value, Problem> {
        if self.bytes.is_empty() { Ok(Value::Object(serde_json::Map::new())) } else { self.body() }
    }
}

impl FromRequest<Web> for JsonCall {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        body::expect_json(request.headers())?;
        let limits = &web.app.config.limits;
        let (caller, bytes) = call(web, request, limits.body_bytes).await?;
        Ok(Self { caller, bytes, depth: limits.json_depth })
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    /// For calls without a body: a signature is over nothing.
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let caller = claim(web, parts).await?.settle(web)?;
        caller.use_up(web).await?;
        Ok(caller)
    }
}

/// The credential that the headers give.
///
/// # Errors
/// When there is none, or it cannot be one whatever the body.
pub(super) async fn claim(web: &Web, parts: &Parts) -> Result<Claim, Problem> {
    let mut claim = claim_of(web, &parts.headers).await?;
    claim.caller.origin = origin(&parts.headers, &parts.extensions, web);
    Ok(claim)
}

async fn claim_of(web: &Web, headers: &HeaderMap) -> Result<Claim, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|value| value.split_once(' '));
        let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Err(unauthenticated("The header `Authorization` must be `Bearer <key>`."));
        };
        let sha256: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
        let key = live(web, web.app.store.key_by_sha256(&sha256).await?);
        let key = key.ok_or_else(|| unauthenticated("This key is unknown or revoked."))?;
        let place = web.shares.enter(&key.id)?;
        return Ok(Claim { caller: caller(key, None, place), signature: None });
    }
    if headers.contains_key("webhook-signature") || headers.contains_key("webhook-id") {
        let Some(id) = text("pointsman-key") else {
            return Err(unauthenticated(
                "A signed call names its key's id in the header `pointsman-key`; it is missing.",
            ));
        };
        let key = live(web, web.app.store.key(id).await?);
        // An unknown key is answered like a wrong signature: ids cannot be probed.
        let key = key.ok_or_else(|| unsound(&SignatureError::NoMatch))?;
        return signed(web, headers, key).await;
    }
    Err(unauthenticated(
        "Send `Authorization: Bearer <key>`, or sign the call as Standard Webhooks says and name the key in `pointsman-key`.",
    ))
}

async fn signed(web: &Web, headers: &HeaderMap, key: Key) -> Result<Claim, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let now = web.app.clock.now();
    let stored = web.app.store.signing_secrets(&key.id, now).await?;
    let secrets: Vec<Secret> = stored.iter().filter_map(|secret| Secret::parse(&secret.secret).ok()).collect();
    let id = text("webhook-id");
    let given = signature::Headers { id, timestamp: text("webhook-timestamp"), signature: text("webhook-signature") };
    let verifier = Verifier::new(&secrets, given, now).map_err(|error| unsound(&error))?;
    let webhook = id.map(|id| WebhookId { key_id: key.id.clone(), id: id.to_owned() });
    // Anybody may claim a key's id: until its body proves it, a call counts among the unproven ones, not as the key's.
    let place = web.shares.enter(UNPROVEN)?;
    Ok(Claim { caller: caller(key, webhook, place), signature: Some(verifier) })
}

fn caller(key: Key, webhook: Option<WebhookId>, place: Place) -> Caller {
    let _place = Arc::new(place);
    let Key { id: key_id, role, owner, participant, .. } = key;
    Caller { key_id, role, owner, participant, webhook, origin: Origin::default(), _place }
}

fn live(web: &Web, key: Option<Key>) -> Option<Key> {
    let now = web.app.clock.now();
    key.filter(|key| key.revoked_at.is_none_or(|revoked| revoked > now))
}

fn unsound(error: &SignatureError) -> Problem {
    unauthenticated(&format!("The signature does not hold: {error}."))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}
