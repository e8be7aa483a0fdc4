//! How far a delivery is.

use crate::closed::closed;

closed! {
    /// How far a delivery is.
    DeliveryState {
        /// It waits to be sent, or to be sent again.
        Pending = "pending",
        /// The other side took it.
        Delivered = "delivered",
        /// It was given up; `reason` says why. A replay sends it again.
        Dead = "dead",
        /// No channel to this side is known. A replay sends it once there is one.
        Unaddressed = "unaddressed",
    }
}

/// Why a delivery is dead that was never tried: its endpoint was disabled when the message came.
pub const ENDPOINT_DISABLED: &str = "endpoint_disabled";
