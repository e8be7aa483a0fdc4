//! Who would move where, counted and shown.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::json;

use crate::cli::style::{FAINT, Page, STRONG, count, paint, spoken};
use crate::store::StoredEsr;
use crate::triage::decision::Decision;

/// So many eSRs of a group are named to people.
const NAMED: usize = 10;

/// What the replay came to.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Decided again, to the same route and stage.
    same: usize,
    /// Of these, by another rule.
    other_rule: usize,
    /// Those that would move.
    moved: Vec<Moved>,
    /// Left out: an agent decided them.
    pub(super) by_hand: usize,
    /// Reference of each that cannot be read any more, and why.
    pub(super) unreadable: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
struct Moved {
    id: String,
    filer: String,
    reference: String,
    from: Place,
    to: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
struct Place {
    route: String,
    stage: String,
    rule: String,
}

impl Place {
    fn of(decision: &Decision) -> Self {
        Self { route: decision.route.clone(), stage: decision.stage.clone(), rule: decision.rule.clone() }
    }

    fn spoken(&self) -> String {
        format!("{} ({})", spoken(&self.route), spoken(&self.stage).to_lowercase())
    }
}

impl Moves {
    /// Counts one eSR and the decision that it would get.
    pub(super) fn add(&mut self, stored: StoredEsr, decision: Decision) {
        let (from, to) = (Place::of(&stored.decision), Place::of(&decision));
        if (&from.route, &from.stage) == (&to.route, &to.stage) {
            self.same += 1;
            self.other_rule += usize::from(from.rule != to.rule);
        } else {
            self.moved.push(Moved { id: stored.id, filer: stored.filer, reference: stored.reference, from, to });
        }
    }

    /// One JSON object a line: each move, then the summary.
    pub(super) fn lines(&self, out: &mut impl Write) -> io::Result<()> {
        for Moved { id, filer, reference, from, to } in &self.moved {
            writeln!(out, "{}", json!({ "id": id, "filer": filer, "reference": reference, "from": from, "to": to }))?;
        }
        let groups: Vec<_> = self
            .groups()
            .iter()
            .map(|((from, to), moved)| json!({ "from": from, "to": to, "count": moved.len() }))
            .collect();
        let summary = json!({
            "decided": self.same + self.moved.len(), "same": self.same, "same_by_another_rule": self.other_rule,
            "moved": self.moved.len(), "decided_by_hand": self.by_hand, "unreadable": self.unreadable.len(), "groups": groups,
        });
        writeln!(out, "{}", json!({ "summary": summary }))?;
        out.flush()
    }

    /// For people: the largest group first.
    pub(super) fn show<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let mut groups: Vec<_> = self.groups().into_iter().collect();
        groups.sort_by_key(|(_, moved)| std::cmp::Reverse(moved.len()));
        for (_, moved) in groups {
            let Some(first) = moved.first() else { continue };
            page.line(&format!(
                "{}  {} -> {}",
                paint(STRONG, &format!("{:>6}", moved.len())),
                first.from.spoken(),
                paint(STRONG, &first.to.spoken())
            ))?;
            for one in moved.iter().take(NAMED) {
                let rules = format!("{} -> {}", one.from.rule, one.to.rule);
                page.paragraph(8, &format!("{}, {}: {rules}", one.reference, one.filer))?;
            }
            if moved.len() > NAMED {
                page.line(&paint(FAINT, &format!("        and {} more (--json names them all)", moved.len() - NAMED)))?;
            }
            page.gap()?;
        }
        self.summary(page)?;
        page.flush()
    }

    fn summary<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let all = self.same + self.moved.len();
        let esrs = |number| count(number, "eSR");
        let mut text = match (all, self.moved.len()) {
            (0, _) => "No eSR was decided again.".to_owned(),
            (_, 0) => format!("{} decided again; none would move.", esrs(all)),
            (_, moved) => format!("{} decided again; {moved} would move.", esrs(all)),
        };
        if self.other_rule > 0 {
            text.push_str(&format!(" {} would go the same way by another rule.", esrs(self.other_rule)));
        }
        if self.by_hand > 0 {
            text.push_str(&format!(" {} left out: an agent decided.", esrs(self.by_hand)));
        }
        page.paragraph(0, &text)
    }

    fn groups(&self) -> BTreeMap<(String, String), Vec<&Moved>> {
        let mut groups: BTreeMap<_, Vec<&Moved>> = BTreeMap::new();
        for moved in &self.moved {
            let name = |place: &Place| format!("{}/{}", place.route, place.stage);
            groups.entry((name(&moved.from), name(&moved.to))).or_default().push(moved);
        }
        groups
    }
}
