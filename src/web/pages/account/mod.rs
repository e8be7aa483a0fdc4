//! `/account`: one's own password, sessions, and how bright the pages are.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use super::filled::Filled;
use super::frame::{Frame, Section, Theme};
use super::login::proof::{self, Proof};
use super::login::session;
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::{About, Act, Person, Thing, password};
use crate::store::{Session, SetPassword};
use crate::web::Web;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change).get(back))
        .route("/account/sessions/{id}/end", post(end).get(back))
        .route("/account/sessions/end", post(end_others).get(back))
}

#[derive(Template)]
#[template(path = "account/page.html")]
struct Page {
    frame: Frame,
    person: Person,
    sessions: Vec<Session>,
    /// This one.
    session: String,
    has_password: bool,
    /// What the identity provider is called, for somebody who signs in there.
    provider: Option<String>,
    /// What is wrong with the password now, and with the new one.
    wrong: Option<String>,
    wrong_new: Option<String>,
}

impl Page {
    async fn of(web: &Web, visitor: &Visitor) -> Result<Self, Sorry> {
        let store = &web.app.store;
        let sessions = store.sessions(&visitor.person.id, web.app.clock.now(), session::idle(web)).await?;
        let account = store.account(&visitor.person.id).await?.ok_or_else(|| Sorry::not_found("account"))?;
        Ok(Self {
            frame: visitor.frame(web, "Account", Section::Account),
            person: visitor.person.clone(),
            sessions,
            session: visitor.session.id.clone(),
            has_password: account.has_password && web.app.config.login.passwords,
            provider: account.identity.map(|_| web.app.config.login.oidc.shown()),
            wrong: None,
            wrong_new: None,
        })
    }

    fn is_theme(&self, theme: &Theme) -> bool {
        self.frame.theme == *theme
    }

    fn theme_title(&self, theme: &Theme) -> &'static str {
        match theme {
            Theme::Auto => "As my system has it",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        }
    }
}

/// `GET /account`
async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    Ok(respond::page(&visitor, &Page::of(&web, &visitor).await?))
}

/// Where a form of this page was reloaded.
async fn back() -> Response {
    respond::see_other("/account", "")
}

/// `POST /account/password`
async fn change(State(web): State<Web>, visitor: Visitor, filled: Filled) -> Result<Response, Sorry> {
    // As typed, with the space around it.
    let typed = |name: &'static str| filled.all(name).next().unwrap_or_default();
    let again = async |wrong: Option<String>, wrong_new: Option<String>| {
        let page = Page { wrong, wrong_new, ..Page::of(&web, &visitor).await? };
        Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page))
    };
    if let Err(wrong) = password::check(typed("new"), &visitor.person.login) {
        return again(None, Some(format!("It {wrong}"))).await;
    }
    match proof::password(&web, &visitor.origin, &visitor.person.login, typed("current")).await? {
        Proof::Right(_) => {}
        Proof::Wrong(_) => return again(Some("This is not your password now.".to_owned()), None).await,
        Proof::Wait(_) => return again(Some("Too many attempts failed. Wait some minutes.".to_owned()), None).await,
    }
    let hashed = proof::hash(&web, typed("new").to_owned()).await?;
    let set = SetPassword {
        person_id: visitor.person.id.clone(),
        password: hashed,
        link: None,
        keep_session: Some(visitor.session.id.clone()),
        now: web.app.clock.now(),
    };
    let about = About::new(Thing::Person, &visitor.person.id);
    let setting = async { web.app.store.set_password(set).await?.then_some(()).ok_or_else(Sorry::signed_out) };
    visitor.act(&web, Act::PasswordChanged, &about, json!({}), setting).await?;
    Ok(respond::see_other("/account", "Your password is changed; you were signed out everywhere else."))
}

/// `POST /account/sessions/{id}/end`
async fn end(State(web): State<Web>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    let about = About::new(Thing::Session, &id);
    let (person, now) = (visitor.person.id.clone(), web.app.clock.now());
    let ending = async {
        let ended = web.app.store.end_session(person, id.clone(), now).await?;
        ended.then_some(()).ok_or_else(|| Sorry::not_found("session"))
    };
    visitor.act(&web, Act::SessionEnded, &about, json!({}), ending).await?;
    Ok(respond::see_other("/account", "That session has ended."))
}

/// `POST /account/sessions/end`: all but this one.
async fn end_others(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    let about = About::new(Thing::Person, &visitor.person.id);
    let (person, keep, now) = (visitor.person.id.clone(), Some(visitor.session.id.clone()), web.app.clock.now());
    let ending = async { web.app.store.end_sessions(person, keep, now).await.map_err(Sorry::from) };
    visitor.act(&web, Act::SessionEnded, &about, json!({"which": "all others"}), ending).await?;
    Ok(respond::see_other("/account", "You are signed out everywhere else."))
}
