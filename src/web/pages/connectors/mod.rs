//! The endpoints: how each does, a test of each, and adding, changing, switching and removing them.

mod act;
mod edit;
mod form;
mod health;
mod list;
mod one;

use axum::Router;
use axum::routing::{get, post};

use crate::access::Permission;
use crate::deliver::circuit::State;
use crate::notify::endpoint::Endpoint;
use crate::web::Web;
use crate::web::pages::links;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// The pages and acts of this part.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/connectors", get(list::show))
        .route("/connectors/new", get(edit::blank).post(edit::add))
        .route("/connectors/{name}", get(one::show))
        .route("/connectors/{name}/edit", get(edit::show).post(edit::change))
        .route("/connectors/{name}/enable", post(act::enable).get(act::back))
        .route("/connectors/{name}/disable", post(act::disable).get(act::back))
        .route("/connectors/{name}/rotate", post(act::rotate).get(act::back))
        .route("/connectors/{name}/test", post(act::test).get(act::back))
        .route("/connectors/{name}/remove", get(one::removal).post(act::remove))
}

/// The page of an endpoint.
pub(super) fn address(name: &str) -> String {
    // A name holds nothing that an address would not; what somebody typed into one may.
    format!("/connectors/{}", links::part(name))
}

/// The endpoint of that name, as it is stored.
///
/// # Errors
/// A page that says that there is none.
async fn named(web: &Web, name: &str) -> Result<Endpoint, Sorry> {
    let found = web.app.store.endpoints().await?.into_iter().find(|endpoint| endpoint.name == name);
    found.ok_or_else(|| Sorry::not_found("endpoint"))
}

/// The same, for who may run it.
///
/// # Errors
/// A page that says who may, or that there is none.
async fn operated(web: &Web, visitor: &Visitor, name: &str) -> Result<Endpoint, Sorry> {
    visitor.may(Permission::RunConnectors)?;
    named(web, name).await
}

/// What a circuit lets through.
fn circuit(state: State) -> &'static str {
    match state {
        State::Closed => "lets everything through",
        State::HalfOpen => "lets one message through, to see whether it arrives",
        State::Open => "lets nothing through",
    }
}

/// What a connector's word for a setting or secret is called on pages.
fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    let spelled = [("Url", "URL"), ("Id", "ID")];
    first.unwrap_or_default().split(' ').fold(String::new(), |mut out, word| {
        if !out.is_empty() {
            out.push(' ');
        }
        let known = spelled.iter().find(|(plain, _)| plain.eq_ignore_ascii_case(word));
        out.push_str(known.map_or(word, |(_, spelled)| spelled));
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_called_as_people_write_them() {
        let called = ["url", "client_id", "signing_secret", "to"].map(label);
        assert_eq!(called, ["URL", "Client ID", "Signing secret", "To"]);
    }
}
