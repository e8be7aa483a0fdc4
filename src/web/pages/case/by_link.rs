//! The pages behind a link: `/c/{token}`. The link is the credential: no cookie is read or set, so that no other site can
//! act in a reader's name, and no form needs a second secret.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::link::{Asked, kept_private, open};
use super::{Acted, Did, Open, Sent, Typed, View, act};
use crate::web::Web;
use crate::web::pages::{assets, respond};

/// The page of a case.
#[derive(Template)]
#[template(path = "case/page.html")]
struct Page {
    view: View,
    style: String,
    script: String,
    icon: String,
}

/// What is quick.
pub(in crate::web::pages) fn pages() -> Router<Web> {
    Router::new()
        .route("/c/{token}", get(show))
        .route("/c/{token}/contest", post(contest).get(back))
        .route("/c/{token}/update", post(update).get(back))
        .route("/c/{token}/files/{file}", get(file))
}

/// What may hold large files.
pub(in crate::web::pages) fn uploads() -> Router<Web> {
    Router::new()
        .route("/c/{token}", post(answer))
        .route("/c/{token}/files", post(attach).get(back))
        .layer(DefaultBodyLimit::disable())
}

async fn show(
    State(web): State<Web>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = Asked::of(query.as_deref());
    match open(&web, &token, &asked, &headers).await {
        Ok(open) => {
            let done = asked.done.as_deref().and_then(Did::parse);
            page(&web, &open, StatusCode::OK, Typed { done, ..Typed::default() }).await
        }
        Err(refused) => refused,
    }
}

/// Somebody reloaded the answer to a form, or went back to it.
async fn back(Path(token): Path<String>, RawQuery(query): RawQuery) -> Response {
    let asked = query.map(|query| format!("?{query}")).unwrap_or_default();
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).collect();
    kept_private(respond::see_other(&format!("/c/{token}{asked}"), ""))
}

async fn answer(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Response {
    with_form(web, token, request, Which::Answer).await
}

async fn contest(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Response {
    with_form(web, token, request, Which::Contest).await
}

async fn update(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Response {
    with_form(web, token, request, Which::Update).await
}

async fn attach(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Response {
    with_form(web, token, request, Which::Files).await
}

enum Which {
    Answer,
    Contest,
    Update,
    Files,
}

async fn with_form(web: Web, token: String, request: Request, which: Which) -> Response {
    let asked = Asked::of(request.uri().query());
    let headers = request.headers().clone();
    let open = match open(&web, &token, &asked, &headers).await {
        Ok(open) => open,
        Err(refused) => return refused,
    };
    let acted = match which {
        Which::Files if !Sent::is_form(request.headers()) => {
            return kept_private(act::take_file(&web, &open, asked.name.as_deref(), request).await);
        }
        Which::Answer => act::answer(&web, &open, request).await,
        Which::Contest => act::contest(&web, &open, request).await,
        Which::Update => act::update(&web, &open, request).await,
        Which::Files => act::files(&web, &open, request).await,
    };
    match acted {
        Acted::Done(did) => {
            let to = format!("{}?lang={}&done={did}", open.seat.base, open.seat.language);
            kept_private(respond::see_other(&to, ""))
        }
        // What was taken is on the page already.
        Acted::Again(status, typed) if typed.done.is_some() => match self::open(&web, &token, &asked, &headers).await {
            Ok(now) => page(&web, &now, status, *typed).await,
            Err(refused) => refused,
        },
        Acted::Again(status, typed) => page(&web, &open, status, *typed).await,
    }
}

async fn file(
    State(web): State<Web>,
    Path((token, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match open(&web, &token, &Asked::of(query.as_deref()), &headers).await {
        Ok(open) => kept_private(act::send_file(&web, &open, &file).await),
        Err(refused) => refused,
    }
}

async fn page(web: &Web, open: &Open, status: StatusCode, typed: Typed) -> Response {
    let view = match View::new(web, open, typed).await {
        Ok(view) => view,
        Err(error) => {
            tracing::error!(%error, "a page could not be shown");
            return (StatusCode::SERVICE_UNAVAILABLE, open.seat.words().word("page-busy")).into_response();
        }
    };
    let (style, script) = (assets::address("app.css"), assets::address("upload.js"));
    let page = Page { view, style, script, icon: assets::address("icon.svg") };
    kept_private(respond::html(status, &page))
}
