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

    /// What does not go together in its roles and its company, in a sentence.
    #[must_use]
    pub fn contradiction(&self) -> Option<&'static str> {
        let outside = self.roles.iter().any(|role| !role.is_staff());
        let participant = self.roles.contains(&Role::Participant);
        match (self.roles.as_slice(), &self.company, &self.participant) {
            ([], ..) => Some("Somebody without a role may do nothing: choose one"),
            _ if outside && self.is_staff() => {
                Some("Somebody of a company outside cannot also work here: choose one side")
            }
            (_, None, _) if outside => Some("A business partner or participant needs a company"),
            (_, Some(_), _) if !outside => Some("Only business partners and participants have a company"),
            (_, _, None) if participant => Some("A participant needs its id in the registry"),
            (_, _, Some(_)) if !participant => Some("Only participants have an id in the registry"),
            _ => None,
        }
    }

    /// Whether it is one of the service's own people.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }
}
