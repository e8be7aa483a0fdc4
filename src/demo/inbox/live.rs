//! Tells an open page that something came (server-sent events).

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

use super::Shared;

struct Followed {
    mails: Receiver<u64>,
    calls: Receiver<u64>,
    stop: CancellationToken,
}

/// One event for whatever came, with how many there were then.
pub(super) async fn news(State(page): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let inbox = &page.inbox;
    let followed =
        Followed { mails: inbox.mails.follow(), calls: inbox.sink.calls().follow(), stop: inbox.stop.clone() };
    Sse::new(unfold(followed, next)).keep_alive(KeepAlive::default())
}

async fn next(mut followed: Followed) -> Option<(Result<Event, Infallible>, Followed)> {
    let changed = tokio::select! {
        () = followed.stop.cancelled() => return None,
        changed = followed.mails.changed() => changed,
        changed = followed.calls.changed() => changed,
    };
    changed.ok()?;
    let counts = format!("{} {}", *followed.mails.borrow_and_update(), *followed.calls.borrow_and_update());
    Some((Ok(Event::default().event("news").data(counts)), followed))
}
