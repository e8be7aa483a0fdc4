//! What the proof found wrong with a table, in the table's own words.

use super::fault::{Fault, FaultKind};
use super::proof::Flaw;
use super::table::Row;

/// A flaw of the table in the table's own words.
pub(super) fn in_words(file: &str, rows: &[Row], flaw: Flaw) -> Fault {
    let name = |rule: usize| format!("`{}` (line {})", rows[rule].id, rows[rule].line);
    match flaw {
        Flaw::Gap(counterexamples) => Fault {
            counterexamples,
            ..Fault::new(FaultKind::Gap, file, "gap: no rule answers these facts; add a rule or widen one")
        },
        Flaw::Unreachable(rule) => Fault {
            line: Some(rows[rule].line),
            rules: vec![rows[rule].id.clone()],
            ..Fault::new(
                FaultKind::Unreachable,
                file,
                format!(
                    "unreachable: rule {} answers only facts that cannot occur together; delete it or change its facts",
                    name(rule)
                ),
            )
        },
        Flaw::Overlap { first, second, shared, swallowed } => {
            let whole = swallowed.map(|rule| format!("; `{}` answers nothing else", rows[rule].id)).unwrap_or_default();
            Fault {
                line: Some(rows[second].line),
                rules: vec![rows[first].id.clone(), rows[second].id.clone()],
                counterexamples: shared,
                ..Fault::new(
                    FaultKind::Overlap,
                    file,
                    format!(
                        "overlap: rules {} and {} both answer these facts{whole}; narrow one",
                        name(first),
                        name(second)
                    ),
                )
            }
        }
    }
}
