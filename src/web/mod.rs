//! The HTTP API (contract section 6).
//!
//! A request passes, from the outside in: its id and figures, a net under panics, the bound on requests at once, the
//! bound on time; then its handler, which checks the credential, reads the body, and hands over to [`crate::flow`].

mod api;
mod auth;
mod body;
mod docs;
mod feed;
mod files;
mod health;
mod leftover;
mod limits;
mod observe;
mod origin;
mod pages;
mod patience;
mod problem;
mod schemas;
pub mod server;
mod shares;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use self::problem::{FieldProblem, Kind, Problem};
use crate::app::App;
use crate::flow::Refused;
use crate::intake::fields::FieldError;
use crate::registry::upstream::UpstreamError;
use crate::store::StoreError;

/// How long a signed message's id is remembered: its time of signing is out of tolerance, either way, by then.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// How long a session is kept after its end: from where somebody signed in before tells a stranger's attempts from its own.
const SESSIONS_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 90);

/// What the handlers share.
#[derive(Clone)]
pub struct Web {
    pub(crate) app: Arc<App>,
    rates: Arc<limits::Rates>,
    links: Arc<limits::Links>,
    shares: Arc<shares::Shares>,
    /// Room for one look-up in a registry of the past at a time: each builds an index of its own.
    past: Arc<Semaphore>,
    feed: Arc<feed::Feed>,
    /// What the pages keep between requests.
    kept: Arc<pages::Kept>,
    /// The proxies in front, whose word about a client's address is taken.
    proxies: Arc<[ipnet::IpNet]>,
}

impl Web {
    /// The API of this app.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        let rates = Arc::new(limits::Rates::new(&app.config.limits));
        let shares = shares::Shares::of(app.config.server.max_in_flight);
        let links = Arc::new(limits::Links::new(&app.config.limits));
        let feed = Arc::new(feed::Feed::new(app.config.events.streams));
        let kept = Arc::new(pages::Kept::default());
        // The configuration was refused where they are none.
        let proxies = app.config.login.proxies().unwrap_or_default().into();
        Self { app, rates, links, shares, past: Arc::new(Semaphore::new(1)), feed, kept, proxies }
    }

    /// Passes events on to those who follow them, until `stop`.
    pub async fn follow_events(&self, stop: CancellationToken) {
        let every = Duration::from_millis(self.app.config.events.poll_milliseconds);
        self.feed.run(&self.app.store, every, stop).await;
    }

    /// Forgets what need not be remembered any longer.
    pub async fn tidy(&self) {
        self.rates.forget_quiet();
        self.links.forget_quiet();
        if let Some(figures) = observe::figures() {
            figures.run_upkeep();
        }
        let before = self.app.clock.now() - REMEMBERED;
        if let Err(error) = self.app.store.forget_webhook_ids(before).await {
            tracing::warn!(%error, "old webhook ids could not be forgotten");
        }
        let now = self.app.clock.now();
        if let Err(error) = self.app.store.forget_sign_ins(now - SESSIONS_KEPT, now).await {
            tracing::warn!(%error, "old sessions and attempts to sign in could not be forgotten");
        }
        api::hooks::look_at_left(self).await;
        match self.app.store.forget_old_secrets(self.app.clock.now()).await {
            Ok(0) => {}
            Ok(_) => {
                if let Err(error) = self.app.refresh_directory().await {
                    tracing::warn!(%error, "the endpoints could not be looked at again");
                }
            }
            Err(error) => tracing::warn!(%error, "endpoints' old secrets could not be forgotten"),
        }
        let config = &self.app.config;
        let quiet = Duration::from_secs(config.server.attachment_seconds);
        if let Err(error) = crate::attachments::forget_parts(&config.attachments.dir, quiet).await {
            tracing::warn!(%error, "uploads that were broken off could not be removed");
        }
    }
}

/// Every call, with its description, limits and figures.
pub fn router(web: Web) -> Router {
    observe::figures();
    let server = &web.app.config.server;
    let in_time = |seconds| from_fn_with_state(Duration::from_secs(seconds), limits::in_time);
    let at_once = |most: usize| from_fn_with_state(Arc::new(Semaphore::new(most.max(1))), limits::at_once);
    let quick = OpenApiRouter::with_openapi(docs::Description::openapi()).merge(api::calls());
    let (quick, mut openapi) = quick.split_for_parts();
    let (uploads, uploads_openapi) = api::uploads().split_for_parts();
    openapi.merge(uploads_openapi);
    let (health, health_openapi) = health::calls().split_for_parts();
    openapi.merge(health_openapi);
    let (schemas, schemas_openapi) = schemas::calls().split_for_parts();
    openapi.merge(schemas_openapi);
    docs::complete(&mut openapi);
    Router::new()
        .merge(quick.layer(in_time(server.request_seconds)))
        .merge(pages::pages().layer(in_time(server.request_seconds)))
        // Uploads may take long, and leave room for what is quick.
        .merge(
            uploads
                .merge(pages::uploads())
                .layer(in_time(server.attachment_seconds))
                .layer(at_once(server.max_in_flight / 2)),
        )
        .layer(at_once(server.max_in_flight))
        .merge(health)
        .merge(schemas)
        .merge(docs::page(openapi))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(problem::plain_as_problem))
        .layer(from_fn(leftover::read_on))
        .layer(from_fn_with_state(web.app.clock.clone(), observe::request))
        .with_state(web)
}

/// People get a page, programs a problem.
async fn unknown_path(uri: axum::http::Uri, headers: axum::http::HeaderMap) -> Response {
    let accepted = headers.get(axum::http::header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("text/html")) && !uri.path().starts_with("/v1/") {
        return pages::nothing_here();
    }
    Problem::new(Kind::NotFound, format!("There is no call at `{}`; /docs lists them all.", uri.path())).into_response()
}

async fn unknown_method(method: Method, uri: axum::http::Uri) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        format!("`{}` does not take {method}; the header `allow` says what it takes.", uri.path()),
    )
}

fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(what = what.unwrap_or("no message"), "a handler panicked");
    Problem::internal().into_response()
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy("Too many writes are waiting; nothing was stored. Send the request again."),
            StoreError::Unavailable(why) => {
                tracing::error!(why, "the database cannot be reached");
                Self::busy(
                    "The database cannot be reached just now. Send the request again; filing the same reference again is safe.",
                )
            }
            StoreError::Closed => Self::busy("The server is stopping. Send the request again."),
            StoreError::Full => {
                tracing::error!("the database is full");
                Self::new(Kind::StorageFull, "The database cannot grow; nothing was stored. Tell the operator.")
            }
            StoreError::NulCharacter(field) => Self::field(field, "holds a NUL character, which cannot be stored."),
            StoreError::TooLong { .. } => Self::new(Kind::BadRequest, error.to_string()),
            StoreError::Cursor => {
                let message = "must be the `next` of a page; leave it out to start at the first page.".to_owned();
                api::wrong_parameters(vec![FieldProblem { path: "after".to_owned(), message }])
            }
            error => {
                tracing::error!(%error, "the database failed");
                Self::internal()
            }
        }
    }
}

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        tracing::error!(%error, "the registry elsewhere gives no answer");
        Self::busy("The registry cannot be reached just now; nothing was stored. Send the request again.")
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Fields(errors) => Self::fields(errors.into_iter().map(FieldProblem::from).collect()),
            Refused::OtherContent { id } => Self::new(
                Kind::Conflict,
                format!(
                    "This reference was filed before with other content, as {id}. Send changes to /v1/esrs/{id}/updates, or file under another reference."
                ),
            ),
            Refused::MessageSeenBefore => auth::reused(),
            Refused::NotFound => Self::not_found("eSR"),
            Refused::Moved => {
                Self::busy("Others change this eSR just now; nothing was stored. Send the request again.")
            }
            Refused::Upstream(error) => error.into(),
            Refused::Store(error) => error.into(),
        }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { path: error.path, message: error.message }
    }
}
