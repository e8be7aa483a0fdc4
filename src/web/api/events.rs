//! `GET /v1/events`: the timeline entries of all cases, live, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::{Caller, Web};
use crate::cases::Role;
use crate::web::feed::{EventSent, PAGE, Passed, text};
use crate::web::problem::{Kind, Problem, ProblemDetails};

/// What a stream begins with: how long a client waits before it comes again, and a line to see that it works.
const GREETING: &str = "retry: 1000\n: events follow as they happen\n\n";

/// Follow the timelines of all cases, live
///
/// Server-sent events, one for each timeline entry, as soon as it is stored. A client that was cut off sends the id of the
/// last one that it got as `Last-Event-ID` and gets all that came after it, each once and in the same order; browsers do so
/// by themselves. A quiet stream sends a comment now and then. One that does not keep up is ended, and goes on by its id.
#[utoipa::path(get, path = "/v1/events", tag = "eSRs",
    params(("last-event-id" = Option<String>, Header, description = "Id of the last event that came; without it the stream begins with the next one")),
    responses(
        (status = 200, description = "Events; the data of each is one `EventSent`", body = EventSent<'_>, content_type = "text/event-stream"),
        (status = 400, description = "No event has the id in `Last-Event-ID`", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "As many follow as may", body = ProblemDetails, content_type = "application/problem+json"),
    ))]
pub(super) async fn follow(State(web): State<Web>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    caller.must_be(&[Role::Agent])?;
    let after = match headers.get("last-event-id").filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => Some(number(&web, id.to_str().unwrap_or_default()).await?),
    };
    let room = Arc::clone(&web.feed.room).try_acquire_owned();
    let room =
        room.map_err(|_| Problem::busy("As many streams as may be follow the events; come again in a moment."))?;
    let reader = Reader { web, state: Doing::Beginning { after }, _room: room };
    let body = Body::from_stream(stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await?;
        Some((Ok::<Bytes, Infallible>(next), reader))
    }));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        // nginx would keep events back to fill a buffer.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, body).into_response())
}

async fn number(web: &Web, id: &str) -> Result<i64, Problem> {
    // What no id can be is not looked up.
    let sound = id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic());
    let number = if sound { web.app.store.feed_number(id).await? } else { None };
    number.ok_or_else(|| {
        let detail = "No event has the id in the header `Last-Event-ID`; leave it out to begin with the next event.";
        Problem::new(Kind::BadRequest, detail)
    })
}

/// One stream's place.
struct Reader {
    web: Web,
    state: Doing,
    _room: OwnedSemaphorePermit,
}

enum Doing {
    /// Nothing was sent yet.
    Beginning { after: Option<i64> },
    /// Everything up to `after` was sent. What stands between that and `upto` is read; the rest is passed on to this stream.
    Following { after: i64, upto: i64, live: broadcast::Receiver<Passed> },
}

impl Reader {
    /// What is sent next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        let stop = self.web.feed.stop.clone();
        tokio::select! {
            () = stop.cancelled() => None,
            next = self.go_on() => next,
        }
    }

    async fn go_on(&mut self) -> Option<Bytes> {
        let quiet = Duration::from_secs(self.web.app.config.events.keep_alive_seconds);
        loop {
            match &mut self.state {
                Doing::Beginning { after } => {
                    let after = *after;
                    let (live, upto) = self.web.feed.follow().await;
                    self.state = Doing::Following { after: after.unwrap_or(upto), upto, live };
                    // Only now: whoever reads it gets everything that happens afterwards.
                    return Some(Bytes::from_static(GREETING.as_bytes()));
                }
                Doing::Following { after, upto, .. } if *after < *upto => {
                    // A client comes again when the database does not answer.
                    let page = self.web.app.store.feed_after(*after, PAGE).await.ok()?;
                    let events: Vec<_> = page.events.iter().filter(|event| event.number <= *upto).collect();
                    let texts: Vec<Bytes> = events.iter().map(|event| text(event)).collect::<Result<_, _>>().ok()?;
                    *after = events.last().map_or(*upto, |event| event.number);
                    if !texts.is_empty() {
                        return Some(texts.concat().into());
                    }
                }
                Doing::Following { after, live, .. } => match tokio::time::timeout(quiet, live.recv()).await {
                    Ok(Ok(passed)) if passed.number > *after => return Some(passed.text),
                    Ok(Ok(_)) => {}
                    // It fell behind, or the server stops: the client comes again, and goes on by its last event's id.
                    Ok(Err(_)) => return None,
                    Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
                },
            }
        }
    }
}
