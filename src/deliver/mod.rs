//! Delivery: claims what waits in the outbox, sends it outside any transaction, and records every attempt.

mod dispatch;
pub mod http;

pub use dispatch::Dispatch;
pub(crate) use dispatch::Sending;
