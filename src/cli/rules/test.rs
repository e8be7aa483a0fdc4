//! `pointsman rules test`: runs a table's own examples.

use std::io::{self, Write};

use super::page::{self, boxes, entry};
use super::{One, Outcome, Tried};
use crate::cli::style::{self, BAD, GOOD, Page, count};

pub(super) fn run(one: &One) -> anyhow::Result<Outcome> {
    let tried = match one.tried()? {
        Ok(tried) => tried,
        Err(refused) => return Ok(refused),
    };
    report(one, &tried)?;
    Ok(if tried.failures.is_empty() { Outcome::Done } else { Outcome::CheckFailed })
}

/// Prints what failed.
pub(super) fn report(one: &One, tried: &Tried) -> anyhow::Result<()> {
    if one.json {
        return page::json(&serde_json::json!({
            "ok": tried.failures.is_empty(), "rules": one.name(), "examples": tried.examples.len(),
            "failures": tried.failures,
        }));
    }
    Ok(style::print(|page| in_words(page, &one.name(), tried))?)
}

fn in_words<W: Write>(page: &mut Page<W>, name: &str, tried: &Tried) -> io::Result<()> {
    let Tried { rules, examples, failures } = tried;
    if failures.is_empty() {
        return page.styled(GOOD, &format!("{name}: {}", holds(examples.len())));
    }
    page.styled(BAD, &format!("{name}: {} of {} fail", failures.len(), count(examples.len(), "example")))?;
    let file = rules.examples().map_or("", |(file, _)| file);
    for failure in failures {
        entry(page, &format!("{file}:{}", failure.line))?;
        page.paragraph(2, &failure.name)?;
        page.paragraph(2, &format!("expected {}", failure.expected))?;
        for instead in &failure.instead {
            page.paragraph(2, &format!("but got {}", instead.answer))?;
            boxes(page, 4, &instead.facts)?;
        }
        if failure.instead.is_empty() {
            page.paragraph(2, "but these facts cannot occur together; see [[impossible]] in facts.toml")?;
        }
    }
    Ok(())
}

fn holds(examples: usize) -> String {
    match examples {
        1 => "the 1 example holds".to_owned(),
        _ => format!("all {} hold", count(examples, "example")),
    }
}
