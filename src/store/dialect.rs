//! The two databases side by side: how each is reached, and the few strings in which they differ.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Options, Result, StoreError};

/// One thing for each database.
#[derive(Debug, Clone)]
pub(super) enum Each<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

/// A connection that a writer owns.
pub(super) type Conn = Each<SqliteConnection, PgConnection>;
/// The connections that read.
pub(super) type Pool = Each<SqlitePool, PgPool>;
/// Where and how to connect.
pub(super) type Target = Each<SqliteConnectOptions, PgConnectOptions>;

/// Writes a call once and expands it for each database: `on!(conn, db => query.execute(&mut *db).await)`.
macro_rules! on {
    ($each:expr, $db:ident => $call:expr) => {
        match $each {
            $crate::store::dialect::Each::Sqlite($db) => $call,
            $crate::store::dialect::Each::Postgres($db) => $call,
        }
    };
}
pub(super) use on;

/// How long a write waits for another process's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long connecting, or waiting for a connection to read with, may take.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Begins a write. Immediate on SQLite: a deferred transaction that reads and then writes fails at once when another
/// process wrote in between, whatever the busy timeout.
pub(super) fn begin(conn: &Conn) -> &'static str {
    match conn {
        Each::Sqlite(_) => "BEGIN IMMEDIATE",
        Each::Postgres(_) => "BEGIN",
    }
}

/// The question to the index of words for eSRs that have each of these, as the beginning of a word. Words are letters and
/// digits alone, see `words`.
pub(super) fn all_words(pool: &Pool, words: &[String]) -> String {
    let (each, joint): (fn(&String) -> String, _) = match pool {
        Each::Sqlite(_) => (|word| format!("\"{word}\" *"), " AND "),
        Each::Postgres(_) => (|word| format!("'{word}':*"), " & "),
    };
    words.iter().map(each).collect::<Vec<_>>().join(joint)
}

/// The column that words are read off an eSR itself from.
pub(super) fn words_column(pool: &Pool) -> &'static str {
    match pool {
        Each::Sqlite(_) => "words",
        Each::Postgres(_) => "search",
    }
}

/// The conditions that an eSR's words match, read off the eSR itself (`w`); each around its one parameter.
pub(super) fn words_in_row(pool: &Pool, words: &[String]) -> Vec<(&'static str, String, &'static str)> {
    match pool {
        // The same words in the same folding stand between spaces.
        Each::Sqlite(_) => {
            words.iter().map(|word| (" AND instr(' ' || w.words, ", format!(" {word}"), ") > 0")).collect()
        }
        // As a statement of its own it is read once, not for each eSR.
        Each::Postgres(_) => vec![(" AND w.search @@ (SELECT CAST(", all_words(pool, words), " AS TSQUERY))")],
    }
}

/// How many eSRs are opened for their words before the index of words is asked. On SQLite the words lie behind all that an
/// eSR says, some pages further; PostgreSQL keeps what is long elsewhere.
pub(super) fn walked_for_words(pool: &Pool) -> u32 {
    match pool {
        Each::Sqlite(_) => 700,
        Each::Postgres(_) => 4_500,
    }
}

/// The order of what is read along an index (`w`), once more. SQLite hands the rows of an inner statement on as they come and
/// would sort them anew if it was told; PostgreSQL knows that they are in order.
pub(super) fn again_sorted(pool: &Pool, newest: bool) -> &'static str {
    match pool {
        Each::Sqlite(_) => "",
        Each::Postgres(_) if newest => " ORDER BY w.received_at DESC, w.id DESC",
        Each::Postgres(_) => " ORDER BY w.priority, w.received_at, w.id",
    }
}

/// An event with its case; data that is too large to be passed on is left out.
macro_rules! feed_columns {
    () => {
        "e.id, e.esr_id, n.reference, n.filer, n.status, n.route, e.happened_at, e.kind, e.actor, CASE WHEN LENGTH(e.data) <= 65536 THEN e.data END AS data"
    };
}

/// The events after number $1, at most $2. A statement sees one moment, which the snapshot's borders are of.
pub(super) fn feed_after(pool: &Pool) -> &'static str {
    match pool {
        Each::Sqlite(_) => concat!(
            "SELECT e.rowid AS number, ",
            feed_columns!(),
            ", 0 AS oldest, 0 AS next FROM events e JOIN esrs n ON n.id = e.esr_id WHERE e.rowid > $1 ORDER BY e.rowid LIMIT $2"
        ),
        Each::Postgres(_) => concat!(
            "SELECT e.number, ",
            feed_columns!(),
            ", txid_snapshot_xmin(txid_current_snapshot()) AS oldest, txid_snapshot_xmax(txid_current_snapshot()) AS next
            FROM events e JOIN esrs n ON n.id = e.esr_id WHERE e.number > $1 ORDER BY e.number LIMIT $2"
        ),
    }
}

/// The greatest number of an event, and the borders of the snapshot.
pub(super) fn feed_head(pool: &Pool) -> &'static str {
    match pool {
        Each::Sqlite(_) => "SELECT COALESCE(MAX(rowid), 0), 0, 0 FROM events",
        Each::Postgres(_) => {
            "SELECT COALESCE(MAX(number), 0), txid_snapshot_xmin(txid_current_snapshot()), txid_snapshot_xmax(txid_current_snapshot())
            FROM events"
        }
    }
}

/// The first transaction of this database that may still be running. Snapshots know only the first one of all databases
/// of a server, and somebody else's may run for hours. AGE counts from a border that is not before the snapshot's, so that
/// the answer is never too late a transaction.
pub(super) fn feed_oldest(pool: &Pool) -> &'static str {
    match pool {
        Each::Sqlite(_) => "SELECT 0",
        Each::Postgres(_) => {
            "SELECT txid_snapshot_xmax(txid_current_snapshot()) - COALESCE(MAX(AGE(backend_xid)), 0)
            FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        }
    }
}

/// The number of event $1.
pub(super) fn feed_number(pool: &Pool) -> &'static str {
    match pool {
        Each::Sqlite(_) => "SELECT rowid FROM events WHERE id = $1",
        Each::Postgres(_) => "SELECT number FROM events WHERE id = $1",
    }
}

/// Claims what waits for one endpoint: of one case and receiver only the first. Rows that another node is claiming just now
/// are passed over where there can be another node at the same time.
pub(super) fn claim(conn: &Conn) -> &'static str {
    macro_rules! claim {
        ($locked:literal) => {
            concat!(
                "UPDATE deliveries SET due_at = $4, lease = $5 WHERE id IN (SELECT d.id FROM deliveries d
                    WHERE d.endpoint_id = $1 AND d.state = 'pending' AND d.due_at <= $2 AND NOT EXISTS
                        (SELECT 1 FROM deliveries b WHERE b.esr_id = d.esr_id AND b.endpoint_id = d.endpoint_id
                            AND b.address = d.address AND b.seq < d.seq AND b.state = 'pending')
                    ORDER BY d.due_at LIMIT $3",
                $locked,
                ")"
            )
        };
    }
    match conn {
        Each::Sqlite(_) => claim!(""),
        Each::Postgres(_) => claim!(" FOR UPDATE SKIP LOCKED"),
    }
}

/// Counts the table that remembers which migrations were applied.
pub(super) fn count_migrations_table(conn: &Conn) -> &'static str {
    match conn {
        Each::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
        Each::Postgres(_) => {
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'"
        }
    }
}

/// Moves what the write-ahead log holds into the database file; nothing to do on PostgreSQL.
pub(super) fn checkpoint(conn: &Conn) -> Option<&'static str> {
    matches!(conn, Each::Sqlite(_)).then_some("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// Reads an address: `sqlite://path`, `sqlite::memory:`, `postgres://...`, or a plain path.
fn target(url: &str, options: &Options) -> Result<Target> {
    let bad = |why: String| StoreError::Address { url: without_password(url), why };
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let target = PgConnectOptions::from_str(url).map_err(|error| bad(error.to_string()))?;
        return Ok(Each::Postgres(postgres(target, options)));
    }
    let target = if let Some((scheme, _)) = url.split_once("://") {
        if scheme != "sqlite" {
            return Err(bad(format!("{scheme} is no database that pointsman knows")));
        }
        SqliteConnectOptions::from_str(url).map_err(|error| bad(error.to_string()))?
    } else if url.starts_with("sqlite:") {
        SqliteConnectOptions::from_str(url).map_err(|error| bad(error.to_string()))?
    } else if url.trim().is_empty() {
        return Err(bad("it is empty".to_owned()));
    } else {
        SqliteConnectOptions::new().filename(url)
    };
    Ok(Each::Sqlite(sqlite(target, options)))
}

fn sqlite(target: SqliteConnectOptions, options: &Options) -> SqliteConnectOptions {
    let target = target
        .create_if_missing(options.create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(LOCK_WAIT);
    match options.max_pages {
        Some(pages) => target.pragma("max_page_count", pages.to_string()),
        None => target,
    }
}

fn postgres(target: PgConnectOptions, options: &Options) -> PgConnectOptions {
    let milliseconds = |limit: Duration| format!("{}ms", limit.as_millis());
    target.application_name("pointsman").options([
        ("statement_timeout", milliseconds(options.statement_timeout)),
        ("idle_in_transaction_session_timeout", milliseconds(options.statement_timeout)),
        ("lock_timeout", milliseconds(LOCK_WAIT)),
        // An answer given to a partner is a promise, whatever the server's own default.
        ("synchronous_commit", "on".to_owned()),
    ])
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// The first connection to an address: its failure names the address.
pub(super) async fn first_connection(url: &str, options: &Options) -> Result<(Target, Conn)> {
    let target = target(url, options)?;
    if let Each::Sqlite(sqlite) = &target
        && !options.create
        && !url.contains(":memory:")
        && !sqlite.get_filename().exists()
    {
        return Err(StoreError::Missing(sqlite.get_filename().display().to_string()));
    }
    let error = match connect(&target).await {
        Ok(conn) => return Ok((target, conn)),
        Err(error) => error,
    };
    Err(match (error, &target) {
        (error @ (StoreError::NoDatabase(_) | StoreError::Unavailable(_)), Each::Sqlite(sqlite)) => {
            let file = sqlite.get_filename();
            StoreError::File { file: file.display().to_string(), why: unusable(file, &error) }
        }
        (StoreError::Unavailable(why), _) => StoreError::Unavailable(format!("{}: {why}", without_password(url))),
        (error, _) => error,
    })
}

/// Why a file cannot be opened as a database, and what to do.
fn unusable(file: &Path, error: &StoreError) -> String {
    if let StoreError::NoDatabase(_) = error {
        return error.to_string();
    }
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    if file.is_dir() {
        return "it is a directory; name a file in it".to_owned();
    }
    if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
        return format!("there is no directory {}; make it first", directory.display());
    }
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(file);
    match (opened, error) {
        (Err(why), _) if file.exists() => format!("{why}; let this user read and write the file"),
        (Err(_), _) => "it cannot be made; let this user write in its directory".to_owned(),
        (Ok(_), StoreError::Unavailable(why)) => why.clone(),
        (Ok(_), error) => error.to_string(),
    }
}

/// Opens a connection to write with.
pub(super) async fn connect(target: &Target) -> Result<Conn> {
    let connecting = async {
        Ok(match target {
            Each::Sqlite(target) => Each::Sqlite(target.connect().await?),
            Each::Postgres(target) => Each::Postgres(target.connect().await?),
        })
    };
    tokio::time::timeout(CONNECT_WAIT, connecting)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("connecting took too long".to_owned())))
}

/// Opens the pool that reads. On SQLite its connections cannot write.
pub(super) fn pool(target: &Target, options: &Options) -> Pool {
    match target {
        Each::Sqlite(target) => Each::Sqlite(
            SqlitePoolOptions::new()
                .max_connections(options.readers)
                .min_connections(1)
                .acquire_timeout(CONNECT_WAIT)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_lazy_with(target.clone().pragma("query_only", "on")),
        ),
        Each::Postgres(target) => Each::Postgres(
            PgPoolOptions::new()
                .max_connections(options.readers)
                .acquire_timeout(CONNECT_WAIT)
                .connect_lazy_with(target.clone()),
        ),
    }
}

/// Closes a connection in good order.
pub(super) async fn disconnect(conn: Conn) {
    // Nothing can be done about a connection that does not even close.
    let _ = on!(conn, db => db.close().await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_says_so_and_hides_the_password() {
        let said = |url: &str| target(url, &Options::default()).unwrap_err().to_string();
        assert!(said("mysql://me:secret@host/db").contains("mysql is no database"));
        assert!(!said("mysql://me:secret@host/db").contains("secret"));
        assert!(said("").contains("empty"));
        assert!(said("sqlite://x.db?mode=bananas").contains("bananas"));
        assert!(matches!(target("some/file.db", &Options::default()), Ok(Each::Sqlite(_))));
        assert!(matches!(target("postgres://me@localhost/db", &Options::default()), Ok(Each::Postgres(_))));
    }
}
