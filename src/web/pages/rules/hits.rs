//! How often each rule decided: counted now and then, and kept in between.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::store::{RuleHits, StoreError};
use crate::web::Web;

/// So many of the newest eSRs are counted.
pub(super) const COUNTED: u32 = 20_000;
/// What counts as lately.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// For so long a count is shown again.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// A count, and when it was made.
#[derive(Debug)]
pub(in crate::web::pages) struct Counted {
    pub(super) rules: Vec<RuleHits>,
    pub(super) at: Timestamp,
}

/// The last count.
#[derive(Debug, Default)]
pub(in crate::web::pages) struct Hits(Mutex<Option<Arc<Counted>>>);

impl Hits {
    /// How often each rule decided, at most a minute old.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn of(&self, web: &Web) -> Result<Arc<Counted>, StoreError> {
        let now = web.app.clock.now();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| now.duration_since(known.at) < KEPT) {
            return Ok(known);
        }
        let rules = web.app.store.rule_hits(now - LATELY, COUNTED).await?;
        let counted = Arc::new(Counted { rules, at: now });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&counted));
        Ok(counted)
    }
}
