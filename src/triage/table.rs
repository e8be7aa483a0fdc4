//! Reads `escalation.md`: the routing table as rows of boxes, with every fault of every cell.

use std::collections::HashMap;

use super::fact_box::{FactBox, ValueSet};
use super::facts::{FACT_COUNT, Fact};
use super::fault::{Fault, unknown};
use super::markdown::{self, RawRow};
use super::words;

/// One row of the table: when it applies and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Stable name.
    pub id: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The facts that it answers.
    pub when: FactBox,
    /// Position of its outcome.
    pub outcome: usize,
    /// Positions of the clauses that it cites, in the order of the cell; never empty.
    pub clauses: Vec<usize>,
}

/// The names that a table may use.
pub(super) struct Known<'k> {
    pub(super) outcomes: Vec<&'k str>,
    pub(super) clauses: Vec<&'k str>,
}

/// The rows that could be read, and everything that is wrong.
pub(super) fn parse(file: &str, text: &str, known: &Known<'_>) -> (Vec<Row>, Vec<Fault>) {
    let mut columns = vec!["id"];
    columns.extend(Fact::all().map(Fact::name));
    columns.extend(["outcome", "clause"]);
    let (raw, mut faults) = markdown::table(file, text, &columns);
    let mut seen = HashMap::new();
    let mut rows = Vec::new();
    for row in raw {
        let (read, wrong) = parse_row(&row, known);
        faults.extend(wrong.into_iter().map(|message| Fault::text(file, row.line, message)));
        let id = row.cells[0];
        if let Some(first) = seen.insert(id, row.line) {
            faults.push(Fault::text(file, row.line, format!("rule id \"{id}\" already stands in line {first}")));
        }
        rows.extend(read);
    }
    faults.sort_by_key(|fault| fault.line);
    (rows, faults)
}

fn parse_row(row: &RawRow<'_>, known: &Known<'_>) -> (Option<Row>, Vec<String>) {
    let mut faults = Vec::new();
    let id = row.cells[0];
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        faults.push(format!("\"{id}\" is no rule id: use small letters, digits and hyphens"));
    }
    let mut when = FactBox::any();
    for (fact, cell) in Fact::all().zip(&row.cells[1..]) {
        when = when.with(fact, value_set(fact, cell, &mut faults));
    }
    let outcome = position("outcome", row.cells[FACT_COUNT + 1], &known.outcomes, &mut faults);
    let clauses = clause_list(row.cells[FACT_COUNT + 2], known, &mut faults);
    let read = outcome.filter(|_| faults.is_empty()).map(|outcome| Row {
        id: id.to_owned(),
        line: row.line,
        when,
        outcome,
        clauses,
    });
    (read, faults)
}

/// A cell's values: `-` is any, a comma list is a set.
pub(super) fn value_set(fact: Fact, cell: &str, faults: &mut Vec<String>) -> ValueSet {
    if cell == "-" {
        return ValueSet::any(fact);
    }
    if cell.is_empty() {
        faults.push(format!("the cell for {} is empty; write - where any value will do", fact.name()));
        return ValueSet::any(fact);
    }
    let mut set = ValueSet::NONE;
    for word in cell.split(',').map(str::trim) {
        match words::value(fact, word) {
            Ok(value) if set.contains(value) => faults.push(format!("{} names \"{word}\" twice", fact.name())),
            Ok(value) => set = set.and(value),
            Err(message) => faults.push(message),
        }
    }
    set
}

/// The clauses of a cell, separated by semicolons.
pub(super) fn clause_list(cell: &str, known: &Known<'_>, faults: &mut Vec<String>) -> Vec<usize> {
    if cell.is_empty() || cell == "-" {
        faults.push("the cell for clause is empty; every rule cites the policy".to_owned());
        return Vec::new();
    }
    let mut clauses = Vec::new();
    for number in cell.split(';').map(str::trim) {
        match position("clause", number, &known.clauses, faults) {
            Some(clause) if clauses.contains(&clause) => faults.push(format!("clause \"{number}\" is cited twice")),
            Some(clause) => clauses.push(clause),
            None => {}
        }
    }
    clauses
}

/// Where a name stands among the known ones. With none known, their own file is at fault and the table not blamed.
pub(super) fn position(what: &str, name: &str, known: &[&str], faults: &mut Vec<String>) -> Option<usize> {
    let found = known.iter().position(|option| *option == name);
    if found.is_none() && !known.is_empty() {
        faults.push(unknown(what, name, known.iter().copied()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "| id | phase | filer | coverage | scope | responsibility | participant_analysis | system_access \
                          | assistance | urgency | outcome | clause |\n|-|-|-|-|-|-|-|-|-|-|-|-|\n";

    fn read(rows: &str) -> (Vec<Row>, Vec<String>) {
        let known = Known { outcomes: vec!["stop", "go"], clauses: vec!["9.1", "9.3 item 1"] };
        let (rows, faults) = parse("t.md", &format!("{HEADER}{rows}"), &known);
        (rows, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_row_is_read_with_its_sets_and_clauses() {
        let (rows, faults) =
            read("| a | production | - | valid, accredited | - | - | - | - | - | - | go | 9.1; 9.3 item 1 |\n");
        assert_eq!(faults, [] as [&str; 0]);
        assert_eq!((rows[0].line, rows[0].outcome, rows[0].clauses.as_slice()), (3, 1, [0, 1].as_slice()));
        assert_eq!(rows[0].when.to_string(), "phase=production, coverage=valid|accredited");
    }

    #[test]
    fn every_bad_word_of_every_row_is_named_with_its_line_and_the_nearest_known_one() {
        let (rows, faults) = read(
            "| a | prod | - | valid,valid | - | - | - | - | - | - | gone | 9.2 |\n| A | - | - | - | - | - | - | - | - |  | go | |\n",
        );
        assert_eq!(rows, []);
        assert_eq!(
            faults,
            [
                "t.md:3: there is no phase value \"prod\"; the nearest known one is \"production\"",
                "t.md:3: coverage names \"valid\" twice",
                "t.md:3: there is no outcome \"gone\"; the nearest known one is \"go\"",
                "t.md:3: there is no clause \"9.2\"; the nearest known one is \"9.1\"",
                "t.md:4: \"A\" is no rule id: use small letters, digits and hyphens",
                "t.md:4: the cell for urgency is empty; write - where any value will do",
                "t.md:4: the cell for clause is empty; every rule cites the policy",
            ]
        );
    }

    #[test]
    fn a_rule_id_stands_once() {
        let row = "| a | - | - | - | - | - | - | - | - | - | go | 9.1 |\n";
        assert_eq!(read(&format!("{row}{row}")).1, ["t.md:4: rule id \"a\" already stands in line 3"]);
    }
}
