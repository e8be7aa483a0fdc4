//! SHA-256 as it is written down.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Bytes in hexadecimal, two digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// A finished hash as it stands in versions: `sha256:` and 64 hexadecimal digits.
pub(crate) fn version(hash: Sha256) -> String {
    format!("sha256:{}", hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(version(Sha256::new()), empty);
    }
}
