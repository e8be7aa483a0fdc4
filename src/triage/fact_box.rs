//! Boxes of fact combinations: a set of values for each fact. A row of the table is one.

use std::fmt;

use super::facts::{FACT_COUNT, Fact, Facts, Indices};

/// A set of values for each fact: all combinations of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactBox([u16; FACT_COUNT]);

impl FactBox {
    /// Every combination there is.
    #[must_use]
    pub fn any() -> Self {
        let mut sets = [0; FACT_COUNT];
        for fact in Fact::all() {
            sets[fact.position()] = every(fact);
        }
        Self(sets)
    }

    /// The one combination of these indices.
    #[must_use]
    pub fn single(indices: Indices) -> Self {
        Self(indices.map(|index| 1 << index))
    }

    /// The same box with another set of values for one fact.
    #[must_use]
    pub fn with(mut self, fact: Fact, values: ValueSet) -> Self {
        self.0[fact.position()] = values.0;
        self
    }

    /// The values of one fact.
    #[must_use]
    pub fn values(&self, fact: Fact) -> ValueSet {
        ValueSet(self.0[fact.position()])
    }

    /// What two boxes share, or `None`.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let mut sets = self.0;
        for (mine, theirs) in sets.iter_mut().zip(other.0) {
            *mine &= theirs;
            if *mine == 0 {
                return None;
            }
        }
        Some(Self(sets))
    }
}

impl fmt::Display for FactBox {
    /// The facts that are not any, in the table's own words: `phase=production, coverage=valid|accredited`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for fact in Fact::all().filter(|&fact| !self.values(fact).is_any(fact)) {
            write!(f, "{separator}{}={}", fact.name(), self.values(fact).words(fact).join("|"))?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("any facts") } else { Ok(()) }
    }
}

impl serde::Serialize for FactBox {
    /// A map from each fact that is not any to its words.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            Fact::all()
                .filter(|&fact| !self.values(fact).is_any(fact))
                .map(|fact| (fact.name(), self.values(fact).words(fact))),
        )
    }
}

fn every(fact: Fact) -> u16 {
    ((1_u32 << fact.size()) - 1) as u16
}

/// A set of one fact's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueSet(u16);

impl ValueSet {
    /// No value.
    pub const NONE: Self = Self(0);

    /// All values of a fact.
    #[must_use]
    pub fn any(fact: Fact) -> Self {
        Self(every(fact))
    }

    /// One value.
    #[must_use]
    pub fn one(value: u8) -> Self {
        Self(1 << value)
    }

    /// The set with a value more.
    #[must_use]
    pub fn and(self, value: u8) -> Self {
        Self(self.0 | 1 << value)
    }

    /// The set without a value.
    #[must_use]
    pub fn without(self, value: u8) -> Self {
        Self(self.0 & !(1 << value))
    }

    /// Whether the value is in it.
    #[must_use]
    pub fn contains(self, value: u8) -> bool {
        self.0 & 1 << value != 0
    }

    /// Whether it holds all values of the fact.
    #[must_use]
    pub fn is_any(self, fact: Fact) -> bool {
        self.0 == every(fact)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The values' indices in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let value = left.trailing_zeros() as u8;
                left &= left - 1;
                value
            })
        })
    }

    /// The values' words.
    #[must_use]
    pub fn words(self, fact: Fact) -> Vec<&'static str> {
        self.iter().map(|value| fact.word(value)).collect()
    }
}

impl From<&Facts> for FactBox {
    fn from(facts: &Facts) -> Self {
        Self::single(facts.indices())
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A box with sets for some facts, by name and value indices.
    pub(in crate::triage) fn when(facts: &[(&str, &[u8])]) -> FactBox {
        facts.iter().fold(FactBox::any(), |area, (name, values)| {
            area.with(Fact::named(name).unwrap(), values.iter().fold(ValueSet::NONE, |set, &value| set.and(value)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::when;
    use super::*;

    fn sample() -> FactBox {
        when(&[("phase", &[0]), ("coverage", &[1, 2]), ("system_access", &[1]), ("urgency", &[0, 3])])
    }

    #[test]
    fn a_box_prints_only_the_facts_that_matter() {
        assert_eq!(
            sample().to_string(),
            "phase=production, coverage=valid|accredited, system_access=missing, urgency=1|4"
        );
        assert_eq!(FactBox::any().to_string(), "any facts");
    }

    #[test]
    fn boxes_that_differ_in_one_fact_do_not_meet() {
        let other = sample().with(Fact::named("phase").unwrap(), ValueSet::one(1));
        assert_eq!(sample().meet(&other), None);
        assert_eq!(sample().meet(&FactBox::any()), Some(sample()));
    }
}
