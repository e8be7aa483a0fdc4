//! `pointsman rules diff`: what two tables decide differently.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, Write};

use super::page::{self, boxes};
use super::{Outcome, Two, shown};
use crate::cli::style::{self, GOOD, Page, STRONG, count, thousands};
use crate::triage::diff::{Change, Diff, diff, document};
use crate::triage::merge::Merged;
use crate::triage::rules::Rules;

pub(super) fn run(two: &Two) -> anyhow::Result<Outcome> {
    let (old, new) = match (Rules::load(&two.old), Rules::load(&two.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            for (dir, loaded) in [(&two.old, old), (&two.new, new)] {
                if let Err(error) = loaded {
                    style::print_as_error(|page| page::refusal(page, &shown(dir), &error.faults))?;
                }
            }
            return Ok(Outcome::BadInput);
        }
    };
    let found = diff(&old, &new);
    if two.json {
        page::json(&document(&old, &new, &found))?;
    } else {
        style::print(|page| report(page, two, &found))?;
    }
    Ok(Outcome::Done)
}

fn report<W: Write>(page: &mut Page<W>, two: &Two, found: &Diff) -> io::Result<()> {
    let heading = format!("{} -> {}", shown(&two.old), shown(&two.new));
    let compared = thousands(found.compared);
    if found.is_empty() {
        return page.styled(GOOD, &format!("{heading}: no difference in {compared} combinations of facts"));
    }
    let moved: usize = found.moved.iter().map(|change| change.combinations).sum();
    page.styled(STRONG, &heading)?;
    page.paragraph(2, &format!("{} of {compared} combinations of facts go elsewhere", thousands(moved)))?;
    for change in &found.moved {
        group(page, change)?;
    }
    if !found.reworded.is_empty() {
        heading_after_gap(page, "Same route and stage, by another rule, outcome or clause")?;
        for change in &found.reworded {
            group(page, change)?;
        }
    }
    occurrence(page, "can occur only under the old rules", &found.only_old)?;
    occurrence(page, "can occur only under the new rules", &found.only_new)?;
    if !found.outcomes.is_empty() {
        heading_after_gap(page, "Outcomes that tell people something else")?;
        page.paragraph(2, &found.outcomes.join(", "))?;
    }
    if found.words {
        heading_after_gap(page, "The words for facts and values in facts.toml differ")?;
    }
    Ok(())
}

fn heading_after_gap<W: Write>(page: &mut Page<W>, text: &str) -> io::Result<()> {
    page.gap()?;
    page.styled(STRONG, text)
}

fn group<W: Write, T: Display>(page: &mut Page<W>, change: &Change<T>) -> io::Result<()> {
    heading_after_gap(page, &change.old.to_string())?;
    page.styled(STRONG, &format!("-> {}", change.new))?;
    let list = |rules: &BTreeSet<String>| rules.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let combinations = count(change.combinations, "combination");
    let rules = format!("{} -> {}", list(&change.old_rules), list(&change.new_rules));
    page.paragraph(2, &format!("{combinations}; rules {rules}"))?;
    boxes(page, 4, &change.facts)
}

fn occurrence<W: Write>(page: &mut Page<W>, what: &str, areas: &[Merged]) -> io::Result<()> {
    if areas.is_empty() {
        return Ok(());
    }
    heading_after_gap(page, &format!("Facts that {what}"))?;
    boxes(page, 2, areas)
}
