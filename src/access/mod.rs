//! Who may do what: people, their roles, and what each role permits. Pure.

mod person;
mod role;

pub use person::{Person, PersonState};
pub use role::{Permission, Role};
