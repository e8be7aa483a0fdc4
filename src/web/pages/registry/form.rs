//! An entry as a form: out of an entry, out of what somebody filled in, and back into the JSON that the registry's own
//! reader takes, so that no check is made twice.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::fields::{Field, Holds, Nest, fields, identity, nests};
use crate::registry::csv::cells;
use crate::registry::faults::Fault;
use crate::store::EntryKind;
use crate::web::pages::filled::Filled;

/// The most rows of one list that a form takes.
const ROWS: usize = 1_000;

/// A form with what stands in it.
pub(super) struct Form {
    kind: EntryKind,
    new: bool,
    values: HashMap<String, String>,
    rows: HashMap<&'static str, usize>,
    /// How many blank rows each list ends with.
    blank: HashMap<&'static str, usize>,
    faults: Vec<Fault>,
}

/// A field as it is shown.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    pub(super) holds: Holds,
    pub(super) wrong: Vec<String>,
}

/// A list as it is shown.
pub(super) struct ShownNest {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) rows: Vec<Vec<Shown>>,
    pub(super) wrong: Vec<String>,
}

impl Form {
    /// An entry's form.
    pub(super) fn of(kind: EntryKind, entry: &Value) -> Self {
        let mut form = Self::empty(kind, false);
        for field in identity(kind).iter().chain(fields(kind)) {
            let value = field.key.split('.').try_fold(entry, |value, key| value.get(key));
            form.values.insert(field.key.to_owned(), written(field, value));
        }
        for nest in nests(kind) {
            let rows = entry.get(nest.key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            form.rows.insert(nest.key, rows.len());
            for (at, row) in rows.iter().enumerate() {
                for field in nest.fields {
                    form.values.insert(place(nest, at, field), written(field, row.get(field.key)));
                }
            }
        }
        form
    }

    /// The form of a new entry.
    pub(super) fn empty(kind: EntryKind, new: bool) -> Self {
        let (values, rows, blank) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { kind, new, values, rows, blank, faults: Vec::new() }
    }

    /// The same values as a new entry's.
    pub(super) fn into_new(self) -> Self {
        Self { new: true, ..self }
    }

    /// What somebody filled in; blank rows are left out. `key` identifies the entry, where that is fixed.
    pub(super) fn filled(kind: EntryKind, filled: &Filled, key: Option<&str>) -> Self {
        let mut form = Self::empty(kind, key.is_none());
        let given: HashMap<&str, &str> = filled.pairs().collect();
        let text =
            |name: &str| given.get(name).map(|text| text.replace("\r\n", "\n").trim().to_owned()).unwrap_or_default();
        for field in identity(kind).iter().chain(fields(kind)) {
            form.values.insert(field.key.to_owned(), text(field.key));
        }
        match (kind, key.and_then(|key| key.rsplit_once('/'))) {
            (EntryKind::Report, Some((id, edition))) => {
                form.set("id", id);
                form.set("edition", edition);
            }
            _ => {
                if let Some(key) = key {
                    form.set("id", key);
                }
            }
        }
        for nest in nests(kind) {
            let last = given.keys().filter_map(|name| row_of(nest, name)).max();
            let mut kept = 0;
            for at in 0..last.map_or(0, |last| last + 1) {
                let values: Vec<_> = nest.fields.iter().map(|field| text(&place(nest, at, field))).collect();
                if values.iter().all(String::is_empty) {
                    continue;
                }
                for (field, value) in nest.fields.iter().zip(values) {
                    form.values.insert(place(nest, kept, field), value);
                }
                kept += 1;
            }
            form.rows.insert(nest.key, kept);
        }
        form
    }

    pub(super) fn set(&mut self, field: &str, value: &str) {
        self.values.insert(field.to_owned(), value.to_owned());
    }

    /// Adds a line to a field that takes several.
    pub(super) fn add_line(&mut self, field: &str, line: &str) {
        let value = self.values.entry(field.to_owned()).or_default();
        if !value.lines().any(|known| known == line) {
            if !value.is_empty() {
                value.push('\n');
            }
            value.push_str(line);
        }
    }

    /// Gives a list more blank rows.
    pub(super) fn more(&mut self, key: &str) {
        if let Some(nest) = nests(self.kind).iter().find(|nest| nest.key == key) {
            self.blank.insert(nest.key, 4);
        }
    }

    /// The faults to show, their places seen from the entry.
    pub(super) fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }

    /// The entry as the registry's reader takes it.
    pub(super) fn entry(&self) -> Value {
        let mut entry = Map::new();
        for field in identity(self.kind).iter().chain(fields(self.kind)) {
            let Some(value) = self.read(field, field.key) else { continue };
            match field.key.split_once('.') {
                None => drop(entry.insert(field.key.to_owned(), value)),
                Some((object, key)) => {
                    let inner = entry.entry(object).or_insert_with(|| json!({}));
                    inner[key] = value;
                }
            }
        }
        for nest in nests(self.kind) {
            let rows = (0..self.rows.get(nest.key).copied().unwrap_or_default()).map(|at| {
                let fields = nest.fields.iter();
                let given =
                    fields.filter_map(|field| Some((field.key.to_owned(), self.read(field, &place(nest, at, field))?)));
                Value::Object(given.collect())
            });
            entry.insert(nest.key.to_owned(), Value::Array(rows.collect()));
        }
        Value::Object(entry)
    }

    fn read(&self, field: &Field, place: &str) -> Option<Value> {
        let value = self.values.get(place).map(String::as_str).unwrap_or_default();
        let texts = |items: Vec<&str>| {
            Some(json!(items.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>()))
        };
        match field.holds {
            Holds::Lines => texts(value.lines().collect()),
            Holds::Bars => texts(cells::split(value).iter().map(String::as_str).collect()),
            _ if value.is_empty() => None,
            Holds::Whole => Some(value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number))),
            Holds::Line | Holds::Words | Holds::Day | Holds::Choice(_) => Some(json!(value)),
        }
    }

    /// What identifies it, as fields; none where that is fixed.
    pub(super) fn identity(&self) -> Vec<Shown> {
        if !self.new {
            return Vec::new();
        }
        identity(self.kind).iter().map(|field| self.shown(field, field.key.to_owned())).collect()
    }

    pub(super) fn fields(&self) -> Vec<Shown> {
        fields(self.kind).iter().map(|field| self.shown(field, field.key.to_owned())).collect()
    }

    pub(super) fn nests(&self) -> Vec<ShownNest> {
        let shown = nests(self.kind).iter().map(|nest| {
            let rows = self.rows.get(nest.key).copied().unwrap_or_default();
            let all = rows + self.blank.get(nest.key).copied().unwrap_or(1);
            let row = |at| nest.fields.iter().map(|field| self.shown(field, place(nest, at, field))).collect();
            let whole = |fault: &&Fault| {
                let rest = fault.path.strip_prefix(nest.key);
                rest.is_some_and(|rest| rest.is_empty() || (rest.ends_with(']') && !rest.contains('.')))
            };
            let wrong = self.faults.iter().filter(whole).map(|fault| fault.message.clone()).collect();
            ShownNest { key: nest.key, label: nest.label, rows: (0..all).map(row).collect(), wrong }
        });
        shown.collect()
    }

    /// The faults that no field of the form has.
    pub(super) fn other_faults(&self) -> Vec<String> {
        let mut names: Vec<String> = self.fields().into_iter().chain(self.identity()).map(|field| field.name).collect();
        names.extend(nests(self.kind).iter().map(|nest| nest.key.to_owned()));
        let mine = |fault: &&Fault| !names.iter().any(|name| at_or_beneath(&fault.path, name));
        let said = |fault: &Fault| {
            if fault.path.is_empty() { fault.message.clone() } else { format!("{}: {}", fault.path, fault.message) }
        };
        self.faults.iter().filter(mine).map(said).collect()
    }

    /// Each fault with the field that has it, for the list at the top.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let fields = self.identity().into_iter().chain(self.fields());
        let nested = self.nests();
        let lists = nested
            .iter()
            .flat_map(|nest| nest.wrong.iter().map(|wrong| (nest.key.to_owned(), format!("{}: {wrong}", nest.label))));
        let lists: Vec<_> = lists.collect();
        let rows = nested.into_iter().flat_map(|nest| nest.rows.into_iter().flatten());
        let each = fields.chain(rows).flat_map(|field| {
            let (name, label) = (field.name, field.label);
            field.wrong.into_iter().map(move |wrong| (name.clone(), format!("{label}: {wrong}")))
        });
        each.chain(lists).collect()
    }

    fn shown(&self, field: &Field, name: String) -> Shown {
        let wrong =
            self.faults.iter().filter(|fault| at_or_beneath(&fault.path, &name)).map(|fault| fault.message.clone());
        Shown {
            label: field.label,
            hint: field.hint,
            value: self.values.get(&name).cloned().unwrap_or_default(),
            holds: field.holds,
            wrong: wrong.collect(),
            name,
        }
    }
}

/// Whether a fault's place is a field or an item of it.
fn at_or_beneath(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

fn place(nest: &Nest, at: usize, field: &Field) -> String {
    format!("{}[{at}].{}", nest.key, field.key)
}

fn row_of(nest: &Nest, name: &str) -> Option<usize> {
    let (at, _) = name.strip_prefix(nest.key)?.strip_prefix('[')?.split_once(']')?;
    at.parse().ok().filter(|at| *at < ROWS)
}

/// A value as it stands in its field.
fn written(field: &Field, value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(items)) => {
            let items = items.iter().filter_map(Value::as_str);
            if field.holds == Holds::Bars { cells::join(items) } else { items.collect::<Vec<_>>().join("\n") }
        }
        _ => String::new(),
    }
}

impl Shown {
    /// Its id in the page.
    pub(super) fn id(&self) -> String {
        id_of(&self.name)
    }

    /// `input`'s type; none for what is no input.
    pub(super) fn input(&self) -> Option<&'static str> {
        match self.holds {
            Holds::Line | Holds::Bars => Some("text"),
            // Not `number`: what is no number has to come back to be named.
            Holds::Whole => Some("text"),
            Holds::Day => Some("date"),
            Holds::Words | Holds::Lines | Holds::Choice(_) => None,
        }
    }

    pub(super) fn choices(&self) -> &'static [&'static str] {
        if let Holds::Choice(choices) = self.holds { choices } else { &[] }
    }

    pub(super) fn is_long(&self) -> bool {
        matches!(self.holds, Holds::Words | Holds::Lines)
    }
}

/// An id in the page for a field's name.
pub(super) fn id_of(name: &str) -> String {
    name.replace(['[', ']', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::document;

    #[test]
    fn an_entry_that_goes_through_its_form_unchanged_is_the_same_entry() {
        let text = include_str!("../../../../fixtures/registry.json");
        let whole: Value = serde_json::from_str(text).unwrap();
        for kind in EntryKind::ALL {
            let section = format!("{kind}s");
            for entry in whole[&section].as_array().unwrap() {
                let form = Form::of(*kind, entry);
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in &form.values {
                    query.append_pair(name, value);
                }
                let back = Form::filled(*kind, &Filled::parse(query.finish().as_bytes()), None).entry();
                assert_eq!(document::entry(&section, &back).unwrap(), document::entry(&section, entry).unwrap());
            }
        }
    }
}
