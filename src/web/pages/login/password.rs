//! `/password/{token}`: somebody sets a password with a link that was made for it, once.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::proof;
use crate::access::{About, Act, Person, Thing, Who, password};
use crate::store::{Account, SetPassword, bearer_sha256};
use crate::web::Web;
use crate::web::pages::assets;
use crate::web::pages::audit::record;
use crate::web::pages::filled::Filled;
use crate::web::pages::frame::Theme;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Guest;

#[derive(Template)]
#[template(path = "login/password.html")]
struct Page {
    theme: Theme,
    style: String,
    icon: String,
    token: String,
    person: Person,
    /// What is wrong with the password, and with its repetition.
    wrong: Option<String>,
    wrong_again: Option<String>,
}

impl Page {
    fn new(guest: &Guest, token: String, account: Account) -> Self {
        Self {
            theme: guest.theme,
            style: assets::address("app.css"),
            icon: assets::address("icon.svg"),
            token,
            person: account.person,
            wrong: None,
            wrong_again: None,
        }
    }
}

/// Whose link it is.
async fn account(web: &Web, token: &str) -> Result<Account, Sorry> {
    let over = || {
        let why = "Each link sets a password once, within a day, and a newer one takes its place. Ask whoever sent it for another.";
        Sorry::new(StatusCode::NOT_FOUND, "This link is over", why)
    };
    if !web.app.config.login.passwords {
        return Err(over());
    }
    web.app.store.password_link(&bearer_sha256(token), web.app.clock.now()).await?.ok_or_else(over)
}

/// `GET /password/{token}`
pub(super) async fn show(State(web): State<Web>, guest: Guest, Path(token): Path<String>) -> Result<Response, Sorry> {
    let account = account(&web, &token).await?;
    Ok(respond::html(StatusCode::OK, &Page::new(&guest, token, account)))
}

/// `POST /password/{token}`
pub(super) async fn set(
    State(web): State<Web>,
    guest: Guest,
    Path(token): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    let account = account(&web, &token).await?;
    let person = account.person.clone();
    // As typed, with the space around it.
    let typed = |name: &'static str| filled.all(name).next().unwrap_or_default();
    let wrong = password::check(typed("new"), &person.login).err().map(|wrong| format!("It {wrong}"));
    let wrong_again = (typed("new") != typed("again")).then(|| "These are two different passwords.".to_owned());
    if wrong.is_some() || wrong_again.is_some() {
        let page = Page { wrong, wrong_again, ..Page::new(&guest, token, account) };
        return Ok(respond::html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let set = SetPassword {
        person_id: person.id.clone(),
        password: proof::hash(&web, typed("new").to_owned()).await?,
        link: Some(bearer_sha256(&token)),
        keep_session: None,
        now: web.app.clock.now(),
    };
    let who = Who { person_id: Some(person.id.clone()), key_id: None, name: person.login };
    let about = About::new(Thing::Person, &person.id);
    let setting = async {
        let over = || Sorry::new(StatusCode::NOT_FOUND, "This link is over", "It was used a moment ago.");
        web.app.store.set_password(set).await?.then_some(()).ok_or_else(over)
    };
    let details = json!({"by": "link"});
    record::act(&web, (who, guest.origin), Act::PasswordChanged, &about, details, setting).await?;
    Ok(respond::see_other("/login", "Your password is set. Sign in with it."))
}
