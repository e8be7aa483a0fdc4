//! `GET /login/oidc`: off to the provider. A link and not a form: browsers hold a form's redirects to our own pages
//! (`form-action`), and this one leads away.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;

use super::{cookie_name, in_words, not_in, provider};
use crate::access::throttle;
use crate::hash::hex;
use crate::oidc::Leaving;
use crate::store::{SignIn, SignInTry, bearer_sha256};
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::login::{form, session};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Guest;
use crate::web::problem::Problem;

/// Somebody who left has so long to come back.
const LASTS: SignedDuration = SignedDuration::from_mins(10);
/// The longest address to go on to that is remembered.
const LONGEST: usize = 2_000;

pub(super) async fn leave(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let provider = provider(&web)?;
    let to = asked.given("to").filter(|to| to.len() <= LONGEST && !to.contains('\0')).unwrap_or("/");
    let anew = asked.text("as") == "another";
    if guest.visitor.is_some() && !anew {
        return Ok(respond::see_other(to, ""));
    }
    let (store, now) = (&web.app.store, web.app.clock.now());
    let by = vec![(counted(&guest), throttle::LEAVING)];
    if let Some(until) = store.try_sign_in(SignInTry { by, now }).await? {
        let why = format!(
            "Too many sign-ins were begun from where you are. Wait {}, then try again.",
            form::wait(&web, until)
        );
        return Ok(not_in(&web, &guest, StatusCode::TOO_MANY_REQUESTS, "Wait a little", vec![why], false));
    }
    let internal = || Sorry::from(Problem::internal());
    let leaving = Leaving::new(&web.app.clock).map_err(|_| internal())?;
    let there = match provider.way_there(&leaving, anew).await {
        Ok(there) => there,
        Err(error) => {
            tracing::error!(%error, "nobody can sign in at the identity provider");
            return Ok(in_words(&web, &guest, &error));
        }
    };
    // Two pages of one browser may leave at once.
    let shown = respond::cookie(&headers, cookie_name(&web)).filter(|shown| shown.len() == leaving.state.len());
    let browser = match shown {
        Some(shown) => shown.to_owned(),
        None => URL_SAFE_NO_PAD.encode(web.app.clock.secret().map_err(|_| internal())?),
    };
    let sign_in = SignIn {
        state: hex(&bearer_sha256(&leaving.state)),
        browser: hex(&bearer_sha256(&browser)),
        nonce: leaving.nonce,
        verifier: leaving.verifier,
        goes_to: to.to_owned(),
        ends_at: now + LASTS,
    };
    store.begin_sign_in(sign_in).await?;
    let mut response = respond::away(&there);
    let (name, secure, age) = (cookie_name(&web), session::secure(&web), LASTS.as_secs());
    let cookie = format!("{name}={browser}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    respond::set_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

/// What those who leave are counted by.
pub(super) fn counted(guest: &Guest) -> String {
    format!("leaving:{}", throttle::place(&guest.origin.address))
}
