//! A letter: one message of a case, for one reader.

use jiff::Timestamp;
use serde_json::Value;

use crate::notify::Notice;
use crate::notify::endpoint::Language;
use crate::triage::outcome::Side;

/// One message of a case, for one reader.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The message (`msg_...`).
    pub message_id: &'a str,
    /// The message's timestamp.
    pub at: Timestamp,
    /// The payload's `data`, whole.
    pub data: &'a Value,
    /// How the reader is told.
    pub notice: Notice,
    /// The side that reads.
    pub side: Side,
    /// Who that is: a partner's owner name, a participant's id, a desk.
    pub party: &'a str,
    /// The mail address.
    pub address: &'a str,
    /// The reader's language.
    pub language: Language,
    /// Until when the reader is to answer, where the operator set a time.
    pub answer_by: Option<Timestamp>,
    /// Whether it is a test, and says so.
    pub test: bool,
    /// The counter of this reader's links to the case ([`super::link`]).
    pub counter: u16,
    /// From when on its link lives: a letter that is sent again as it was has the same, one that somebody sends anew another.
    pub linked_at: Timestamp,
}
