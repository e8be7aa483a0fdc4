//! The rows of one CSV file, its header checked against the table.

use super::tables::Table;
use crate::registry::document::utf8;
use crate::registry::faults::{Fault, suggestion};

/// A CSV file in memory.
#[derive(Debug, Clone)]
pub struct CsvFile {
    /// As it is called in faults; its last part says which table it is.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What was read of one file.
pub(super) struct Rows<'f> {
    pub(super) file: &'f str,
    /// For each column of the table that the file has: its name and place in a row.
    columns: Vec<(&'static str, usize)>,
    /// Columns that the table needs and the file lacks.
    absent: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
}

/// One row and the line that it starts on.
pub(super) struct Row {
    pub(super) line: usize,
    cells: ::csv::StringRecord,
}

impl<'f> Rows<'f> {
    /// The cell of a column; blank when the file lacks the column.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let at = self.columns.iter().find(|(name, _)| *name == column).map(|(_, at)| *at);
        at.and_then(|at| row.cells.get(at)).unwrap_or_default()
    }

    /// File and column of each needed column that is not there.
    pub(super) fn absent(&self) -> impl Iterator<Item = (&'f str, &'static str)> {
        self.absent.iter().map(|column| (self.file, *column))
    }
}

/// Reads a file; what does not fit the table is a fault, and reading goes on.
pub(super) fn read<'f>(table: &Table, file: &'f CsvFile, faults: &mut Vec<Fault>) -> Rows<'f> {
    let mut result = Rows { file: &file.name, columns: Vec::new(), absent: Vec::new(), rows: Vec::new() };
    let text = match utf8(&file.name, &file.bytes) {
        Ok(text) => text,
        Err(fault) => {
            faults.push(fault);
            return result;
        }
    };
    let delimiter = delimiter(text);
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut width = None;
    let mut cells = ::csv::StringRecord::new();
    // The text is UTF-8 and rows may differ in length, so reading from memory cannot fail.
    while reader.read_record(&mut cells).unwrap_or(false) {
        let line = line_of(text, &cells);
        let Some(width) = width else {
            header(table, &cells, line, &mut result, faults);
            width = Some(cells.len());
            continue;
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if cells.len() != width {
            let message = format!(
                "this row has {} cells and the header {width}; put a cell that holds \"{}\" in double quotes.",
                cells.len(),
                char::from(delimiter)
            );
            faults.push(Fault { file: file.name.clone(), line: Some(line), path: String::new(), message });
        }
        result.rows.push(Row { line, cells: cells.clone() });
    }
    if width.is_none() {
        let message = "is empty; its first line names the columns.".into();
        faults.push(Fault { file: file.name.clone(), line: Some(1), path: String::new(), message });
    }
    result
}

fn header(table: &Table, cells: &::csv::StringRecord, line: usize, result: &mut Rows<'_>, faults: &mut Vec<Fault>) {
    let parents = table.parent.iter().map(|(name, _)| (*name, true));
    let known: Vec<(&'static str, bool)> =
        parents.chain(table.columns.iter().map(|column| (column.name, column.required))).collect();
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let mut fault = |column: &str, message: String| {
        faults.push(Fault { file: result.file.to_owned(), line: Some(line), path: column.to_owned(), message });
    };
    for (at, cell) in cells.iter().map(str::trim).enumerate().filter(|(_, cell)| !cell.is_empty()) {
        match known.iter().find(|(name, _)| name.eq_ignore_ascii_case(cell)) {
            None => fault(cell, format!("unknown column; {}", suggestion(cell, &names))),
            Some((name, _)) if result.columns.iter().any(|(other, _)| other == name) => {
                fault(cell, "this column is there twice; keep one.".into());
            }
            Some((name, _)) => result.columns.push((name, at)),
        }
    }
    for (name, _) in known.iter().filter(|(name, required)| *required && !result.columns.iter().any(|(c, _)| c == name))
    {
        fault(name, "this column is missing.".into());
        result.absent.push(name);
    }
}

/// The one of comma, semicolon and tab that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // The last of equals wins, so the usual one stands last.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// The line that a row starts on: the reader's own count includes blank lines before it in the row.
fn line_of(text: &str, cells: &::csv::StringRecord) -> usize {
    let Some(position) = cells.position() else { return 1 };
    let start = usize::try_from(position.byte()).unwrap_or_default().min(text.len());
    let line = usize::try_from(position.line()).unwrap_or_default();
    let blank = text.as_bytes()[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    line + blank.filter(|byte| **byte == b'\n').count()
}
