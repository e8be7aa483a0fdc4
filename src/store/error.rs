//! What can go wrong with the database, in the caller's terms.

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is not one of a database that we know.
    #[error("the database address {url:?} cannot be used: {why}. Write sqlite://FILE or postgres://USER@HOST/NAME")]
    Address {
        /// The address, without a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database was made by a newer pointsman.
    #[error(
        "the database is at migration {found}, this pointsman knows them up to {known}: use a pointsman at least as new as the one that wrote it"
    )]
    Newer {
        /// The newest migration in the database.
        found: i64,
        /// The newest one that this binary knows.
        known: i64,
    },
    /// The database lacks migrations, and applying them was not asked for.
    #[error("the database lacks {missing} of {known} migrations: run `pointsman db migrate`")]
    Older {
        /// How many are missing.
        missing: usize,
        /// How many this binary knows.
        known: usize,
    },
    /// A migration did not apply, or is not the one that was applied before.
    #[error("the database could not be migrated: {0}")]
    Migration(String),
    /// More writes wait than the queue holds: try again in a moment (503, `Retry-After`).
    #[error("the database is busy: too many writes are waiting; try again in a moment")]
    Busy,
    /// The database cannot be reached, or went away in the middle (503). A write may or may not have been stored; filing the
    /// same eSR again is safe.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The disk is full, or a size limit is reached (507). Nothing of the write was stored.
    #[error("the database cannot grow: its disk is full or its size limit is reached; nothing was stored")]
    Full,
    /// A value that a database cannot hold: text with a NUL character (400).
    #[error("{0} contains a NUL character, which cannot be stored")]
    NulCharacter(&'static str),
    /// A row with this id or name exists already (a mistake of the caller: ids are made new). Nothing was stored.
    #[error("a row with the same key is stored already: {0}")]
    Duplicate(String),
    /// The cursor is not one that a page gave.
    #[error("the cursor is not one that a page of results gave: leave it out to start from the first page")]
    Cursor,
    /// A stored row cannot be read back.
    #[error("a stored row cannot be read back: {0}")]
    Corrupt(String),
    /// The store was closed: the server is stopping (503).
    #[error("the store is closed: the server is stopping")]
    Closed,
    /// Anything else that the database said; a mistake of ours.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}
