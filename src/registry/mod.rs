//! The registry of platforms, participants, solutions and certification reports (IWR).

pub mod csv;
pub mod document;
pub mod faults;
pub mod index;
pub mod model;
pub mod name_index;
pub mod names;
pub mod releases;
pub mod upstream;
