//! Finds names that two different entries of a kind share: such a name could never be resolved.

use std::collections::HashMap;
use std::fmt::Display;

use super::node::shortened;
use crate::registry::faults::Faults;

/// How names of a kind are made comparable.
type Normalise = fn(&str) -> String;

/// An entry with its names.
#[derive(Clone, Copy)]
pub(super) struct Named<'d> {
    /// Names are compared among the entries of one group only (solutions: the company).
    pub(super) group: &'d str,
    /// The key that holds the id (`id`, for an accreditation `api`).
    pub(super) id_key: &'static str,
    pub(super) id: &'d str,
    pub(super) name: Option<&'d str>,
    pub(super) aliases: &'d [String],
}

/// Checks the names of all entries of one list. `repeats` says whether one id may stand there more than once.
pub(super) fn check<'d>(
    list: &dyn Display,
    entries: impl Iterator<Item = Named<'d>>,
    normalise: Normalise,
    repeats: bool,
    faults: &mut Faults,
) {
    let mut ids: HashMap<&str, usize> = HashMap::new();
    let mut seen: HashMap<(&str, String), (usize, &str)> = HashMap::new();
    for (index, entry) in entries.enumerate() {
        let place = |key: &str| format!("{list}[{index}].{key}");
        if !is_word(entry.id) {
            faults.add(place(entry.id_key), blank(entry.id, "an id"));
        } else if let Some(first) = ids.insert(entry.id, index).filter(|_| !repeats) {
            let id = shortened(entry.id);
            faults.add(place(entry.id_key), format!("the id \"{id}\" is already {list}[{first}]'s; ids are unique."));
        }
        if let Some(name) = entry.name.filter(|name| !is_word(name)) {
            faults.add(place("name"), blank(name, "a name"));
        }
        for (at, alias) in entry.aliases.iter().enumerate().filter(|(_, alias)| !is_word(alias)) {
            faults.add(place(&format!("aliases[{at}]")), blank(alias, "a name"));
        }
        let fixed = [Some((None, entry.id)), entry.name.map(|name| (Some(usize::MAX), name))];
        let aliases = entry.aliases.iter().enumerate().map(|(at, alias)| (Some(at), alias.as_str()));
        for (which, written) in fixed.into_iter().flatten().chain(aliases) {
            let normal = normalise(written);
            if normal.is_empty() {
                continue;
            }
            let (other, id) = *seen.entry((entry.group, normal)).or_insert((index, entry.id));
            if other != index && id != entry.id {
                let key = match which {
                    None => entry.id_key.to_owned(),
                    Some(usize::MAX) => "name".to_owned(),
                    Some(at) => format!("aliases[{at}]"),
                };
                let (written, id) = (shortened(written), shortened(id));
                faults.add(
                    place(&key),
                    format!("\"{written}\" also names {list}[{other}] (\"{id}\"); a name belongs to one entry."),
                );
            }
        }
    }
}

/// Whether anything of a text is left to compare.
fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn blank(text: &str, what: &str) -> String {
    match text.trim() {
        "" => format!("is blank; give {what}."),
        punctuation => format!("\"{}\" holds no letter or digit; give {what}.", shortened(punctuation)),
    }
}
