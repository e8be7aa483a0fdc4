//! The files of a rules directory, as text: the built-in ones, or an operator's.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::fault::{Fault, FaultKind, RulesError};
use crate::hash::version;

/// The file that holds the routing table.
pub(super) const TABLE: &str = "escalation.md";
/// The file that holds the table's own examples; the only one that may be missing.
pub(super) const EXAMPLES: &str = "examples.md";
pub(super) const FACTS: &str = "facts.toml";
pub(super) const OUTCOMES: &str = "outcomes.toml";
pub(super) const CLAUSES: &str = "clauses.toml";

/// The texts of a rules directory, each with the name that faults give it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    pub(super) files: Vec<(&'static str, String, String)>,
    pub(super) examples: Option<(String, String)>,
}

impl Sources {
    pub(super) fn embedded() -> Self {
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

    pub(super) fn read(dir: &Path) -> Result<Self, RulesError> {
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

    pub(super) fn file(&self, name: &str) -> (&str, &str) {
        let found = self.files.iter().find(|(known, ..)| *known == name);
        found.map_or(("", ""), |(_, shown, text)| (shown, text))
    }

    /// Hash over the names and contents of the files that decide (the examples do not).
    pub(super) fn version(&self) -> String {
        let mut hash = Sha256::new();
        for (name, _, text) in &self.files {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        version(hash)
    }
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "this file is missing; a rules directory cannot do without it".to_owned(),
        std::io::ErrorKind::InvalidData => "this file is not UTF-8 text".to_owned(),
        _ => format!("this file cannot be read: {error}"),
    }
}
