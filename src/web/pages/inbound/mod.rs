//! What came in: mails and callbacks, what became of each, and settling those that wait for an agent.

mod act;
mod list;
mod one;

use axum::Router;
use axum::routing::{get, post};

use crate::store::{Channel, InboundState};
use crate::web::Web;

/// The pages and acts of this part.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/inbound", get(list::show))
        .route("/inbound/{id}", get(one::show))
        .route("/inbound/{id}/apply", post(act::apply).get(act::back))
        .route("/inbound/{id}/dismiss", post(act::dismiss).get(act::back))
}

/// Where it is looked at.
pub(super) fn address(id: &str) -> String {
    format!("/inbound/{}", crate::web::pages::links::part(id))
}

/// What became of it: a word and how it is marked.
fn state(state: InboundState) -> (&'static str, &'static str) {
    match state {
        InboundState::Received => ("not looked at yet", ""),
        InboundState::Applied => ("applied", "good"),
        InboundState::Ignored => ("put aside", ""),
        InboundState::Held => ("waits for an agent", "warn"),
    }
}

/// How it came.
fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Hook => "Callback",
        Channel::Mail => "Mail",
    }
}
