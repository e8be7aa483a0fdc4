//! Who was told what, with each attempt.

use crate::notify::delivery::DeliveryState;
use crate::store::{Attempt, Delivery, DeliveryFilter, Inbound, Store, StoreError};
use crate::web::pages::words::party as name_of;

/// The most deliveries that are shown, the newest ones; the delivery pages have them all.
const MOST: u32 = 25;

/// One delivery.
pub(super) struct Told {
    pub(super) delivery: Delivery,
    pub(super) attempts: Vec<Attempt>,
    /// The mail that says that this letter came back.
    pub(super) returned: Option<Inbound>,
}

impl Told {
    /// Which mark its state gets.
    pub(super) fn mark(&self) -> &'static str {
        match self.delivery.state {
            DeliveryState::Delivered if self.returned.is_some() => "bad",
            DeliveryState::Delivered => "good",
            DeliveryState::Pending => "warn",
            DeliveryState::Dead | DeliveryState::Unaddressed => "bad",
        }
    }

    /// Where it went.
    pub(super) fn to(&self) -> &str {
        match (self.delivery.address.as_str(), &self.delivery.endpoint) {
            ("", Some(endpoint)) => endpoint,
            ("", None) => "nowhere: no channel is known",
            (address, _) => address,
        }
    }

    /// Who was told; a desk has no name beside what it is.
    pub(super) fn who(&self) -> &str {
        name_of(self.delivery.side, &self.delivery.party)
    }

    /// Whether sending it again makes sense: what is under way takes care of itself.
    pub(super) fn can_go_again(&self) -> bool {
        !self.delivery.under_way
    }
}

/// The deliveries of a case, the newest first; and whether there are more.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(store: &Store, esr_id: &str) -> Result<(Vec<Told>, bool), StoreError> {
    let filter = DeliveryFilter { esr_id: Some(esr_id.to_owned()), ..DeliveryFilter::default() };
    let (page, mut attempts) = tokio::try_join!(store.deliveries(&filter, None, MOST), store.attempts_of_esr(esr_id))?;
    let ids: Vec<_> = page.items.iter().map(|delivery| delivery.id.as_str()).collect();
    let mut came_back = store.returned_letters(&ids).await?;
    let told = page.items.into_iter().map(|delivery| {
        let own = attempts.remove(&delivery.id).unwrap_or_default();
        let returned = came_back.iter().position(|mail| mail.delivery_id.as_ref() == Some(&delivery.id));
        Told { delivery, attempts: own, returned: returned.map(|at| came_back.swap_remove(at)) }
    });
    Ok((told.collect(), page.next.is_some()))
}
