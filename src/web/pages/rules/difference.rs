//! What a candidate table comes to, laid out for people: its faults, or what it decides differently.

use crate::cases::Cause;
use crate::store::Standing;
use crate::triage::diff::{Change, Diff};
use crate::triage::examples;
use crate::triage::facts::{CELLS, Fact, Facts};
use crate::triage::fault::Fault;
use crate::triage::merge::Merged;
use crate::triage::moves::{Moves, Named, Place};
use crate::triage::rules::Rules;

/// So many boxes of a group are shown, and so many eSRs of one are named.
const BOXES: usize = 8;
const NAMED: usize = 10;
/// So many groups are shown.
const GROUPS: usize = 40;

/// Combinations of facts that belong together.
pub(super) struct BoxShown {
    /// The facts that matter: name, and what each may be.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) combinations: usize,
}

impl BoxShown {
    fn of(merged: &Merged, rules: &Rules) -> Self {
        let named = Fact::all().filter(|fact| !merged.facts.values(*fact).is_any(*fact));
        let facts = named.map(|fact| {
            let values = merged.facts.values(fact);
            (fact.name(), super::spoken(rules, fact, |value| values.contains(value)))
        });
        Self { facts: facts.collect(), combinations: merged.combinations }
    }

    fn some(boxes: &[Merged], rules: &Rules) -> (Vec<Self>, usize) {
        let shown = boxes.iter().take(BOXES).map(|merged| Self::of(merged, rules)).collect();
        (shown, boxes.len().saturating_sub(BOXES))
    }
}

/// A fault of a candidate.
pub(super) struct FaultShown {
    pub(super) place: String,
    pub(super) message: String,
    pub(super) boxes: Vec<BoxShown>,
    pub(super) more: usize,
}

impl FaultShown {
    pub(super) fn of(fault: &Fault, rules: &Rules) -> Self {
        let (boxes, more) = BoxShown::some(&fault.counterexamples, rules);
        Self { place: fault.place(), message: fault.message.clone(), boxes, more }
    }
}

/// Combinations that go elsewhere, or that go the same way for another reason.
pub(super) struct GroupShown {
    pub(super) from: (String, String),
    pub(super) to: (String, String),
    /// What differs, where route and stage do not.
    pub(super) reworded: Option<(String, String)>,
    pub(super) combinations: usize,
    pub(super) old_rules: Vec<String>,
    pub(super) new_rules: Vec<String>,
    pub(super) boxes: Vec<BoxShown>,
    pub(super) more: usize,
    /// The simulator, with one of them.
    pub(super) example: Option<String>,
}

/// Stored eSRs that would move the same way.
pub(super) struct MovedShown {
    pub(super) from: (String, String),
    pub(super) to: (String, String),
    pub(super) count: usize,
    pub(super) named: Vec<Named>,
}

/// What a candidate decides differently.
pub(super) struct Difference {
    pub(super) version: String,
    pub(super) rules: usize,
    pub(super) same: bool,
    pub(super) compared: usize,
    pub(super) elsewhere: usize,
    pub(super) groups: Vec<GroupShown>,
    pub(super) more_groups: usize,
    pub(super) reworded: Vec<GroupShown>,
    pub(super) only_old: Vec<BoxShown>,
    pub(super) only_new: Vec<BoxShown>,
    /// Outcomes that tell people something else.
    pub(super) outcomes: Vec<String>,
    pub(super) words: bool,
    /// The table's own examples that fail, and how many there are; or why they cannot be read.
    pub(super) examples: Result<(Vec<String>, usize), String>,
    pub(super) decided: usize,
    pub(super) by_hand: usize,
    pub(super) moving: usize,
    pub(super) moved: Vec<MovedShown>,
}

impl Difference {
    /// Takes a while: not on a thread that serves requests.
    pub(super) fn of(old: &Rules, new: &Rules, found: &Diff, standing: Vec<Standing>) -> Self {
        let moves = again(old, new, standing);
        let mut moved: Vec<_> = moves.groups().into_values().collect();
        moved.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let moved = moved.into_iter().filter_map(|group| {
            let first = group.first()?;
            let place = |place: &Place| (place.route.clone(), place.stage.clone());
            Some(MovedShown {
                from: place(&first.from),
                to: place(&first.to),
                count: group.len(),
                named: group.iter().take(NAMED).map(|moved| moved.esr.clone()).collect(),
            })
        });
        let boxes = |merged: &[Merged]| merged.iter().take(BOXES).map(|one| BoxShown::of(one, new)).collect();
        Self {
            version: new.version().to_owned(),
            rules: new.rules().len(),
            same: found.is_empty(),
            compared: found.compared,
            elsewhere: found.moved.iter().map(|change| change.combinations).sum(),
            groups: found
                .moved
                .iter()
                .take(GROUPS)
                .map(|change| {
                    let place = |to: &crate::triage::diff::Destination| (to.route.to_string(), to.stage.to_string());
                    group(change, (place(&change.old), place(&change.new)), None, old, new)
                })
                .collect(),
            more_groups: found.moved.len().saturating_sub(GROUPS),
            reworded: found
                .reworded
                .iter()
                .take(GROUPS)
                .map(|change| {
                    let place = |answer: &examples::Answer| (answer.route.to_string(), answer.stage.to_string());
                    let words = (change.old.to_string(), change.new.to_string());
                    group(change, (place(&change.old), place(&change.new)), Some(words), old, new)
                })
                .collect(),
            only_old: boxes(&found.only_old),
            only_new: boxes(&found.only_new),
            outcomes: found.outcomes.clone(),
            words: found.words,
            examples: examples::parse(new)
                .map(|all| {
                    let failed = examples::run(new, &all).into_iter().map(|failure| failure.name);
                    (failed.collect(), all.len())
                })
                .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            decided: moves.decided(),
            by_hand: moves.by_hand,
            moving: moves.moved.len(),
            moved: moved.collect(),
        }
    }
}

/// Decides again by both tables, on the facts that were found for each.
fn again(old: &Rules, new: &Rules, standing: Vec<Standing>) -> Moves {
    let mut moves = Moves::default();
    for Standing { id, filer, reference, cause, facts } in standing {
        if matches!(cause, Cause::Overridden | Cause::Contested) {
            moves.by_hand += 1;
            continue;
        }
        let (from, to) = (Place::by(old, old.decide(&facts)), Place::by(new, new.decide(&facts)));
        moves.add(Named { id, filer, reference }, from, to);
    }
    moves
}

fn group<T>(
    change: &Change<T>,
    (from, to): ((String, String), (String, String)),
    reworded: Option<(String, String)>,
    old: &Rules,
    new: &Rules,
) -> GroupShown {
    let (boxes, more) = BoxShown::some(&change.facts, new);
    let fits = |facts: &Facts| {
        let inside = |merged: &Merged| {
            Fact::all().all(|fact| merged.facts.values(fact).contains(facts.indices()[fact.position()]))
        };
        change.facts.iter().any(inside) && old.possible(facts) && new.possible(facts)
    };
    let example = (0..CELLS).map(Facts::from_cell).find(fits);
    GroupShown {
        from,
        to,
        reworded,
        combinations: change.combinations,
        old_rules: change.old_rules.iter().cloned().collect(),
        new_rules: change.new_rules.iter().cloned().collect(),
        boxes,
        more,
        example: example.map(|facts| super::simulator::address(&facts, None)),
    }
}
