//! Untrusted input becomes a checked [`esr::Esr`]; every bad field is named at once.
//!
//! Bytes -> [`malformed`] (is it JSON at all?) -> [`parse`] (is every field sound?), one item or many ([`batch`]).
//! Beside them what makes a filing safe to repeat ([`content`]) and to believe ([`signature`]).

pub mod batch;
pub mod content;
pub mod esr;
pub mod fields;
pub mod limits;
pub mod malformed;
pub mod parse;
pub mod signature;
pub mod time;
