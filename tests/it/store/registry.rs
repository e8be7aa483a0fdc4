//! The registry's history: what was valid when, and known when.

use jiff::civil::{Date, date};
use pointsman::registry::model::{Document, Participant, Report};
use pointsman::store::{Change, Changed, Entry, EntryKind, RegistryWrite, Store, StoreError};

use super::sample::at;
use crate::support::{Database, on_both_databases};

on_both_databases! {
    a_document_comes_back_as_it_was_given,
    the_registry_can_be_read_as_it_was_known,
    a_version_counts_from_its_first_day_on,
    a_correction_without_a_day_replaces_every_version,
    a_removed_entry_is_gone_from_its_day_on,
    only_what_differs_becomes_a_new_version,
    a_change_checked_on_an_older_registry_is_told_so,
    known_times_stay_in_order_when_clocks_do_not,
    a_large_document_is_stored_whole,
    an_id_that_no_index_takes_is_refused,
}

fn participant(id: &str, tickets: i64) -> Participant {
    serde_json::from_value(serde_json::json!({ "id": id, "name": format!("{id} Ltd"), "assistance_tickets": tickets }))
        .unwrap()
}

fn report(id: &str, edition: u32) -> Report {
    serde_json::from_value(serde_json::json!({
        "id": id, "edition": edition, "solution": "pms", "solution_releases": ["8.2"], "platform": "oxe",
        "platform_releases": ["R101"], "verdict": "passed", "published_on": "2025-03-14",
    }))
    .unwrap()
}

fn document(participants: &[(&str, i64)]) -> Document {
    Document {
        participants: participants.iter().map(|(id, tickets)| participant(id, *tickets)).collect(),
        ..Document::default()
    }
}

fn write(second: i64) -> RegistryWrite {
    RegistryWrite { by: "desk".to_owned(), at: at(second), valid_from: None, expected_revision: None }
}

fn from(second: i64, day: Date) -> RegistryWrite {
    RegistryWrite { valid_from: Some(day), ..write(second) }
}

const DAY: Date = date(2026, 11, 22);

async fn tickets(store: &Store, known_at: Option<i64>, day: Date) -> Vec<(String, i64)> {
    let known = store.registry(known_at.map(at), day).await.unwrap();
    known.document.participants.into_iter().map(|one| (one.id, one.assistance_tickets)).collect()
}

fn pairs(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(id, tickets)| ((*id).to_owned(), *tickets)).collect()
}

async fn a_document_comes_back_as_it_was_given(db: &Database) {
    let store = db.store().await;
    let mut given = document(&[("zeta", 1), ("alpha", 2), ("mid", 3)]);
    given.reports = vec![report("IWR-2", 1), report("IWR-1", 10), report("IWR-1", 9)];
    let done = store.replace_registry(given.clone(), write(0)).await.unwrap();
    assert_eq!(done, Changed::Done(Change { revision: 1, added: 6, changed: 0, removed: 0 }));
    let known = store.registry(None, DAY).await.unwrap();
    assert_eq!((known.document, known.revision), (given.clone(), 1), "in its order too");
    given.participants.reverse();
    let done = store.replace_registry(given.clone(), write(1)).await.unwrap();
    assert_eq!(done, Changed::Done(Change { revision: 1, ..Change::default() }), "another order is no change");
    assert_eq!(store.registry(None, DAY).await.unwrap().document, given);
    store.close().await;
}

async fn the_registry_can_be_read_as_it_was_known(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1), ("b", 1)]), write(10)).await.unwrap();
    store.replace_registry(document(&[("a", 2), ("c", 1)]), write(20)).await.unwrap();
    assert_eq!(tickets(&store, Some(9), DAY).await, pairs(&[]));
    assert_eq!(tickets(&store, Some(10), DAY).await, pairs(&[("a", 1), ("b", 1)]));
    assert_eq!(tickets(&store, Some(19), DAY).await, pairs(&[("a", 1), ("b", 1)]));
    assert_eq!(tickets(&store, Some(20), DAY).await, pairs(&[("a", 2), ("c", 1)]));
    assert_eq!(tickets(&store, None, DAY).await, pairs(&[("a", 2), ("c", 1)]));
    store.close().await;
}

async fn a_version_counts_from_its_first_day_on(db: &Database) {
    let store = db.store().await;
    let put = async |tickets, write| {
        store.put_entries(vec![Entry::Participant(participant("a", tickets))], write).await.unwrap()
    };
    put(1, write(10)).await;
    put(2, from(20, date(2027, 1, 1))).await;
    assert_eq!(tickets(&store, None, date(2026, 12, 31)).await, pairs(&[("a", 1)]));
    assert_eq!(tickets(&store, None, date(2027, 1, 1)).await, pairs(&[("a", 2)]));
    assert_eq!(tickets(&store, Some(15), date(2027, 1, 1)).await, pairs(&[("a", 1)]), "nobody knew yet");
    // An earlier day takes the place of what was said about later ones.
    put(3, from(30, date(2026, 6, 1))).await;
    assert_eq!(tickets(&store, None, date(2027, 6, 1)).await, pairs(&[("a", 3)]));
    assert_eq!(tickets(&store, None, date(2026, 5, 31)).await, pairs(&[("a", 1)]));
    assert_eq!(tickets(&store, Some(25), date(2027, 6, 1)).await, pairs(&[("a", 2)]));

    let history = store.entry_history(EntryKind::Participant, "a").await.unwrap();
    let told: Vec<_> = history.iter().map(|v| (v.valid_from, v.known_from, v.known_until)).collect();
    assert_eq!(
        told,
        [(Some(date(2026, 6, 1)), at(30), None), (Some(date(2027, 1, 1)), at(20), Some(at(30))), (None, at(10), None),]
    );
    assert_eq!(history[0].by, "desk");
    store.close().await;
}

async fn a_correction_without_a_day_replaces_every_version(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1)]), write(10)).await.unwrap();
    store.replace_registry(document(&[("a", 2)]), from(20, date(2027, 1, 1))).await.unwrap();
    store.replace_registry(document(&[("a", 9)]), write(30)).await.unwrap();
    assert_eq!(tickets(&store, None, date(2020, 1, 1)).await, pairs(&[("a", 9)]));
    assert_eq!(tickets(&store, None, date(2028, 1, 1)).await, pairs(&[("a", 9)]));
    store.close().await;
}

async fn a_removed_entry_is_gone_from_its_day_on(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1), ("b", 1)]), write(10)).await.unwrap();
    let keys = || vec!["a".to_owned(), "a".to_owned(), "unknown".to_owned(), "\0".to_owned()];
    let removed = store.remove_entries(EntryKind::Participant, keys(), from(20, DAY)).await.unwrap();
    assert_eq!(removed, Changed::Done(Change { revision: 2, removed: 1, ..Change::default() }));
    assert_eq!(tickets(&store, None, date(2026, 11, 21)).await, pairs(&[("a", 1), ("b", 1)]));
    assert_eq!(tickets(&store, None, DAY).await, pairs(&[("b", 1)]));
    let again = store.remove_entries(EntryKind::Participant, keys(), from(25, DAY)).await.unwrap();
    assert_eq!(again, Changed::Done(Change { revision: 2, ..Change::default() }), "it is gone already");
    assert_eq!(store.entry_history(EntryKind::Participant, "a").await.unwrap()[0].entry, None);

    store.put_entries(vec![Entry::Participant(participant("a", 5))], from(30, DAY)).await.unwrap();
    assert_eq!(tickets(&store, None, DAY).await.len(), 2, "and may come back");
    store.remove_entries(EntryKind::Participant, keys(), write(40)).await.unwrap();
    assert_eq!(tickets(&store, None, date(2020, 1, 1)).await, pairs(&[("b", 1)]), "without a day: for ever");
    store.close().await;
}

async fn only_what_differs_becomes_a_new_version(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1), ("b", 1), ("c", 1)]), write(10)).await.unwrap();
    let done = store.replace_registry(document(&[("a", 1), ("b", 2), ("d", 1)]), write(20)).await.unwrap();
    assert_eq!(done, Changed::Done(Change { revision: 2, added: 1, changed: 1, removed: 1 }));
    assert_eq!(store.entry_history(EntryKind::Participant, "a").await.unwrap().len(), 1);
    assert_eq!(store.entry_history(EntryKind::Participant, "b").await.unwrap().len(), 2);
    let same = store.put_entries(vec![Entry::Participant(participant("b", 2))], write(30)).await.unwrap();
    assert_eq!(same, Changed::Done(Change { revision: 2, ..Change::default() }));
    assert_eq!(store.registry_revision().await.unwrap(), 2);
    store.close().await;
}

async fn a_change_checked_on_an_older_registry_is_told_so(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1)]), write(10)).await.unwrap();
    let on = |revision| RegistryWrite { expected_revision: Some(revision), ..write(20) };
    let put = async |write| store.put_entries(vec![Entry::Participant(participant("b", 1))], write).await.unwrap();
    assert_eq!(put(on(0)).await, Changed::Moved);
    assert!(matches!(put(on(1)).await, Changed::Done(_)));
    assert_eq!(put(on(1)).await, Changed::Moved);
    store.close().await;
}

async fn known_times_stay_in_order_when_clocks_do_not(db: &Database) {
    let store = db.store().await;
    store.replace_registry(document(&[("a", 1)]), write(100)).await.unwrap();
    store.replace_registry(document(&[("a", 2)]), write(50)).await.unwrap();
    store.replace_registry(document(&[("a", 3)]), write(50)).await.unwrap();
    assert_eq!(tickets(&store, None, DAY).await, pairs(&[("a", 3)]));
    assert_eq!(tickets(&store, Some(100), DAY).await, pairs(&[("a", 1)]));
    let history = store.entry_history(EntryKind::Participant, "a").await.unwrap();
    assert!(history.windows(2).all(|pair| pair[0].known_from > pair[1].known_from));
    store.close().await;
}

async fn an_id_that_no_index_takes_is_refused(db: &Database) {
    let store = db.store().await;
    let refused = store.replace_registry(document(&[(&"x".repeat(5_000), 1)]), write(0)).await;
    assert!(matches!(refused, Err(StoreError::TooLong { .. })), "{refused:?}");
    let refused = store.replace_registry(document(&[("a\0", 1)]), write(0)).await;
    assert!(matches!(refused, Err(StoreError::NulCharacter(_))), "{refused:?}");
    assert_eq!(store.registry_revision().await.unwrap(), 0);
    store.close().await;
}

async fn a_large_document_is_stored_whole(db: &Database) {
    let store = db.store().await;
    let reports = (0..3_000).map(|n| report(&format!("IWR-{n}"), 1)).collect();
    let given = Document { reports, ..Document::default() };
    store.replace_registry(given.clone(), write(0)).await.unwrap();
    assert_eq!(store.registry(None, DAY).await.unwrap().document, given);
    let emptied = store.replace_registry(Document::default(), write(1)).await.unwrap();
    assert_eq!(emptied, Changed::Done(Change { revision: 2, removed: 3_000, ..Change::default() }));
    store.close().await;
}
