//! What somebody filled into a form.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::sorry::Sorry;
use crate::web::{Web, body};

/// The largest form, in bytes.
const MOST: usize = 512 * 1024;

/// The fields of a form in the order they stood in; also of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled(Vec<(String, String)>);

impl Filled {
    /// What a query or a form's body says.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// These fields.
    pub(super) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// What stands in a field, without space around it; empty where there is no such field.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// What stands in a field, if anything does.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Everything that was chosen in a field that takes several.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All fields.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What an address asks for behind its question mark; nothing where it has none.
pub(super) struct InQuery(pub(super) Filled);

impl<S: Sync> FromRequestParts<S> for InQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(Filled::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

impl FromRequest<Web> for Filled {
    type Rejection = Sorry;

    async fn from_request(request: Request, _web: &Web) -> Result<Self, Sorry> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(&parts.headers, body, MOST).await?;
        if std::str::from_utf8(&bytes).is_err() {
            return Err(Sorry::new(
                StatusCode::BAD_REQUEST,
                "This form cannot be read",
                "It is no UTF-8. Send it again.",
            ));
        }
        Ok(Self::parse(&bytes))
    }
}
