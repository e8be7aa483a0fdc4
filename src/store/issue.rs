//! New credentials, in the form in which they are handed out once.

use sha2::{Digest as _, Sha256};

use super::{NewKey, SigningSecret};
use crate::cases::Role;
use crate::clock::Clock;
use crate::hash::hex;
use crate::intake::signature::Secret;

/// A new key: what is stored, and what its owner gets to see this one time.
#[derive(Debug)]
pub struct Issued {
    /// What is stored.
    pub key: NewKey,
    /// The signing secret, stored too.
    pub signing: SigningSecret,
    /// `pm_<the id's digits>_<64 hexadecimal digits>`: what goes behind `Authorization: Bearer`. Only its SHA-256 is stored.
    pub bearer: Bearer,
}

/// A bearer key in clear; it does not print by accident.
pub struct Bearer(String);

impl Bearer {
    /// The key itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

/// What a bearer key is stored and found by.
#[must_use]
pub fn bearer_sha256(bearer: &str) -> [u8; 32] {
    Sha256::digest(bearer.as_bytes()).into()
}

/// Makes a key and its signing secret.
///
/// # Errors
/// When the operating system cannot give randomness.
pub fn issue(
    clock: &Clock,
    role: Role,
    owner: &str,
    participant: Option<&str>,
    label: Option<&str>,
) -> Result<Issued, rand::rngs::SysError> {
    let id = clock.id("key");
    let bearer = format!("pm_{}_{}", id.trim_start_matches("key_"), hex(&clock.secret()?));
    let signing = signing_secret(clock, &id)?;
    let key = NewKey {
        sha256: bearer_sha256(&bearer),
        role,
        owner: owner.to_owned(),
        participant: participant.map(str::to_owned),
        label: label.map(str::to_owned),
        created_at: clock.now(),
        id,
    };
    Ok(Issued { key, signing, bearer: Bearer(bearer) })
}

/// Makes a signing secret of a key.
///
/// # Errors
/// When the operating system cannot give randomness.
pub fn signing_secret(clock: &Clock, key_id: &str) -> Result<SigningSecret, rand::rngs::SysError> {
    Ok(SigningSecret {
        id: clock.id("sec"),
        key_id: key_id.to_owned(),
        secret: Secret::written(&clock.secret()?),
        created_at: clock.now(),
        expires_at: None,
    })
}
