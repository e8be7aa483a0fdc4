//! Facts, the proved routing table, and the explained decision. Pure: no clock, no I/O, no async.
//!
//! An eSR's names and releases are looked up ([`find`]), which gives the facts; the table gives the route; the
//! explanation says why, and what would change it.

pub mod decision;
pub mod facts;
pub mod find;
mod parties;
pub mod reason;
mod runs;
pub mod scope;
