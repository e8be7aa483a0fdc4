//! The table's own examples (`examples.md`): what its author means it to say, apart from how it says it.
//!
//! An example is a box of facts and the answer that every possible combination in it has to get.

use serde::Serialize;

use super::fact_box::FactBox;
use super::facts::{FACT_COUNT, Fact};
use super::fault::{Fault, unknown};
use super::markdown::{self, RawRow};
use super::merge::{Merged, merge};
use super::outcome::{Outcome, Route, Stage};
use super::outcome_file::Clause;
use super::rules::Rules;
use super::space::CellSet;
use super::table::{self, Known, Row};

/// Everything that a rule answers: what an example states, and what it got.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Answer {
    /// Id of the rule.
    pub rule: String,
    /// Where the eSR goes.
    pub route: Route,
    /// How far along.
    pub stage: Stage,
    /// Name of the outcome.
    pub outcome: String,
    /// The clauses cited.
    pub clauses: Vec<String>,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rule, route, stage, outcome, clauses } = self;
        write!(f, "{route}/{stage} by rule {rule}, outcome {outcome}, clause {}", clauses.join("; "))
    }
}

impl Answer {
    /// What a row answers.
    #[must_use]
    pub fn of(row: &Row, outcomes: &[Outcome], clauses: &[Clause]) -> Self {
        let outcome = &outcomes[row.outcome];
        Self {
            rule: row.id.clone(),
            route: outcome.route,
            stage: outcome.stage,
            outcome: outcome.id.clone(),
            clauses: row.clauses.iter().map(|&clause| clauses[clause].number.clone()).collect(),
        }
    }
}

/// One example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows, in words.
    pub name: String,
    /// Line in its file.
    pub line: usize,
    /// The facts.
    pub when: FactBox,
    /// The answer that all of them have to get.
    pub expected: Answer,
}

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The example.
    pub name: String,
    /// Line in its file.
    pub line: usize,
    /// What it states.
    pub expected: Answer,
    /// What came instead, and for which facts; empty when the example's facts cannot occur.
    pub instead: Vec<Instead>,
}

/// What came instead of an example's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instead {
    /// The answer.
    pub answer: Answer,
    /// The facts that got it.
    pub facts: Vec<Merged>,
}

/// Reads the examples that came with the rules.
///
/// # Errors
/// Everything that is wrong with the file; also when there is none.
pub fn parse(rules: &Rules) -> Result<Vec<Example>, Vec<Fault>> {
    let Some((file, text)) = rules.examples() else {
        let message = format!(
            "there is no {}: without examples nobody notices a wrong outcome or clause",
            super::sources::EXAMPLES
        );
        return Err(vec![Fault::new(super::fault::FaultKind::File, super::sources::EXAMPLES, message)]);
    };
    let mut columns = vec!["name"];
    columns.extend(Fact::all().map(Fact::name));
    columns.extend(["rule", "route", "stage", "outcome", "clause"]);
    let (rows, mut faults) = markdown::table(file, text, &columns);
    let known = Known {
        outcomes: rules.outcomes().iter().map(|outcome| outcome.id.as_str()).collect(),
        clauses: rules.clauses().iter().map(|clause| clause.number.as_str()).collect(),
    };
    let mut examples = Vec::new();
    for row in &rows {
        let mut wrong = Vec::new();
        examples.extend(example(row, rules, &known, &mut wrong));
        faults.extend(wrong.into_iter().map(|message| Fault::text(file, row.line, message)));
    }
    if faults.is_empty() { Ok(examples) } else { Err(faults) }
}

fn example(row: &RawRow<'_>, rules: &Rules, known: &Known<'_>, faults: &mut Vec<String>) -> Option<Example> {
    let mut when = FactBox::any();
    for (fact, cell) in Fact::all().zip(&row.cells[1..]) {
        when = when.with(fact, table::value_set(fact, cell, faults));
    }
    let [rule, route, stage, outcome, clause] = row.cells[FACT_COUNT + 1..] else { return None };
    if rules.rules().iter().all(|known| known.id != rule) {
        faults.push(unknown("rule", rule, rules.rules().iter().map(|rule| rule.id.as_str())));
    }
    let found_route = Route::parse(route);
    if found_route.is_none() {
        faults.push(unknown("route", route, Route::words()));
    }
    let found_stage = Stage::parse(stage);
    if found_stage.is_none() {
        faults.push(unknown("stage", stage, Stage::words()));
    }
    table::position("outcome", outcome, &known.outcomes, faults);
    let clauses = table::clause_list(clause, known, faults);
    let expected = Answer {
        rule: rule.to_owned(),
        route: found_route?,
        stage: found_stage?,
        outcome: outcome.to_owned(),
        clauses: clauses.iter().map(|&clause| known.clauses[clause].to_owned()).collect(),
    };
    Some(Example { name: row.cells[0].to_owned(), line: row.line, when, expected })
}

/// Runs the examples against the rules that they came with.
#[must_use]
pub fn run(rules: &Rules, examples: &[Example]) -> Vec<Failure> {
    let answers: Vec<Answer> =
        rules.rows().iter().map(|row| Answer::of(row, rules.outcomes(), rules.clauses())).collect();
    let possible = rules.impossible().complement();
    examples.iter().filter_map(|example| failure(example, rules, &answers, &possible)).collect()
}

fn failure(example: &Example, rules: &Rules, answers: &[Answer], possible: &CellSet) -> Option<Failure> {
    let instead: Vec<Instead> = rules
        .rows()
        .iter()
        .zip(answers)
        .filter(|(_, answer)| **answer != example.expected)
        .filter_map(|(row, answer)| {
            let shared = example.when.meet(&row.when).filter(|shared| possible.meets(shared))?;
            let mut cells = CellSet::default();
            cells.paint(&shared);
            cells.subtract(rules.impossible());
            Some(Instead { answer: answer.clone(), facts: merge(&cells, rules.impossible()) })
        })
        .collect();
    let holds = instead.is_empty() && possible.meets(&example.when);
    (!holds).then(|| Failure {
        name: example.name.clone(),
        line: example.line,
        expected: example.expected.clone(),
        instead,
    })
}

/// Whether some example contradicts a row that answers as given.
#[must_use]
pub fn contradict(examples: &[Example], when: &FactBox, answer: &Answer, possible: &CellSet) -> bool {
    examples.iter().any(|example| {
        example.expected != *answer && example.when.meet(when).is_some_and(|shared| possible.meets(&shared))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::fact_box::ValueSet;

    #[test]
    fn the_built_in_examples_hold() {
        let rules = Rules::embedded();
        let examples = parse(&rules).unwrap();
        assert!(examples.len() >= rules.rules().len());
        assert_eq!(run(&rules, &examples), []);
    }

    #[test]
    fn an_example_that_states_too_much_shows_what_came_instead() {
        let rules = Rules::embedded();
        let mut example = parse(&rules).unwrap().into_iter().find(|e| e.expected.rule == "no-third-party").unwrap();
        example.when = example
            .when
            .with(Fact::named("system_access").unwrap(), ValueSet::any(Fact::named("system_access").unwrap()));
        let failures = run(&rules, &[example]);
        let instead: Vec<&str> = failures[0].instead.iter().map(|i| i.answer.rule.as_str()).collect();
        assert_eq!(instead, ["no-third-party-awaiting-access"]);
    }

    #[test]
    fn an_example_of_facts_that_cannot_occur_does_not_hold() {
        let rules = Rules::embedded();
        let mut example = parse(&rules).unwrap().swap_remove(0);
        for (fact, value) in [("coverage", 0), ("scope", 0)] {
            example.when = example.when.with(Fact::named(fact).unwrap(), ValueSet::one(value));
        }
        assert!(run(&rules, &[example])[0].instead.is_empty());
    }
}
