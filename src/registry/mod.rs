//! The registry of platforms, participants, solutions and certification reports (IWR).

pub mod model;
pub mod names;
pub mod releases;
