//! Credentials: bearer keys (only their hash is kept) and the secrets that sign messages.

use jiff::Timestamp;

use super::{Result, Store, later};
use crate::cases::Role;

/// A key to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its id (`key_...`).
    pub id: String,
    /// SHA-256 of the bearer key. A plain hash is enough: the key has 256 random bits, so that guessing is hopeless at any speed;
    /// slow hashes are for secrets that people choose.
    pub sha256: [u8; 32],
    /// What it may do.
    pub role: Role,
    /// Whose it is. Keys rotate; what one filer is, is the owner.
    pub owner: String,
    /// A participant's id in the registry.
    pub participant: Option<String>,
    /// What it is for, in the operator's words.
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it may do.
    pub role: Role,
    /// Whose it is.
    pub owner: String,
    /// A participant's id in the registry.
    pub participant: Option<String>,
    /// What it is for.
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worth nothing.
    pub revoked_at: Option<Timestamp>,
}

/// A secret that signs messages. It is stored as it is, since both sides compute the HMAC with it; it never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret {
    /// Its id (`sec_...`).
    pub id: String,
    /// The key that it belongs to.
    pub key_id: String,
    /// `whsec_<base64>`.
    pub secret: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no longer accepted.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningSecret").field("id", &self.id).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Store {
    /// Stores a key together with its first signing secret.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn create_key(&self, _key: NewKey, _signing: SigningSecret) -> Result<()> {
        later()
    }

    /// Every key, revoked ones too, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<Key>> {
        later()
    }

    /// The key of that id, revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key(&self, _id: &str) -> Result<Option<Key>> {
        later()
    }

    /// The key whose bearer key has that SHA-256, revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key_by_sha256(&self, _sha256: &[u8; 32]) -> Result<Option<Key>> {
        later()
    }

    /// Revokes a key from `now` on. `false` when there is no such key; revoking twice keeps the first time.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn revoke_key(&self, _id: &str, _now: Timestamp) -> Result<bool> {
        later()
    }

    /// The signing secrets of a key that are still accepted at `now`, the newest first; several while one is being replaced.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn signing_secrets(&self, _key_id: &str, _now: Timestamp) -> Result<Vec<SigningSecret>> {
        later()
    }

    /// Adds a signing secret; those there are live on until `others_expire_at`. `false` when there is no such key.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_signing_secret(&self, _secret: SigningSecret, _others_expire_at: Timestamp) -> Result<bool> {
        later()
    }
}
