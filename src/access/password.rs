//! Passwords: argon2id, and the one rule about length. Slow on purpose: callers run it off the threads that serve requests.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

/// The fewest characters of a password.
pub const SHORTEST: usize = 12;
/// The most bytes of one; more would only make hashing longer.
pub const LONGEST: usize = 1024;

/// What a password came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one.
    Right,
    /// It is the one, hashed with other parameters than today's.
    RightButOld,
    /// It is not.
    Wrong,
}

/// Whether a password will do.
///
/// # Errors
/// Why it will not, in words.
pub fn check(password: &str, login: &str) -> Result<(), String> {
    let characters = password.chars().count();
    if characters < SHORTEST {
        return Err(format!(
            "has {characters} characters; at least {SHORTEST} are needed. A few words in a row are fine."
        ));
    }
    if password.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes."));
    }
    let lower = password.to_lowercase();
    let first = lower.chars().next();
    if lower.chars().all(|c| Some(c) == first) {
        return Err("is one character again and again; choose one that others do not guess.".to_owned());
    }
    if lower.contains("pointsman") && lower.replace("pointsman", "").chars().count() < 6 {
        return Err("is little more than the name of this service; choose one that others do not guess.".to_owned());
    }
    if login.chars().count() >= 4 && lower.replace(&login.to_lowercase(), "").chars().count() < 6 {
        return Err("is little more than the login; choose one that others do not guess.".to_owned());
    }
    Ok(())
}

/// The password as it is stored (a PHC string).
///
/// # Errors
/// When it cannot be hashed: out of memory, mostly.
pub fn hash(password: &str, salt: &[u8; 32]) -> Result<String, argon2::password_hash::Error> {
    Ok(today().hash_password_with_salt(password.as_bytes(), &salt[..16])?.to_string())
}

/// Whether it is the password that was stored as `phc`.
#[must_use]
pub fn verify(password: &str, phc: &str) -> Verdict {
    let Ok(stored) = PasswordHash::new(phc) else { return Verdict::Wrong };
    // The parameters are the stored ones, whatever today's are.
    if today().verify_password(password.as_bytes(), &stored).is_err() {
        return Verdict::Wrong;
    }
    let now = Params::default();
    let same = stored.algorithm.as_str() == "argon2id"
        && Params::try_from(&stored).is_ok_and(|then| {
            (then.m_cost(), then.t_cost(), then.p_cost()) == (now.m_cost(), now.t_cost(), now.p_cost())
        });
    if same { Verdict::Right } else { Verdict::RightButOld }
}

/// Takes as long as [`verify`] does, for logins that nobody has: whether somebody has one cannot be told by time.
pub fn verify_nothing(password: &str) {
    let mut out = [0; 32];
    // Nothing is done with what comes out.
    let _ = today().hash_password_into(password.as_bytes(), b"nobody has this salt", &mut out);
    std::hint::black_box(out);
}

/// As OWASP recommends: 19 MiB, two passes, one lane.
fn today() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let stored = hash("correct horse battery", &[7; 32]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(verify("correct horse battery", &stored), Verdict::Right);
        assert_eq!(verify("correct horse batterx", &stored), Verdict::Wrong);
        assert_eq!(verify("correct horse battery", "no hash"), Verdict::Wrong);
    }

    #[test]
    fn a_password_that_was_hashed_with_less_is_right_and_hashed_again() {
        let less = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let stored = less.hash_password_with_salt(b"correct horse battery", &[7; 16]).unwrap().to_string();
        assert_eq!(verify("correct horse battery", &stored), Verdict::RightButOld);
    }

    #[test]
    fn length_decides_not_classes_of_characters() {
        for good in ["correct horse battery", "åäöåäöåäöåäö", "            x", "jdkslfjdkslf"] {
            assert_eq!(check(good, "ada"), Ok(()), "{good}");
        }
        let long = "x1".repeat(600);
        for bad in ["Sh0rt!", "elevenchars", "aaaaaaaaaaaaaaaa", "pointsman123", "ada.lovelace1", long.as_str()] {
            assert!(check(bad, "ada.lovelace").is_err(), "{bad}");
        }
    }
}
