//! `/live`: what happens to cases, told to open pages as server-sent events named `case`.
//!
//! Pages are told that something happened, not what it says: they ask for their parts anew, and whatever the reader may
//! not see stays out of them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::Instant;

use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::Permission;
use crate::store::SeenBy;
use crate::web::Web;
use crate::web::feed::{About, Passed};

/// What a stream begins with: how long a browser waits before it comes again, and a line to see that it works.
const GREETING: &[u8] = b"retry: 2000\n: what happens follows\n\n";
/// A stream ends after this long, and the browser comes again: somebody who was signed out meanwhile is told no more.
const LONGEST: Duration = Duration::from_mins(5);

/// The stream.
pub(super) fn pages() -> Router<Web> {
    Router::new().route("/live", get(follow))
}

async fn follow(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    let sees = sees(&visitor)?;
    let room = Arc::clone(&web.feed.room).try_acquire_owned();
    let room = room.map_err(|_| {
        let why = "As many pages as may be follow what happens. This one shows it when it is loaded again.";
        Sorry::new(StatusCode::SERVICE_UNAVAILABLE, "Too many follow", why)
    })?;
    let reader = Reader { web, sees, live: None, until: Instant::now() + LONGEST, _room: room };
    let body = Body::from_stream(stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await?;
        Some((Ok::<Bytes, Infallible>(next), reader))
    }));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff"),
        // nginx would keep events back to fill a buffer.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, body).into_response())
}

/// Whose cases a visitor is told of.
fn sees(visitor: &Visitor) -> Result<SeenBy, Sorry> {
    if visitor.can(Permission::SeeCases) {
        return Ok(SeenBy::Everyone);
    }
    let answers = visitor.can(Permission::AnswerOwn);
    if !answers {
        visitor.may(Permission::FileOwn)?;
    }
    let owner = visitor.person.company.clone().filter(|company| !company.trim().is_empty());
    let owner = owner.ok_or_else(|| Sorry::not_found("company of yours"))?;
    Ok(match visitor.person.participant.clone().filter(|_| answers) {
        Some(id) => SeenBy::Participant { id, owner },
        None => SeenBy::Filer(owner),
    })
}

/// One open page.
struct Reader {
    web: Web,
    sees: SeenBy,
    /// `None` before the stream began.
    live: Option<broadcast::Receiver<Passed>>,
    until: Instant,
    _room: OwnedSemaphorePermit,
}

impl Reader {
    /// What is sent next; `None` ends the stream, and the browser comes again.
    async fn next(&mut self) -> Option<Bytes> {
        let (stop, until) = (self.web.feed.stop.clone(), self.until);
        tokio::select! {
            () = stop.cancelled() => None,
            () = tokio::time::sleep_until(until) => None,
            next = self.go_on() => next,
        }
    }

    async fn go_on(&mut self) -> Option<Bytes> {
        let quiet = Duration::from_secs(self.web.app.config.events.keep_alive_seconds);
        let Some(live) = &mut self.live else {
            self.live = Some(self.web.feed.follow().await.0);
            // Only now: whoever reads it is told everything that happens afterwards.
            return Some(Bytes::from_static(GREETING));
        };
        loop {
            let about = match tokio::time::timeout(quiet, live.recv()).await {
                Ok(Ok(passed)) => passed.about,
                // It fell behind, or the server stops.
                Ok(Err(_)) => return None,
                Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
            };
            if is_told(&self.web, &self.sees, &about).await? {
                let json = serde_json::to_string(&*about).ok()?;
                return Some(Bytes::from(format!("event: case\ndata: {json}\n\n")));
            }
        }
    }
}

/// Whether a reader is told of it; `None` when the database does not answer.
async fn is_told(web: &Web, sees: &SeenBy, about: &About) -> Option<bool> {
    match sees {
        SeenBy::Everyone => Some(true),
        SeenBy::Filer(owner) => Some(*owner == about.filer),
        SeenBy::Participant { owner, .. } if *owner == about.filer => Some(true),
        SeenBy::Participant { .. } => web.app.store.is_seen(sees, &about.id).await.ok(),
    }
}
