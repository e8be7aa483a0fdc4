//! The one place that turns what went wrong into an HTTP answer: RFC 9457 problem details.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What kinds of problem there are: each has its own `type`, title and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The body is not JSON, or not the JSON that a call takes.
    MalformedBody,
    /// A header, path or query parameter is not what it should be.
    BadRequest,
    /// The body is JSON, and fields in it are wrong.
    InvalidFields,
    /// No credential, or one that is unknown, revoked or wrongly signed.
    Unauthenticated,
    /// The signature is good and its id was used before.
    SignatureReused,
    /// The credential is good, and its role may not do this.
    Forbidden,
    /// There is nothing here that the caller may see.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The client took too long.
    Timeout,
    /// What is asked for contradicts what is stored.
    Conflict,
    /// `If-Match` names another revision than the stored one.
    PreconditionFailed,
    /// The body is larger than the limit.
    TooLarge,
    /// The content type is not one that the call takes.
    UnsupportedMediaType,
    /// The key made more requests than it may.
    RateLimited,
    /// Our fault.
    Internal,
    /// Busy or without a database just now; the same request may be sent again.
    Unavailable,
    /// No room to store what was sent.
    StorageFull,
}

impl Kind {
    /// The status, the last part of the `type`, and the title.
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::MalformedBody => (StatusCode::BAD_REQUEST, "malformed-body", "The body cannot be read"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read"),
            Self::InvalidFields => (StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Fields are wrong"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "No valid credential"),
            Self::SignatureReused => (StatusCode::UNAUTHORIZED, "signature-reused", "This webhook-id was used before"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This credential may not do this"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This method does not exist here")
            }
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "This contradicts what is stored"),
            Self::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "precondition-failed", "It was changed meanwhile")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "This content type is not taken here")
            }
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available just now"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "storage-full", "No room to store this"),
        }
    }
}

/// One field that is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldProblem {
    /// Where: `third_party.release`; empty for the body as a whole.
    pub path: String,
    /// What is wrong and what it should be; reads on from the path.
    pub message: String,
}

/// RFC 9457 problem details, as every error is answered (`application/problem+json`).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDetails {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, for people.
    pub title: &'static str,
    /// The HTTP status again.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Every field that is wrong, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// How many fields one answer names: a body that is wrong throughout would get an answer many times its size.
const NAMED: usize = 1_000;

impl crate::record::Fails for Problem {
    fn why(&self) -> String {
        self.details().detail
    }
}

/// Something that cannot be answered as asked.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem of that kind; `detail` is a full sentence that says what to do.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// Fields that are wrong: all of them, as far as anybody would read.
    pub(crate) fn fields(mut errors: Vec<FieldProblem>) -> Self {
        let count = errors.len();
        errors.truncate(NAMED);
        let detail = match errors.as_slice() {
            [one] if one.path.is_empty() => sentence(&one.message),
            [one] => sentence(&format!("`{}` {}", one.path, one.message)),
            _ if count > NAMED => format!("{count} fields are wrong; `errors` names the first {NAMED}."),
            _ => format!("{count} fields are wrong; `errors` names each."),
        };
        Self { errors, ..Self::new(Kind::InvalidFields, detail) }
    }

    /// One field that is wrong.
    pub(crate) fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem { path: path.into(), message: message.into() }])
    }

    /// The same, naming fields.
    #[must_use]
    pub(crate) fn with_errors(self, errors: Vec<FieldProblem>) -> Self {
        Self { errors, ..self }
    }

    /// The same, asking the client to come back after so many seconds.
    #[must_use]
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// What is not there, or not for this caller: one answer for both, so that ids cannot be probed.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what} of that id that this credential may see."))
    }

    /// Our fault; what exactly stands in the log, under the request's id.
    pub(crate) fn internal() -> Self {
        Self::new(Kind::Internal, "Something broke on our side; it is logged under this answer's request id.")
    }

    /// Busy: nothing was stored, and the same request may be sent again.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, detail).retry_after(1)
    }

    /// The status that it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.kind.parts().0
    }

    /// The body that it is answered with.
    pub(crate) fn details(&self) -> ProblemDetails {
        let (status, slug, title) = self.kind.parts();
        ProblemDetails {
            kind: format!("urn:pointsman:problem:{slug}"),
            title,
            status: status.as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
    }
}

/// What the log says of a refused call: which problem, and for a credential why. Never what the client sent.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// The last word of the problem's type.
    pub(super) problem: &'static str,
    /// Why a credential was not believed.
    pub(super) why: Option<String>,
}

impl Refusal {
    fn of(problem: &Problem) -> Self {
        let (status, slug, _) = problem.kind.parts();
        Self { problem: slug, why: (status == StatusCode::UNAUTHORIZED).then(|| problem.detail.clone()) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.details())).into_response();
        response.extensions_mut().insert(Refusal::of(&self));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"pointsman\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The text with a capital at its beginning and a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    first.chain(chars).chain(stop.chars()).collect()
}

/// How much of a plain error's text is taken over.
const PLAIN: usize = 1024;

/// Errors that the framework answers by itself are plain text; they become problems like all others.
pub(crate) async fn plain_as_problem(response: Response) -> Response {
    let status = response.status();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    // Pages say themselves what is wrong, to people.
    let said = |value: &HeaderValue| value.as_bytes().ends_with(b"json") || value.as_bytes().starts_with(b"text/html");
    if content_type.is_some_and(said) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => Kind::Timeout,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::UnsupportedMediaType,
        status if status.is_client_error() => Kind::BadRequest,
        _ => Kind::Internal,
    };
    let text = axum::body::to_bytes(response.into_body(), PLAIN).await.unwrap_or_default();
    let detail = String::from_utf8_lossy(&text).trim().to_owned();
    Problem::new(kind, sentence(if detail.is_empty() { kind.parts().2 } else { &detail })).into_response()
}
