//! The calls under `/v1`, a file per resource.

mod attachments;
mod batch;
pub(super) mod deliveries;
pub(super) mod endpoints;
mod esrs;
mod events;
pub(super) mod hooks;
pub(super) mod inbound;
mod list;
pub(in crate::web) mod lookup;
mod params;
pub(in crate::web) mod registry;
mod review;
mod rows;
mod triage;
mod updates;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::params::wrong as wrong_parameters;
use super::Web;
use super::auth::Caller;
use super::problem::Problem;
use crate::cases::Role;
use crate::intake::esr::{FiledBy, OwnCompany};
use crate::store::{SeenBy, StoredEsr};
use crate::triage::facts::Filer;

/// The calls whose bodies are held in memory.
pub(super) fn calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(esrs::file, list::list))
        .routes(routes!(batch::file_many))
        .routes(routes!(esrs::one))
        .routes(routes!(events::follow))
        .routes(routes!(updates::update))
        .routes(routes!(review::choose))
        .routes(routes!(review::contest))
        .routes(routes!(triage::decide))
        .routes(routes!(lookup::lookup))
        .routes(routes!(registry::export, registry::import))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::summary::summary))
        .routes(routes!(deliveries::replay::many))
        .routes(routes!(deliveries::one))
        .routes(routes!(deliveries::replay::one))
        .routes(routes!(deliveries::of_case))
        .merge(inbound::calls())
        .merge(endpoints::calls())
        .routes(routes!(hooks::take))
        .merge(rows::calls())
}

/// The calls whose bodies are streamed.
pub(super) fn uploads() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(attachments::attach)).routes(routes!(attachments::fetch))
}

/// JSON text that was made before, as an answer.
fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

impl Caller {
    /// The caller as the facts see it, for eSRs of its own. `None` for those who file none.
    fn as_filer(&self) -> Option<FiledBy> {
        match self.role {
            Role::BusinessPartner => Some(FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None }),
            Role::Participant => {
                let own_company = self.participant.clone().map_or(OwnCompany::None, OwnCompany::Participant);
                Some(FiledBy { filer: Filer::Participant, own_company })
            }
            Role::Agent | Role::Operator => None,
        }
    }

    /// Whose eSRs the caller sees; `None` when it sees none at all.
    fn sees(&self) -> Option<SeenBy> {
        match (self.role, &self.participant) {
            (Role::Agent, _) => Some(SeenBy::Everyone),
            (Role::Participant, Some(id)) => Some(SeenBy::Participant { id: id.clone(), owner: self.owner.clone() }),
            (Role::BusinessPartner | Role::Participant, _) => Some(SeenBy::Filer(self.owner.clone())),
            (Role::Operator, _) => None,
        }
    }

    /// How the caller has to do with a case; `None` when it may not even know of it.
    fn side_of(&self, esr: &StoredEsr) -> Option<Side> {
        let reached = self.participant.as_ref().is_some_and(|id| esr.reached.contains(id));
        match self.role {
            Role::Agent => Some(Side::Agent),
            Role::BusinessPartner | Role::Participant if esr.filer == self.owner => Some(Side::Filer),
            Role::Participant if reached => Some(Side::Participant),
            _ => None,
        }
    }
}

/// How a caller has to do with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// It filed it.
    Filer,
    /// The case reached it.
    Participant,
    /// It looks after all cases.
    Agent,
}

/// The case, and the caller's side of it.
///
/// # Errors
/// 404 for a case that is not there, and for one that is not for this caller.
async fn case_of(web: &Web, caller: &Caller, id: &str) -> Result<(StoredEsr, Side), Problem> {
    let esr = web.app.store.esr(id).await?;
    let seen = esr.and_then(|esr| caller.side_of(&esr).map(|side| (esr, side)));
    seen.ok_or_else(|| Problem::not_found("eSR"))
}
