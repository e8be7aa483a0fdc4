//! A page that says why there is no other, and what to do.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::frame::Theme;
use super::respond;
use super::visitor::Visitor;
use crate::access::{Permission, Role};
use crate::flow::Refused;
use crate::store::StoreError;
use crate::web::problem::Problem;

/// Why a page is not shown, or something was not done.
#[derive(Debug)]
pub(in crate::web) struct Sorry {
    status: StatusCode,
    title: String,
    why: String,
    /// Each field that is wrong.
    fields: Vec<(String, String)>,
    /// Where to go instead of reading this.
    to: Option<String>,
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct Page<'a> {
    sorry: &'a Sorry,
    theme: Theme,
    style: String,
}

impl Sorry {
    /// Why, in a title and a sentence that says what to do.
    pub(super) fn new(status: StatusCode, title: impl Into<String>, why: impl Into<String>) -> Self {
        Self { status, title: title.into(), why: why.into(), fields: Vec::new(), to: None }
    }

    /// The status that it is answered with.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Why, in one sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{}: {}", self.title, self.why)
    }

    /// There is none of that.
    pub(super) fn not_found(what: &str) -> Self {
        let why = format!("There is no {what} at this address, or it is not for you to see.");
        Self::new(StatusCode::NOT_FOUND, "Not found", why)
    }

    /// Nobody is signed in.
    pub(super) fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Please sign in", "You are not signed in, or your session has ended.")
    }

    /// Off to another page instead.
    pub(super) fn elsewhere(self, to: String) -> Self {
        Self { to: Some(to), ..self }
    }

    /// The visitor may not do this.
    pub(super) fn forbidden(visitor: &Visitor, permission: Permission) -> Self {
        let able = Role::ALL.iter().filter(|role| role.permits(permission)).map(|role| role.title());
        let roles: Vec<_> = visitor.person.roles.iter().map(|role| role.title()).collect();
        let why = format!(
            "This takes the role {}; you are {}. Somebody who manages people can change that.",
            able.collect::<Vec<_>>().join(" or "),
            if roles.is_empty() { "without a role".to_owned() } else { roles.join(" and ") },
        );
        Self::new(StatusCode::FORBIDDEN, "Not for your role", why)
    }
}

impl From<Problem> for Sorry {
    fn from(problem: Problem) -> Self {
        let details = problem.details();
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fields = details.errors.into_iter().map(|field| (field.path, field.message)).collect();
        Self { fields, ..Self::new(status, details.title, details.detail) }
    }
}

impl From<StoreError> for Sorry {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Refused> for Sorry {
    fn from(refused: Refused) -> Self {
        Problem::from(refused).into()
    }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        match &self.to {
            Some(to) => respond::see_other(to, ""),
            None => {
                let page = Page { sorry: &self, theme: Theme::Auto, style: super::assets::address("app.css") };
                respond::html(self.status, &page)
            }
        }
    }
}
