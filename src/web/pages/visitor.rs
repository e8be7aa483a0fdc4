//! Who reads a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use jiff::SignedDuration;
use serde_json::Value;

use super::audit::record::{self, Fails};
use super::frame::{Frame, Section, Theme};
use super::login::session;
use super::respond;
use super::sorry::Sorry;
use super::stuck::Stuck;
use crate::access::{About, Act, Origin, Permission, Person, Who};
use crate::cases::{self, Actor};
use crate::store::{Session, StoreError};
use crate::web::Web;
use crate::web::origin::origin;

/// The cookie that keeps how bright the pages are.
const THEME: &str = "pointsman_theme";
/// How exactly it is kept when a session was last seen, and from where.
const SEEN: SignedDuration = SignedDuration::from_mins(2);

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(in crate::web) struct Visitor {
    /// Who.
    pub(super) person: Person,
    /// What was just done, to be said once.
    pub(super) said: Option<String>,
    /// How bright the pages are.
    pub(super) theme: Theme,
    /// With which session.
    pub(super) session: Session,
    /// From where.
    pub(super) origin: Origin,
    /// Where the queue is as the visitor last saw it.
    pub(super) queue: String,
    /// What stands still, for who may see it.
    pub(super) stuck: Stuck,
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

    /// The visitor as the audit log names it.
    pub(super) fn who(&self) -> Who {
        Who { person_id: Some(self.person.id.clone()), key_id: None, name: self.person.login.clone() }
    }

    /// Does something, and leaves it in the audit log: written down before it is done, and afterwards what came of it.
    ///
    /// # Errors
    /// Those of what is done; and nothing is done when it cannot be written down.
    pub(super) async fn act<T, E: From<StoreError> + Fails>(
        &self,
        web: &Web,
        act: Act,
        about: &About,
        details: Value,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        record::act(web, (self.who(), self.origin.clone()), act, about, details, doing).await
    }

    /// What surrounds a page of this visitor's.
    pub(super) fn frame(&self, web: &Web, title: impl Into<String>, section: Section) -> Frame {
        Frame::new(self, title, section, web.app.clock.now())
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Sorry;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Sorry> {
        let guest = Guest::from_request_parts(parts, web).await?;
        guest.visitor.ok_or_else(|| {
            let sorry = Sorry::signed_out();
            if parts.method != Method::GET && parts.method != Method::HEAD {
                return sorry;
            }
            let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
            sorry.elsewhere(session::login_page(wanted))
        })
    }
}

/// Somebody who may be signed in, or not.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    /// Who, if so.
    pub(super) visitor: Option<Visitor>,
    /// From where.
    pub(super) origin: Origin,
    /// How bright the pages are.
    pub(super) theme: Theme,
}

impl FromRequestParts<Web> for Guest {
    type Rejection = Sorry;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Sorry> {
        let origin = origin(&parts.headers, &parts.extensions, web);
        let theme = respond::cookie(&parts.headers, THEME).and_then(Theme::parse).unwrap_or(Theme::Auto);
        let Some(hash) = session::shown(&parts.headers, web) else {
            return Ok(Self { visitor: None, origin, theme });
        };
        let store = &web.app.store;
        let (now, idle) = (web.app.clock.now(), session::idle(web));
        let found = store.session(&hash, now, idle).await?;
        if let Some((session, _)) = &found
            && now.duration_since(session.seen_at) > SEEN
        {
            // Nobody is turned away because of it.
            if let Err(error) = store.session_seen(session.id.clone(), origin.clone(), now).await {
                tracing::warn!(%error, "it could not be noted that a session was seen");
            }
        }
        let sees = found.as_ref().is_some_and(|(_, account)| account.person.may(Permission::SeeDeliveries));
        let stuck = if sees { web.kept.stuck.lately(store).await } else { Stuck::default() };
        let visitor = found.map(|(session, account)| Visitor {
            person: account.person,
            said: respond::said(&parts.headers),
            theme,
            session,
            origin: origin.clone(),
            queue: super::queue::left(&parts.headers),
            stuck,
        });
        Ok(Self { visitor, origin, theme })
    }
}

/// Keeps how bright the pages are, for a year.
pub(super) fn keep_theme(headers: &mut HeaderMap, theme: Theme) {
    respond::set_cookie(headers, &format!("{THEME}={theme}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"));
}
