//! `GET /login/oidc/callback`: somebody comes back from the provider.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::account::{self, Refused};
use super::{cookie_name, in_words, leave, not_in, provider};
use crate::access::{About, Act, SignedInBy, Thing, Who};
use crate::hash::hex;
use crate::oidc::{Leaving, OidcError, Told};
use crate::store::{Forgiven, SignIn, bearer_sha256};
use crate::web::Web;
use crate::web::pages::audit::record;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::login::form::{self, NOBODY};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Guest;

pub(super) async fn back(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    come_back(&web, &guest, &headers, &asked).await
}

async fn come_back(web: &Web, guest: &Guest, headers: &HeaderMap, asked: &Filled) -> Result<Response, Sorry> {
    let provider = provider(web)?;
    let hash = |text: &str| hex(&bearer_sha256(text));
    let state = asked.text("state");
    let taken = web.app.store.take_sign_in(hash(state), web.app.clock.now()).await?;
    let browser = respond::cookie(headers, cookie_name(web)).map(hash);
    let Some(left) = taken.filter(|left| browser.as_ref() == Some(&left.browser)) else {
        // Nothing in the audit log: anybody can come with any state, as often as it likes.
        let why = "It was used before, took longer than ten minutes, or was begun in another browser.";
        let why = vec![why.to_owned(), "Begin again: you are asked for nothing that you gave already.".to_owned()];
        return Ok(not_in(web, guest, StatusCode::BAD_REQUEST, "This sign-in is over", why, false));
    };
    if let Some(error) = asked.given("error") {
        return refused_there(web, guest, error).await;
    }
    let SignIn { nonce, verifier, goes_to, .. } = left;
    let leaving = Leaving { state: state.to_owned(), nonce, verifier };
    let verified = match provider.verified(asked.text("code"), asked.given("iss"), &leaving).await {
        Ok(verified) => verified,
        Err(error) => {
            tracing::warn!(%error, "somebody who came back from the identity provider is not believed");
            failed(web, guest, None, &error.to_string()).await;
            return Ok(in_words(web, guest, &error));
        }
    };
    let told = verified.told;
    match account::settle(web, guest, &told).await? {
        Ok(account) => {
            web.app.store.forgive(vec![(leave::counted(guest), Forgiven::One)]).await?;
            form::come_in(web, guest, &account, SignedInBy::Oidc, Some(verified.id_token), &goes_to).await
        }
        Err(refused) => {
            failed(web, guest, Some(&told), refused.why()).await;
            Ok(no_place(web, guest, &told, &refused))
        }
    }
}

/// The provider, or the person at it, said no.
async fn refused_there(web: &Web, guest: &Guest, error: &str) -> Result<Response, Sorry> {
    // The word comes from the address: anybody may have written it.
    let word: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    failed(web, guest, None, &format!("the identity provider answered {word}")).await;
    if word == "access_denied" {
        let why = "You did not sign in there, or it does not let you in to this service.".to_owned();
        return Ok(not_in(web, guest, StatusCode::FORBIDDEN, "You are not signed in", vec![why], true));
    }
    Ok(in_words(web, guest, &OidcError::Refused(word)))
}

/// Somebody whom the provider knows, and who may not come in here.
fn no_place(web: &Web, guest: &Guest, told: &Told, refused: &Refused) -> Response {
    let who = format!("You signed in as {}.", told.login);
    let (title, what) = match refused {
        Refused::Disabled => {
            ("Your account here is disabled", "Somebody who manages people here can enable it again.".to_owned())
        }
        Refused::NoRole(why) => (
            "There is no role for you here",
            format!(
                "{why}. Ask whoever manages people at your company, or the operator of this service, for a role; then sign in again."
            ),
        ),
    };
    not_in(web, guest, StatusCode::FORBIDDEN, title, vec![who, what], true)
}

/// Leaves in the audit log that somebody could not sign in.
async fn failed(web: &Web, guest: &Guest, told: Option<&Told>, why: &str) {
    let name = told.map_or_else(|| NOBODY.to_owned(), |told| told.login.clone());
    let details = match told {
        Some(told) => json!({"how": SignedInBy::Oidc, "subject": told.subject, "said": told.values}),
        None => json!({"how": SignedInBy::Oidc}),
    };
    let by = (Who { name, ..Who::default() }, guest.origin.clone());
    let about = About::new(Thing::Service, "");
    let refused = async { Err::<(), _>(Sorry::new(StatusCode::FORBIDDEN, "Not signed in", why)) };
    // Said on the page too.
    let _ = record::act(web, by, Act::SignInFailed, &about, details, refused).await;
}
