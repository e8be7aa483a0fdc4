//! The registry of platforms, participants, solutions and certification reports (IWR).

pub mod csv;
pub mod document;
pub mod faults;
pub mod index;
pub mod model;
pub mod name_index;
pub mod names;
pub mod releases;
pub mod upstream;

/// A finished hash as it stands in versions: `sha256:` and 64 hexadecimal digits.
pub(crate) fn sha256_label(hash: sha2::Sha256) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::from("sha256:"), |mut label, byte| {
        let _ = write!(label, "{byte:02x}");
        label
    })
}
