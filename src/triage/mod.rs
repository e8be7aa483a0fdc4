//! Facts, the proved routing table, and the explained decision. Pure: no clock, no I/O, no async.
//!
//! An eSR's names and releases are looked up ([`find`]), which gives the facts; the table gives the route; the
//! explanation says why, and what would change it.

pub mod decide;
pub mod decision;
mod explain;
pub mod facts;
pub mod find;
mod parties;
mod provenance;
pub mod reason;
mod runs;
pub mod scope;
pub mod fault;
mod markdown;
mod merge;
pub mod outcome;
mod outcome_file;
mod proof;
pub mod rules;
pub mod space;
mod table;
pub mod template;
mod toml_file;
mod words;
pub use decide::decide;
