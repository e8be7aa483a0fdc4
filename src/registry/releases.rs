//! How releases are compared (contract section 2, "Releases"). They are not semantic versions: `R101.1`,
//! `6.60A.231.010`, `8.10R03`, `v12`.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization as _;

/// One piece of a release, between punctuation or where letters meet digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    /// Digits, compared as a number.
    Number(u64),
    /// More digits than a machine number holds: without leading zeros, so a longer one is greater.
    Huge(usize, String),
    /// Letters, lower case.
    Letters(String),
}

/// A release made comparable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(Vec<Piece>);

/// What a listed release has to do with the one that the site runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The listed release covers it: itself, a build below it, or inside the range.
    Covers,
    /// What the site names is coarser than the listed release (`8` where `8.2` is listed): cannot be told.
    Finer,
    /// Nothing in common.
    Apart,
}

/// A release, or an inclusive range of releases, as a report or the registry lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// `8.2`
    One(Release),
    /// `8.2..8.4`, both ends with every build below them.
    Range(Release, Release),
}

impl Release {
    /// Reads a release; `None` when nothing comparable is in it (blank, or punctuation only).
    ///
    /// Letters before the first digit, case and spaces do not count; without any digit the letters are the release.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = if text.is_ascii() {
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
        } else {
            text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
        };
        let counted = folded.find(|c: char| c.is_ascii_digit()).map_or(folded.as_str(), |at| &folded[at..]);
        let pieces = pieces(counted);
        (!pieces.is_empty()).then_some(Self(pieces))
    }

    /// Whether `build` is this release or a build below it: `8.2` covers `8.2.1`, not `8.20`.
    #[must_use]
    pub fn covers(&self, build: &Self) -> bool {
        build.0.starts_with(&self.0)
    }

    /// How many pieces it has: of two that cover the same build, the one with more is the narrower.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    fn coarser_than(&self, other: &Self) -> bool {
        self.0.len() < other.0.len() && self.covers(other)
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let letters = !digits && first.is_alphanumeric();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digits || (!digits && c.is_alphanumeric() != letters))
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        if digits {
            pieces.push(number(piece));
        } else if letters {
            pieces.push(Piece::Letters(piece.to_owned()));
        }
        rest = after;
    }
    pieces
}

fn number(digits: &str) -> Piece {
    let significant = digits.trim_start_matches('0');
    digits.parse().map_or_else(|_| Piece::Huge(significant.len(), significant.to_owned()), Piece::Number)
}

impl Listed {
    /// Reads a listed release or range; `None` when an end is empty or the range is reversed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once("..") {
            None => Release::parse(text).map(Self::One),
            Some((low, high)) => {
                let (low, high) = (Release::parse(low)?, Release::parse(high)?);
                (low <= high || high.covers(&low)).then_some(Self::Range(low, high))
            }
        }
    }

    /// What this entry has to do with the release that the site runs.
    #[must_use]
    pub fn relation(&self, run: &Release) -> Relation {
        match self {
            Self::One(listed) if listed.covers(run) => Relation::Covers,
            Self::One(listed) if run.coarser_than(listed) => Relation::Finer,
            Self::One(_) => Relation::Apart,
            Self::Range(low, high) => {
                let reaches_in = run >= low || low.covers(run);
                let stays_in = run <= high || high.covers(run);
                if run.coarser_than(low) || run.coarser_than(high) {
                    Relation::Finer
                } else if reaches_in && stays_in {
                    Relation::Covers
                } else {
                    Relation::Apart
                }
            }
        }
    }

    /// Of two entries that cover the same build, the greater depth is the narrower; a range is as wide as its
    /// coarser end.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::One(listed) => listed.depth(),
            Self::Range(low, high) => low.depth().min(high.depth()),
        }
    }

    /// How far apart this entry and a release that it does not cover are, for naming the closest miss: more
    /// shared leading pieces first, then the nearer end.
    #[must_use]
    pub fn closeness(&self, run: &Release) -> (usize, bool) {
        let ends: &[&Release] = match self {
            Self::One(listed) => &[listed],
            Self::Range(low, high) => &[low, high],
        };
        ends.iter()
            .map(|end| {
                let shared = end.0.iter().zip(&run.0).take_while(|(a, b)| a == b).count();
                (shared, end.cmp(&run) == Ordering::Less)
            })
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Relation::{Apart, Covers, Finer};
    use super::*;
    use proptest::prelude::*;

    fn relation(listed: &str, run: &str) -> Relation {
        Listed::parse(listed).unwrap().relation(&Release::parse(run).unwrap())
    }

    #[test]
    fn a_listed_release_covers_itself_and_every_build_below_it() {
        assert_eq!(relation("8.2", "8.2"), Covers);
        assert_eq!(relation("8.2", "8.2.1"), Covers);
        assert_eq!(relation("8.2", "8.20"), Apart);
        assert_eq!(relation("8.2", "8.3"), Apart);
        assert_eq!(relation("8", "8.99"), Covers);
        assert_eq!(relation("8.10", "8.10R03"), Covers);
        assert_eq!(relation("8.2", "8"), Finer);
        assert_eq!(relation("6.60A", "6.60A.231.010"), Covers);
        assert_eq!(relation("6.60A.231.10", "6.60A.231.010"), Covers);
    }

    #[test]
    fn leading_letters_case_and_spaces_do_not_count() {
        for written in ["R101.1", "r 101 . 1", "101.1", "Release 101.1", "Ｒ１０１．１", "v.101-1"] {
            assert_eq!(Release::parse(written), Release::parse("R101.1"), "{written}");
        }
        assert_eq!(Release::parse("SGOS 6.5.7.6"), Release::parse("6.5.7.6"));
        assert_ne!(Release::parse("8.10R03"), Release::parse("8.10.03"));
    }

    #[test]
    fn releases_order_by_number() {
        assert!(Release::parse("R12") < Release::parse("R100"));
        assert!(Release::parse("8.9") < Release::parse("8.10"));
        assert!(Release::parse("99999999999999999999") < Release::parse("100000000000000000000"));
        assert!(Release::parse("18446744073709551615") < Release::parse("18446744073709551616"));
    }

    #[test]
    fn a_range_holds_both_ends_with_their_builds() {
        for run in ["8.2", "8.2.9", "8.3", "8.4", "8.4.7"] {
            assert_eq!(relation("8.2..8.4", run), Covers, "{run}");
        }
        for run in ["8.1.9", "8.5", "8.40", "7", "9"] {
            assert_eq!(relation("8.2..8.4", run), Apart, "{run}");
        }
        assert_eq!(relation("8.2..8.4", "8"), Finer);
        assert_eq!(relation("7..9", "8"), Covers);
        assert_eq!(Listed::parse("8.4..8.2"), None);
        assert_eq!(Listed::parse("8.2.."), None);
        assert!(Listed::parse("8.4.1..8.4").is_some());
    }

    #[test]
    fn a_release_without_digits_is_its_letters_and_one_without_either_is_none() {
        assert_eq!(relation("Winter", "winter"), Covers);
        assert_eq!(relation("Winter", "Summer"), Apart);
        assert_eq!(Release::parse(" .-"), None);
        assert_eq!(Release::parse(""), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = (Release::parse(&text), Listed::parse(&text));
        }

        #[test]
        fn every_release_covers_itself_and_what_stands_below_it(text in "[a-zA-Z]{0,3}[0-9]{1,4}([.-][0-9a-z]{1,4}){0,4}", below in 0u32..100) {
            let release = Release::parse(&text).unwrap();
            let build = Release::parse(&format!("{text}.{below}")).unwrap();
            prop_assert!(release.covers(&release) && release.covers(&build) && !build.covers(&release));
            prop_assert!(release < build);
        }

        #[test]
        fn exactly_one_of_two_different_releases_is_greater(a in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}", b in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}") {
            let (a, b) = (Release::parse(&a).unwrap(), Release::parse(&b).unwrap());
            prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        }
    }
}
