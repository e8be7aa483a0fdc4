//! Reads an operator's TOML file and collects everything that is wrong with it, each fault with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, unknown};

/// One file being read.
pub(crate) struct TomlFile<'t> {
    name: &'t str,
    text: &'t str,
    /// What was found wrong so far.
    pub(crate) faults: Vec<Fault>,
}

const TOP: &str = "this file";

/// A value and where it stands.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// A table's entries in the order of the file, with a name for messages.
pub(crate) struct Section<'v, 't> {
    pub(crate) what: String,
    place: Range<usize>,
    pub(crate) entries: Vec<(&'v str, Range<usize>, &'v Value<'t>)>,
}

impl<'v, 't> Section<'v, 't> {
    /// What a part of it is called in messages.
    fn part(&self, key: &str) -> String {
        if self.what == TOP { format!("`{key}`") } else { format!("`{key}` of {}", self.what) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'v Value<'t>> {
        self.entries.iter().find(|(name, ..)| *name == key).map(|(.., value)| *value)
    }
}

impl<'t> TomlFile<'t> {
    /// Parses the text; `None` when it is no TOML at all (the faults say where).
    pub(crate) fn parse(name: &'t str, text: &'t str) -> (Self, Option<Spanned<DeTable<'t>>>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = Self { name, text, faults: Vec::new() };
        for error in &errors {
            let message = error.message().trim_end_matches('.').replace('\n', ", ");
            file.fault(error.span().unwrap_or(0..0), format!("this is not TOML: {message}"));
        }
        (file, errors.is_empty().then_some(table))
    }

    /// The line, from 1, that a place stands in.
    pub(crate) fn line(&self, place: Range<usize>) -> usize {
        self.text.as_bytes().iter().take(place.start).filter(|&&byte| byte == b'\n').count() + 1
    }

    /// Notes a fault.
    pub(crate) fn fault(&mut self, place: Range<usize>, message: impl Into<String>) {
        let line = self.line(place);
        self.faults.push(Fault::text(self.name, line, message));
    }

    /// The top of the file.
    pub(crate) fn root<'v>(table: &'v Spanned<DeTable<'t>>) -> Section<'v, 't> {
        Section { what: TOP.to_owned(), place: 0..0, entries: entries(table.get_ref()) }
    }

    /// A value as a table.
    pub(crate) fn section<'v, 's>(&mut self, what: String, value: &'v Value<'s>) -> Option<Section<'v, 's>> {
        match value.get_ref().as_table() {
            Some(table) => Some(Section { what, place: value.span(), entries: entries(table) }),
            None => {
                self.fault(value.span(), format!("{what} has to be a table"));
                None
            }
        }
    }

    /// A table within a table; missing is a fault.
    pub(crate) fn subsection<'v, 's>(&mut self, of: &Section<'v, 's>, key: &str) -> Option<Section<'v, 's>> {
        match of.get(key) {
            Some(value) => self.section(of.part(key), value),
            None => {
                self.fault(of.place.clone(), format!("{} has no `{key}`", of.what));
                None
            }
        }
    }

    /// Refuses every key but these.
    pub(crate) fn only(&mut self, section: &Section<'_, '_>, keys: &[&str]) {
        for (key, place, _) in &section.entries {
            if !keys.contains(key) {
                let message = unknown("key", key, keys.iter().copied());
                self.fault(place.clone(), format!("in {}, {message}", section.what));
            }
        }
    }

    /// A string that may be missing; blank or of another type is a fault.
    pub(crate) fn optional<'v>(&mut self, section: &Section<'v, '_>, key: &str) -> Option<(&'v str, Range<usize>)> {
        let value = section.get(key)?;
        match value.get_ref().as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some((text, value.span())),
            None => {
                self.fault(value.span(), format!("{} has to be a text that is not blank", section.part(key)));
                None
            }
        }
    }

    /// A string; missing, blank or of another type is a fault.
    pub(crate) fn required<'v>(&mut self, section: &Section<'v, '_>, key: &str) -> Option<(&'v str, Range<usize>)> {
        if section.get(key).is_none() {
            self.fault(section.place.clone(), format!("{} has no `{key}`", section.what));
        }
        self.optional(section, key)
    }

    /// The words of a list of strings, or the one word of a string; missing gives none.
    pub(crate) fn words<'v>(&mut self, section: &Section<'v, '_>, key: &str) -> Vec<(&'v str, Range<usize>)> {
        let Some(value) = section.get(key) else { return Vec::new() };
        if let Some(word) = value.get_ref().as_str() {
            return vec![(word, value.span())];
        }
        let Some(items) = value.get_ref().as_array() else {
            self.fault(value.span(), format!("{} has to be a list of words", section.part(key)));
            return Vec::new();
        };
        let mut words = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(word) => words.push((word, item.span())),
                None => self.fault(item.span(), format!("{} has to be a list of words", section.part(key))),
            }
        }
        words
    }

    /// The tables of a list of tables; missing gives none.
    pub(crate) fn tables<'v, 's>(&mut self, section: &Section<'v, 's>, key: &str) -> Vec<Section<'v, 's>> {
        let Some(value) = section.get(key) else { return Vec::new() };
        let what = format!("an entry of {}", section.part(key));
        match value.get_ref().as_array() {
            Some(items) => items.iter().filter_map(|item| self.section(what.clone(), item)).collect(),
            None => {
                self.fault(value.span(), format!("{} has to be a list of tables", section.part(key)));
                Vec::new()
            }
        }
    }

    /// Where a section stands.
    pub(crate) fn place(section: &Section<'_, '_>) -> Range<usize> {
        section.place.clone()
    }
}

fn entries<'v, 't>(table: &'v DeTable<'t>) -> Vec<(&'v str, Range<usize>, &'v Value<'t>)> {
    let mut entries: Vec<_> = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    entries.sort_by_key(|(_, place, _)| place.start);
    entries
}
