//! Filing, filing again, revising.

use pointsman::cases::{Cause, EventKind, Status};
use pointsman::intake::esr::{FiledBy, OwnCompany};
use pointsman::notify::EventType;
use pointsman::store::{Attachment, Filed, Revised, StoreError, WebhookId};
use pointsman::triage::facts::Filer;

use super::sample::{at, event, new_esr, revision};
use crate::support::{Database, on_both_databases};

on_both_databases! {
    a_filed_esr_is_read_back_whole,
    the_same_again_gets_the_first_answer_word_for_word,
    other_content_under_the_same_reference_is_a_conflict,
    two_filers_may_use_the_same_reference,
    reopening_finds_everything_and_migrating_twice_changes_nothing,
    a_revision_adds_a_decision_and_replaces_none,
    a_revision_on_old_news_is_told_so,
    a_case_that_reached_a_participant_stays_in_its_sight,
    events_and_attachments_need_an_esr,
    a_signed_message_counts_once,
    a_signed_message_may_be_sent_again_after_a_lost_race,
    text_with_a_nul_character_is_refused_by_name,
    a_closed_store_says_so,
}

async fn a_filed_esr_is_read_back_whole(db: &Database) {
    let store = db.store().await;
    let mut new = new_esr(1, "BP-1");
    new.filed_by = FiledBy { filer: Filer::Participant, own_company: OwnCompany::Participant("hotelia".to_owned()) };
    assert_eq!(store.file_esr(new.clone()).await.unwrap(), Filed::Stored);

    let stored = store.esr(&new.id).await.unwrap().unwrap();
    assert_eq!(stored.body, new.body, "unknown keys and all");
    assert_eq!(stored.decision, new.decision.decision);
    assert_eq!((stored.filed_by.clone(), stored.filer.as_str()), (new.filed_by, "acme"));
    assert_eq!((stored.status, stored.revision), (Status::WaitingParticipant, 1));
    assert_eq!((stored.received_at, stored.updated_at), (at(1), at(1)));
    assert_eq!(stored.reached, ["hotelia"]);
    assert_eq!(store.esr_by_reference("acme", "BP-1").await.unwrap().unwrap(), stored);
    assert_eq!(store.timeline(&new.id).await.unwrap(), new.events);
    assert_eq!(store.messages(&new.id).await.unwrap().len(), 2);
    let decisions = store.decisions(&new.id).await.unwrap();
    assert_eq!((decisions.len(), decisions[0].seq, decisions[0].cause), (1, 1, Cause::Filed));
    assert_eq!(store.message_counts().await.unwrap().stored, 2);
    assert_eq!(store.message_counts().await.unwrap().oldest, Some(at(1)));
    assert_eq!(store.esr("esr_unknown").await.unwrap(), None);
    store.ready().await.unwrap();
    store.close().await;
}

async fn the_same_again_gets_the_first_answer_word_for_word(db: &Database) {
    let store = db.store().await;
    let first = new_esr(1, "BP-1");
    store.file_esr(first.clone()).await.unwrap();
    let again = store.file_esr(new_esr(2, "BP-1")).await.unwrap();
    assert_eq!(again, Filed::Again { id: first.id, first_answer: first.first_answer });
    assert_eq!(store.count(None).await.unwrap(), 1);
    assert_eq!(store.message_counts().await.unwrap().stored, 2, "nobody is told twice");
    store.close().await;
}

async fn other_content_under_the_same_reference_is_a_conflict(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    let mut other = new_esr(2, "BP-1");
    other.content_hash = "another hash".to_owned();
    assert_eq!(store.file_esr(other).await.unwrap(), Filed::Conflict { id: new_esr(1, "").id });
    assert_eq!(store.count(None).await.unwrap(), 1);
    store.close().await;
}

async fn two_filers_may_use_the_same_reference(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    let mut other = new_esr(2, "BP-1");
    other.filer = "other".to_owned();
    assert_eq!(store.file_esr(other).await.unwrap(), Filed::Stored);
    store.close().await;
}

async fn reopening_finds_everything_and_migrating_twice_changes_nothing(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    let before = store.esr_by_reference("acme", "BP-1").await.unwrap();
    store.close().await;
    let states = pointsman::store::migration_states(&db.url).await.unwrap();
    assert!(states.iter().all(|state| state.applied));
    let store = db.store().await;
    assert_eq!(store.esr_by_reference("acme", "BP-1").await.unwrap(), before);
    assert!(before.is_some());
    store.close().await;
}

async fn a_revision_adds_a_decision_and_replaces_none(db: &Database) {
    let store = db.store().await;
    let new = new_esr(1, "BP-1");
    store.file_esr(new.clone()).await.unwrap();
    let first = store.esr(&new.id).await.unwrap().unwrap();
    assert_eq!(store.revise(revision(&first, 1)).await.unwrap(), Revised::Done { revision: 2, held: false });

    let second = store.esr(&new.id).await.unwrap().unwrap();
    assert_eq!(
        (second.revision, second.status, second.decision.stage.as_str()),
        (2, Status::WaitingAle, "ale_engaged")
    );
    assert_eq!((second.received_at, second.updated_at), (first.received_at, at(1001)));
    let decisions = store.decisions(&new.id).await.unwrap();
    assert_eq!(decisions.iter().map(|d| d.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(decisions[0].decision, new.decision.decision, "the first decision stands as it was");
    assert_eq!(store.timeline(&new.id).await.unwrap().len(), 3);
    let types: Vec<_> = store.messages(&new.id).await.unwrap().into_iter().map(|row| row.event_type).collect();
    use EventType::{EsrDecided, EsrEscalated, EsrUpdated};
    assert_eq!(types, [EsrDecided, EsrEscalated, EsrEscalated, EsrUpdated]);
    let again = store.file_esr(new_esr(2, "BP-1")).await.unwrap();
    assert!(matches!(again, Filed::Again { .. }), "a revised eSR still answers what it answered first: {again:?}");
    store.close().await;
}

async fn a_revision_on_old_news_is_told_so(db: &Database) {
    let store = db.store().await;
    let new = new_esr(1, "BP-1");
    store.file_esr(new.clone()).await.unwrap();
    let read = store.esr(&new.id).await.unwrap().unwrap();
    store.revise(revision(&read, 1)).await.unwrap();
    assert_eq!(store.revise(revision(&read, 2)).await.unwrap(), Revised::Moved);
    assert_eq!(store.decisions(&new.id).await.unwrap().len(), 2);
    let mut unknown = revision(&read, 3);
    unknown.esr_id = "esr_unknown".to_owned();
    assert_eq!(store.revise(unknown).await.unwrap(), Revised::NotFound);
    store.close().await;
}

async fn a_case_that_reached_a_participant_stays_in_its_sight(db: &Database) {
    let store = db.store().await;
    let new = new_esr(1, "BP-1");
    store.file_esr(new.clone()).await.unwrap();
    let read = store.esr(&new.id).await.unwrap().unwrap();
    let mut moved = revision(&read, 1);
    moved.decision.decision.route = "ale_support".to_owned();
    moved.decision.decision.evidence.participant = None;
    store.revise(moved).await.unwrap();
    assert_eq!(store.esr(&new.id).await.unwrap().unwrap().reached, ["hotelia"]);
    store.close().await;
}

async fn events_and_attachments_need_an_esr(db: &Database) {
    let store = db.store().await;
    let new = new_esr(1, "BP-1");
    store.file_esr(new.clone()).await.unwrap();
    assert!(store.add_event(&new.id, event("evt_x", EventKind::Contested)).await.unwrap());
    assert!(!store.add_event("esr_unknown", event("evt_y", EventKind::Contested)).await.unwrap());

    let attachment = Attachment {
        id: "att_1".to_owned(),
        esr_id: new.id.clone(),
        name: "sip-tracé.pcap".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        size: 5_000_000_000,
        sha256: "00".repeat(32),
        by: "acme".to_owned(),
        at: at(5),
        banner: None,
    };
    assert!(store.add_attachment(attachment.clone(), vec![event("evt_z", EventKind::AttachmentAdded)]).await.unwrap());
    assert_eq!(store.attachments(&new.id).await.unwrap(), std::slice::from_ref(&attachment));
    assert_eq!(store.timeline(&new.id).await.unwrap().len(), 4);
    let elsewhere = Attachment { id: "att_2".to_owned(), esr_id: "esr_unknown".to_owned(), ..attachment };
    assert!(!store.add_attachment(elsewhere, vec![event("evt_w", EventKind::AttachmentAdded)]).await.unwrap());
    store.close().await;
}

fn message(id: &str) -> WebhookId {
    WebhookId { key_id: "key_1".to_owned(), id: id.to_owned() }
}

async fn a_signed_message_counts_once(db: &Database) {
    let store = db.store().await;
    assert!(store.remember_webhook_id(message("msg_a"), at(0)).await.unwrap());
    assert!(!store.remember_webhook_id(message("msg_a"), at(0)).await.unwrap());
    let other_key = WebhookId { key_id: "key_2".to_owned(), ..message("msg_a") };
    assert!(store.remember_webhook_id(other_key, at(1)).await.unwrap());

    let with = |n, reference: &str, id: &str| {
        let mut new = new_esr(n, reference);
        new.webhook = Some(message(id));
        new
    };
    assert_eq!(store.file_esr(with(1, "BP-1", "msg_b")).await.unwrap(), Filed::Stored);
    assert_eq!(store.file_esr(with(2, "BP-2", "msg_b")).await.unwrap(), Filed::MessageSeenBefore);
    assert!(store.esr_by_reference("acme", "BP-2").await.unwrap().is_none());
    // Each message once, also with the same in it; a sender that signs anew gets the first answer.
    assert_eq!(store.file_esr(with(3, "BP-1", "msg_b")).await.unwrap(), Filed::MessageSeenBefore);
    assert!(matches!(store.file_esr(with(4, "BP-1", "msg_c")).await.unwrap(), Filed::Again { .. }));

    assert_eq!(store.forget_webhook_ids(at(1)).await.unwrap(), 1);
    assert!(store.remember_webhook_id(message("msg_a"), at(0)).await.unwrap(), "forgotten");
    store.close().await;
}

async fn a_signed_message_may_be_sent_again_after_a_lost_race(db: &Database) {
    let store = db.store().await;
    store.file_esr(new_esr(1, "BP-1")).await.unwrap();
    let read = store.esr_by_reference("acme", "BP-1").await.unwrap().unwrap();
    store.revise(revision(&read, 1)).await.unwrap();
    let mut late = revision(&read, 2);
    late.webhook = Some(message("msg_a"));
    assert_eq!(store.revise(late).await.unwrap(), Revised::Moved);
    let read = store.esr_by_reference("acme", "BP-1").await.unwrap().unwrap();
    let mut reloaded = revision(&read, 2);
    reloaded.webhook = Some(message("msg_a"));
    assert_eq!(store.revise(reloaded.clone()).await.unwrap(), Revised::Done { revision: 3, held: false });
    reloaded.expected_revision = 3;
    assert_eq!(store.revise(reloaded).await.unwrap(), Revised::MessageSeenBefore);
    store.close().await;
}

async fn text_with_a_nul_character_is_refused_by_name(db: &Database) {
    let store = db.store().await;
    let refused = store.file_esr(new_esr(1, "BP-\0-1")).await.unwrap_err();
    assert!(matches!(refused, StoreError::NulCharacter("reference")), "{refused}");
    let mut new = new_esr(1, "BP-1");
    new.esr.description = Some("in JSON it is escaped: \0".to_owned());
    assert_eq!(store.file_esr(new).await.unwrap(), Filed::Stored);
    assert_eq!(store.esr_by_reference("acme", "BP-\0").await.unwrap(), None);
    store.close().await;
}

async fn a_closed_store_says_so(db: &Database) {
    let store = db.store().await;
    store.close().await;
    assert!(matches!(store.file_esr(new_esr(1, "BP-1")).await, Err(StoreError::Closed)));
    assert!(matches!(store.esr("esr_1").await, Err(StoreError::Closed)));
}
