//! Untrusted input becomes a checked [`esr::Esr`]; every bad field is named at once.

pub mod esr;
