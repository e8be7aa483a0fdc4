//! What was sent to whom, each try, and sending again: one message, several, or all that a filter fits.

mod chosen;
mod list;
mod one;
mod replay;
pub(super) mod trouble;
pub(super) mod words;

use axum::Router;
use axum::routing::{get, post};

pub(super) use self::replay::sent_again;
use crate::web::Web;

/// The pages and acts of this part.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .route("/deliveries", get(list::show))
        .route("/deliveries/replay", get(replay::confirm).post(replay::send))
        .route("/deliveries/{id}", get(one::show))
        .route("/deliveries/{id}/replay", post(one::replay))
}

/// Counts on tabs end here: more than that is "999+".
pub(super) const COUNTED: u32 = 1_000;

/// A tab of this part.
pub(super) struct Tab {
    pub(super) to: String,
    pub(super) title: &'static str,
    /// How many there are; none is not shown.
    pub(super) count: Option<String>,
    pub(super) here: bool,
}

/// A count as a tab or a sentence shows it, where counting ended at `most`.
pub(super) fn counted(count: u64, most: u32) -> String {
    if count >= u64::from(most) { format!("{}+", most - 1) } else { count.to_string() }
}
