//! `/people`: who may sign in, and as what.

mod form;
mod one;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use super::filled::InQuery;
use super::frame::{Frame, Section};
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::{Permission, PersonState};
use crate::store::Account;
use crate::web::Web;

/// How many people a page holds.
const PAGE: u32 = 50;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/people", get(show))
        .route("/people/new", get(one::blank).post(one::add))
        .route("/people/{id}", get(one::show).post(one::change))
        .route("/people/{id}/link", post(one::link).get(one::back))
        .route("/people/{id}/sessions/end", post(one::end_sessions).get(one::back))
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct Page {
    frame: Frame,
    text: String,
    people: Vec<Account>,
    next: Option<String>,
    first: bool,
}

impl Page {
    fn disabled(&self, account: &Account) -> bool {
        account.person.state == PersonState::Disabled
    }

    fn query(&self, after: &str) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &self.text)
            .append_pair("after", after)
            .finish()
    }
}

/// `GET /people`
async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::ManagePeople)?;
    let text: String = asked.text("q").chars().filter(|c| !c.is_control()).take(200).collect();
    let after = asked.given("after");
    let page = web.app.store.accounts(Some(&text), after, PAGE).await?;
    let frame = visitor.frame(&web, "People", Section::People);
    let page = Page { frame, text, people: page.items, next: page.next, first: after.is_none() };
    Ok(respond::page(&visitor, &page))
}
