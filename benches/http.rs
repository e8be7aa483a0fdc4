//! `POST /v1/esrs`, durable, beside the same server's echo and beside what the database alone commits on this disk.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use jiff::civil::Date;
use pointsman::app::App;
use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::config::Config;
use pointsman::intake::esr::Esr;
use pointsman::store::{Options, RegistryWrite, issue};
use pointsman::web::{self, Web};
use sqlx::{Connection as _, Executor as _};
use tokio_util::sync::CancellationToken;

use crate::load::{self, Load, load};
use crate::measure::{heading, human};
use crate::registry;
use crate::support::Database;

/// Each level of load lasts so long.
const LASTING: Duration = Duration::from_secs(4);
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// About what the rows of one filed eSR come to.
const ROW_BYTES: usize = 8192;

pub(crate) fn run() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        measure("SQLite", Database::sqlite().await).await;
        if std::env::var("POINTSMAN_TEST_POSTGRES").is_ok() {
            measure("PostgreSQL", Database::postgres().await).await;
        } else {
            println!("\n  PostgreSQL not measured: POINTSMAN_TEST_POSTGRES names no server (tests/run starts one)");
        }
    });
}

async fn measure(name: &str, database: Database) {
    heading(&format!(
        "POST /v1/esrs on {name}, durable before the answer ({LASTING:?} a line, server and client on one machine)"
    ));
    let commits = raw_commits(&database).await;
    println!("  {:<34} {commits:>8.0} /s", format!("{name} alone, commit after commit"));
    let server = Server::start(&database).await;
    for connections in CONNECTIONS {
        let echo = server.load(connections, "/echo").await;
        let filed = server.load(connections, "/v1/esrs").await;
        line(&format!("echo, {connections} connections"), &echo, "");
        let ratios =
            format!("{:.2} x echo, {:.2} x commits", filed.per_second / echo.per_second, filed.per_second / commits);
        line(&format!("POST /v1/esrs, {connections} connections"), &filed, &ratios);
    }
    server.stop.cancel();
    server.serving.await.expect("an orderly end");
    database.remove().await;
}

fn line(name: &str, load: &Load, ratios: &str) {
    let (median, p99) = (human(load.median.as_secs_f64()), human(load.p99.as_secs_f64()));
    println!("  {name:<34} {:>8.0} /s   median {median:>9}, 99 % {p99:>9}   {ratios}", load.per_second);
}

struct Server {
    address: SocketAddr,
    bearer: String,
    esrs: Arc<Vec<Esr>>,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl Server {
    /// The real server with one route more.
    async fn start(database: &Database) -> Self {
        let store = database.store_with(&Options::default()).await;
        let clock = Clock::system();
        let document = registry::document(2_000, 1_000);
        let esrs = Arc::new(registry::esrs(&document, 512, str::to_owned));
        let write =
            RegistryWrite { by: "bench".into(), at: clock.now(), valid_from: None::<Date>, expected_revision: None };
        store.replace_registry(document, write).await.expect("the registry is stored");
        let issued = issue(&clock, Role::BusinessPartner, "Bench Partner", None, None).expect("a key");
        let bearer = issued.bearer.reveal().to_owned();
        store.create_key(issued.key, issued.signing).await.expect("the key is stored");
        let config = Config::parse("bench", "limits.requests_per_second = 1_000_000\nlimits.burst = 1_000_000")
            .expect("settings");
        let app = App::new(config, clock, store).await.expect("an app");
        let router =
            web::router(Web::new(Arc::clone(&app))).merge(Router::new().route("/echo", post(async |body: Bytes| body)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let serving = tokio::spawn(async move {
            web::server::serve(listener, router, &app.config.server, stopped).await;
            app.store.close().await;
        });
        Self { address, bearer, esrs, stop, serving }
    }

    /// eSRs that were never filed before, to one path.
    async fn load(&self, connections: usize, path: &'static str) -> Load {
        let (esrs, bearer) = (Arc::clone(&self.esrs), self.bearer.clone());
        let request = move |number: u64| {
            let mut esr = esrs[number as usize % esrs.len()].clone();
            esr.reference = format!("{connections}-{number}");
            load::post(path, &bearer, &serde_json::to_string(&esr).expect("an eSR is JSON"))
        };
        load(self.address, connections, LASTING, request).await
    }
}

/// One connection that inserts a row and commits, over and over, at the durability that the server uses.
pub(crate) async fn raw_commits(database: &Database) -> f64 {
    let body = "x".repeat(ROW_BYTES);
    if database.is_postgres() {
        let mut connection = sqlx::PgConnection::connect(&database.url).await.expect("a connection");
        connection.execute("CREATE TABLE raw_commits (body TEXT NOT NULL)").await.expect("a table");
        let insert = async || {
            sqlx::query("INSERT INTO raw_commits VALUES ($1)")
                .bind(&body)
                .execute(&mut connection)
                .await
                .expect("a row");
        };
        return rate(insert).await;
    }
    let mut connection = sqlx::SqliteConnection::connect(&format!("{}?mode=rwc", database.url)).await.expect("a file");
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
        connection.execute(pragma).await.expect("a pragma");
    }
    connection.execute("CREATE TABLE raw_commits (body TEXT NOT NULL)").await.expect("a table");
    let insert = async || {
        sqlx::query("INSERT INTO raw_commits VALUES ($1)").bind(&body).execute(&mut connection).await.expect("a row");
    };
    rate(insert).await
}

async fn rate(mut commit: impl AsyncFnMut()) -> f64 {
    let (start, mut commits) = (Instant::now(), 0_u32);
    while start.elapsed() < LASTING {
        commit().await;
        commits += 1;
    }
    f64::from(commits) / start.elapsed().as_secs_f64()
}
