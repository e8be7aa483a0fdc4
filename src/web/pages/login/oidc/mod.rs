//! Signing in at an identity provider: leaving for it (`leave.rs`), coming back (`back.rs`), and what becomes of the account
//! here (`account.rs`). How the provider is spoken to stands in `crate::oidc`.

mod account;
mod back;
mod leave;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::oidc::{OidcError, Provider};
use crate::web::Web;
use crate::web::pages::assets;
use crate::web::pages::frame::Theme;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Guest;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new().route("/login/oidc", get(leave::leave)).route("/login/oidc/callback", get(back::back))
}

/// The provider.
///
/// # Errors
/// Where people do not sign in at one.
fn provider(web: &Web) -> Result<&Provider, Sorry> {
    web.app.provider.as_ref().ok_or_else(|| Sorry::not_found("sign-in at an identity provider"))
}

/// The cookie of a browser that left for the provider: only that one comes back. It comes back from another site, so `Lax`.
fn cookie_name(web: &Web) -> &'static str {
    if super::session::over_tls(web) { "__Host-pointsman_leaving" } else { "pointsman_leaving" }
}

/// Why somebody did not get in, on a page that says what to do.
#[derive(Template)]
#[template(path = "login/sorry.html")]
struct NotIn<'a> {
    theme: Theme,
    style: String,
    icon: String,
    title: &'a str,
    /// Sentences, a paragraph each.
    why: Vec<String>,
    /// Where to sign in as somebody else, if that helps.
    anew: bool,
    provider: String,
}

/// The page that says why somebody did not get in.
fn not_in(web: &Web, guest: &Guest, status: StatusCode, title: &str, why: Vec<String>, anew: bool) -> Response {
    let page = NotIn {
        theme: guest.theme,
        style: assets::address("app.css"),
        icon: assets::address("icon.svg"),
        title,
        why,
        anew,
        provider: web.app.provider.as_ref().map(Provider::name).unwrap_or_default(),
    };
    respond::html(status, &page)
}

/// What the provider, or the way to it, did not do, for the one who waits.
fn in_words(web: &Web, guest: &Guest, error: &OidcError) -> Response {
    let name = web.app.provider.as_ref().map(Provider::name).unwrap_or_default();
    let (status, title, what) = match error {
        OidcError::Unreachable { .. } => (
            StatusCode::BAD_GATEWAY,
            "The sign-in cannot be reached",
            format!(
                "{name} gives no answer just now. Try again in a minute; if it stays so, tell the operator of this service."
            ),
        ),
        OidcError::Nonsense(_) => (
            StatusCode::BAD_GATEWAY,
            "The sign-in does not work",
            format!(
                "{name} answers what this service cannot use. Tell the operator: the settings under login.oidc, or {name} itself, have to be looked at."
            ),
        ),
        OidcError::Refused(_) => (
            StatusCode::BAD_GATEWAY,
            "The sign-in was refused",
            format!(
                "{name} does not confirm who you are. Begin again; if it stays so, tell the operator of this service."
            ),
        ),
        OidcError::Unsound(_) => (
            StatusCode::FORBIDDEN,
            "The sign-in does not hold",
            format!(
                "What {name} says of you cannot be believed, so you are not signed in. Begin again; if it stays so, tell the operator of this service."
            ),
        ),
    };
    // For the operator to whom it is told: nothing in it is secret.
    not_in(web, guest, status, title, vec![what, format!("What went wrong: {error}.")], false)
}
