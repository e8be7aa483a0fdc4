//! The routing table as it is written, how often each rule decided, what any facts would lead to, and what another table would
//! decide differently.

mod compare;
mod difference;
mod hits;
mod prose;
mod simulator;
mod table;

use axum::Router;
use axum::routing::get;

pub(super) use self::hits::Hits;
use crate::triage::template::{Segment, Template};
use crate::web::Web;

/// The pages of this part.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/rules", get(table::show))
        .route("/rules/simulator", get(simulator::show))
        .route("/rules/compare", get(compare::blank).post(compare::compare))
}

/// A sentence with the words in it that a case fills in.
fn sentence(template: &Template) -> String {
    fn write(segments: &[Segment], out: &mut String) {
        for segment in segments {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Word(word) => out.push_str(&format!("‹{}›", word.as_str().replace('_', " "))),
                Segment::Optional(part) => write(part, out),
            }
        }
    }
    let mut out = String::new();
    write(template.segments(), &mut out);
    out
}
