//! The registry as spreadsheets: one CSV file per kind of entry and per list inside an entry.
//!
//! Files are UTF-8 with a header; a byte order mark and `;` or tab in place of the comma are understood. A cell that
//! holds a list separates its items by `|`; a `|` or `\` inside an item is written `\|` or `\\`. A blank cell is
//! a key that was not given. The rows become the same objects that a JSON file holds and meet the same checks.

pub(crate) mod cells;
mod read;
mod rows;
mod tables;
mod write;

pub use read::parse;
pub use rows::CsvFile;
pub use tables::{file_names, is_table, same_kind};
pub use write::write;
