//! Addresses of our own pages, whatever stands in an id.

use std::fmt::Write as _;

use crate::store::EntryKind;

/// A part of a path or a query's value.
pub(super) fn part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        // Writing into a string cannot fail.
        let _ = if plain { write!(out, "{}", char::from(byte)) } else { write!(out, "%{byte:02X}") };
        out
    })
}

/// The page of an entry of the registry, by its key: the id, for a report `id/edition`.
pub(super) fn entry(kind: EntryKind, key: &str) -> String {
    match (kind, key.rsplit_once('/')) {
        (EntryKind::Report, Some((id, edition))) => format!("/registry/reports/{}/{}", part(id), part(edition)),
        _ => format!("/registry/{kind}s/{}", part(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_part_of_the_path() {
        assert_eq!(entry(EntryKind::Participant, "a/b ?é"), "/registry/participants/a%2Fb%20%3F%C3%A9");
        assert_eq!(entry(EntryKind::Report, "IWR/1/2"), "/registry/reports/IWR%2F1/2");
    }
}
