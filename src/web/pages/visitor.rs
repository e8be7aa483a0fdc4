//! Who reads a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::frame::{Frame, Section, Theme};
use super::sorry::Sorry;
use crate::access::{Permission, Person, PersonState, Role};
use crate::cases::{self, Actor};
use crate::web::Web;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(in crate::web) struct Visitor {
    /// Who.
    pub(super) person: Person,
    /// What was just done, to be said once.
    pub(super) said: Option<String>,
    /// How bright the pages are.
    pub(super) theme: Theme,
}

impl Visitor {
    /// Whether the visitor may do this.
    pub(super) fn can(&self, permission: Permission) -> bool {
        self.person.may(permission)
    }

    /// Refuses a visitor who may not do this.
    ///
    /// # Errors
    /// A page that names the roles that may.
    pub(super) fn may(&self, permission: Permission) -> Result<(), Sorry> {
        if self.can(permission) { Ok(()) } else { Err(Sorry::forbidden(self, permission)) }
    }

    /// The visitor as timelines name it.
    pub(super) fn actor(&self) -> Actor {
        let role = if self.person.is_staff() {
            cases::Role::Agent
        } else if self.person.participant.is_some() {
            cases::Role::Participant
        } else {
            cases::Role::BusinessPartner
        };
        Actor { role: Some(role), name: self.person.name.clone(), on_behalf_of: None }
    }

    /// What surrounds a page of this visitor's.
    pub(super) fn frame(&self, web: &Web, title: impl Into<String>, section: Section) -> Frame {
        Frame::new(self, title, section, web.app.clock.now())
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Sorry;

    async fn from_request_parts(_parts: &mut Parts, _web: &Web) -> Result<Self, Sorry> {
        if !cfg!(debug_assertions) {
            return Err(Sorry::signed_out());
        }
        let person = Person {
            id: "per_nobody".into(),
            login: "nobody".into(),
            name: "Nobody Yet".into(),
            email: None,
            roles: Role::ALL.iter().copied().filter(|role| role.is_staff()).collect(),
            company: None,
            participant: None,
            state: PersonState::Active,
        };
        Ok(Self { person, said: None, theme: Theme::Auto })
    }
}
