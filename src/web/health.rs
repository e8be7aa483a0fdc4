//! Whether the server lives, whether it can serve, and its figures.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Problem, ProblemDetails};
use super::{Web, observe};

/// The calls for the operator's own machines; they need no credential and show no case.
pub(super) fn calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready)).routes(routes!(figures))
}

/// What a server that can serve says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Ready {
    /// `ready`.
    status: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// Hash of the rules that decide now.
    rules_version: String,
    /// Hash of the registry that is looked up now.
    registry_version: String,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "Operation", responses((status = 200, description = "It does", body = String)))]
async fn alive() -> &'static str {
    "ok\n"
}

/// Whether it can serve: the database answers, registry and rules are loaded
#[utoipa::path(get, path = "/readyz", tag = "Operation", responses(
    (status = 200, description = "It can", body = Ready),
    (status = 503, description = "The database does not answer", body = ProblemDetails, content_type = "application/problem+json"),
))]
async fn ready(State(web): State<Web>) -> Result<Json<Ready>, Problem> {
    web.app.store.ready().await?;
    let with = web.app.evaluator();
    Ok(Json(Ready {
        status: "ready",
        database: web.app.store.kind(),
        rules_version: with.rules.version().to_owned(),
        registry_version: with.registry.version().to_owned(),
    }))
}

/// Figures in Prometheus's text format
#[utoipa::path(get, path = "/metrics", tag = "Operation", responses((status = 200, description = "The figures", body = String)))]
async fn figures(State(web): State<Web>) -> impl IntoResponse {
    let now = web.app.clock.now();
    if let Ok(counts) = web.app.store.undelivered().await {
        let states = [("pending", counts.pending), ("dead", counts.dead), ("unaddressed", counts.unaddressed)];
        for (state, count) in states {
            metrics::gauge!("pointsman_undelivered", "state" => state).set(count as f64);
        }
        let age = counts.oldest_pending.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        metrics::gauge!("pointsman_oldest_pending_seconds").set(age);
    }
    metrics::gauge!("pointsman_endpoints_held_up").set(web.app.lanes.held_up(now).len() as f64);
    let text = observe::figures().map(|figures| figures.render()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
