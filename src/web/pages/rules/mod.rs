//! The routing table as it is written, how often each rule decided, what any facts would lead to, and what another table would
//! decide differently.

mod compare;
mod difference;
mod hits;
mod notices;
mod prose;
mod simulator;
mod table;

use axum::Router;
use axum::routing::get;

pub(super) use self::hits::Hits;
use crate::triage::facts::Fact;
use crate::triage::rules::Rules;
use crate::triage::template::{Segment, Template};
use crate::web::Web;
use crate::web::pages::words;

/// The pages of this part.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/rules", get(table::show))
        .route("/rules/notices", get(notices::show))
        .route("/rules/simulator", get(simulator::show))
        .route("/rules/compare", get(compare::blank).post(compare::compare))
}

/// A sentence for people, with the words in it that a case fills in.
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
    words::for_people(&out)
}

/// Values of a fact for people; most of them as "any but".
fn spoken(rules: &Rules, fact: Fact, contains: impl Fn(u8) -> bool) -> String {
    let label = |value: &u8| rules.words().value(fact, *value).label.as_str();
    let (in_it, out): (Vec<u8>, Vec<u8>) = (0..fact.size() as u8).partition(|value| contains(*value));
    let (before, named) = if out.len() <= 2 && in_it.len() > 3 { ("any but ", out) } else { ("", in_it) };
    format!("{before}{}", named.iter().map(label).collect::<Vec<_>>().join(", "))
}
