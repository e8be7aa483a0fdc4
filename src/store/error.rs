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
    /// There is no such file, and making one was not asked for (SQLite).
    #[error("there is no database {0}: `pointsman db migrate` makes one")]
    Missing(String),
    /// The file cannot be opened as a database (SQLite).
    #[error("the database {file} cannot be used: {why}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The file is no database, or no longer a sound one (SQLite).
    #[error(
        "the file is damaged or is no SQLite database ({0}): name another one, or put back a copy of the database that you kept"
    )]
    NoDatabase(String),
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
    /// A text that is looked up by is longer than a database's index can take (400).
    #[error("{what} is too long: at most {most} bytes")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// The limit, in bytes of UTF-8.
        most: usize,
    },
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

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => of_database(said.code().as_deref().unwrap_or_default(), said.message()),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::PoolTimedOut => Self::Unavailable("no connection became free in time".to_owned()),
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// By the database's own code: five characters from PostgreSQL, a number from SQLite.
fn of_database(code: &str, message: &str) -> StoreError {
    let said = || message.to_owned();
    if let (5, Some(class)) = (code.len(), code.get(..2)) {
        return match (class, code) {
            (_, "23505") => StoreError::Duplicate(said()),
            (_, "53100") => StoreError::Full,
            (_, "22021") => StoreError::NulCharacter("a text"),
            // Connection, resources, operator's intervention, cancelled by a timeout, locks, wrong address or credential.
            ("08" | "53" | "57" | "55" | "40" | "28" | "3D", _) | (_, "25P03" | "25P02") => {
                StoreError::Unavailable(said())
            }
            _ => StoreError::Refused(said()),
        };
    }
    // The low byte is the error, the rest says more about it.
    match code.parse::<u32>().unwrap_or_default() {
        1555 | 2067 => StoreError::Duplicate(said()),
        // 778: a write failed, at a file-size limit for one.
        13 | 778 => StoreError::Full,
        code if matches!(code & 0xff, 5 | 6 | 8 | 10 | 14 | 23) => StoreError::Unavailable(said()),
        code if matches!(code & 0xff, 11 | 26) => StoreError::NoDatabase(said()),
        _ => StoreError::Refused(said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        assert!(matches!(of_database("2067", "x"), StoreError::Duplicate(_)));
        assert!(matches!(of_database("23505", "x"), StoreError::Duplicate(_)));
        assert!(matches!(of_database("13", "x"), StoreError::Full));
        assert!(matches!(of_database("53100", "x"), StoreError::Full));
        assert!(matches!(of_database("517", "x"), StoreError::Unavailable(_)));
        assert!(matches!(of_database("57P01", "x"), StoreError::Unavailable(_)));
        assert!(matches!(of_database("26", "x"), StoreError::NoDatabase(_)));
        assert!(matches!(of_database("1", "x"), StoreError::Refused(_)));
        assert!(matches!(of_database("42601", "x"), StoreError::Refused(_)));
    }
}
