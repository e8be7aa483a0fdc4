//! Signing in and out, setting a password by a link, the first page, and how bright the pages are.

mod form;
mod oidc;
mod password;
pub(super) mod proof;
pub(super) mod session;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::filled::Filled;
use super::frame::{Section, Theme};
use super::sorry::Sorry;
use super::visitor::{Guest, Visitor, keep_theme};
use super::{assets, respond};
use crate::access::{About, Act, SignedInBy, Thing};
use crate::store::StoreError;
use crate::web::Web;

pub(super) use self::proof::Nobody;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/", get(first))
        .route("/login", get(form::show).post(form::sign_in))
        .route("/logout", post(sign_out))
        .route("/theme", post(theme))
        .route("/password/{token}", get(password::show).post(password::set))
        .merge(oidc::pages())
}

/// `GET /`: on to the first part that the visitor may enter.
async fn first(State(web): State<Web>, visitor: Visitor) -> Response {
    let frame = visitor.frame(&web, "", Section::Account);
    let to = frame.ways().first().map_or("/account".to_owned(), |way| format!("/{}", way.section));
    // What was just done is said there.
    respond::see_other(&to, visitor.said.as_deref().unwrap_or_default())
}

/// Signed out here, and on to where one signs out at the identity provider. A page and not a redirect: browsers hold a
/// form's redirects to our own pages (`form-action`).
#[derive(Template)]
#[template(path = "login/out.html")]
struct Out {
    theme: Theme,
    style: String,
    icon: String,
    provider: String,
    to: String,
}

/// `POST /logout`
async fn sign_out(State(web): State<Web>, guest: Guest) -> Result<Response, Sorry> {
    let mut there = None;
    if let Some(visitor) = guest.visitor {
        let about = About::new(Thing::Session, &visitor.session.id);
        let (person, id, now) = (visitor.person.id.clone(), visitor.session.id.clone(), web.app.clock.now());
        let ending = async { web.app.store.end_session(person, id, now).await };
        visitor.act::<_, StoreError>(&web, Act::SignedOut, &about, serde_json::json!({}), ending).await?;
        if let (SignedInBy::Oidc, Some(provider)) = (visitor.session.how, &web.app.provider) {
            let way = provider.way_out(visitor.session.id_token.as_deref()).await;
            there = way.map(|to| (provider.name(), to));
        }
    }
    let mut response = match there {
        Some((provider, to)) => {
            let (style, icon) = (assets::address("app.css"), assets::address("icon.svg"));
            respond::html(StatusCode::OK, &Out { theme: guest.theme, style, icon, provider, to })
        }
        None => respond::see_other("/login", ""),
    };
    session::forget(response.headers_mut(), &web);
    Ok(response)
}

/// `POST /theme`: how bright from now on.
async fn theme(filled: Filled) -> Response {
    let to = filled.given("to").unwrap_or("/account");
    let mut response = respond::see_other(to, "");
    keep_theme(response.headers_mut(), Theme::parse(filled.text("theme")).unwrap_or(Theme::Auto));
    response
}
