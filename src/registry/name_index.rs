//! Finding an entry by a hand-written name among 100,000: exactly, or the near ones.
//!
//! Equal names are one hash lookup. Near ones are found by two prefilters that cannot lose a match: a word
//! index for contained words, and for edits a scan over each name's length and two 64-bit sets, of its characters
//! and of its neighbouring pairs. Only what passes is measured.

use std::collections::HashMap;

use super::names::{Asked, Name};

/// Names of entries, where an entry (its owner's number) may have several: id, name, aliases.
#[derive(Debug, Default)]
pub struct NameIndex {
    names: Vec<(u32, Name)>,
    shapes: Vec<Shape>,
    exact: HashMap<String, Vec<u32>>,
    /// By each of a name's words.
    words: HashMap<String, Vec<u32>>,
    /// By the longest of a name's words: a name that is contained in another has it there.
    longest_words: HashMap<String, Vec<u32>>,
    /// Whether these are companies, whose names end in legal suffixes.
    companies: bool,
}

/// What a name was found to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It equals a name of these entries; more than one when they fit equally well.
    Equal(Vec<u32>),
    /// It equals nothing, but is near these entries, with scores below 1.
    Near(Vec<(u32, f64)>),
    /// Nothing like it.
    Nothing,
}

impl NameIndex {
    /// An index of companies' names: those made by [`Name::company`].
    #[must_use]
    pub fn of_companies() -> Self {
        Self { companies: true, ..Self::default() }
    }

    /// Adds one name of an entry.
    pub fn add(&mut self, owner: u32, name: Name) {
        let number = self.names.len() as u32;
        let known = self.equal(&name).contains(&owner);
        for key in name.keys() {
            let owners = self.exact.entry(key.to_owned()).or_default();
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        if known {
            return;
        }
        for word in &name.words {
            self.words.entry(word.clone()).or_default().push(number);
        }
        if let Some(longest) = name.words.iter().max_by_key(|word| word.len()) {
            self.longest_words.entry(longest.clone()).or_default().push(number);
        }
        self.shapes.push(Shape::of(&name));
        self.names.push((owner, name));
    }

    /// The entries that have exactly this name.
    #[must_use]
    pub fn equal(&self, name: &Name) -> Vec<u32> {
        let mut owners: Vec<u32> = name.keys().filter_map(|key| self.exact.get(key)).flatten().copied().collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The entries that the name equals, or else those that it is near to.
    #[must_use]
    pub fn find(&self, name: &Name) -> Found {
        let owners = self.equal(name);
        if !owners.is_empty() {
            return Found::Equal(owners);
        }
        let near = self.near(name);
        if near.is_empty() { Found::Nothing } else { Found::Near(near) }
    }

    /// The entries near to a name.
    fn near(&self, name: &Name) -> Vec<(u32, f64)> {
        let mut numbers = self.near_by_words(name);
        numbers.extend(self.near_by_characters(name));
        let asked = Asked::new(name);
        let scored = numbers.into_iter().filter_map(|number| {
            let (owner, other) = &self.names[number as usize];
            Some((*owner, asked.nearness(other)?))
        });
        best_scores(scored.chain(self.near_by_suffix(name)))
    }

    /// Names that may hold all of `name`'s words, by the rarest of these, and names whose own may all be in `name`.
    fn near_by_words(&self, name: &Name) -> Vec<u32> {
        let holding = |word: &String| self.words.get(word).map_or(&[][..], Vec::as_slice);
        let rarest = name.words.iter().map(holding).min_by_key(|numbers| numbers.len()).unwrap_or_default();
        let held = name.words.iter().filter_map(|word| self.longest_words.get(word)).flatten();
        rarest.iter().chain(held).copied().collect()
    }

    /// Companies whose name differs by a legal suffix that was glued on or torn off.
    fn near_by_suffix(&self, name: &Name) -> Vec<(u32, f64)> {
        if !self.companies {
            return Vec::new();
        }
        let asked = name.joined.len() as f64;
        let scored = name.suffix_slips().filter_map(|slip| {
            let length = slip.len() as f64;
            Some((self.exact.get(&slip)?, asked.min(length) / asked.max(length)))
        });
        scored.flat_map(|(owners, score)| owners.iter().map(move |&owner| (owner, score))).collect()
    }

    fn near_by_characters(&self, name: &Name) -> impl Iterator<Item = u32> {
        let asked = Shape::of(name);
        self.shapes.iter().zip(0..).filter(move |(shape, _)| asked.may_be_near(shape)).map(|(_, number)| number)
    }
}

/// What can be compared of two names in a few machine instructions.
#[derive(Debug, Clone, Copy)]
struct Shape {
    length: u32,
    characters: u64,
    pairs: u64,
}

/// One edit takes at most one character out of the set and brings one in.
const CHARACTERS_AN_EDIT: u32 = 2;
/// A swap of two neighbours takes three pairs out and brings three in; other edits change fewer.
const PAIRS_AN_EDIT: u32 = 6;

impl Shape {
    fn of(name: &Name) -> Self {
        let mut shape = Self { length: 0, characters: 0, pairs: 0 };
        let mut before = None;
        for c in name.joined.chars() {
            shape.length += 1;
            shape.characters |= 1 << character(c);
            if let Some(before) = before {
                // Any spreading of pairs over the bits is right; this one keeps common ones apart.
                shape.pairs |= 1 << ((character(before) * 37 + character(c)) % 64);
            }
            before = Some(c);
        }
        shape
    }

    /// False only when more edits than near names have would be needed.
    fn may_be_near(&self, other: &Self) -> bool {
        let edits = self.length.max(other.length) / super::names::CHARACTERS_PER_EDIT as u32;
        self.length.abs_diff(other.length) <= edits
            && (self.characters ^ other.characters).count_ones() <= CHARACTERS_AN_EDIT * edits
            && (self.pairs ^ other.pairs).count_ones() <= PAIRS_AN_EDIT * edits
    }
}

/// One score per owner: its best.
fn best_scores(scored: impl IntoIterator<Item = (u32, f64)>) -> Vec<(u32, f64)> {
    let mut best: HashMap<u32, f64> = HashMap::new();
    for (owner, score) in scored {
        let kept = best.entry(owner).or_insert(score);
        *kept = kept.max(score);
    }
    best.into_iter().collect()
}

/// A character's bit: letters and digits each have their own, all others share the rest.
fn character(c: char) -> u32 {
    match c {
        'a'..='z' => c as u32 - 'a' as u32,
        '0'..='9' => 26 + c as u32 - '0' as u32,
        other => 36 + other as u32 % 28,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(names: &[&str]) -> NameIndex {
        let mut index = NameIndex::default();
        for (owner, name) in names.iter().enumerate() {
            index.add(owner as u32, Name::new(name).unwrap());
        }
        index
    }

    #[test]
    fn an_equal_name_wins_over_near_ones_and_a_shared_one_names_both() {
        let index = index(&["Hotelia", "Hotelio", "HOTELIA"]);
        assert_eq!(index.find(&Name::new("hotelia").unwrap()), Found::Equal(vec![0, 2]));
    }

    #[test]
    fn spacing_does_not_hide_a_suffix_and_a_glued_one_is_near() {
        let mut index = NameIndex::of_companies();
        index.add(0, Name::company("Velmor LLC").unwrap());
        index.add(1, Name::company("Nordra").unwrap());
        let find = |name: &str| index.find(&Name::company(name).unwrap());
        assert_eq!(find("VelmorLLC"), Found::Equal(vec![0]));
        assert_eq!(find("Velmor S.A."), Found::Equal(vec![0]));
        assert!(matches!(find("NordraGmbH"), Found::Near(near) if near.len() == 1 && near[0].0 == 1));
        assert_eq!(find("Nordrawerk"), Found::Nothing);
    }

    #[test]
    fn the_nearer_name_scores_higher() {
        let index = index(&["Hotelia Systems International", "Hotelia", "Hotelix", "Bellboy"]);
        let Found::Near(mut near) = index.find(&Name::new("Hotelias").unwrap()) else { panic!("near") };
        near.sort_by_key(|(owner, _)| *owner);
        let [(1, hotelia)] = near[..] else { panic!("{near:?}") };
        assert!((hotelia - 7.0 / 8.0).abs() < 1e-9);
        let Found::Near(near) = index.find(&Name::new("Hotelia International").unwrap()) else { panic!("near") };
        let score = |wanted: u32| near.iter().find(|(owner, _)| *owner == wanted).map(|(_, score)| *score);
        assert!(score(0) > score(1) && score(1).is_some(), "{near:?}");
        assert_eq!(index.find(&Name::new("Ringmaster").unwrap()), Found::Nothing);
    }

    proptest! {
        #[test]
        fn the_prefilters_lose_no_near_name(names in proptest::collection::vec("[a-d]{1,4}( [a-dé1-3]{1,7}){0,2}", 1..30), asked in "[a-d]{1,4}( [a-dé1-3]{1,7}){0,2}") {
            let index = index(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let asked = Name::new(&asked).unwrap();
            let mut expected: Vec<u32> = (0..names.len() as u32)
                .filter(|&n| asked.nearness(&Name::new(&names[n as usize]).unwrap()).is_some())
                .collect();
            let mut found: Vec<u32> = index.near(&asked).into_iter().map(|(owner, _)| owner).collect();
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
