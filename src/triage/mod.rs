//! Facts, the proved routing table, and the explained decision. Pure: no clock, no I/O, no async (but for
//! [`rules::Rules::load`], which reads an operator's directory).
//!
//! An eSR's names and releases are looked up ([`find`]), which gives the [`facts`]; the table of [`rules`] gives the
//! route; the explanation says why, and what would change it. [`decide()`] is the one evaluator.

pub mod decide;
pub mod decision;
pub mod diff;
pub mod examples;
mod explain;
mod fact_box;
pub mod facts;
pub mod fault;
mod find;
mod flaw;
mod markdown;
pub mod merge;
pub mod moves;
pub mod mutate;
pub mod outcome;
mod outcome_file;
mod parties;
mod paths;
mod proof;
mod provenance;
mod reason;
pub mod rules;
mod runs;
mod scope;
mod sources;
mod space;
mod table;
pub mod template;
pub(crate) mod toml_file;
pub mod words;

pub use decide::decide;
