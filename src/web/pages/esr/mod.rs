//! `/esrs/{id}`: one eSR as the service's own people see it: where it goes, why, and what they can do about it.
//!
//! | file | what it is |
//! |---|---|
//! | `show.rs` | the page |
//! | `view.rs` | what stands on it |
//! | `fields.rs` | what it says, field by field |
//! | `flips.rs` | what would change the decision |
//! | `report.rs` | the report that the decision rests on, and its editions on a time line |
//! | `told.rs` | who was told what, each attempt |
//! | `happened.rs` | the timeline: who said and did what |
//! | `earlier.rs` | earlier decisions, each compared with the one after it |
//! | `meant.rs` | what it might have meant where the rules could not tell |
//! | `near.rs` | those readings, and settling which one it is |
//! | `alias.rs` | a spelling kept as another name of its entry |
//! | `change.rs` | override, contest, update |
//! | `act.rs` | note, send again, files |

mod act;
mod alias;
mod change;
mod earlier;
mod fields;
mod flips;
mod happened;
mod meant;
mod near;
mod report;
mod show;
mod told;
mod view;

use axum::Router;
use axum::routing::{get, post};

use crate::web::Web;

/// The pages and acts.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/esrs/{id}", get(show::show))
        .route("/esrs/{id}/earlier", get(earlier::show))
        .route("/esrs/{id}/happened", get(happened::show))
        .route("/esrs/{id}/override", post(change::choose).get(act::back))
        .route("/esrs/{id}/contest", post(change::contest).get(act::back))
        .route("/esrs/{id}/update", post(change::update).get(act::back))
        .route("/esrs/{id}/note", post(act::note).get(act::back))
        .route("/esrs/{id}/settle", post(near::settle).get(act::back))
        .route("/esrs/{id}/replay/{delivery}", post(act::replay))
        .route("/esrs/{id}/files/{file}", get(act::file))
}

/// Pages that take files, which may take long.
pub(super) fn uploads() -> Router<Web> {
    Router::new().route("/esrs/{id}/files", post(act::attach).get(act::back))
}

/// A file's size, for people.
fn size(bytes: i64) -> String {
    let bytes = bytes.max(0) as f64;
    match bytes {
        ..1_000.0 => format!("{bytes} bytes"),
        ..1_000_000.0 => format!("{:.0} kB", bytes / 1e3),
        _ => format!("{:.1} MB", bytes / 1e6),
    }
}
