//! The secret that addresses and links are signed with.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The fewest bytes that a secret may have.
const SHORTEST: usize = 24;

/// The server's mail secret; it never prints. All nodes need the same one, and a letter that was sent stays answerable as
/// long as it is kept.
#[derive(Clone)]
pub struct MailKey(Vec<u8>);

impl std::fmt::Debug for MailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailKey(..)")
    }
}

/// A secret that is too short to be safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("mail.secret must have at least {SHORTEST} characters; this one has {0}")]
pub struct BadKey(usize);

impl MailKey {
    /// A secret of at least 24 bytes; blanks around it do not count.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn new(secret: &str) -> Result<Self, BadKey> {
        let secret = secret.trim().as_bytes();
        if secret.len() < SHORTEST { Err(BadKey(secret.len())) } else { Ok(Self(secret.to_vec())) }
    }

    /// The first `N` bytes of the HMAC-SHA256 over the parts. `purpose` keeps a signature made for one thing from being
    /// taken for another, and every part's length is signed, so that bytes cannot move from one part to the next.
    pub(super) fn sign<const N: usize>(&self, purpose: &str, parts: &[&[u8]]) -> [u8; N] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes keys of any length")
        };
        for part in [purpose.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// Whether the parts were signed for this purpose; takes the same time wherever the signatures differ.
    pub(super) fn signed<const N: usize>(&self, purpose: &str, parts: &[&[u8]], signature: &[u8; N]) -> bool {
        self.sign::<N>(purpose, parts).ct_eq(signature).into()
    }
}
