//! The server is killed in the middle of load, again and again: whatever it answered 201 is there whole, and nothing is half there.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use pointsman::store::{Filter, Store};
use serde_json::{Value, json};

use crate::server::esr;
use crate::support::binary::{Binary, bearer, client};
use crate::support::{Database, on_both_databases};

on_both_databases!(a_killed_server_keeps_whole_what_it_answered_and_half_of_nothing);

/// How many clients file at once.
const CLIENTS: usize = 8;

async fn a_killed_server_keeps_whole_what_it_answered_and_half_of_nothing(db: &Database) {
    kill_again_and_again(db, 3).await;
}

/// Thirty times on each database; takes some minutes. Run it by
/// `cargo test --test it killed_thirty_times -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; its short form runs always"]
async fn killed_thirty_times() {
    for db in [Database::sqlite().await, Database::postgres().await] {
        kill_again_and_again(&db, 30).await;
        db.remove().await;
    }
}

async fn kill_again_and_again(db: &Database, times: u64) {
    let bearer = bearer(db).await;
    let directory = tempfile::tempdir().unwrap();
    let mut answered = HashSet::new();
    for round in 0..times {
        let mut server = Binary::start(db, directory.path(), "");
        let acknowledged = AtomicUsize::new(0);
        let load = join_all((0..CLIENTS).map(|n| file_until_it_is_gone(&server.base, bearer, round, n, &acknowledged)));
        // Each time at another moment, after it began to answer.
        let kill = async {
            while acknowledged.load(Ordering::Relaxed) < 5 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(round * 37 % 300)).await;
            server.signal("-KILL");
        };
        let (filed, ()) = join(load, kill).await;
        server.ended().await;
        answered.extend(filed.into_iter().flatten());
        let store = db.store().await;
        all_is_whole(&store, &answered).await;
        store.close().await;
    }
}

/// Files eSRs, and changes every third of them, until nobody answers: the ids with the number of decisions that were answered.
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
        if n % 3 == 0 {
            let said = json!({"participant_case": {"number": "HT-1"}});
            let Some(changed) = post(&format!("/v1/esrs/{id}/updates"), &said).await else { break };
            answered.push((id, changed["revision"].as_i64().unwrap()));
        }
    }
    answered
}

/// Every answered case is there with all its decisions, and every case that is there, answered or not, is complete.
async fn all_is_whole(store: &Store, answered: &HashSet<(String, i64)>) {
    let mut there = HashSet::new();
    let mut cursor = None;
    loop {
        let page = store.list(&Filter::default(), cursor.as_deref(), 500).await.unwrap();
        for listed in page.items {
            let decisions = store.decisions(&listed.id).await.unwrap();
            assert_eq!(decisions.len() as i64, listed.revision, "{}: a decision for each revision", listed.id);
            // Filed and decided; said and decided.
            let timeline = store.timeline(&listed.id).await.unwrap();
            assert_eq!(timeline.len() as i64, 2 * listed.revision, "{}: {timeline:#?}", listed.id);
            let messages = store.messages(&listed.id).await.unwrap();
            assert!(messages.len() as i64 >= listed.revision, "{}: what is to be sent", listed.id);
            let esr = store.esr(&listed.id).await.unwrap().unwrap();
            assert_eq!(Some(&esr.decision), decisions.last().map(|last| &last.decision), "{}", listed.id);
            there.extend((1..=listed.revision).map(|revision| (listed.id.clone(), revision)));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let lost: Vec<_> = answered.difference(&there).collect();
    assert!(lost.is_empty(), "answered and not there: {lost:?}");
}
