//! Sets of fact combinations: boxes (a set of values for each fact) and arbitrary sets of cells.
//!
//! A cell's number is [`Facts::cell`]. The last three facts make one block of bits, so that painting a box costs a
//! few machine words and a whole proof some tens of microseconds.

use std::fmt;

use super::facts::{Assistance, CELLS, FACT_COUNT, Fact, FactValue as _, Facts, Indices, SystemAccess, Urgency};

/// How many cells one block holds: the combinations of the last three facts.
const BLOCK: usize = SystemAccess::ALL.len() * Assistance::ALL.len() * Urgency::ALL.len();
/// How many facts number the block; the others number the bit within.
const HEAD: usize = FACT_COUNT - 3;
const BLOCKS: usize = CELLS / BLOCK;
const _: () = assert!(BLOCK <= u64::BITS as usize, "a block has to fit one machine word");

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

    /// Calls `visit` with each block that the box touches and the bits in it, until it returns false.
    /// Returns whether it came to the end.
    pub(super) fn blocks(&self, mut visit: impl FnMut(usize, u64) -> bool) -> bool {
        let mask = self.tail_mask();
        self.walk(0, 0, &mut |block| visit(block, mask))
    }

    fn walk(&self, position: usize, base: usize, visit: &mut impl FnMut(usize) -> bool) -> bool {
        if position == HEAD {
            return visit(base);
        }
        let stride = Fact(position).stride() / BLOCK;
        ValueSet(self.0[position])
            .iter()
            .all(|value| self.walk(position + 1, base + usize::from(value) * stride, visit))
    }

    fn tail_mask(&self) -> u64 {
        (HEAD..FACT_COUNT).map(Fact).fold(1, |mask, fact| {
            self.values(fact).iter().fold(0, |sum, value| sum | mask << (usize::from(value) * fact.stride()))
        })
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

    /// How many values.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
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

/// Any set of fact combinations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellSet(Vec<u64>);

impl Default for CellSet {
    fn default() -> Self {
        Self(vec![0; BLOCKS])
    }
}

impl CellSet {
    /// Empties the set, keeping its memory.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Whether the combination of that number is in it.
    #[inline]
    #[must_use]
    pub fn contains(&self, cell: usize) -> bool {
        self.0[cell / BLOCK] >> (cell % BLOCK) & 1 == 1
    }

    /// Adds one combination.
    pub fn insert(&mut self, cell: usize) {
        self.0[cell / BLOCK] |= 1 << (cell % BLOCK);
    }

    /// Adds a box.
    pub fn paint(&mut self, area: &FactBox) {
        area.blocks(|block, mask| {
            self.0[block] |= mask;
            true
        });
    }

    /// Takes a box out.
    pub fn erase(&mut self, area: &FactBox) {
        area.blocks(|block, mask| {
            self.0[block] &= !mask;
            true
        });
    }

    /// Takes another set out.
    pub fn subtract(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= !theirs;
        }
    }

    /// Adds another set.
    pub fn unite(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// All combinations that are not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let full = u64::MAX >> (u64::BITS as usize - BLOCK);
        Self(self.0.iter().map(|block| full & !block).collect())
    }

    /// The bits of one block.
    #[inline]
    pub(super) fn block(&self, block: usize) -> u64 {
        self.0[block]
    }

    /// Adds bits to one block.
    #[inline]
    pub(super) fn add(&mut self, block: usize, mask: u64) {
        self.0[block] |= mask;
    }

    /// How many of the box's combinations are in it.
    #[must_use]
    pub fn count_in(&self, area: &FactBox) -> usize {
        let mut count = 0;
        area.blocks(|block, mask| {
            count += (self.0[block] & mask).count_ones() as usize;
            true
        });
        count
    }

    /// Whether any of the box's combinations is in it.
    #[must_use]
    pub fn meets(&self, area: &FactBox) -> bool {
        !area.blocks(|block, mask| self.0[block] & mask == 0)
    }

    /// How many combinations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|block| block.count_ones() as usize).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// The lowest combination's number.
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        let block = self.0.iter().position(|&bits| bits != 0)?;
        Some(block * BLOCK + self.0[block].trailing_zeros() as usize)
    }

    /// The combinations' numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        (0..CELLS).filter(|&cell| self.contains(cell))
    }
}

/// The cells of a block's bits.
pub(super) fn cells_of(block: usize, mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let cell = block * BLOCK + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            cell
        })
    })
}

impl From<&Facts> for FactBox {
    fn from(facts: &Facts) -> Self {
        Self::single(facts.indices())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::facts::{Coverage, Phase};

    fn fact(name: &str) -> Fact {
        Fact::named(name).unwrap()
    }

    fn sample() -> FactBox {
        FactBox::any()
            .with(fact("phase"), ValueSet::one(Phase::Production.index() as u8))
            .with(
                fact("coverage"),
                ValueSet::one(Coverage::Valid.index() as u8).and(Coverage::Accredited.index() as u8),
            )
            .with(fact("system_access"), ValueSet::one(1))
            .with(fact("urgency"), ValueSet::one(0).and(3))
    }

    #[test]
    fn a_painted_box_holds_exactly_the_combinations_of_its_values() {
        let mut set = CellSet::default();
        set.paint(&sample());
        for cell in 0..CELLS {
            let inside = Facts::from_cell(cell).indices();
            let expected = Fact::all().all(|fact| sample().values(fact).contains(inside[fact.position()]));
            assert_eq!(set.contains(cell), expected, "cell {cell}");
        }
        assert_eq!(set.len(), set.count_in(&FactBox::any()));
        assert_eq!(set.len() + set.complement().len(), CELLS);
        set.erase(&sample());
        assert!(set.is_empty());
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
        let other = sample().with(fact("phase"), ValueSet::one(1));
        assert_eq!(sample().meet(&other), None);
        assert_eq!(sample().meet(&FactBox::any()), Some(sample()));
    }
}
