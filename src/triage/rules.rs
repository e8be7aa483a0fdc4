//! The rules: an operator's directory of files, read, proved and compiled into one array.
//!
//! Loading reports the faults of all files together and accepts nothing that is not proved. Deciding reads one cell.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use sha2::{Digest as _, Sha256};

use super::facts::Facts;
use super::fault::{Fault, FaultKind};
use super::outcome::{Outcome, Route};
use super::outcome_file::{self, Clause};
use super::proof::{self, BARE, Flaw};
use super::space::{CellSet, FactBox};
use super::table::{self, Known, Row};
use super::words::{self, FactWords};

/// The file that holds the routing table.
pub const TABLE: &str = "escalation.md";
/// The file that holds the table's own examples; the only one that may be missing.
pub const EXAMPLES: &str = "examples.md";
const FACTS: &str = "facts.toml";
const OUTCOMES: &str = "outcomes.toml";
const CLAUSES: &str = "clauses.toml";

/// A proved set of rules.
#[derive(Debug, Clone)]
pub struct Rules {
    version: String,
    rules: Vec<Rule>,
    rows: Vec<Row>,
    outcomes: Vec<Outcome>,
    clauses: Vec<Clause>,
    words: FactWords,
    impossible: CellSet,
    possible: usize,
    lookup: Box<[u16]>,
    examples: Option<(String, String)>,
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

/// Rules that were refused, with everything that is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", text(faults))]
pub struct RulesError {
    /// All faults of all files; never empty.
    pub faults: Vec<Fault>,
}

fn text(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl RulesError {
    /// Whether files are missing or unreadable, rather than wrong in what they say.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind == FaultKind::File)
    }
}

/// The texts of a rules directory, each with the name that faults give it.
#[derive(Debug, Clone, Default)]
struct Sources {
    files: Vec<(&'static str, String, String)>,
    examples: Option<(String, String)>,
}

impl Sources {
    fn embedded() -> Self {
        let file = |name: &'static str, text: &str| (name, format!("rules/{name}"), text.to_owned());
        Self {
            files: vec![
                file(FACTS, include_str!("../../rules/facts.toml")),
                file(OUTCOMES, include_str!("../../rules/outcomes.toml")),
                file(CLAUSES, include_str!("../../rules/clauses.toml")),
                file(TABLE, include_str!("../../rules/escalation.md")),
            ],
            examples: Some((format!("rules/{EXAMPLES}"), include_str!("../../rules/examples.md").to_owned())),
        }
    }

    fn read(dir: &Path) -> Result<Self, RulesError> {
        let (mut sources, mut faults) = (Self::default(), Vec::new());
        if !dir.is_dir() {
            let message = "this is no directory; name the directory that holds escalation.md and its companions";
            return Err(RulesError { faults: vec![Fault::new(FaultKind::File, &dir.display().to_string(), message)] });
        }
        for name in [FACTS, OUTCOMES, CLAUSES, TABLE, EXAMPLES] {
            let path = dir.join(name);
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) if name == EXAMPLES => sources.examples = Some((shown, text)),
                Ok(text) => sources.files.push((name, shown, text)),
                Err(error) if name == EXAMPLES && error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => faults.push(Fault::new(FaultKind::File, &shown, unreadable(&error))),
            }
        }
        if faults.is_empty() { Ok(sources) } else { Err(RulesError { faults }) }
    }

    fn file(&self, name: &str) -> (&str, &str) {
        let found = self.files.iter().find(|(known, ..)| *known == name);
        found.map_or(("", ""), |(_, shown, text)| (shown, text))
    }

    /// Hash over the names and contents of the files that decide (the examples do not).
    fn version(&self) -> String {
        let mut hash = Sha256::new();
        for (name, _, text) in &self.files {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "this file is missing; a rules directory cannot do without it".to_owned(),
        std::io::ErrorKind::InvalidData => "this file is not UTF-8 text".to_owned(),
        _ => format!("this file cannot be read: {error}"),
    }
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
        let outcomes = outcome_file::outcomes(outcomes_file, outcomes);
        faults.extend(outcomes.faults);
        let (clauses, wrong) = outcome_file::clauses(clauses_file, clauses);
        faults.extend(wrong);
        let known = Known {
            outcomes: outcomes.names.iter().map(String::as_str).collect(),
            clauses: clauses.iter().map(|clause| clause.number.as_str()).collect(),
        };
        let (rows, wrong) = table::parse(table_file, table, &known);
        // A table with unreadable rows would show gaps that nobody made.
        let readable = wrong.is_empty();
        faults.extend(wrong);
        let mut lookup = Vec::new();
        if readable {
            let boxes: Vec<FactBox> = rows.iter().map(|row| row.when).collect();
            let (cells, flaws) = proof::prove(&boxes, &impossible);
            faults.extend(flaws.into_iter().map(|flaw| flaw_fault(table_file, &rows, flaw)));
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
            clauses,
            words,
            possible: impossible.complement().len(),
            impossible,
            lookup: lookup.into(),
            examples: sources.examples,
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
        self.examples.as_ref().map(|(name, text)| (name.as_str(), text.as_str()))
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

/// A flaw of the table in the table's own words.
fn flaw_fault(file: &str, rows: &[Row], flaw: Flaw) -> Fault {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_are_proved() {
        if let Err(error) = Rules::compile(Sources::embedded()) {
            panic!("{error}");
        }
    }
}
