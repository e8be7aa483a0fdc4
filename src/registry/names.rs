//! How names are compared: companies, solutions, platforms and features (contract section 2, "Names").
//!
//! Partners write names by hand. Two names are *equal* when they differ only in compatibility forms, accents,
//! case, punctuation, spacing and, for companies, legal suffixes at the end. A name that equals nothing but is
//! *near* an entry is never guessed at: it becomes a candidate, because a wrong guess would cost somebody money.

use rapidfuzz::distance::osa;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

/// Legal suffixes that do not count at the end of a company's name.
const LEGAL_SUFFIXES: [&str; 20] = [
    "sa", "sas", "sarl", "gmbh", "ag", "kg", "ltd", "limited", "inc", "corp", "llc", "plc", "spa", "srl", "bv", "nv",
    "ab", "as", "oy", "co",
];

/// Most pieces that one suffix is written in (`G.m.b.H.`, `S.a.r.l.`).
const MOST_SUFFIX_PIECES: usize = 4;

/// Longest piece of a suffix that is written in several (`S.p.A.`, `Lt.d.`).
const LONGEST_SUFFIX_PIECE: usize = 2;

/// One edit in this many characters, or closer, is near.
pub(super) const CHARACTERS_PER_EDIT: usize = 5;

/// A name made comparable: folded words, and the same joined without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// All letters and digits that count in a row: two names are equal when these are.
    pub joined: String,
    /// With the legal suffixes, where there are any: `HoteliaSA` equals `Hotelia SA`, because spacing does not count.
    pub whole: Option<String>,
    /// The folded words that count, sorted, each once.
    pub words: Vec<String>,
}

impl Name {
    /// The comparable form of a solution's, platform's or feature's name; `None` when nothing is left of it
    /// (blank, or punctuation only), which counts as missing.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::from_words(words(text), None)
    }

    /// The comparable form of a company's name: as [`Name::new`], legal suffixes at the end removed. A name
    /// that is all suffixes keeps them.
    #[must_use]
    pub fn company(text: &str) -> Option<Self> {
        let mut words = words(text);
        let kept = without_suffixes(&words).len();
        let whole = (kept < words.len()).then(|| words.concat());
        words.truncate(kept);
        Self::from_words(words, whole)
    }

    fn from_words(mut words: Vec<String>, whole: Option<String>) -> Option<Self> {
        let joined = words.concat();
        if joined.is_empty() {
            return None;
        }
        words.sort_unstable();
        words.dedup();
        Some(Self { joined, whole, words })
    }

    /// Whether a text is this name (of a feature, product or platform), without making a [`Name`] of it: a report's
    /// scope is asked name by name.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return fold(text) == self.joined;
        }
        let counted = text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
        counted.eq(self.joined.bytes())
    }

    /// What equal names share: the joined form, and the one with its suffixes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        [Some(self.joined.as_str()), self.whole.as_deref()].into_iter().flatten()
    }

    /// The names that this one would be if a legal suffix had been glued to it or torn off: `HoteliaSA` for
    /// `Hotelia`. Too doubtful to be equal, too likely to be nothing.
    pub fn suffix_slips(&self) -> impl Iterator<Item = String> {
        let torn = LEGAL_SUFFIXES.iter().filter_map(|suffix| self.joined.strip_suffix(suffix)).map(str::to_owned);
        let glued = LEGAL_SUFFIXES.iter().map(|suffix| format!("{}{suffix}", self.joined));
        torn.filter(|rest| !rest.is_empty()).chain(glued)
    }

    /// How near another name is, 0 to 1, or `None` when it is not: one edit in five characters or closer
    /// (a swap of neighbours is one edit), or the words of one contained in the other. 1 is equal; the same words
    /// in another order are not.
    #[must_use]
    pub fn nearness(&self, other: &Self) -> Option<f64> {
        Asked::new(self).nearness(other)
    }
}

/// A name that is compared with many others.
pub struct Asked<'n> {
    name: &'n Name,
    length: usize,
    edits: osa::BatchComparator<char>,
}

impl<'n> Asked<'n> {
    /// Prepares a name.
    #[must_use]
    pub fn new(name: &'n Name) -> Self {
        let edits = osa::BatchComparator::new(name.joined.chars());
        Self { name, length: name.joined.chars().count(), edits }
    }

    /// As [`Name::nearness`].
    #[must_use]
    pub fn nearness(&self, other: &Name) -> Option<f64> {
        let (a, b) = (self.length, other.joined.chars().count());
        let longer = a.max(b);
        if longer == 0 {
            return None;
        }
        let by_words = (contains(&self.name.words, &other.words) || contains(&other.words, &self.name.words))
            .then(|| if self.name.joined == other.joined { 1.0 } else { (a.min(b) as f64 / longer as f64).min(0.99) });
        let by_edits = self
            .edits_within(&other.joined, a.abs_diff(b), longer / CHARACTERS_PER_EDIT)
            .map(|edits| 1.0 - edits as f64 / longer as f64);
        match (by_words, by_edits) {
            (Some(x), Some(y)) => Some(x.max(y)),
            (x, y) => x.or(y),
        }
    }

    fn edits_within(&self, other: &str, at_least: usize, at_most: usize) -> Option<usize> {
        let within = osa::Args::default().score_cutoff(at_most);
        (at_least <= at_most).then(|| self.edits.distance_with_args(other.chars(), &within)).flatten()
    }
}

/// Whether all of `part`'s words are among `whole`'s; both sorted.
fn contains(whole: &[String], part: &[String]) -> bool {
    part.iter().all(|word| whole.binary_search(word).is_ok())
}

/// A name's letters and digits in a row, folded: equal names give equal strings. Empty when none are left.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    }
    words(text).concat()
}

/// As [`fold`], for a company's name: legal suffixes at the end removed.
#[must_use]
pub fn company(text: &str) -> String {
    without_suffixes(&words(text)).concat()
}

/// The folded words of a text, in order.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut take = |c: Option<char>| match c {
        Some(c) => word.push(c),
        None if word.is_empty() => {}
        None => words.push(std::mem::take(&mut word)),
    };
    if text.is_ascii() {
        text.chars().for_each(|c| take(c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase())));
    } else {
        // Upper case before lower: it is what makes `ß` equal `SS` and the two small sigmas equal.
        text.nfkd()
            .filter(|&c| canonical_combining_class(c) == 0)
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .for_each(|c| take(c.is_alphanumeric().then_some(c)));
    }
    take(None);
    words
}

fn without_suffixes(words: &[String]) -> &[String] {
    let mut kept = words;
    while let Some(shorter) = without_one_suffix(kept).filter(|shorter| !shorter.is_empty()) {
        kept = shorter;
    }
    kept
}

/// The longest reading first: `S.A.S.` is one suffix, not a company `S` with the suffix `AS`.
fn without_one_suffix(words: &[String]) -> Option<&[String]> {
    (1..=MOST_SUFFIX_PIECES.min(words.len())).rev().find_map(|count| {
        let (rest, end) = words.split_at(words.len() - count);
        let pieces = count == 1 || end.iter().all(|word| word.len() <= LONGEST_SUFFIX_PIECE);
        (pieces && LEGAL_SUFFIXES.contains(&end.concat().as_str())).then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str) -> bool {
        Name::new(a).unwrap().nearness(&Name::new(b).unwrap()).is_some()
    }

    #[test]
    fn accents_case_punctuation_spacing_and_width_do_not_matter() {
        for written in
            ["Hôtelia-PMS", "HOTELIA  pms", "hotelia.pms", "Ｈｏｔｅｌｉａ ＰＭＳ", "Ho\u{302}telia\u{200b}PMS"]
        {
            assert_eq!(fold(written), "hoteliapms", "{written}");
        }
        for ascii in ["Hotelia PMS-2", " a.B_c\t9 ", "", "--"] {
            assert_eq!(fold(ascii), words(ascii).concat(), "the short way is the same way");
        }
        for (written, text) in [("wake-up call", "Wake Up Call"), ("Réveil", "REVEIL"), ("Réveil", "réveil")] {
            assert!(Name::new(written).unwrap().is(text), "{written} {text}");
        }
        assert!(!Name::new("wake-up").unwrap().is("wake-up call") && !Name::new("wake-up call").unwrap().is("wake-up"));
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ﬁber ½"), "fiber12");
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert_ne!(fold("Hotelia 2"), fold("Hotelia"));
    }

    #[test]
    fn legal_suffixes_at_the_end_of_a_company_do_not_matter() {
        for written in [
            "Hotelia",
            "Hotelia SA",
            "Hotelia S.A.S.",
            "Hotelia GmbH & Co. KG",
            "HOTELIA, Inc.",
            "Hotelia S.p.A.",
            "Hotelia G.m.b.H.",
            "Hotelia Ltd. Co",
            "Hotelia S.a.r.l.",
            "Hotelia b.v.",
            "Hotelia Lt.d",
        ] {
            assert_eq!(company(written), "hotelia", "{written}");
        }
        assert_eq!(company("SA Hotelia"), "sahotelia");
        assert_eq!(company("Visa"), "visa");
        assert_eq!(company("AG Co"), "ag", "the last word stays when all are suffixes");
        assert_eq!(fold("Hotelia SA"), "hoteliasa", "solutions keep theirs");
    }

    #[test]
    fn a_name_of_punctuation_only_is_missing() {
        assert_eq!(Name::new(" -- "), None);
        assert_eq!(Name::company("..."), None);
    }

    #[test]
    fn one_edit_in_five_characters_is_near_and_no_more() {
        assert!(near("Mitle", "Mitel"), "a swap is one edit");
        assert!(near("abcde", "abcdx"));
        assert!(!near("abcd", "abcx"), "four characters allow none");
        assert!(near("abcdefghij", "abXdefXhij"));
        assert!(!near("abcdefghi", "abXdefXhi"), "nine characters allow one");
    }

    #[test]
    fn contained_words_are_near_but_contained_letters_are_not() {
        assert!(near("Hotelia", "Hotelia Systems"));
        assert!(near("Systems of Hotelia France", "Hotelia Systems"));
        assert!(!near("Hot", "Hotelia Systems"));
    }
}
