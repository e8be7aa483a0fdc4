//! How pages look, and the headers that keep them to their reader.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use sha2::{Digest as _, Sha256};

use super::answer::Form;
use crate::mail::{Content, Words};

const STYLE: &str = include_str!("style.css");

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        pages.set_syntax(syntax);
    }
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in [("case.html", include_str!("case.html")), ("sorry.html", include_str!("sorry.html"))] {
        // Every page is rendered by a test; a template that cannot be read is missing there.
        drop(pages.add_template(name, source));
    }
    pages
});

/// Nothing but this page's own style and its own form.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// The page of a case.
pub(super) fn case(status: StatusCode, words: &Words, content: &Content, form: Option<&Form>, sent: bool) -> Response {
    let word = |id: &str| words.word(id);
    let context = context! {
        c => minijinja::Value::from(Serde(content)),
        form => minijinja::Value::from(Serde(form)),
        thanks => sent.then(|| word("page-thanks")),
        answer_title => word("page-answer"),
        number_label => word("page-case-number"),
        conclusion_label => word("page-conclusion"),
        findings_label => word("page-findings"),
        findings_hint => word("page-findings-hint"),
        send => word("page-send"),
    };
    html(status, words, "case.html", context)
}

/// A page that says why there is no other.
pub(super) fn sorry(status: StatusCode, words: &Words, title: &str, why: String) -> Response {
    html(status, words, "sorry.html", context! { title => words.word(title), why })
}

/// Back to the page, so that reloading it sends nothing again.
pub(super) fn see_other(token: &str, words: &Words) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = format!("/c/{token}?lang={}&sent=1", words.code());
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    kept_private(response)
}

fn html(status: StatusCode, words: &Words, name: &str, context: minijinja::Value) -> Response {
    let context =
        context! { style => minijinja::Value::from_safe_string(STYLE.to_owned()), lang => words.code(), ..context };
    let page = PAGES.get_template(name).and_then(|page| page.render(context));
    let (status, page) = match page {
        Ok(page) => (status, page),
        Err(error) => {
            tracing::error!(%error, name, "a page could not be laid out");
            (StatusCode::INTERNAL_SERVER_ERROR, words.word("page-busy"))
        }
    };
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    kept_private(response)
}

fn kept_private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}
