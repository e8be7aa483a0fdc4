//! How many deliveries did not arrive: the number that stands beside the way to them on every page.

use std::time::Duration;

use crate::notify::delivery::DeliveryState;
use crate::store::{DeliveryFilter, Store, StoreError};

/// How old the number may be.
const FRESH: Duration = Duration::from_secs(20);
/// Counting ends here.
const MOST: u32 = 100;

/// The number, kept some seconds for everybody who looks.
pub(in crate::web::pages) struct Lost(moka::future::Cache<(), u64>);

impl Default for Lost {
    fn default() -> Self {
        Self(moka::future::Cache::builder().max_capacity(1).time_to_live(FRESH).build())
    }
}

impl Lost {
    /// What waits for somebody to send it again, in a few signs; nothing where there is none.
    pub(in crate::web::pages) async fn shown(&self, store: &Store) -> String {
        let counted = self.0.try_get_with((), count(store)).await;
        match counted {
            Ok(0) => String::new(),
            Ok(count) if count >= u64::from(MOST) => format!("{}+", MOST - 1),
            Ok(count) => count.to_string(),
            // No page is kept back because of a number beside a link.
            Err(error) => {
                tracing::warn!(%error, "what did not arrive could not be counted");
                String::new()
            }
        }
    }
}

async fn count(store: &Store) -> Result<u64, StoreError> {
    let of = |state| DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
    let (dead, unaddressed) = (of(DeliveryState::Dead), of(DeliveryState::Unaddressed));
    let (dead, unaddressed) =
        tokio::try_join!(store.count_deliveries(&dead, MOST), store.count_deliveries(&unaddressed, MOST))?;
    Ok(dead + unaddressed)
}
