//! Migrations: append-only, applied in order, one text for both databases wherever they agree.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::dialect::{self, Conn, Each, Target, on};
use super::{Options, Result, StoreError};

/// A migration: its name, and its text for SQLite and for PostgreSQL.
struct Text {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const BASE: &str = include_str!("../../migrations/0001_base.sql");
const DELIVERIES: &str = include_str!("../../migrations/0003_deliveries.sql");
const INBOUND: &str = include_str!("../../migrations/0004_inbound.sql");
const BANNERS: &str = include_str!("../../migrations/0005_banners.sql");
const OLD_SECRETS: &str = include_str!("../../migrations/0007_old_secrets.sql");
const MESSAGES: &str = include_str!("../../migrations/0008_messages.sql");
const PEOPLE: &str = include_str!("../../migrations/0009_people.sql");
const VIEWS: &str = include_str!("../../migrations/0010_views.sql");
const LINKS: &str = include_str!("../../migrations/0012_links.sql");
const BOUNCES: &str = include_str!("../../migrations/0013_bounces.sql");
const PREVIEWS: &str = include_str!("../../migrations/0014_previews.sql");
const SPEED: &str = include_str!("../../migrations/0015_speed.sql");

/// All of them; a migration's version is its place here, counted from 1.
const MIGRATIONS: &[Text] = &[
    Text { name: "base", sqlite: BASE, postgres: BASE },
    Text {
        name: "search",
        sqlite: include_str!("../../migrations/0002_search.sqlite.sql"),
        postgres: include_str!("../../migrations/0002_search.postgres.sql"),
    },
    Text { name: "deliveries", sqlite: DELIVERIES, postgres: DELIVERIES },
    Text { name: "inbound", sqlite: INBOUND, postgres: INBOUND },
    Text { name: "banners", sqlite: BANNERS, postgres: BANNERS },
    Text {
        name: "feed",
        sqlite: include_str!("../../migrations/0006_feed.sqlite.sql"),
        postgres: include_str!("../../migrations/0006_feed.postgres.sql"),
    },
    Text { name: "old_secrets", sqlite: OLD_SECRETS, postgres: OLD_SECRETS },
    Text { name: "messages", sqlite: MESSAGES, postgres: MESSAGES },
    Text { name: "people", sqlite: PEOPLE, postgres: PEOPLE },
    Text { name: "views", sqlite: VIEWS, postgres: VIEWS },
    Text {
        name: "products",
        sqlite: include_str!("../../migrations/0011_products.sqlite.sql"),
        postgres: include_str!("../../migrations/0011_products.postgres.sql"),
    },
    Text { name: "links", sqlite: LINKS, postgres: LINKS },
    Text { name: "bounces", sqlite: BOUNCES, postgres: BOUNCES },
    Text { name: "previews", sqlite: PREVIEWS, postgres: PREVIEWS },
    Text { name: "speed", sqlite: SPEED, postgres: SPEED },
];

/// A migration and whether a database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether it was applied.
    pub applied: bool,
}

/// How far a database is; changes nothing. A missing SQLite file is an error.
///
/// # Errors
/// When the database cannot be reached or was made by a newer pointsman.
pub async fn migration_states(url: &str) -> Result<Vec<MigrationState>> {
    let options = Options { create: false, migrate: false, ..Options::default() };
    let (_, mut conn) = dialect::first_connection(url, &options).await?;
    let applied = applied(&mut conn).await;
    dialect::disconnect(conn).await;
    let applied = applied?;
    Ok(known()
        .map(|(version, text)| MigrationState { version, name: text.name, applied: applied.contains(&version) })
        .collect())
}

/// A connection to a database that has every migration; see [`prepare`].
pub(super) async fn connect(url: &str, options: &Options) -> Result<(Target, Conn)> {
    let (target, mut conn) = dialect::first_connection(url, options).await?;
    let mut tries = MIGRATIONS.len();
    while let Err(error) = prepare(&mut conn, options.migrate).await {
        // SQLite has no lock around migrations. Where another process was faster its next one is there on the next try;
        // on a new connection, since a transaction that could not be ended may still be open on this one.
        dialect::disconnect(conn).await;
        if tries == 0 || !matches!((&error, &target), (StoreError::Migration(_), Each::Sqlite(_))) {
            return Err(error);
        }
        tries -= 1;
        conn = dialect::connect(&target).await?;
    }
    Ok((target, conn))
}

/// Applies what is missing, or only checks that nothing is.
async fn prepare(conn: &mut Conn, migrate: bool) -> Result<()> {
    let applied = applied(conn).await?;
    let missing = MIGRATIONS.len().saturating_sub(applied.len());
    if !migrate {
        return if missing == 0 { Ok(()) } else { Err(StoreError::Older { missing, known: MIGRATIONS.len() }) };
    }
    run(conn).await
}

async fn run(conn: &mut Conn) -> Result<()> {
    let sqlite = matches!(conn, Each::Sqlite(_));
    let migrations = known().map(|(version, text)| {
        let sql = if sqlite { text.sqlite } else { text.postgres };
        Migration::new(version, text.name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    // Not `run`: its bounds make this future's `Send` unprovable to a caller that spawns it.
    on!(conn, db => migrator.run_direct(None, &mut *db, false).await).map_err(|error| match error {
        MigrateError::Execute(error) => of_migration("the list of migrations", error),
        MigrateError::ExecuteMigration(error, version) => of_migration(&format!("migration {version}"), error),
        error => StoreError::Migration(error.to_string()),
    })
}

/// SQLite says that somebody else wrote since this transaction began to read.
const OVERTAKEN: &str = "517";

/// What another process that was faster leaves behind is a migration's error too, so that it is tried again.
fn of_migration(what: &str, error: sqlx::Error) -> StoreError {
    let overtaken = error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(OVERTAKEN);
    match StoreError::from(error) {
        StoreError::Refused(said) | StoreError::Duplicate(said) => StoreError::Migration(format!("{what}: {said}")),
        StoreError::Unavailable(said) if overtaken => StoreError::Migration(format!("{what}: {said}")),
        error => error,
    }
}

/// The versions that the database has; refuses one that has more than this binary knows.
async fn applied(conn: &mut Conn) -> Result<Vec<i64>> {
    let count = dialect::count_migrations_table(conn);
    let tables: i64 = on!(conn, db => sqlx::query_scalar(count).fetch_one(&mut *db).await)?;
    if tables == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT version FROM _sqlx_migrations ORDER BY version";
    let versions: Vec<i64> = on!(conn, db => sqlx::query_scalar(sql).fetch_all(&mut *db).await)?;
    let newest = known().last().map_or(0, |(version, _)| version);
    match versions.last() {
        Some(&found) if found > newest => Err(StoreError::Newer { found, known: newest }),
        _ => Ok(versions),
    }
}

fn known() -> impl Iterator<Item = (i64, &'static Text)> {
    (1..).zip(MIGRATIONS)
}
