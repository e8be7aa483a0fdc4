//! How much one client, and all together, may ask for: requests a second by key, requests at once, time.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::problem::{Kind, Problem};
use super::shares::{Place, Shares};
use crate::config;
use crate::triage::outcome::Side;

/// The requests that each key may still make; counted by this node alone.
pub(super) struct Rates {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Rates {
    pub(super) fn new(limits: &config::Limits) -> Self {
        let per_second = NonZeroU32::new(limits.requests_per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(limits.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts one request of this key.
    ///
    /// # Errors
    /// When the key made too many; says when the next one is taken.
    pub(super) fn count(&self, key: &str) -> Result<(), Problem> {
        self.limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            too_many(seconds.max(1))
        })
    }

    /// Counts several at once; a batch is worth as many requests as it has elements, up to what a key may make at once.
    ///
    /// # Errors
    /// When they are more than the key has left.
    pub(super) fn count_many(&self, key: &str, count: u32, burst: u32) -> Result<(), Problem> {
        let Some(count) = NonZeroU32::new(count.min(burst)) else { return Ok(()) };
        match self.limiter.check_key_n(&key.to_owned(), count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(too_many(until.wait_time_from(self.clock.now()).as_secs() + 1)),
            Err(_) => Err(too_many(1)),
        }
    }

    /// Forgets keys that have been quiet for so long that they have all their requests back.
    pub(super) fn forget_quiet(&self) {
        self.limiter.retain_recent();
    }
}

/// What somebody may ask for who has only a letter's link, or is at one case on a page: a person's pace, not a program's.
pub(super) struct Links {
    rates: Rates,
    uploads: Arc<Shares>,
}

impl Links {
    /// Requests a second in the long run and at once, of everybody on one side of one case together.
    const RATE: (u32, u32) = (5, 120);
    /// Uploads at once of one party to one case.
    const UPLOADS: usize = 6;

    pub(super) fn new(limits: &config::Limits) -> Self {
        let (requests_per_second, burst) = Self::RATE;
        let rates = Rates::new(&config::Limits { requests_per_second, burst, ..limits.clone() });
        Self { rates, uploads: Shares::of(Self::UPLOADS * 2) }
    }

    /// Counts one request of a link to this case.
    ///
    /// # Errors
    /// When that side made too many.
    pub(super) fn count(&self, esr_id: &str, side: Side) -> Result<(), Problem> {
        self.rates.count(&format!("{esr_id} {side}"))
    }

    /// A place for an upload; `None` when the party has as many under way as it may.
    pub(super) fn enter(&self, esr_id: &str, party: &str) -> Option<Place> {
        self.uploads.enter(&format!("{esr_id} {party}")).ok()
    }

    /// Forgets those who have been quiet.
    pub(super) fn forget_quiet(&self) {
        self.rates.forget_quiet();
    }
}

fn too_many(seconds: u64) -> Problem {
    Problem::new(
        Kind::RateLimited,
        format!("This key made more requests than it may; nothing was done. Send the request again in {seconds} s."),
    )
    .retry_after(seconds)
}

/// Answers 503 at once when as many requests are being worked on as may be.
pub(super) async fn at_once(State(room): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match room.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => {
            Problem::busy("Too many requests are being worked on; nothing was done. Send it again.").into_response()
        }
    }
}

/// Answers 408 when the request, its body included, took longer than this.
pub(super) async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            Kind::Timeout,
            format!(
                "The request was not complete and answered within {} s. Filing the same reference again is safe.",
                limit.as_secs()
            ),
        )
        .into_response(),
    }
}
