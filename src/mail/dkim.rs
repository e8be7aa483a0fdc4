//! DKIM (RFC 6376): letters are signed, so that receivers see that the domain sent them and that nothing was changed.
//!
//! RSA, because that is what every receiver accepts; relaxed canonicalization, so that a server that folds lines anew breaks
//! nothing. Headers that must not be added on the way are signed once more than they are there.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;

use super::settings::BadSettings;

/// The headers that are signed. One that stands here twice is there once: a second one added on the way breaks the signature.
const SIGNED: &[&str] = &[
    "From",
    "From",
    "To",
    "To",
    "Cc",
    "Subject",
    "Subject",
    "Date",
    "Date",
    "Reply-To",
    "Reply-To",
    "Message-ID",
    "Message-ID",
    "In-Reply-To",
    "In-Reply-To",
    "References",
    "References",
    "MIME-Version",
    "MIME-Version",
    "Content-Type",
    "Content-Type",
    "Auto-Submitted",
    "List-Id",
    "Content-Language",
];
/// The shortest RSA key that receivers accept (RFC 8301), in bytes.
const SHORTEST: usize = 1024 / 8;

/// A domain's signing key. It never prints.
#[derive(Clone)]
pub struct Dkim(Arc<DkimConfig>);

impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dkim(..)")
    }
}

impl Dkim {
    /// Signs for `domain` with the key whose public half stands at `selector._domainkey.domain`; `pem` is an RSA private key,
    /// as `openssl genrsa` writes it (PKCS #8), or in the older form (PKCS #1).
    ///
    /// # Errors
    /// When it is no such key, or shorter than 1,024 bits.
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, BadSettings> {
        let wrong = || {
            BadSettings(
                "mail.dkim_key must be an RSA private key in PEM, of 1,024 bits or more; make one with: openssl genrsa 2048"
                    .to_owned(),
            )
        };
        let key = rsa_key(pem).ok_or_else(wrong)?;
        let key = DkimSigningKey::new(&key, DkimSigningAlgorithm::Rsa).map_err(|_| wrong())?;
        let headers = SIGNED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect();
        let relaxed =
            DkimCanonicalization { header: DkimCanonicalizationType::Relaxed, body: DkimCanonicalizationType::Relaxed };
        Ok(Self(Arc::new(DkimConfig::new(selector.to_owned(), domain.to_owned(), key, headers, relaxed))))
    }

    /// Signs a letter; what is changed afterwards breaks the signature.
    pub(super) fn sign(&self, message: &mut Message) {
        message.sign(&self.0);
    }
}

/// The key in the older form (PKCS #1, PEM), which is the one that can be read here.
fn rsa_key(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    let key = match kind {
        "RSA PRIVATE KEY" => &bytes[..],
        // SEQUENCE { version, SEQUENCE { algorithm }, OCTET STRING { the key in the older form } }
        "PRIVATE KEY" => {
            let (_, inner) = der(&bytes, 0x30)?;
            let inner = skip(skip(inner, 0x02)?, 0x30)?;
            der(inner, 0x04)?.1
        }
        _ => return None,
    };
    // SEQUENCE { version, modulus, ... }
    let modulus = der(skip(der(key, 0x30)?.1, 0x02)?, 0x02)?.1;
    if modulus.iter().skip_while(|byte| **byte == 0).count() < SHORTEST {
        return None;
    }
    let lines: Vec<String> =
        STANDARD.encode(key).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Some(format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n")))
}

/// What follows the first element, and what is in it; `None` when it is not of that tag.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short @ 0..0x80 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
            (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
        }
    };
    let (inside, after) = rest.split_at_checked(length)?;
    (*first == tag).then_some((after, inside))
}

fn skip(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    der(bytes, tag).map(|(after, _)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rsa_key_is_refused_without_harm() {
        let wrapped = |bytes: &[u8]| {
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(bytes))
        };
        for pem in [
            String::new(),
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----".to_owned(),
            wrapped(&[0x30]),
            wrapped(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
            wrapped(&[0x30, 0x80]),
        ] {
            let error = Dkim::new("a.example", "s", &pem).unwrap_err().to_string();
            assert!(error.contains("openssl genrsa 2048"), "{error}");
        }
    }
}
