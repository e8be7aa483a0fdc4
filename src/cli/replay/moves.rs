//! Who would move where, printed.

use std::io::{self, Write};

use serde_json::json;

use crate::cli::style::{FAINT, Page, STRONG, count, paint, spoken};
use crate::triage::moves::{Moved, Moves, Named, Place};

/// So many eSRs of a group are named to people.
const NAMED: usize = 10;

fn place(place: &Place) -> String {
    format!("{} ({})", spoken(&place.route), spoken(&place.stage).to_lowercase())
}

/// What a replay came to, as it is printed.
pub(super) struct Printed<'a>(pub(super) &'a Moves);

impl Printed<'_> {
    /// One JSON object a line: each move, then the summary.
    pub(super) fn lines(&self, out: &mut impl Write) -> io::Result<()> {
        for Moved { esr: Named { id, filer, reference }, from, to } in &self.0.moved {
            writeln!(out, "{}", json!({ "id": id, "filer": filer, "reference": reference, "from": from, "to": to }))?;
        }
        let groups: Vec<_> = self
            .0
            .groups()
            .iter()
            .map(|((from, to), moved)| json!({ "from": from, "to": to, "count": moved.len() }))
            .collect();
        let summary = json!({
            "decided": self.0.decided(), "same": self.0.same, "same_by_another_rule": self.0.other_rule,
            "moved": self.0.moved.len(), "decided_by_hand": self.0.by_hand, "unreadable": self.0.unreadable.len(), "groups": groups,
        });
        writeln!(out, "{}", json!({ "summary": summary }))?;
        out.flush()
    }

    /// For people: the largest group first.
    pub(super) fn show<W: Write>(&self, page: &mut Page<W>) -> io::Result<()> {
        let mut groups: Vec<_> = self.0.groups().into_iter().collect();
        groups.sort_by_key(|(_, moved)| std::cmp::Reverse(moved.len()));
        for (_, moved) in groups {
            let Some(first) = moved.first() else { continue };
            page.line(&format!(
                "{}  {} -> {}",
                paint(STRONG, &format!("{:>6}", moved.len())),
                place(&first.from),
                paint(STRONG, &place(&first.to))
            ))?;
            for one in moved.iter().take(NAMED) {
                let rules = format!("{} -> {}", one.from.rule, one.to.rule);
                page.paragraph(8, &format!("{}, {}: {rules}", one.esr.reference, one.esr.filer))?;
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
        let all = self.0.decided();
        let esrs = |number| count(number, "eSR");
        let mut text = match (all, self.0.moved.len()) {
            (0, _) => "No eSR was decided again.".to_owned(),
            (_, 0) => format!("{} decided again; none would move.", esrs(all)),
            (_, moved) => format!("{} decided again; {moved} would move.", esrs(all)),
        };
        if self.0.other_rule > 0 {
            text.push_str(&format!(" {} would go the same way by another rule.", esrs(self.0.other_rule)));
        }
        if self.0.by_hand > 0 {
            text.push_str(&format!(" {} left out: an agent decided.", esrs(self.0.by_hand)));
        }
        page.paragraph(0, &text)
    }
}
