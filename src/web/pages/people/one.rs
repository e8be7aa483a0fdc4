//! One person: adding, changing, a link to set a password with, sessions.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::form::Form;
use crate::access::{About, Act, Permission, PersonState, Thing};
use crate::store::{Account, ChangePerson, Identity, NewAccount, PasswordLink, Session, StoreError};
use crate::web::Web;
use crate::web::pages::audit::record::described;
use crate::web::pages::filled::Filled;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::login::session;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

#[derive(Template)]
#[template(path = "people/one.html")]
struct Page {
    frame: Frame,
    form: Form,
    /// Who it is; none for somebody new.
    account: Option<Account>,
    sessions: Vec<Session>,
    /// A link that was just made, shown this one time.
    link: Option<String>,
    /// Whether there are passwords here.
    passwords: bool,
    /// What the identity provider is called.
    provider: String,
}

impl Page {
    async fn of(web: &Web, visitor: &Visitor, account: Option<Account>, form: Form) -> Result<Self, Sorry> {
        let title = account.as_ref().map_or("Add somebody", |account| account.person.name.as_str()).to_owned();
        let frame = visitor.frame(web, title, Section::People);
        let sessions = match &account {
            Some(account) => {
                let (id, now) = (&account.person.id, web.app.clock.now());
                web.app.store.sessions(id, now, session::idle(web)).await?
            }
            None => Vec::new(),
        };
        let passwords = web.app.config.login.passwords;
        let provider = web.app.config.login.oidc.shown();
        Ok(Self { frame, form, account, sessions, link: None, passwords, provider })
    }
}

impl Page {
    fn identity(&self) -> Option<&Identity> {
        self.account.as_ref()?.identity.as_ref()
    }
}

fn address(id: &str) -> String {
    format!("/people/{id}")
}

async fn account(web: &Web, id: &str) -> Result<Account, Sorry> {
    web.app.store.account(id).await?.ok_or_else(|| Sorry::not_found("person"))
}

/// Where a form of the page was reloaded.
pub(super) async fn back(Path(id): Path<String>) -> Response {
    respond::see_other(&address(&id), "")
}

/// `GET /people/new`
pub(super) async fn blank(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    Ok(respond::page(&visitor, &Page::of(&web, &visitor, None, Form::default()).await?))
}

/// `POST /people/new`
pub(super) async fn add(State(web): State<Web>, visitor: Visitor, filled: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    let form = Form { disabled: false, ..Form::typed(&filled) };
    let person = match form.clone().person(web.app.clock.id("per")) {
        Ok(person) => person,
        Err(form) => return again(&web, &visitor, None, *form).await,
    };
    let about = About::new(Thing::Person, &person.id);
    let (id, said) = (person.id.clone(), described(&person));
    let new = NewAccount { person, password: None, identity: None, created_at: web.app.clock.now() };
    let adding = async {
        let taken = || Sorry::new(StatusCode::CONFLICT, "Not added", "Somebody has this login already.");
        web.app.store.add_person(new).await?.then_some(()).ok_or_else(taken)
    };
    match visitor.act(&web, Act::PersonAdded, &about, said, adding).await {
        Ok(()) => {
            Ok(respond::see_other(&address(&id), "Added. Now make a link with which the person sets its password."))
        }
        Err(sorry) if sorry.status() == StatusCode::CONFLICT => {
            again(&web, &visitor, None, form.wrong("login", "Somebody has this login already.")).await
        }
        Err(sorry) => Err(sorry),
    }
}

/// `GET /people/{id}`
pub(super) async fn show(State(web): State<Web>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    let account = account(&web, &id).await?;
    let form = Form::of(&account.person);
    Ok(respond::page(&visitor, &Page::of(&web, &visitor, Some(account), form).await?))
}

/// `POST /people/{id}`
pub(super) async fn change(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    let before = account(&web, &id).await?;
    let form = Form { login: before.person.login.clone(), ..Form::typed(&filled) };
    let person = match form.clone().person(id.clone()) {
        Ok(person) => person,
        Err(form) => return again(&web, &visitor, Some(before), *form).await,
    };
    // Somebody has to be left who can undo it.
    let loses = person.state == PersonState::Disabled || !person.may(Permission::ManagePeople);
    if id == visitor.person.id && loses {
        let form = form.wrong("role", "You cannot take this from yourself; somebody else who manages people can.");
        return again(&web, &visitor, Some(before), form).await;
    }
    let about = About::new(Thing::Person, &id);
    let said = json!({"before": described(&before.person), "after": described(&person)});
    let changing = async {
        let change = ChangePerson { person, now: web.app.clock.now() };
        let there = web.app.store.change_person(change).await?;
        there.then_some(()).ok_or_else(|| Sorry::not_found("person"))
    };
    visitor.act(&web, Act::PersonChanged, &about, said, changing).await?;
    Ok(respond::see_other(&address(&id), "Changed. It holds from the next page that is opened."))
}

/// `POST /people/{id}/link`: a link with which the person sets a password, for the first time or because it forgot it. Nobody
/// else ever knows the password.
pub(super) async fn link(State(web): State<Web>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    let known = account(&web, &id).await?;
    let not = |why: &str| Sorry::new(StatusCode::CONFLICT, "No link", why);
    if !web.app.config.login.passwords {
        return Err(not("Nobody has a password here (login.passwords)."));
    }
    if known.identity.is_some() {
        return Err(not("This person signs in at the identity provider, and has no password here."));
    }
    if known.person.state == PersonState::Disabled {
        return Err(not("Somebody who is disabled gets no password; enable the account first."));
    }
    let (token, made) = PasswordLink::make(&web.app.clock, &id)?;
    let about = About::new(Thing::Person, &id);
    let details = json!({"until": made.ends_at});
    let making = web.app.store.add_password_link(made);
    visitor.act::<_, StoreError>(&web, Act::PasswordLinkMade, &about, details, making).await?;
    let form = Form::of(&known.person);
    let link = format!("{}/password/{token}", web.app.config.public_url());
    let page = Page { link: Some(link), ..Page::of(&web, &visitor, Some(known), form).await? };
    // Not through another page: it would have to be carried there.
    Ok(respond::page(&visitor, &page))
}

/// `POST /people/{id}/sessions/end`
pub(super) async fn end_sessions(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    account(&web, &id).await?;
    let about = About::new(Thing::Person, &id);
    let ending = async { web.app.store.end_sessions(id.clone(), None, web.app.clock.now()).await.map_err(Sorry::from) };
    visitor.act(&web, Act::SessionEnded, &about, json!({"which": "all"}), ending).await?;
    Ok(respond::see_other(&address(&id), "All sessions have ended."))
}

async fn again(web: &Web, visitor: &Visitor, account: Option<Account>, form: Form) -> Result<Response, Sorry> {
    let page = Page::of(web, visitor, account, form).await?;
    Ok(respond::with_status(visitor, StatusCode::UNPROCESSABLE_ENTITY, &page))
}
