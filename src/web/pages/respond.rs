//! How pages are answered: HTML with the headers that keep it to its reader and run nothing but our own.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::visitor::Visitor;

/// Our own style sheets, scripts and pictures, and no others; nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The cookie that carries what was just done to the next page.
const SAID: &str = "pointsman_said";

/// A page of a visitor's.
pub(super) fn page(visitor: &Visitor, template: &impl Template) -> Response {
    with_status(visitor, StatusCode::OK, template)
}

/// A page of a visitor's, with another status: a form that has to be filled in again is 422.
pub(super) fn with_status(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    let mut response = html(status, template);
    if visitor.said.is_some() {
        forget_said(response.headers_mut());
    }
    response
}

/// Any page.
pub(super) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => sealed(status, Body::from(text)),
        Err(error) => {
            tracing::error!(%error, "a page could not be laid out");
            sealed(StatusCode::INTERNAL_SERVER_ERROR, Body::from("This page could not be shown. Please try again."))
        }
    }
}

/// On to another page, so that reloading it does nothing twice; `said` is shown there once.
pub(super) fn see_other(to: &str, said: &str) -> Response {
    let mut response = sealed(StatusCode::SEE_OTHER, Body::empty());
    let headers = response.headers_mut();
    // Only ways within this service, whatever stood in a form.
    // Browsers drop tabs and line ends before they read an address.
    let within = to.starts_with('/') && !to.starts_with("//") && !to.contains(|c: char| c == '\\' || c.is_control());
    let to = HeaderValue::try_from(if within { to } else { "/" });
    headers.insert(header::LOCATION, to.unwrap_or(HeaderValue::from_static("/")));
    if !said.is_empty() {
        let text: String = url::form_urlencoded::byte_serialize(said.as_bytes()).collect();
        set_cookie(headers, &format!("{SAID}={text}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"));
    }
    response
}

/// On to another page, where it is said that nothing was done, and why.
pub(super) fn refused_at(to: &str, why: &str) -> Response {
    see_other(to, &format!("{REFUSED}{why}"))
}

/// How what was refused begins, on its way to the next page.
const REFUSED: char = '!';

/// What is said, and whether it is a refusal.
pub(super) fn tone(said: &str) -> (&str, bool) {
    said.strip_prefix(REFUSED).map_or((said, false), |why| (why, true))
}

/// Off to another service. Its address is never one that a visitor gave.
pub(super) fn away(to: &str) -> Response {
    let mut response = sealed(StatusCode::SEE_OTHER, Body::empty());
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// Makes the browser forget what was just done, once it is said.
pub(super) fn forget_said(headers: &mut HeaderMap) {
    set_cookie(headers, &format!("{SAID}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
}

/// What was just done, as the browser brings it back.
pub(super) fn said(headers: &HeaderMap) -> Option<String> {
    let pair = format!("said={}", cookie(headers, SAID)?);
    let (_, text) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(text.chars().filter(|c| !c.is_control()).take(300).collect()).filter(|text: &String| !text.is_empty())
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Adds a cookie.
pub(super) fn set_cookie(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn sealed(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_comes_back_once_as_it_was_said() {
        let response = see_other("/queue", "Sent again: 3 äöü; ok");
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::try_from(format!("a=b; {cookie}")).unwrap());
        assert_eq!(said(&headers).as_deref(), Some("Sent again: 3 äöü; ok"));
        assert_eq!(response.headers()[header::LOCATION], "/queue");
    }

    #[test]
    fn no_form_leads_out_of_the_service() {
        for to in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(see_other(to, "").headers()[header::LOCATION], "/", "{to}");
        }
    }
}
