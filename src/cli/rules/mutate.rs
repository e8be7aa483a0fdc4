//! `pointsman rules mutate`: which one-cell mistakes would nobody notice?

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::page::{self, entry};
use super::{One, Outcome, test};
use crate::cli::style::{self, BAD, GOOD, Page, STRONG, count, paint, thousands};
use crate::triage::mutate::{Report, Tally, mutate};

pub(super) fn run(one: &One) -> anyhow::Result<Outcome> {
    let tried = match one.tried()? {
        Ok(tried) => tried,
        Err(refused) => return Ok(refused),
    };
    if !tried.failures.is_empty() {
        test::report(one, &tried)?;
        anstream::eprintln!("The examples have to hold before mistakes are tried on them.");
        return Ok(Outcome::CheckFailed);
    }
    let report = mutate(&tried.rules, &tried.examples);
    if one.json {
        page::json(&serde_json::json!({
            "ok": report.survivors.is_empty(), "rules": one.name(), "examples": tried.examples.len(),
            "total": report.total,
            "columns": report.columns.iter().copied().collect::<BTreeMap<_, _>>(),
            "survivors": report.survivors,
        }))?;
    } else {
        style::print(|page| in_words(page, &one.name(), &report))?;
    }
    Ok(if report.survivors.is_empty() { Outcome::Done } else { Outcome::CheckFailed })
}

fn in_words<W: Write>(page: &mut Page<W>, name: &str, report: &Report) -> io::Result<()> {
    let mistakes = count(report.total.mistakes, "one-cell mistake");
    if report.survivors.is_empty() {
        page.styled(GOOD, &format!("{name}: {mistakes}, none survives"))?;
    } else {
        page.styled(BAD, &format!("{name}: {} of {mistakes} survive", thousands(report.survivors.len())))?;
    }
    page.gap()?;
    let titles = ["mistakes", "proof", "examples", "no effect", "survive"].map(str::to_owned);
    page.line(&paint(STRONG, &row("column", titles)))?;
    for (column, tally) in &report.columns {
        page.line(&tally_row(column, tally))?;
    }
    page.line(&paint(STRONG, &tally_row("all", &report.total)))?;
    for survivor in &report.survivors {
        entry(page, &format!("line {}, rule {}", survivor.line, survivor.rule))?;
        page.paragraph(2, &format!("{}: {} -> {}", survivor.column, survivor.from, survivor.to))?;
    }
    Ok(())
}

fn tally_row(column: &str, tally: &Tally) -> String {
    let Tally { mistakes, by_proof, by_examples, change_nothing, survive } = *tally;
    row(column, [mistakes, by_proof, by_examples, change_nothing, survive].map(thousands))
}

fn row(column: &str, cells: [String; 5]) -> String {
    cells.iter().fold(format!("{column:<22}"), |line, cell| line + &format!("{cell:>10} "))
}
