//! Clients that go away in the middle of a request, and a database that goes away: nothing is half stored, and whatever is
//! stored is told to everybody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use pointsman::clock::Clock;
use pointsman::notify::delivery::DeliveryState;
use pointsman::store::{DeliveryFilter, Store};
use pointsman::triage::outcome::Side;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::delivery::sink::Sink;
use crate::delivery::{SETTINGS, endpoint, settled};
use crate::server::{NOW, Server, esr};
use crate::support::{Database, on_both_databases};

on_both_databases!(sixty_four_clients_cut_off_under_load_leave_nothing_half_stored_and_nobody_untold);

/// A server whose partner `acme` and whose participant have a receiver each.
async fn server(db: &Database) -> (Server, Sink, Sink) {
    let (acme, hotelia) = (Sink::start().await, Sink::start().await);
    let store = db.store().await;
    for endpoint in [
        endpoint("acme", Side::BusinessPartner, Some("acme"), &acme.url),
        endpoint("hotelia", Side::Participant, Some("hotelia"), &hotelia.url),
    ] {
        store.put_endpoint(endpoint).await.unwrap();
    }
    let settings = format!("[limits]\nburst = 100_000\n{SETTINGS}circuit_seconds = 0.2\ncircuit_cap_seconds = 0.5\n");
    let server = Server::start_at(store, &settings, Clock::running_from(NOW.parse().unwrap())).await;
    (server, acme, hotelia)
}

/// Sends the request's bytes, a part of them or all, and closes the connection without waiting for the answer.
async fn cut_off(address: &str, bearer: &str, reference: &str, sent: f64) {
    let body = esr(reference).to_string();
    let request = format!(
        "POST /v1/esrs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    let part = (request.len() as f64 * sent) as usize;
    stream.write_all(&request.as_bytes()[..part]).await.unwrap();
    stream.flush().await.unwrap();
    tokio::time::sleep(Duration::from_millis((part % 7) as u64)).await;
}

async fn sixty_four_clients_cut_off_under_load_leave_nothing_half_stored_and_nobody_untold(db: &Database) {
    let (server, acme, hotelia) = server(db).await;
    let key = server.partner("acme").await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let load = join_all((0..16).map(|n| {
        let (server, key) = (&server, &key);
        async move {
            for m in 0..6 {
                server.file(key, &format!("LOAD-{n}-{m}")).await;
            }
        }
    }));
    let cut = join_all((0..64).map(|n| {
        let (address, bearer) = (&address, &key.bearer);
        // Half of them in the middle of the body, half while they would wait for the answer.
        async move { cut_off(address, bearer, &format!("CUT-{n}"), if n % 2 == 0 { 1.0 } else { 0.7 }).await }
    }));
    join(load, cut).await;
    let once: Vec<String> = (0..64).map(|n| format!("CUT-{n}")).collect();
    let mut stored = 0;
    for reference in &once {
        stored += usize::from(server.store.esr_by_reference("acme", reference).await.unwrap().is_some());
    }
    assert!(stored <= 32, "half an eSR is none: {stored}");

    // Whoever was cut off files again, as a client does that got no answer.
    for reference in &once {
        let answer = server.post(&key, "/v1/esrs", &esr(reference)).await;
        assert!(answer.status.is_success(), "{:#}", answer.body);
    }
    let all: u64 = 16 * 6 + 64;
    assert_eq!(server.store.count(None).await.unwrap(), all);
    let mut after = String::new();
    loop {
        let page = server.get(&key, &format!("/v1/esrs?limit=100{after}")).await.body;
        for listed in page["items"].as_array().unwrap() {
            let case = server.get(&key, &format!("/v1/esrs/{}", listed["id"].as_str().unwrap())).await.body;
            assert_eq!(case["decisions"].as_array().unwrap().len(), 1);
            assert_eq!(case["timeline"].as_array().unwrap().len(), 2);
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(server.store.message_counts().await.unwrap().stored, 2 * all as i64, "decided and escalated, for each");
    settled(&server.store).await;
    everybody_was_told(&server.store, all as usize, &[&acme, &hotelia]).await;
    if db.is_postgres() {
        nobody_is_idle_in_a_transaction(db).await;
    }
    assert!(server.stop().await);
}

/// Each receiver got a message of each case, and the store knows.
async fn everybody_was_told(store: &Store, cases: usize, sinks: &[&Sink]) {
    let counts = store.delivery_counts().await.unwrap();
    assert_eq!(counts.delivered, (cases * sinks.len()) as i64, "{counts:?}");
    assert_eq!((counts.pending, counts.dead, counts.unaddressed), (0, 0, 0), "{counts:?}");
    for sink in sinks {
        let calls = sink.calls();
        let ids: std::collections::HashSet<_> = calls.iter().map(|call| call.header("webhook-id").to_owned()).collect();
        assert_eq!(ids.len(), cases);
    }
}

async fn nobody_is_idle_in_a_transaction(db: &Database) {
    let mut conn = PgConnection::connect(&db.url).await.unwrap();
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let idle: i64 = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
    assert_eq!(idle, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_nothing_is_lost_and_deliveries_go_on_afterwards() {
    let db = Database::postgres().await;
    let (server, acme, hotelia) = server(&db).await;
    let key = server.partner("acme").await;
    // Some calls are on their way when it goes, and some have to be tried again.
    acme.stalls(Duration::from_millis(50));
    hotelia.answers([503; 20]);
    let answered = AtomicUsize::new(0);
    let load = join_all((0..8).map(|n| {
        let (server, key, answered) = (&server, &key, &answered);
        async move {
            let mut stored = Vec::new();
            for m in 0.. {
                let reference = format!("BP-{n}-{m}");
                let answer = server.post(key, "/v1/esrs", &esr(&reference)).await;
                match answer.status.as_u16() {
                    201 => {
                        answered.fetch_add(1, Ordering::Relaxed);
                        stored.push(reference);
                    }
                    _ => {
                        answer.is_problem(503);
                        return stored;
                    }
                }
            }
            stored
        }
    }));
    let away = async {
        while answered.load(Ordering::Relaxed) < 60 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        goes_away(&db).await;
    };
    let (stored, ()) = join(load, away).await;
    let mut stored: Vec<String> = stored.into_iter().flatten().collect();
    server.post(&key, "/v1/esrs", &esr("AWAY")).await.is_problem(503);
    comes_back(&db).await;

    // A connection that died in the pool may cost one more answer.
    for n in 0.. {
        let reference = format!("AFTER-{n}");
        let answer = server.post(&key, "/v1/esrs", &esr(&reference)).await;
        if answer.status == 201 {
            stored.push(reference);
            break;
        }
        answer.is_problem(503);
        assert!(n < 20, "the server did not come back");
    }
    for reference in &stored {
        assert!(server.store.esr_by_reference("acme", reference).await.unwrap().is_some(), "{reference}");
    }
    settled(&server.store).await;
    // What was answered 503 may be stored all the same: its answer came too late.
    let there = server.store.count(None).await.unwrap() as usize;
    assert!(there >= stored.len() && there <= stored.len() + 8 + 20, "{there} of {}", stored.len());
    everybody_was_told(&server.store, there, &[&acme, &hotelia]).await;
    let filter = DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() };
    let some = server.store.deliveries(&filter, None, 1).await.unwrap();
    assert!(some.items[0].attempts > 0, "its tries are in the log");
    nobody_is_idle_in_a_transaction(&db).await;
    assert!(server.stop().await);
    db.remove().await;
}

/// Cuts every session off and lets nobody in.
async fn goes_away(db: &Database) {
    allow_connections(db, false).await;
    let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
    sqlx::query(sql).bind(name(db)).execute(&mut admin().await).await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
}

async fn comes_back(db: &Database) {
    allow_connections(db, true).await;
}

async fn allow_connections(db: &Database, allow: bool) {
    let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allow}", name(db));
    admin().await.execute(AssertSqlSafe(sql)).await.unwrap();
}

fn name(db: &Database) -> &str {
    db.url.rsplit_once('/').unwrap().1
}

async fn admin() -> PgConnection {
    PgConnection::connect(&std::env::var("POINTSMAN_TEST_POSTGRES").unwrap()).await.unwrap()
}
