//! Merges single fact combinations into few large boxes, so that a person reads rules and not lists.

use std::fmt;

use serde::Serialize;

use super::fact_box::{FactBox, ValueSet};
use super::facts::{Fact, Facts};
use super::space::CellSet;

/// A box of facts and how many of the combinations in question it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// The facts.
    pub facts: FactBox,
    /// How many combinations that can occur.
    pub combinations: usize,
}

impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.combinations == 1 { "combination" } else { "combinations" };
        write!(f, "{} ({} {noun})", self.facts, self.combinations)
    }
}

/// Boxes that hold every one of `cells` exactly once and otherwise only cells of `free` (combinations that cannot
/// occur, so that it does not matter who names them).
#[must_use]
pub fn merge(cells: &CellSet, free: &CellSet) -> Vec<Merged> {
    let mut left = cells.clone();
    let mut boxes = Vec::new();
    while let Some(seed) = left.first() {
        let seed = FactBox::from(&Facts::from_cell(seed));
        let grown = [grow(seed, &left, free, Fact::all()), grow(seed, &left, free, Fact::all().rev())];
        let best = grown.into_iter().max_by_key(|area| (left.count_in(area), breadth(area))).unwrap_or(seed);
        boxes.push(Merged { facts: best, combinations: left.count_in(&best) });
        left.erase(&best);
    }
    boxes
}

/// How many facts the box says nothing about.
fn breadth(area: &FactBox) -> usize {
    Fact::all().filter(|&fact| area.values(fact).is_any(fact)).count()
}

/// Adds values, fact by fact, as long as the box stays within `wanted` and `free`.
fn grow(seed: FactBox, wanted: &CellSet, free: &CellSet, order: impl Iterator<Item = Fact>) -> FactBox {
    let order: Vec<Fact> = order.collect();
    let mut area = seed;
    for &fact in &order {
        for value in ValueSet::any(fact).iter() {
            let slab = area.with(fact, ValueSet::one(value));
            if !area.values(fact).contains(value) && wanted.meets(&slab) && within(&slab, wanted, free) {
                area = area.with(fact, area.values(fact).and(value));
            }
        }
    }
    // What only adds combinations that cannot occur is worth saying when the fact then need not be named at all.
    for &fact in &order {
        let any = area.with(fact, ValueSet::any(fact));
        if within(&any, wanted, free) {
            area = any;
        }
    }
    area
}

fn within(area: &FactBox, wanted: &CellSet, free: &CellSet) -> bool {
    area.blocks(|block, mask| mask & !(wanted.block(block) | free.block(block)) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::fact_box::testing::when;

    #[test]
    fn a_single_box_comes_back_as_it_was() {
        let area = when(&[("coverage", &[1, 2]), ("urgency", &[0])]);
        let mut cells = CellSet::default();
        cells.paint(&area);
        assert_eq!(merge(&cells, &CellSet::default()), [Merged { facts: area, combinations: cells.len() }]);
    }

    #[test]
    fn several_boxes_hold_every_cell_once() {
        let areas = [when(&[("coverage", &[1, 2])]), when(&[("scope", &[3]), ("phase", &[1])])];
        let mut cells = CellSet::default();
        areas.iter().for_each(|area| cells.paint(area));
        let merged = merge(&cells, &CellSet::default());
        assert!(merged.len() <= 3, "{merged:?}");
        assert_eq!(merged.iter().map(|area| area.combinations).sum::<usize>(), cells.len());
        let mut again = CellSet::default();
        merged.iter().for_each(|area| again.paint(&area.facts));
        assert_eq!(again, cells);
    }

    #[test]
    fn combinations_that_cannot_occur_shorten_the_box_but_are_not_counted() {
        let (mut cells, mut free) = (CellSet::default(), CellSet::default());
        cells.paint(&when(&[("coverage", &[0]), ("scope", &[3])]));
        free.paint(&when(&[("coverage", &[0]), ("scope", &[0, 1, 2])]));
        let merged = merge(&cells, &free);
        assert_eq!(merged, [Merged { facts: when(&[("coverage", &[0])]), combinations: cells.len() }]);
    }
}
