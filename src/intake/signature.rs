//! Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, for what is received and what is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far the sender's clock may be off, either way, in seconds.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;
/// The longest `webhook-id` that is accepted, in characters.
const ID_LENGTH: usize = 255;
/// What a written secret begins with; secrets without it are read too.
const SECRET_PREFIX: &str = "whsec_";

const VERSION: &str = "v1";
const SHORTEST_SECRET: usize = 24;
const LONGEST_SECRET: usize = 64;

/// A signing secret. It never prints.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// What follows the prefix is not base64.
    #[error("a webhook secret is \"whsec_\" and base64; this is not base64")]
    NotBase64,
    /// Too few bytes to be safe, or more than the standard has.
    #[error("a webhook secret has 24 to 64 bytes; this one has {0}")]
    Length(usize),
}

impl Secret {
    /// Reads `whsec_<base64>`, also without the prefix or the padding.
    ///
    /// # Errors
    /// [`BadSecret`] when it is not base64 or not 24 to 64 bytes long.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
        let text = text.trim();
        let key = engine.decode(text.strip_prefix(SECRET_PREFIX).unwrap_or(text)).map_err(|_| BadSecret::NotBase64)?;
        Self::from_bytes(key)
    }

    /// A secret of these bytes, 24 to 64 of them.
    ///
    /// # Errors
    /// [`BadSecret::Length`].
    pub fn from_bytes(key: Vec<u8>) -> Result<Self, BadSecret> {
        match key.len() {
            SHORTEST_SECRET..=LONGEST_SECRET => Ok(Self(key)),
            length => Err(BadSecret::Length(length)),
        }
    }

    /// The bytes as they are handed to the other side, once: `whsec_<base64>`.
    #[must_use]
    pub fn written(key: &[u8]) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(key))
    }
}

/// The three headers as received; `None` when missing or not text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `webhook-id`: names the message; the receiver takes each once.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`: one or several, separated by spaces.
    pub signature: Option<&'a str>,
}

/// Why a signed message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// The id could not be part of what is signed without doubt.
    #[error("the header webhook-id must be 1 to 255 visible ASCII characters without a full stop")]
    BadId,
    /// The timestamp is no number of seconds.
    #[error("the header webhook-timestamp must be the seconds since 1970, in digits")]
    BadTimestamp,
    /// Sent too long ago, or the sender's clock is slow.
    #[error("the message was signed more than five minutes ago; sign it again when sending it again")]
    TooOld,
    /// The sender's clock is fast.
    #[error(
        "the message was signed more than five minutes in the future; check the sender's clock, and that webhook-timestamp counts seconds"
    )]
    TooNew,
    /// No signature is one that any of the secrets would give.
    #[error(
        "no v1 signature in the header webhook-signature matches the id, the timestamp and the exact body bytes; check \
         that pointsman-key names the key whose signing secret was used"
    )]
    NoMatch,
}

/// Checks that one of the secrets (several while one is being replaced) signed this very message about now; the body, the
/// bytes as received, comes bit by bit. Takes the same time whichever secret or signature matches, or none.
#[derive(Clone)]
pub struct Verifier {
    macs: Vec<Hmac<Sha256>>,
    signatures: String,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(..)")
    }
}

impl Verifier {
    /// Checks the headers; the body is still to come.
    ///
    /// # Errors
    /// [`SignatureError`], the first reason found.
    pub fn new(secrets: &[Secret], headers: Headers<'_>, now: Timestamp) -> Result<Self, SignatureError> {
        let id = headers.id.ok_or(SignatureError::MissingHeader("webhook-id"))?;
        let timestamp = headers.timestamp.ok_or(SignatureError::MissingHeader("webhook-timestamp"))?;
        let signatures = headers.signature.ok_or(SignatureError::MissingHeader("webhook-signature"))?;
        check_id(id)?;
        check_age(parse_timestamp(timestamp)?, now)?;
        let macs = secrets.iter().map(|secret| begun(secret, id, timestamp)).collect();
        Ok(Self { macs, signatures: signatures.to_owned() })
    }

    /// The next part of the body.
    pub fn update(&mut self, part: &[u8]) {
        for mac in &mut self.macs {
            mac.update(part);
        }
    }

    /// Whether one of the secrets signed what came.
    ///
    /// # Errors
    /// [`SignatureError::NoMatch`].
    pub fn finish(self) -> Result<(), SignatureError> {
        let mut matches = subtle::Choice::from(0);
        for mac in self.macs {
            let expected = encoded(mac);
            for candidate in self.signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")) {
                matches |= candidate.as_bytes().ct_eq(expected.as_bytes());
            }
        }
        if matches.into() { Ok(()) } else { Err(SignatureError::NoMatch) }
    }
}

/// The `webhook-signature` for a message sent at `timestamp` (its seconds go into `webhook-timestamp`).
///
/// # Errors
/// [`SignatureError::BadId`] for an id that no receiver could take.
pub fn sign(secret: &Secret, id: &str, timestamp: Timestamp, body: &[u8]) -> Result<String, SignatureError> {
    check_id(id)?;
    let mut mac = begun(secret, id, &timestamp.as_second().to_string());
    mac.update(body);
    Ok(format!("{VERSION},{}", encoded(mac)))
}

/// A full stop in the id would let one signed message pass for another: `a` + `1.x` and `a.1` + `x` sign alike.
fn check_id(id: &str) -> Result<(), SignatureError> {
    let sound = (1..=ID_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if sound { Ok(()) } else { Err(SignatureError::BadId) }
}

fn parse_timestamp(text: &str) -> Result<i64, SignatureError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(SignatureError::BadTimestamp);
    }
    text.parse().map_err(|_| SignatureError::BadTimestamp)
}

fn check_age(timestamp: i64, now: Timestamp) -> Result<(), SignatureError> {
    let age = now.as_second().saturating_sub(timestamp);
    if age > TOLERANCE_SECONDS {
        Err(SignatureError::TooOld)
    } else if age < -TOLERANCE_SECONDS {
        Err(SignatureError::TooNew)
    } else {
        Ok(())
    }
}

/// The HMAC of what stands before the body.
fn begun(secret: &Secret, id: &str, timestamp: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b"."] {
        mac.update(part);
    }
    mac
}

fn encoded(mac: Hmac<Sha256>) -> String {
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn verify(secrets: &[Secret], headers: Headers<'_>, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let mut verifier = Verifier::new(secrets, headers, now)?;
        verifier.update(body);
        verifier.finish()
    }

    fn check(timestamp: &str, signature: &str, now: i64) -> Result<(), SignatureError> {
        let headers = Headers { id: Some(ID), timestamp: Some(timestamp), signature: Some(signature) };
        verify(&[Secret::parse(TEXT).unwrap()], headers, BODY, at(now))
    }

    #[test]
    fn the_standards_own_example_signs_and_verifies() {
        let signed = sign(&Secret::parse(TEXT).unwrap(), ID, at(1_649_367_553), BODY).unwrap();
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        assert_eq!(check("1649367553", &signed, 1_649_367_553), Ok(()));
    }

    #[test]
    fn five_minutes_either_way_are_tolerated_and_not_a_second_more() {
        let signed = sign(&Secret::parse(TEXT).unwrap(), ID, at(1000), BODY).unwrap();
        assert_eq!(check("1000", &signed, 1300), Ok(()));
        assert_eq!(check("1000", &signed, 700), Ok(()));
        assert_eq!(check("1000", &signed, 1301), Err(SignatureError::TooOld));
        assert_eq!(check("1000", &signed, 699), Err(SignatureError::TooNew));
    }

    #[test]
    fn any_of_several_signatures_and_secrets_may_match_but_only_version_1() {
        let signed = sign(&Secret::parse(TEXT).unwrap(), ID, at(1000), BODY).unwrap();
        let wrong = "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=";
        assert_eq!(check("1000", &format!("{wrong} {signed} v1a,xyz {wrong}"), 1000), Ok(()));
        assert_eq!(check("1000", &format!("{wrong} {wrong}"), 1000), Err(SignatureError::NoMatch));
        assert_eq!(check("1000", &signed.replace("v1,", "v2,"), 1000), Err(SignatureError::NoMatch));
        assert_eq!(check("1000", &signed.replace("v1,", "v1a,"), 1000), Err(SignatureError::NoMatch));
        assert_eq!(check("1000", &signed[..8], 1000), Err(SignatureError::NoMatch));
        assert_eq!(check("1000", "v1,", 1000), Err(SignatureError::NoMatch));
        assert_eq!(check("1000", "", 1000), Err(SignatureError::NoMatch));

        let headers = Headers { id: Some(ID), timestamp: Some("1000"), signature: Some(&signed) };
        let (old, new) = (Secret::parse(TEXT).unwrap(), Secret::from_bytes(vec![7; 32]).unwrap());
        assert_eq!(verify(&[new.clone(), old], headers, BODY, at(1000)), Ok(()));
        assert_eq!(verify(&[new], headers, BODY, at(1000)), Err(SignatureError::NoMatch));
        assert_eq!(verify(&[], headers, BODY, at(1000)), Err(SignatureError::NoMatch));
    }

    #[test]
    fn each_bad_header_is_named() {
        let secrets = [Secret::parse(TEXT).unwrap()];
        let good = Headers { id: Some(ID), timestamp: Some("1000"), signature: Some("v1,x") };
        let reason = |headers| verify(&secrets, headers, BODY, at(1000)).unwrap_err();
        assert_eq!(reason(Headers { id: None, ..good }), SignatureError::MissingHeader("webhook-id"));
        assert_eq!(reason(Headers { timestamp: None, ..good }), SignatureError::MissingHeader("webhook-timestamp"));
        assert_eq!(reason(Headers { signature: None, ..good }), SignatureError::MissingHeader("webhook-signature"));
        let long = "x".repeat(256);
        for id in ["", "a.b", "a b", "caf\u{e9}", "a\nb", &long] {
            assert_eq!(reason(Headers { id: Some(id), ..good }), SignatureError::BadId, "{id:?}");
        }
        for timestamp in ["", "now", "+1000", "-1000", " 1000", "1000.5", "99999999999999999999"] {
            assert_eq!(reason(Headers { timestamp: Some(timestamp), ..good }), SignatureError::BadTimestamp);
        }
    }

    #[test]
    fn secrets_are_read_with_and_without_prefix_and_never_print() {
        let secret = Secret::parse(TEXT).unwrap();
        assert_eq!(Secret::written(&secret.0), TEXT);
        assert_eq!(Secret::written(&Secret::parse(&TEXT[6..]).unwrap().0), TEXT);
        assert_eq!(Secret::parse("whsec_!!").unwrap_err(), BadSecret::NotBase64);
        assert_eq!(Secret::parse("whsec_").unwrap_err(), BadSecret::Length(0));
        assert_eq!(Secret::from_bytes(vec![0; 65]).unwrap_err(), BadSecret::Length(65));
        assert!(!format!("{secret:?}").contains("C2FV"));
    }

    /// The official library knows only the machine's own clock.
    #[expect(clippy::disallowed_methods, reason = "the oracle reads the machine's clock")]
    fn oracle_now() -> Timestamp {
        Timestamp::now()
    }

    proptest! {
        #[test]
        fn the_official_library_and_we_believe_each_other(
            key in proptest::collection::vec(any::<u8>(), 24..=64), id in "[A-Za-z0-9_-]{1,40}", body in ".{0,200}",
        ) {
            let now = oracle_now();
            let (ours, theirs) = (Secret::from_bytes(key.clone()).unwrap(), standardwebhooks::Webhook::from_bytes(key).unwrap());
            let signed = sign(&ours, &id, now, body.as_bytes()).unwrap();
            let second = now.as_second().to_string();

            let mut headers = HeaderMap::new();
            headers.insert("webhook-id", id.parse().unwrap());
            headers.insert("webhook-timestamp", second.parse().unwrap());
            headers.insert("webhook-signature", signed.parse().unwrap());
            prop_assert!(theirs.verify(body.as_bytes(), &headers).is_ok());

            let signed = theirs.sign(&id, now.as_second(), body.as_bytes()).unwrap();
            let headers = Headers { id: Some(&id), timestamp: Some(&second), signature: Some(&signed) };
            prop_assert_eq!(verify(std::slice::from_ref(&ours), headers, body.as_bytes(), now), Ok(()));
            prop_assert_eq!(verify(&[ours], headers, format!("{body} ").as_bytes(), now), Err(SignatureError::NoMatch));
        }

        #[test]
        fn no_header_makes_it_panic(id in ".{0,300}", timestamp in ".{0,30}", signature in ".{0,100}") {
            let headers = Headers { id: Some(&id), timestamp: Some(&timestamp), signature: Some(&signature) };
            prop_assert!(verify(&[Secret::parse(TEXT).unwrap()], headers, BODY, at(1000)).is_err());
        }
    }
}
