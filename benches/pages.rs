//! The pages that people look at all day, from databases that grow a hundredfold: how long the server takes, what a page
//! weighs, and what the lists' indexes cost an eSR that is accepted.

mod accepting;
mod browser;
mod copies;
mod ways;

use std::sync::Arc;
use std::time::{Duration, Instant};

use pointsman::app::App;
use pointsman::clock::Clock;
use pointsman::config::Config;
use pointsman::store::{Options, RegistryWrite};
use pointsman::web::{self, Web};
use tokio_util::sync::CancellationToken;

use self::browser::Browser;
use self::copies::Copies;
use crate::measure::{heading, human};
use crate::registry;
use crate::support::Database;

/// So many eSRs are stored.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// What 95 of a hundred requests have to stay within.
const TARGET: Duration = Duration::from_millis(50);
/// What a page may weigh with its style sheet and scripts, in bytes, uncompressed.
const WEIGHT: usize = 100_000;
/// What accepting costs is measured among so many.
const ACCEPTING: u64 = 100_000;

/// What one page came to: its name, and at each size the 95 % of each database.
type Growth = Vec<(String, Vec<(u64, f64)>)>;

pub(crate) fn run() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let asked = std::env::var("POINTSMAN_BENCH_ESRS").ok();
        let asked: Option<Vec<u64>> =
            asked.map(|sizes| sizes.split(',').map(|size| size.trim().parse().expect("numbers of eSRs")).collect());
        let sizes = asked.unwrap_or_else(|| SIZES.to_vec());
        let mut both = Vec::new();
        let only = std::env::var("POINTSMAN_BENCH_ON").unwrap_or_default();
        let mut sqlite = Growth::new();
        for size in sizes.iter().filter(|_| only != "postgres") {
            measure("SQLite", Database::sqlite().await, *size, &mut sqlite).await;
        }
        both.push(("SQLite", sqlite));
        if only == "sqlite" {
            println!("\n  PostgreSQL not asked for");
        } else if std::env::var("POINTSMAN_TEST_POSTGRES").is_ok() {
            let mut postgres = Growth::new();
            for size in &sizes {
                measure("PostgreSQL", Database::postgres().await, *size, &mut postgres).await;
            }
            both.push(("PostgreSQL", postgres));
        } else {
            println!("\n  PostgreSQL not measured: POINTSMAN_TEST_POSTGRES names no server (tests/run starts one)");
        }
        for (name, growth) in both {
            grown(name, &growth);
        }
    });
}

/// How the pages grow from the fewest to the most.
fn grown(name: &str, growth: &Growth) {
    heading(&format!("{name}: 95 % of the requests by number of eSRs, and how they grew"));
    for (what, sizes) in growth {
        let times: Vec<String> = sizes.iter().map(|(_, took)| format!("{:>9}", human(*took))).collect();
        let ratio = match (sizes.first(), sizes.last()) {
            (Some((_, first)), Some((_, last))) if sizes.len() > 1 => format!("{:.1} x", last / first),
            _ => String::new(),
        };
        println!("  {what:<58} {}   {ratio:>7}", times.join(" "));
    }
}

async fn measure(name: &str, database: Database, size: u64, growth: &mut Growth) {
    heading(&format!("Pages from {size} eSRs on {name}, {} requests of each, one after the other", browser::TIMES));
    let store = database.store_with(&Options::default()).await;
    let clock = Clock::system();
    let document = registry::document(2_000, 1_000);
    let write = RegistryWrite { by: "bench".into(), at: clock.now(), valid_from: None, expected_revision: None };
    store.replace_registry(document.clone(), write).await.expect("the registry is stored");
    // Nothing is sent while pages are measured.
    let settings = Config::parse("bench", "[delivery]\nenabled = false\n").expect("settings");
    let app = App::new(settings, clock.clone(), store.clone()).await.expect("an app");
    let began = Instant::now();
    let mut copies = Copies::of(&app, &document, size).await;
    copies.fill(&database).await;
    println!("  filled in {:.0?}", began.elapsed());
    copies.verify(&app, &database).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let router = web::router(Web::new(Arc::clone(&app)));
    let served = Arc::clone(&app);
    let serving = tokio::spawn(async move {
        web::server::serve(listener, router, &served.config.server, stopped).await;
    });
    let browser = Browser::new(base, &store, &clock, &copies).await;
    for (what, who, path) in ways::all(&browser, &copies).await {
        let Some(took) = browser.line(&what, who, &path).await else { continue };
        match growth.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sizes)) => sizes.push((size, took)),
            None => growth.push((what, vec![(size, took)])),
        }
    }
    stop.cancel();
    serving.await.expect("an orderly end");
    if size == ACCEPTING {
        accepting::measure(&app, &database, &document).await;
    }
    app.store.close().await;
    database.remove().await;
}
