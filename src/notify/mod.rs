//! Who has to be told what: the rows that commit with the decision. Pure; delivery is another module's work.

pub mod delivery;
pub mod endpoint;
mod event;
mod message;
pub mod payload;
pub mod policy;
mod recipients;
pub mod retry;

pub use event::{EventType, Notice};
pub use message::{Number, OutboxRow, Told, outbox_rows};
pub use recipients::{Directory, NewDelivery, Receiver, To, channel, deliveries};
