//! CSV files as a document: rows become the objects that a JSON file would hold, and every fault its file, line and column.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::cells;
use super::rows::{self, CsvFile, Row, Rows};
use super::tables::{Column, Holds, Section, TABLES, Table, table_named};
use crate::registry::document::{self, Known, Node, Step};
use crate::registry::faults::{Fault, Faults, MOST_SUGGESTIONS, suggestion, suggestion_near};
use crate::registry::model::Document;

/// Reads the files of a registry. The kinds that no file is given for are taken from `others`; without that they
/// are empty, and what refers to them is not checked.
///
/// # Errors
/// Every fault of all files: as [`document::parse`], and headers, rows and parents that do not fit.
pub fn parse(files: &[CsvFile], others: Option<&Document>) -> Result<Document, Vec<Fault>> {
    let mut faults = Vec::new();
    let tables = rows_of(files, &mut faults);
    let mut assembly = Assembly::default();
    for (at, rows) in &tables {
        match TABLES[*at].child {
            None => assembly.add_entries(&TABLES[*at], rows),
            Some(child) => assembly.add_children(&TABLES[*at], child, rows, &mut faults),
        }
    }
    let given = |section: Section| assembly.sections.contains_key(section.key());
    let known = Known {
        platforms: others.is_some() || given(Section::Platforms),
        participants: others.is_some() || given(Section::Participants),
        solutions: others.is_some() || given(Section::Solutions),
    };
    let (root, places) = assembly.finish();
    let mut found = Faults::default();
    let mut document = document::read(root, &mut found);
    if let Some(others) = others {
        fill_in(&mut document, others, &places);
    }
    let absent: HashSet<(&str, &str)> = tables.iter().flat_map(|(_, rows)| rows.absent()).collect();
    let placed = document::with_check(&document, found.into_vec(), known).into_iter().map(|fault| places.place(fault));
    faults.extend(placed.filter(|fault| !absent.contains(&(&*fault.file, &*fault.path))));
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if faults.is_empty() { Ok(document) } else { Err(faults) }
}

/// The rows of each file that could be read, parents' tables first.
fn rows_of<'f>(files: &'f [CsvFile], faults: &mut Vec<Fault>) -> Vec<(usize, Rows<'f>)> {
    let mut tables: Vec<(usize, Rows<'f>)> = Vec::new();
    for file in files {
        let whole = |message: String| Fault { file: file.name.clone(), line: None, path: String::new(), message };
        let Some(at) = table_named(&file.name) else {
            let names: Vec<&str> = TABLES.iter().map(|table| table.file).collect();
            faults.push(whole(format!("is none of the registry's files; {}", suggestion(&file.name, &names))));
            continue;
        };
        if tables.iter().any(|(other, _)| *other == at) {
            faults.push(whole(format!("is a second {}; give one.", TABLES[at].file)));
            continue;
        }
        tables.push((at, rows::read(&TABLES[at], file, faults)));
    }
    tables.sort_by_key(|(at, _)| *at);
    for (at, rows) in &tables {
        let section = TABLES[*at].section.key();
        if TABLES[*at].child.is_some()
            && !tables.iter().any(|(other, _)| TABLES[*other].file == format!("{section}.csv"))
        {
            faults.push(Fault {
                file: rows.file.to_owned(),
                line: None,
                path: String::new(),
                message: format!("needs {section}.csv beside it: its rows belong to entries there."),
            });
        }
    }
    tables
}

fn fill_in(document: &mut Document, others: &Document, places: &Places<'_>) {
    let given = |section: Section| places.entries.contains_key(section.key());
    if !given(Section::Platforms) {
        document.platforms.clone_from(&others.platforms);
    }
    if !given(Section::Participants) {
        document.participants.clone_from(&others.participants);
    }
    if !given(Section::Solutions) {
        document.solutions.clone_from(&others.solutions);
    }
    if !given(Section::Reports) {
        document.reports.clone_from(&others.reports);
    }
}

/// The file of a row, and its line.
type Stood<'f> = (&'f str, usize);
/// A row as the object that a JSON file would hold.
type Object = Vec<(Cow<'static, str>, Node<'static>)>;

/// Where the rows stood, by their place in the document.
#[derive(Default)]
struct Places<'f> {
    /// By section and index.
    entries: HashMap<&'static str, Vec<Stood<'f>>>,
    /// By section, index and key.
    children: HashMap<(&'static str, usize, &'static str), Vec<Stood<'f>>>,
}

impl Places<'_> {
    /// Turns a place in the document into file, line and column.
    fn place(&self, fault: Fault) -> Fault {
        let steps: Vec<Step<'_>> = document::steps(&fault.path).collect();
        let [Step::Key(section), Step::Item(index), inside @ ..] = steps.as_slice() else { return fault };
        let Some(entry) = self.entries.get(section).and_then(|rows| rows.get(*index)) else { return fault };
        let ((file, line), inside) = match inside {
            [Step::Key(key), Step::Item(at), rest @ ..] => {
                let rows = self.children.get(&(*section, *index, *key));
                match rows.and_then(|rows| rows.get(*at)) {
                    Some(row) => (*row, rest),
                    None => (*entry, inside),
                }
            }
            _ => (*entry, inside),
        };
        let keys = inside.iter().filter_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Item(_) => None,
        });
        let column = keys.collect::<Vec<_>>().join("_");
        Fault { file: file.to_owned(), line: Some(line), path: column, message: fault.message }
    }
}

/// The document's objects while rows are still being added.
#[derive(Default)]
struct Assembly<'f> {
    sections: HashMap<&'static str, Vec<Object>>,
    /// The index of each entry by what names it (`id`, or `id` and `edition`).
    names: HashMap<(&'static str, Vec<String>), usize>,
    places: Places<'f>,
}

impl<'f> Assembly<'f> {
    fn add_entries(&mut self, table: &Table, rows: &Rows<'f>) {
        let section = table.section.key();
        let keys: &[&str] = if table.section == Section::Reports { &["id", "edition"] } else { &["id"] };
        let entries = self.sections.entry(section).or_default();
        let places = self.places.entries.entry(section).or_default();
        for row in &rows.rows {
            let name = keys.iter().map(|key| naming(key, rows.cell(row, key))).collect();
            self.names.entry((section, name)).or_insert(entries.len());
            entries.push(fields(table, rows, row));
            places.push((rows.file, row.line));
        }
    }

    fn add_children(&mut self, table: &Table, child: &'static str, rows: &Rows<'f>, faults: &mut Vec<Fault>) {
        let section = table.section.key();
        let Some(entries) = self.sections.get_mut(section) else { return };
        let mut lists: HashMap<usize, Vec<Node<'static>>> = HashMap::new();
        for row in &rows.rows {
            let name: Vec<String> =
                table.parent.iter().map(|(column, key)| naming(key, rows.cell(row, column))).collect();
            let Some(&index) = self.names.get(&(section, name.clone())) else {
                let near = if faults.len() < MOST_SUGGESTIONS { usize::MAX } else { 0 };
                let ids =
                    self.names.keys().filter(|(of, _)| *of == section).map(|(_, name)| name[0].as_str()).take(near);
                faults.push(orphan(table, rows, row, &name, ids));
                continue;
            };
            lists.entry(index).or_default().push(Node::Map(fields(table, rows, row)));
            self.places.children.entry((section, index, child)).or_default().push((rows.file, row.line));
        }
        for (index, list) in lists {
            entries[index].push((Cow::Borrowed(child), Node::List(list)));
        }
    }

    fn finish(self) -> (Node<'static>, Places<'f>) {
        let section = |(key, entries): (&'static str, Vec<_>)| {
            (Cow::Borrowed(key), Node::List(entries.into_iter().map(Node::Map).collect()))
        };
        (Node::Map(self.sections.into_iter().map(section).collect()), self.places)
    }
}

/// A cell that names an entry, made comparable: numbers as numbers.
fn naming(key: &str, cell: &str) -> String {
    let number = cell.trim().parse::<i64>().ok().filter(|_| key == "edition");
    number.map_or_else(|| cell.to_owned(), |number| number.to_string())
}

fn orphan<'i>(table: &Table, rows: &Rows<'_>, row: &Row, name: &[String], ids: impl Iterator<Item = &'i str>) -> Fault {
    let noun = table.section.noun();
    let message = match name {
        [id, ..] if id.trim().is_empty() => "is missing.".to_owned(),
        [id, edition] => format!("no report \"{id}\" edition \"{edition}\" stands in reports.csv."),
        _ => format!("no {noun} has the id \"{}\"{}", name[0], suggestion_near(&name[0], ids)),
    };
    Fault { file: rows.file.to_owned(), line: Some(row.line), path: table.parent[0].0.to_owned(), message }
}

/// A row as the object that a JSON file would hold.
fn fields(table: &Table, rows: &Rows<'_>, row: &Row) -> Object {
    let mut fields: Object = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let node = node(column, rows.cell(row, column.name));
        let key = Cow::Borrowed(column.key);
        let Some(object) = column.inside else {
            fields.push((key, node));
            continue;
        };
        match fields.iter_mut().find(|(name, _)| name == object) {
            Some((_, Node::Map(inner))) => inner.push((key, node)),
            _ => fields.push((Cow::Borrowed(object), Node::Map(vec![(key, node)]))),
        }
    }
    fields
}

fn node(column: &Column, cell: &str) -> Node<'static> {
    let text = |text: &str| Node::Text(Cow::Owned(text.to_owned()));
    match column.holds {
        _ if cell.trim().is_empty() => Node::Null,
        Holds::Text => text(cell),
        Holds::Whole => cell.trim().parse().map_or_else(|_| text(cell), Node::Whole),
        Holds::List => Node::List(cells::split(cell).iter().map(|item| text(item)).collect()),
    }
}
