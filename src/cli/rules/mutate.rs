//! `pointsman rules mutate`: which one-cell mistakes would nobody notice?

use std::collections::BTreeMap;

use super::page::{self, BAD, BOLD, GOOD, PLACE, Page, count, thousands};
use super::{One, Outcome, test};
use crate::triage::examples;
use crate::triage::mutate::{Report, Tally, mutate};

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
    if !failures.is_empty() {
        test::report(one, &rules, examples.len(), &failures)?;
        anstream::eprintln!("The examples have to hold before mistakes are tried on them.");
        return Ok(Outcome::CheckFailed);
    }
    let report = mutate(&rules, &examples);
    if one.json {
        page::json(&serde_json::json!({
            "ok": report.survivors.is_empty(), "rules": one.name(), "examples": examples.len(),
            "total": report.total,
            "columns": report.columns.iter().copied().collect::<BTreeMap<_, _>>(),
            "survivors": report.survivors,
        }))?;
    } else {
        page(&one.name(), &report).print()?;
    }
    Ok(if report.survivors.is_empty() { Outcome::Done } else { Outcome::CheckFailed })
}

fn page(name: &str, report: &Report) -> Page {
    let mut page = Page::default();
    let mistakes = count(report.total.mistakes, "one-cell mistake");
    if report.survivors.is_empty() {
        page.line(GOOD, format!("{name}: {mistakes}, none survives"));
    } else {
        page.line(BAD, format!("{name}: {} of {mistakes} survive", thousands(report.survivors.len())));
    }
    page.gap().raw(BOLD, &row("column", ["mistakes", "proof", "examples", "no effect", "survive"].map(str::to_owned)));
    for (column, tally) in &report.columns {
        page.raw(anstyle::Style::new(), &tally_row(column, tally));
    }
    page.raw(BOLD, &tally_row("all", &report.total));
    for survivor in &report.survivors {
        page.gap().line(PLACE, format!("line {}, rule {}", survivor.line, survivor.rule));
        page.inner(2, format!("{}: {} -> {}", survivor.column, survivor.from, survivor.to));
    }
    page
}

fn tally_row(column: &str, tally: &Tally) -> String {
    let Tally { mistakes, by_proof, by_examples, change_nothing, survive } = *tally;
    row(column, [mistakes, by_proof, by_examples, change_nothing, survive].map(thousands))
}

fn row(column: &str, cells: [String; 5]) -> String {
    cells.iter().fold(format!("{column:<22}"), |line, cell| line + &format!("{cell:>10} "))
}
