//! What stands still until somebody does something: the numbers beside the ways on every page.

use std::time::Duration;

use super::frame::Section;
use crate::notify::delivery::DeliveryState;
use crate::store::{DeliveryFilter, InboundFilter, InboundState, Store, StoreError};

/// How old the numbers may be.
const FRESH: Duration = Duration::from_secs(20);
/// Counting ends here.
const MOST: u32 = 100;

/// How much stands still.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stuck {
    /// Deliveries that did not arrive.
    lost: u64,
    /// Messages that came in, and of which nobody has said what becomes of them.
    held: u64,
}

impl Stuck {
    /// What stands still in a part, in a few signs, and what it is; nothing where nothing does.
    pub(super) fn of(self, section: Section) -> Option<(String, &'static str)> {
        let (count, what) = match section {
            Section::Deliveries => (self.lost, "did not arrive"),
            Section::Inbound => (self.held, "held"),
            _ => return None,
        };
        let most = u64::from(MOST);
        let shown = if count >= most { format!("{}+", most - 1) } else { count.to_string() };
        (count > 0).then_some((shown, what))
    }
}

/// The numbers, kept some seconds for everybody who looks.
pub(super) struct Counted(moka::future::Cache<(), Stuck>);

impl Default for Counted {
    fn default() -> Self {
        Self(moka::future::Cache::builder().max_capacity(1).time_to_live(FRESH).build())
    }
}

impl Counted {
    /// Something was done about it: it is counted anew.
    pub(super) fn forget(&self) {
        self.0.invalidate_all();
    }

    /// As they were some seconds ago at most.
    pub(super) async fn lately(&self, store: &Store) -> Stuck {
        self.0.try_get_with((), count(store)).await.unwrap_or_else(|error| {
            // No page is kept back because of a number beside a link.
            tracing::warn!(%error, "what stands still could not be counted");
            Stuck::default()
        })
    }
}

async fn count(store: &Store) -> Result<Stuck, StoreError> {
    let of = |state| DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
    let (dead, unaddressed) = (of(DeliveryState::Dead), of(DeliveryState::Unaddressed));
    let held = InboundFilter { state: Some(InboundState::Held), ..InboundFilter::default() };
    let (dead, unaddressed, held) = tokio::try_join!(
        store.count_deliveries(&dead, MOST),
        store.count_deliveries(&unaddressed, MOST),
        store.count_inbound(&held, MOST),
    )?;
    Ok(Stuck { lost: dead + unaddressed, held })
}
