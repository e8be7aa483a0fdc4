//! Delivery: claims what waits in the outbox, sends it outside any transaction, and records every attempt.

pub mod http;
