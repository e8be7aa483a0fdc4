//! Lists of eSRs: filters, full text, keyset pages.

use jiff::Timestamp;

use super::{Result, Store, StoredEsr, later};
use crate::cases::Status;
use crate::triage::facts::Phase;

/// Whose eSRs are seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SeenBy {
    /// All of them.
    #[default]
    Everyone,
    /// Those that this owner filed.
    Filer(String),
    /// Those that reached this participant (once reached, always seen), and those that this owner filed.
    Participant {
        /// The participant's id in the registry.
        id: String,
        /// The owner of its credential.
        owner: String,
    },
}

/// Which eSRs to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub seen_by: SeenBy,
    /// Filed by this owner.
    pub filer: Option<String>,
    /// That reached this participant.
    pub participant: Option<String>,
    /// In this status.
    pub status: Option<Status>,
    /// On this route now.
    pub route: Option<String>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// Of this severity.
    pub severity: Option<u8>,
    /// Received at this time or later.
    pub since: Option<Timestamp>,
    /// Received before this time.
    pub before: Option<Timestamp>,
    /// Every word of this text begins a word of the reference, summary, description, customer or products. Case and accents do
    /// not matter; punctuation only separates words, so no text can be malformed.
    pub text: Option<String>,
}

/// One eSR in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsrSummary {
    /// Its id.
    pub id: String,
    /// Who filed it.
    pub filer: String,
    /// The filer's own number.
    pub reference: String,
    /// Whom it waits for.
    pub status: Status,
    /// Where it goes now.
    pub route: String,
    /// How far along.
    pub stage: String,
    /// The rule that decided last.
    pub rule: String,
    /// 1 to 5.
    pub priority: u8,
    /// Production or development.
    pub phase: Phase,
    /// 1 to 4.
    pub severity: u8,
    /// One line on what is wrong.
    pub summary: String,
    /// The participant that its products belong to, by id.
    pub participant: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was decided.
    pub revision: i64,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to ask the next page with; `None` on the last one.
    pub next: Option<String>,
}

impl Store {
    /// A page of eSRs, the newest first. `cursor` is the `next` of the page before. What arrives meanwhile moves nothing: no page
    /// skips or repeats an eSR.
    ///
    /// # Errors
    /// [`super::StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn list(&self, _filter: &Filter, _cursor: Option<&str>, _limit: u32) -> Result<Page<EsrSummary>> {
        later()
    }

    /// A page of whole eSRs with their latest decision, the oldest first: the history that `replay` decides again.
    ///
    /// # Errors
    /// [`super::StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn history(
        &self,
        _since: Option<Timestamp>,
        _cursor: Option<&str>,
        _limit: u32,
    ) -> Result<Page<StoredEsr>> {
        later()
    }

    /// How many eSRs were received since then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, _since: Option<Timestamp>) -> Result<u64> {
        later()
    }
}
