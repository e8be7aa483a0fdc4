//! Proves a table: every combination that can occur is answered by exactly one rule, and every rule answers some.
//!
//! The rules' boxes are painted over the whole fact space. A cell painted twice is an overlap, a cell left bare a gap.

use super::fact_box::FactBox;
use super::facts::CELLS;
use super::merge::{Merged, merge};
use super::space::{CellSet, cells_of};

/// Marks a cell that no rule answers; only combinations that cannot occur keep it in a proved table.
pub(super) const BARE: u16 = u16::MAX;

/// Why a table is refused. Rules are numbered as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No rule answers these.
    Gap(Vec<Merged>),
    /// Two rules answer these.
    Overlap {
        /// The earlier rule.
        first: usize,
        /// The later rule.
        second: usize,
        /// The combinations that both answer.
        shared: Vec<Merged>,
        /// The rule that the other one swallows whole, if so.
        swallowed: Option<usize>,
    },
    /// The rule answers nothing that can occur.
    Unreachable(usize),
}

/// For each combination the rule that answers it ([`BARE`] where none does), and everything that is wrong.
/// Where rules overlap, the first keeps the cell.
#[must_use]
pub(super) fn prove(rules: &[FactBox], impossible: &CellSet) -> (Vec<u16>, Vec<Flaw>) {
    let (lookup, mut bare) = paint(rules);
    bare.subtract(impossible);
    let possible = impossible.complement();
    let mut flaws = Vec::new();
    for (second, area) in rules.iter().enumerate() {
        if !possible.meets(area) {
            flaws.push(Flaw::Unreachable(second));
        }
        for (first, earlier) in rules.iter().enumerate().take(second) {
            flaws.extend(overlap((first, earlier), (second, area), &possible, impossible));
        }
    }
    if !bare.is_empty() {
        flaws.push(Flaw::Gap(merge(&bare, impossible)));
    }
    (lookup, flaws)
}

/// The lookup, and the cells that no rule painted.
fn paint(rules: &[FactBox]) -> (Vec<u16>, CellSet) {
    let mut lookup = vec![BARE; CELLS];
    let mut painted = CellSet::default();
    for (rule, area) in rules.iter().enumerate() {
        area.blocks(|block, mask| {
            for cell in cells_of(block, mask & !painted.block(block)) {
                lookup[cell] = rule as u16;
            }
            painted.add(block, mask);
            true
        });
    }
    (lookup, painted.complement())
}

fn overlap(
    (first, earlier): (usize, &FactBox),
    (second, later): (usize, &FactBox),
    possible: &CellSet,
    impossible: &CellSet,
) -> Option<Flaw> {
    let shared = earlier.meet(later).filter(|shared| possible.meets(shared))?;
    let mut cells = CellSet::default();
    cells.paint(&shared);
    cells.subtract(impossible);
    let count = cells.len();
    let swallowed = [(second, later), (first, earlier)]
        .into_iter()
        .find(|(_, area)| possible.count_in(area) == count)
        .map(|(rule, _)| rule);
    Some(Flaw::Overlap { first, second, shared: merge(&cells, impossible), swallowed })
}

/// The first thing that is wrong, without saying where: what tells mistakes from tables quickly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breach {
    /// Some possible combination is not answered.
    Gap,
    /// Some possible combination is answered twice.
    Overlap,
    /// Some rule answers nothing possible.
    Unreachable,
}

/// Stops at the first flaw. `scratch` is overwritten; it is passed in so that thousands of calls share it.
pub(super) fn breach<'b>(
    rules: impl Iterator<Item = &'b FactBox>,
    possible: &CellSet,
    possible_count: usize,
    scratch: &mut CellSet,
) -> Option<Breach> {
    scratch.clear();
    let mut total = 0;
    for area in rules {
        let mut own = 0;
        let clear = area.blocks(|block, mask| {
            let mask = mask & possible.block(block);
            own += mask.count_ones() as usize;
            let free = scratch.block(block) & mask == 0;
            scratch.add(block, mask);
            free
        });
        if !clear {
            return Some(Breach::Overlap);
        }
        if own == 0 {
            return Some(Breach::Unreachable);
        }
        total += own;
    }
    (total != possible_count).then_some(Breach::Gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::fact_box::testing;

    fn when(name: &str, values: &[u8]) -> FactBox {
        testing::when(&[(name, values)])
    }

    fn quick(rules: &[FactBox], impossible: &CellSet) -> Option<Breach> {
        let possible = impossible.complement();
        let count = possible.len();
        breach(rules.iter(), &possible, count, &mut CellSet::default())
    }

    #[test]
    fn a_partition_is_proved_and_looked_up() {
        let rules = [when("phase", &[0]), when("phase", &[1])];
        let (lookup, flaws) = prove(&rules, &CellSet::default());
        assert_eq!(flaws, []);
        assert_eq!((lookup[0], lookup[CELLS - 1]), (0, 1));
        assert_eq!(quick(&rules, &CellSet::default()), None);
    }

    #[test]
    fn a_gap_is_one_merged_box() {
        let rules = [when("coverage", &[0, 1, 2, 3, 4, 5, 6, 7, 10])];
        let (_, flaws) = prove(&rules, &CellSet::default());
        let [Flaw::Gap(boxes)] = flaws.as_slice() else { panic!("{flaws:?}") };
        assert_eq!(
            boxes.iter().map(|gap| gap.facts.to_string()).collect::<Vec<_>>(),
            ["coverage=not_a_participant|unresolved"]
        );
        assert_eq!(quick(&rules, &CellSet::default()), Some(Breach::Gap));
    }

    #[test]
    fn an_overlap_names_both_rules_and_what_they_share() {
        let rules = [when("phase", &[0]), when("phase", &[1]), testing::when(&[("phase", &[1]), ("urgency", &[0])])];
        let (_, flaws) = prove(&rules, &CellSet::default());
        let [Flaw::Overlap { first: 1, second: 2, shared, swallowed: Some(2) }] = flaws.as_slice() else {
            panic!("{flaws:?}")
        };
        assert_eq!(shared[0].facts.to_string(), "phase=development, urgency=1");
        assert_eq!(quick(&rules, &CellSet::default()), Some(Breach::Overlap));
    }

    #[test]
    fn what_cannot_occur_may_be_bare_or_painted_twice_but_is_no_reason_for_a_rule() {
        let mut impossible = CellSet::default();
        impossible.paint(&when("phase", &[1]));
        let twice = [when("phase", &[0]), when("phase", &[1])];
        assert_eq!(prove(&twice, &impossible).1, [Flaw::Unreachable(1)]);
        assert_eq!(quick(&twice, &impossible), Some(Breach::Unreachable));
        assert_eq!(prove(&twice[..1], &impossible).1, []);
        assert_eq!(prove(&[FactBox::any()], &impossible).1, []);
    }
}
