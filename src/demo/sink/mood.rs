//! How a system can be told to be for a while, so that retries, circuits and dead letters can be seen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use crate::closed::closed;

/// What a busy system asks for, in seconds.
pub(super) const RETRY_AFTER: &str = "5";

closed! {
    /// How a system is.
    Mood {
        /// It takes what comes.
        Well = "well",
        /// It answers 500.
        Failing = "failing",
        /// It holds its answer back.
        Stalling = "stalling",
        /// It answers 429 and asks for some time.
        Busy = "busy",
        /// It answers 422: this message, never.
        Refusing = "refusing",
        /// It answers 410: nothing more, ever.
        Gone = "gone",
    }
}

impl Mood {
    /// The word on its button.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Well => "Well",
            Self::Failing => "Fail: 500",
            Self::Stalling => "Stall",
            Self::Busy => "Busy: 429",
            Self::Refusing => "Refuse: 422",
            Self::Gone => "Gone: 410",
        }
    }

    /// What it leads to.
    #[must_use]
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Well => "takes what comes",
            Self::Failing => "each delivery is tried again, later and later; after five failures the circuit opens",
            Self::Stalling => {
                "nothing is answered; each attempt ends at its deadline, and the other sides do not wait for it"
            }
            Self::Busy => "the endpoint is slowed down as Retry-After asks",
            Self::Refusing => {
                "a delivery to the ticket system is dead at once, until an agent replays it; a webhook is tried again"
            }
            Self::Gone => "the endpoint is disabled at once, until an agent enables it again",
        }
    }

    /// What is answered; none when it is well, or says nothing.
    pub(super) fn status(self) -> Option<StatusCode> {
        match self {
            Self::Well | Self::Stalling => None,
            Self::Failing => Some(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Busy => Some(StatusCode::TOO_MANY_REQUESTS),
            Self::Refusing => Some(StatusCode::UNPROCESSABLE_ENTITY),
            Self::Gone => Some(StatusCode::GONE),
        }
    }
}

/// How each system is, and until when.
#[derive(Debug, Default)]
pub(super) struct Moods(Mutex<HashMap<String, (Mood, Timestamp)>>);

impl Moods {
    pub(super) fn set(&self, name: &str, mood: Mood, now: Timestamp, how_long: SignedDuration) {
        let until = now.checked_add(how_long).unwrap_or(Timestamp::MAX);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), (mood, until));
    }

    /// How a system is now, and for how long still.
    pub(super) fn of(&self, name: &str, now: Timestamp) -> (Mood, SignedDuration) {
        let moods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match moods.get(name) {
            Some((mood, until)) if *until > now => (*mood, until.duration_since(now)),
            _ => (Mood::Well, SignedDuration::ZERO),
        }
    }
}
