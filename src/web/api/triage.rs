//! `POST /v1/triage`: decides one eSR without storing anything.

use axum::Json;
use axum::extract::State;

use super::Web;
use crate::cases::Role;
use crate::intake::esr::{Esr, FiledBy, OwnCompany};
use crate::intake::parse;
use crate::triage::decision::Decision;
use crate::triage::facts::Filer;
use crate::web::auth::JsonCall;
use crate::web::problem::{FieldProblem, Problem, ProblemDetails};

/// Decide without storing
///
/// As for the caller's own eSR, for today. An agent may say who would file it: `filed_by`, one of `business_partner` (when
/// not said), `participant` and `other`.
#[utoipa::path(post, path = "/v1/triage", tag = "Triage", request_body = Esr, responses(
    (status = 200, description = "The decision", body = Decision),
    (status = 400, description = "The body is no JSON", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 401, description = "No valid credential", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn decide(State(web): State<Web>, call: JsonCall) -> Result<Json<Decision>, Problem> {
    let caller = &call.caller;
    let value = call.body()?;
    let filed_by = match (caller.as_filer(), caller.role) {
        (Some(filed_by), _) => Ok(filed_by),
        (None, Role::Agent) => parse::filed_by(&value),
        (None, _) => Ok(FiledBy { filer: Filer::Other, own_company: OwnCompany::AsNamed }),
    };
    let (esr, filed_by) = match (parse::esr(&value), filed_by) {
        (Ok(esr), Ok(filed_by)) => (esr, filed_by),
        (esr, filed_by) => {
            let errors = esr.err().into_iter().flatten().chain(filed_by.err());
            return Err(Problem::fields(errors.map(FieldProblem::from).collect()));
        }
    };
    caller.use_up(&web).await?;
    let with = web.app.evaluator_for(&esr, &filed_by).await?;
    Ok(Json(with.decide(&esr, &filed_by, web.app.clock.now())))
}
