//! Addresses that letters are answered at: `reply+<token>@domain`. The token says which case and whose answer it is, and is
//! signed, so that a reply finds its case by the address alone and nobody can make up an address for a case of another's.
//!
//! The token is 30 bytes in base32: 1 of the side, 16 of the case's id, 3 of the party's name (hashed), and 10 of an
//! HMAC-SHA256 over it all. In lower case it is 48 letters and digits, survives servers that fold case, and leaves the local
//! part well within the 64 characters that mail allows. Pure.

use sha2::{Digest as _, Sha256};

use super::{MailKey, base32, side};
use crate::triage::outcome::Side;

/// What a token in an address is signed for.
const PURPOSE: &str = "pointsman mail address 1";
/// What the local part of an address for replies begins with.
const REPLY: &str = "reply+";
/// What the local part of an address for bounces begins with.
const BOUNCE: &str = "bounce+";
/// How many letters a token has.
const LENGTH: usize = 48;
/// Bytes of a correspondent: the side, the case's id, the party.
pub(super) const PACKED: usize = 20;

/// Whose letters: one case, one side, one party on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondent {
    /// The case, `esr_...`.
    pub esr_id: String,
    /// On which side the party is.
    pub side: Side,
    /// The first bytes of the hash of the party's name; see [`Correspondent::is`].
    party: [u8; 3],
}

impl Correspondent {
    /// The party (the partner's owner name, the participant's id; a desk may have "") on that side of the case; `None` when
    /// the id is none that [`crate::clock::Clock::id`] gives.
    #[must_use]
    pub fn new(esr_id: &str, side: Side, party: &str) -> Option<Self> {
        bytes_of(esr_id)?;
        Some(Self { esr_id: esr_id.to_owned(), side, party: hashed(party) })
    }

    /// Whether that party is the one written to: a case may have come before another participant since.
    #[must_use]
    pub fn is(&self, party: &str) -> bool {
        self.party == hashed(party)
    }

    /// The correspondent in bytes, as it is signed.
    pub(super) fn packed(&self) -> [u8; PACKED] {
        let mut bytes = [0; PACKED];
        bytes[0] = side::code(self.side);
        bytes[1..17].copy_from_slice(&bytes_of(&self.esr_id).unwrap_or_default());
        bytes[17..].copy_from_slice(&self.party);
        bytes
    }

    /// The correspondent that such bytes stand for.
    pub(super) fn unpacked(bytes: &[u8; PACKED]) -> Option<Self> {
        let id = u128::from_be_bytes(bytes[1..17].try_into().ok()?);
        let side = side::of_code(bytes[0])?;
        Some(Self { esr_id: format!("esr_{id:032x}"), side, party: bytes[17..].try_into().ok()? })
    }

    /// The signed token that stands for this correspondent.
    #[must_use]
    pub fn token(&self, key: &MailKey) -> String {
        let mut bytes = self.packed().to_vec();
        bytes.extend(key.sign::<10>(PURPOSE, &[&bytes]));
        base32::encode(&bytes)
    }

    /// The correspondent that a token stands for; `None` when it was not signed with this key. Upper and lower case are one.
    #[must_use]
    pub fn of_token(token: &str, key: &MailKey) -> Option<Self> {
        if token.len() != LENGTH {
            return None;
        }
        let bytes: [u8; 30] = base32::decode(token)?.try_into().ok()?;
        let (said, signature) = bytes.split_at(PACKED);
        if !key.signed::<10>(PURPOSE, &[said], signature.try_into().ok()?) {
            return None;
        }
        Self::unpacked(said.try_into().ok()?)
    }

    /// Where this correspondent's replies go.
    #[must_use]
    pub fn reply_address(&self, key: &MailKey, domain: &str) -> String {
        format!("{REPLY}{}@{domain}", self.token(key))
    }

    /// Where mail servers return this correspondent's letters to.
    #[must_use]
    pub fn bounce_address(&self, key: &MailKey, domain: &str) -> String {
        format!("{BOUNCE}{}@{domain}", self.token(key))
    }
}

/// What a mail to one of our addresses is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An answer.
    Reply,
    /// A letter that could not be delivered.
    Bounce,
}

/// The kind and the token (still to be verified) of an address that is one of ours at this domain.
#[must_use]
pub fn token_in<'a>(address: &'a str, domain: &str) -> Option<(Kind, &'a str)> {
    let (local, at) = address.trim().trim_start_matches('<').trim_end_matches('>').rsplit_once('@')?;
    if !at.trim_end_matches('.').eq_ignore_ascii_case(domain) {
        return None;
    }
    [(Kind::Reply, REPLY), (Kind::Bounce, BOUNCE)].into_iter().find_map(|(kind, prefix)| {
        let begins = local.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        begins.then(|| (kind, &local[prefix.len()..]))
    })
}

/// The 16 bytes of `esr_<32 hexadecimal digits>`.
fn bytes_of(esr_id: &str) -> Option<[u8; 16]> {
    let digits = esr_id.strip_prefix("esr_")?;
    // Lower case only: the id that comes back is the very one.
    let fits = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| u128::from_str_radix(digits, 16).ok()).flatten().map(u128::to_be_bytes)
}

fn hashed(party: &str) -> [u8; 3] {
    let hash = Sha256::digest(party.as_bytes());
    [hash[0], hash[1], hash[2]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ESR: &str = "esr_0193f4c2a1b07c3d8e9f001122334455";

    fn key() -> MailKey {
        MailKey::new("a secret of more than twenty-four characters").unwrap()
    }

    fn hotelia() -> Correspondent {
        Correspondent::new(ESR, Side::Participant, "hotelia").unwrap()
    }

    #[test]
    fn a_token_comes_back_as_what_it_stands_for_also_in_upper_case() {
        for side in Side::ALL {
            let correspondent = Correspondent::new(ESR, *side, "hotelia").unwrap();
            let token = correspondent.token(&key());
            assert_eq!(Correspondent::of_token(&token, &key()), Some(correspondent.clone()));
            assert_eq!(Correspondent::of_token(&token.to_uppercase(), &key()), Some(correspondent));
        }
    }

    #[test]
    fn an_address_is_within_what_mail_allows_and_is_known_again() {
        let address = hotelia().reply_address(&key(), "cases.example");
        let (local, _) = address.split_once('@').unwrap();
        assert!(local.len() <= 64 && local.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'+'));
        let shouted = format!("<{}>", address.to_uppercase());
        let (kind, token) = token_in(&shouted, "cases.example").unwrap();
        assert_eq!(kind, Kind::Reply);
        assert_eq!(Correspondent::of_token(token, &key()), Some(hotelia()));
        assert_eq!(token_in(&hotelia().bounce_address(&key(), "a.example"), "a.example").unwrap().0, Kind::Bounce);
        for other in
            ["reply+x@elsewhere.example", "reply@cases.example", "é@cases.example", "", "@", "replé+x@cases.example"]
        {
            assert_eq!(token_in(other, "cases.example"), None, "{other}");
        }
    }

    #[test]
    fn another_key_or_another_party_is_not_taken_for_this_one() {
        let other = MailKey::new("another secret, just as long as that").unwrap();
        assert_eq!(Correspondent::of_token(&hotelia().token(&key()), &other), None);
        assert!(hotelia().is("hotelia"));
        assert!(!hotelia().is("comtel"));
        assert!(MailKey::new("short").is_err());
    }

    #[test]
    fn an_id_that_is_none_of_ours_gets_no_token() {
        for id in ["esr_1", "msg_0193f4c2a1b07c3d8e9f001122334455", "esr_0193F4C2A1B07C3D8E9F001122334455", ""] {
            assert_eq!(Correspondent::new(id, Side::Ale, ""), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_letter_anywhere_is_refused(at in 0..LENGTH, letter in "[a-z2-7]") {
            let token = hotelia().token(&key());
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            prop_assert_eq!(Correspondent::of_token(&changed, &key()).is_some(), changed == token);
        }

        #[test]
        fn any_text_at_all_is_refused_without_harm(text in ".{0,64}") {
            prop_assert_eq!(Correspondent::of_token(&text, &key()), None);
            let _ = token_in(&text, "cases.example");
        }
    }
}
