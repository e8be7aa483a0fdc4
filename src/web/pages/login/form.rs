//! `/login`: the form, and what it comes to.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::proof::{self, Proof};
use super::session;
use crate::access::{About, Act, Person, SignedInBy, Thing, Who};
use crate::oidc::Provider;
use crate::store::Account;
use crate::web::Web;
use crate::web::pages::assets;
use crate::web::pages::audit::record;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::Theme;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Guest;

#[derive(Template)]
#[template(path = "login/page.html")]
struct Page {
    theme: Theme,
    style: String,
    icon: String,
    /// Where to go afterwards.
    to: String,
    login: String,
    wrong: Option<String>,
    /// Whether there are passwords here.
    passwords: bool,
    /// What the identity provider is called, where people sign in at one.
    provider: Option<String>,
    /// What was just done, to be said once.
    said: Option<String>,
}

/// What the audit log calls somebody whom it cannot name: what was typed for a login may be a password.
pub(super) const NOBODY: &str = "somebody unknown";

impl Page {
    /// Where the provider's button leads.
    fn there(&self) -> String {
        let to: String = url::form_urlencoded::byte_serialize(self.to.as_bytes()).collect();
        if self.to == "/" { "/login/oidc".to_owned() } else { format!("/login/oidc?to={to}") }
    }

    fn new(web: &Web, guest: &Guest, to: &str) -> Self {
        let passwords = web.app.config.login.passwords;
        let (login, wrong, to) = (String::new(), None, to.to_owned());
        Self {
            theme: guest.theme,
            style: assets::address("app.css"),
            icon: assets::address("icon.svg"),
            to,
            login,
            wrong,
            passwords,
            provider: web.app.provider.as_ref().map(Provider::name),
            said: None,
        }
    }
}

/// `GET /login`
pub(super) async fn show(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    InQuery(asked): InQuery,
) -> Response {
    let to = asked.given("to").unwrap_or("/");
    if guest.visitor.is_some() {
        return respond::see_other(to, "");
    }
    let said = respond::said(&headers);
    let forget = said.is_some();
    let mut response = respond::html(StatusCode::OK, &Page { said, ..Page::new(&web, &guest, to) });
    if forget {
        respond::forget_said(response.headers_mut());
    }
    response
}

/// `POST /login`
pub(super) async fn sign_in(State(web): State<Web>, guest: Guest, filled: Filled) -> Result<Response, Sorry> {
    if !web.app.config.login.passwords {
        return Err(Sorry::not_found("way to sign in with a password"));
    }
    let login = filled.text("login").to_lowercase();
    // Not without the space around it: a password is what was typed.
    let typed = filled.all("password").next().unwrap_or_default();
    let to = filled.given("to").unwrap_or("/");
    let again = |wrong: String| Page { login: login.clone(), wrong: Some(wrong), ..Page::new(&web, &guest, to) };
    match proof::password(&web, &guest.origin, &login, typed).await? {
        Proof::Right(account) => come_in(&web, &guest, &account, SignedInBy::Password, None, to).await,
        Proof::Wrong(whose) => {
            failed(&web, &guest, whose.as_deref()).await;
            let page = again("This login and password do not belong together. Look at both, and try again.".to_owned());
            Ok(respond::html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Proof::Wait(until) => {
            let page = again(format!("Too many attempts failed. Wait {}, then try again.", wait(&web, until)));
            let mut response = respond::html(StatusCode::TOO_MANY_REQUESTS, &page);
            if let Ok(seconds) = HeaderValue::try_from(seconds(&web, until).to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            Ok(response)
        }
    }
}

/// Begins a session, and goes on.
pub(super) async fn come_in(
    web: &Web,
    guest: &Guest,
    account: &Account,
    how: SignedInBy,
    id_token: Option<String>,
    to: &str,
) -> Result<Response, Sorry> {
    let person = &account.person;
    let who = Who { person_id: Some(person.id.clone()), key_id: None, name: person.login.clone() };
    let about = About::new(Thing::Person, &person.id);
    let before = guest.visitor.as_ref().map(|visitor| visitor.session.id.clone());
    let beginning = async {
        let begun = session::begin(web, &person.id, how, guest.origin.clone(), id_token, before).await?;
        begun.ok_or_else(Sorry::signed_out)
    };
    let by = (who, guest.origin.clone());
    let cookie = record::act(web, by, Act::SignedIn, &about, json!({"how": how}), beginning).await?;
    let mut response = respond::see_other(to, "");
    respond::set_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

/// Leaves in the audit log that somebody could not sign in: whose login it was, and nothing of what was typed.
async fn failed(web: &Web, guest: &Guest, whose: Option<&Person>) {
    let who = match whose {
        Some(person) => Who { person_id: Some(person.id.clone()), key_id: None, name: person.login.clone() },
        None => Who { name: NOBODY.to_owned(), ..Who::default() },
    };
    let about = About::new(Thing::Service, "");
    let why = "The login and the password do not belong together.";
    let refused = async { Err::<(), _>(Sorry::new(StatusCode::UNPROCESSABLE_ENTITY, "Not signed in", why)) };
    let details = json!({"how": SignedInBy::Password});
    // It is said on the page too.
    let _ = record::act(web, (who, guest.origin.clone()), Act::SignInFailed, &about, details, refused).await;
}

/// How long until then.
fn seconds(web: &Web, until: Timestamp) -> i64 {
    until.duration_since(web.app.clock.now()).as_secs().max(0) + 1
}

/// How long until then, for people.
pub(super) fn wait(web: &Web, until: Timestamp) -> String {
    match seconds(web, until) {
        1 => "a second".to_owned(),
        seconds if seconds < 90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", (seconds + 59) / 60),
    }
}
