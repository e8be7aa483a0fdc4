//! What the rules' commands print alike.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::style::{self, BAD, BOUND, PLACE, Page, count, paint};
use crate::triage::fault::Fault;
use crate::triage::merge::Merged;

/// Prints a value as JSON.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    Ok(style::seen(writeln!(io::stdout(), "{text}"))?)
}

/// Rules that were refused, with everything that is wrong with them.
pub(super) fn refusal<W: Write>(page: &mut Page<W>, name: &str, faults: &[Fault]) -> io::Result<()> {
    page.styled(BAD, &format!("{name}: refused for {}", count(faults.len(), "fault")))?;
    for fault in faults {
        entry(page, &fault.place())?;
        page.paragraph(2, &fault.message)?;
        boxes(page, 4, &fault.counterexamples)?;
    }
    Ok(())
}

/// The file and line that the lines below it are about.
pub(super) fn entry<W: Write>(page: &mut Page<W>, place: &str) -> io::Result<()> {
    page.gap()?;
    page.line(&paint(PLACE, place))
}

/// Boxes of facts, set in, the first few of them.
pub(super) fn boxes<W: Write>(page: &mut Page<W>, indent: usize, boxes: &[Merged]) -> io::Result<()> {
    const SHOWN: usize = 12;
    for merged in boxes.iter().take(SHOWN) {
        let count = count(merged.combinations, "combination").replace(' ', &BOUND.to_string());
        page.hanging(indent, indent + 2, &format!("{} ({count})", merged.facts))?;
    }
    if boxes.len() > SHOWN {
        let hidden = count(boxes.len() - SHOWN, "more group");
        page.paragraph(indent, &format!("... and {hidden}; --json shows all"))?;
    }
    Ok(())
}
