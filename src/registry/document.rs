//! The registry file: one JSON document in, checked entries out, or every fault of it with its place at once.

mod entries;
mod fields;
mod lines;
mod node;
mod rules;
mod shared_names;
mod written;

use std::collections::HashSet;

use super::faults::{Fault, Faults, is_beneath};
use super::model::Document;

pub(super) use entries::document as read;
pub(super) use lines::{Step, steps};
pub(super) use node::Node;
pub(super) use rules::Known;
pub use written::Written;

/// Reads a registry file. `name` is how the file is called in faults.
///
/// A missing section is empty; `null` for an optional key counts as not given, and so does a blank text.
///
/// # Errors
/// Every fault of the file in the order of its lines: wrong types, unknown and repeated keys, impossible dates,
/// and all that [`check`] finds. A file that is no JSON at all has the one fault where reading stopped.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Document, Vec<Fault>> {
    let whole =
        |line, message: String| vec![Fault { file: name.to_owned(), line: Some(line), path: String::new(), message }];
    let text = utf8(name, bytes).map_err(|fault| vec![fault])?;
    if text.trim().is_empty() {
        return Err(whole(1, "is not JSON: the file is empty.".into()));
    }
    let root: Node<'_> = serde_json::from_str(text).map_err(|error| whole(error.line().max(1), not_json(&error)))?;
    let mut faults = Faults::default();
    let document = read(root, &mut faults);
    let faults = with_check(&document, faults.into_vec(), Known::All);
    if faults.is_empty() {
        return Ok(document);
    }
    let lines = lines::Lines::new(text);
    let mut placed: Vec<Fault> = faults
        .into_iter()
        .map(|fault| Fault { file: name.to_owned(), line: Some(lines.line_of(&fault.path)), ..fault })
        .collect();
    placed.sort_by_key(|fault| fault.line);
    Err(placed)
}

/// The text of a file, without its byte order mark.
pub(super) fn utf8<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| Fault {
        file: name.to_owned(),
        line: Some(1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count()),
        path: String::new(),
        message: "is not UTF-8 text from here on; save the file as UTF-8.".into(),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads one entry of a section (`reports`) alone: a document with that entry. What it refers to is for [`check`] to see.
///
/// # Errors
/// Every fault of its shape; places are relative to the entry.
pub fn entry(section: &str, entry: &serde_json::Value) -> Result<Document, Vec<Fault>> {
    let text = serde_json::json!({ section: [entry] }).to_string();
    let fault = |message| vec![Fault { file: String::new(), line: None, path: String::new(), message }];
    let root: Node<'_> = serde_json::from_str(&text).map_err(|error| fault(not_json(&error)))?;
    let mut faults = Faults::default();
    let document = read(root, &mut faults);
    let place = format!("{section}[0]");
    let faults: Vec<Fault> = faults.into_vec().into_iter().map(|fault| relative(fault, &place)).collect();
    if faults.is_empty() { Ok(document) } else { Err(faults) }
}

/// The fault with its place seen from an entry, where it is a fault of that entry.
#[must_use]
pub fn relative(fault: Fault, place: &str) -> Fault {
    match fault.path.strip_prefix(place) {
        Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => {
            Fault { path: rest.trim_start_matches('.').to_owned(), ..fault }
        }
        _ => fault,
    }
}

/// The rules that entries of the right shape can still break: dangling and repeated ids, shared names, blank ids
/// and names, dates in an impossible order, releases that cannot be compared. Empty when the document is sound.
#[must_use]
pub fn check(document: &Document) -> Vec<Fault> {
    with_check(document, Vec::new(), Known::All)
}

/// Adds what [`check`] finds to the faults of reading, except where it only echoes one of them.
pub(super) fn with_check(document: &Document, read: Vec<Fault>, known: Known) -> Vec<Fault> {
    let mut found = Faults::default();
    rules::check(document, known.without_faulty_ids(&read), &mut found);
    let mut found = found.into_vec();
    let places: HashSet<&str> = read.iter().map(|fault| fault.path.as_str()).collect();
    found.retain(|fault| !is_beneath(&fault.path, &places));
    [read, found].concat()
}

fn not_json(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "is not JSON: the file ends in the middle of a value.".into();
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    if said.starts_with("recursion limit exceeded") {
        return "is nested too deeply: a registry has no more than a few levels of arrays and objects.".into();
    }
    format!("is not JSON: {said} (column {}).", error.column())
}

#[cfg(test)]
mod tests;
