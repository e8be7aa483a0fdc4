//! Balances what the store says was sent with what the receivers say they got.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pointsman::notify::delivery::DeliveryState;
use pointsman::store::{DeliveryFilter, EsrSummary, Store};

use super::sinks::{Account, Sink};

/// Which endpoints the messages of a case are for; what has none is `None`. A case is filed (1), then has the
/// participant's number (2), then what it found, which brings it before ALE (3).
fn expected(case: &EsrSummary) -> BTreeSet<(String, Option<&'static str>)> {
    let told = [
        (1, "esr_decided", &[Some("end_prompt"), Some("end_slow")][..]),
        (1, "esr_escalated", &[Some("end_third"), Some("end_flaps")]),
        (2, "esr_updated", &[Some("end_prompt"), Some("end_slow"), Some("end_third"), Some("end_flaps")]),
        (3, "esr_updated", &[Some("end_prompt"), Some("end_slow"), Some("end_third"), Some("end_flaps")]),
        (3, "esr_escalated", &[Some("end_third"), Some("end_flaps"), None]),
    ];
    let message = |revision: i64, of: &str| format!("msg_{}_{revision}_{of}", &case.id[4..]);
    let told = told.iter().filter(|(revision, ..)| *revision <= case.revision);
    told.flat_map(|(revision, of, to)| to.iter().map(move |to| (message(*revision, of), *to))).collect()
}

/// Every message of a case has its deliveries, each once: how many they are.
pub(super) async fn case_has_its_deliveries(store: &Store, case: &EsrSummary) -> usize {
    let filter = DeliveryFilter { esr_id: Some(case.id.clone()), ..DeliveryFilter::default() };
    let there = store.deliveries(&filter, None, 100).await.unwrap().items;
    let told: BTreeSet<_> = there.iter().map(|one| (one.message_id.clone(), one.endpoint_id.as_deref())).collect();
    assert_eq!(told, expected(case), "{}: its deliveries", case.id);
    assert_eq!(told.len(), there.len(), "{}: each once", case.id);
    let stored: BTreeSet<_> = store.messages(&case.id).await.unwrap().into_iter().map(|message| message.id).collect();
    assert!(told.iter().all(|(message, _)| stored.contains(message)), "{}: its messages", case.id);
    told.len()
}

/// Accepted deliveries are delivered, pending, dead or without a channel, and nothing else.
pub(super) async fn adds_up(store: &Store, accepted: usize) {
    let counts = store.delivery_counts().await.unwrap();
    let sum = counts.delivered + counts.pending + counts.dead + counts.unaddressed;
    assert_eq!(sum, accepted as i64, "{counts:?}");
    assert_eq!(counts.dead, 0, "nothing has to be given up here: {counts:?}");
}

/// Everything arrived where it had to, in order; what came more than once was the same. A line that says how much.
pub(super) async fn everything_arrived(store: &Store, sinks: &BTreeMap<&'static str, Sink>) -> String {
    let accounts: HashMap<String, Account> =
        sinks.iter().map(|(name, sink)| (format!("end_{name}"), sink.account())).collect();
    let (mut cursor, mut delivered) = (None, 0);
    loop {
        let page = store.deliveries(&DeliveryFilter::default(), cursor.as_deref(), 1000).await.unwrap();
        for delivery in page.items {
            let Some(endpoint) = &delivery.endpoint_id else {
                assert_eq!(delivery.state, DeliveryState::Unaddressed);
                continue;
            };
            assert_eq!(delivery.state, DeliveryState::Delivered, "{delivery:?}");
            let taken = accounts[endpoint].messages.get(&delivery.message_id).map_or(0, |message| message.taken);
            assert!(taken > 0, "delivered, says the store, and it never arrived: {delivery:?}");
            delivered += 1;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut says = format!("{delivered} delivered");
    for (name, account) in &accounts {
        assert!(account.altered.is_empty(), "{name}: the same id with another body: {:?}", account.altered);
        in_order(name, &account.taken);
        let (calls, messages) = (account.calls, account.messages.len());
        let again = account.messages.values().filter(|message| message.taken > 1).count();
        says += &format!("; {name}: {messages} messages in {calls} calls, {again} taken more than once");
    }
    says
}

/// The messages of each case came in the order of its revisions.
fn in_order(sink: &str, taken: &[String]) {
    let mut last: HashMap<&str, (u32, &str)> = HashMap::new();
    for id in taken {
        let mut parts = id.splitn(4, '_').skip(1);
        let (case, revision, of) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        // An escalation comes after what was decided or updated: so their names sort, but for this one pair.
        let place = (revision.parse().unwrap(), if of == "esr_escalated" { "z" } else { of });
        if let Some(before) = last.insert(case, place) {
            assert!(before < place, "{sink}: {id} came after {before:?}");
        }
    }
}
