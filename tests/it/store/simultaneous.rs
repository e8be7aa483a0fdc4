//! Two at once: two stores on one database stand for two processes.

use std::sync::Arc;

use pointsman::registry::model::Document;
use pointsman::store::{Changed, Filed, RegistryWrite, Revised, Store, WebhookId};
use tokio::sync::Barrier;

use super::sample::{at, new_esr, revision};
use crate::support::{Database, on_both_databases};

on_both_databases! {
    of_two_filings_of_the_same_one_is_stored_and_both_get_an_answer,
    of_two_filings_of_different_content_one_is_a_conflict,
    of_many_revisions_of_one_reading_one_is_done,
    of_two_deliveries_of_one_message_one_counts,
    of_two_registry_changes_on_one_reading_one_is_done,
    two_processes_may_start_on_an_empty_database,
}

/// Runs both at the same moment, each in a task of its own.
async fn both<T: Send + 'static>(
    one: impl Future<Output = T> + Send + 'static,
    two: impl Future<Output = T> + Send + 'static,
) -> [T; 2] {
    let start = Arc::new(Barrier::new(2));
    let after = |start: Arc<Barrier>| async move {
        start.wait().await;
    };
    let (first, second) = (after(Arc::clone(&start)), after(start));
    let one = tokio::spawn(async move {
        first.await;
        one.await
    });
    let two = tokio::spawn(async move {
        second.await;
        two.await
    });
    [one.await.unwrap(), two.await.unwrap()]
}

async fn of_two_filings_of_the_same_one_is_stored_and_both_get_an_answer(db: &Database) {
    let stores = [db.store().await, db.store().await];
    for round in 0..50 {
        let reference = format!("BP-{round}");
        let file = |process: usize| {
            // In every other round both requests reach the same process.
            let store = stores[process * (round as usize % 2)].clone();
            let new = new_esr(2 * round + process as i64, &reference);
            async move { store.file_esr(new).await.unwrap() }
        };
        let filed = both(file(0), file(1)).await;
        let stored = filed.iter().filter(|filed| **filed == Filed::Stored).count();
        let again = filed.iter().filter(|filed| matches!(filed, Filed::Again { .. })).count();
        assert_eq!((stored, again), (1, 1), "{filed:?}");
    }
    assert_eq!(stores[0].count(None).await.unwrap(), 50);
    assert_eq!(stores[0].message_counts().await.unwrap().stored, 100);
    close(stores).await;
}

async fn of_two_filings_of_different_content_one_is_a_conflict(db: &Database) {
    let stores = [db.store().await, db.store().await];
    for round in 0..20 {
        let file = |process: usize| {
            let (store, mut new) =
                (stores[process].clone(), new_esr(2 * round + process as i64, &format!("BP-{round}")));
            new.content_hash = format!("content {process}");
            async move { store.file_esr(new).await.unwrap() }
        };
        let filed = both(file(0), file(1)).await;
        assert!(
            filed.contains(&Filed::Stored) && filed.iter().any(|f| matches!(f, Filed::Conflict { .. })),
            "{filed:?}"
        );
    }
    close(stores).await;
}

async fn of_many_revisions_of_one_reading_one_is_done(db: &Database) {
    let stores = [db.store().await, db.store().await];
    stores[0].file_esr(new_esr(1, "BP-1")).await.unwrap();
    for round in 0..20 {
        let read = stores[0].esr_by_reference("acme", "BP-1").await.unwrap().unwrap();
        let revise = |process: usize| {
            let (store, new) = (stores[process].clone(), revision(&read, 2 * round + process as i64));
            async move { store.revise(new).await.unwrap() }
        };
        let revised = both(revise(0), revise(1)).await;
        assert!(
            revised.contains(&Revised::Done { revision: round + 2, held: false }) && revised.contains(&Revised::Moved),
            "{revised:?}"
        );
    }
    let read = stores[1].esr_by_reference("acme", "BP-1").await.unwrap().unwrap();
    assert_eq!(stores[1].decisions(&read.id).await.unwrap().len(), 21);
    close(stores).await;
}

async fn of_two_deliveries_of_one_message_one_counts(db: &Database) {
    let stores = [db.store().await, db.store().await];
    for round in 0..20 {
        let remember = |process: usize| {
            let store = stores[process].clone();
            let id = WebhookId { key_id: "key".to_owned(), id: format!("msg_{round}") };
            async move { store.remember_webhook_id(id, at(0)).await.unwrap() }
        };
        let mut first = both(remember(0), remember(1)).await;
        first.sort_unstable();
        assert_eq!(first, [false, true]);
    }
    close(stores).await;
}

async fn of_two_registry_changes_on_one_reading_one_is_done(db: &Database) {
    let stores = [db.store().await, db.store().await];
    for round in 0..10 {
        let change = |process: usize| {
            let store = stores[process].clone();
            let platform =
                serde_json::from_value(serde_json::json!({ "id": "oxe", "name": format!("{round} {process}") }))
                    .unwrap();
            let document = Document { platforms: vec![platform], ..Document::default() };
            let write =
                RegistryWrite { by: "x".to_owned(), at: at(round), valid_from: None, expected_revision: Some(round) };
            async move { store.replace_registry(document, write).await.unwrap() }
        };
        let changed = both(change(0), change(1)).await;
        assert!(changed.contains(&Changed::Moved), "{changed:?}");
        assert_eq!(stores[0].registry_revision().await.unwrap(), round + 1);
    }
    close(stores).await;
}

async fn two_processes_may_start_on_an_empty_database(db: &Database) {
    let open = || {
        let url = db.url.clone();
        async move { Store::open(&url, &pointsman::store::Options::default()).await.unwrap() }
    };
    let stores = both(open(), open()).await;
    stores[0].file_esr(new_esr(1, "BP-1")).await.unwrap();
    assert!(stores[1].esr_by_reference("acme", "BP-1").await.unwrap().is_some());
    close(stores).await;
}

async fn close(stores: [Store; 2]) {
    for store in stores {
        store.close().await;
    }
}
