//! Keys and signing secrets.

use pointsman::cases::Role;
use pointsman::clock::Clock;
use pointsman::store::{StoreError, bearer_sha256, issue, signing_secret};

use super::sample::at;
use crate::support::{Database, on_both_databases};

on_both_databases! {
    a_key_is_found_by_its_hash_until_it_is_revoked,
    a_new_signing_secret_lives_beside_the_old_one_for_a_while,
    a_key_is_stored_with_its_signing_secret_or_not_at_all,
}

async fn a_key_is_found_by_its_hash_until_it_is_revoked(db: &Database) {
    let store = db.store().await;
    let issued = issue(&Clock::fixed(at(0)), Role::Participant, "Hotelia", Some("hotelia"), Some("hotline")).unwrap();
    let bearer = issued.bearer.reveal().to_owned();
    assert!(bearer.starts_with("pm_") && !format!("{issued:?}").contains(&issued.signing.secret));
    store.create_key(issued.key.clone(), issued.signing).await.unwrap();

    let key = store.key_by_sha256(&bearer_sha256(&bearer)).await.unwrap().unwrap();
    assert_eq!((key.id.as_str(), key.role, key.owner.as_str()), (issued.key.id.as_str(), Role::Participant, "Hotelia"));
    assert_eq!((key.participant.as_deref(), key.revoked_at), (Some("hotelia"), None));
    assert_eq!(store.key_by_sha256(&bearer_sha256(&format!("{bearer}x"))).await.unwrap(), None);

    assert!(store.revoke_key(&key.id, at(10)).await.unwrap());
    assert!(store.revoke_key(&key.id, at(20)).await.unwrap());
    assert!(!store.revoke_key("key_unknown", at(20)).await.unwrap());
    assert_eq!(store.key(&key.id).await.unwrap().unwrap().revoked_at, Some(at(10)), "the first time counts");
    assert_eq!(store.keys().await.unwrap().len(), 1);
    store.close().await;
}

async fn a_new_signing_secret_lives_beside_the_old_one_for_a_while(db: &Database) {
    let store = db.store().await;
    let issued = issue(&Clock::fixed(at(0)), Role::BusinessPartner, "acme", None, None).unwrap();
    let (id, first) = (issued.key.id.clone(), issued.signing.clone());
    store.create_key(issued.key, issued.signing).await.unwrap();
    let mut second = signing_secret(&Clock::fixed(at(100)), &id).unwrap();
    second.id = "sec_second".to_owned();
    assert!(store.add_signing_secret(second.clone(), at(200)).await.unwrap());
    let secrets = async |now| {
        store.signing_secrets(&id, now).await.unwrap().into_iter().map(|secret| secret.secret).collect::<Vec<_>>()
    };
    assert_eq!(secrets(at(199)).await, [second.secret.clone(), first.secret]);
    assert_eq!(secrets(at(200)).await, [second.secret.clone()]);
    second.key_id = "key_unknown".to_owned();
    assert!(!store.add_signing_secret(second, at(300)).await.unwrap());
    store.close().await;
}

async fn a_key_is_stored_with_its_signing_secret_or_not_at_all(db: &Database) {
    let store = db.store().await;
    let first = issue(&Clock::fixed(at(0)), Role::Agent, "desk", None, None).unwrap();
    store.create_key(first.key, first.signing.clone()).await.unwrap();
    let second = issue(&Clock::system(), Role::Agent, "desk", None, None).unwrap();
    let refused = store.create_key(second.key.clone(), first.signing).await;
    assert!(matches!(refused, Err(StoreError::Duplicate(_))), "{refused:?}");
    assert_eq!(store.key(&second.key.id).await.unwrap(), None);
    store.close().await;
}
