//! Who may do what: people, their roles, and what each permits; passwords, waiting, and what the audit log keeps. Pure.

mod act;
pub mod password;
mod person;
mod role;
pub mod throttle;

pub use act::{About, Act, ActOutcome, Origin, Thing, Who};
pub use person::{Person, PersonState, SignedInBy};
pub use role::{Permission, Role};
