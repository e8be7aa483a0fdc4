//! `/login`: the form, and what it comes to.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::proof::{self, Proof};
use super::session;
use crate::access::{About, Act, SignedInBy, Thing, Who};
use crate::store::Account;
use crate::web::Web;
use crate::web::pages::assets;
use crate::web::pages::audit::record;
use crate::web::pages::filled::Filled;
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
}

impl Page {
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
        }
    }
}

/// `GET /login`
pub(super) async fn show(State(web): State<Web>, guest: Guest, RawQuery(query): RawQuery) -> Response {
    let asked = Filled::parse(query.unwrap_or_default().as_bytes());
    let to = asked.given("to").unwrap_or("/");
    if guest.visitor.is_some() {
        return respond::see_other(to, "");
    }
    respond::html(StatusCode::OK, &Page::new(&web, &guest, to))
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
        Proof::Wrong => {
            failed(&web, &guest, &login).await?;
            let page = again("This login and password do not belong together. Look at both, and try again.".to_owned());
            Ok(respond::html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Proof::Wait(until) => {
            let seconds = until.duration_since(web.app.clock.now()).as_secs().max(0) + 1;
            let wait =
                if seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", (seconds + 59) / 60) };
            let page = again(format!("Too many attempts failed. Wait {wait}, then try again."));
            let mut response = respond::html(StatusCode::TOO_MANY_REQUESTS, &page);
            if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
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
    session::end_before(web, guest).await?;
    let person = &account.person;
    let who = Who { person_id: Some(person.id.clone()), key_id: None, name: person.login.clone() };
    let about = About::new(Thing::Person, &person.id);
    let beginning = async {
        let begun = session::begin(web, &person.id, how, guest.origin.clone(), id_token).await?;
        begun.ok_or_else(Sorry::signed_out)
    };
    let by = (who, guest.origin.clone());
    let cookie = record::act(web, by, Act::SignedIn, &about, json!({"how": how}), beginning).await?;
    let mut response = respond::see_other(to, "");
    respond::set_cookie(response.headers_mut(), &cookie);
    Ok(response)
}

/// Leaves in the audit log that somebody could not sign in.
async fn failed(web: &Web, guest: &Guest, login: &str) -> Result<(), Sorry> {
    let who = Who { name: login.chars().filter(|c| !c.is_control()).take(300).collect(), ..Who::default() };
    let about = About::new(Thing::Service, "");
    let refused = async {
        Err::<(), _>(Sorry::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not signed in",
            "The login and the password do not belong together.",
        ))
    };
    let _ = record::act(web, (who, guest.origin.clone()), Act::SignInFailed, &about, json!({}), refused).await;
    Ok(())
}
