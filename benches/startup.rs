//! What a start costs: proving the routing table, and reading, checking and indexing a large registry.

use std::path::Path;
use std::time::Duration;

use pointsman::registry::document;
use pointsman::registry::index::Registry;
use pointsman::triage::facts::CELLS;
use pointsman::triage::rules::Rules;

use crate::measure::{best_of, heading, human, within};
use crate::registry;

const REPORTS: usize = 50_000;
const NAMES: usize = 20_000;

pub(crate) fn run() {
    heading(&format!("Rules: reading and proving them over {CELLS} fact combinations"));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let proof = best_of(50, || Rules::load(&dir).expect("the rules are proved"));
    within("all files read, parsed and proved", proof, Duration::from_millis(10));

    let text = serde_json::to_vec(&registry::document(REPORTS, NAMES)).expect("a document is JSON");
    heading(&format!("Start-up with {REPORTS} reports and {NAMES} names ({:.1} MB of JSON)", text.len() as f64 / 1e6));
    let parse = || document::parse("registry.json", &text).expect("the document has no fault");
    let read = best_of(5, parse);
    let document = parse();
    let copied = best_of(5, || document.clone());
    let indexed = best_of(5, || Registry::new(document.clone())).saturating_sub(copied);
    println!("  {:<58} {:>10}", "JSON read and checked", human(read.as_secs_f64()));
    println!("  {:<58} {:>10}", "hashed and indexed", human(indexed.as_secs_f64()));
    within("both", read + indexed, Duration::from_secs(1));
}
