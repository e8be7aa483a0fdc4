//! From files and standard input to eSRs, each bad one refused by its place with everything that is wrong with it.

use std::path::Path;

use serde_json::Value;

use crate::cli::read;
use crate::intake::batch::{self, Item};
use crate::intake::esr::{Esr, FiledBy};
use crate::intake::malformed::Malformed;
use crate::intake::parse;

/// Why something was left out.
#[derive(Debug)]
pub(super) struct Refused {
    /// Which file or item, and what is wrong.
    pub(super) what: String,
    /// One line for each bad field.
    pub(super) details: Vec<String>,
}

impl Refused {
    fn new(what: String) -> Self {
        Self { what, details: Vec::new() }
    }
}

/// A file's name as messages show it.
pub(super) fn shown(file: &Path) -> String {
    if is_stdin(file) { "standard input".to_owned() } else { file.display().to_string() }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Refused> {
    let read = if is_stdin(file) { read::stdin() } else { read::file(file) };
    read.map_err(|error| Refused::new(format!("{}: it cannot be read: {error}", shown(file))))
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The eSRs of a file, read one by one.
pub(super) fn esrs(name: &str, bytes: &[u8]) -> impl Iterator<Item = Result<(Esr, FiledBy), Refused>> {
    let (items, broken) = match batch::split(bytes, usize::MAX) {
        Ok(items) => (Some(items), None),
        Err(malformed) => (None, Some(Err(unreadable(name, &malformed)))),
    };
    let read = move |item: Item<'_>| {
        let place = format!("{name}{}", item.place);
        match item.value() {
            Ok(value) => esr(&place, &value),
            Err(malformed) => Err(unreadable(&place, &malformed)),
        }
    };
    broken.into_iter().chain(items.into_iter().flatten().map(read))
}

fn unreadable(place: &str, malformed: &Malformed) -> Refused {
    Refused::new(format!("{place}: {malformed}"))
}

fn esr(place: &str, value: &Value) -> Result<(Esr, FiledBy), Refused> {
    let (esr, filed_by) = (parse::esr(value), parse::filed_by(value));
    match (esr, filed_by) {
        (Ok(esr), Ok(filed_by)) => Ok((esr, filed_by)),
        (esr, filed_by) => {
            let mut errors = esr.err().unwrap_or_default();
            errors.extend(filed_by.err());
            let fields =
                if errors.len() == 1 { "one field is".to_owned() } else { format!("{} fields are", errors.len()) };
            let what = match value.get("reference").and_then(Value::as_str) {
                Some(reference) if reference.len() <= 200 => format!("{place} ({reference}): {fields} wrong"),
                _ => format!("{place}: {fields} wrong"),
            };
            Err(Refused { what, details: errors.iter().map(ToString::to_string).collect() })
        }
    }
}
