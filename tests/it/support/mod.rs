//! What every test of the stored world needs: a fresh database of each kind.

pub(crate) mod binary;

use pointsman::store::{Options, Store};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A database of its own for one test.
pub(crate) struct Database {
    /// What `--database` takes.
    pub(crate) url: String,
    made: Made,
}

enum Made {
    Sqlite { _directory: tempfile::TempDir },
    Postgres { admin: String, name: String },
}

impl Database {
    /// An SQLite file in a temporary directory.
    pub(crate) async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        Self { url, made: Made::Sqlite { _directory: directory } }
    }

    /// A new database on the test server.
    pub(crate) async fn postgres() -> Self {
        let admin = std::env::var("POINTSMAN_TEST_POSTGRES").expect(
            "POINTSMAN_TEST_POSTGRES is not set: run tests/run, which starts a PostgreSQL for the tests, or set it to the URL of \
             a server on which databases may be created",
        );
        let name = format!("test_{}", pointsman::clock::Clock::system().id("pm"));
        let mut conn = PgConnection::connect(&admin).await.unwrap();
        conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")))
            .await
            .unwrap();
        let (server, _) = admin.split_once('?').unwrap_or((&admin, ""));
        let (server, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{server}/{name}"), made: Made::Postgres { admin, name } }
    }

    /// Opens it, as the server would.
    pub(crate) async fn store(&self) -> Store {
        self.store_with(&Options::default()).await
    }

    /// Opens it with other options.
    pub(crate) async fn store_with(&self, options: &Options) -> Store {
        Store::open(&self.url, options).await.unwrap()
    }

    /// Whether it is PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.made, Made::Postgres { .. })
    }

    /// Removes it, whoever still holds a connection.
    pub(crate) async fn remove(self) {
        if let Made::Postgres { admin, name } = self.made {
            let mut conn = PgConnection::connect(&admin).await.unwrap();
            conn.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        }
    }
}

/// Makes a test of each function, once on each database: `async fn name(db: &Database)`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let db = crate::support::Database::sqlite().await;
                super::$name(&db).await;
                db.remove().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let db = crate::support::Database::postgres().await;
                super::$name(&db).await;
                db.remove().await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
