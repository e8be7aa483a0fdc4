//! The demo's page: what each side reads, and what each system was called with, the newest first, live.
//!
//! Mails are other people's content. Each is shown in a frame without scripts, from an address of its own whose policy
//! loads nothing; the page itself runs one script from one file. What can change something (an answer, a system's mood)
//! is taken from this page alone.

mod answer;
mod guard;
mod live;
mod ticket;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::kept::Kept;
use super::letter::Letter;
use super::sink::{Mood, Sink};
use super::smtp::Caught;
use crate::clock::Clock;
use crate::triage::outcome::Side;

/// How long a system keeps the mood that it is told to have.
const MOOD_LASTS: SignedDuration = SignedDuration::from_secs(60);
/// So many mails and calls stand on the page.
const SHOWN: usize = 100;
/// The page's own policy: its own style, script, frames and forms, and nothing from elsewhere.
const PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The policy of a mail's HTML: no script, no form, nothing loaded; its links open elsewhere.
const MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; \
    sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/// Takes a mail as a mail server hands it over, and says what became of it.
pub type Inbound = Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// Takes what ALE's ticket system sends of its own, and says what became of it.
pub type Callback = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// What stands on the page besides what came in.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Guide {
    /// Where the API listens: `http://HOST:PORT`.
    pub server: String,
    /// Whose keys there are: role, name, key.
    pub keys: Vec<(String, String, String)>,
    /// What can be tried: what it does, and the line to paste.
    pub lines: Vec<(String, String)>,
}

/// What the page shows, and does.
pub struct Inbox {
    /// The mails.
    pub mails: Arc<Kept<Caught>>,
    /// The systems, and the calls to them.
    pub sink: Arc<Sink>,
    /// Who reads which mail.
    pub book: Book,
    /// Where answers go; without it none can be sent.
    pub inbound: Option<Inbound>,
    /// Where ALE's ticket system tells what happens to its tickets.
    pub callback: Option<Callback>,
    /// What can be tried.
    pub guide: Guide,
    /// Time, and ids of answers.
    pub clock: Clock,
    /// Ends what is live.
    pub stop: CancellationToken,
}

struct Page {
    inbox: Inbox,
    templates: Environment<'static>,
}

type Shared = State<Arc<Page>>;

impl Inbox {
    /// The page, at `/`.
    pub fn router(self) -> Router {
        let file = |kind: &'static str, text: &'static str| {
            get(move || async move { ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text).into_response() })
        };
        Router::new()
            .route("/", get(overview))
            .route("/mails/{number}", get(mail))
            .route("/mails/{number}/html", get(html))
            .route("/mails/{number}/source", get(source))
            .route("/mails/{number}/answer", post(answer::send))
            .route("/calls/{number}", get(call))
            .route("/ticket/{table}/{id}", get(ticket::show).post(ticket::work_on))
            .route("/systems/{name}/mood", post(set_mood))
            .route("/live", get(live::news))
            .route("/demo.css", file("text/css; charset=utf-8", include_str!("templates/demo.css")))
            .route("/demo.js", file("text/javascript; charset=utf-8", include_str!("templates/demo.js")))
            .layer(axum::middleware::from_fn(guard::only_this_page))
            .with_state(Arc::new(Page { inbox: self, templates: templates() }))
    }
}

fn templates() -> Environment<'static> {
    let mut templates = Environment::new();
    // The names end in .html: all values are escaped.
    let files = [
        ("frame.html", include_str!("templates/frame.html")),
        ("overview.html", include_str!("templates/overview.html")),
        ("one.html", include_str!("templates/one.html")),
        ("mail.html", include_str!("templates/mail.html")),
        ("ticket.html", include_str!("templates/ticket.html")),
        ("sent.html", include_str!("templates/sent.html")),
        ("call.html", include_str!("templates/call.html")),
    ];
    for (name, text) in files {
        #[expect(clippy::expect_used, reason = "the templates are part of the program, and a test renders each")]
        templates.add_template(name, text).expect("a template that is part of the program parses");
    }
    templates
}

impl Page {
    fn render(&self, name: &str, values: Value) -> Response {
        match self.templates.get_template(name).and_then(|template| template.render(Serde(values))) {
            Ok(html) => ([(CONTENT_SECURITY_POLICY, PAGE)], Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, name, "the demo's page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    /// The word of a side: only its mails and calls.
    side: Option<String>,
}

async fn overview(State(page): Shared, Query(wanted): Query<Wanted>) -> Response {
    let side = wanted.side.as_deref().and_then(Side::parse);
    let mails = view::mails(&page.inbox, side, SHOWN);
    let calls = view::calls(&page.inbox, side, SHOWN);
    let systems = view::systems(&page.inbox);
    let guide = &page.inbox.guide;
    let sides = view::sides(&page.inbox, side);
    page.render(
        "overview.html",
        json!({ "mails": mails, "calls": calls, "systems": systems, "sides": sides, "guide": guide, "live": true }),
    )
}

async fn mail(State(page): Shared, Path(number): Path<u64>) -> Response {
    let Some(caught) = page.inbox.mails.get(number) else { return gone() };
    let mail = view::mail(&page.inbox, &caught);
    page.render("one.html", json!({ "mail": mail, "source": String::from_utf8_lossy(&caught.source) }))
}

async fn call(State(page): Shared, Path(number): Path<u64>) -> Response {
    let Some(call) = page.inbox.sink.calls().get(number) else { return gone() };
    page.render("one.html", json!({ "call": view::call(&call) }))
}

async fn html(State(page): Shared, Path(number): Path<u64>) -> Response {
    let html = page.inbox.mails.get(number).and_then(|caught| Letter::read(&caught).html);
    let Some(html) = html else { return gone() };
    // Links leave the frame. A doctype of the mail's own is passed over by then, and this one is as good.
    let framed = format!("<!doctype html><base target=\"_blank\">{html}");
    ([(CONTENT_SECURITY_POLICY, MAIL)], Html(framed)).into_response()
}

async fn source(State(page): Shared, Path(number): Path<u64>) -> Response {
    let Some(caught) = page.inbox.mails.get(number) else { return gone() };
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], caught.source.clone()).into_response()
}

async fn set_mood(State(page): Shared, Path(name): Path<String>, body: String) -> Response {
    let mood = field(&body, "mood").as_deref().and_then(Mood::parse);
    match mood.map(|mood| page.inbox.sink.set_mood(&name, mood, MOOD_LASTS)) {
        Some(true) => Redirect::to("/#systems").into_response(),
        Some(false) => StatusCode::NOT_FOUND.into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// A field of a form.
fn field(body: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(body.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "There is no such mail or call any more; the last 500 are kept.\n").into_response()
}

#[cfg(test)]
mod tests;
