//! What goes wrong: callers that go away, failures in the middle, full disks, lost databases.

use std::time::Duration;

use pointsman::store::{Filed, Options, Store, StoreError, WebhookId};
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

use super::sample::{at, new_esr, revision};
use crate::support::{Database, on_both_databases};

on_both_databases! {
    a_caller_that_goes_away_leaves_a_whole_case_or_none,
    a_failure_in_the_middle_stores_nothing,
    closing_finishes_what_was_accepted,
    a_full_queue_says_busy_and_empties_again,
    a_database_of_a_newer_pointsman_is_refused,
    a_database_without_tables_is_refused_when_nothing_may_be_changed,
}

/// Every stored case is whole: its decisions, its timeline and its messages are all there. Counts the cases.
async fn whole_cases(store: &Store) -> usize {
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = store.history(None, cursor.as_deref(), 100).await.unwrap();
        for case in page.items {
            let revision = case.revision as usize;
            assert_eq!(store.decisions(&case.id).await.unwrap().len(), revision);
            assert_eq!(store.timeline(&case.id).await.unwrap().len(), 1 + revision);
            assert_eq!(store.messages(&case.id).await.unwrap().len(), 2 * revision);
            count += 1;
        }
        cursor = page.next;
        if cursor.is_none() {
            let messages = store.message_counts().await.unwrap().stored;
            assert!(messages >= 2 * count as i64, "no message without its case");
            return count;
        }
    }
}

async fn number(db: &Database, sql: &'static str) -> i64 {
    if db.is_postgres() {
        PgConnection::connect(&db.url).await.unwrap().fetch_one(sql).await.unwrap().get(0)
    } else {
        SqliteConnection::connect(&db.url).await.unwrap().fetch_one(sql).await.unwrap().get(0)
    }
}

async fn a_caller_that_goes_away_leaves_a_whole_case_or_none(db: &Database) {
    let store = db.store().await;
    let background = tokio::spawn({
        let store = store.clone();
        async move {
            for n in 10_000..10_200 {
                store.file_esr(new_esr(n, &format!("load-{n}"))).await.unwrap();
            }
        }
    });
    for round in 0..4 {
        let callers: Vec<_> = (0..64)
            .map(|n| {
                let (store, n) = (store.clone(), 100 * round + n);
                let caller = tokio::spawn(async move { store.file_esr(new_esr(n, &format!("BP-{n}"))).await });
                (n, caller)
            })
            .collect();
        for (n, caller) in callers {
            // Some before they are accepted, some in the middle of the write, some after.
            tokio::time::sleep(Duration::from_micros(37 * (n as u64 % 23))).await;
            caller.abort();
        }
    }
    background.await.unwrap();
    if db.is_postgres() {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        // The writers are between two commands by now; a transaction left open would stay.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(number(db, sql).await, 0, "no session idle in transaction");
    }
    store.close().await;
    let store = db.store().await;
    let cases = whole_cases(&store).await;
    assert!((200..=456).contains(&cases), "{cases}");
    assert_eq!(number(db, "SELECT COUNT(*) FROM outbox").await, 2 * cases as i64);
    assert_eq!(number(db, "SELECT COUNT(*) FROM events").await, 2 * cases as i64);
    store.close().await;
}

async fn a_failure_in_the_middle_stores_nothing(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    // The last thing that is written clashes with what is stored.
    let mut clashing = new_esr(2, "BP-2");
    clashing.outbox[1].id = new_esr(1, "").outbox[1].id.clone();
    let refused = store.file_esr(clashing.clone()).await;
    assert!(matches!(refused, Err(StoreError::Duplicate(_))), "{refused:?}");
    assert_eq!(store.esr(&clashing.id).await.unwrap(), None);
    assert!(store.timeline(&clashing.id).await.unwrap().is_empty());
    assert!(store.decisions(&clashing.id).await.unwrap().is_empty());

    let read = store.esr_by_reference("acme", "BP-1").await.unwrap().unwrap();
    let mut clashing = revision(&read, 1);
    clashing.outbox[0].id = new_esr(1, "").outbox[0].id.clone();
    assert!(matches!(store.revise(clashing).await, Err(StoreError::Duplicate(_))));
    assert_eq!(store.esr_by_reference("acme", "BP-1").await.unwrap().unwrap(), read);

    assert_eq!(store.file_esr(new_esr(3, "BP-3")).await.unwrap(), Filed::Stored, "the writer lives on");
    assert_eq!(whole_cases(&store).await, 2);
    store.close().await;
}

async fn closing_finishes_what_was_accepted(db: &Database) {
    let store = db.store().await;
    let callers: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.file_esr(new_esr(n, &format!("BP-{n}"))).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    store.close().await;
    let mut stored = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(filed) => {
                assert_eq!(filed, Filed::Stored);
                stored += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Closed), "{error}"),
        }
    }
    let store = db.store().await;
    assert_eq!(whole_cases(&store).await, stored, "what was answered is stored, and nothing else is");
    store.close().await;
}

async fn a_full_queue_says_busy_and_empties_again(db: &Database) {
    let options = Options { queue: 1, writers: 1, busy_after: Duration::from_millis(50), ..Options::default() };
    let store = db.store_with(&options).await;
    let file = |n| {
        let store = store.clone();
        tokio::spawn(async move { store.file_esr(new_esr(n, &format!("BP-{n}"))).await })
    };
    let block = async |sql: &'static str, url: &str| {
        if db.is_postgres() {
            let mut other = PgConnection::connect(url).await.unwrap();
            other.execute("BEGIN").await.unwrap();
            other.execute("LOCK TABLE esrs IN EXCLUSIVE MODE").await.unwrap();
            sqlx::Either::Left(other)
        } else {
            let mut other = SqliteConnection::connect(url).await.unwrap();
            other.execute(sql).await.unwrap();
            sqlx::Either::Right(other)
        }
    };
    let other = block("BEGIN IMMEDIATE", &db.url).await;
    let waiting: Vec<_> = (0..6).map(file).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let busy = waiting.iter().filter(|task| task.is_finished()).count();
    assert_eq!(busy, 4, "one is being written, one waits in the queue");
    match other {
        sqlx::Either::Left(other) => other.close().await.unwrap(),
        sqlx::Either::Right(mut other) => {
            other.execute("ROLLBACK").await.unwrap();
            other.close().await.unwrap();
        }
    }
    let mut stored = 0;
    for task in waiting {
        match task.await.unwrap() {
            Ok(filed) => {
                assert_eq!(filed, Filed::Stored);
                stored += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Busy), "{error}"),
        }
    }
    assert_eq!(stored, 2);
    assert_eq!(file(9).await.unwrap().unwrap(), Filed::Stored);
    store.close().await;
}

async fn a_database_of_a_newer_pointsman_is_refused(db: &Database) {
    db.store().await.close().await;
    let sql = "UPDATE _sqlx_migrations SET version = 999 WHERE version = 2";
    if db.is_postgres() {
        PgConnection::connect(&db.url).await.unwrap().execute(sql).await.unwrap();
    } else {
        SqliteConnection::connect(&db.url).await.unwrap().execute(sql).await.unwrap();
    }
    let refused = Store::open(&db.url, &Options::default()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 999, .. }), "{refused}");
}

async fn a_database_without_tables_is_refused_when_nothing_may_be_changed(db: &Database) {
    let options = Options { migrate: false, ..Options::default() };
    let refused = Store::open(&db.url, &options).await.unwrap_err();
    assert!(matches!(refused, StoreError::Older { .. }), "{refused}");
    assert!(refused.to_string().contains("pointsman db migrate"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_apart_and_space_makes_it_work_again() {
    let db = Database::sqlite().await;
    db.store().await.close().await;
    let store = db.store_with(&Options { max_pages: Some(150), ..Options::default() }).await;
    let large = |n: i64| WebhookId { key_id: "key".to_owned(), id: format!("{n}{}", "x".repeat(3000)) };
    let mut n = 0;
    let full = loop {
        match store.remember_webhook_id(large(n), at(0)).await {
            Ok(_) => n += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::Full), "{full:?}");
    let mut refused = 0;
    for n in 0..10 {
        let mut new = new_esr(n, &format!("BP-{n}"));
        new.first_answer = "x".repeat(20_000);
        match store.file_esr(new).await {
            Ok(_) => {}
            Err(StoreError::Full) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(refused >= 9, "{refused}");
    assert_eq!(whole_cases(&store).await, 10 - refused, "nothing half stored");
    assert_eq!(store.forget_webhook_ids(at(1)).await.unwrap(), n as u64);
    assert_eq!(store.file_esr(new_esr(11, "BP-11")).await.unwrap(), Filed::Stored);
    store.close().await;
    let store = db.store().await;
    assert_eq!(whole_cases(&store).await, 11 - refused);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_while_migrating_is_told_apart_and_may_be_migrated_later() {
    let db = Database::sqlite().await;
    let refused = Store::open(&db.url, &Options { max_pages: Some(10), ..Options::default() }).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    assert!(pointsman::store::migration_states(&db.url).await.unwrap().iter().all(|state| !state.applied));
    let store = db.store().await;
    assert_eq!(store.file_esr(new_esr(1, "BP-1")).await.unwrap(), Filed::Stored);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_in_the_middle_loses_nothing_that_was_answered() {
    let db = Database::postgres().await;
    let store = db.store().await;
    let filing = tokio::spawn({
        let store = store.clone();
        async move {
            let mut outcomes = Vec::new();
            for n in 0..400 {
                outcomes.push(store.file_esr(new_esr(n, &format!("BP-{n}"))).await);
            }
            outcomes
        }
    });
    let mut other = PgConnection::connect(&db.url).await.unwrap();
    while !filing.is_finished() {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        other.execute(sql).await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let outcomes = filing.await.unwrap();
    store.ready().await.unwrap();
    let lost = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    for (n, outcome) in (0..).zip(outcomes) {
        let again = store.file_esr(new_esr(n, &format!("BP-{n}"))).await.unwrap();
        match outcome {
            Ok(filed) => {
                assert_eq!(filed, Filed::Stored);
                assert!(matches!(again, Filed::Again { .. }), "what was answered is there");
            }
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(lost < 400, "between two losses the writers come back");
    assert_eq!(whole_cases(&store).await, 400);
    store.close().await;
    db.remove().await;
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    let said = Store::open("postgres://me:secret@127.0.0.1:1/x", &Options::default()).await.unwrap_err().to_string();
    assert!(said.contains("me@127.0.0.1:1/x") && !said.contains("secret"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_memory_lives_as_long_as_its_store() {
    let store = Store::open("sqlite::memory:", &Options::default()).await.unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for n in 0..200 {
                store.file_esr(new_esr(n, &format!("BP-{n}"))).await.unwrap();
            }
        }
    });
    while !writing.is_finished() {
        whole_cases(&store).await;
    }
    writing.await.unwrap();
    assert_eq!(whole_cases(&store).await, 200);
    store.close().await;
}
