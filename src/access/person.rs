//! A person who may sign in.

use super::role::{Permission, Role};
use crate::closed::closed;

closed! {
    /// Whether somebody may sign in.
    PersonState {
        /// May sign in.
        Active = "active",
        /// May not; sessions ended.
        Disabled = "disabled",
    }
}

closed! {
    /// How somebody proved who it is.
    SignedInBy {
        /// With a password of ours.
        Password = "password",
        /// At the identity provider.
        Oidc = "oidc",
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: String,
    /// What is typed to sign in; unique, in lower case.
    pub login: String,
    /// What the person is called: who did something, in timelines and in the audit log.
    pub name: String,
    /// Where letters reach the person.
    pub email: Option<String>,
    /// What the person may do: the sum of these.
    pub roles: Vec<Role>,
    /// The business partner (a filer's name) or participant whose cases are the person's own; `None` for staff.
    pub company: Option<String>,
    /// That participant's id in the registry.
    pub participant: Option<String>,
    /// Whether the person may sign in.
    pub state: PersonState,
}

impl Person {
    /// Whether one of its roles permits this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.permits(permission))
    }

    /// Whether it is one of the service's own people.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }
}
