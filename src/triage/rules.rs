//! The rules: an operator's directory of files, read, proved and compiled into one array.
//!
//! Loading reports the faults of all files together and accepts nothing that is not proved. Deciding reads one cell.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::decision::{Contact, Decision};
use super::fact_box::FactBox;
use super::facts::Facts;
pub use super::fault::RulesError;
use super::flaw;
use super::outcome::{Outcome, Route};
use super::outcome_file::{self, Clause};
use super::proof::{self, BARE};
use super::sources::{CLAUSES, EXAMPLES, FACTS, OUTCOMES, Sources, TABLE};
use super::space::CellSet;
use super::table::{self, Known, Row};
use super::words::{self, FactWords};

/// The files of a rules directory that decide, the table first; and the table's own examples.
pub const FILES: [&str; 5] = [TABLE, FACTS, OUTCOMES, CLAUSES, EXAMPLES];

/// A proved set of rules.
#[derive(Debug, Clone)]
pub struct Rules {
    version: String,
    rules: Vec<Rule>,
    rows: Vec<Row>,
    outcomes: Vec<Outcome>,
    contacts: Vec<(String, Contact)>,
    clauses: Vec<Clause>,
    words: FactWords,
    impossible: CellSet,
    possible: usize,
    lookup: Box<[u16]>,
    sources: Sources,
}

/// One rule of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Stable name.
    pub id: String,
    /// Line in the table's file.
    pub line: usize,
    /// Position of its outcome; see [`Rules::outcome`].
    pub outcome: usize,
    /// The clauses that it cites; never empty.
    pub clauses: Vec<String>,
}

impl Rules {
    /// The rules that are built in, read and proved once.
    ///
    /// # Panics
    /// Never: a test proves them.
    #[must_use]
    pub fn embedded() -> Arc<Self> {
        static EMBEDDED: LazyLock<Arc<Rules>> = LazyLock::new(|| {
            Arc::new(Rules::compile(Sources::embedded()).expect("the built-in rules are proved by a test"))
        });
        Arc::clone(&EMBEDDED)
    }

    /// Reads and proves the rules of a directory.
    ///
    /// # Errors
    /// Everything that is wrong with its files; then nothing of it is used.
    pub fn load(dir: &Path) -> Result<Self, RulesError> {
        Self::compile(Sources::read(dir)?)
    }

    fn compile(sources: Sources) -> Result<Self, RulesError> {
        let ((facts_file, facts), (outcomes_file, outcomes)) = (sources.file(FACTS), sources.file(OUTCOMES));
        let ((clauses_file, clauses), (table_file, table)) = (sources.file(CLAUSES), sources.file(TABLE));
        let (words, impossible, mut faults) = words::parse(facts_file, facts);
        let words_readable = faults.is_empty();
        let outcomes = outcome_file::outcomes(outcomes_file, outcomes);
        faults.extend(outcomes.faults);
        let (clauses, wrong) = outcome_file::clauses(clauses_file, clauses);
        faults.extend(wrong);
        let known = Known {
            outcomes: outcomes.names.iter().map(String::as_str).collect(),
            clauses: clauses.iter().map(|clause| clause.number.as_str()).collect(),
        };
        let (rows, wrong) = table::parse(table_file, table, &known);
        // With rows or impossible combinations misread, the proof would show gaps that nobody made.
        let readable = words_readable && wrong.is_empty() && !known.outcomes.is_empty() && !known.clauses.is_empty();
        faults.extend(wrong);
        let mut lookup = Vec::new();
        if readable {
            let boxes: Vec<FactBox> = rows.iter().map(|row| row.when).collect();
            let (cells, flaws) = proof::prove(&boxes, &impossible);
            faults.extend(flaws.into_iter().map(|flaw| flaw::in_words(table_file, &rows, flaw)));
            lookup = cells;
        }
        let (Some(words), true) = (words, faults.is_empty()) else { return Err(RulesError { faults }) };
        let review = rows.iter().position(|row| outcomes.outcomes[row.outcome].route == Route::AgentReview);
        answer_the_impossible(&mut lookup, review.unwrap_or(0));
        let rules = rows.iter().map(|row| rule(row, &clauses)).collect();
        Ok(Self {
            version: sources.version(),
            rules,
            rows,
            outcomes: outcomes.outcomes,
            contacts: outcomes.contacts,
            clauses,
            words,
            possible: impossible.complement().len(),
            impossible,
            lookup: lookup.into(),
            sources,
        })
    }

    /// Hash of the files that the rules came from: `sha256:...`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The one rule that answers these facts. Facts that cannot occur and that no rule answers go to an agent.
    #[inline]
    #[must_use]
    pub fn decide(&self, facts: &Facts) -> &Rule {
        &self.rules[usize::from(self.lookup[facts.cell()])]
    }

    /// What a rule says.
    #[must_use]
    pub fn outcome(&self, rule: &Rule) -> &Outcome {
        &self.outcomes[rule.outcome]
    }

    /// The outcome that a decision came to: its rule's, or (an agent's choice, or a decision by other rules) the first of
    /// its route and stage.
    #[must_use]
    pub fn outcome_of(&self, decision: &Decision) -> Option<&Outcome> {
        let there = |outcome: &&Outcome| {
            (outcome.route.as_str(), outcome.stage.as_str()) == (&*decision.route, &*decision.stage)
        };
        let rule = self.rules.iter().find(|rule| rule.id == decision.rule);
        rule.map(|rule| self.outcome(rule)).filter(there).or_else(|| self.outcomes.iter().find(there))
    }

    /// Whether these facts can occur.
    #[inline]
    #[must_use]
    pub fn possible(&self, facts: &Facts) -> bool {
        !self.impossible.contains(facts.cell())
    }

    /// What facts and values are called, and the sentences on coverage and scope.
    #[must_use]
    pub fn words(&self) -> &FactWords {
        &self.words
    }

    /// The rules in the table's order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The table's rows, in the order of [`Self::rules`].
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All outcomes, used or not.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The operator's desks, by name.
    #[must_use]
    pub fn contacts(&self) -> &[(String, Contact)] {
        &self.contacts
    }

    /// All clauses, cited or not.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The combinations that cannot occur.
    #[must_use]
    pub fn impossible(&self) -> &CellSet {
        &self.impossible
    }

    /// How many combinations can occur: the ones that the proof is about.
    #[must_use]
    pub fn possible_count(&self) -> usize {
        self.possible
    }

    /// Position of the rule that answers the combination of that number.
    #[inline]
    #[must_use]
    pub fn rule_at(&self, cell: usize) -> usize {
        usize::from(self.lookup[cell])
    }

    /// Name and text of the examples' file, when there is one.
    #[must_use]
    pub fn examples(&self) -> Option<(&str, &str)> {
        self.sources.examples.as_ref().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text of one of the files that the rules came from: [`FILES`] names them.
    #[must_use]
    pub fn file(&self, name: &str) -> &str {
        match &self.sources.examples {
            Some((_, text)) if name == EXAMPLES => text,
            _ => self.sources.file(name).1,
        }
    }

    /// These rules with other texts for some of their files, read and proved like a directory.
    ///
    /// # Errors
    /// Everything that is wrong with the files; a name that is none of [`FILES`] too.
    pub fn with_files(&self, given: &[(String, String)]) -> Result<Self, RulesError> {
        let mut sources = self.sources.clone();
        for (_, shown, _) in &mut sources.files {
            // A fault names the file, not where it lies on this machine.
            *shown = shown.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        }
        let mut faults = Vec::new();
        for (name, text) in given {
            if name == EXAMPLES {
                sources.examples = Some((name.clone(), text.clone()));
            } else if let Some((_, _, known)) = sources.files.iter_mut().find(|(known, ..)| known == name) {
                known.clone_from(text);
            } else {
                let message = super::fault::unknown("rules file", name, FILES);
                faults.push(super::fault::Fault::new(super::fault::FaultKind::File, name, message));
            }
        }
        if faults.is_empty() { Self::compile(sources) } else { Err(RulesError { faults }) }
    }
}

fn rule(row: &Row, clauses: &[Clause]) -> Rule {
    Rule {
        id: row.id.clone(),
        line: row.line,
        outcome: row.outcome,
        clauses: row.clauses.iter().map(|&clause| clauses[clause].number.clone()).collect(),
    }
}

/// Combinations that cannot occur may be left bare by the table. Should the engine find one all the same, a person
/// looks: the rule given here is the first that sends to an agent.
fn answer_the_impossible(lookup: &mut [u16], review: usize) {
    for cell in lookup.iter_mut().filter(|cell| **cell == BARE) {
        *cell = review as u16;
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// The built-in rules with the first of some text of one file replaced.
    pub(in crate::triage) fn edited(file: &str, from: &str, to: &str) -> Result<Rules, RulesError> {
        let mut sources = Sources::embedded();
        for (name, _, text) in &mut sources.files {
            if *name == file {
                assert!(text.contains(from), "{file} does not contain {from}");
                *text = text.replacen(from, to, 1);
            }
        }
        Rules::compile(sources)
    }

    /// What is wrong with the rules so edited.
    pub(in crate::triage) fn faults(file: &str, from: &str, to: &str) -> Vec<String> {
        let error = edited(file, from, to).expect_err("these rules are to be refused");
        error.faults.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{edited, faults};
    use super::*;
    use crate::triage::facts::{CELLS, Coverage, Filer, Phase, Scope};

    #[test]
    fn the_built_in_rules_are_proved() {
        if let Err(error) = Rules::compile(Sources::embedded()) {
            panic!("{error}");
        }
    }

    #[test]
    fn the_version_changes_with_every_file_that_decides_and_not_with_the_examples() {
        let version = Rules::embedded().version().to_owned();
        for (file, from, to) in [
            (TABLE, "# Where", "# How"),
            (FACTS, "# The nine", "# Nine"),
            (OUTCOMES, "# What", "# that"),
            (CLAUSES, "# The", "# Some"),
        ] {
            assert_ne!(edited(file, from, to).unwrap().version(), version, "{file}");
        }
        let mut sources = Sources::embedded();
        sources.examples = None;
        assert_eq!(Rules::compile(sources).unwrap().version(), version);
    }

    #[test]
    fn some_files_can_be_tried_in_place_of_those_that_run() {
        let rules = Rules::embedded();
        assert_eq!(rules.with_files(&[]).unwrap().version(), rules.version());
        let table = rules.file(TABLE).replacen("| diagnostic-out-of-scope |", "| agent-looks-at-scope |", 1);
        let other = rules.with_files(&[(TABLE.to_owned(), table)]).unwrap();
        assert_ne!(other.version(), rules.version());
        let unknown = rules.with_files(&[("escalaton.md".to_owned(), String::new())]).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "escalaton.md: there is no rules file \"escalaton.md\"; the nearest known one is \"escalation.md\""
        );
        let gap = rules.with_files(&[(TABLE.to_owned(), "# Nothing".to_owned())]).unwrap_err();
        assert!(gap.to_string().starts_with("escalation.md:1: there is no table"), "{gap}");
    }

    #[test]
    fn facts_that_cannot_occur_and_that_no_rule_answers_go_to_an_agent() {
        let rules = edited(TABLE, "| valid, accredited | known_limitation |", "| valid | known_limitation |").unwrap();
        let stray = (0..CELLS).map(Facts::from_cell).find(|facts| {
            (facts.phase, facts.filer) == (Phase::Production, Filer::BusinessPartner)
                && (facts.coverage, facts.scope) == (Coverage::Accredited, Scope::KnownLimitation)
        });
        let stray = stray.unwrap();
        assert!(!rules.possible(&stray));
        assert_eq!(rules.outcome(rules.decide(&stray)).route, Route::AgentReview);
    }

    #[test]
    fn faults_of_all_files_are_reported_together() {
        let mut sources = Sources::embedded();
        for (_, _, text) in &mut sources.files {
            *text = text.replacen("urgency", "urgencyy", 1).replacen("[outcomes.", "[outcome.", 1).replacen(
                "[clauses]",
                "[clause]",
                1,
            );
        }
        let error = Rules::compile(sources).unwrap_err();
        for file in [FACTS, OUTCOMES, CLAUSES] {
            assert!(error.faults.iter().any(|fault| fault.file.ends_with(file)), "{file}: {error}");
        }
    }

    #[test]
    fn a_misspelt_impossible_combination_is_not_blamed_on_the_table() {
        let found = faults(FACTS, "coverage = [\"accredited\"]", "coverage = [\"acredited\"]");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].ends_with("there is no coverage value \"acredited\"; the nearest known one is \"accredited\"")
        );
    }

    #[test]
    fn every_possible_combination_is_decided_by_the_rule_whose_row_fits_it() {
        let rules = Rules::embedded();
        for cell in (0..CELLS).filter(|&cell| rules.possible(&Facts::from_cell(cell))) {
            let row = &rules.rows()[rules.rule_at(cell)];
            assert!(row.when.meet(&FactBox::from(&Facts::from_cell(cell))).is_some());
        }
    }
}
