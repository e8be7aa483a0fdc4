//! The server is killed in the middle of load, again and again, while it delivers to receivers of every sort: whatever it
//! answered 201 is there whole, nothing is half there, and everybody is told.

mod account;
mod sinks;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use pointsman::clock::Clock;
use pointsman::registry::document;
use pointsman::store::{EsrSummary, Filter, RegistryWrite, Store};
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use self::account::{adds_up, case_has_its_deliveries, everything_arrived};
use self::sinks::{Sink, Trouble};
use crate::delivery::endpoint;
use crate::server::esr;
use crate::support::binary::{Binary, bearer, client};
use crate::support::{Database, on_both_databases};

on_both_databases!(a_killed_server_keeps_whole_what_it_answered_and_tells_everybody);

/// How many clients file at once.
const CLIENTS: usize = 8;

/// Plain http on loopback, and short times: what a killed server held is free again after three seconds.
const SETTINGS: &str = "[limits]\nrequests_per_second = 100_000\nburst = 100_000\n\
    [delivery]\nallow_http = true\nallow_ranges = [\"127.0.0.0/8\"]\nlease_seconds = 3\ndeadline_seconds = 1.0\n\
    first_wait_seconds = 0.1\ncap_seconds = 0.5\ncircuit_seconds = 0.2\ncircuit_cap_seconds = 0.5\npoll_milliseconds = 100\n";

async fn a_killed_server_keeps_whole_what_it_answered_and_tells_everybody(db: &Database) {
    kill_again_and_again(db, 3).await;
}

/// A hundred times on each database, or as often as `POINTSMAN_KILLS` says; takes some ten minutes. Run it by
/// `cargo test --test it killed_two_hundred_times -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; its short form runs always"]
async fn killed_two_hundred_times() {
    let times = std::env::var("POINTSMAN_KILLS").map_or(100, |times| times.parse().unwrap());
    for db in [Database::sqlite().await, Database::postgres().await] {
        let says = kill_again_and_again(&db, times).await;
        println!("{}: {says}", if db.is_postgres() { "PostgreSQL" } else { "SQLite" });
        db.remove().await;
    }
}

async fn kill_again_and_again(db: &Database, times: u64) -> String {
    let bearer = bearer(db).await;
    let sinks = receivers(db).await;
    let directory = tempfile::tempdir().unwrap();
    let mut answered = HashMap::new();
    let mut seen = Seen::default();
    for round in 0..times {
        let mut server = Binary::start(db, directory.path(), SETTINGS);
        let acknowledged = AtomicUsize::new(0);
        let load = join_all((0..CLIENTS).map(|n| file_until_it_is_gone(&server.base, bearer, round, n, &acknowledged)));
        // Each time at another moment, after it began to answer.
        let kill = async {
            while acknowledged.load(Ordering::Relaxed) < 5 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(round * 137 % 700)).await;
            server.signal("-KILL");
        };
        let (filed, ()) = join(load, kill).await;
        server.ended().await;
        // The last answer on each case.
        answered.extend(filed.into_iter().flatten());
        let store = db.store().await;
        seen.look(&store).await;
        adds_up(&store, seen.deliveries).await;
        store.close().await;
    }
    let lost: Vec<_> = answered.iter().filter(|(id, revision)| seen.cases.get(*id) < Some(revision)).collect();
    assert!(lost.is_empty(), "answered and not there: {lost:?}");

    sinks.values().for_each(Sink::heal);
    let mut server = Binary::start(db, directory.path(), SETTINGS);
    let store = db.store().await;
    nothing_waits(&store).await;
    server.signal("-TERM");
    assert_eq!(server.ended().await, Some(0));
    adds_up(&store, seen.deliveries).await;
    let arrived = everything_arrived(&store, &sinks).await;
    store.close().await;
    let accepted = answered.len();
    format!(
        "{times} kills, {accepted} cases answered, {} stored, {} deliveries: {arrived}",
        seen.cases.len(),
        seen.deliveries
    )
}

/// The partner's two receivers and the participant's two, each with its trouble.
async fn receivers(db: &Database) -> BTreeMap<&'static str, Sink> {
    let store = db.store().await;
    let document = document::parse("r.json", include_bytes!("../../fixtures/registry.json")).unwrap();
    let write =
        RegistryWrite { by: "tests".to_owned(), at: Clock::system().now(), valid_from: None, expected_revision: None };
    store.replace_registry(document, write).await.unwrap();
    let mut sinks = BTreeMap::new();
    for (name, side, owner, trouble) in [
        ("prompt", Side::BusinessPartner, "acme", Trouble::None),
        ("slow", Side::BusinessPartner, "acme", Trouble::Slow),
        ("third", Side::Participant, "hotelia", Trouble::FailsEveryThird),
        ("flaps", Side::Participant, "hotelia", Trouble::Flaps),
    ] {
        let sink = Sink::start(trouble).await;
        store.put_endpoint(endpoint(name, side, Some(owner), &sink.url)).await.unwrap();
        sinks.insert(name, sink);
    }
    store.close().await;
    sinks
}

/// Files eSRs, and changes every third of them, some twice, until nobody answers: the ids with the number of decisions that were
/// answered.
async fn file_until_it_is_gone(
    base: &str,
    bearer: &str,
    round: u64,
    client_number: usize,
    acknowledged: &AtomicUsize,
) -> Vec<(String, i64)> {
    let client = client();
    let post = async |path: &str, body: &Value| {
        let answer = client.post(format!("{base}{path}")).bearer_auth(bearer).json(body).send().await.ok()?;
        assert!(matches!(answer.status().as_u16(), 200 | 201), "{}", answer.status());
        answer.json::<Value>().await.ok()
    };
    let mut answered = Vec::new();
    for n in 0.. {
        let Some(filed) = post("/v1/esrs", &esr(&format!("K-{round}-{client_number}-{n}"))).await else { break };
        acknowledged.fetch_add(1, Ordering::Relaxed);
        let id = filed["id"].as_str().unwrap().to_owned();
        answered.push((id.clone(), 1));
        let news = [
            json!({"participant_case": {"number": "HT-1"}}),
            json!({"participant_case": {"conclusion": "ale_fault_shown", "findings": "It is the switch."}}),
        ];
        let how_much = [2, 0, 0, 1, 0, 0][n % 6];
        for said in &news[..how_much] {
            let Some(changed) = post(&format!("/v1/esrs/{id}/updates"), said).await else { return answered };
            answered.push((id.clone(), changed["revision"].as_i64().unwrap()));
        }
    }
    answered
}

/// What was looked at after the kills so far. A case does not change after the kill in its round.
#[derive(Default)]
struct Seen {
    /// Each case with its revision.
    cases: HashMap<String, i64>,
    /// How many deliveries all of them have.
    deliveries: usize,
}

impl Seen {
    /// Looks at the cases that are new: every one, answered or not, is complete.
    async fn look(&mut self, store: &Store) {
        let mut cursor = None;
        loop {
            let page = store.list(&Filter::default(), cursor.as_deref(), 500).await.unwrap();
            let new: Vec<_> = page.items.iter().filter(|case| !self.cases.contains_key(&case.id)).collect();
            for case in &new {
                is_whole(store, case).await;
                self.deliveries += case_has_its_deliveries(store, case).await;
                self.cases.insert(case.id.clone(), case.revision);
            }
            cursor = page.next;
            // The newest come first.
            if new.is_empty() || cursor.is_none() {
                break;
            }
        }
        let stored = store.count(None).await.unwrap();
        assert_eq!(stored, self.cases.len() as u64, "no case hides behind others");
    }
}

/// The case has all its decisions, each with its events and messages.
async fn is_whole(store: &Store, case: &EsrSummary) {
    let decisions = store.decisions(&case.id).await.unwrap();
    assert_eq!(decisions.len() as i64, case.revision, "{}: a decision for each revision", case.id);
    // Filed and decided; said and decided.
    let timeline = store.timeline(&case.id).await.unwrap();
    assert_eq!(timeline.len() as i64, 2 * case.revision, "{}: {timeline:#?}", case.id);
    let esr = store.esr(&case.id).await.unwrap().unwrap();
    assert_eq!(Some(&esr.decision), decisions.last().map(|last| &last.decision), "{}", case.id);
}

/// Waits until no delivery waits any more; gives up when nothing moves for half a minute.
async fn nothing_waits(store: &Store) {
    let (mut least, mut moved) = (i64::MAX, Instant::now());
    loop {
        let counts = store.delivery_counts().await.unwrap();
        if counts.pending == 0 {
            return;
        }
        if counts.pending < least {
            (least, moved) = (counts.pending, Instant::now());
        }
        assert!(moved.elapsed() < Duration::from_secs(30), "deliveries still wait: {counts:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
