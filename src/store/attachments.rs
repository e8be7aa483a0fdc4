//! What is known about attached files; their bytes lie outside the database.

use jiff::Timestamp;

use super::{NewEvent, Result, Store, later};

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id (`att_...`).
    pub id: String,
    /// The eSR that it belongs to.
    pub esr_id: String,
    /// The name that it was sent under.
    pub name: String,
    /// Media type, as sent.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Who sent it: the credential's owner.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Adds an attachment and its timeline entry. `false` when there is no such eSR.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_attachment(&self, _attachment: Attachment, _event: NewEvent) -> Result<bool> {
        later()
    }

    /// The attachments of one eSR, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attachments(&self, _esr_id: &str) -> Result<Vec<Attachment>> {
        later()
    }
}
