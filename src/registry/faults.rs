//! What is wrong with a registry document, each fault with its place, in words for the person who keeps the file.

use std::fmt;

use serde::Serialize;

use crate::nearest::nearest;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// The file as the caller named it; empty for a document that came from no file.
    pub file: String,
    /// Line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The place in the document (`reports[3].published_on`); in a CSV file the column; empty for the whole file.
    pub path: String,
    /// What is wrong and what to do, as a sentence without the place.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// The faults found so far; knows which places already have one, so that no fault is a mere echo of another.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
    muted: bool,
}

impl Faults {
    pub(super) fn add(&mut self, path: impl fmt::Display, message: impl Into<String>) {
        if !self.muted {
            self.found.push(Fault { file: String::new(), line: None, path: path.to_string(), message: message.into() });
        }
    }

    /// Runs `work` without taking its faults: for placeholders that stand for an entry already reported.
    pub(super) fn muted<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.muted, true);
        let result = work(self);
        self.muted = before;
        result
    }

    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.found
    }
}

/// Whether `path` is one of `places` or lies beneath one.
pub(super) fn is_beneath(path: &str, places: &std::collections::HashSet<&str>) -> bool {
    places.contains(path) || path.match_indices(['.', '[']).any(|(end, _)| places.contains(&path[..end]))
}

/// Looking for what was meant costs a pass over all ids: a file of nothing but dangling references gets this many.
pub(super) const MOST_SUGGESTIONS: usize = 20;

/// ``; did you mean `published_on`?`` or, when nothing is near, the words there are.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}.", listed(known)),
    }
}

/// How a sentence about an unknown word ends: `; did you mean "hotelia"?` or a full stop.
pub(super) fn suggestion_near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or(".".into())
}

/// `a`, `b` and `c`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_gets_its_nearest_and_a_strange_one_the_list() {
        assert_eq!(suggestion("publishedOn", &["published_on", "expires_on"]), "did you mean `published_on`?");
        assert_eq!(suggestion("colour", &["id", "name", "kind"]), "there are `id`, `name` and `kind`.");
    }

    #[test]
    fn places_lie_beneath_their_parents_only() {
        let places = ["reports[1]", "reports[2].id"].into();
        assert!(is_beneath("reports[1].scope[0].id", &places));
        assert!(is_beneath("reports[2].id", &places));
        assert!(!is_beneath("reports[10]", &places));
        assert!(!is_beneath("reports[2].name", &places));
    }
}
