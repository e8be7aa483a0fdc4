//! The reader of a mail answers it: a real mail, handed to where a mail server would hand it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::{Shared, field, gone, view};
use crate::demo::letter::Letter;

/// Sends what was written, and shows what became of it.
pub(super) async fn send(State(page): Shared, Path(number): Path<u64>, body: String) -> Response {
    let inbox = &page.inbox;
    let (Some(caught), Some(inbound)) = (inbox.mails.get(number), &inbox.inbound) else { return gone() };
    let said = field(&body, "said").filter(|said| !said.trim().is_empty());
    let Some(said) = said else { return (StatusCode::BAD_REQUEST, "Write an answer first.\n").into_response() };
    let letter = Letter::read(&caught);
    let reader = caught.to.first().and_then(|address| inbox.book.reader(address));
    let reader = reader.map_or("A reader", |reader| reader.title.as_str());
    let message_id = format!("<{}@demo.example>", inbox.clock.id("answer"));
    let Some(mail) = letter.answered(&caught, reader, &said, &message_id) else {
        return (StatusCode::BAD_REQUEST, "This mail takes no answers.\n").into_response();
    };
    let source = String::from_utf8_lossy(&mail).into_owned();
    let (became, failed) = match inbound(mail).await {
        Ok(became) => (became, false),
        Err(why) => (why, true),
    };
    let mail = view::mail(inbox, &caught);
    page.render("one.html", json!({ "mail": mail, "sent": { "became": became, "failed": failed, "source": source } }))
}
