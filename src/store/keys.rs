//! Credentials: bearer keys (only their hash is kept) and the secrets that sign messages.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, StoreError, micros, no_nul, timestamp, word};
use crate::cases::Role;
use crate::hash::hex;

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

macro_rules! select_key {
    ($tail:literal) => {
        concat!("SELECT id, role, owner, participant, label, created_at, revoked_at FROM keys ", $tail)
    };
}
impl Store {
    /// Stores a key together with its first signing secret.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn create_key(&self, key: NewKey, signing: SigningSecret) -> Result<()> {
        let label = key.label.as_deref().unwrap_or_default();
        let participant = key.participant.as_deref().unwrap_or_default();
        no_nul(&[("the owner", &key.owner), ("the label", label), ("the participant", participant)])?;
        self.writers.ask(|reply| Command::CreateKey(Box::new((key, signing)), reply)).await
    }

    /// Every key, revoked ones too, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<Key>> {
        let sql = select_key!("ORDER BY created_at DESC, id DESC");
        let rows: Vec<KeyRow> = on!(&self.pool, db => sqlx::query_as(sql).fetch_all(db).await)?;
        rows.into_iter().map(Key::try_from).collect()
    }

    /// The key of that id, revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key(&self, id: &str) -> Result<Option<Key>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = select_key!("WHERE id = $1");
        let row: Option<KeyRow> = on!(&self.pool, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await)?;
        row.map(Key::try_from).transpose()
    }

    /// The key whose bearer key has that SHA-256, revoked or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key_by_sha256(&self, sha256: &[u8; 32]) -> Result<Option<Key>> {
        let sql = select_key!("WHERE sha256 = $1");
        let sha256 = hex(sha256);
        let row: Option<KeyRow> = on!(&self.pool, db => sqlx::query_as(sql).bind(&sha256).fetch_optional(db).await)?;
        row.map(Key::try_from).transpose()
    }

    /// Revokes a key from `now` on. `false` when there is no such key; revoking twice keeps the first time.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool> {
        let input = Box::new((id.to_owned(), now));
        self.writers.ask(|reply| Command::RevokeKey(input, reply)).await
    }

    /// The signing secrets of a key that are still accepted at `now`, the newest first; several while one is being replaced.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn signing_secrets(&self, key_id: &str, now: Timestamp) -> Result<Vec<SigningSecret>> {
        if key_id.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = "SELECT id, key_id, secret, created_at, expires_at FROM signing_secrets
            WHERE key_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC, id DESC";
        let rows: Vec<SecretRow> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(key_id).bind(micros(now)).fetch_all(db).await)?;
        rows.into_iter().map(SigningSecret::try_from).collect()
    }

    /// Adds a signing secret; those there are live on until `others_expire_at`. `false` when there is no such key.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_signing_secret(&self, secret: SigningSecret, others_expire_at: Timestamp) -> Result<bool> {
        let input = Box::new((secret, others_expire_at));
        self.writers.ask(|reply| Command::AddSigningSecret(input, reply)).await
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    role: String,
    owner: String,
    participant: Option<String>,
    label: Option<String>,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<KeyRow> for Key {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self> {
        let KeyRow { id, role, owner, participant, label, created_at, revoked_at } = row;
        let role = word("the role", &role, Role::parse)?;
        let revoked_at = revoked_at.map(timestamp).transpose()?;
        Ok(Self { id, role, owner, participant, label, created_at: timestamp(created_at)?, revoked_at })
    }
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    id: String,
    key_id: String,
    secret: String,
    created_at: i64,
    expires_at: Option<i64>,
}

impl TryFrom<SecretRow> for SigningSecret {
    type Error = StoreError;

    fn try_from(row: SecretRow) -> Result<Self> {
        let SecretRow { id, key_id, secret, created_at, expires_at } = row;
        let expires_at = expires_at.map(timestamp).transpose()?;
        Ok(Self { id, key_id, secret, created_at: timestamp(created_at)?, expires_at })
    }
}

pub(super) async fn create(conn: &mut Conn, (key, signing): (NewKey, SigningSecret)) -> Result<()> {
    let sql = "INSERT INTO keys (id, sha256, role, owner, participant, label, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (sha256, at) = (hex(&key.sha256), micros(key.created_at));
    on!(conn, db => sqlx::query(sql).bind(&key.id).bind(&sha256).bind(key.role.as_str()).bind(&key.owner)
        .bind(&key.participant).bind(&key.label).bind(at).execute(&mut *db).await.map(drop))?;
    insert_secret(conn, &signing).await
}

pub(super) async fn revoke(conn: &mut Conn, (id, now): (String, Timestamp)) -> Result<bool> {
    let sql = "UPDATE keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1";
    let touched = on!(conn, db => sqlx::query(sql).bind(&id).bind(micros(now)).execute(&mut *db).await.map(|done| done.rows_affected()))?;
    Ok(touched == 1)
}

pub(super) async fn add_signing_secret(
    conn: &mut Conn,
    (new, others_expire_at): (SigningSecret, Timestamp),
) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM keys WHERE id = $1";
    let there: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(&new.key_id).fetch_one(&mut *db).await)?;
    if there == 0 {
        return Ok(false);
    }
    let sql =
        "UPDATE signing_secrets SET expires_at = $2 WHERE key_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
    let at = micros(others_expire_at);
    on!(conn, db => sqlx::query(sql).bind(&new.key_id).bind(at).execute(&mut *db).await.map(drop))?;
    insert_secret(conn, &new).await?;
    Ok(true)
}

async fn insert_secret(conn: &mut Conn, new: &SigningSecret) -> Result<()> {
    let sql = "INSERT INTO signing_secrets (id, key_id, secret, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let (created_at, expires_at) = (micros(new.created_at), new.expires_at.map(micros));
    on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&new.key_id).bind(&new.secret).bind(created_at).bind(expires_at)
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}
