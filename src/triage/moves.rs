//! Who would move where when stored eSRs are decided again, by other rules or with another registry.

use std::collections::BTreeMap;

use super::decision::Decision;
use super::rules::{Rule, Rules};

/// What deciding again came to.
#[derive(Debug, Default)]
pub struct Moves {
    /// Decided again, to the same route and stage.
    pub same: usize,
    /// Of these, by another rule.
    pub other_rule: usize,
    /// Those that would move.
    pub moved: Vec<Moved>,
    /// Left out: an agent decided them.
    pub by_hand: usize,
    /// Reference of each that cannot be read any more, and why.
    pub unreadable: Vec<(String, Vec<String>)>,
}

/// An eSR that would go elsewhere.
#[derive(Debug)]
pub struct Moved {
    /// Which.
    pub esr: Named,
    /// Where it is.
    pub from: Place,
    /// Where it would go.
    pub to: Place,
}

/// An eSR, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Who filed it.
    pub filer: String,
    /// The filer's own number.
    pub reference: String,
}

/// Where a decision leads, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The route.
    pub route: String,
    /// The stage of it.
    pub stage: String,
    /// The rule.
    pub rule: String,
}

impl Place {
    /// Of a decision.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        Self { route: decision.route.clone(), stage: decision.stage.clone(), rule: decision.rule.clone() }
    }

    /// Of a rule.
    #[must_use]
    pub fn by(rules: &Rules, rule: &Rule) -> Self {
        let outcome = rules.outcome(rule);
        Self { route: outcome.route.to_string(), stage: outcome.stage.to_string(), rule: rule.id.clone() }
    }
}

impl Moves {
    /// Counts one eSR: where it is, and where it would go.
    pub fn add(&mut self, esr: Named, from: Place, to: Place) {
        if (&from.route, &from.stage) == (&to.route, &to.stage) {
            self.same += 1;
            self.other_rule += usize::from(from.rule != to.rule);
        } else {
            self.moved.push(Moved { esr, from, to });
        }
    }

    /// How many were decided again.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.same + self.moved.len()
    }

    /// Those that would move, by where from and where to (`route/stage`).
    #[must_use]
    pub fn groups(&self) -> BTreeMap<(String, String), Vec<&Moved>> {
        let mut groups: BTreeMap<_, Vec<&Moved>> = BTreeMap::new();
        for moved in &self.moved {
            let name = |place: &Place| format!("{}/{}", place.route, place.stage);
            groups.entry((name(&moved.from), name(&moved.to))).or_default().push(moved);
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_esr_moves_when_its_route_or_stage_does_and_not_with_the_rule_alone() {
        let named = |id: &str| Named { id: id.to_owned(), filer: "acme".to_owned(), reference: id.to_owned() };
        let place = |route: &str, stage: &str, rule: &str| Place {
            route: route.to_owned(),
            stage: stage.to_owned(),
            rule: rule.to_owned(),
        };
        let mut moves = Moves::default();
        let before = place("returned", "open", "a");
        moves.add(named("1"), before.clone(), before.clone());
        moves.add(named("2"), before.clone(), place("returned", "open", "b"));
        moves.add(named("3"), before.clone(), place("returned", "offer", "a"));
        assert_eq!((moves.decided(), moves.same, moves.other_rule, moves.moved.len()), (3, 2, 1, 1));
        let groups = moves.groups();
        let group = &groups[&("returned/open".to_owned(), "returned/offer".to_owned())];
        assert_eq!(group[0].esr, named("3"));
    }
}
