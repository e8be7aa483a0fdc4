//! Arbitrary sets of fact combinations (cells), and how boxes paint them.
//!
//! A cell's number is [`Facts::cell`](super::facts::Facts::cell). The last three facts make one block of bits, so that painting a box costs a
//! few machine words and a whole proof some tens of microseconds.

use super::fact_box::FactBox;
use super::facts::{Assistance, CELLS, FACT_COUNT, Fact, SystemAccess, Urgency};

/// How many cells one block holds: the combinations of the last three facts.
const BLOCK: usize = SystemAccess::ALL.len() * Assistance::ALL.len() * Urgency::ALL.len();
/// How many facts number the block; the others number the bit within.
const HEAD: usize = FACT_COUNT - 3;
const BLOCKS: usize = CELLS / BLOCK;
const _: () = assert!(BLOCK <= u64::BITS as usize, "a block has to fit one machine word");

impl FactBox {
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
        self.values(Fact(position))
            .iter()
            .all(|value| self.walk(position + 1, base + usize::from(value) * stride, visit))
    }

    fn tail_mask(&self) -> u64 {
        (HEAD..FACT_COUNT).map(Fact).fold(1, |mask, fact| {
            self.values(fact).iter().fold(0, |sum, value| sum | mask << (usize::from(value) * fact.stride()))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::fact_box::testing::when;
    use crate::triage::facts::Facts;

    #[test]
    fn a_painted_box_holds_exactly_the_combinations_of_its_values() {
        let sample = when(&[("phase", &[0]), ("coverage", &[1, 2]), ("system_access", &[1]), ("urgency", &[0, 3])]);
        let mut set = CellSet::default();
        set.paint(&sample);
        for cell in 0..CELLS {
            let inside = Facts::from_cell(cell).indices();
            let expected = Fact::all().all(|fact| sample.values(fact).contains(inside[fact.position()]));
            assert_eq!(set.contains(cell), expected, "cell {cell}");
        }
        assert_eq!(set.len(), set.count_in(&FactBox::any()));
        assert_eq!(set.len() + set.complement().len(), CELLS);
        set.erase(&sample);
        assert!(set.is_empty());
    }
}
