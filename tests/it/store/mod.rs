//! The store, the same suite on both databases.

mod cases;
mod failures;
mod keys;
mod lists;
mod lists_many;
mod registry;
mod sample;
mod simultaneous;
