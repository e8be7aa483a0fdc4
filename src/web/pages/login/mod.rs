//! Signing in and out, the first page, and how bright the pages are.

mod form;
pub(super) mod proof;
pub(super) mod session;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use super::filled::Filled;
use super::frame::{Section, Theme};
use super::respond;
use super::sorry::Sorry;
use super::visitor::{Guest, Visitor, keep_theme};
use crate::access::{About, Act, Thing};
use crate::store::StoreError;
use crate::web::Web;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/", get(first))
        .route("/login", get(form::show).post(form::sign_in))
        .route("/logout", post(sign_out))
        .route("/theme", post(theme))
}

/// `GET /`: on to the first part that the visitor may enter.
async fn first(State(web): State<Web>, visitor: Visitor) -> Response {
    let frame = visitor.frame(&web, "", Section::Account);
    let to = frame.ways().first().map_or("/account".to_owned(), |way| format!("/{}", way.section));
    // What was just done is said there.
    respond::see_other(&to, visitor.said.as_deref().unwrap_or_default())
}

/// `POST /logout`
async fn sign_out(State(web): State<Web>, guest: Guest) -> Result<Response, Sorry> {
    if let Some(visitor) = guest.visitor {
        let about = About::new(Thing::Session, &visitor.session.id);
        let (person, id, now) = (visitor.person.id.clone(), visitor.session.id.clone(), web.app.clock.now());
        let ending = async { web.app.store.end_session(person, id, now).await };
        visitor.act::<_, StoreError>(&web, Act::SignedOut, &about, serde_json::json!({}), ending).await?;
    }
    let mut response = respond::see_other("/login", "");
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
