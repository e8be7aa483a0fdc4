//! `GET /v1/lookup`: is this pair of products certified? The same evaluator as triage, and the same explanation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::params::{self, Params};
use super::{Caller, Web};
use crate::intake::esr::{FiledBy, OwnCompany};
use crate::intake::parse;
use crate::intake::time::{BadTime, rfc3339_or_date};
use crate::registry::index::Registry;
use crate::triage::decide::day_of;
use crate::triage::decision::{Candidate, Contact, Decision, Evidence, Provenance};
use crate::triage::facts::{Coverage, Filer, Scope};
use crate::web::problem::{FieldProblem, Problem, ProblemDetails};

/// The facts that a look-up is about.
const FOUND: &[&str] = &["coverage", "scope"];

/// The pair of products, as an eSR would name them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Query {
    /// The third-party company.
    pub(in crate::web) company: Option<String>,
    /// Its product.
    pub(in crate::web) solution: Option<String>,
    /// The product's release.
    pub(in crate::web) release: Option<String>,
    /// ALE's product.
    pub(in crate::web) platform: Option<String>,
    /// Its release.
    pub(in crate::web) platform_release: Option<String>,
    /// Its patch or build.
    pub(in crate::web) platform_patch: Option<String>,
    /// What is asked about, as a report's scope names it.
    pub(in crate::web) feature: Option<String>,
    /// The day, or a time on it; today when not given.
    pub(in crate::web) at: Option<String>,
    /// The registry as it was known at that time; as it is known now when not given.
    pub(in crate::web) known_at: Option<String>,
}

/// What the registry says about the pair.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Found {
    /// The day that validity was measured on.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Whether a certification covers the pair.
    coverage: Coverage,
    /// Where the feature stands in it.
    scope: Scope,
    /// The explanation that an eSR on the pair would get.
    because: String,
    /// The entries that this rests on.
    evidence: Evidence,
    /// Entries that a name was only near to, best first.
    candidates: Vec<Candidate>,
    /// What the look-up lacked, as an eSR's paths.
    missing: Vec<String>,
    /// Where the route would say to turn.
    contact: Option<Contact>,
    /// Which name and release led to which entry.
    provenance: Vec<Provenance>,
    /// Hash of the registry.
    registry_version: String,
}

/// Is this pair of products certified?
#[utoipa::path(get, path = "/v1/lookup", tag = "Registry", params(Query), responses(
    (status = 200, description = "What the registry says", body = Found),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 401, description = "No valid credential", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn lookup(
    State(web): State<Web>,
    _caller: Caller,
    Params { given: query, wrong: mut errors }: Params<Query>,
) -> Result<Json<Found>, Problem> {
    let (decision, day) = match decide(&web, &query).await? {
        Ok(decided) if errors.is_empty() => decided,
        Ok(_) => return Err(params::wrong(errors)),
        Err(more) => {
            errors.extend(more);
            return Err(params::wrong(errors));
        }
    };
    Ok(Json(Found {
        day,
        coverage: decision.facts.coverage,
        scope: decision.facts.scope,
        because: decision.because,
        evidence: decision.evidence,
        candidates: decision.candidates,
        missing: decision.missing,
        contact: decision.contact,
        provenance: decision.provenance.into_iter().filter(|found| FOUND.contains(&&*found.fact)).collect(),
        registry_version: decision.registry_version,
    }))
}

/// What an eSR on the pair would be decided, and for which day; or every parameter that is wrong.
///
/// # Errors
/// When the registry or the database does not answer.
pub(in crate::web) async fn decide(
    web: &Web,
    query: &Query,
) -> Result<Result<(Decision, Date), Vec<FieldProblem>>, Problem> {
    let mut errors = Vec::new();
    let now = web.app.clock.now();
    let at = time("at", query.at.as_deref(), &mut errors).unwrap_or(now);
    let known_at = time("known_at", query.known_at.as_deref(), &mut errors);
    let esr = parse::esr(&as_esr(query));
    let esr = esr.map_err(|bad| errors.extend(bad.into_iter().map(FieldProblem::from)));
    let (Ok(esr), true) = (esr, errors.is_empty()) else {
        return Ok(Err(errors));
    };
    let day = day_of(at);
    let filed_by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
    let with = match known_at {
        None => web.app.evaluator_for(&esr, &filed_by).await?,
        Some(_) => {
            let _alone = web.past.acquire().await.map_err(|_| Problem::internal())?;
            let known = web.app.store.registry(known_at, day).await?;
            let index = tokio::task::spawn_blocking(|| Arc::new(Registry::new(known.document))).await;
            web.app.evaluator().with(index.map_err(|_| Problem::internal())?)
        }
    };
    Ok(Ok((with.decide(&esr, &filed_by, at), day)))
}

/// An eSR that asks nothing but this.
fn as_esr(query: &Query) -> Value {
    let object = |keys: &[(&str, &Option<String>)]| {
        let given = keys.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!(value.as_ref()?))));
        Value::Object(given.collect::<Map<_, _>>())
    };
    let third_party = [("company", &query.company), ("solution", &query.solution), ("release", &query.release)];
    let platform =
        [("product", &query.platform), ("release", &query.platform_release), ("patch", &query.platform_patch)];
    json!({
        "reference": "lookup",
        "phase": "production",
        "severity": 4,
        "summary": "lookup",
        "system_access": true,
        "third_party": object(&third_party),
        "platform": object(&platform),
        "feature": query.feature,
    })
}

fn time(path: &str, given: Option<&str>, errors: &mut Vec<FieldProblem>) -> Option<Timestamp> {
    let given = given?;
    let bad = match rfc3339_or_date(given) {
        Ok(time) => return Some(time),
        Err(BadTime::Form) => "must be a day (2026-11-20) or an RFC 3339 time (2026-11-20T08:30:00Z)".to_owned(),
        Err(bad) => bad.to_string(),
    };
    errors.push(FieldProblem { path: path.to_owned(), message: format!("{bad}.") });
    None
}
