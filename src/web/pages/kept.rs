//! What the pages keep between requests, on this node.

use super::deliveries::Lost;
use super::login::Nobody;
use super::overview::Figures;
use super::registry::Shelf;
use super::rules::Hits;

/// See its fields.
#[derive(Default)]
pub(in crate::web) struct Kept {
    /// Logins that nobody has.
    pub(super) nobody: Nobody,
    /// The registry as lists show it.
    pub(super) shelf: Shelf,
    /// Figures over many eSRs, some seconds old.
    pub(super) figures: Figures,
    /// How many deliveries did not arrive, some seconds old.
    pub(super) lost: Lost,
    /// How often each rule decided, a minute old at most.
    pub(super) hits: Hits,
}
