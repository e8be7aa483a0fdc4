//! The cookie with which a browser shows who it is: a random token, of which only the hash is kept here.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;

use crate::access::{Origin, SignedInBy};
use crate::store::{NewSession, StoreError, bearer_sha256};
use crate::web::Web;
use crate::web::pages::respond;

/// Where one signs in, to go on to `wanted` afterwards.
pub(in crate::web::pages) fn login_page(wanted: &str) -> String {
    if wanted == "/" {
        return "/login".to_owned();
    }
    let to: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    format!("/login?to={to}")
}

/// A session that is not used for so long is over.
pub(in crate::web::pages) fn idle(web: &Web) -> SignedDuration {
    hours(web.app.config.login.idle_hours)
}

/// The hash of what the browser shows.
pub(in crate::web::pages) fn shown(headers: &HeaderMap, web: &Web) -> Option<[u8; 32]> {
    respond::cookie(headers, name(web)).map(bearer_sha256)
}

/// Begins a session, always a new one, and gives its cookie; the one before, `replaces`, ends with that. `None` when the person
/// may not sign in any more, and nothing has changed then.
///
/// # Errors
/// When it cannot be stored.
pub(super) async fn begin(
    web: &Web,
    person_id: &str,
    how: SignedInBy,
    origin: Origin,
    id_token: Option<String>,
    replaces: Option<String>,
) -> Result<Option<String>, StoreError> {
    let clock = &web.app.clock;
    let secret = clock.secret().map_err(|error| StoreError::Unavailable(format!("no randomness: {error}")))?;
    let token = URL_SAFE_NO_PAD.encode(secret);
    let (now, lasts) = (clock.now(), hours(web.app.config.login.session_hours));
    let new = NewSession {
        id: clock.id("ses"),
        sha256: bearer_sha256(&token),
        person_id: person_id.to_owned(),
        how,
        origin,
        id_token,
        created_at: now,
        ends_at: now + lasts,
        replaces,
    };
    let begun = web.app.store.start_session(new).await?;
    Ok(begun.then(|| {
        format!("{}={token}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", name(web), lasts.as_secs(), secure(web))
    }))
}

/// Makes the browser forget it.
pub(super) fn forget(headers: &mut HeaderMap, web: &Web) {
    respond::set_cookie(headers, &format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}", name(web), secure(web)));
}

/// The cookie's name. Browsers take `__Host-` only over TLS, from this very host, and for all of it.
fn name(web: &Web) -> &'static str {
    if over_tls(web) { "__Host-pointsman" } else { "pointsman_session" }
}

/// What makes a cookie stay off connections that anybody can read.
pub(super) fn secure(web: &Web) -> &'static str {
    if over_tls(web) { "; Secure" } else { "" }
}

/// Whether people reach the service by https.
pub(super) fn over_tls(web: &Web) -> bool {
    web.app.config.server.public_url.trim().starts_with("https://")
}

fn hours(hours: u64) -> SignedDuration {
    // More than a year would be for good.
    SignedDuration::from_hours(i64::try_from(hours).unwrap_or(i64::MAX).clamp(1, 8_784))
}
