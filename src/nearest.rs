//! What somebody most likely meant by a word that is not known: for the hints in error messages.
//!
//! (Names of companies and products are compared by [`crate::registry::names`], as the contract says.)

/// Longer words are not compared: nobody misspells so much text, and comparing takes time.
const LONGEST: usize = 64;
/// From this likeness on, a word is offered as what was meant.
const NEAR: f64 = 0.6;
/// A word cut short (`prod`, `alias`) is as good as one with a single letter wrong.
const CUT_SHORT: f64 = 0.9;
/// So many letters have to be left of it.
const LEFT: usize = 3;

/// The known word that `word` was most likely meant to be, the first of the alphabet among equals; none when nothing is near.
#[must_use]
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    best(word, known).filter(|(likeness, _)| *likeness >= NEAR).map(|(_, known)| known)
}

/// The known word that is most like `word`, however little that is: the one to show where there is always one to show.
#[must_use]
pub(crate) fn most_alike<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    best(word, known).map(|(_, known)| known)
}

fn best<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<(f64, &'k str)> {
    let said = if word.len() > LONGEST { String::new() } else { letters(word) };
    let scored = known.into_iter().map(|known| (likeness(&said, &letters(known)), known));
    // The first of the alphabet among equals: the known words may come in any order.
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
}

/// Case, spaces and punctuation do not matter.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// 0 (nothing in common) to 1 (the same).
fn likeness(said: &str, known: &str) -> f64 {
    let cut = said.chars().count() >= LEFT && known.starts_with(said);
    rapidfuzz::distance::osa::normalized_similarity(said.chars(), known.chars()).max(if cut { CUT_SHORT } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_none_when_nothing_is_near() {
        let phases = ["production", "development"];
        assert_eq!(nearest("prod", phases), Some("production"));
        assert_eq!(nearest("Developement", phases), Some("development"));
        assert_eq!(nearest("ALE fault shown", ["inconclusive", "ale_fault_shown"]), Some("ale_fault_shown"));
        assert_eq!(nearest("publishedOn", ["expires_on", "published_on"]), Some("published_on"));
        assert_eq!(nearest("holiday", phases), None);
        assert_eq!(nearest("pr", phases), None);
        assert_eq!(nearest("9.2.3 case 22", ["9.2.3", "9.2.3 case 2"]), Some("9.2.3 case 2"));
        assert_eq!(nearest(&"x".repeat(100_000), phases), None);
        assert_eq!(nearest("", phases), None);
    }

    #[test]
    fn the_word_most_alike_is_the_one_with_the_fewest_edits_whatever_the_case() {
        assert_eq!(most_alike("expird", ["obsolete", "expired"]), Some("expired"));
        assert_eq!(most_alike("VALID", ["expired", "valid"]), Some("valid"));
        assert_eq!(most_alike("c", ["a", "b"]), Some("a"));
        assert_eq!(most_alike("c", ["b", "a"]), Some("a"));
        assert_eq!(most_alike("x", []), None);
    }
}
