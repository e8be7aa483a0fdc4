//! Text folded into words, the same way for what is stored and for what is searched, so that both databases find the same.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::intake::esr::Esr;

/// A word is cut after so many characters.
const WORD: usize = 64;
/// So many different words of an eSR can be searched.
const WORDS: usize = 5_000;
/// So many words of a query count.
const QUERY_WORDS: usize = 16;

/// The words of a text in lower case, without accents; everything but letters and digits separates them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let cut = |word: &str| word.chars().take(WORD).collect::<String>();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(cut)
        .collect::<Vec<_>>()
        .into_iter()
}

/// What a search for the text asks for; empty when there is no word in it.
pub(super) fn query(text: &str) -> Vec<String> {
    words(text).take(QUERY_WORDS).collect()
}

/// The words that an eSR is found by: its reference, summary, description, customer, products and feature, each word once.
pub(super) fn of_esr(esr: &Esr) -> String {
    let mut texts = vec![Some(&esr.reference), Some(&esr.summary), esr.feature.as_ref()];
    if let Some(customer) = &esr.customer {
        texts.extend([customer.name.as_ref(), customer.site.as_ref(), customer.country.as_ref()]);
    }
    if let Some(platform) = &esr.platform {
        texts.extend([platform.product.as_ref(), platform.release.as_ref(), platform.patch.as_ref()]);
    }
    if let Some(third) = &esr.third_party {
        texts.extend([third.company.as_ref(), third.solution.as_ref(), third.release.as_ref()]);
    }
    if let Some(case) = &esr.participant_case {
        texts.push(case.number.as_ref());
    }
    texts.push(esr.description.as_ref());
    let mut seen = HashSet::new();
    let unique = texts.into_iter().flatten().flat_map(|text| words(text)).filter(|word| seen.insert(word.clone()));
    unique.take(WORDS).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_width_and_punctuation_do_not_matter() {
        assert_eq!(query("Hôtel BELLEVUE, ＬＹＯＮ"), ["hotel", "bellevue", "lyon"]);
        assert_eq!(query("BP-2026-00417"), ["bp", "2026", "00417"]);
        assert_eq!(query("\"*:%'() \0"), Vec::<String>::new());
    }
}
