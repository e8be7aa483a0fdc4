//! The figures of the overview: read together, kept some seconds, shared by everybody who looks.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use crate::app::App;
use crate::store::{Missed, PairCount, Resting, StoreError, TroubleCount, VolumeCount, WaitingCount};

/// How old figures may be.
const FRESH: Duration = Duration::from_secs(45);
/// So many pairs and routes are read; what is rarer is counted with the others.
const PAIRS: u32 = 4_000;
/// So many names that nobody knows are shown.
const NAMES: u32 = 12;

/// What was counted at one time.
pub(in crate::web::pages) struct Counted {
    /// When.
    pub(super) at: Timestamp,
    /// The first moment that counts.
    pub(super) since: Timestamp,
    /// How long one piece of time is.
    pub(super) piece: SignedDuration,
    /// How many pieces there are.
    pub(super) pieces: usize,
    pub(in crate::web::pages) pairs: Vec<PairCount>,
    pub(super) volume: Vec<VolumeCount>,
    pub(super) waiting: Vec<WaitingCount>,
    pub(super) missed: Vec<Missed>,
    pub(super) trouble: Vec<TroubleCount>,
}

/// Figures by the number of days that they cover.
pub(in crate::web::pages) struct Figures {
    counted: moka::future::Cache<i64, Arc<Counted>>,
    /// How many eSRs rest on a report.
    resting: moka::future::Cache<String, Resting>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            counted: moka::future::Cache::builder().max_capacity(8).time_to_live(FRESH).build(),
            resting: moka::future::Cache::builder().max_capacity(2_000).time_to_live(FRESH).build(),
        }
    }
}

impl Figures {
    /// The figures of the last so many days. Who asks while they are being counted waits for the same count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::web::pages) async fn of(&self, app: &App, days: i64) -> Result<Arc<Counted>, StoreError> {
        let counted = self.counted.try_get_with(days, async { count(app, days).await.map(Arc::new) }).await;
        counted.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// How many eSRs rest on each of these reports.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::web::pages) async fn resting(&self, app: &App, keys: &[String]) -> Result<Vec<Resting>, StoreError> {
        let mut unknown = Vec::new();
        for key in keys {
            if !self.resting.contains_key(key) {
                unknown.push(key.clone());
            }
        }
        for (key, resting) in unknown.iter().zip(app.store.resting_on(&unknown).await?) {
            self.resting.insert(key.clone(), resting).await;
        }
        let mut all = Vec::new();
        for key in keys {
            all.push(self.resting.get(key).await.unwrap_or_default());
        }
        Ok(all)
    }
}

async fn count(app: &App, days: i64) -> Result<Counted, StoreError> {
    let at = app.clock.now();
    let each: i64 = if days > 60 { 7 } else { 1 };
    let pieces = (days + each - 1) / each;
    // Whole days, so that a bar is a day's and the window does not cut one.
    let today = at.to_zoned(TimeZone::UTC).date();
    let first = today.checked_sub((pieces * each - 1).days()).unwrap_or(today);
    let since = first.to_zoned(TimeZone::UTC).map_or(at, |zoned| zoned.timestamp());
    let piece = SignedDuration::from_hours(24 * each);
    Ok(Counted {
        at,
        since,
        piece,
        pieces: usize::try_from(pieces).unwrap_or(1),
        pairs: app.store.pair_counts(since, PAIRS).await?,
        volume: app.store.volume_counts(since, i64::try_from(piece.as_micros()).unwrap_or(i64::MAX)).await?,
        waiting: app.store.waiting_counts(at).await?,
        missed: app.store.missed_names(since, NAMES).await?,
        trouble: app.store.trouble_counts().await?,
    })
}
