//! Lists: pages, filters, full text.

use std::collections::HashSet;

use pointsman::cases::Status;
use pointsman::store::{Filter, Order, SeenBy, Store, StoreError};
use pointsman::triage::facts::Phase;

use super::sample::{at, body, esr, new_esr};
use crate::support::{Database, on_both_databases};

on_both_databases! {
    pages_neither_skip_nor_repeat_while_esrs_arrive,
    esrs_of_the_same_instant_have_a_page_order,
    a_cursor_that_no_page_gave_is_refused,
    filters_narrow_and_combine,
    a_filer_sees_its_own_and_a_participant_what_reached_it,
    full_text_finds_beginnings_of_words_whatever_their_case_and_accents,
    hostile_search_text_finds_nothing_and_breaks_nothing,
    history_runs_from_the_oldest_on,
    what_is_searched_comes_in_pages_that_skip_and_repeat_nothing,
    the_queue_by_urgency_comes_in_pages_that_skip_and_repeat_nothing,
}

async fn references(store: &Store, filter: Filter) -> Vec<String> {
    store.list(&filter, None, 100).await.unwrap().items.into_iter().map(|item| item.reference).collect()
}

async fn pages_neither_skip_nor_repeat_while_esrs_arrive(db: &Database) {
    let store = db.store().await;
    for n in 0..25 {
        store.file_esr(new_esr(n, &format!("BP-{n}"))).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    for n in 25.. {
        let page = store.list(&Filter::default(), cursor.as_deref(), 4).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.received_at));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        store.file_esr(new_esr(n, &format!("BP-{n}"))).await.unwrap();
    }
    assert_eq!(seen, (0..25).rev().map(at).collect::<Vec<_>>());
    store.close().await;
}

async fn esrs_of_the_same_instant_have_a_page_order(db: &Database) {
    let store = db.store().await;
    for n in 0..10 {
        let mut new = new_esr(n, &format!("BP-{n}"));
        new.received_at = at(0);
        store.file_esr(new).await.unwrap();
    }
    let (mut seen, mut cursor) = (HashSet::new(), None);
    loop {
        let page = store.list(&Filter::default(), cursor.as_deref(), 3).await.unwrap();
        for item in page.items {
            assert!(seen.insert(item.id), "no eSR twice");
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
    store.close().await;
}

async fn a_cursor_that_no_page_gave_is_refused(db: &Database) {
    let store = db.store().await;
    for cursor in ["", "x", "!!", "bm8", "MTIzOgA"] {
        let said = store.list(&Filter::default(), Some(cursor), 10).await;
        assert!(matches!(said, Err(StoreError::Cursor)), "{cursor}: {said:?}");
    }
    store.close().await;
}

async fn filters_narrow_and_combine(db: &Database) {
    let store = db.store().await;
    for n in 0..4 {
        let mut new = new_esr(n, &format!("BP-{n}"));
        if n % 2 == 0 {
            new.esr.phase = Phase::Development;
            new.status = Status::WaitingPartner;
            new.decision.decision.route = "returned".to_owned();
        }
        new.esr.severity = n as u8 + 1;
        store.file_esr(new).await.unwrap();
    }
    let development = Filter { phase: Some(Phase::Development), ..Filter::default() };
    assert_eq!(references(&store, development.clone()).await, ["BP-2", "BP-0"]);
    assert_eq!(references(&store, Filter { severity: Some(3), ..development.clone() }).await, ["BP-2"]);
    assert_eq!(references(&store, Filter { severity: Some(2), ..development }).await, [""; 0]);
    assert_eq!(references(&store, Filter { status: Some(Status::WaitingPartner), ..Filter::default() }).await.len(), 2);
    assert_eq!(references(&store, Filter { route: Some("returned".to_owned()), ..Filter::default() }).await.len(), 2);
    let between = Filter { since: Some(at(1)), before: Some(at(3)), ..Filter::default() };
    assert_eq!(references(&store, between).await, ["BP-2", "BP-1"]);
    assert_eq!(references(&store, Filter { filer: Some("x\0".to_owned()), ..Filter::default() }).await, [""; 0]);
    store.close().await;
}

async fn a_filer_sees_its_own_and_a_participant_what_reached_it(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "reached")).await.unwrap();
    let mut unreached = new_esr(2, "unreached");
    unreached.decision.decision.route = "ale_support".to_owned();
    store.file_esr(unreached).await.unwrap();
    let mut own = new_esr(3, "own");
    own.filer = "hotelia ltd".to_owned();
    own.decision.decision.route = "technical_assistance".to_owned();
    store.file_esr(own).await.unwrap();

    let seen = async |seen_by| references(&store, Filter { seen_by, ..Filter::default() }).await;
    let participant = |id: &str| SeenBy::Participant { id: id.to_owned(), owner: "hotelia ltd".to_owned() };
    assert_eq!(seen(SeenBy::Everyone).await, ["own", "unreached", "reached"]);
    assert_eq!(seen(SeenBy::Filer("acme".to_owned())).await, ["unreached", "reached"]);
    assert_eq!(seen(participant("hotelia")).await, ["own", "reached"]);
    assert_eq!(seen(participant("other")).await, ["own"]);
    let filter = Filter { participant: Some("hotelia".to_owned()), ..Filter::default() };
    assert_eq!(references(&store, filter).await, ["reached"]);
    store.close().await;
}

async fn full_text_finds_beginnings_of_words_whatever_their_case_and_accents(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-2026-00417")).await.unwrap();
    let mut other = new_esr(2, "BP-2026-00418");
    other.body = body("BP-2026-00418", "Der Weckruf fällt aus: 日本語 テスト");
    other.esr = esr(&other.body);
    store.file_esr(other).await.unwrap();

    let found =
        async |text: &str| references(&store, Filter { text: Some(text.to_owned()), ..Filter::default() }).await;
    assert_eq!(found("wake-up CALL").await, ["BP-2026-00417"]);
    assert_eq!(found("hotel bellev").await.len(), 2, "the customer, without its accent");
    assert_eq!(found("BP-2026-00418").await, ["BP-2026-00418"], "the reference");
    assert_eq!(found("FÄLLT").await, ["BP-2026-00418"]);
    assert_eq!(found("日本").await, ["BP-2026-00418"]);
    assert_eq!(found("wake weckruf").await, [""; 0], "every word has to be found");
    assert_eq!(found("ake").await, [""; 0], "beginnings of words only");
    assert_eq!(found("   ").await.len(), 2, "blank: no filter");

    let read = store.esr_by_reference("acme", "BP-2026-00417").await.unwrap().unwrap();
    store.revise(super::sample::revision(&read, 1)).await.unwrap();
    assert_eq!(found("wake").await, [""; 0], "the words follow the update");
    assert_eq!(found("trace").await, ["BP-2026-00417"]);
    store.close().await;
}

async fn hostile_search_text_finds_nothing_and_breaks_nothing(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    let hostile = [
        "\"",
        "*",
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "%",
        ":",
        "'",
        "\\",
        "zq:*",
        "')) --",
        "words:x",
        "-x",
        "(",
        "\0",
        "& |",
        "!",
        "<->",
        "^x",
        "{summary} : x",
        "\u{0903}\u{20DD}",
        "\u{FFFD}",
        "😀",
    ];
    for text in hostile {
        assert_eq!(
            references(&store, Filter { text: Some(text.to_owned()), ..Filter::default() }).await,
            [""; 0],
            "{text:?}"
        );
    }
    let long = "wake ".repeat(100_000) + &"x".repeat(1_000_000);
    assert_eq!(
        references(&store, Filter { text: Some(long), ..Filter::default() }).await,
        ["BP-1"],
        "so many words count"
    );
    let mut large = new_esr(2, "BP-2");
    large.esr.description = Some((0..200_000).map(|n| format!("word{n} ")).collect::<String>() + &"y".repeat(100_000));
    store.file_esr(large).await.unwrap();
    store.close().await;
}

async fn history_runs_from_the_oldest_on(db: &Database) {
    let store = db.store().await;
    for n in 0..7 {
        store.file_esr(new_esr(n, &format!("BP-{n}"))).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.history(Some(at(2)), cursor.as_deref(), 2).await.unwrap();
        seen.extend(page.items.into_iter().map(|stored| stored.reference));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["BP-2", "BP-3", "BP-4", "BP-5", "BP-6"]);
    assert_eq!(store.count(Some(at(2))).await.unwrap(), 5);
    store.close().await;
}

/// All pages of so many, while others arrive that fit as well; the first ones alone, by their place in time.
async fn paged(store: &Store, filter: &Filter, order: Order, arriving: &mut i64) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.queue(filter, order, cursor.as_deref(), 7).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.esr.id));
        cursor = page.next;
        if cursor.is_none() {
            return seen;
        }
        *arriving += 1;
        store.file_esr(new_esr(*arriving, &format!("NEW-{arriving}"))).await.unwrap();
    }
}

async fn what_is_searched_comes_in_pages_that_skip_and_repeat_nothing(db: &Database) {
    let store = db.store().await;
    // Stored in another order than received: several arrive at once.
    for n in 0..60 {
        let mut new = new_esr(n ^ 1, &format!("BP-{n}"));
        new.esr.severity = (n % 2) as u8 + 1;
        store.file_esr(new).await.unwrap();
    }
    // Newer ones without the words, more than are read for words before the index of words is asked.
    for n in 0..2_050 {
        let mut new = new_esr(100_000 + n, &format!("OTHER-{n}"));
        new.body = body(&format!("OTHER-{n}"), "Silence");
        new.body["customer"] = serde_json::json!({ "name": "Port Lune" });
        new.esr = esr(&new.body);
        store.file_esr(new).await.unwrap();
    }
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    let whole = text("wake-up bellev bp");
    let mut arriving = 1_000;
    for (filter, expected) in [
        (whole.clone(), 60),
        (Filter { phase: Some(Phase::Production), ..whole.clone() }, 60),
        (Filter { severity: Some(1), ..whole.clone() }, 30),
        (Filter { participant: Some("hotelia".to_owned()), ..whole.clone() }, 60),
        (Filter { participant: Some("hotelia".to_owned()), before: Some(at(60)), ..Filter::default() }, 60),
        (Filter { filer: Some("nobody".to_owned()), ..whole }, 0),
    ] {
        let seen = paged(&store, &filter, Order::Newest, &mut arriving).await;
        let newest: Vec<_> = (0..60_i64).rev().map(|n| format!("esr_{n:032x}")).collect();
        assert_eq!(seen.len(), expected, "{filter:?}");
        let fits: Vec<_> = newest.into_iter().filter(|id| seen.contains(id)).collect();
        assert_eq!(seen, fits, "{filter:?}");
    }
    store.close().await;
}

async fn the_queue_by_urgency_comes_in_pages_that_skip_and_repeat_nothing(db: &Database) {
    let store = db.store().await;
    for n in 0..40 {
        let mut new = new_esr(n, &format!("BP-{n}"));
        new.decision.decision.priority = (n % 3) as u8 + 1;
        new.status = Status::ALL[n as usize % Status::ALL.len()];
        store.file_esr(new).await.unwrap();
    }
    let urgent = |n: &i64| (n % 3, *n);
    let mut expected: Vec<i64> = (0..40).filter(|n| Status::ALL[*n as usize % 7] != Status::Closed).collect();
    expected.sort_by_key(urgent);
    let expected: Vec<_> = expected.iter().map(|n| format!("esr_{n:032x}")).collect();
    let mut arriving = 1_000;
    let open = Filter { open: true, before: Some(at(40)), ..Filter::default() };
    assert_eq!(paged(&store, &open, Order::Urgent, &mut arriving).await, expected);
    let agent = Filter { status: Some(Status::WaitingAgent), ..open };
    let seen = paged(&store, &agent, Order::Urgent, &mut arriving).await;
    assert_eq!(seen.len(), 6);
    assert!(expected.iter().filter(|id| seen.contains(id)).eq(&seen));
    let newest = store.list(&Filter::default(), None, 3).await.unwrap();
    let other = store.queue(&agent, Order::Urgent, newest.next.as_deref(), 3).await;
    assert!(matches!(other, Err(StoreError::Cursor)), "a place of the other order is none of this one");
    store.close().await;
}
