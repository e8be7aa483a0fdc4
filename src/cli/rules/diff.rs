//! `pointsman rules diff`: what two tables decide differently.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::page::{self, BOLD, GOOD, Page, count, thousands};
use super::{Outcome, Two, shown};
use crate::triage::diff::{Change, Diff, diff};
use crate::triage::merge::Merged;
use crate::triage::rules::Rules;

pub(super) fn run(two: &Two) -> anyhow::Result<Outcome> {
    let (old, new) = match (Rules::load(&two.old), Rules::load(&two.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            for (dir, loaded) in [(&two.old, old), (&two.new, new)] {
                if let Err(error) = loaded {
                    page::refusal(&shown(dir), &error.faults).print_as_error()?;
                }
            }
            return Ok(Outcome::BadInput);
        }
    };
    let found = diff(&old, &new);
    if two.json {
        page::json(&serde_json::json!({
            "old": old.version(), "new": new.version(), "equal": found.is_empty(), "diff": found,
        }))?;
    } else {
        report(two, &found).print()?;
    }
    Ok(Outcome::Done)
}

fn report(two: &Two, found: &Diff) -> Page {
    let mut page = Page::default();
    let heading = format!("{} -> {}", shown(&two.old), shown(&two.new));
    let compared = thousands(found.compared);
    if found.is_empty() {
        page.line(GOOD, format!("{heading}: no difference in {compared} combinations of facts"));
        return page;
    }
    let moved: usize = found.moved.iter().map(|change| change.combinations).sum();
    page.line(BOLD, heading);
    page.inner(2, format!("{} of {compared} combinations of facts go elsewhere", thousands(moved)));
    for change in &found.moved {
        group(&mut page, change);
    }
    if !found.reworded.is_empty() {
        page.gap().line(BOLD, "Same route and stage, by another rule, outcome or clause");
        for change in &found.reworded {
            group(&mut page, change);
        }
    }
    occurrence(&mut page, "can occur only under the old rules", &found.only_old);
    occurrence(&mut page, "can occur only under the new rules", &found.only_new);
    if !found.outcomes.is_empty() {
        page.gap().line(BOLD, "Outcomes that tell people something else");
        page.inner(2, found.outcomes.join(", "));
    }
    if found.words {
        page.gap().line(BOLD, "The words for facts and values in facts.toml differ");
    }
    page
}

fn group<T: Display>(page: &mut Page, change: &Change<T>) {
    page.gap().line(BOLD, &change.old).line(BOLD, format!("-> {}", change.new));
    let list = |rules: &BTreeSet<String>| rules.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    page.inner(
        2,
        format!(
            "{}; rules {} -> {}",
            count(change.combinations, "combination"),
            list(&change.old_rules),
            list(&change.new_rules)
        ),
    );
    page.boxes(4, &change.facts);
}

fn occurrence(page: &mut Page, what: &str, boxes: &[Merged]) {
    if !boxes.is_empty() {
        page.gap().line(BOLD, format!("Facts that {what}")).boxes(2, boxes);
    }
}
