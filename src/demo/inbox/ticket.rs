//! A ticket in ALE's system, and an engineer who works on it: what the engineer does comes back to us as a call of that system.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::{Page, Shared, field, gone};
use crate::demo::sink::STATES;

type Key = Path<(String, String)>;

pub(super) async fn show(State(page): Shared, Path((table, sys_id)): Key) -> Response {
    render(&page, &table, &sys_id, Value::Null)
}

/// Changes the ticket, has its system tell us, and shows what became of that.
pub(super) async fn work_on(State(page): Shared, Path((table, sys_id)): Key, body: String) -> Response {
    let state = field(&body, "state").filter(|state| STATES.iter().any(|(known, _)| known == state));
    let Some(state) = state else { return StatusCode::BAD_REQUEST.into_response() };
    let notes = field(&body, "notes").unwrap_or_default();
    let (sink, callback) = (&page.inbox.sink, &page.inbox.callback);
    let Some(news) = sink.work_on(&table, &sys_id, &state, &notes) else { return gone() };
    let sent = match callback {
        Some(callback) => {
            let source = serde_json::to_string_pretty(&news).unwrap_or_default();
            let (became, failed) = match callback(news).await {
                Ok(became) => (became, false),
                Err(why) => (why, true),
            };
            json!({ "became": became, "failed": failed, "source": source })
        }
        None => Value::Null,
    };
    render(&page, &table, &sys_id, sent)
}

fn render(page: &Page, table: &str, sys_id: &str, sent: Value) -> Response {
    let Some(ticket) = page.inbox.sink.ticket(table, sys_id) else { return gone() };
    let state = STATES.iter().find(|(state, _)| ticket.fields["state"] == *state).map(|(_, title)| *title);
    page.render("ticket.html", json!({ "ticket": ticket, "state": state, "states": STATES, "sent": sent }))
}
