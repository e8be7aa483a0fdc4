//! What stands in a table of the registry's pages.

use super::standing::Standing;

/// One cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) href: Option<String>,
    /// More, quietly.
    pub(super) beside: String,
    /// A mark instead of plain text: its class.
    pub(super) mark: Option<&'static str>,
}

/// Plain text.
pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

/// What is not always there.
pub(super) fn maybe(given: Option<&str>) -> Cell {
    text(given.unwrap_or_default())
}

/// A link.
pub(super) fn link(name: impl Into<String>, href: String) -> Cell {
    Cell { text: name.into(), href: Some(href), ..Cell::default() }
}

/// A mark.
pub(super) fn mark(name: impl Into<String>, class: &'static str) -> Cell {
    Cell { text: name.into(), mark: Some(class), ..Cell::default() }
}

/// How a report stands.
pub(super) fn stands(standing: Standing) -> Cell {
    mark(standing.title(), standing.mark())
}

impl Cell {
    /// With more beside it.
    pub(super) fn with(self, beside: impl Into<String>) -> Self {
        Self { beside: beside.into(), ..self }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) heads: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What is said when there is no row.
    pub(super) none: &'static str,
    /// A way to all of them.
    pub(super) more: Option<(String, String)>,
}
