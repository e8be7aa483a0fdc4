//! `pointsman rules test`: runs a table's own examples.

use super::page::{self, BAD, GOOD, PLACE, Page, count};
use super::{One, Outcome};
use crate::triage::examples::{self, Failure};
use crate::triage::rules::Rules;

pub(super) fn run(one: &One) -> anyhow::Result<Outcome> {
    let rules = match one.load() {
        Ok(rules) => rules,
        Err(error) => return one.refuse(&error.faults, error.is_unreadable()),
    };
    let examples = match examples::parse(&rules) {
        Ok(examples) => examples,
        Err(faults) => return one.refuse(&faults, false),
    };
    let failures = examples::run(&rules, &examples);
    report(one, &rules, examples.len(), &failures)?;
    Ok(if failures.is_empty() { Outcome::Done } else { Outcome::CheckFailed })
}

/// Prints what failed.
pub(super) fn report(one: &One, rules: &Rules, examples: usize, failures: &[Failure]) -> anyhow::Result<()> {
    if one.json {
        return page::json(&serde_json::json!({
            "ok": failures.is_empty(), "rules": one.name(), "examples": examples, "failures": failures,
        }));
    }
    let file = rules.examples().map_or("", |(file, _)| file);
    Ok(in_words(&one.name(), file, examples, failures).print()?)
}

fn in_words(name: &str, file: &str, examples: usize, failures: &[Failure]) -> Page {
    let mut page = Page::default();
    if failures.is_empty() {
        page.line(GOOD, format!("{name}: {}", holds(examples)));
        return page;
    }
    page.line(BAD, format!("{name}: {} of {} fail", failures.len(), count(examples, "example")));
    for failure in failures {
        page.gap().line(PLACE, format!("{file}:{}", failure.line)).inner(2, &failure.name);
        page.inner(2, format!("expected {}", failure.expected));
        for instead in &failure.instead {
            page.inner(2, format!("but got {}", instead.answer)).boxes(4, &instead.facts);
        }
        if failure.instead.is_empty() {
            page.inner(2, "but these facts cannot occur together; see [[impossible]] in facts.toml");
        }
    }
    page
}

fn holds(examples: usize) -> String {
    match examples {
        1 => "the 1 example holds".to_owned(),
        _ => format!("all {} hold", count(examples, "example")),
    }
}
