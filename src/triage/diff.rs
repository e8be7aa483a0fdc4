//! What two tables decide differently: every combination that can occur, grouped and merged.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::examples::Answer;
use super::merge::{Merged, merge};
use super::outcome::{Outcome, Route, Stage};
use super::rules::Rules;
use super::space::CellSet;

/// All differences between two proved tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// How many combinations can occur under both.
    pub compared: usize,
    /// Combinations that go elsewhere: another route or stage.
    pub moved: Vec<Change<Destination>>,
    /// Combinations that go where they went, by another rule, outcome or clause.
    pub reworded: Vec<Change<Answer>>,
    /// Combinations that can occur only under the old rules.
    pub only_old: Vec<Merged>,
    /// Combinations that can occur only under the new rules.
    pub only_new: Vec<Merged>,
    /// Outcomes of the same name that tell people something else (sentence, steps, contact, status).
    pub outcomes: Vec<String>,
    /// Whether the words for facts and values differ.
    pub words: bool,
}

/// Route and stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Destination {
    /// Where the eSR goes.
    pub route: Route,
    /// How far along.
    pub stage: Stage,
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.route, self.stage)
    }
}

/// One group of combinations that change alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// The answer before.
    pub old: T,
    /// The answer now.
    pub new: T,
    /// Ids of the rules that answered before.
    pub old_rules: BTreeSet<String>,
    /// Ids of the rules that answer now.
    pub new_rules: BTreeSet<String>,
    /// How many combinations.
    pub combinations: usize,
    /// Which ones.
    pub facts: Vec<Merged>,
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let facts = self.moved.is_empty() && self.reworded.is_empty();
        facts && self.only_old.is_empty() && self.only_new.is_empty() && self.outcomes.is_empty() && !self.words
    }
}

/// A difference as programs read it, with the versions that it is between.
#[must_use]
pub fn document(old: &Rules, new: &Rules, found: &Diff) -> serde_json::Value {
    serde_json::json!({ "old": old.version(), "new": new.version(), "equal": found.is_empty(), "diff": found })
}

/// Compares two proved tables.
#[must_use]
pub fn diff(old: &Rules, new: &Rules) -> Diff {
    let mut apart = old.impossible().clone();
    apart.unite(new.impossible());
    let both = apart.complement();
    let (mut moved, mut reworded) = (Groups::default(), Groups::default());
    for before in old.rows() {
        let was = Answer::of(before, old.outcomes(), old.clauses());
        for after in new.rows() {
            let Some(shared) = before.when.meet(&after.when).filter(|shared| both.meets(shared)) else { continue };
            let is = Answer::of(after, new.outcomes(), new.clauses());
            let (from, to) = (destination(&was), destination(&is));
            if from != to {
                moved.add(from, to, (&was, &is)).paint(&shared);
            } else if was != is {
                reworded.add(was.clone(), is.clone(), (&was, &is)).paint(&shared);
            }
        }
    }
    Diff {
        compared: both.len(),
        moved: moved.finish(&apart),
        reworded: reworded.finish(&apart),
        only_old: only(old, new),
        only_new: only(new, old),
        outcomes: old.outcomes().iter().filter(|outcome| is_other(outcome, new)).map(|o| o.id.clone()).collect(),
        words: old.words() != new.words(),
    }
}

fn destination(answer: &Answer) -> Destination {
    Destination { route: answer.route, stage: answer.stage }
}

/// What can occur under the one and not under the other.
fn only(one: &Rules, other: &Rules) -> Vec<Merged> {
    let mut cells = one.impossible().complement();
    cells.subtract(&other.impossible().complement());
    merge(&cells, &CellSet::default())
}

fn is_other(outcome: &Outcome, new: &Rules) -> bool {
    new.outcomes().iter().any(|other| other.id == outcome.id && other != outcome)
}

/// Changes being gathered.
struct Groups<T>(BTreeMap<(T, T), Gathered>);

#[derive(Default)]
struct Gathered {
    rules: (BTreeSet<String>, BTreeSet<String>),
    cells: CellSet,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord> Groups<T> {
    fn add(&mut self, old: T, new: T, (was, is): (&Answer, &Answer)) -> &mut CellSet {
        let group = self.0.entry((old, new)).or_default();
        group.rules.0.insert(was.rule.clone());
        group.rules.1.insert(is.rule.clone());
        &mut group.cells
    }

    /// The groups, the largest first.
    fn finish(self, free: &CellSet) -> Vec<Change<T>> {
        let mut changes: Vec<Change<T>> = self
            .0
            .into_iter()
            .map(|((old, new), Gathered { rules: (old_rules, new_rules), mut cells })| {
                cells.subtract(free);
                Change { old, new, old_rules, new_rules, combinations: cells.len(), facts: merge(&cells, free) }
            })
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.combinations));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::facts::{CELLS, Facts};
    use crate::triage::rules::testing;

    fn edited(file: &str, from: &str, to: &str) -> Rules {
        testing::edited(file, from, to).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_same_rules_do_not_differ() {
        let rules = Rules::embedded();
        assert!(diff(&rules, &rules).is_empty());
    }

    #[test]
    fn a_changed_outcome_moves_exactly_the_combinations_of_its_rule() {
        let (old, new) =
            (Rules::embedded(), edited("escalation.md", "| diagnostic-out-of-scope |", "| agent-looks-at-scope |"));
        let found = diff(&old, &new);
        let expected = (0..CELLS).map(Facts::from_cell).filter(|facts| {
            old.possible(facts) && old.outcome(old.decide(facts)).route != new.outcome(new.decide(facts)).route
        });
        assert_eq!(found.moved.len(), 1);
        assert_eq!(found.moved[0].combinations, expected.count());
        assert_eq!(
            found.moved[0].facts[0].facts.to_string(),
            "phase=production, filer=business_partner, coverage=valid|accredited, scope=out_of_scope"
        );
        assert_eq!(found.reworded, []);
    }

    #[test]
    fn another_clause_or_rule_name_is_reported_apart() {
        let found = diff(&Rules::embedded(), &edited("escalation.md", "| 9.3 item 3 |", "| 9.3 item 2 |"));
        assert_eq!(found.moved, []);
        assert_eq!(found.reworded.len(), 1);
        assert_eq!(found.reworded[0].new.clauses, ["9.3 item 2"]);
    }

    #[test]
    fn other_words_and_other_impossible_facts_are_reported_too() {
        let found = diff(&Rules::embedded(), &edited("outcomes.toml", "Ask your question in", "Ask in"));
        assert_eq!(found.outcomes, ["community-forum"]);
        let found =
            diff(&Rules::embedded(), &edited("facts.toml", "coverage = [\"accredited\"]", "coverage = [\"valid\"]"));
        assert_eq!(found.only_old[0].facts.to_string(), "coverage=valid, scope=known_limitation");
        assert_eq!(found.only_new[0].facts.to_string(), "coverage=accredited, scope=known_limitation");
    }
}
