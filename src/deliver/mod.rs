//! Delivery: claims what waits in the outbox, sends it outside any transaction, and records every attempt.

pub mod circuit;
mod dispatch;
pub mod http;
pub mod lane;

pub use dispatch::Dispatch;
pub(crate) use dispatch::Sending;
