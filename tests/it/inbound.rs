//! What came in: kept, counted once, settled once.

use jiff::Timestamp;
use pointsman::store::{Added, Channel, InboundFilter, InboundState, NewInbound, Raw, Settled, Store, StoreError};

use crate::support::{Database, on_both_databases};

on_both_databases!(
    what_comes_in_is_kept_and_counts_once,
    of_many_at_once_one_is_stored,
    what_is_held_may_still_be_settled_and_what_is_settled_stays,
    lists_come_in_pages_by_state_channel_and_case,
    what_nobody_looked_at_is_found_again,
    a_nul_character_is_refused_by_name,
);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn new(n: i64) -> NewInbound {
    NewInbound {
        id: format!("inb_{n:032x}"),
        channel: Channel::Hook,
        source: "zendesk".to_owned(),
        dedupe_key: format!("event-{n}"),
        received_at: at(n),
        actor: "Hotelia’s Zendesk".to_owned(),
        summary: "ticket.updated".to_owned(),
        raw: Raw::Text("{\"é\": 1}".to_owned()),
    }
}

fn settled(id: &str, state: InboundState) -> Settled {
    let reason = Some("Nobody knows this number.".to_owned());
    Settled { id: id.to_owned(), state, reason, esr_id: None, delivery_id: None, by: None, at: at(50) }
}

async fn what_comes_in_is_kept_and_counts_once(db: &Database) {
    let store = db.store().await;
    assert_eq!(store.add_inbound(new(1)).await.unwrap(), Added::Added);
    let kept = store.inbound(&new(1).id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.raw.clone(), kept.received_at), (InboundState::Received, new(1).raw, at(1)));
    assert_eq!((kept.reason, kept.esr_id, kept.settled_at), (None, None, None));

    let again = NewInbound { dedupe_key: new(1).dedupe_key, ..new(2) };
    let seen = Added::SeenBefore { id: new(1).id, state: InboundState::Received };
    assert_eq!(store.add_inbound(again.clone()).await.unwrap(), seen);
    assert_eq!(store.inbound(&again.id).await.unwrap(), None);
    let elsewhere = NewInbound { source: "jira".to_owned(), ..again.clone() };
    assert_eq!(store.add_inbound(elsewhere).await.unwrap(), Added::Added, "another system has event ids of its own");
    let mail = NewInbound { channel: Channel::Mail, raw: Raw::File("ab".repeat(32)), id: new(3).id, ..again };
    assert_eq!(store.add_inbound(mail.clone()).await.unwrap(), Added::Added);
    assert_eq!(store.inbound(&mail.id).await.unwrap().unwrap().raw, mail.raw);
    store.close().await;
}

async fn of_many_at_once_one_is_stored(db: &Database) {
    let store = db.store().await;
    let each = (1..=16).map(|n| NewInbound { dedupe_key: "the same".to_owned(), ..new(n) });
    let added = futures_util::future::join_all(each.map(|new| store.add_inbound(new))).await;
    let stored = added.iter().filter(|added| matches!(added, Ok(Added::Added))).count();
    assert_eq!((stored, added.iter().filter(|added| added.is_ok()).count()), (1, 16));
    store.close().await;
}

async fn what_is_held_may_still_be_settled_and_what_is_settled_stays(db: &Database) {
    let store = db.store().await;
    for n in 1..=3 {
        store.add_inbound(new(n)).await.unwrap();
    }
    let id = new(1).id;
    assert!(store.settle_inbound(settled(&id, InboundState::Held)).await.unwrap());
    let seen = Added::SeenBefore { id: id.clone(), state: InboundState::Held };
    assert_eq!(store.add_inbound(new(1)).await.unwrap(), seen);
    let by = Some("desk".to_owned());
    assert!(store.settle_inbound(Settled { by, ..settled(&id, InboundState::Ignored) }).await.unwrap());
    let kept = store.inbound(&id).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.settled_by.as_deref(), kept.settled_at),
        (InboundState::Ignored, Some("desk"), Some(at(50)))
    );
    assert_eq!(kept.reason.as_deref(), Some("Nobody knows this number."));
    assert!(!store.settle_inbound(settled(&id, InboundState::Applied)).await.unwrap(), "it was settled for good");
    assert!(!store.settle_inbound(settled("inb_unknown", InboundState::Held)).await.unwrap());
    store.close().await;
}

async fn lists_come_in_pages_by_state_channel_and_case(db: &Database) {
    let store = db.store().await;
    for n in 1..=7 {
        // Two of the same instant: their ids tell them apart.
        store.add_inbound(NewInbound { received_at: at(n / 2), ..new(n) }).await.unwrap();
        if n % 2 == 1 {
            store.settle_inbound(settled(&new(n).id, InboundState::Held)).await.unwrap();
        }
    }
    assert_eq!(all(&store, &InboundFilter::default()).await, [7, 6, 5, 4, 3, 2, 1]);
    let held = InboundFilter { state: Some(InboundState::Held), ..InboundFilter::default() };
    assert_eq!(all(&store, &held).await, [7, 5, 3, 1]);
    let mails = InboundFilter { channel: Some(Channel::Mail), ..InboundFilter::default() };
    assert!(all(&store, &mails).await.is_empty());
    let of_case = InboundFilter { esr_id: Some("esr_1".to_owned()), ..InboundFilter::default() };
    assert!(all(&store, &of_case).await.is_empty());
    let bad = store.list_inbound(&held, Some("no cursor"), 2).await;
    assert!(matches!(bad, Err(StoreError::Cursor)), "{bad:?}");
    store.close().await;
}

/// The numbers of all that the filter lets through, page by page.
async fn all(store: &Store, filter: &InboundFilter) -> Vec<i64> {
    let (mut numbers, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.list_inbound(filter, cursor.as_deref(), 2).await.unwrap();
        numbers.extend(page.items.iter().map(|item| i64::from_str_radix(&item.id["inb_".len()..], 16).unwrap()));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return numbers,
        }
    }
}

async fn what_nobody_looked_at_is_found_again(db: &Database) {
    let store = db.store().await;
    for n in 1..=4 {
        store.add_inbound(new(n)).await.unwrap();
    }
    store.settle_inbound(settled(&new(2).id, InboundState::Held)).await.unwrap();
    let left = async |channel, before, limit| store.unsettled_inbound(channel, at(before), limit).await.unwrap();
    assert_eq!(left(Channel::Hook, 4, 10).await, [new(1).id, new(3).id]);
    assert_eq!(left(Channel::Hook, 4, 1).await, [new(1).id]);
    assert!(left(Channel::Mail, 4, 10).await.is_empty());
    store.close().await;
}

async fn a_nul_character_is_refused_by_name(db: &Database) {
    let store = db.store().await;
    let refused = store.add_inbound(NewInbound { summary: "a\0b".to_owned(), ..new(1) }).await.unwrap_err();
    assert!(matches!(refused, StoreError::NulCharacter("the summary")), "{refused}");
    assert_eq!(store.inbound("inb_\0").await.unwrap(), None);
    store.close().await;
}
