//! What the pages keep between requests, on this node.

use super::login::Nobody;
use super::overview::Figures;
use super::registry::Shelf;
use super::rules::Hits;
use super::stuck::Counted;

/// See its fields.
#[derive(Default)]
pub(in crate::web) struct Kept {
    /// Logins that nobody has.
    pub(super) nobody: Nobody,
    /// The registry as lists show it.
    pub(super) shelf: Shelf,
    /// Figures over many eSRs, some seconds old.
    pub(super) figures: Figures,
    /// What stands still, some seconds old.
    pub(super) stuck: Counted,
    /// How often each rule decided, a minute old at most.
    pub(super) hits: Hits,
}
