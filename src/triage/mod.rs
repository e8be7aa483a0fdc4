//! Facts, the proved routing table, and the explained decision. Pure: no clock, no I/O, no async.

pub mod decision;
pub mod facts;
