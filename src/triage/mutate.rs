//! Makes every one-cell mistake that a table invites and tells who notices: the proof, the examples, or nobody.

use std::collections::BTreeMap;

use serde::Serialize;

use super::examples::{Answer, Example, contradict};
use super::fact_box::{FactBox, ValueSet};
use super::facts::Fact;
use super::proof::breach;
use super::rules::Rules;
use super::space::CellSet;
use super::table::Row;

/// Who notices a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    /// The proof: a gap, an overlap or an unreachable rule.
    ByProof,
    /// An example.
    ByExamples,
    /// There is nothing to notice: every combination that can occur is decided as before.
    ChangesNothing,
    /// Nobody.
    Survives,
}

/// How the mistakes in one column, or in all, were noticed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many mistakes were made.
    pub mistakes: usize,
    /// Noticed by the proof.
    pub by_proof: usize,
    /// Noticed by an example.
    pub by_examples: usize,
    /// Nothing to notice.
    pub change_nothing: usize,
    /// Not noticed.
    pub survive: usize,
}

impl Tally {
    fn count(&mut self, noticed: Noticed) {
        self.mistakes += 1;
        match noticed {
            Noticed::ByProof => self.by_proof += 1,
            Noticed::ByExamples => self.by_examples += 1,
            Noticed::ChangesNothing => self.change_nothing += 1,
            Noticed::Survives => self.survive += 1,
        }
    }
}

/// A mistake that nobody notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survivor {
    /// The rule.
    pub rule: String,
    /// Its line.
    pub line: usize,
    /// The column.
    pub column: &'static str,
    /// The cell as it stands.
    pub from: String,
    /// The cell with the mistake.
    pub to: String,
}

/// What came of all mistakes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All columns together.
    pub total: Tally,
    /// Each column, in the table's order.
    pub columns: Vec<(&'static str, Tally)>,
    /// The mistakes that nobody notices.
    pub survivors: Vec<Survivor>,
}

/// Makes every mistake, one at a time. The rules are proved already; the examples have to hold.
#[must_use]
pub fn mutate(rules: &Rules, examples: &[Example]) -> Report {
    let mut bench = Bench::new(rules, examples);
    for (index, row) in rules.rows().iter().enumerate() {
        for fact in Fact::all() {
            bench.condition(index, row, fact);
        }
        bench.outcome(row);
        bench.clause(row);
    }
    bench.report()
}

struct Bench<'r> {
    rules: &'r Rules,
    examples: &'r [Example],
    boxes: Vec<FactBox>,
    possible: CellSet,
    scratch: CellSet,
    tallies: BTreeMap<usize, (&'static str, Tally)>,
    survivors: Vec<Survivor>,
}

impl<'r> Bench<'r> {
    fn new(rules: &'r Rules, examples: &'r [Example]) -> Self {
        Self {
            rules,
            examples,
            boxes: rules.rows().iter().map(|row| row.when).collect(),
            possible: rules.impossible().complement(),
            scratch: CellSet::default(),
            tallies: BTreeMap::new(),
            survivors: Vec::new(),
        }
    }

    fn condition(&mut self, index: usize, row: &Row, fact: Fact) {
        let values = row.when.values(fact);
        for wrong in wrong_values(fact, values) {
            self.boxes[index] = row.when.with(fact, wrong);
            let count = self.rules.possible_count();
            let noticed = match breach(self.boxes.iter(), &self.possible, count, &mut self.scratch) {
                Some(_) => Noticed::ByProof,
                // All others being as they were and the table proved, this row answers what it answered before.
                None => Noticed::ChangesNothing,
            };
            self.note(row, fact.name(), noticed, || (cell(fact, values), cell(fact, wrong)));
        }
        self.boxes[index] = row.when;
    }

    fn outcome(&mut self, row: &Row) {
        let outcomes = self.rules.outcomes();
        for other in (0..outcomes.len()).filter(|&other| other != row.outcome) {
            let wrong = Row { outcome: other, ..row.clone() };
            let noticed = self.by_examples(&wrong);
            self.note(row, "outcome", noticed, || (outcomes[row.outcome].id.clone(), outcomes[other].id.clone()));
        }
    }

    fn clause(&mut self, row: &Row) {
        let clauses = self.rules.clauses();
        let text = |cited: &[usize]| cited.iter().map(|&c| clauses[c].number.as_str()).collect::<Vec<_>>().join("; ");
        for wrong in wrong_clauses(&row.clauses, clauses.len()) {
            let noticed = self.by_examples(&Row { clauses: wrong.clone(), ..row.clone() });
            self.note(row, "clause", noticed, || (text(&row.clauses), text(&wrong)));
        }
    }

    fn by_examples(&self, wrong: &Row) -> Noticed {
        let answer = Answer::of(wrong, self.rules.outcomes(), self.rules.clauses());
        let noticed = contradict(self.examples, &wrong.when, &answer, &self.possible);
        if noticed { Noticed::ByExamples } else { Noticed::Survives }
    }

    fn note(&mut self, row: &Row, column: &'static str, noticed: Noticed, cells: impl FnOnce() -> (String, String)) {
        let position = Fact::named(column).map_or(usize::MAX - usize::from(column == "outcome"), Fact::position);
        self.tallies.entry(position).or_insert((column, Tally::default())).1.count(noticed);
        if noticed == Noticed::Survives {
            let (from, to) = cells();
            self.survivors.push(Survivor { rule: row.id.clone(), line: row.line, column, from, to });
        }
    }

    fn report(self) -> Report {
        let columns: Vec<_> = self.tallies.into_values().collect();
        let mut total = Tally::default();
        for (_, tally) in &columns {
            total.mistakes += tally.mistakes;
            total.by_proof += tally.by_proof;
            total.by_examples += tally.by_examples;
            total.change_nothing += tally.change_nothing;
            total.survive += tally.survive;
        }
        Report { total, columns, survivors: self.survivors }
    }
}

/// `-` narrowed to each value; a value dropped, added, or replaced by another; a single value widened to `-`.
fn wrong_values(fact: Fact, values: ValueSet) -> Vec<ValueSet> {
    let all = ValueSet::any(fact);
    if values == all {
        return all.iter().map(ValueSet::one).collect();
    }
    let others: Vec<u8> = all.iter().filter(|&value| !values.contains(value)).collect();
    let mut wrong: Vec<ValueSet> = vec![all];
    wrong.extend(others.iter().map(|&other| values.and(other)));
    for value in values.iter() {
        wrong.push(values.without(value));
        wrong.extend(others.iter().map(|&other| values.without(value).and(other)));
    }
    let mut seen = Vec::new();
    wrong.retain(|set| {
        !set.is_empty() && !seen.contains(set) && {
            seen.push(*set);
            true
        }
    });
    wrong
}

/// A clause replaced by each other one; a clause dropped where there are several.
fn wrong_clauses(cited: &[usize], known: usize) -> Vec<Vec<usize>> {
    let mut wrong = Vec::new();
    for at in 0..cited.len() {
        for other in (0..known).filter(|other| !cited.contains(other)) {
            let mut clauses = cited.to_vec();
            clauses[at] = other;
            wrong.push(clauses);
        }
        if cited.len() > 1 {
            let mut clauses = cited.to_vec();
            clauses.remove(at);
            wrong.push(clauses);
        }
    }
    wrong
}

fn cell(fact: Fact, values: ValueSet) -> String {
    if values.is_any(fact) { "-".to_owned() } else { values.words(fact).join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::examples;
    use crate::triage::proof::prove;

    #[test]
    fn no_mistake_in_the_built_in_table_goes_unnoticed() {
        let rules = Rules::embedded();
        let report = mutate(&rules, &examples::parse(&rules).unwrap());
        assert_eq!(report.survivors, []);
        assert!(report.total.mistakes > 2_000, "{:?}", report.total);
        let Tally { mistakes, by_proof, by_examples, change_nothing, survive } = report.total;
        assert_eq!(mistakes, by_proof + by_examples + change_nothing + survive);
    }

    #[test]
    fn without_examples_every_wrong_outcome_and_clause_survives() {
        let report = mutate(&Rules::embedded(), &[]);
        for (column, tally) in report.columns {
            let expected = if ["outcome", "clause"].contains(&column) { tally.mistakes } else { 0 };
            assert_eq!(tally.survive, expected, "{column}");
        }
    }

    #[test]
    fn a_mistake_that_changes_nothing_decides_as_before_and_one_that_the_proof_notices_is_a_flaw() {
        let rules = Rules::embedded();
        let boxes: Vec<FactBox> = rules.rows().iter().map(|row| row.when).collect();
        let possible = rules.impossible().complement();
        let mut scratch = CellSet::default();
        // One row in ten keeps the full proof of each mistake affordable without optimisation.
        for (index, row) in rules.rows().iter().enumerate().step_by(10) {
            for fact in Fact::all() {
                for wrong in wrong_values(fact, row.when.values(fact)) {
                    let mut mutant = boxes.clone();
                    mutant[index] = row.when.with(fact, wrong);
                    let quick = breach(mutant.iter(), &possible, rules.possible_count(), &mut scratch);
                    let (lookup, flaws) = prove(&mutant, rules.impossible());
                    assert_eq!(quick.is_some(), !flaws.is_empty(), "{} {}", row.id, fact.name());
                    if quick.is_none() {
                        assert!(possible.iter().all(|cell| usize::from(lookup[cell]) == rules.rule_at(cell)));
                    }
                }
            }
        }
    }

    #[test]
    fn the_mistakes_of_a_cell_are_those_that_a_hand_makes() {
        let scope = Fact::named("scope").unwrap();
        let words =
            |values: ValueSet| wrong_values(scope, values).into_iter().map(|set| cell(scope, set)).collect::<Vec<_>>();
        assert_eq!(words(ValueSet::any(scope)), ["in_scope", "known_limitation", "out_of_scope", "unclear"]);
        assert_eq!(
            words(ValueSet::one(3)),
            [
                "-",
                "in_scope, unclear",
                "known_limitation, unclear",
                "out_of_scope, unclear",
                "in_scope",
                "known_limitation",
                "out_of_scope"
            ]
        );
        assert_eq!(wrong_clauses(&[0, 1], 3), [vec![2, 1], vec![1], vec![0, 2], vec![0]]);
    }
}
