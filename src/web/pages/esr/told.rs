//! Who was told what, with each attempt.

use jiff::{SignedDuration, Timestamp};

use crate::notify::delivery::DeliveryState;
use crate::store::{Attempt, DeliveryFilter, Inbound, StoreError};
use crate::web::Web;
use crate::web::api::deliveries::{DeliveryShown, shown};

/// The most deliveries that are shown, the newest ones; the delivery pages have them all.
const MOST: u32 = 25;
/// What arrives later than this after it was written is said to.
const LATE: SignedDuration = SignedDuration::from_mins(1);

/// One delivery.
pub(super) struct Told {
    pub(super) shown: DeliveryShown,
    pub(super) attempts: Vec<Attempt>,
    /// The mail that says that this letter came back.
    pub(super) returned: Option<Inbound>,
}

impl Told {
    /// Whether it waits for somebody.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.shown.state, DeliveryState::Dead | DeliveryState::Unaddressed) || self.returned.is_some()
    }

    /// Whether it is on its way.
    pub(super) fn is_pending(&self) -> bool {
        self.shown.state == DeliveryState::Pending
    }

    /// When it arrived, where that was long after it was written.
    pub(super) fn late(&self) -> Option<Timestamp> {
        self.shown.delivered_at.filter(|at| at.duration_since(self.shown.created_at) > LATE)
    }

    /// Whether sending it again makes sense: what is under way takes care of itself.
    pub(super) fn can_go_again(&self) -> bool {
        !self.shown.under_way
    }
}

/// The deliveries of a case, the newest first; and whether there are more.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(web: &Web, esr_id: &str) -> Result<(Vec<Told>, bool), StoreError> {
    let store = &web.app.store;
    let filter = DeliveryFilter { esr_id: Some(esr_id.to_owned()), ..DeliveryFilter::default() };
    let (page, mut attempts) = tokio::try_join!(store.deliveries(&filter, None, MOST), store.attempts_of_esr(esr_id))?;
    let ids: Vec<_> = page.items.iter().map(|delivery| delivery.id.as_str()).collect();
    let mut came_back = store.returned_letters(&ids).await?;
    let told = page.items.into_iter().map(|delivery| {
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        let returned = came_back.iter().position(|mail| mail.delivery_id.as_ref() == Some(&delivery.id));
        Told { shown: shown(web, delivery), attempts, returned: returned.map(|at| came_back.swap_remove(at)) }
    });
    Ok((told.collect(), page.next.is_some()))
}
