//! `pointsman rules check`: proves a table.

use super::{One, Outcome, page};
use crate::cli::style::{self, GOOD, STRONG, count, paint, thousands};
use crate::triage::facts::CELLS;

pub(super) fn run(one: &One) -> anyhow::Result<Outcome> {
    let rules = match one.load() {
        Ok(rules) => rules,
        Err(error) => return one.refuse(&error.faults, error.is_unreadable()),
    };
    if let Err(error) = one.notices(&rules) {
        return one.refuse(&error.faults, error.is_unreadable());
    }
    if one.json {
        page::json(&serde_json::json!({
            "ok": true,
            "rules": one.name(),
            "rows": rules.rules().len(),
            "outcomes": rules.outcomes().len(),
            "clauses": rules.clauses().len(),
            "combinations": CELLS,
            "possible": rules.possible_count(),
            "version": rules.version(),
        }))?;
        return Ok(Outcome::Done);
    }
    let (possible, all) = (thousands(rules.possible_count()), count(CELLS, "combination"));
    let rows = count(rules.rules().len(), "rule");
    style::print(|page| {
        page.styled(GOOD, &format!("{}: proved", one.name()))?;
        page.paragraph(2, &format!("{rows}, none unreachable, every outcome and clause known"))?;
        page.paragraph(
            2,
            &format!("{all} of facts, of which {possible} can occur: each is answered by exactly one rule"),
        )?;
        page.paragraph(2, "who is told what: each event at each place is answered by exactly one entry")?;
        page.line(&paint(STRONG, &format!("  {}", rules.version())))
    })?;
    Ok(Outcome::Done)
}
