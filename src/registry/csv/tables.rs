//! Which file holds what: the one description that reading and writing share.

/// A CSV file of the registry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) file: &'static str,
    /// The list of the document that its rows, or their parents, are entries of.
    pub(super) section: Section,
    /// For rows inside an entry: the entry's key that lists them.
    pub(super) child: Option<&'static str>,
    /// For rows inside an entry: the columns that name the entry, and the entry's keys that they repeat.
    pub(super) parent: &'static [(&'static str, &'static str)],
    pub(super) columns: &'static [Column],
}

/// A list of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Platforms,
    Participants,
    Solutions,
    Reports,
}

impl Section {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Platforms => "platforms",
            Self::Participants => "participants",
            Self::Solutions => "solutions",
            Self::Reports => "reports",
        }
    }

    /// One entry of it, in a sentence.
    pub(super) fn noun(self) -> &'static str {
        self.key().trim_end_matches('s')
    }
}

/// A column: its header, where its value stands in the entry, and what a cell holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// The object inside the entry that has the value (`hotline`).
    pub(super) inside: Option<&'static str>,
    pub(super) key: &'static str,
    pub(super) holds: Holds,
    pub(super) required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Whole,
    List,
}

const fn column(name: &'static str, holds: Holds, required: bool) -> Column {
    Column { name, inside: None, key: name, holds, required }
}

const fn needed(name: &'static str) -> Column {
    column(name, Holds::Text, true)
}

const fn text(name: &'static str) -> Column {
    column(name, Holds::Text, false)
}

const fn list(name: &'static str) -> Column {
    column(name, Holds::List, false)
}

const fn hotline(name: &'static str, key: &'static str) -> Column {
    Column { name, inside: Some("hotline"), key, holds: Holds::Text, required: false }
}

/// All tables; a table of rows inside entries stands after its entries' own.
pub(super) const TABLES: [Table; 9] = [
    Table {
        file: "platforms.csv",
        section: Section::Platforms,
        child: None,
        parent: &[],
        columns: &[needed("id"), needed("name"), list("aliases"), text("activity")],
    },
    Table {
        file: "platform_releases.csv",
        section: Section::Platforms,
        child: Some("releases"),
        parent: &[("platform", "id")],
        columns: &[needed("release"), list("codes"), text("end_of_life_on")],
    },
    Table {
        file: "participants.csv",
        section: Section::Participants,
        child: None,
        parent: &[],
        columns: &[
            needed("id"),
            needed("name"),
            list("aliases"),
            text("membership"),
            list("profiles"),
            text("region"),
            text("joined_on"),
            text("left_on"),
            text("qualified_until"),
            hotline("hotline_email", "email"),
            hotline("hotline_phone", "phone"),
            hotline("hotline_url", "url"),
            hotline("hotline_hours", "hours"),
            hotline("hotline_process", "process"),
            column("assistance_tickets", Holds::Whole, false),
        ],
    },
    Table {
        file: "accreditations.csv",
        section: Section::Participants,
        child: Some("accreditations"),
        parent: &[("participant", "id")],
        columns: &[needed("api"), text("name"), text("granted_on"), text("expires_on")],
    },
    Table {
        file: "solutions.csv",
        section: Section::Solutions,
        child: None,
        parent: &[],
        columns: &[needed("id"), needed("participant"), needed("name"), list("aliases"), text("kind")],
    },
    Table {
        file: "solution_releases.csv",
        section: Section::Solutions,
        child: Some("releases"),
        parent: &[("solution", "id")],
        columns: &[needed("release"), text("end_of_life_on")],
    },
    Table {
        file: "reports.csv",
        section: Section::Reports,
        child: None,
        parent: &[],
        columns: &[
            needed("id"),
            column("edition", Holds::Whole, true),
            needed("solution"),
            column("solution_releases", Holds::List, true),
            needed("platform"),
            column("platform_releases", Holds::List, true),
            needed("verdict"),
            needed("published_on"),
            text("expires_on"),
            text("withdrawn_on"),
            text("escalation"),
        ],
    },
    Table {
        file: "scope.csv",
        section: Section::Reports,
        child: Some("scope"),
        parent: &[("report", "id"), ("edition", "edition")],
        columns: &[needed("id"), needed("name"), list("aliases"), needed("result")],
    },
    Table {
        file: "limitations.csv",
        section: Section::Reports,
        child: Some("limitations"),
        parent: &[("report", "id"), ("edition", "edition")],
        columns: &[needed("id"), text("feature"), needed("text")],
    },
];

/// The names of all files.
#[must_use]
pub fn file_names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.file).collect()
}

/// Whether a file of this name (without its folder) is one of the registry's.
#[must_use]
pub fn is_table(file: &str) -> bool {
    table_named(file).is_some()
}

/// The names of all files that hold the same kind as this one: entries and what is listed inside them.
#[must_use]
pub fn same_kind(file: &str) -> Vec<&'static str> {
    let section = table_named(file).map(|at| TABLES[at].section);
    TABLES.iter().filter(|table| Some(table.section) == section).map(|table| table.file).collect()
}

/// The table's place in [`TABLES`] that a file name belongs to, whatever folder stands before it.
pub(super) fn table_named(file: &str) -> Option<usize> {
    let own = file.rsplit(['/', '\\']).next().unwrap_or(file);
    TABLES.iter().position(|table| table.file.eq_ignore_ascii_case(own))
}
