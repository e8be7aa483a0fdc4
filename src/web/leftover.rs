//! What is left of a request's body when it is refused early.
//!
//! A client that sends first and reads afterwards would see a broken connection in place of the answer, so that a
//! bounded rest of the body is read before the answer is given.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;

/// How much of a body is read on, and for how long.
const MOST: usize = 64 << 20;
const LONGEST: Duration = Duration::from_secs(3);

/// Reads what the handler left of the body when it refused the request.
pub(super) async fn read_on(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // Such a client has not sent the body yet and need not.
    let waits = parts.headers.contains_key(header::EXPECT);
    let body = Shared(Arc::new(Mutex::new(body)));
    let mut response = next.run(Request::from_parts(parts, Body::new(body.clone()))).await;
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if refused && !waits && status != StatusCode::REQUEST_TIMEOUT {
        let _ = tokio::time::timeout(LONGEST, read_away(body.clone())).await;
    }
    if refused && !body.is_end_stream() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn read_away(mut body: Shared) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            return;
        }
    }
}

/// A body that the handler reads from, and that can be read on when the handler is done.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }
}
