//! The pages of companies outside: `/my`. A business partner's own eSRs; a participant's own, and those that reached it.
//!
//! | file | what it is |
//! |---|---|
//! | `own.rs` | whose eSRs a visitor sees, and as whom the visitor acts |
//! | `list.rs` | what waits for the visitor, and the rest |
//! | `file.rs` | filing one by form |
//! | `form.rs` | the form's fields, and the eSR that they make |
//! | `verdict.rs` | what would be decided: shown while typing, and before filing |
//! | `one.rs` | one case |

mod file;
mod form;
mod list;
mod one;
mod own;
mod verdict;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::web::Web;

/// What is quick.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/my", get(list::show))
        .route("/my/new", get(file::blank).post(file::send))
        .route("/my/certified", get(verdict::fragment))
        .route("/my/{id}", get(one::show))
        .route("/my/{id}/contest", post(one::contest).get(one::back))
        .route("/my/{id}/update", post(one::update).get(one::back))
        .route("/my/{id}/files/{file}", get(one::file))
}

/// What may hold large files.
pub(super) fn uploads() -> Router<Web> {
    Router::new()
        .route("/my/{id}/answer", post(one::answer).get(one::back))
        .route("/my/{id}/files", post(one::attach).get(one::back))
        .layer(DefaultBodyLimit::disable())
}
