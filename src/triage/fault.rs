//! What is wrong with an operator's rules, in sentences that name the file, the line and the nearest known word.

use std::fmt;

use serde::Serialize;

use super::merge::Merged;
use crate::nearest::most_alike;

/// What kind of fault it is; programs read this, people read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A file is missing or cannot be read.
    File,
    /// A file does not say what it should: a bad word, key, column or value.
    Text,
    /// Possible facts that no rule answers.
    Gap,
    /// Possible facts that two rules answer.
    Overlap,
    /// A rule that answers no possible facts.
    Unreachable,
}

/// One fault of a rules directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// The file, as it was opened.
    pub file: String,
    /// The line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    /// The rules concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The facts concerned, merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counterexamples: Vec<Merged>,
}

impl Fault {
    /// A fault in what a file says.
    pub(crate) fn text(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::new(FaultKind::Text, file, message) }
    }

    /// A fault of a kind, without a line.
    pub(crate) fn new(kind: FaultKind, file: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            file: file.to_owned(),
            line: None,
            message: message.into(),
            rules: Vec::new(),
            counterexamples: Vec::new(),
        }
    }

    /// Where the fault is: `rules/escalation.md:12`.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)?;
        for example in &self.counterexamples {
            write!(f, "\n    {example}")?;
        }
        Ok(())
    }
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

/// `there is no <what> "<word>"`, with the nearest of the known words.
pub(crate) fn unknown<'w>(what: &str, word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    match most_alike(word, known) {
        Some(near) => format!("there is no {what} \"{word}\"; the nearest known one is \"{near}\""),
        None => format!("there is no {what} \"{word}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_prints_its_place_first() {
        let fault = Fault::text("rules/escalation.md", 7, unknown("coverage", "vald", ["valid", "expired"]));
        assert_eq!(
            fault.to_string(),
            "rules/escalation.md:7: there is no coverage \"vald\"; the nearest known one is \"valid\""
        );
    }
}
