//! Delivery: claims what waits in the outbox, sends it outside any transaction, and records every attempt.

mod attempt;
pub mod circuit;
mod context;
mod dispatch;
mod dispatcher;
pub mod enrol;
pub mod http;
pub mod lane;
mod look;
mod recorder;
pub(crate) mod ticket;
mod trial;
mod worker;

pub use dispatch::Dispatch;
pub(crate) use dispatch::Sending;
pub use trial::{Trial, trial};

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Sends what waits until `stop`; then ends what is under way and gives the rest back. Returns at once where this node is
/// not to send.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    if app.config.delivery.enabled {
        let lanes = app.lanes.clone();
        dispatcher::run(app, lanes, stop).await;
    }
}

/// What holds for every lane, as the operator set it.
#[must_use]
pub fn lane_settings(config: &crate::config::Delivery) -> lane::Settings {
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let defaults = lane::Settings::default();
    let circuit = circuit::Settings {
        failures: config.circuit_failures,
        pause: seconds(config.circuit_seconds),
        pause_cap: seconds(config.circuit_cap_seconds),
        ..defaults.circuit
    };
    lane::Settings { circuit, ..defaults }
}
