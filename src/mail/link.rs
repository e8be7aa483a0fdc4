//! Links that letters carry: `/c/<token>` opens one case, as one side, until a time.
//!
//! The token is 42 bytes in base32: 1 of the side, 16 of the case's id, 3 of the party's name (hashed), 2 of its
//! counter, 4 of the time in minutes, and 16 of an HMAC-SHA256 over it all. It is no password: who holds the mail holds the
//! link. To take back a party's links to a case, its counter there is raised (`store/links.rs`). Pure; the time is a parameter.

use jiff::Timestamp;

use super::address::{Correspondent, PACKED};
use super::{MailKey, base32};

/// What a token in a link is signed for.
const PURPOSE: &str = "pointsman link 1";
/// Bytes before the signature.
const SAID: usize = PACKED + 6;
/// Bytes of the signature.
const SIGNED: usize = 16;
/// How many letters a token has.
const LENGTH: usize = ((SAID + SIGNED) * 8).div_ceil(5);

/// A link to one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whose it is: the case, the side, the party.
    pub correspondent: Correspondent,
    /// The party's counter when it was made; one that carries another than the party has now was taken back.
    pub counter: u16,
    /// Until when it opens the case, in whole minutes.
    pub until: Timestamp,
}

/// Why a link does not open a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Not one of ours, or cut off.
    #[error("the link is not one of ours")]
    Unknown,
    /// It opened the case until then.
    #[error("the link was valid until {}", .0.until)]
    Expired(Box<Link>),
}

impl Link {
    /// The token of this link.
    #[must_use]
    pub fn token(&self, key: &MailKey) -> String {
        let minutes = u32::try_from(self.until.as_second() / 60).unwrap_or(0);
        let mut bytes = self.correspondent.packed().to_vec();
        bytes.extend(self.counter.to_be_bytes());
        bytes.extend(minutes.to_be_bytes());
        bytes.extend(key.sign::<SIGNED>(PURPOSE, &[&bytes]));
        base32::encode(&bytes)
    }

    /// The link that a token stands for.
    ///
    /// # Errors
    /// [`BadLink::Unknown`] when it was not signed with this key; [`BadLink::Expired`] when its time is over.
    pub fn of_token(token: &str, key: &MailKey, now: Timestamp) -> Result<Self, BadLink> {
        let link = Self::signed(token, key).ok_or(BadLink::Unknown)?;
        if now < link.until { Ok(link) } else { Err(BadLink::Expired(Box::new(link))) }
    }

    fn signed(token: &str, key: &MailKey) -> Option<Self> {
        if token.len() != LENGTH {
            return None;
        }
        let bytes = base32::decode(token).filter(|bytes| bytes.len() == SAID + SIGNED)?;
        let (said, signature) = bytes.split_at(SAID);
        if !key.signed::<SIGNED>(PURPOSE, &[said], signature.try_into().ok()?) {
            return None;
        }
        let (packed, rest) = said.split_at(PACKED);
        let minutes = u32::from_be_bytes(rest[2..].try_into().ok()?);
        Some(Self {
            correspondent: Correspondent::unpacked(packed.try_into().ok()?)?,
            counter: u16::from_be_bytes(rest[..2].try_into().ok()?),
            until: Timestamp::from_second(i64::from(minutes) * 60).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::triage::outcome::Side;

    fn key() -> MailKey {
        MailKey::new("a secret of more than twenty-four characters").unwrap()
    }

    fn link() -> Link {
        let esr = "esr_0193f4c2a1b07c3d8e9f001122334455";
        let correspondent = Correspondent::new(esr, Side::Participant, "hotelia").unwrap();
        Link { correspondent, counter: 7, until: "2026-12-22T09:00:00Z".parse().unwrap() }
    }

    #[test]
    fn a_link_opens_its_case_until_its_time_is_over() {
        let token = link().token(&key());
        assert_eq!(token.len(), LENGTH);
        let before = "2026-12-22T08:59:59Z".parse().unwrap();
        assert_eq!(Link::of_token(&token, &key(), before), Ok(link()));
        assert_eq!(Link::of_token(&token.to_uppercase(), &key(), before), Ok(link()));
        assert_eq!(Link::of_token(&token, &key(), link().until), Err(BadLink::Expired(Box::new(link()))));
    }

    #[test]
    fn an_address_token_is_no_link_and_another_key_opens_nothing() {
        let now = Timestamp::UNIX_EPOCH;
        let other = MailKey::new("another secret, just as long as that").unwrap();
        assert_eq!(Link::of_token(&link().token(&key()), &other, now), Err(BadLink::Unknown));
        assert_eq!(Link::of_token(&link().correspondent.token(&key()), &key(), now), Err(BadLink::Unknown));
        assert_eq!(Link::of_token("", &key(), now), Err(BadLink::Unknown));
    }

    proptest! {
        #[test]
        fn a_changed_letter_anywhere_is_refused(at in 0..LENGTH, letter in "[a-z2-7]") {
            let token = link().token(&key());
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            prop_assert_eq!(Link::of_token(&changed, &key(), Timestamp::UNIX_EPOCH).is_ok(), changed == token);
        }
    }
}
