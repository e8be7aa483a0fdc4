//! Who reads which mail: addresses, and the people behind them.

use std::collections::HashMap;

use crate::triage::outcome::Side;

/// A reader of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// On which side.
    pub side: Side,
    /// What people call it.
    pub title: String,
}

/// The readers by address.
#[derive(Debug, Default)]
pub struct Book(HashMap<String, Reader>);

impl Book {
    /// Enters a reader; one that is entered already stays.
    pub fn enter(&mut self, address: &str, side: Side, title: &str) {
        let reader = Reader { side, title: title.to_owned() };
        self.0.entry(address.trim().to_lowercase()).or_insert(reader);
    }

    /// Who reads what goes to this address.
    #[must_use]
    pub fn reader(&self, address: &str) -> Option<&Reader> {
        self.0.get(&address.trim().to_lowercase())
    }
}

/// A side, for people.
#[must_use]
pub fn title_of(side: Side) -> &'static str {
    match side {
        Side::BusinessPartner => "Business partner",
        Side::Participant => "Participant",
        Side::Ale => "ALE",
        Side::Agent => "Agent",
        Side::Finance => "Finance",
        Side::Filer => "Filer",
    }
}
