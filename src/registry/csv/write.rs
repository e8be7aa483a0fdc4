//! A document as CSV files.

use serde_json::Value;

use super::cells;
use super::tables::{Column, TABLES, Table};
use crate::registry::model::Document;

/// The files of a document, by name, in a fixed order; also those without a row, so that each file shows its header.
///
/// # Errors
/// None in practice: everything is written to memory.
pub fn write(document: &Document) -> Result<Vec<(&'static str, Vec<u8>)>, ::csv::Error> {
    let document = serde_json::to_value(document).map_err(std::io::Error::other)?;
    TABLES.iter().map(|table| Ok((table.file, file(table, &document)?))).collect()
}

fn file(table: &Table, document: &Value) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let parents = table.parent.iter().map(|(column, _)| *column);
    writer.write_record(parents.chain(table.columns.iter().map(|column| column.name)))?;
    for entry in items(&document[table.section.key()]) {
        let Some(child) = table.child else {
            writer.write_record(table.columns.iter().map(|column| cell(column, entry)))?;
            continue;
        };
        for row in items(&entry[child]) {
            let parents = table.parent.iter().map(|(_, key)| text(&entry[*key]));
            writer.write_record(parents.chain(table.columns.iter().map(|column| cell(column, row))))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn cell(column: &Column, entry: &Value) -> String {
    text(&column.inside.map_or(entry, |object| &entry[object])[column.key])
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => cells::join(items.iter().filter_map(Value::as_str)),
        other => other.to_string(),
    }
}
