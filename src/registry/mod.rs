//! The registry of platforms, participants, solutions and certification reports (IWR).

pub mod model;
